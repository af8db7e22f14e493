package sandbox

import (
	"sync"
	"time"
)

// Clock is real time plus an offset that only grows. The zero value is the wall clock, ready to use. Its
// methods may be called from any goroutine.
type Clock struct {
	mu      sync.Mutex
	offset  time.Duration
	waiting map[*waiter]struct{}
	jumped  chan struct{} // closed at the next Advance; nil while nobody asked
}

// waiter is somebody who waits for a time. Leaving the set and closing reached happen together, under the
// clock's lock, so that reached is closed once.
type waiter struct {
	at      time.Time
	reached chan struct{}
	timer   *time.Timer
}

// Now returns the wall time plus the offset. It carries a monotonic reading.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return time.Now().Add(c.offset) }

// Offset returns how far the clock is ahead of the wall.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// At returns a channel that is closed once Now is not before t, be it that time passes or that Advance makes
// it pass, and a function that releases what waits for it. Calling that twice is fine.
func (c *Clock) At(t time.Time) (reached <-chan struct{}, stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &waiter{at: t, reached: make(chan struct{})}
	wait := t.Sub(c.now())
	if wait <= 0 {
		close(w.reached)
		return w.reached, func() {}
	}
	if c.waiting == nil {
		c.waiting = map[*waiter]struct{}{}
	}
	c.waiting[w] = struct{}{}
	w.timer = time.AfterFunc(wait, func() { c.ring(w) })
	return w.reached, func() { c.forget(w) }
}

// Advance moves the clock forward by d and wakes everybody whose time that brings. Time never goes back: a d
// that is not positive changes nothing.
func (c *Clock) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	for w := range c.waiting {
		c.look(w)
	}
	if c.jumped != nil {
		close(c.jumped)
		c.jumped = nil
	}
}

func (c *Clock) ring(w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, still := c.waiting[w]; still {
		c.look(w)
	}
}

// look wakes w when its time has come and otherwise sets its timer to what is left, which is less after a
// jump and more than nothing when the timer rang early. It is called with c.mu held.
func (c *Clock) look(w *waiter) {
	if left := w.at.Sub(c.now()); left > 0 {
		w.timer.Reset(left)
		return
	}
	w.timer.Stop()
	delete(c.waiting, w)
	close(w.reached)
}

func (c *Clock) forget(w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.timer.Stop()
	delete(c.waiting, w)
}

// Jumped returns a channel that is closed at the next Advance. Take a new one each time.
func (c *Clock) Jumped() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.jumped == nil {
		c.jumped = make(chan struct{})
	}
	return c.jumped
}
