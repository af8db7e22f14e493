package storetest

import (
	"bytes"
	"testing"

	"stint/access"
)

// Named values are what was put last; empty ones are as if they were never put.
func values(t *testing.T, h Harness) {
	s := h.Open(t)
	large := bytes.Repeat([]byte("catalog\x00\xff"), 1<<20)
	update(t, s, func(tx access.Tx) error {
		for _, err := range []error{
			tx.PutMeta("term", "7"), tx.PutMeta("term", "8 \x01 <ü>"), tx.PutMeta("gone", "x"), tx.PutMeta("gone", ""),
			tx.PutMeta("never", ""), tx.PutBlob("term", large), tx.PutBlob("gone", large), tx.PutBlob("never", nil),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	update(t, s, func(tx access.Tx) error { return tx.PutBlob("gone", []byte{}) })
	s = h.Reopen(t, s)
	view(t, s, func(tx access.Tx) error {
		for name, want := range map[string]string{"term": "8 \x01 <ü>", "gone": "", "never": "", "unknown": ""} {
			got, err := tx.Meta(name)
			if err != nil {
				return err
			}
			wantSame(t, "meta "+name, got, want)
		}
		for name, want := range map[string][]byte{"term": large, "gone": nil, "never": nil, "unknown": nil} {
			got, err := tx.Blob(name)
			if err != nil {
				return err
			}
			if !bytes.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("blob %s: %d bytes (nil: %t), want %d", name, len(got), got == nil, len(want))
			}
		}
		return nil
	})
}
