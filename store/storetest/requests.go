package storetest

import (
	"testing"

	"stint/access"
	"stint/access/fault"
)

// Requests are found by id, state and person, in every state, newest first.
func requests(t *testing.T, h Harness) {
	s := h.Open(t)
	mine, forOther, other := requestOf(1, 1, 0), requestOf(2, 1, 1), requestOf(3, 2, 2)
	forOther.Receiver.Person = other.Asker.Person
	update(t, s, func(tx access.Tx) error {
		for _, r := range []access.Request{other, mine, forOther} {
			if err := tx.PutRequest(r); err != nil {
				return err
			}
		}
		return nil
	})
	list := func(f access.RequestFilter) []access.RequestID {
		return ids(read(t, s, func(tx access.Tx) ([]access.Request, error) { return tx.Requests(f) }), requestID)
	}
	all := []access.RequestID{other.ID, forOther.ID, mine.ID}
	for _, state := range []access.RequestState{access.Pending, access.Approved, access.Denied, access.Cancelled, access.Lapsed, access.Withdrawn} {
		if state != access.Pending {
			update(t, s, func(tx access.Tx) error {
				mine.Version, mine.State = mine.Version+1, state
				return tx.PutRequest(mine)
			})
		}
		wantSame(t, "all", list(access.RequestFilter{}), all)
		wantSame(t, "an empty list of states", list(access.RequestFilter{States: []access.RequestState{}}), all)
		wantSame(t, "limit", list(access.RequestFilter{Limit: 2}), all[:2])
		wantSame(t, "asks or receives", list(access.RequestFilter{Person: mine.Asker.Person}), []access.RequestID{forOther.ID, mine.ID})
		wantSame(t, "receives", list(access.RequestFilter{Person: other.Asker.Person}), []access.RequestID{other.ID, forOther.ID})
		wantSame(t, "nobody", list(access.RequestFilter{Person: "person"}), nil)
		wantSame(t, "two states", list(access.RequestFilter{States: []access.RequestState{state, access.Pending, state}}), all)
		if state == access.Pending {
			continue
		}
		wantSame(t, "its state", list(access.RequestFilter{States: []access.RequestState{state}}), []access.RequestID{mine.ID})
		wantSame(t, "its old state", list(access.RequestFilter{States: []access.RequestState{access.Pending}}), all[:2])
		wantSame(t, "state and person", list(access.RequestFilter{States: []access.RequestState{state}, Person: mine.Asker.Person}), []access.RequestID{mine.ID})
		wantSame(t, "state and person and limit", list(access.RequestFilter{Person: mine.Asker.Person, Limit: 1}), []access.RequestID{forOther.ID})
	}
}

// A form makes one request, also when the form key of a request changes.
func formKeys(t *testing.T, h Harness) {
	s := h.Open(t)
	a, b := requestOf(1, 1, 0), requestOf(2, 1, 0)
	none, noneEither := requestOf(3, 1, 0), requestOf(4, 1, 0)
	none.FormKey, noneEither.FormKey = "", ""
	put := func(r access.Request) error {
		return s.Update(t.Context(), func(tx access.Tx) error { return tx.PutRequest(r) })
	}
	byForm := func(key string) (access.RequestID, error) {
		var id access.RequestID
		err := s.View(t.Context(), func(tx access.Tx) error {
			r, err := tx.RequestByForm(key)
			id = r.ID
			return err
		})
		return id, err
	}
	wantCode(t, put(a), "")
	b.FormKey = a.FormKey
	wantCode(t, put(b), fault.Conflict)
	id, err := byForm(a.FormKey)
	wantCode(t, err, "")
	wantSame(t, "owner of the form", id, a.ID)
	// Requests without a form do not get into each other's way.
	wantCode(t, put(none), "")
	wantCode(t, put(noneEither), "")
	// A form key that is let go is free.
	formKey := a.FormKey
	a.Version, a.FormKey = 2, "another/form \u00fc"
	wantCode(t, put(a), "")
	_, err = byForm(formKey)
	wantCode(t, err, fault.NotFound)
	wantCode(t, put(b), "")
	id, err = byForm(formKey)
	wantCode(t, err, "")
	wantSame(t, "owner of the form", id, b.ID)
}

// Open debriefs are found, and only while they are open.
func debriefs(t *testing.T, h Harness) {
	s := h.Open(t)
	put := func(r access.Request) {
		t.Helper()
		update(t, s, func(tx access.Tx) error { return tx.PutRequest(r) })
	}
	list := func(f access.RequestFilter) []access.RequestID {
		f.Debrief = true
		return ids(read(t, s, func(tx access.Tx) ([]access.Request, error) { return tx.Requests(f) }), requestID)
	}
	none, first, second := requestOf(1, 1, 0), requestOf(2, 1, 0), requestOf(3, 2, 0)
	for _, r := range []*access.Request{&first, &second} {
		r.State, r.Debrief = access.Approved, &access.Debrief{Due: at(60), RemindAt: at(30)}
	}
	put(none)
	put(first)
	put(second)
	wantSame(t, "open", list(access.RequestFilter{}), []access.RequestID{second.ID, first.ID})
	wantSame(t, "limit", list(access.RequestFilter{Limit: 1}), []access.RequestID{second.ID})
	wantSame(t, "of a person", list(access.RequestFilter{Person: first.Asker.Person}), []access.RequestID{first.ID})
	wantSame(t, "approved", list(access.RequestFilter{States: []access.RequestState{access.Approved}}), []access.RequestID{second.ID, first.ID})
	wantSame(t, "pending", list(access.RequestFilter{States: []access.RequestState{access.Pending}}), nil)
	due := read(t, s, func(tx access.Tx) ([]access.Due, error) { return tx.Due(at(30), 0) })
	wantSame(t, "due", len(due), 3)
	first.Version, first.Debrief = 2, &access.Debrief{Due: at(60), Justified: true, Note: "it was needed", ClosedAt: at(5)}
	put(first)
	wantSame(t, "after one is done", list(access.RequestFilter{}), []access.RequestID{second.ID})
	due = read(t, s, func(tx access.Tx) ([]access.Due, error) { return tx.Due(at(480), 0) })
	wantSame(t, "due after one is done", len(due), 2)
}
