package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"stint/access"
	"stint/store/postgres"
	"stint/store/postgres/pgtest"
)

// TestScriptsOnADatabase runs the program on stores in a real Postgres: DATABASE is that of
// a bot, as fillStore says, UNEDITED an empty one.
func TestScriptsOnADatabase(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	script(t, "testdata/database", func(e *testscript.Env, saved []byte) error {
		ctx := context.Background()
		filled, err := server.Schema(ctx)
		if err != nil {
			return err
		}
		empty, err := server.Schema(ctx)
		if err != nil {
			return err
		}
		e.Setenv("DATABASE", filled)
		e.Setenv("UNEDITED", empty)
		db, err := postgres.Open(ctx, filled, postgres.Options{})
		if err != nil {
			return err
		}
		return errors.Join(fillStore(db, saved), db.Close())
	})
}

// led waits until a replica leads on a database: it holds the lease.
func led(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := postgres.Open(ctx, args[0], postgres.Options{})
	ts.Check(err)
	defer func() { _ = db.Close() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var lease string
		ts.Check(db.View(ctx, func(tx access.Tx) (err error) { lease, err = tx.Meta("lease"); return err }))
		if lease != "" && !strings.Contains(lease, `"holder":""`) {
			return
		}
		<-tick.C
	}
}
