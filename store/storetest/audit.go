package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"stint/access"
	"stint/access/fault"
)

func event(n int) access.AuditEvent {
	return access.AuditEvent{At: at(n), Action: "test.happened", Actor: access.System, Note: fmt.Sprint(n), After: []byte(`{"n":1}`)}
}

// appended appends events and returns them as they were stored.
func appended(t TB, s access.Store, count int) []access.AuditEvent {
	t.Helper()
	var list []access.AuditEvent
	update(t, s, func(tx access.Tx) error {
		list = nil
		for n := range count {
			e, err := tx.AppendAudit(event(n))
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	return list
}

// Events are numbered from 1 on without a gap and unchained, whatever they came with.
func audit(t *testing.T, h Harness) {
	s := h.Open(t)
	list := appended(t, s, 3)
	wantSame(t, "numbers", ids(list, seq), []uint64{1, 2, 3})
	// A transaction that fails takes no number.
	stop := errors.New("stop")
	err := s.Update(context.Background(), func(tx access.Tx) error {
		if _, err := tx.AppendAudit(event(9)); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("update: %v", err)
	}
	s = h.Reopen(t, s)
	update(t, s, func(tx access.Tx) error {
		e := event(4)
		e.Seq, e.Prev, e.Hash = 77, "prev", "hash"
		e, err := tx.AppendAudit(e)
		wantSame(t, "chain", e.Prev+e.Hash, "")
		list = append(list, e)
		return err
	})
	wantSame(t, "numbers", ids(list, seq), []uint64{1, 2, 3, 4})
	read := func(after uint64, limit int) []access.AuditEvent {
		return read(t, s, func(tx access.Tx) ([]access.AuditEvent, error) { return tx.Audit(after, limit) })
	}
	wantSame(t, "all", read(0, 0), list)
	wantSame(t, "no limit", read(0, -1), list)
	wantSame(t, "a page", read(1, 2), list[1:3])
	wantSame(t, "the last", read(3, 5), list[3:])
	wantSame(t, "nothing new", read(4, 0), nil)
	wantSame(t, "far beyond", read(math.MaxUint64, 0), nil)
}

// chained fills in Prev and Hash, from a hash on.
func chained(prev string, list ...access.AuditEvent) []access.AuditEvent {
	var out []access.AuditEvent
	for _, e := range list {
		e.Prev, e.Hash = prev, fmt.Sprintf("hash-%d", e.Seq)
		prev = e.Hash
		out = append(out, e)
	}
	return out
}

// The head follows what is chained; events behind it stay as they were.
func chain(t *testing.T, h Harness) {
	s := h.Open(t)
	put := func(list []access.AuditEvent) {
		t.Helper()
		update(t, s, func(tx access.Tx) error { return tx.PutChained(list) })
	}
	wantHead := func(seq uint64, hash string) {
		t.Helper()
		view(t, s, func(tx access.Tx) error {
			gotSeq, gotHash, err := tx.ChainHead()
			wantSame(t, "head", fmt.Sprint(gotSeq, gotHash), fmt.Sprint(seq, hash))
			return err
		})
	}
	put(nil)
	wantHead(0, "")
	list := appended(t, s, 5)
	wantHead(0, "")
	start := chained("genesis", list[:2]...)
	put(start)
	wantHead(2, "hash-2")
	put(nil)
	wantHead(2, "hash-2")
	rest := chained("hash-2", list[2:4]...)
	put(rest)
	s = h.Reopen(t, s)
	wantHead(4, "hash-4")
	all := append(append(start, rest...), list[4])
	wantSame(t, "events", read(t, s, func(tx access.Tx) ([]access.AuditEvent, error) { return tx.Audit(0, 0) }), all)
	update(t, s, func(tx access.Tx) error {
		e, err := tx.AppendAudit(event(6))
		wantSame(t, "next number", e.Seq, uint64(6))
		return err
	})
	wantHead(4, "hash-4")
}

// Only what continues the chain is taken: anything else would hide a change.
func chainRefuses(t *testing.T, h Harness) {
	s := h.Open(t)
	list := appended(t, s, 4)
	update(t, s, func(tx access.Tx) error { return tx.PutChained(chained("", list[:2]...)) })
	changed := list[2]
	changed.Note = "somebody else did it"
	missing := event(5)
	missing.Seq = 5
	unhashed := chained("hash-2", list[2])
	unhashed[0].Hash = ""
	for name, c := range map[string]struct {
		list []access.AuditEvent
		want fault.Code
	}{
		"chained already":     {chained("hash-1", list[1]), fault.Conflict},
		"with a gap":          {chained("hash-2", list[3]), fault.Conflict},
		"with a gap later":    {chained("hash-2", list[2], missing), fault.Conflict},
		"of another chain":    {chained("hash-x", list[2]), fault.Conflict},
		"broken inside":       {append(chained("hash-2", list[2]), chained("hash-x", list[3])...), fault.Conflict},
		"without a hash":      {unhashed, fault.Conflict},
		"not what was stored": {chained("hash-2", changed), fault.Conflict},
		"never appended":      {chained("hash-2", list[2], list[3], missing), fault.NotFound},
	} {
		err := s.Update(t.Context(), func(tx access.Tx) error { return tx.PutChained(c.list) })
		if fault.CodeOf(err) != c.want {
			t.Errorf("%s: code %q, want %q: %v", name, fault.CodeOf(err), c.want, err)
		}
	}
	view(t, s, func(tx access.Tx) error {
		seq, hash, err := tx.ChainHead()
		wantSame(t, "head", fmt.Sprint(seq, hash), "2hash-2")
		return err
	})
}
