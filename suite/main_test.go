package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"stint/access"
	"stint/sandbox/page/pagetest"
	"stint/store/bolt"
	"stint/store/postgres"
	"stint/store/postgres/pgtest"
)

// server is the Postgres of this package, started by the first test that needs it; TestMain
// stops it.
var server sharedServer

// chromium is the browser of this package.
var chromium pagetest.Chromium

func TestMain(m *testing.M) {
	code := chromium.Main(m).Run()
	built.remove()
	if err := server.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = 1
	}
	os.Exit(code)
}

type sharedServer struct {
	once    sync.Once
	running *pgtest.Server
	err     error
}

// schema is the address of an empty store. The server must be started outside of every
// bubble: it outlives them.
func (s *sharedServer) schema(tb testing.TB) string {
	tb.Helper()
	s.once.Do(func() { s.running, s.err = pgtest.Start() })
	if s.err != nil {
		tb.Fatal(s.err)
	}
	url, err := s.running.Schema(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return url
}

func (s *sharedServer) stop() error {
	if s.running == nil {
		return nil
	}
	return s.running.Stop()
}

// keptStore is what both stores are to the suites: a process opens it, and a crash closes it.
type keptStore interface {
	access.Store
	Check(ctx context.Context) error
	Close() error
}

// engine is one of the two stores.
type engine struct {
	name string
	// empty makes a new store and returns how a process opens it. Call it outside of bubbles.
	empty func(tb testing.TB) func() (keptStore, error)
}

var (
	onBolt = engine{"bolt", func(tb testing.TB) func() (keptStore, error) {
		return openFile(filepath.Join(tb.TempDir(), "stint.db"), bolt.Options{NoSync: true})
	}}
	onPostgres = engine{"postgres", func(tb testing.TB) func() (keptStore, error) {
		url := server.schema(tb)
		return func() (keptStore, error) {
			db, err := postgres.Open(context.Background(), url, postgres.Options{})
			if err != nil {
				return nil, err
			}
			return db, nil
		}
	}}
)

func openFile(path string, opts bolt.Options) func() (keptStore, error) {
	return func() (keptStore, error) {
		db, err := bolt.Open(path, opts)
		if err != nil {
			return nil, err
		}
		return db, nil
	}
}

// onBoth runs a test on each store.
func onBoth(t *testing.T, fn func(t *testing.T, e engine)) {
	t.Helper()
	for _, e := range []engine{onBolt, onPostgres} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			fn(t, e)
		})
	}
}
