package awsconn

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stint/access"
	"stint/access/catalog"
)

const (
	revoke    = access.PriorityRevoke
	emergency = access.PriorityEmergency
	grant     = access.PriorityGrant
	syncing   = access.PrioritySync
)

// work takes a slot, notes its name, holds the slot for d, and gives it back.
func work(ctx context.Context, s *slots, p access.Priority, account string, d time.Duration, o *order, name string, wg *sync.WaitGroup) {
	wg.Go(func() {
		release, err := s.acquire(ctx, p, catalog.AccountID(account))
		if err != nil {
			return
		}
		o.add(name)
		time.Sleep(d)
		release()
	})
	synctest.Wait() // so that the order of coming is the order of the calls
}

func TestSlotsOneOperationInAnAccount(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSlots(wallClock{}, 10)
		begin := time.Now()
		var wg sync.WaitGroup
		var o order
		for i := range 4 {
			work(t.Context(), s, grant, "a", time.Second, &o, fmt.Sprint(i), &wg)
		}
		wg.Wait()
		if d := time.Since(begin); d != 4*time.Second {
			t.Errorf("four in one account took %v", d)
		}
		if diff := cmp.Diff([]string{"0", "1", "2", "3"}, o.list()); diff != "" {
			t.Error(diff)
		}
		if len(s.accounts) != 0 {
			t.Errorf("%d accounts are remembered", len(s.accounts))
		}
	})
}

// Revokes go first but leave two slots for grants; syncs hold half at most.
func TestSlotsShares(t *testing.T) {
	for name, tc := range map[string]struct {
		p    access.Priority
		most int
	}{
		"revokes": {revoke, 8}, "emergencies": {emergency, 10}, "grants": {grant, 10}, "syncs": {syncing, 5},
	} {
		bubbleRun(t, name, func(t *testing.T) {
			s := newSlots(wallClock{}, 10)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			var o order
			for i := range 30 {
				work(ctx, s, tc.p, fmt.Sprint(i), time.Hour, &o, "", &wg)
			}
			if _, running, _ := s.queue(); running != tc.most {
				t.Errorf("%d run at once, want %d", running, tc.most)
			}
			if tc.p == revoke { // a grant starts at once in what was kept
				work(ctx, s, grant, "other", time.Hour, &o, "grant", &wg)
				if count(o.list(), "grant") != 1 {
					t.Error("the grant waits")
				}
			}
			cancel()
			wg.Wait()
		})
	}
}

func TestSlotsOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSlots(wallClock{}, 3)
		var wg sync.WaitGroup
		var o order
		for i := range 3 {
			work(t.Context(), s, grant, fmt.Sprint("busy", i), time.Duration(i+1)*time.Second, &order{}, "", &wg)
		}
		work(t.Context(), s, syncing, "s", time.Minute, &o, "sync", &wg)
		work(t.Context(), s, grant, "g", time.Minute, &o, "grant", &wg)
		work(t.Context(), s, emergency, "e", time.Minute, &o, "emergency", &wg)
		work(t.Context(), s, revoke, "r", time.Minute, &o, "revoke", &wg)
		wg.Wait()
		if diff := cmp.Diff([]string{"revoke", "emergency", "grant", "sync"}, o.list()); diff != "" {
			t.Error(diff)
		}
	})
}

// Within one account a grant waits only for the operation that runs there, and no
// revoke is overtaken twice.
func TestSlotsGrantAmongRevokesOfItsAccount(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSlots(wallClock{}, 10)
		var wg sync.WaitGroup
		var o order
		for i := range 4 {
			work(t.Context(), s, revoke, "a", time.Second, &o, fmt.Sprint("revoke", i), &wg)
		}
		for i := range 3 {
			work(t.Context(), s, grant, "a", time.Second, &o, fmt.Sprint("grant", i), &wg)
		}
		work(t.Context(), s, emergency, "a", time.Second, &o, "emergency", &wg)
		wg.Wait()
		want := []string{"revoke0", "emergency", "revoke1", "grant0", "revoke2", "grant1", "revoke3", "grant2"}
		if diff := cmp.Diff(want, o.list()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSlotsCancelled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSlots(wallClock{}, 10)
		var wg sync.WaitGroup
		var o order
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		work(t.Context(), s, revoke, "a", time.Minute, &o, "first", &wg)
		work(ctx, s, grant, "a", time.Minute, &o, "left", &wg)
		work(t.Context(), s, grant, "a", time.Minute, &o, "stayed", &wg)
		begin := time.Now()
		if waiting, running, oldest := s.queue(); waiting != 2 || running != 1 || !oldest.Equal(begin) {
			t.Errorf("queue: %d wait, %d run, oldest %v", waiting, running, oldest)
		}
		wg.Wait()
		if diff := cmp.Diff([]string{"first", "stayed"}, o.list()); diff != "" {
			t.Error(diff)
		}
		if waiting, running, oldest := s.queue(); waiting+running != 0 || !oldest.IsZero() || len(s.accounts) != 0 {
			t.Errorf("left over: %d wait, %d run, oldest %v, %d accounts", waiting, running, oldest, len(s.accounts))
		}
	})
}

func TestSlotsReleaseTwiceIsOnce(t *testing.T) {
	t.Parallel()
	s := newSlots(wallClock{}, 10)
	release, ok := s.try(grant, "a")
	if !ok {
		t.Fatal("refused")
	}
	if _, ok := s.try(revoke, "a"); ok {
		t.Fatal("two operations in one account")
	}
	release()
	other, ok := s.try(grant, "a")
	if !ok {
		t.Fatal("not released")
	}
	release()
	if _, running, _ := s.queue(); running != 1 {
		t.Errorf("%d run after a second release", running)
	}
	other()
	if len(s.accounts) != 0 {
		t.Error("the account is remembered")
	}
}

// Whatever comes and goes: the limits hold, nothing is idle that could work, and at the
// end nothing is left.
func TestSlotsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, 12).Draw(t, "total")
		s := newSlots(wallClock{}, total)
		type held struct {
			p       access.Priority
			account catalog.AccountID
			release func()
		}
		var running []held
		var waiting []*waiter[arrival]
		priorityOfWaiter := map[*waiter[arrival]]access.Priority{}
		settle := func() {
			var still []*waiter[arrival]
			for _, w := range waiting {
				if w.isServed() {
					p := priorityOfWaiter[w]
					running = append(running, held{p, w.what.account, s.releaser(p, w.what.account)})
				} else {
					still = append(still, w)
				}
			}
			waiting = still
		}
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(t *rapid.T) {
				p := access.Priority(rapid.IntRange(0, 3).Draw(t, "p"))
				account := catalog.AccountID(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "account"))
				s.mu.Lock()
				w := s.arrive(p, account)
				s.mu.Unlock()
				priorityOfWaiter[w] = p
				waiting = append(waiting, w)
				settle()
			},
			"end": func(t *rapid.T) {
				if len(running) == 0 {
					t.Skip()
				}
				i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
				running[i].release()
				running = append(running[:i], running[i+1:]...)
				settle()
			},
			"": func(t *rapid.T) {
				busy := map[catalog.AccountID]bool{}
				var by [priorities]int
				for _, h := range running {
					if busy[h.account] {
						t.Fatalf("two operations in account %s", h.account)
					}
					busy[h.account] = true
					by[h.p]++
				}
				if len(running) > total || by[revoke] > max(1, total-keptSlots) || by[syncing] > max(1, total/2) {
					t.Fatalf("limits of %d: %v run", total, by)
				}
				most := [priorities]int{max(1, total-keptSlots), total, total, max(1, total/2), max(1, total/2)}
				for _, w := range waiting { // nobody waits who could work
					if p := priorityOfWaiter[w]; len(running) < total && !busy[w.what.account] && by[p] < most[p] {
						t.Fatalf("a %d in account %s waits for nothing; %v run", p, w.what.account, by)
					}
				}
			},
		})
		for len(running) > 0 {
			running[0].release()
			running = running[1:]
			settle()
		}
		if len(waiting) != 0 || len(s.accounts) != 0 {
			t.Fatalf("%d still wait, %d accounts are remembered", len(waiting), len(s.accounts))
		}
	})
}
