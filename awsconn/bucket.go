package awsconn

import (
	"context"
	"sync"
	"time"

	"stint/access"
)

// bucket is the token bucket of one service, shared by all who call it. When calls
// have to wait, the order is revokes, emergencies, grants, syncs, passes; within a
// priority first come, first served. Revokes and passes also have a share of the rate
// that they cannot exceed, so that a flood of either leaves something for the others.
//
// It adapts: when AWS refuses because of too many calls, others use the quota too, and
// all rates are lowered at once and raised again slowly (see pace).
//
// It has no goroutine of its own: one of those who wait keeps the time, by the clock.
type bucket struct {
	clock  access.Clock
	keeper chan struct{} // held by the one who keeps the time
	came   chan struct{} // somebody new waits

	mu     sync.Mutex
	pace   pace
	all    meter
	share  [priorities]*meter // nil: no limit but the bucket's own
	queues [priorities]queue[struct{}]
}

// priorityPass is what nobody waits for: reading all assignments, refreshing what is
// known. It comes after everything else and never takes more than half.
const priorityPass = access.PrioritySync + 1

const priorities = int(priorityPass) + 1

// keptForGrants is the part of a quota that revokes leave: 4 of 20 calls a second.
const keptForGrants = 0.2

// newBucket allows rate calls a second, of which passes get at most the part passShare.
func newBucket(clock access.Clock, rate, passShare float64) *bucket {
	now := clock.Now()
	b := &bucket{clock: clock, keeper: make(chan struct{}, 1), came: make(chan struct{}, 1), all: newMeter(now, rate)}
	revokes := newMeter(now, rate*(1-keptForGrants))
	b.share[access.PriorityRevoke] = &revokes
	if passShare < 1 {
		passes := newMeter(now, rate*passShare)
		b.share[priorityPass] = &passes
	}
	return b
}

// take waits for a token. It fails only when ctx ends first, with ctx's error.
func (b *bucket) take(ctx context.Context, p access.Priority) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	w := b.queues[p].push(struct{}{}, b.clock.Now())
	b.serve()
	b.mu.Unlock()
	select {
	case b.came <- struct{}{}: // its token may be there sooner than those that others wait for
	default:
	}
	select {
	case <-w.served:
		return nil
	case <-ctx.Done():
	case b.keeper <- struct{}{}:
		b.keepTime(ctx, w)
		<-b.keeper
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.isServed() {
		return nil
	}
	b.queues[p].remove(w)
	return ctx.Err()
}

// keepTime hands out tokens as they come until it is w's turn or ctx ends.
func (b *bucket) keepTime(ctx context.Context, w *waiter[struct{}]) {
	for !w.isServed() && ctx.Err() == nil {
		b.mu.Lock()
		next := b.serve()
		b.mu.Unlock()
		reached, stop := b.clock.At(next)
		select {
		case <-w.served:
		case <-reached:
		case <-b.came:
		case <-ctx.Done():
		}
		stop()
	}
}

// serve hands out the tokens there are and returns when the next one is there for
// somebody who waits (any time when nobody does).
func (b *bucket) serve() time.Time {
	now := b.clock.Now()
	for {
		served := false
		for p := range b.queues {
			if b.queues[p].empty() || b.wait(now, p) > 0 {
				continue
			}
			f := b.pace.now(now)
			b.all.spend(f)
			if s := b.share[p]; s != nil {
				s.spend(f)
			}
			b.queues[p].serve(b.queues[p].first())
			served = true
			break
		}
		if !served {
			break
		}
	}
	next := time.Duration(-1)
	for p := range b.queues {
		if b.queues[p].empty() {
			continue
		}
		if d := b.wait(now, p); next < 0 || d < next {
			next = d
		}
	}
	return now.Add(max(next, time.Millisecond))
}

// wait is how long until there is a token for the priority.
func (b *bucket) wait(now time.Time, p int) time.Duration {
	f := b.pace.now(now)
	d := b.all.wait(now, f)
	if s := b.share[p]; s != nil {
		d = max(d, s.wait(now, f))
	}
	return d
}

// throttled tells that AWS refused a call because of too many.
func (b *bucket) throttled() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pace.slow(b.clock.Now())
}

// state is how much of the rate is used now (1: all of it), and how many wait.
func (b *bucket) state() (factor float64, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p := range b.queues {
		waiting += b.queues[p].waiting.Len()
	}
	return b.pace.now(b.clock.Now()), waiting
}

// meter counts tokens in time: a token costs 1/rate seconds of credit. Whole
// nanoseconds, so that nothing is lost or won by rounding.
type meter struct {
	cost, limit, credit time.Duration
	last                time.Time
}

// newMeter holds a quarter of a second's tokens at most, and at least one: bursts make
// AWS throttle the other tools of the organization.
func newMeter(now time.Time, rate float64) meter {
	cost := time.Duration(float64(time.Second) / rate)
	limit := max(cost, time.Second/4)
	return meter{cost: cost, limit: limit, credit: limit, last: now}
}

// wait is how long until there is a token, at a part of the rate.
func (m *meter) wait(now time.Time, factor float64) time.Duration {
	if elapsed := now.Sub(m.last); elapsed > 0 {
		m.credit = min(m.limit, m.credit+elapsed)
	}
	m.last = now // a clock that went back earns nothing and loses nothing
	return max(0, m.at(factor)-m.credit)
}

func (m *meter) spend(factor float64) { m.credit -= m.at(factor) }

// at is what a token costs at a part of the rate.
func (m *meter) at(factor float64) time.Duration {
	if factor >= 1 {
		return m.cost
	}
	return time.Duration(float64(m.cost) / factor)
}
