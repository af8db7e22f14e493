package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stint/access"
	"stint/access/fault"
)

// tx is one transaction: the four things that one can do with a bucket, on which every
// method of access.Tx is built.
type tx struct {
	bolt   *bbolt.Tx // nil once the transaction ended
	opened map[bucketName]*bbolt.Bucket
}

var _ access.Tx = (*tx)(nil)

func (t *tx) end() { t.bolt, t.opened = nil, nil }

func (t *tx) bucket(name bucketName) (*bbolt.Bucket, error) {
	if t.bolt == nil {
		return nil, fault.New(fault.Internal, "bolt.Tx", "A transaction was used after its end.", "This is a defect of Stint; report it.")
	}
	if b := t.opened[name]; b != nil {
		return b, nil
	}
	b := t.bolt.Bucket([]byte(name))
	if b == nil {
		return nil, damaged("bolt.Tx", name, "", errors.New("the bucket is missing"))
	}
	if name == auditBucket {
		b.FillPercent = 0.95 // events come in order: half-full pages would never be filled
	}
	if t.opened == nil {
		t.opened = make(map[bucketName]*bbolt.Bucket)
	}
	t.opened[name] = b
	return b, nil
}

// get returns the value, nil when there is none. It is valid until the transaction
// ends and must not be changed.
func (t *tx) get(name bucketName, key string) ([]byte, error) {
	b, err := t.bucket(name)
	if err != nil {
		return nil, err
	}
	return b.Get([]byte(key)), nil
}

func (t *tx) put(op string, name bucketName, key string, value []byte) error {
	b, err := t.bucket(name)
	if err != nil {
		return err
	}
	return writeFault(op, name, b.Put([]byte(key), value))
}

func (t *tx) delete(op string, name bucketName, key string) error {
	b, err := t.bucket(name)
	if err != nil {
		return err
	}
	return writeFault(op, name, b.Delete([]byte(key)))
}

// scan calls fn for the keys from first on that begin with prefix, in order, until fn
// returns false or an error.
func (t *tx) scan(name bucketName, prefix, first string, fn func(key string, value []byte) (more bool, err error)) error {
	b, err := t.bucket(name)
	if err != nil {
		return err
	}
	c := b.Cursor()
	for k, v := c.Seek([]byte(max(prefix, first))); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
		if more, err := fn(string(k), v); err != nil || !more {
			return err
		}
	}
	return nil
}

// writeFault says why bbolt did not take a key or value.
func writeFault(op string, name bucketName, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTxNotWritable):
		return fault.Wrap(err, fault.Internal, op, "A View tried to write.", "This is a defect of Stint; report it.")
	}
	return fault.Wrap(err, fault.Internal, op, fmt.Sprintf("This could not be stored in %s.", name), "")
}

// damaged is what the store says when it does not understand its own file.
func damaged(op string, name bucketName, key string, err error) error {
	return fault.Wrap(fmt.Errorf("bucket %s, key %q: %w", name, key, err), fault.Internal, op,
		"The store holds something that it cannot read.", "Check the store; if it is damaged, put the newest backup in its place.")
}

// storable refuses keys that bbolt does not take.
func storable(op, what, key string) error {
	if key == "" || len(key) > bbolt.MaxKeySize {
		return fault.Newf(fault.Invalid, op, fmt.Sprintf("Ids and keys have 1 to %d bytes.", bbolt.MaxKeySize),
			"A %s with a key of %d bytes cannot be stored.", what, len(key))
	}
	return nil
}
