package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stint/access"
	"stint/access/catalog"
	"stint/store/bolt"
	"stint/store/postgres"
	"stint/store/postgres/pgtest"
)

// benchEngines are both stores as production runs them: what is acknowledged is on disk.
// The Postgres is one of its own, on the same disk as the file.
func benchEngines(b *testing.B) []engine {
	b.Helper()
	durable, err := pgtest.Start("fsync=on", "synchronous_commit=on", "full_page_writes=on")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := durable.Stop(); err != nil {
			b.Error(err)
		}
	})
	return []engine{
		{"bolt", func(tb testing.TB) func() (keptStore, error) {
			return openFile(filepath.Join(tb.TempDir(), "stint.db"), bolt.Options{})
		}},
		{"postgres", func(tb testing.TB) func() (keptStore, error) {
			url, err := durable.Schema(context.Background())
			if err != nil {
				tb.Fatal(err)
			}
			return openURL(url)
		}},
	}
}

// openURL opens the store at an address.
func openURL(url string) func() (keptStore, error) {
	return func() (keptStore, error) {
		db, err := postgres.Open(context.Background(), url, postgres.Options{})
		if err != nil {
			return nil, err
		}
		return filled{db, url}, nil
	}
}

// filled is a Postgres store whose address is known, so that the server can fill it.
type filled struct {
	*postgres.DB
	url string
}

func benchOpen(b *testing.B, e engine) keptStore {
	b.Helper()
	s, err := e.empty(b)()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// BenchmarkUpdate measures transactions of one small change each, by 1, 4 and 16 writers
// at a time, and how many a second that makes.
func BenchmarkUpdate(b *testing.B) {
	for _, e := range benchEngines(b) {
		s := benchOpen(b, e)
		for _, writers := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("writers=%d/%s", writers, e.name), func(b *testing.B) {
				var mu sync.Mutex
				var took samples
				begin := time.Now()
				var group sync.WaitGroup
				turns := make(chan struct{})
				for w := range writers {
					name := fmt.Sprint("bench/", w)
					group.Go(func() {
						for range turns {
							at := time.Now()
							err := s.Update(context.Background(), func(tx access.Tx) error { return tx.PutMeta(name, at.String()) })
							if err != nil {
								b.Error(err)
							}
							mu.Lock()
							took.add(time.Since(at))
							mu.Unlock()
						}
					})
				}
				for b.Loop() {
					turns <- struct{}{}
				}
				close(turns)
				group.Wait()
				took.report(b, "update")
				b.ReportMetric(float64(len(took))/time.Since(begin).Seconds(), "updates/s")
			})
		}
	}
}

// manyRows is how many grants wait in the store when due work is looked for.
const manyRows = 1_000_000

var benchNoon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// BenchmarkDueStores measures what the worker asks all the time while a million grants wait,
// ten of which are due: what is due, and what comes next.
func BenchmarkDueStores(b *testing.B) {
	for _, e := range benchEngines(b) {
		s := benchOpen(b, e)
		if f, ok := s.(filled); ok {
			fillServer(b, f.url)
		} else {
			fillStore(b, s)
		}
		ask := func(name string, question func(tx access.Tx) error) {
			b.Run(name+"/"+e.name, func(b *testing.B) {
				var took samples
				for b.Loop() {
					begin := time.Now()
					if err := s.View(context.Background(), question); err != nil {
						b.Fatal(err)
					}
					took.add(time.Since(begin))
				}
				took.report(b, name)
			})
		}
		ask("due", func(tx access.Tx) error {
			due, err := tx.Due(benchNoon.Add(9*time.Second), 100)
			if err == nil && len(due) != 10 {
				err = fmt.Errorf("%d due", len(due))
			}
			return err
		})
		ask("next", func(tx access.Tx) error {
			next, err := tx.NextDueAfter(benchNoon)
			if err == nil && !next.Equal(benchNoon.Add(time.Second)) {
				err = fmt.Errorf("next is %s", next)
			}
			return err
		})
	}
}

// waitingGrant is scheduled n seconds after noon.
func waitingGrant(n int) access.Grant {
	start := benchNoon.Add(time.Duration(n) * time.Second)
	k := access.Key{
		Person: catalog.PersonID(fmt.Sprintf("93b4a8c2-0001-7000-8000-%012d", n%5000)), Account: catalog.AccountID(fmt.Sprintf("%012d", n%1000)),
		Role: roleARN("ReadOnly"),
	}
	return access.Grant{
		ID: access.GrantID(fmt.Sprintf("00G%023d", n)), Version: 1, State: access.Scheduled, Request: access.RequestID(fmt.Sprintf("00R%023d", n)),
		Key: k, Holder: access.Actor{Person: k.Person, Name: "Some Body"}, Start: start, Deadline: start.Add(10 * time.Minute), Duration: time.Hour, End: start.Add(time.Hour),
	}
}

func fillStore(b *testing.B, s access.Store) {
	b.Helper()
	const batch = 20_000
	for first := 0; first < manyRows; first += batch {
		if err := s.Update(context.Background(), func(tx access.Tx) error {
			for n := first; n < first+batch; n++ {
				if err := tx.PutGrant(waitingGrant(n)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// fillServer lets the server put the same rows: over the wire it would take many minutes.
func fillServer(b *testing.B, url string) {
	b.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	data, err := json.Marshal(waitingGrant(0))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `
		INSERT INTO grants (id, version, state, key, person, request, due, data)
		SELECT '00G' || lpad(n::text, 23, '0'), 1, 'scheduled', p || '/' || lpad((n % 1000)::text, 12, '0') || '/' || $2::text, p, '00R' || lpad(n::text, 23, '0'),
			to_char(timestamp '2026-03-01 12:00:00' + n * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS') || '.000000000Z', $3::json
		FROM (SELECT n, '93b4a8c2-0001-7000-8000-' || lpad((n % 5000)::text, 12, '0') AS p FROM generate_series(0, $1::int - 1) n) rows`,
		manyRows, string(roleARN("ReadOnly")), string(data)); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "ANALYZE grants"); err != nil {
		b.Fatal(err)
	}
}
