package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/store/record"
)

// What a store dumps another one takes: both then hold the same, and dump the same.
func dump(t *testing.T, h Harness) {
	s := h.Open(t)
	update(t, s, newAlbum(t).put)
	update(t, s, func(tx access.Tx) error { // more than a page of a kind, in and out of order
		for n := range 700 {
			p := n * 389 % 700
			if err := tx.PutRequest(requestOf(p, p%7, p)); err != nil {
				return err
			}
		}
		for _, err := range []error{
			tx.PutAssignment(access.Assignment{Key: keyOf(1, 1, 1), Version: 1, State: access.Deleting, Stuck: true, NextAt: at(3)}),
			tx.PutGrant(grantOf(3, keyOf(1, 1, 1), 5)), tx.PutGrant(grantOf(4, keyOf(1, 1, 1), 6)),
			tx.PutPin(identity.Pin{Slack: "U1", Person: "p1"}), tx.PutNotice(access.Notice{ID: "N2", NextAt: at(1)}),
			tx.PutMeta("term", "8 \x01 <ü>"), tx.PutMeta("other", "7"), tx.PutBlob("last", []byte("catalog\x00\xff")), tx.PutBlob("term", []byte("x")),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	appended(t, s, 600) // behind the head of the chain
	m := NewModel()
	for _, pair := range []struct{ from, to access.Store }{{s, m}, {m, h.Open(t)}} {
		items := dumped(t, pair.from)
		restore(t, pair.to, items)
		to := h.Reopen
		if pair.to == m {
			to = func(_ TB, s access.Store) access.Store { return s }
		}
		again := to(t, pair.to)
		wantSame(t, "contents", read(t, again, everything), read(t, pair.from, everything))
		wantSame(t, "dump", lines(dumped(t, again)), lines(items))
	}
	kinds := map[record.Kind]bool{}
	for _, i := range dumped(t, m) {
		kinds[i.Kind] = true
	}
	wantSame(t, "kinds", len(kinds), len(record.Kinds()))
}

// A store that was restored goes on where the other stopped, and its log leads to what it
// holds.
func restoreGoesOn(t *testing.T, h Harness) {
	from, to := NewModel(), h.Open(t)
	update(t, from, func(tx access.Tx) error { return history(tx, 4) })
	restore(t, to, dumped(t, from))
	if err := access.VerifyAudit(t.Context(), to); err != nil {
		t.Errorf("verify: %v", err)
	}
	update(t, to, func(tx access.Tx) error {
		r := requestOf(1, 1, 0)
		wantCode(t, tx.PutRequest(r), fault.Conflict)
		r.Version = 2
		wantCode(t, tx.PutRequest(r), "")
		e, err := tx.AppendAudit(event(9))
		wantSame(t, "next number", e.Seq, uint64(5))
		if err != nil {
			return err
		}
		list, err := tx.Audit(3, 1)
		if err != nil {
			return err
		}
		return tx.PutChained(append(chained(headOf(t, tx), list...), chained("hash-4", e)...))
	})
}

// history is requests with their lines in the log, all but the last chained.
func history(tx access.Tx, count int) error {
	var list []access.AuditEvent
	prev := ""
	for n := range count {
		r := requestOf(n, n, n)
		after, err := json.Marshal(r)
		if err != nil {
			return err
		}
		e, err := tx.AppendAudit(access.AuditEvent{At: at(n), Action: "request.submitted", Record: "request/" + string(r.ID), After: after})
		if err != nil {
			return err
		}
		e.Prev = prev
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(line)
		e.Hash = hex.EncodeToString(sum[:])
		prev = e.Hash
		list = append(list, e)
		if err := tx.PutRequest(r); err != nil {
			return err
		}
	}
	return tx.PutChained(list[:count-1])
}

func headOf(t TB, tx access.Tx) string {
	t.Helper()
	_, hash, err := tx.ChainHead()
	wantCode(t, err, "")
	return hash
}

// What is not whole, or there already, is refused, and nothing of it is stored.
func restoreRefuses(t *testing.T, h Harness) {
	s := h.Open(t)
	update(t, s, func(tx access.Tx) error { return history(tx, 3) })
	before := dumped(t, s)
	value := func(v any) []byte {
		raw, err := record.Encode("storetest", v)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	grant := grantOf(1, keyOf(1, 1, 1), 0)
	old := grant
	old.Version = 0
	for name, c := range map[string]struct {
		item record.Item
		want fault.Code
	}{
		"a record that is there":    {before[0], fault.Conflict},
		"an event that is there":    {record.Item{Kind: record.Event, Key: "1", Value: value(access.AuditEvent{Seq: 1})}, fault.Conflict},
		"no JSON":                   {record.Item{Kind: record.Grant, Key: string(grant.ID), Value: []byte("{")}, fault.Invalid},
		"of another name":           {record.Item{Kind: record.Grant, Key: "G9", Value: value(grant)}, fault.Invalid},
		"without a version":         {record.Item{Kind: record.Grant, Key: string(grant.ID), Value: value(old)}, fault.Invalid},
		"an event of another place": {record.Item{Kind: record.Event, Key: "9", Value: value(access.AuditEvent{Seq: 8})}, fault.Invalid},
	} {
		err := s.Update(t.Context(), func(tx access.Tx) error {
			other := record.Item{Kind: record.Blob, Key: "other", Value: []byte("x")}
			return tx.(record.Tx).Restore([]record.Item{other, c.item})
		})
		if fault.CodeOf(err) != c.want {
			t.Errorf("%s: code %q, want %q: %v", name, fault.CodeOf(err), c.want, err)
		}
	}
	wantSame(t, "dump", lines(dumped(t, s)), lines(before))
}

// dumped is everything that a store holds.
func dumped(t TB, s access.Store) (all []record.Item) {
	t.Helper()
	view(t, s, func(tx access.Tx) error {
		all = nil
		return tx.(record.Tx).Dump(func(i record.Item) error { all = append(all, i); return nil })
	})
	return all
}

// restore fills a store, some items a transaction.
func restore(t TB, s access.Store, items []record.Item) {
	t.Helper()
	for len(items) > 0 {
		n := min(len(items), 300)
		if err := s.Update(context.Background(), func(tx access.Tx) error { return tx.(record.Tx).Restore(items[:n]) }); err != nil {
			t.Fatalf("restore: %v", err)
		}
		items = items[n:]
	}
}

// lines are items as texts, which compare a thousand times faster than bytes.
func lines(items []record.Item) []string {
	return ids(items, func(i record.Item) string { return string(i.Kind) + " " + i.Key + " " + string(i.Value) })
}
