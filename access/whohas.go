package access

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// WhoHasQuery narrows who has access; zero fields narrow nothing.
type WhoHasQuery struct {
	Account catalog.AccountID
	Role    catalog.RoleARN
	Person  catalog.PersonID
	Text    string // in the name of account, role, group or person
	Offset  int
	Limit   int
}

// WhoHasView is who has access through Stint, soonest end first.
type WhoHasView struct {
	Grants []GrantView
	Total  int
	// All is set for admins; others see what they may decide about.
	All bool
}

// WhoHas lists access that is live or about to be, or that AWS still holds after its end:
// all of it to admins, and to approvers what they may decide about. It does not know of
// access that was given without Stint.
//
// Errors: Forbidden for who is neither.
func (s *Service) WhoHas(ctx context.Context, user identity.SlackUserID, q WhoHasQuery) (WhoHasView, error) {
	const op = "access.WhoHas"
	w, err := s.ready()
	if err != nil {
		return WhoHasView{}, err
	}
	who, err := s.Who(ctx, user)
	if err != nil {
		return WhoHasView{}, err
	}
	out := WhoHasView{All: s.admin(who.Person)}
	if !out.All && !s.decidesAnywhere(who.Person) {
		return WhoHasView{}, fault.New(fault.Forbidden, op, "Only admins of Stint, and approvers for what they decide about, see who has access.", "Your own access is in Stint's Home tab.")
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		out.Grants, out.Total = nil, 0
		held, err := s.stillHeld(tx)
		if err != nil {
			return err
		}
		var found []Grant
		for _, g := range held {
			if s.sought(g, q) && (out.All || s.decidesAbout(w, who.Person, g)) {
				found = append(found, g)
			}
		}
		slices.SortStableFunc(found, func(a, b Grant) int { return a.End.Compare(b.End) })
		out.Total = len(found)
		from := min(max(q.Offset, 0), len(found))
		to := len(found)
		if q.Limit > 0 {
			to = min(from+q.Limit, to)
		}
		for _, g := range found[from:to] {
			v, err := s.grantView(tx, g)
			if err != nil {
				return err
			}
			out.Grants = append(out.Grants, v)
		}
		return nil
	})
	return out, err
}

// stillHeld are the grants that give access now or soon, and the newest of each key whose access
// AWS has not given back.
func (s *Service) stillHeld(tx Tx) ([]Grant, error) {
	out, err := tx.Grants(GrantFilter{States: []GrantState{Scheduled, Live}})
	if err != nil {
		return nil, err
	}
	wanted := map[Key]bool{}
	for _, g := range out {
		wanted[g.Key] = wanted[g.Key] || g.State == Live
	}
	leaving, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Deleting}})
	if err != nil {
		return nil, err
	}
	for _, a := range leaving {
		if wanted[a.Key] || !a.mayBeHeld() {
			continue
		}
		last, err := tx.Grants(GrantFilter{Key: a.Key, Limit: 1})
		if err != nil {
			return nil, err
		}
		out = append(out, last...)
	}
	return out, nil
}

// sought reports whether a grant is among those that a query is about.
func (s *Service) sought(g Grant, q WhoHasQuery) bool {
	if q.Account != "" && g.Key.Account != q.Account || q.Role != "" && g.Key.Role != q.Role || q.Person != "" && g.Key.Person != q.Person {
		return false
	}
	text := strings.ToLower(strings.TrimSpace(q.Text))
	if text == "" {
		return true
	}
	it := s.item(g.Key.Entitlement())
	names := []string{it.name(), string(g.Key.Account), cmp.Or(g.Holder.Name, s.human(g.Key.Person).Name)}
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), text) })
}

// decidesAbout reports whether somebody may decide about access like a grant's, by the
// policy in force.
func (s *Service) decidesAbout(w *world, person catalog.PersonID, g Grant) bool {
	q := query(g.Key.Person, g.Key.Person, g.Key.Entitlement(), false, "")
	d, err := s.decide(w, q)
	if err != nil || d.Terms.Automatic {
		return false
	}
	return w.policy.MayVote(s.Directory.Snapshot(), setsOf(d.Terms), person) == policy.True
}
