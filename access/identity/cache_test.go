package identity_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stint/access/fault"
	"stint/access/identity"
)

func TestAges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reads := func(want int, why string) {
		t.Helper()
		if got := w.slack.count("user"); got != want {
			t.Errorf("%s: %d reads, want %d", why, got, want)
		}
	}
	get := func(maxAge time.Duration) {
		t.Helper()
		if _, err := w.dir.Resolve(t.Context(), user("ada"), maxAge); err != nil {
			t.Fatal(err)
		}
	}
	get(minute)
	reads(1, "the first")
	w.clock.advance(minute)
	get(minute)
	reads(1, "exactly as old as allowed")
	w.clock.advance(time.Nanosecond)
	get(minute)
	reads(2, "older than allowed")
	w.clock.advance(time.Second)
	get(0)
	reads(3, "none is young enough")
	w.dir.InvalidateUser(user("ada"))
	get(time.Hour)
	reads(4, "Slack said that it changed")
	get(time.Hour)
	reads(4, "read since it changed")
	if n := w.slack.count("home"); n != 1 {
		t.Errorf("the workspace of the token was read %d times", n)
	}
	w.clock.advance(-time.Hour)
	get(2 * time.Hour)
	reads(5, "the clock was set back: it may be of any age")
	get(time.Second)
	reads(5, "read since the clock was set back")
}

// bubble runs a test with a directory whose clock is that of a synctest bubble.
func bubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.dir.Close()
		d := w.organization()
		d.AsOf = time.Now().Add(-time.Hour)
		var err error
		w.dir, err = identity.New(t.Context(), identity.Options{Slack: w.slack, Center: w.center, Pins: w.pins, Clock: wall{}, Domains: []string{"example.com"}, Alarm: w.alarms.add})
		if err != nil {
			t.Fatal(err)
		}
		defer w.dir.Close()
		w.setCatalog(t, d)
		test(t, w)
	})
}

// slow makes each answer of Slack take a while.
func (s *fakeSlack) slow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = func(ctx context.Context, _, _ string) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hold makes each answer of Slack come a while after its ctx ended, and counts those to come.
func (s *fakeSlack) hold(d time.Duration) (running func() int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n atomic.Int64
	s.before = func(ctx context.Context, _, _ string) error {
		n.Add(1)
		defer n.Add(-1)
		<-ctx.Done()
		time.Sleep(d)
		return ctx.Err()
	}
	return func() int { return int(n.Load()) }
}

func TestOneReadServesAllWhoWait(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.slack.slow(time.Second)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := w.dir.Resolve(t.Context(), user("ada"), minute); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.slack.count("user"); n != 1 {
			t.Errorf("%d reads", n)
		}
	})
}

// A read that began before the caller asked is joined only where its age is allowed.
func TestReadThatIsTooOldIsNotEnough(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.resolve(t, "bob") // the home is known
		w.slack.slow(3 * time.Second)
		var wg sync.WaitGroup
		wg.Go(func() { w.resolve(t, "ada") })
		time.Sleep(2 * time.Second)
		asked := time.Now()
		wg.Go(func() {
			b, err := w.dir.Resolve(t.Context(), user("ada"), minute)
			if err != nil || time.Since(asked) != time.Second || asked.Sub(b.Facts.AsOf) != 2*time.Second {
				t.Errorf("a minute is allowed: after %v, as of %v before, %v", time.Since(asked), asked.Sub(b.Facts.AsOf), err)
			}
		})
		b, err := w.dir.Resolve(t.Context(), user("ada"), time.Second)
		if err != nil || b.Facts.AsOf.Before(asked.Add(-time.Second)) {
			t.Errorf("a second is allowed: as of %v before, %v", asked.Sub(b.Facts.AsOf), err)
		}
		wg.Wait()
		if n := w.slack.count("user"); n != 3 { // bob, and two for ada
			t.Errorf("%d reads", n)
		}
	})
}

func TestChangeDuringRead(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.resolve(t, "bob")
		w.slack.slow(2 * time.Second)
		var wg sync.WaitGroup
		wg.Go(func() {
			began := time.Now()
			b, err := w.dir.Resolve(t.Context(), user("ada"), minute)
			if err != nil || b.Facts.AsOf.Sub(began) != 2*time.Second {
				t.Errorf("as of %v after the beginning, %v", b.Facts.AsOf.Sub(began), err)
			}
		})
		time.Sleep(time.Second)
		w.dir.InvalidateUser(user("ada"))
		wg.Wait()
	})
}

func TestEndlessChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.resolve(t, "bob")
	w.slack.mu.Lock()
	w.slack.before = func(context.Context, string, string) error {
		w.dir.InvalidateUser(user("ada"))
		return nil
	}
	w.slack.mu.Unlock()
	if _, err := w.dir.Resolve(t.Context(), user("ada"), minute); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	if n := w.slack.count("user"); n > 5 {
		t.Errorf("%d reads", n)
	}
}

func TestOneWaiterLeaves(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.resolve(t, "bob")
		w.slack.slow(5 * time.Second)
		var wg sync.WaitGroup
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		wg.Go(func() { // it is the one who began the read
			_, err := w.dir.Resolve(ctx, user("ada"), minute)
			if !fault.Is(err, fault.Unavailable) || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("who left: %v after %v", err, time.Since(began))
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := w.dir.Resolve(t.Context(), user("ada"), minute); err != nil || time.Since(began) != 5*time.Second {
				t.Errorf("who stayed: %v after %v", err, time.Since(began))
			}
		})
		wg.Wait()
		if n := w.slack.count("user"); n != 2 {
			t.Errorf("%d reads", n)
		}
	})
}

type limited time.Duration

func (l limited) Error() string             { return "limited" }
func (l limited) RetryAfter() time.Duration { return time.Duration(l) }

func TestRateLimitWaits(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.resolve(t, "bob")
		free := time.Now().Add(40 * time.Second)
		w.slack.mu.Lock()
		w.slack.before = func(context.Context, string, string) error {
			if time.Now().Before(free) {
				return fmt.Errorf("users.info: %w", limited(30*time.Second))
			}
			return nil
		}
		w.slack.mu.Unlock()
		began := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { // who cannot wait that long hears so
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := w.dir.Resolve(ctx, user("cleo"), minute); !fault.Is(err, fault.Unavailable) {
				t.Errorf("short of time: %v", err)
			}
		})
		for _, name := range []string{"ada", "cleo", "dan"} {
			wg.Go(func() {
				if _, err := w.dir.Resolve(t.Context(), user(name), minute); err != nil || time.Since(began) != time.Minute {
					t.Errorf("%s: %v after %v, want a minute: two pauses", name, err, time.Since(began))
				}
			})
		}
		wg.Wait()
		if n := w.slack.count("user"); n > 10 {
			t.Errorf("%d reads: the pause is not shared", n)
		}
		w.resolve(t, "bob")
	})
}

func TestSlackNeverAnswers(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.resolve(t, "bob")
		w.slack.slow(time.Hour)
		began := time.Now()
		_, err := w.dir.Resolve(t.Context(), user("ada"), minute)
		if took := time.Since(began); !fault.Is(err, fault.Unavailable) || took != 15*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.resolve(t, "bob")
		w.slack.slow(10 * time.Second)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := w.dir.Resolve(t.Context(), user("ada"), minute); !fault.Is(err, fault.Unavailable) {
				t.Errorf("during: %v", err)
			}
		})
		synctest.Wait()
		running := w.slack.hold(time.Second) // the read takes a second to notice that it is over
		wg.Go(func() { _, _ = w.dir.Resolve(t.Context(), user("dan"), minute) })
		synctest.Wait()
		w.dir.Close()
		if n := running(); n != 0 {
			t.Errorf("%d reads run after Close", n)
		}
		w.dir.Close()
		wg.Wait()
		if _, err := w.dir.Resolve(t.Context(), user("cleo"), minute); !fault.Is(err, fault.Unavailable) {
			t.Errorf("after: %v", err)
		}
		if _, err := w.dir.Resolve(t.Context(), user("bob"), minute); err != nil {
			t.Errorf("what is known stays known: %v", err)
		}
	})
}
