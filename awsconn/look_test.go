package awsconn

import (
	"testing"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// crowd gives n other people the key's role in its account, before the person itself
// would come in a listing.
func crowd(t *testing.T, w *world, key access.Key, n int) {
	t.Helper()
	for _, u := range w.org.Users[len(w.org.Users)-n:] {
		other := key
		other.Person = catalog.PersonID(u.ID)
		if _, err := w.AddAssignment(simulated(other)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLookIsOneCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 150))
		key := w.key(0)
		crowd(t, w, key, 90)
		w.here = mustPlace(t, w)
		if seen, err := w.Look(t.Context(), grant, key); err != nil || seen.Found {
			t.Errorf("%+v, %v", seen, err)
		}
		if n := w.Count("sso:*"); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

// Where the listing does not fit a page the person is asked for instead, and the next
// time at once.
func TestLookInACrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 400))
		w.here = mustPlace(t, w)
		key := w.key(0)
		crowd(t, w, key, 350)
		for round, want := range []int{2, 1, 1} {
			w.ResetCounts()
			if seen, err := w.Look(t.Context(), grant, key); err != nil || seen.Found || seen.ServerTime.IsZero() {
				t.Errorf("%+v, %v", seen, err)
			}
			if n := w.Count("sso:*"); n != want {
				t.Errorf("round %d: %d calls, want %d", round, n, want)
			}
		}
		if _, err := w.AddAssignment(simulated(key)); err != nil {
			t.Fatal(err)
		}
		if seen, err := w.Look(t.Context(), grant, key); err != nil || !seen.Found {
			t.Errorf("%+v, %v", seen, err)
		}
	})
}

func TestLookInACrowdWithoutPrincipalListing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 400), delegated)
		w.here = mustPlace(t, w)
		key := w.key(3)
		key.Role = catalog.RoleARN(w.org.PermissionSets[0].ARN)
		crowd(t, w, key, 350)
		if _, err := w.AddAssignment(simulated(key)); err != nil {
			t.Fatal(err)
		}
		for round := range 2 {
			w.ResetCounts()
			if seen, err := w.Look(t.Context(), grant, key); err != nil || !seen.Found {
				t.Errorf("%+v, %v", seen, err)
			}
			if n, want := w.Count("sso:ListAccountAssignmentsForPrincipal"), 1-round; n != want {
				t.Errorf("round %d: asked %d times by principal, want %d", round, n, want)
			}
		}
	})
}

// What a group brings is not the person's own, however it is listed.
func TestLookIgnoresGroups(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 400))
		w.here = mustPlace(t, w)
		key := w.key(0)
		key.Person = catalog.PersonID(w.org.Memberships[0].UserID)
		theirs := simulated(key)
		theirs.PrincipalType, theirs.PrincipalID = awssim.PrincipalGroup, w.org.Memberships[0].GroupID
		if _, err := w.AddAssignment(theirs); err != nil {
			t.Fatal(err)
		}
		if seen, err := w.Look(t.Context(), grant, key); err != nil || seen.Found {
			t.Errorf("%+v, %v", seen, err)
		}
		w.big[key.Entitlement()] = true
		if seen, err := w.Look(t.Context(), grant, key); err != nil || seen.Found {
			t.Errorf("by principal: %+v, %v", seen, err)
		}
		if w.Count("sso:ListAccountAssignmentsForPrincipal") != 1 {
			t.Error("not asked by principal")
		}
		// Another role in the same account is not the one that is looked for.
		other := key
		other.Role = catalog.RoleARN(w.org.PermissionSets[1].ARN)
		if _, err := w.AddAssignment(simulated(other)); err != nil {
			t.Fatal(err)
		}
		if seen, err := w.Look(t.Context(), grant, key); err != nil || seen.Found {
			t.Errorf("by principal: %+v, %v", seen, err)
		}
	})
}

// A deleted person may have left an assignment behind, which by principal is "not found".
func TestLookAtADeletedPersonInACrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 400))
		w.here = mustPlace(t, w)
		key := w.key(0)
		crowd(t, w, key, 350)
		key.Person = "99999999-9999-9999-9999-999999999999"
		for range 2 {
			if seen, err := w.Look(t.Context(), grant, key); err != nil || seen.Found || seen.ServerTime.IsZero() {
				t.Errorf("%+v, %v", seen, err)
			}
		}
		if w.noByUser {
			t.Error("one unknown person ended looking by principal")
		}
	})
}

func TestLookReadsToTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sized(12, 3, 400), delegated)
		w.here = mustPlace(t, w)
		w.noByUser = true
		key := w.key(3)
		key.Role = catalog.RoleARN(w.org.PermissionSets[0].ARN)
		crowd(t, w, key, 350)
		if _, err := w.AddAssignment(simulated(key)); err != nil {
			t.Fatal(err)
		}
		w.inject(awssim.Fault{Kind: awssim.FaultShortPage, Action: "sso:ListAccountAssignments"})
		if seen, err := w.Look(t.Context(), grant, key); err != nil || !seen.Found {
			t.Errorf("%+v, %v", seen, err)
		}
		w.ClearFaults()
		w.inject(awssim.Fault{Kind: awssim.FaultRepeatedToken, Action: "sso:ListAccountAssignments"})
		_, err := w.Look(t.Context(), grant, key)
		wantClass(t, err, retries)
	})
}
