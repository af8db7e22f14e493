package move

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

// contents sum up what a store holds.
type contents struct {
	digest string // SHA-256 over all that is carried
	items  int
	lead   access.Lead
	events uint64 // audit events
	head   string // hash of the last that is chained
}

// look reads everything once.
func look(tx record.Tx) (c contents, err error) {
	sum := sha256.New()
	part := func(b []byte) {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		sum.Write(b)
	}
	if err := tx.Dump(func(i record.Item) error {
		if !carried(i) {
			return nil
		}
		c.items++
		if i.Kind == record.Event {
			c.events++
		}
		part([]byte(i.Kind))
		part([]byte(i.Key))
		part(i.Value)
		return nil
	}); err != nil {
		return c, err
	}
	c.digest = hex.EncodeToString(sum.Sum(nil))
	if _, c.head, err = tx.ChainHead(); err != nil {
		return c, err
	}
	c.lead, err = access.ReadLead(tx)
	return c, err
}

// moving is a transaction that can dump and restore; those of every store can.
func moving(tx access.Tx) (record.Tx, error) {
	m, ok := tx.(record.Tx)
	if !ok {
		return nil, fault.Newf(fault.Internal, "move.moving", "This is a defect of Stint; report it.", "Nothing can be moved from or to a %T.", tx)
	}
	return m, nil
}

func view(ctx context.Context, s access.Store, fn func(record.Tx) error) error {
	return s.View(ctx, func(tx access.Tx) error {
		m, err := moving(tx)
		if err != nil {
			return err
		}
		return fn(m)
	})
}

func update(ctx context.Context, s access.Store, fn func(record.Tx) error) error {
	return s.Update(ctx, func(tx access.Tx) error {
		m, err := moving(tx)
		if err != nil {
			return err
		}
		return fn(m)
	})
}
