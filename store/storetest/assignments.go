package storetest

import (
	"testing"

	"stint/access"
)

// Assignments are found by key, state and stuck, ordered by key.
func assignments(t *testing.T, h Harness) {
	s := h.Open(t)
	a, b := access.Assignment{Key: keyOf(1, 1, 1)}, access.Assignment{Key: keyOf(2, 1, 1), State: access.Present, Version: 1}
	list := func(f access.AssignmentFilter) []access.Key {
		return ids(read(t, s, func(tx access.Tx) ([]access.Assignment, error) { return tx.Assignments(f) }), assignmentKey)
	}
	update(t, s, func(tx access.Tx) error { return tx.PutAssignment(b) })
	states := []access.AssignmentState{access.Absent, access.Creating, access.Present, access.Deleting}
	for _, step := range []struct {
		state access.AssignmentState
		stuck bool
	}{
		{access.Creating, false},
		{access.Present, false},
		{access.Deleting, false},
		{access.Deleting, true},
		{access.Creating, true},
		{access.Deleting, false},
		{access.Absent, false},
	} {
		a.Version, a.State, a.Stuck = a.Version+1, step.state, step.stuck
		update(t, s, func(tx access.Tx) error { return tx.PutAssignment(a) })
		wantSame(t, "all", list(access.AssignmentFilter{}), []access.Key{a.Key, b.Key})
		wantSame(t, "limit", list(access.AssignmentFilter{Limit: 1}), []access.Key{a.Key})
		wantSame(t, "any state", list(access.AssignmentFilter{States: states}), []access.Key{a.Key, b.Key})
		for _, state := range states {
			var want, stuck []access.Key
			if state == step.state {
				want = append(want, a.Key)
			}
			if state == step.state && step.stuck {
				stuck = want
			}
			if state == access.Present {
				want = append(want, b.Key)
			}
			wantSame(t, string("in state "+state), list(access.AssignmentFilter{States: []access.AssignmentState{state}}), want)
			wantSame(t, string("stuck in state "+state), list(access.AssignmentFilter{States: []access.AssignmentState{state}, Stuck: true}), stuck)
		}
		wantSame(t, "stuck", len(list(access.AssignmentFilter{Stuck: true})) == 1, step.stuck)
	}
}
