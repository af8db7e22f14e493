package bolt

import (
	"bytes"

	"stint/access"
	"stint/store/record"
)

var _ record.Tx = (*tx)(nil)

// Dump implements record.Tx: buckets are in the order of their keys.
func (t *tx) Dump(fn func(record.Item) error) error {
	for _, kind := range record.Kinds() {
		if err := t.dump(kind, fn); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) dump(kind record.Kind, fn func(record.Item) error) error {
	return t.scan(bucketOf(kind), "", "", func(key string, value []byte) (bool, error) {
		i := record.Item{Kind: kind, Key: key, Value: bytes.Clone(value)}
		if kind == record.Event {
			e, err := events().decode(key, value)
			if err == nil {
				i, err = record.OfEvent("bolt.Dump", e)
			}
			if err != nil {
				return false, err
			}
		}
		return true, fn(i)
	})
}

func bucketOf(kind record.Kind) bucketName {
	return map[record.Kind]bucketName{
		record.Request: requestBucket, record.Grant: grantBucket, record.Assignment: assignmentBucket, record.Notice: noticeBucket,
		record.Message: messageBucket, record.Event: auditBucket, record.Pin: pinBucket, record.Revision: revisionBucket,
		record.Meta: metaBucket, record.Blob: blobBucket,
	}[kind]
}

// Restore implements record.Tx.
func (t *tx) Restore(items []record.Item) error {
	const op = "bolt.Restore"
	var last head
	for _, i := range items {
		var err error
		switch i.Kind {
		case record.Request:
			err = requests().restore(t, op, i)
		case record.Grant:
			err = grants().restore(t, op, i)
		case record.Assignment:
			err = assignments().restore(t, op, i)
		case record.Notice:
			err = notices().restore(t, op, i)
		case record.Message:
			err = messages().restore(t, op, i)
		case record.Pin:
			err = pins().restore(t, op, i)
		case record.Revision:
			err = revisions().restore(t, op, i)
		case record.Event:
			last, err = t.restoreEvent(op, i, last)
		default:
			err = t.fill(op, bucketOf(i.Kind), i.Key, i)
		}
		if err != nil {
			return err
		}
	}
	if last.Seq == 0 {
		return nil
	}
	value, err := record.Encode(op, last)
	if err != nil {
		return err
	}
	return t.put(op, chainBucket, headKey, value)
}

// restoreEvent stores an event and returns the head of the chain after it.
func (t *tx) restoreEvent(op string, i record.Item, last head) (head, error) {
	e, err := record.Read(op, i, func(e access.AuditEvent) string { return record.Number(e.Seq) }, nil)
	if err != nil {
		return last, err
	}
	if e.Hash != "" {
		last = head{Seq: e.Seq, Hash: e.Hash}
	}
	return last, t.fill(op, auditBucket, seqKey(e.Seq), i)
}

// restore stores a record as it is, and its index entries.
func (tb table[R]) restore(t *tx, op string, i record.Item) error {
	r, err := record.Read(op, i, tb.key, tb.number)
	if err != nil {
		return err
	}
	var now []entry
	if tb.index != nil {
		now = tb.index(r)
	}
	if err := tb.vacant(t, op, i.Key, now); err != nil {
		return err
	}
	if err := t.fill(op, tb.bucket, i.Key, i); err != nil {
		return err
	}
	return move(t, op, nil, now)
}

// fill stores a value where nothing is.
func (t *tx) fill(op string, name bucketName, key string, i record.Item) error {
	if err := storable(op, string(i.Kind), key); err != nil {
		return err
	}
	there, err := t.get(name, key)
	if err != nil {
		return err
	}
	if there != nil {
		return record.Taken(op, i)
	}
	return t.put(op, name, key, bytes.Clone(i.Value))
}
