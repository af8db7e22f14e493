package move

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/store/bolt"
	"stint/store/storetest"
)

// memory is a store that is never damaged.
type memory struct{ *storetest.Model }

func (memory) Check(context.Context) error { return nil }

func file(t *testing.T) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "stint.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// filled is a store with a history, whose last replica led in term 7.
func filled(t *testing.T) memory {
	t.Helper()
	s := memory{storetest.NewModel()}
	change(t, s, func(tx access.Tx) error {
		for n := range 20 {
			if err := submit(tx, n); err != nil {
				return err
			}
		}
		return errors.Join(
			tx.PutMeta("term", "7"), tx.PutMeta("lease", `{"holder":"old-replica","term":7,"beat":9}`), tx.PutMeta("clock", "2026-03-01T12:00:00Z"),
			tx.PutBlob("catalog", []byte("catalog\x00")), tx.PutBlob("scratch/sync", []byte("draft")),
			tx.PutNotice(access.Notice{ID: "N1"}), tx.PutMessage(access.Message{Key: "card/R1", TS: "1"}),
		)
	})
	return s
}

// submit stores a request with its line in the chained log.
func submit(tx access.Tx, n int) error {
	r := access.Request{ID: access.RequestID(fmt.Sprintf("R%03d", n)), Version: 1, State: access.Pending, FormKey: fmt.Sprint(n), Reason: "<b> & é"}
	after, err := json.Marshal(r)
	if err != nil {
		return err
	}
	e, err := tx.AppendAudit(access.AuditEvent{At: time.Unix(int64(n), 0), Action: "request.submitted", Record: "request/" + string(r.ID), After: after})
	if err != nil {
		return err
	}
	if _, e.Prev, err = tx.ChainHead(); err != nil {
		return err
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(line)
	e.Hash = hex.EncodeToString(sum[:])
	return errors.Join(tx.PutRequest(r), tx.PutChained([]access.AuditEvent{e}))
}

// run is a whole move.
func run(t *testing.T, from, to Store, o Options) (Result, error) {
	t.Helper()
	s, err := From(t.Context(), from)
	if err != nil {
		return Result{}, err
	}
	return s.To(t.Context(), to, o)
}

func change(t *testing.T, s access.Store, fn func(access.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("code %q, want %q: %v", got, want, err)
	}
}

// Everything is moved there and back; who leads is not, and the term grows each time.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	first, second, third := filled(t), file(t), memory{storetest.NewModel()}
	there, err := run(t, first, second, Options{})
	wantCode(t, err, "")
	back, err := run(t, second, third, Options{})
	wantCode(t, err, "")
	if there != back || there.Events != 20 || there.Head == "" {
		t.Errorf("there %+v, back %+v", there, back)
	}
	for s, term := range map[Store]string{second: "8", third: "9"} {
		wantCode(t, Ready(t.Context(), s), "")
		if err := s.View(t.Context(), func(tx access.Tx) error {
			got, err := tx.Meta("term")
			lease, errLease := tx.Meta("lease")
			clock, errClock := tx.Meta("clock")
			draft, errDraft := tx.Blob("scratch/sync")
			if got != term || lease != "" || clock == "" || string(draft) != "draft" {
				t.Errorf("term %q, want %q; lease %q; clock %q; draft %q", got, term, lease, clock, draft)
			}
			return errors.Join(err, errLease, errClock, errDraft)
		}); err != nil {
			t.Error(err)
		}
	}
	again, err := run(t, first, second, Options{})
	wantCode(t, err, "")
	if !again.Already {
		t.Error("a move that was over was made again")
	}
}

// dying fails in or right after one of its updates, as a process that is killed there
// leaves its store.
type dying struct {
	Store
	left  int  // updates until then
	after bool // the last one is committed
}

var errKilled = errors.New("killed")

func (d *dying) Update(ctx context.Context, fn func(access.Tx) error) error {
	if d.left--; d.left > 0 {
		return d.Store.Update(ctx, fn)
	}
	err := d.Store.Update(ctx, func(tx access.Tx) error {
		err := fn(tx)
		if err == nil && !d.after {
			err = errKilled
		}
		return err
	})
	if err == nil {
		err = errKilled
	}
	return err
}

// A move goes on after it was killed in or after each of its transactions. Until it is
// over, the target is refused to bots.
func TestGoesOnAfterEachKill(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after=%t", after), func(t *testing.T) {
			t.Parallel()
			from, to := filled(t), file(t)
			kills := 0
			for {
				// Dies in its first transaction that brings something new, or right after it.
				begun := -1
				left := 2
				if kills == 0 {
					left = 1
				}
				_, err := run(t, from, &dying{Store: to, left: left, after: after}, Options{batch: 3, Begun: func(done, _ int) { begun = done }})
				if !errors.Is(err, errKilled) {
					t.Fatalf("run %d, begun at %d: %v", kills, begun, err)
				}
				kills++
				ready := Ready(t.Context(), to)
				if after && fault.CodeOf(ready) == "" {
					break // killed after the last transaction
				}
				if !after {
					if kills == 1 {
						wantCode(t, ready, "") // nothing was begun
					} else {
						wantCode(t, ready, fault.Conflict)
					}
					// The same place kills it for ever: let one more transaction pass.
					if _, err := run(t, from, &dying{Store: to, left: left, after: true}, Options{batch: 3}); !errors.Is(err, errKilled) {
						t.Fatal(err)
					}
					if fault.CodeOf(Ready(t.Context(), to)) == "" {
						break
					}
				}
			}
			if kills < 10 {
				t.Errorf("killed %d times only: this tests little", kills)
			}
			r, err := run(t, from, to, Options{})
			wantCode(t, err, "")
			if !r.Already {
				t.Error("it was not over")
			}
			wantCode(t, to.Check(t.Context()), "")
			wantCode(t, access.VerifyAudit(t.Context(), to), "")
		})
	}
}

// begun is a target that holds the beginning of a source.
func begun(t *testing.T, from Store) *bolt.DB {
	t.Helper()
	to := file(t)
	_, err := run(t, from, &dying{Store: to, left: 3, after: true}, Options{batch: 3})
	if !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	return to
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]func(t *testing.T) (from, to Store){
		"a target that holds something": func(t *testing.T) (Store, Store) {
			to := file(t)
			change(t, to, func(tx access.Tx) error { return tx.PutPin(identity.Pin{Slack: "U", Person: "p"}) })
			return filled(t), to
		},
		"a target that a bot ran on": func(t *testing.T) (Store, Store) {
			to := file(t)
			change(t, to, func(tx access.Tx) error { return tx.PutMeta("term", "1") })
			return filled(t), to
		},
		"a target that was begun from another source": func(t *testing.T) (Store, Store) {
			other := filled(t)
			change(t, other, func(tx access.Tx) error { return tx.PutMeta("clock", "") })
			return filled(t), begun(t, other)
		},
		"a target that a bot wrote to in between": func(t *testing.T) (Store, Store) {
			from := filled(t)
			to := begun(t, from)
			change(t, to, func(tx access.Tx) error { return tx.PutMeta("term", "1") })
			return from, to
		},
		"a target that was changed in between": func(t *testing.T) (Store, Store) {
			from := filled(t)
			to := begun(t, from)
			change(t, to, func(tx access.Tx) error { return tx.PutMeta("other", "1") })
			return from, to
		},
		"a source that is not complete": func(t *testing.T) (Store, Store) { return begun(t, filled(t)), file(t) },
		"a source that its log does not lead to": func(t *testing.T) (Store, Store) {
			from := filled(t)
			change(t, from, func(tx access.Tx) error {
				return tx.PutRequest(access.Request{ID: "RX", Version: 1, State: access.Pending})
			})
			return from, file(t)
		},
		"a source that a bot begins to run on": func(t *testing.T) (Store, Store) {
			from := filled(t)
			return from, &meanwhile{Store: file(t), do: func() {
				change(t, from, func(tx access.Tx) error { return tx.PutMeta("term", "8") })
			}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := c(t)
			_, err := run(t, from, to, Options{batch: 3})
			wantCode(t, err, fault.Conflict)
			if f := new(fault.Error); !errors.As(err, &f) || f.Message == "" || f.Hint == "" {
				t.Errorf("no words for people: %v", err)
			}
		})
	}
}

// meanwhile has something happen while a move writes.
type meanwhile struct {
	Store
	do func()
}

func (m *meanwhile) Update(ctx context.Context, fn func(access.Tx) error) error {
	m.do()
	return m.Store.Update(ctx, fn)
}
