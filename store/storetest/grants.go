package storetest

import (
	"slices"
	"testing"

	"stint/access"
)

// Grants are found by state, key, person and request, in every state, newest first.
func grants(t *testing.T, h Harness) {
	s := h.Open(t)
	// Keys and persons that begin alike must not be mixed up.
	key, longer, otherRole := keyOf(1, 1, 1), keyOf(11, 1, 1), keyOf(1, 1, 11)
	g, again, sibling, stranger := grantOf(1, key, 0), grantOf(4, key, 30), grantOf(5, otherRole, 0), grantOf(3, longer, 0)
	update(t, s, func(tx access.Tx) error {
		for _, r := range []access.Grant{sibling, g, stranger, again} {
			if err := tx.PutGrant(r); err != nil {
				return err
			}
		}
		return nil
	})
	list := func(f access.GrantFilter) []access.GrantID {
		return ids(read(t, s, func(tx access.Tx) ([]access.Grant, error) { return tx.Grants(f) }), grantID)
	}
	all := []access.GrantID{sibling.ID, again.ID, stranger.ID, g.ID}
	states := []access.GrantState{access.Scheduled, access.Live, access.Ended}
	for i, state := range states {
		if i > 0 {
			update(t, s, func(tx access.Tx) error {
				g.Version, g.State = g.Version+1, state
				return tx.PutGrant(g)
			})
		}
		wantSame(t, "all", list(access.GrantFilter{}), all)
		wantSame(t, "limit", list(access.GrantFilter{Limit: 3}), all[:3])
		wantSame(t, "any state", list(access.GrantFilter{States: states}), all)
		wantSame(t, "key", list(access.GrantFilter{Key: key}), []access.GrantID{again.ID, g.ID})
		wantSame(t, "key and limit", list(access.GrantFilter{Key: key, Limit: 1}), []access.GrantID{again.ID})
		wantSame(t, "person", list(access.GrantFilter{Person: key.Person}), []access.GrantID{sibling.ID, again.ID, g.ID})
		wantSame(t, "request", list(access.GrantFilter{Request: again.Request}), []access.GrantID{sibling.ID, again.ID})
		wantSame(t, "request and person", list(access.GrantFilter{Request: g.Request, Person: longer.Person}), nil)
		wantSame(t, "request and key", list(access.GrantFilter{Request: again.Request, Key: key}), []access.GrantID{again.ID})
		wantSame(t, "key of another person", list(access.GrantFilter{Key: key, Person: longer.Person}), nil)
		wantSame(t, "half a key", list(access.GrantFilter{Key: access.Key{Person: key.Person}}), nil)
		for _, other := range states {
			var want []access.GrantID
			if other == access.Scheduled {
				want = []access.GrantID{again.ID}
			}
			if other == state {
				want = append(want, g.ID)
			}
			wantSame(t, "key in state", list(access.GrantFilter{Key: key, States: []access.GrantState{other}}), want)
			wantSame(t, "request in state", slices.Contains(list(access.GrantFilter{Request: g.Request, States: []access.GrantState{other}}), g.ID), other == state)
			wantSame(t, "person in state", slices.Contains(list(access.GrantFilter{Person: key.Person, States: []access.GrantState{other}}), g.ID), other == state)
			wantSame(t, "state", slices.Contains(list(access.GrantFilter{States: []access.GrantState{other}}), g.ID), other == state)
		}
	}
}

// A transaction that moves many records lists them where it moved them to.
func bulkChange(t *testing.T, h Harness) {
	const many = 600 // more than fit on a page of any store
	s := h.Open(t)
	key := keyOf(1, 1, 1)
	update(t, s, func(tx access.Tx) error {
		for n := range many {
			g := grantOf(n, key, n)
			g.State = access.Live
			if err := tx.PutGrant(g); err != nil {
				return err
			}
		}
		return tx.PutGrant(grantOf(many, key, many)) // in a state that sorts behind the two others
	})
	count := func(tx access.Tx, state access.GrantState) int {
		list, err := tx.Grants(access.GrantFilter{States: []access.GrantState{state}})
		if err != nil {
			t.Fatalf("grants: %v", err)
		}
		byKey, err := tx.Grants(access.GrantFilter{States: []access.GrantState{state}, Key: key})
		if err != nil {
			t.Fatalf("grants: %v", err)
		}
		wantSame(t, "by key", ids(byKey, grantID), ids(list, grantID))
		return len(list)
	}
	update(t, s, func(tx access.Tx) error {
		live, err := tx.Grants(access.GrantFilter{States: []access.GrantState{access.Live}})
		if err != nil {
			return err
		}
		// All but the oldest: what is left stands before the many that are gone.
		for _, g := range live[:many-1] {
			g.Version, g.State = 2, access.Ended
			if err := tx.PutGrant(g); err != nil {
				return err
			}
		}
		wantSame(t, "live, in the transaction", count(tx, access.Live), 1)
		wantSame(t, "ended, in the transaction", count(tx, access.Ended), many-1)
		next, err := tx.Due(at(many*2), 0)
		wantSame(t, "due", len(next), 2)
		return err
	})
	view(t, s, func(tx access.Tx) error {
		wantSame(t, "live", count(tx, access.Live), 1)
		wantSame(t, "ended", count(tx, access.Ended), many-1)
		return nil
	})
}
