package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"stint/access"
	"stint/access/fault"
)

// TestOlderReplicaWritesNoMore: once a newer release says that its records are others, what
// runs of this one reads on and changes nothing, and says why.
func TestOlderReplicaWritesNoMore(t *testing.T) {
	t.Parallel()
	url := newSchema(t)
	old := openWith(t, url, Options{})
	if err := put(old, "before"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), `UPDATE writer SET format = $1`, format+1); err != nil {
		t.Fatal(err)
	}
	ran := false
	err = old.Update(t.Context(), func(access.Tx) error { ran = true; return nil })
	if !fault.Is(err, fault.Unavailable) || ran {
		t.Errorf("it wrote: %v, %v", ran, err)
	}
	again := openWith(t, url, Options{}) // as when an older one is started by mistake
	if err := put(again, "after"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("one that starts now wrote: %v", err)
	}
	if err := old.View(t.Context(), func(tx access.Tx) error {
		v, err := tx.Meta("x")
		if v != "before" {
			t.Errorf("it reads %q", v)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if _, err := conn.Exec(t.Context(), `UPDATE writer SET format = $1`, format); err != nil {
		t.Fatal(err)
	}
	if err := put(old, "back"); err != nil {
		t.Error(err)
	}
}
