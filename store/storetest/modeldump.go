package storetest

import (
	"cmp"
	"fmt"
	"slices"

	"stint/access"
	"stint/access/identity"
	"stint/store/record"
)

var _ record.Tx = (*modelTx)(nil)

// Dump implements record.Tx.
func (t *modelTx) Dump(fn func(record.Item) error) error {
	var all []record.Item
	for _, r := range t.requests {
		all = append(all, itemOf(record.Request, string(r.ID), r))
	}
	for _, g := range t.grants {
		all = append(all, itemOf(record.Grant, string(g.ID), g))
	}
	for _, a := range t.assignments {
		all = append(all, itemOf(record.Assignment, a.Key.String(), a))
	}
	for _, n := range t.notices {
		all = append(all, itemOf(record.Notice, string(n.ID), n))
	}
	for _, m := range t.messages {
		all = append(all, itemOf(record.Message, m.Key, m))
	}
	for _, e := range t.audit {
		all = append(all, itemOf(record.Event, record.Number(e.Seq), e))
	}
	for _, p := range t.pins {
		all = append(all, itemOf(record.Pin, string(p.Slack), p))
	}
	for _, r := range t.revisions {
		all = append(all, itemOf(record.Revision, string(r.ID), r))
	}
	for name, value := range t.meta {
		if value != "" {
			all = append(all, record.Item{Kind: record.Meta, Key: name, Value: []byte(value)})
		}
	}
	for name, value := range t.blobs {
		if value != nil {
			all = append(all, record.Item{Kind: record.Blob, Key: name, Value: value})
		}
	}
	slices.SortStableFunc(all, func(a, b record.Item) int {
		if a.Kind == record.Event && b.Kind == record.Event {
			return 0 // in their order already
		}
		return cmp.Or(cmp.Compare(slices.Index(record.Kinds(), a.Kind), slices.Index(record.Kinds(), b.Kind)), cmp.Compare(a.Key, b.Key))
	})
	for _, i := range all {
		if err := fn(i); err != nil {
			return err
		}
	}
	return nil
}

func itemOf(kind record.Kind, key string, r any) record.Item {
	value, err := record.Encode("storetest.Model", r)
	if err != nil {
		panic(err) // it was encoded when it was put
	}
	return record.Item{Kind: kind, Key: key, Value: value}
}

// Restore implements record.Tx.
func (t *modelTx) Restore(items []record.Item) error {
	if err := t.storable(); err != nil {
		return err
	}
	there := map[string]bool{}
	_ = t.Dump(func(i record.Item) error { there[string(i.Kind)+i.Key] = true; return nil })
	for _, i := range items {
		if there[string(i.Kind)+i.Key] {
			return record.Taken("storetest.Model", i)
		}
		there[string(i.Kind)+i.Key] = true
		if err := t.restore(i); err != nil {
			return err
		}
	}
	return nil
}

func (t *modelTx) restore(i record.Item) error {
	switch i.Kind {
	case record.Request:
		return restored(i, t.requests, requestID, func(r access.Request) uint64 { return r.Version })
	case record.Grant:
		return restored(i, t.grants, grantID, func(g access.Grant) uint64 { return g.Version })
	case record.Assignment:
		return restored(i, t.assignments, assignmentKey, func(a access.Assignment) uint64 { return a.Version })
	case record.Revision:
		return restored(i, t.revisions, revisionID, func(r access.Revision) uint64 { return r.Version })
	case record.Notice:
		return restored(i, t.notices, noticeID, nil)
	case record.Message:
		return restored(i, t.messages, func(m access.Message) string { return m.Key }, nil)
	case record.Pin:
		err := restored(i, t.pins, func(p identity.Pin) identity.SlackUserID { return p.Slack }, nil)
		t.persons[t.pins[identity.SlackUserID(i.Key)].Person] = identity.SlackUserID(i.Key)
		return err
	case record.Event:
		one := map[uint64]access.AuditEvent{}
		err := restored(i, one, seq, nil)
		for _, e := range one {
			t.audit = append(t.audit, e)
			if e.Hash != "" {
				t.headSeq, t.headHash = e.Seq, e.Hash
			}
		}
		return err
	case record.Meta:
		t.meta[i.Key] = string(i.Value)
	case record.Blob:
		t.blobs[i.Key] = i.Value
	}
	return nil
}

func restored[K comparable, R any](i record.Item, into map[K]R, key func(R) K, version func(R) uint64) error {
	r, err := record.Read("storetest.Model", i, func(r R) string { return fmt.Sprint(key(r)) }, version)
	if err == nil {
		into[key(r)] = own(r)
	}
	return err
}
