package access

import (
	"sync"
	"time"
)

// maxSkew is how far the wall clock and AWS's may differ before new grants stop.
const maxSkew = time.Minute

// Timekeeper judges time by the latest of three clocks: the wall, the highest time ever
// stored plus what has elapsed since, and AWS's Date header plus what has elapsed since.
// A clock that is set back, or a machine that comes up with a wrong one, then prolongs
// nothing.
type Timekeeper struct {
	clock Clock

	mu      sync.Mutex
	mark    time.Time // the highest time known
	reading time.Time // the clock's reading when mark was noted; monotonic where the clock is
	skew    time.Duration
	skewed  bool // skew has been measured
}

// NewTimekeeper starts from the highest time that was ever stored; zero when none was.
func NewTimekeeper(clock Clock, stored time.Time) *Timekeeper {
	now := clock.Now()
	t := &Timekeeper{clock: clock, mark: now.Round(0), reading: now}
	t.raise(stored)
	return t
}

// Now is the judged time. It never goes back.
func (t *Timekeeper) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	elapsed := now.Sub(t.reading)
	if elapsed < 0 {
		elapsed = 0 // a clock without a monotonic part was set back
	}
	judged := t.mark.Add(elapsed)
	if wall := now.Round(0); wall.After(judged) {
		judged = wall
	}
	t.mark, t.reading = judged, now
	return judged.UTC()
}

// raise notes a time that is known to have passed.
func (t *Timekeeper) raise(known time.Time) {
	now := t.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if known.After(now) {
		t.mark, t.reading = known, t.clock.Now()
	}
}

// Observe takes AWS's Date header, read at the moment it arrived.
func (t *Timekeeper) Observe(server time.Time) {
	if server.IsZero() {
		return
	}
	wall := t.clock.Now().Round(0)
	skew := server.Sub(wall)
	if skew < 0 {
		// The header is cut to whole seconds and took its time to come: what is behind by
		// less than a second is not behind.
		skew = min(skew+time.Second, 0)
	}
	t.mu.Lock()
	t.skew, t.skewed = skew, true
	t.mu.Unlock()
	t.raise(server)
}

// Skew is AWS's clock minus ours, as measured last, and whether it was.
func (t *Timekeeper) Skew() (skew time.Duration, measured bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.skew, t.skewed
}

// At is Clock.At for a judged time.
func (t *Timekeeper) At(judged time.Time) (reached <-chan struct{}, stop func()) {
	ahead := t.Now().Sub(t.clock.Now())
	return t.clock.At(judged.Add(-ahead))
}
