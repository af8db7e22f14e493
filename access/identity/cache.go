package identity

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// mark is the moment at which a read began: the age of what it found, and its place
// among the invalidations.
type mark struct {
	at   time.Time
	tick uint64
}

// cache keeps the last state of one kind of fact by id. A read is shared by all who
// wait for the same id and goes on when one of them leaves.
type cache[K ~string, V any] struct {
	reads *reads
	clock Clock
	pulse *pulse
	ticks *atomic.Uint64 // counts invalidations
	read  func(ctx context.Context, id K, m mark) (V, error)
	// stored is called after a value was stored, before anybody who waits gets it.
	stored func(K)

	flights singleflight.Group
	mu      sync.Mutex
	kept    map[K]*kept[V]
	quiet   chan struct{} // closed when a pause that a 429 asked for is over; nil: none
}

// kept is the last state of one fact.
type kept[V any] struct {
	value    V
	from     mark   // when its read began; zero: never read
	invalid  uint64 // reads that began before this tick are too old
	failedAt time.Time
	err      error // of the last read, nil when it succeeded
}

func newCache[K ~string, V any](d *Directory, p *pulse, read func(context.Context, K, mark) (V, error), stored func(K)) *cache[K, V] {
	return &cache[K, V]{
		reads: &d.reads, clock: d.clock, pulse: p, ticks: &d.ticks, read: read, stored: stored, kept: make(map[K]*kept[V]),
	}
}

// maxRounds bounds how often get reads again because the fact was invalidated meanwhile.
const maxRounds = 3

var errUnsettled = errors.New("it keeps changing while it is read")

// get is the fact, not older than maxAge at the moment of the call.
func (c *cache[K, V]) get(ctx context.Context, id K, maxAge time.Duration) (V, error) {
	var none V
	oldest := c.clock.Now().Add(-maxAge)
	for range maxRounds {
		if v, ok := c.young(id, oldest); ok {
			return v, nil
		}
		flight := c.flights.DoChan(string(id), func() (any, error) { return nil, c.fetch(id) })
		select {
		case r := <-flight:
			if r.Err != nil {
				return none, r.Err
			}
		case <-ctx.Done():
			return none, ctx.Err()
		}
	}
	if v, ok := c.young(id, oldest); ok {
		return v, nil
	}
	return none, errUnsettled
}

// young is the fact if its read began at oldest or later and nothing invalidated it since.
func (c *cache[K, V]) young(id K, oldest time.Time) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var none V
	k := c.kept[id]
	if k == nil || !k.fresh(oldest) || k.from.at.After(c.clock.Now()) { // the clock was set back
		return none, false
	}
	return k.value, true
}

func (k *kept[V]) fresh(oldest time.Time) bool {
	return !k.from.at.IsZero() && !k.from.at.Before(oldest) && k.from.tick >= k.invalid
}

// fetch reads once, except that it waits and reads again as long as it is told to wait.
func (c *cache[K, V]) fetch(id K) error {
	ctx, done, err := c.reads.begin()
	if err != nil {
		return err
	}
	defer done()
	c.mu.Lock()
	c.entry(id) // so that an invalidation during the first read is noted
	c.mu.Unlock()
	for {
		if err := c.silence(ctx); err != nil {
			return err
		}
		m := mark{at: c.clock.Now(), tick: c.ticks.Load()}
		v, err := c.attempt(ctx, id, m)
		if wait, told := retryAfter(err); told && ctx.Err() == nil {
			c.hush(wait)
			continue
		}
		c.pulse.note(c.clock.Now(), err)
		if err != nil {
			c.failed(id, err)
			return err
		}
		c.put(id, v, m)
		return nil
	}
}

func (c *cache[K, V]) attempt(ctx context.Context, id K, m mark) (V, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	return c.read(ctx, id, m)
}

// put stores a value and tells, unless one from a later read is there.
func (c *cache[K, V]) put(id K, v V, m mark) {
	if c.keep(id, v, m) {
		c.stored(id)
	}
}

// keep is put without telling. What claims to be from the future, because the clock was
// set back, gives way.
func (c *cache[K, V]) keep(id K, v V, m mark) bool {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.entry(id)
	if k.from.at.After(m.at) && !k.from.at.After(now) || k.from.tick > m.tick {
		return false
	}
	k.value, k.from, k.err = v, m, nil
	return true
}

func (c *cache[K, V]) failed(id K, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.entry(id)
	k.err, k.failedAt = err, c.clock.Now()
}

// entry must be called with mu held.
func (c *cache[K, V]) entry(id K) *kept[V] {
	k := c.kept[id]
	if k == nil {
		k = &kept[V]{}
		c.kept[id] = k
	}
	return k
}

// invalidate makes what is known too old for everybody; it stays the last state.
func (c *cache[K, V]) invalidate(id K) {
	tick := c.ticks.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.kept[id]; k != nil {
		k.invalid = tick
	}
}

// last is the last state, however old.
func (c *cache[K, V]) last(id K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.kept[id]; k != nil && !k.from.at.IsZero() {
		return k.value, true
	}
	var none V
	return none, false
}

// all lists the last state of everything, by no order.
func (c *cache[K, V]) all() map[K]V {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[K]V, len(c.kept))
	for id, k := range c.kept {
		if !k.from.at.IsZero() {
			out[id] = k.value
		}
	}
	return out
}

// due reports whether a read in the background is called for: the fact is older than
// maxAge or invalid, and the last try did not fail within pause.
func (c *cache[K, V]) due(id K, maxAge, pause time.Duration) bool {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept[id]
	if k == nil {
		return true
	}
	if k.err != nil && now.Sub(k.failedAt) < pause {
		return false
	}
	return !k.fresh(now.Add(-maxAge))
}

// lastError is how the last read failed; nil when it succeeded.
func (c *cache[K, V]) lastError(id K) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.kept[id]; k != nil {
		return k.err
	}
	return nil
}

// invalidated is a fact that was invalidated since it was read, unless reading it failed
// within pause.
func (c *cache[K, V]) invalidated(pause time.Duration) (K, bool) {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, k := range c.kept {
		if k.from.tick < k.invalid && (k.err == nil || now.Sub(k.failedAt) >= pause) {
			return id, true
		}
	}
	var none K
	return none, false
}
