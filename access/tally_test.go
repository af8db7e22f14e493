package access_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/store/storetest"
)

// readsCounted counts the grants and assignments that writing transactions read one by one.
type readsCounted struct {
	access.Store
	reads atomic.Int64
}

type countedTx struct {
	access.Tx
	reads *atomic.Int64
}

func (s *readsCounted) Update(ctx context.Context, fn func(access.Tx) error) error {
	return s.Store.Update(ctx, func(tx access.Tx) error { return fn(countedTx{tx, &s.reads}) })
}

func (t countedTx) Grant(id access.GrantID) (access.Grant, error) {
	t.reads.Add(1)
	return t.Tx.Grant(id)
}

func (t countedTx) Assignment(key access.Key) (access.Assignment, error) {
	t.reads.Add(1)
	return t.Tx.Assignment(key)
}

// lifeOf is how many such reads it takes to give n entitlements of one form and to end them,
// all at once or one after the other.
func lifeOf(t *testing.T, n int, end func(*house, access.RequestID)) (reads int64) {
	t.Helper()
	store := &readsCounted{Store: storetest.NewModel()}
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, store: store, out: newOutside(), told: &told{}}
		for i := range n {
			h.out.data.Accounts = append(h.out.data.Accounts, catalog.Account{ID: catalog.AccountID(fmt.Sprintf("444444444%03d", i)), Name: fmt.Sprint("team-", i), State: catalog.AccountActive, OUPath: "/"})
		}
		h.start()
		h.mustApply(boot, basic())
		in := access.Submission{FormKey: "form", User: alice, Duration: time.Hour, Reason: "look at the disk"}
		for _, a := range h.out.data.Accounts[len(h.out.data.Accounts)-n:] {
			in.Entitlements = append(in.Entitlements, access.RoleIn(a.ID, arn("ReadOnly")))
		}
		before := store.reads.Load()
		r, err := h.svc.Submit(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Minute)
		end(h, r.ID)
		reads = store.reads.Load() - before
		for _, g := range h.view(r.ID).Grants {
			if g.Phase != access.PhaseEnded || g.Grant.ConfirmedAt.IsZero() {
				t.Errorf("a grant is %s, confirmed %s", g.Phase, g.Grant.ConfirmedAt)
			}
		}
		h.stop()
	})
	return reads
}

// TestGrantsOfAFormAreReadOnceEach gives and ends what a form asked for: for four times as much
// it reads about four times as many records, and not each anew whenever one of them changes.
func TestGrantsOfAFormAreReadOnceEach(t *testing.T) {
	t.Parallel()
	end := func(h *house, id access.RequestID) {
		grants := h.view(id).Grants
		n := len(grants)
		for i := range n / 2 { // from behind and from the middle; the rest ends as planned
			for _, g := range []access.GrantView{grants[n-1-i/2], grants[n/2-i/2-1]} {
				if _, err := h.svc.EndGrant(context.Background(), g.Grant.ID, dana); err != nil {
					h.t.Fatal(err)
				}
			}
			pass(2 * time.Second)
		}
		pass(2 * time.Hour)
	}
	n := 48
	if os.Getenv("STINT_FULL") != "" {
		n = access.MaxEntitlements
	}
	few, many := lifeOf(t, n/4, end), lifeOf(t, n, end)
	if most := 5 * few; many > most {
		t.Errorf("%d reads for %d entitlements, %d for %d: at most %d would be in proportion", few, n/4, many, n, most)
	}
	t.Logf("%d reads for %d entitlements, %d for %d", few, n/4, many, n)
}

// TestTallyOfAnotherRelease loses what is counted, as a release does that does not know of it:
// what is told of all together is told all the same, once.
func TestTallyOfAnotherRelease(t *testing.T) {
	t.Parallel()
	lifeOf(t, 6, func(h *house, id access.RequestID) {
		lose := func() {
			h.t.Helper()
			h.want(h.store.Update(context.Background(), func(tx access.Tx) error { return tx.PutMeta("tally/"+string(id), "") }), "", "")
		}
		lose()
		for _, g := range h.view(id).Grants[:2] {
			if _, err := h.svc.EndGrant(context.Background(), g.Grant.ID, dana); err != nil {
				h.t.Fatal(err)
			}
			lose()
			pass(time.Second)
		}
		pass(2 * time.Hour)
		ended, removed := 0, 0
		for _, n := range h.told.of(access.NoticeTell) {
			if n.Event == access.EventEnded && n.Grant == "" {
				ended++
			}
		}
		for _, n := range h.told.of(access.NoticeThread) {
			if n.Event == access.EventRemoved {
				removed++
			}
		}
		if ended != 1 || removed != 1 {
			h.t.Errorf("told %d times that all ended and %d times that all is gone, want once each", ended, removed)
		}
	})
}
