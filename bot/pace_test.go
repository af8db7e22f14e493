package bot

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
)

// The pace of posts, edits and Homes stays under Slack's limits in every minute.
func TestPaceStaysUnderTheLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		n := 0
		next := func() string { n++; return fmt.Sprint(n) }
		limits := map[string]struct {
			turn func() error
			max  int
		}{
			"chat.postMessage, one channel": {func() error { return p.post(t.Context(), "C1", next()) }, 62},
			"chat.update":                   {func() error { return p.update(t.Context(), next()) }, 50},
			"views.publish":                 {func() error { return p.home(t.Context(), next()) }, 100},
		}
		for name, l := range limits {
			begin, done := time.Now(), 0
			for time.Since(begin) < time.Minute {
				if err := l.turn(); err != nil {
					time.Sleep(100 * time.Millisecond)
					continue
				}
				done++
			}
			if done > l.max || done < l.max/2 {
				t.Errorf("%s: %d in a minute", name, done)
			}
		}
	})
}

// waiter is somebody who comes back when told to, until it is their turn.
type waiter struct {
	key  string
	at   time.Time
	asks int
	done time.Time
}

// serve lets all come whenever their time is, until each had its turn.
func serve(t *testing.T, ws []*waiter, turn func(key string) error) {
	t.Helper()
	var all sync.WaitGroup
	for _, w := range ws {
		all.Go(func() {
			for w.done.IsZero() {
				time.Sleep(time.Until(w.at))
				w.asks++
				err := turn(w.key)
				if err == nil {
					w.done = time.Now()
					return
				}
				d, ok := errors.AsType[*access.DeliveryError](err)
				if !ok || d.RetryAfter <= 0 {
					t.Errorf("%s: %v", w.key, err)
					return
				}
				w.at = time.Now().Add(d.RetryAfter)
			}
		})
	}
	all.Wait()
}

// Of many who want an edit at once each asks about twice, and all are served at Slack's pace,
// in the order in which they came.
func TestACrowdIsServedInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		const crowd = 200
		begin := time.Now()
		var ws, order []*waiter
		for i := range crowd {
			ws = append(ws, &waiter{key: fmt.Sprint(i), at: begin.Add(time.Duration(i) * time.Millisecond)})
		}
		order = slices.Clone(ws)
		serve(t, ws, func(key string) error { return p.update(t.Context(), key) })
		asks := 0
		for i, w := range order {
			asks += w.asks
			if i > 0 && w.done.Before(order[i-1].done) {
				t.Errorf("%s was served before %s", w.key, order[i-1].key)
			}
		}
		took := time.Since(begin)
		if atLeast, atMost := crowd*time.Minute/50-10*time.Second, crowd*time.Minute/updatesMinute+5*time.Second; took < atLeast || took > atMost {
			t.Errorf("%d edits took %s, want %s to %s", crowd, took, atLeast, atMost)
		}
		if asks > 2*crowd+10 {
			t.Errorf("%d asked %d times", crowd, asks)
		}
	})
}

// Who does not come for the turn that was promised keeps nobody else waiting for long.
func TestTurnsThatAreNotTakenAreGivenToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		for i := range 60 { // sixty want one, and what they wanted becomes unnecessary
			_ = p.update(t.Context(), fmt.Sprint("gone", i))
		}
		time.Sleep(20 * time.Second)
		begin := time.Now()
		w := &waiter{key: "late", at: begin}
		serve(t, []*waiter{w}, func(key string) error { return p.update(t.Context(), key) })
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("waited %s behind those who never came", took)
		}
	})
}

// In a channel the cards come first, then what is said under them.
func TestCardsGoBeforeStories(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		begin := time.Now()
		var ws, cards, stories []*waiter
		for i := range 20 {
			stories = append(stories, &waiter{key: fmt.Sprint("story", i), at: begin.Add(time.Duration(i) * time.Millisecond)})
			cards = append(cards, &waiter{key: fmt.Sprint("card", i), at: begin.Add(time.Duration(i+3) * time.Millisecond)})
		}
		ws = append(append(ws, stories...), cards...)
		serve(t, ws, func(key string) error {
			if key[0] == 's' {
				return p.story(t.Context(), "C1", key)
			}
			return p.post(t.Context(), "C1", key)
		})
		last := func(ws []*waiter) (at time.Duration) {
			for _, w := range ws {
				at = max(at, w.done.Sub(begin))
			}
			return at
		}
		if c, s := last(cards), last(stories); c > 25*time.Second || s > 50*time.Second {
			t.Errorf("the last card after %s, the last story after %s", c, s)
		}
	})
}

// After Slack asked to be left alone nobody asks it before that is over.
func TestNobodyAsksWhileBlocked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		begin := time.Now()
		p.block("update", 30*time.Second)
		var ws []*waiter
		for i := range 10 {
			ws = append(ws, &waiter{key: fmt.Sprint(i), at: begin})
		}
		serve(t, ws, func(key string) error { return p.update(t.Context(), key) })
		for _, w := range ws {
			if after := w.done.Sub(begin); after < 30*time.Second {
				t.Errorf("%s was served %s after the block", w.key, after)
			}
		}
	})
}
