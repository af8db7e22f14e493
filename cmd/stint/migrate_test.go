package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"stint/access"
	"stint/store/postgres"
	"stint/store/postgres/pgtest"
)

// databases are the script commands about Postgres; a server is started when one needs it.
func databases(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	t.Helper()
	start := sync.OnceValues(func() (*pgtest.Server, error) {
		s, err := pgtest.Start()
		if err == nil {
			t.Cleanup(func() {
				if err := s.Stop(); err != nil {
					t.Errorf("postgres: %v", err)
				}
			})
		}
		return s, err
	})
	return map[string]func(*testscript.TestScript, bool, []string){
		// database NAME makes an empty database and puts its URL into the variable.
		"database": func(ts *testscript.TestScript, _ bool, args []string) {
			s, err := start()
			ts.Check(err)
			url, err := s.Schema(context.Background())
			ts.Check(err)
			ts.Setenv(args[0], url)
		},
		// leads URL REPLICA lets a replica lead there until the script ends.
		"leads": func(ts *testscript.TestScript, _ bool, args []string) {
			db, err := postgres.Open(context.Background(), args[0], postgres.Options{})
			ts.Check(err)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			ts.Defer(func() { cancel(); <-done; _ = db.Close() })
			ts.Check(beat(ctx, db, args[1], 1))
			go func() {
				defer close(done)
				tick := time.NewTicker(100 * time.Millisecond)
				defer tick.Stop()
				for n := 2; beat(ctx, db, args[1], n) == nil; n++ {
					select {
					case <-tick.C:
					case <-ctx.Done():
					}
				}
			}()
		},
		// begun DIR makes a store that another command has begun to fill.
		"begun": func(ts *testscript.TestScript, _ bool, args []string) {
			db, err := (&settings{Data: ts.MkAbs(args[0])}).openAny(context.Background())
			ts.Check(err)
			defer func() { _ = db.Close() }()
			ts.Check(db.Update(context.Background(), func(tx access.Tx) error {
				return tx.PutMeta("move", `{"source":"another","done":1200,"total":3400}`)
			}))
		},
	}
}

func beat(ctx context.Context, db access.Store, replica string, n int) error {
	return db.Update(ctx, func(tx access.Tx) error {
		return tx.PutMeta("lease", fmt.Sprintf(`{"holder":%q,"term":3,"beat":%d}`, replica, n))
	})
}

// interrupted is a terminal where somebody presses Ctrl-C once the move has begun.
type interrupted struct {
	bytes.Buffer
	press context.CancelFunc
}

func (i *interrupted) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("Moving")) {
		i.press()
	}
	return i.Buffer.Write(p)
}

// TestMigrateInterrupted: it says so, fails, and goes on when it is run again.
func TestMigrateInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := (&settings{Data: dir}).openAny(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(tx access.Tx) error { return tx.PutMeta("clock", "2026-03-01T12:00:00Z") }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	args := []string{"migrate", "--from", dir, "--to", filepath.Join(t.TempDir(), "moved.db")}
	ctx, cancel := context.WithCancel(t.Context())
	terminal := &interrupted{press: cancel}
	if code := run(ctx, args, streams{new(bytes.Buffer), terminal}); code != 1 || !strings.Contains(terminal.String(), "Stopped before the end: 0 of 1 records") {
		t.Errorf("exit code %d:\n%s", code, terminal)
	}
	var out, log bytes.Buffer
	if code := run(t.Context(), args, streams{&out, &log}); code != 0 || !strings.HasPrefix(out.String(), "ok: 1 records are in") {
		t.Errorf("exit code %d:\n%s%s", code, &out, &log)
	}
}

// TestAccessOutlivesMoves grants, moves the store to Postgres and back while the access
// lasts, and ends it from there.
func TestAccessOutlivesMoves(t *testing.T) {
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
	url, err := server.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	h.start()
	h.ask(h.alice, "staging-payments", "PowerUser")
	h.press(h.bob, h.channel("aws-approvals"), "stint.approve")
	h.eventually("AWS holds it", func() bool { return h.held() == 1 })
	h.eventually("End now is offered", func() bool { return h.alice.Sees(h.alice.DM(), "stint.end") })
	h.stop()
	back := t.TempDir()
	for _, way := range [][2]string{{h.how.dir, url}, {url, back}} {
		var out, log bytes.Buffer
		if code := run(t.Context(), []string{"migrate", "--from", way[0], "--to", way[1]}, streams{&out, &log}); code != 0 {
			t.Fatalf("exit code %d:\n%s%s", code, &out, &log)
		}
	}
	h.how.dir = back
	h.start()
	h.press(h.alice, h.alice.DM(), "stint.end")
	h.eventually("AWS holds nothing", func() bool { return h.held() == 0 })
	h.ask(h.alice, "prod-payments", "ReadOnly") // and what comes next is granted there
	h.eventually("AWS holds it", func() bool { return h.held() == 1 })
	h.stop()
	db, err := openStore(back)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := access.VerifyAudit(t.Context(), db); err != nil {
		t.Error(err)
	}
}
