package postgres

import (
	"context"
	"testing"

	"stint/access"
	"stint/store/storetest"
)

// opened is a store with the address that it was opened at.
type opened struct {
	*DB
	url string
}

func open(t storetest.TB, url string) *opened {
	t.Helper()
	db, err := Open(context.Background(), url, Options{})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if db.closed.Load() {
			return // reopened
		}
		if err := db.Check(context.Background()); err != nil {
			t.Errorf("check: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &opened{db, url}
}

// newSchema is the address of an empty store.
func newSchema(t storetest.TB) string {
	t.Helper()
	url, err := server.Schema(context.Background())
	if err != nil {
		t.Fatalf("schema: %v", err)
	}
	return url
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{
		Open: func(t storetest.TB) access.Store { return open(t, newSchema(t)) },
		Reopen: func(t storetest.TB, s access.Store) access.Store {
			o := s.(*opened)
			if err := o.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			return open(t, o.url)
		},
	})
}
