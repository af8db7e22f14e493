package awsconn

import (
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// A role in an account that 3,000 people hold costs one call more at the first look and none
// afterwards; where one person's rows may not be listed it costs a call for every 100 holders,
// and the same for the comparison with AWS.
func TestThreeThousandHolders(t *testing.T) {
	const n = 3000
	bubble(t, func(t *testing.T) {
		w := newWorld(t, ordinary, sized(12, 10, n+20))
		pair := w.key(0)
		for _, u := range w.org.Users[12 : 12+n] {
			pair.Person = catalog.PersonID(u.ID)
			if _, err := w.AddAssignment(simulated(pair)); err != nil {
				t.Fatal(err)
			}
		}
		last := pair                                      // on the last page
		pair.Person = catalog.PersonID(w.org.Users[2].ID) // on none
		look := func(what string, k access.Key, want bool, calls int) {
			t.Helper()
			w.ResetCounts()
			begin := time.Now()
			seen, err := w.Look(t.Context(), grant, k)
			if err != nil || seen.Found != want {
				t.Fatalf("%s: %+v, %v", what, seen, err)
			}
			if got := w.Count("sso:*"); got != calls {
				t.Errorf("%s: %d calls, want %d", what, got, calls)
			}
			t.Logf("%s: %d calls, %v", what, w.Count("sso:*"), time.Since(begin).Round(time.Millisecond))
		}
		if _, err := w.place(t.Context(), grant); err != nil { // found once, whatever is looked at
			t.Fatal(err)
		}
		look("the first look", pair, false, 2)
		look("a later look", pair, false, 1)
		look("a later look at a holder", last, true, 1)

		data := w.sync(nil)
		w.ResetCounts()
		begin, rows, largest := time.Now(), 0, 0
		if _, err := w.ScanAssignments(t.Context(), &data, catalog.Scan{By: catalog.ByRole}, func(_ catalog.Scan, found []catalog.Assignment) error {
			rows, largest = rows+len(found), max(largest, len(found))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if calls := w.Count("sso:ListAccountAssignments"); rows != len(w.Snapshot().Assignments) || calls != len(w.org.Assignments)+n/100 {
			t.Errorf("%d rows in %d calls", rows, calls)
		}
		t.Logf("the comparison: %d rows, %d at once, %d calls of ListAccountAssignments, %v", rows, largest, w.Count("sso:ListAccountAssignments"), time.Since(begin).Round(time.Millisecond))

		w.restart()
		w.inject(awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:ListAccountAssignmentsForPrincipal"})
		if _, err := w.place(t.Context(), grant); err != nil {
			t.Fatal(err)
		}
		look("the first look without the person's rows", pair, false, 2+n/100)
		look("a later look without them", pair, false, n/100)
	})
}
