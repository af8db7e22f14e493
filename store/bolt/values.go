package bolt

import "bytes"

func (t *tx) Meta(name string) (string, error) {
	value, err := t.get(metaBucket, name)
	return string(value), err
}

// PutMeta with an empty value removes it: the two read the same.
func (t *tx) PutMeta(name, value string) error {
	const op = "bolt.PutMeta"
	if err := storable(op, "value", name); err != nil {
		return err
	}
	if value == "" {
		return t.delete(op, metaBucket, name)
	}
	return t.put(op, metaBucket, name, []byte(value))
}

func (t *tx) Blob(name string) ([]byte, error) {
	value, err := t.get(blobBucket, name)
	return bytes.Clone(value), err
}

// PutBlob with an empty value removes it.
func (t *tx) PutBlob(name string, value []byte) error {
	const op = "bolt.PutBlob"
	if err := storable(op, "value", name); err != nil {
		return err
	}
	if len(value) == 0 {
		return t.delete(op, blobBucket, name)
	}
	return t.put(op, blobBucket, name, bytes.Clone(value))
}
