package access

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"stint/access/fault"
)

const (
	scanLimit   = 256              // due records taken in one scan
	driversEach = 256              // keys driven at once, for creates and for deletes each
	fewEnds     = 16               // up to this many ends at once go the shortest way, one transaction each
	idleScan    = time.Minute      // a scan even when nothing is known to be due
	opSlice     = 30 * time.Second // how long an operation is waited for before wanted is asked again
)

// worker makes AWS agree with the records. One loop finds what is due by index; each
// key is driven by at most one goroutine at a time, which looks, stores the intent,
// calls AWS and stores the outcome, until there is nothing to do for its key now.
type worker struct {
	s    *Service
	wake signal

	mu     sync.Mutex
	busy   map[string]bool // keys, requests and grants being worked on
	driven [2]int          // drivers now, by kind
	group  sync.WaitGroup
}

// The two kinds of drivers have their own bound, so that a storm of ends never keeps
// a grant from being started, nor the other way round.
const (
	driveCreate = iota
	driveDelete
)

func newWorker(s *Service) *worker {
	return &worker{s: s, wake: make(signal, 1), busy: map[string]bool{}}
}

// run works until ctx ends and every driver has returned.
func (w *worker) run(ctx context.Context) {
	defer w.group.Wait()
	for {
		next, err := w.scan(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			w.s.Log.Error().Err(err).Msg("due work could not be read")
			next = w.s.Now().Add(time.Second)
		}
		reached, stop := w.s.time.At(next)
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-reached:
		}
		stop()
	}
}

// scan starts what is due and returns when something is due next.
func (w *worker) scan(ctx context.Context) (next time.Time, err error) {
	now := w.s.Now()
	w.mu.Lock()
	limit := scanLimit + len(w.busy) // what is being worked on stays due until it is done
	w.mu.Unlock()
	var due []Due
	ended := map[GrantID]bool{} // live ones whose end or deadline has come
	states := map[Key]AssignmentState{}
	err = w.s.Store.View(ctx, func(tx Tx) error {
		var err error
		if due, err = tx.Due(now, limit); err != nil {
			return err
		}
		for _, d := range due {
			switch d.Kind {
			case DueGrant:
				g, err := tx.Grant(d.Grant)
				if err != nil {
					return err
				}
				ended[d.Grant] = g.State == Live && !g.ending(now)
			case DueAssignment:
				a, err := tx.Assignment(d.Key)
				if err != nil {
					return err
				}
				until, _, err := peekWanted(tx, d.Key, now)
				if err != nil {
					return err
				}
				if until.IsZero() {
					a.State = Deleting
				}
				states[d.Key] = a.State
			}
		}
		return nil
	})
	if err != nil {
		return now, err
	}
	var ends []Key
	for _, d := range due {
		switch {
		case d.Kind == DueRequest:
			w.begin(ctx, "request/"+string(d.Request), func(ctx context.Context) error { return w.s.requestDue(ctx, d.Request) })
		case d.Kind == DueGrant && !ended[d.Grant]:
			w.begin(ctx, "grant/"+string(d.Grant), func(ctx context.Context) error { return w.s.grantDue(ctx, d.Grant) })
		case d.Kind == DueGrant:
			ends = append(ends, d.Key)
		case states[d.Key] == Deleting:
			w.drive(ctx, driveDelete, d.Key)
		default:
			w.drive(ctx, driveCreate, d.Key)
		}
	}
	if len(ends) > fewEnds {
		// A wave: end them first, in one transaction, so that nobody is shown access
		// that waits for its turn to be taken away.
		err := w.s.lead(ctx, func(b *book) error {
			for _, key := range ends {
				if _, err := b.wanted(key); err != nil {
					return err
				}
			}
			return nil
		})
		return now, err
	}
	for _, key := range ends {
		w.drive(ctx, driveDelete, key)
	}
	return w.next(ctx, now, len(due) >= limit)
}

// next is when to scan again: at once when the scan was cut, else at the next due time
// that nobody works on; drivers wake the loop when they return.
func (w *worker) next(ctx context.Context, now time.Time, more bool) (time.Time, error) {
	var next time.Time
	err := w.s.Store.View(ctx, func(tx Tx) (err error) {
		next, err = tx.NextDueAfter(now)
		return err
	})
	if err != nil {
		return now, err
	}
	if idle := now.Add(idleScan); next.IsZero() || next.After(idle) {
		next = idle
	}
	w.mu.Lock()
	full := w.driven[driveCreate] >= driversEach || w.driven[driveDelete] >= driversEach
	w.mu.Unlock()
	if more && !full {
		next = now
	}
	return next, nil
}

// begin runs fn in a goroutine unless the named record is being worked on.
func (w *worker) begin(ctx context.Context, name string, fn func(context.Context) error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[name] {
		return false
	}
	w.busy[name] = true
	w.group.Go(func() {
		err := fn(ctx)
		w.mu.Lock()
		delete(w.busy, name)
		w.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			w.s.Log.Error().Err(err).Str("record", name).Msg("due work failed; it is tried again")
			w.pause(ctx)
		}
		w.wake.raise()
	})
	return true
}

// pause keeps a record that fails without an own next time from being tried in a tight loop.
func (w *worker) pause(ctx context.Context) {
	reached, stop := w.s.time.At(w.s.Now().Add(time.Second))
	defer stop()
	select {
	case <-ctx.Done():
	case <-reached:
	}
}

// drive works on one key until there is nothing to do for it now.
func (w *worker) drive(ctx context.Context, kind int, key Key) {
	if !w.count(kind, 1) {
		return // a driver that returns wakes the loop
	}
	started := w.begin(ctx, "assignment/"+key.String(), func(ctx context.Context) error {
		defer w.count(kind, -1)
		for {
			again, err := w.step(ctx, key)
			if err != nil || !again || ctx.Err() != nil {
				return err
			}
		}
	})
	if !started {
		w.count(kind, -1)
	}
}

// count changes how many drivers of a kind there are; false when that would be too many.
func (w *worker) count(kind, by int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.driven[kind]+by > driversEach {
		return false
	}
	w.driven[kind] += by
	return true
}

// step does the next thing for a key. again reports that more can be done at once.
func (w *worker) step(ctx context.Context, key Key) (again bool, err error) {
	var a Assignment
	var until time.Time
	var over bool
	now := w.s.Now()
	err = w.s.Store.View(ctx, func(tx Tx) (err error) {
		if a, err = tx.Assignment(key); err != nil {
			return err
		}
		until, over, err = peekWanted(tx, key, now)
		return err
	})
	if err != nil {
		return false, err
	}
	wanted := !until.IsZero()
	if wanted && over { // one of several grants has ended; what follows ends them itself otherwise
		return true, w.s.lead(ctx, func(b *book) error {
			_, err := b.wanted(key)
			return err
		})
	}
	waiting := a.NextAt.After(now)
	switch {
	case a.State == Absent && !wanted:
		return false, w.rest(ctx, key)
	case !wanted && a.State != Deleting:
		return w.revoke(ctx, a) // at once, whatever else it waited for
	case wanted && a.State == Deleting && !a.DeleteSent:
		return true, w.recreate(ctx, key)
	case waiting:
		return false, nil
	case a.State == Deleting:
		return w.revoke(ctx, a)
	case a.State == Present:
		return w.verify(ctx, a)
	}
	return w.assign(ctx, a, until)
}

// rest ends due grants of a key that AWS does not hold, and clears its next time.
func (w *worker) rest(ctx context.Context, key Key) error {
	return w.s.lead(ctx, func(b *book) error {
		wanted, err := b.wanted(key)
		if err != nil || wanted {
			return err
		}
		a, err := b.Assignment(key)
		if err != nil || a.State != Absent || a.NextAt.IsZero() {
			return err
		}
		a.NextAt = time.Time{}
		return b.putAssignment(&a, "rests", "")
	})
}

// backoff is the pause before attempt n+1 (n ≥ 1): doubling from 1 s to 30 s, full jitter
// above the first second.
func backoff(n int) time.Duration {
	top := 30 * time.Second
	if n < 6 {
		top = time.Second << (n - 1)
	}
	if top <= time.Second {
		return top
	}
	return time.Second + rand.N(top-time.Second)
}

// classOf is the class of a connector's error; "" for none, unknown for anything else, the
// safe guess.
func classOf(err error) Class {
	if err == nil {
		return ""
	}
	var c *ConnectorError
	if errors.As(err, &c) {
		return c.Class
	}
	return ClassUnknown
}

// explain is what a connector's error says to people.
func explain(err error) string {
	var c *ConnectorError
	if errors.As(err, &c) && c.Message != "" {
		return c.Message
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return "AWS could not be asked."
}
