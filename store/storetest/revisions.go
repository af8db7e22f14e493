package storetest

import (
	"testing"

	"stint/access"
	"stint/access/fault"
)

// Revisions are found by id and state, in every state, newest first, and keep what their
// policy says.
func revisions(t *testing.T, h Harness) {
	s := h.Open(t)
	first, second, third := revisionOf(1), revisionOf(2), revisionOf(3)
	update(t, s, func(tx access.Tx) error {
		for _, r := range []access.Revision{second, first, third} {
			if err := tx.PutRevision(r); err != nil {
				return err
			}
		}
		return nil
	})
	list := func(f access.RevisionFilter) []access.RevisionID {
		return ids(read(t, s, func(tx access.Tx) ([]access.Revision, error) { return tx.Revisions(f) }), revisionID)
	}
	all := []access.RevisionID{third.ID, second.ID, first.ID}
	for _, state := range []access.RevisionState{access.Editing, access.Proposed, access.InForce, access.Replaced, access.Refused, access.Discarded} {
		if state != access.Editing {
			second.Version, second.State = second.Version+1, state
			update(t, s, func(tx access.Tx) error { return tx.PutRevision(second) })
		}
		wantSame(t, "all", list(access.RevisionFilter{}), all)
		wantSame(t, "limit", list(access.RevisionFilter{Limit: 2}), all[:2])
		wantSame(t, "two states", list(access.RevisionFilter{States: []access.RevisionState{state, access.Editing}}), all)
		wantSame(t, "states and limit", list(access.RevisionFilter{States: []access.RevisionState{state, access.Editing}, Limit: 1}), all[:1])
		if state == access.Editing {
			continue
		}
		wantSame(t, "its state", list(access.RevisionFilter{States: []access.RevisionState{state}}), []access.RevisionID{second.ID})
		wantSame(t, "its old state", list(access.RevisionFilter{States: []access.RevisionState{access.Editing}}), []access.RevisionID{third.ID, first.ID})
	}
	s = h.Reopen(t, s)
	got := read(t, s, func(tx access.Tx) (access.Revision, error) { return tx.Revision(second.ID) })
	wantSame(t, "revision", got, second)
	wantSame(t, "version of its policy", got.Spec.Version(), second.Spec.Version())
	view(t, s, func(tx access.Tx) error {
		_, err := tx.Revision("none")
		wantCode(t, err, fault.NotFound)
		return nil
	})
}
