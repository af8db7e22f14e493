package access

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"stint/access/catalog"
	"stint/access/identity"
)

// driftPage is how many findings a page shows.
const driftPage = 8

// DriftQuery selects assignments that nobody granted through Stint.
type DriftQuery struct {
	State FindingState // "": open ones
	Text  string       // words in the names of account, role, and person or group; all must be there
	Page  int          // from 0
}

// RowView is an assignment of AWS with its names.
type RowView struct {
	Assignment catalog.Assignment
	Item       ItemView // what is given: a role in an account, or membership in a group
	Who        string   // to whom: "Alice Example", "payments-devs"
	WhoDetail  string   // the address of a person; "a group" and how many are in it; "" when not known
}

// FindingView is a finding, or an expected assignment, with what is needed to show it.
type FindingView struct {
	RowView
	Finding Finding // with only ID and Assignment when it is expected
	State   FindingState
	// Former is the newest grant of the same access that Stint gave; nil when there was none.
	Former *Grant
	// Kept says why it cannot be removed with Stint; "" when it can.
	Kept string
}

// DriftView is what /jit-config drift shows.
type DriftView struct {
	State     DriftState
	Query     DriftQuery // as it was answered: Page is one that is there
	Rows      []FindingView
	Total     int
	Pages     int
	Contested int // grants of ours that somebody else gave too
	// Scans says that AWS can be searched; else nothing new is found.
	Scans bool
}

// DriftSummary is drift in a few numbers, for the root of /jit-config and for metrics.
type DriftSummary struct {
	Counts   DriftCounts
	Expected int
	ScanAt   time.Time // when the last scan ended; zero before the first
	Scanning bool
	Done     int // of Total listings, while one is under way
	Total    int
	Problem  string // why the scan does not get on; "" when it does
}

// Drift is a page of what nobody granted through Stint, for admins.
func (s *Service) Drift(ctx context.Context, user identity.SlackUserID, q DriftQuery) (v DriftView, err error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return v, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		list, err := ListDrift(tx, s.Catalog(), s.Now(), q)
		if err != nil {
			return err
		}
		v = DriftView{State: list.State, Query: q, Total: list.Len(), Pages: max(1, (list.Len()+driftPage-1)/driftPage), Scans: s.Scanner != nil}
		v.Query.State, v.Query.Page = cmp.Or(q.State, FindingOpen), min(max(q.Page, 0), v.Pages-1)
		for i := v.Query.Page * driftPage; i < min((v.Query.Page+1)*driftPage, v.Total); i++ {
			f := list.At(i)
			if err := s.complete(tx, &f); err != nil {
				return err
			}
			v.Rows = append(v.Rows, f)
		}
		present, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Creating, Present, Deleting}})
		for _, a := range present {
			if a.Contested {
				v.Contested++
			}
		}
		return err
	})
	return v, err
}

// Finding is one finding, for an admin. NotFound when AWS no longer holds it.
func (s *Service) Finding(ctx context.Context, user identity.SlackUserID, id FindingID) (v FindingView, err error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return v, err
	}
	var f Finding
	if err := s.Store.View(ctx, func(tx Tx) (err error) { f, err = readFinding(tx, id); return err }); err != nil {
		return v, err
	}
	return s.findingView(ctx, f)
}

func (s *Service) findingView(ctx context.Context, f Finding) (v FindingView, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		v = FindingView{RowView: viewRow(s.Catalog(), f.Assignment), Finding: f, State: f.State(s.Now())}
		return s.complete(tx, &v)
	})
	return v, err
}

// complete adds what only the records and the catalog know.
func (s *Service) complete(tx Tx, v *FindingView) error {
	if v.State != FindingExpected {
		if err := s.removable(tx, v.Finding); err != nil {
			v.Kept = said(err)
		}
	}
	if v.Assignment.Person == "" {
		return nil
	}
	former, err := tx.Grants(GrantFilter{Key: keyOf(v.Assignment), Limit: 1})
	if len(former) > 0 {
		v.Former = &former[0]
	}
	return err
}

// DriftSummary is drift in a few numbers. It reads one small value of the store.
func (s *Service) DriftSummary(ctx context.Context) (DriftSummary, error) {
	d, err := s.driftState(ctx)
	return d.summary(), err
}

func (d DriftState) summary() DriftSummary {
	return DriftSummary{
		Counts: d.Counts, Expected: d.Expected, ScanAt: d.Last.Finished,
		Scanning: d.Asked != nil, Done: d.Scan.Done, Total: d.Scan.Total, Problem: d.Problem,
	}
}

// viewRow names a row; what left the catalog keeps its id as its name.
func viewRow(c *catalog.Catalog, a catalog.Assignment) RowView {
	v := RowView{Assignment: a, Who: cmp.Or(string(a.Person), string(a.Group)), Item: itemIn(c, entitlementOf(a))}
	switch {
	case a.Person == "":
		v.WhoDetail = "a group"
		if c == nil {
			break
		}
		if g, ok := c.Group(a.Group); ok {
			v.Who = g.Name
			if !g.MembersAsOf.IsZero() {
				v.WhoDetail = "a group of " + strconv.Itoa(len(g.Members))
			}
		}
	case c != nil:
		if p, ok := c.Person(a.Person); ok {
			v.Who, v.WhoDetail = cmp.Or(p.Name, p.UserName, string(p.ID)), p.Email
		}
	}
	return v
}
