package bolt

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

// headKey is where the chain bucket keeps its only value.
const headKey = "head"

// head is the last chained event.
type head struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

func events() table[access.AuditEvent] {
	return table[access.AuditEvent]{
		bucket: auditBucket,
		what:   "audit event",
		key:    func(e access.AuditEvent) string { return seqKey(e.Seq) },
	}
}

// seqKey is a Seq, big-endian so that bytes sort as numbers do.
func seqKey(seq uint64) string {
	return string(binary.BigEndian.AppendUint64(nil, seq))
}

func (t *tx) AppendAudit(e access.AuditEvent) (access.AuditEvent, error) {
	const op = "bolt.AppendAudit"
	b, err := t.bucket(auditBucket)
	if err != nil {
		return access.AuditEvent{}, err
	}
	e.Prev, e.Hash = "", "" // the chainer's
	// The last key and not bbolt's sequence: an event that cannot be stored takes no number.
	e.Seq = 1
	if k, _ := b.Cursor().Last(); k != nil {
		if len(k) != 8 {
			return access.AuditEvent{}, damaged(op, auditBucket, string(k), errors.New("not a number of 8 bytes"))
		}
		e.Seq = binary.BigEndian.Uint64(k) + 1
	}
	e = record.InUTC(e)
	if err := events().put(t, op, e); err != nil {
		return access.AuditEvent{}, err
	}
	return e, nil
}

func (t *tx) Audit(after uint64, limit int) ([]access.AuditEvent, error) {
	if after == math.MaxUint64 {
		return nil, nil
	}
	var list []access.AuditEvent
	err := t.scan(auditBucket, "", seqKey(after+1), func(key string, value []byte) (bool, error) {
		e, err := events().decode(key, value)
		list = append(list, e)
		return limit <= 0 || len(list) < limit, err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (t *tx) ChainHead() (uint64, string, error) {
	h, err := t.head("bolt.ChainHead")
	return h.Seq, h.Hash, err
}

func (t *tx) head(op string) (h head, err error) {
	value, err := t.get(chainBucket, headKey)
	if err != nil || value == nil {
		return head{}, err
	}
	if err := json.Unmarshal(value, &h); err != nil {
		return head{}, damaged(op, chainBucket, headKey, err)
	}
	return h, nil
}

// PutChained takes only what continues the chain: the events right behind the head, as
// they were stored, each with the hash of the one before it. Anything else is a Conflict,
// for then somebody else has chained in the meantime or a line was changed.
func (t *tx) PutChained(list []access.AuditEvent) error {
	const op = "bolt.PutChained"
	if len(list) == 0 {
		return nil
	}
	h, err := t.head(op)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := t.continues(op, h, record.InUTC(e)); err != nil {
			return err
		}
		h = head{Seq: e.Seq, Hash: e.Hash}
	}
	for _, e := range list {
		if err := events().put(t, op, e); err != nil {
			return err
		}
	}
	value, err := record.Encode(op, h)
	if err != nil {
		return err
	}
	return t.put(op, chainBucket, headKey, value)
}

// continues refuses an event that does not stand right behind the head.
func (t *tx) continues(op string, h head, e access.AuditEvent) error {
	if e.Seq != h.Seq+1 {
		return chainFault(op, fmt.Errorf("event %d does not follow the head %d", e.Seq, h.Seq))
	}
	if e.Hash == "" || h.Seq > 0 && e.Prev != h.Hash {
		return chainFault(op, fmt.Errorf("event %d has prev %q and hash %q, the head has hash %q", e.Seq, e.Prev, e.Hash, h.Hash))
	}
	stored, err := events().get(t, op, seqKey(e.Seq))
	if err != nil {
		return err
	}
	stored.Prev, stored.Hash = e.Prev, e.Hash
	was, err := record.Encode(op, stored)
	if err != nil {
		return err
	}
	now, err := record.Encode(op, e)
	if err != nil {
		return err
	}
	if string(was) != string(now) {
		return chainFault(op, fmt.Errorf("event %d is not what was stored", e.Seq))
	}
	return nil
}

func chainFault(op string, err error) error {
	return fault.Wrap(err, fault.Conflict, op, "The audit log went on in the meantime.", "Read its head again.")
}
