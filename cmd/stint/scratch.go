package main

import (
	"context"

	"stint/access"
)

// scratch keeps the connector's drafts in the store, so that a sync goes on after a crash.
type scratch struct{ store access.Store }

// Load reads a draft; nil when there is none.
func (s scratch) Load(ctx context.Context, name string) (value []byte, err error) {
	err = s.store.View(ctx, func(tx access.Tx) error {
		value, err = tx.Blob("scratch/" + name)
		return err
	})
	return value, err
}

// Save replaces a draft.
func (s scratch) Save(ctx context.Context, name string, value []byte) error {
	return s.store.Update(ctx, func(tx access.Tx) error { return tx.PutBlob("scratch/"+name, value) })
}
