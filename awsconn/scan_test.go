package awsconn

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// held is what the simulated organization holds, as the catalog says it.
func held(w *world) []string {
	var all []string
	for _, a := range w.Snapshot().Assignments {
		all = append(all, row(assigned(pair{catalog.RoleARN(a.PermissionSetARN), catalog.AccountID(a.AccountID)}, typeOf(a), a.PrincipalID)))
	}
	slices.Sort(all)
	return all
}

func row(a catalog.Assignment) string {
	return fmt.Sprintf("%s %s %s%s", a.Account, a.Role, a.Person, a.Group)
}

// scan reads everything and checks that it comes whole and in order.
func (w *world) scan(t *testing.T, data *catalog.Data, from catalog.Scan) (catalog.Scan, []string) {
	t.Helper()
	var rows []string
	done := from.Done
	last, err := w.ScanAssignments(t.Context(), data, from, func(s catalog.Scan, found []catalog.Assignment) error {
		if s.Done < done || s.Last < from.Last {
			t.Errorf("went back: %+v", s)
		}
		done = s.Done
		for _, a := range found {
			rows = append(rows, row(a))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return last, rows
}

// Both ways find the same, and the way with fewer calls is taken.
func TestScanChooses(t *testing.T) {
	for name, tc := range map[string]struct {
		accounts, roles, people int
		pairs                   int // known from the last scan
		by                      catalog.ScanBy
	}{
		"few people":            {60, 40, 5, 0, catalog.ByPrincipal},
		"more people than sets": {60, 10, 200, 0, catalog.ByRole},
		"counted":               {300, 10, 100, 0, catalog.ByPrincipal},
		"known, many pairs":     {300, 10, 100, 5000, catalog.ByPrincipal},
		"known, few pairs":      {300, 10, 100, 7, catalog.ByRole},
	} {
		bubbleRun(t, name, func(t *testing.T) {
			w := newWorld(t, sized(tc.accounts, tc.roles, tc.people))
			data := w.sync(nil)
			w.ResetCounts()
			last, rows := w.scan(t, &data, catalog.Scan{Pairs: tc.pairs})
			if diff := cmp.Diff(held(w), rows); diff != "" {
				t.Error(diff)
			}
			if last.By != tc.by || last.Finished.IsZero() || last.Done != last.Total {
				t.Errorf("%+v", last)
			}
			byRole := w.Count("sso:ListAccountsForProvisionedPermissionSet")
			pairs, principals := w.Count("sso:ListAccountAssignments"), w.Count("sso:ListAccountAssignmentsForPrincipal")
			if (pairs > 0) != (tc.by == catalog.ByRole) || (principals > 0) != (tc.by == catalog.ByPrincipal) {
				t.Errorf("%d sets, %d pairs, %d principals were asked for", byRole, pairs, principals)
			}
			if n := w.Count("sso:*"); n != last.Calls {
				t.Errorf("told of %d calls of %d", last.Calls, n)
			}
		})
	}
}

// From a delegated administrator AWS lists by role only; found out once. What it does not
// list of the management account is counted, not passed over.
func TestScanAsDelegatedAdministrator(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, delegated, sized(30, 20, 4), switched(func(s *awssim.Switches) { s.DelegatedMayListManagement = false }))
		data := w.sync(nil)
		last, rows := w.scan(t, &data, catalog.Scan{})
		if last.By != catalog.ByRole || last.Unreadable == 0 {
			t.Errorf("%+v", last)
		}
		want := slices.DeleteFunc(held(w), func(r string) bool { return strings.HasPrefix(r, w.org.ManagementAccountID) })
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
		w.ResetCounts()
		if last, _ := w.scan(t, &data, catalog.Scan{}); last.By != catalog.ByRole || w.Count("sso:ListAccountAssignmentsForPrincipal") != 0 {
			t.Errorf("asked again: %+v", last)
		}
	})
}

// Whatever breaks it off, a crash included, nothing is read twice and nothing is missed.
func TestScanGoesOn(t *testing.T) {
	for _, by := range []catalog.ScanBy{catalog.ByRole, catalog.ByPrincipal} {
		bubbleRun(t, string(by), func(t *testing.T) {
			w := newWorld(t, sized(300, 10, 400))
			data := w.sync(nil)
			w.ResetCounts()
			action := "sso:ListAccountAssignments"
			if by == catalog.ByPrincipal {
				action += "ForPrincipal"
			}
			var rows []string
			var stored []byte // what a store would keep, with the rows
			scan := catalog.Scan{By: by}
			breaks := 0
			for scan.Finished.IsZero() {
				w.ClearFaults()
				w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Action: action, After: 150})
				if stored != nil {
					scan = catalog.Scan{}
					if err := json.Unmarshal(stored, &scan); err != nil {
						t.Fatal(err)
					}
				}
				w.restart()
				var err error
				scan, err = w.ScanAssignments(t.Context(), &data, scan, func(s catalog.Scan, found []catalog.Assignment) error {
					for _, a := range found {
						rows = append(rows, row(a))
					}
					stored, _ = json.Marshal(s)
					return nil
				})
				if err != nil {
					wantClass(t, err, retries)
					if breaks++; breaks > 20 {
						t.Fatal("comes to no end")
					}
				}
			}
			if breaks == 0 {
				t.Fatal("it never broke off")
			}
			slices.Sort(rows)
			if diff := cmp.Diff(held(w), rows); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A store that fails ends the pass; the scan is that of what was stored.
func TestScanThatCannotBeStored(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(300, 10, 5))
		data := w.sync(nil)
		full := errors.New("the disk is full")
		n := 0
		scan, err := w.ScanAssignments(t.Context(), &data, catalog.Scan{By: catalog.ByRole}, func(catalog.Scan, []catalog.Assignment) error {
			if n++; n == 2 {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || scan.Done != deliverEvery || !scan.Finished.IsZero() {
			t.Errorf("%+v, %v", scan, err)
		}
	})
}

// No listing is ever delivered in part.
func TestScanWholeListings(t *testing.T) {
	for _, by := range []catalog.ScanBy{catalog.ByRole, catalog.ByPrincipal} {
		for kind, err := range map[awssim.FaultKind]bool{awssim.FaultShortPage: false, awssim.FaultRepeatedToken: true, awssim.FaultGarbled: true, awssim.FaultServerError: true, awssim.FaultDropAfter: true} {
			bubbleRun(t, fmt.Sprint(by, " ", kind), func(t *testing.T) {
				w := newWorld(t, sized(60, 10, 30))
				data := w.sync(nil)
				w.inject(awssim.Fault{Kind: kind, Action: "sso:*"})
				var rows []string
				_, got := w.ScanAssignments(t.Context(), &data, catalog.Scan{By: by}, func(_ catalog.Scan, found []catalog.Assignment) error {
					for _, a := range found {
						rows = append(rows, row(a))
					}
					return nil
				})
				if !err {
					slices.Sort(rows)
					if diff := cmp.Diff(held(w), rows); got != nil || diff != "" {
						t.Errorf("%v: %s", got, diff)
					}
					return
				}
				wantClass(t, got, retries)
				if len(rows) != 0 {
					t.Errorf("%d rows of a listing that failed", len(rows))
				}
			})
		}
	}
}

// It takes half the quota at most, and gives way to everything else.
func TestScanTakesHalf(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, ordinary, sized(1000, 20, 5))
		data := w.sync(nil)
		begin := time.Now()
		last, _ := w.scan(t, &data, catalog.Scan{By: catalog.ByRole})
		if d, least := time.Since(begin), time.Duration(last.Calls)*time.Second/10; d < least-time.Second || d > least*11/10 {
			t.Errorf("%d calls took %v, want %v", last.Calls, d, least)
		}
		if len(w.ErrorCounts()) != 0 {
			t.Errorf("AWS refused %v", w.ErrorCounts())
		}
	})
}

func typeOf(a awssim.Assignment) types.PrincipalType { return types.PrincipalType(a.PrincipalType) }
