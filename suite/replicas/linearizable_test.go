package replicas

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"stint/access"
	"stint/store/bolt"
	"stint/store/postgres"
)

// TestLinearizable: what many clients do at once through two services on one store, on each
// store, is what they could have done one after the other.
func TestLinearizable(t *testing.T) {
	t.Parallel()
	clients, each := 6, 60
	if full() {
		clients, each = 12, 400
	}
	for name, open := range map[string]func(*testing.T) [2]access.Store{"bolt": openBolt, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			s := open(t)
			done := bustle(t, newOffice(t, s[0], s[1]).services, clients, each, seed)
			said := map[string]int{}
			for _, o := range done {
				said[kindOf(o.Input)+" "+string(o.Output.(answer).code)]++
			}
			t.Logf("seed %d, %d operations: %v", seed, len(done), said)
			for _, must := range []string{"submit ", "submit conflict", "review ", "review conflict", "review forbidden", "end ", "read "} {
				if said[must] == 0 {
					t.Errorf("nobody got %q", must)
				}
			}
			judge(t, done, porcupine.Ok)
			if err := access.VerifyAudit(t.Context(), s[0]); err != nil {
				t.Error("I6:", err)
			}
		})
	}
}

// TestLostUpdateIsNotLinearizable: the judge can say no.
func TestLostUpdateIsNotLinearizable(t *testing.T) {
	t.Parallel()
	l := &loser{Store: openBolt(t)[0]}
	h := newOffice(t, l, l)
	done := bustle(t, h.services, 6, 60, 1)
	t.Logf("%d updates were lost", l.lost.Load())
	if l.lost.Load() == 0 {
		t.Fatal("no update was lost")
	}
	judge(t, done, porcupine.Illegal)
}

func judge(t *testing.T, done []porcupine.Operation, want porcupine.CheckResult) {
	t.Helper()
	got, info := porcupine.CheckOperationsVerbose(sheets, done, time.Minute)
	if got == want {
		return
	}
	path := filepath.Join(t.ArtifactDir(), "history.html")
	if err := porcupine.VisualizePath(sheets, info, path); err != nil {
		t.Error(err)
	}
	t.Errorf("the history is judged %s, not %s; see %s (kept with -artifacts)", got, want, path)
}

func kindOf(input any) string {
	switch input.(type) {
	case submitted:
		return "submit"
	case reviewed:
		return "review"
	case ended:
		return "end"
	}
	return "read"
}

func openBolt(t *testing.T) [2]access.Store {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "stint.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return [2]access.Store{db, db}
}

// openPostgres opens one database twice, as two processes would.
func openPostgres(t *testing.T) (stores [2]access.Store) {
	t.Helper()
	url := schema(t)
	for i := range stores {
		db, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		stores[i] = db
	}
	return stores
}

// loser is a store that says of every third vote that it stored it, and did not.
type loser struct {
	access.Store
	votes, lost atomic.Int64
}

var errLost = errors.New("lost")

func (l *loser) Update(ctx context.Context, fn func(access.Tx) error) error {
	err := l.Store.Update(ctx, func(tx access.Tx) error {
		w := &votes{Tx: tx}
		if err := fn(w); err != nil {
			return err
		}
		if w.seen && l.votes.Add(1)%3 == 0 {
			l.lost.Add(1)
			return errLost
		}
		return nil
	})
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}

// votes notices a request that is stored with votes.
type votes struct {
	access.Tx
	seen bool
}

func (v *votes) PutRequest(r access.Request) error {
	v.seen = v.seen || len(r.Reviews) > 0
	return v.Tx.PutRequest(r)
}
