package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"stint/access"
	"stint/access/fault"
)

// touchAll changes something of every kind.
func touchAll(tx access.Tx, n int) error {
	key := keyOf(n, n, n)
	e, err := tx.AppendAudit(event(n))
	if err != nil {
		return err
	}
	_, hash, err := tx.ChainHead()
	if err != nil {
		return err
	}
	for _, err := range []error{
		tx.PutRequest(requestOf(n, n, n)), tx.PutGrant(grantOf(n, key, n)),
		tx.PutAssignment(access.Assignment{Key: key, Version: 1, State: access.Deleting, Stuck: true, NextAt: at(n)}),
		tx.PutNotice(access.Notice{ID: access.NoticeID(fmt.Sprint("N", n)), NextAt: at(n)}),
		tx.PutMessage(access.Message{Key: fmt.Sprint("card/", n), TS: "1"}),
		tx.PutChained(chained(hash, e)),
		tx.PutPin(pinOf(n)), tx.PutRevision(revisionOf(n)),
		tx.PutMeta("last", strconv.Itoa(n)), tx.PutBlob("last", []byte(strconv.Itoa(n))),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// wantUnchanged fails the test unless the store holds what it held before.
func wantUnchanged(t TB, s access.Store, before contents) {
	t.Helper()
	wantSame(t, "contents", read(t, s, everything), before)
}

// An error of fn comes back as it is, and nothing of what fn did stays.
func rollback(t *testing.T, h Harness) {
	s := h.Open(t)
	update(t, s, func(tx access.Tx) error { return touchAll(tx, 1) })
	before := read(t, s, everything)
	stop := fmt.Errorf("stop: %w", context.DeadlineExceeded)
	err := s.Update(context.Background(), func(tx access.Tx) error {
		if err := touchAll(tx, 2); err != nil {
			t.Errorf("touch: %v", err)
		}
		for _, err := range []error{tx.DeleteNotice("N1"), tx.DeletePin("U1")} {
			if err != nil {
				t.Errorf("delete: %v", err)
			}
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("update: %v, want fn's own error", err)
	}
	wantUnchanged(t, s, before)
	err = s.View(context.Background(), func(access.Tx) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("view: %v, want fn's own error", err)
	}
	s = h.Reopen(t, s)
	wantUnchanged(t, s, before)
	update(t, s, func(tx access.Tx) error { return touchAll(tx, 2) }) // the store goes on
}

// A panic of fn goes through, and nothing of what fn did stays.
func rollbackOnPanic(t *testing.T, h Harness) {
	s := h.Open(t)
	update(t, s, func(tx access.Tx) error { return touchAll(tx, 1) })
	before := read(t, s, everything)
	for name, run := range map[string]func(context.Context, func(access.Tx) error) error{"update": s.Update, "view": s.View} {
		func() {
			defer func() {
				if p := recover(); p != "boom" {
					t.Errorf("%s: recovered %v, want fn's own panic", name, p)
				}
			}()
			err := run(context.Background(), func(tx access.Tx) error {
				if name == "update" {
					if err := touchAll(tx, 2); err != nil {
						t.Errorf("touch: %v", err)
					}
				}
				panic("boom")
			})
			t.Errorf("%s: returned %v", name, err)
		}()
		wantUnchanged(t, s, before)
	}
	update(t, s, func(tx access.Tx) error { return touchAll(tx, 2) }) // the store goes on
}

// A Put that is refused changes nothing, even if its transaction goes on and commits.
func refusedPutLeavesNoTrace(t *testing.T, h Harness) {
	s := h.Open(t)
	update(t, s, func(tx access.Tx) error { return touchAll(tx, 1) })
	before := read(t, s, everything)
	update(t, s, func(tx access.Tx) error {
		r, taken := requestOf(1, 2, 99), requestOf(2, 2, 98)
		r.State, taken.FormKey = access.Denied, r.FormKey
		g := grantOf(1, keyOf(2, 2, 2), 97)
		a := access.Assignment{Key: keyOf(1, 1, 1), Version: 5, State: access.Present, NextAt: at(96)}
		pin := pinOf(1)
		pin.Slack = "U9"
		for name, err := range map[string]error{
			"request": tx.PutRequest(r), "form": tx.PutRequest(taken), "grant": tx.PutGrant(g), "assignment": tx.PutAssignment(a),
			"pin": tx.PutPin(pin), "revision": tx.PutRevision(revisionOf(1)), "chain": tx.PutChained(chained("x", event(1))),
		} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v, want a conflict", name, err)
			}
		}
		return nil
	})
	wantUnchanged(t, s, before)
}

// A View refuses to write.
func viewCannotWrite(t *testing.T, h Harness) {
	s := h.Open(t)
	update(t, s, func(tx access.Tx) error { return touchAll(tx, 1) })
	before := read(t, s, everything)
	view(t, s, func(tx access.Tx) error {
		_, err := tx.AppendAudit(event(2))
		for name, err := range map[string]error{
			"audit": err, "request": tx.PutRequest(requestOf(2, 2, 2)), "grant": tx.PutGrant(grantOf(2, keyOf(2, 2, 2), 2)),
			"assignment": tx.PutAssignment(access.Assignment{Key: keyOf(2, 2, 2), Version: 1}),
			"notice":     tx.PutNotice(access.Notice{ID: "N2", NextAt: noon}), "no notice": tx.DeleteNotice("N1"),
			"message": tx.PutMessage(access.Message{Key: "k"}), "pin": tx.PutPin(pinOf(2)),
			"no pin": tx.DeletePin("U1"), "revision": tx.PutRevision(revisionOf(2)),
			"meta": tx.PutMeta("m", "x"), "no meta": tx.PutMeta("last", ""), "blob": tx.PutBlob("b", []byte("x")),
		} {
			if !fault.Is(err, fault.Internal) {
				t.Errorf("%s: %v, want an internal error: it is a defect of the caller", name, err)
			}
		}
		return nil
	})
	wantUnchanged(t, s, before)
}

// A transaction reads what it wrote before.
func ownWritesAreSeen(t *testing.T, h Harness) {
	s := h.Open(t)
	var inside contents
	update(t, s, func(tx access.Tx) error {
		for n := range 5 {
			if err := touchAll(tx, n); err != nil {
				return err
			}
		}
		if err := tx.DeleteNotice("N3"); err != nil {
			return err
		}
		var err error
		inside, err = everything(tx)
		return err
	})
	wantSame(t, "grants", len(inside.Grants), 5)
	wantUnchanged(t, s, inside)
}

// A View shows one state from beginning to end.
func isolation(t *testing.T, h Harness) {
	s := h.Open(t)
	update(t, s, func(tx access.Tx) error { return touchAll(tx, 1) })
	var before, after contents
	view(t, s, func(tx access.Tx) (err error) {
		if before, err = everything(tx); err != nil {
			return err
		}
		done := make(chan error)
		go func() {
			done <- s.Update(context.Background(), func(tx access.Tx) error { return touchAll(tx, 2) })
		}()
		if err := <-done; err != nil {
			return err
		}
		after, err = everything(tx)
		return err
	})
	wantSame(t, "a View in which an Update was committed", after, before)
	wantSame(t, "grants afterwards", len(read(t, s, everything).Grants), 2)
}

// A View sees all of an Update or nothing, while many of both run.
func viewWhileUpdating(t *testing.T, h Harness) {
	const rounds = 60
	s := h.Open(t)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for last := -1; ; {
				var c contents
				var a, b string
				err := s.View(context.Background(), func(tx access.Tx) (err error) {
					if a, err = tx.Meta("last"); err != nil {
						return err
					}
					if c, err = everything(tx); err != nil {
						return err
					}
					b, err = tx.Meta("last")
					return err
				})
				n := len(c.Grants)
				if err != nil || a != b || n < last || n != len(c.Requests) || n != len(c.Audit) || n != len(c.Notices) || n > 0 && a != strconv.Itoa(n-1) {
					t.Errorf("a torn state: %v, %q %q, %d grants after %d, %d requests, %d events, %d notices",
						err, a, b, n, last, len(c.Requests), len(c.Audit), len(c.Notices))
					return
				}
				last = n
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for n := range rounds {
		update(t, s, func(tx access.Tx) error { return touchAll(tx, n) })
	}
	close(stop)
	readers.Wait()
}

// View and Update may stand inside one another on one goroutine without waiting for
// themselves, also while the store grows.
func updateInsideView(t *testing.T, h Harness) {
	s := h.Open(t)
	large := make([]byte, 8<<20)
	view(t, s, func(outer access.Tx) error {
		for n := range 4 {
			update(t, s, func(tx access.Tx) error {
				view(t, s, func(inner access.Tx) error {
					blob, err := inner.Blob(fmt.Sprint("blob-", n))
					wantSame(t, "a View inside Update shows the state before", len(blob), 0)
					return err
				})
				return tx.PutBlob(fmt.Sprint("blob-", n), large)
			})
		}
		blob, err := outer.Blob("blob-0")
		wantSame(t, "the outer View", len(blob), 0)
		return err
	})
}

// Updates of many goroutines follow one another: none is lost.
func concurrentUpdates(t *testing.T, h Harness) {
	const goroutines, rounds = 8, 25
	s := h.Open(t)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range rounds {
				err := s.Update(context.Background(), func(tx access.Tx) error {
					text, err := tx.Meta("counter")
					if err != nil {
						return err
					}
					n, _ := strconv.Atoi(text)
					return tx.PutMeta("counter", strconv.Itoa(n+1))
				})
				if err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	wg.Wait()
	wantSame(t, "counter", read(t, s, func(tx access.Tx) (string, error) { return tx.Meta("counter") }), strconv.Itoa(goroutines*rounds))
}

// A context that has ended, before the call or while an Update waits its turn, is
// answered with its error, and nothing is stored.
func cancelledContext(t *testing.T, h Harness) {
	s := h.Open(t)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	fn := func(access.Tx) error {
		t.Error("fn was run")
		return nil
	}
	for name, err := range map[string]error{"view": s.View(ended, fn), "update": s.Update(ended, fn)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}

	waiting, cancel := context.WithCancel(context.Background())
	defer cancel()
	result := make(chan error)
	update(t, s, func(tx access.Tx) error {
		go func() {
			result <- s.Update(waiting, func(tx access.Tx) error {
				// A store that lets writers overlap comes here; its commit must fail all the same.
				<-waiting.Done()
				if err := tx.PutMeta("late", "x"); err != nil {
					return err
				}
				return waiting.Err()
			})
		}()
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("waiting update: %v", err)
		}
		return tx.PutMeta("first", "x")
	})
	view(t, s, func(tx access.Tx) error {
		first, err := tx.Meta("first")
		if err != nil {
			return err
		}
		late, err := tx.Meta("late")
		wantSame(t, "stored", first+"/"+late, "x/")
		return err
	})
}

// What Update acknowledged is there after the process ended and another opened the store.
func durability(t *testing.T, h Harness) {
	s := h.Open(t)
	for n := range 10 {
		update(t, s, func(tx access.Tx) error { return touchAll(tx, n) })
		want := read(t, s, everything)
		s = h.Reopen(t, s)
		wantUnchanged(t, s, want)
	}
}
