package access

import (
	"context"
	"time"
)

// change stores an outcome for a key that is still in the state the caller acted on; a
// record that moved on meanwhile is left alone.
func (w *worker) change(ctx context.Context, key Key, in AssignmentState, action string, fn func(*book, *Assignment) error) error {
	// What AWS did must be written down even when the process is asked to stop right now.
	ctx = context.WithoutCancel(ctx)
	return w.s.lead(ctx, func(b *book) error {
		a, err := b.Assignment(key)
		if err != nil || a.State != in {
			return err
		}
		if err := fn(b, &a); err != nil {
			return err
		}
		return b.putAssignment(&a, action, a.LastError)
	})
}

// later stores when a key is looked at next, and why it waits.
func (w *worker) later(ctx context.Context, key Key, at time.Time, why string) error {
	return w.s.lead(ctx, func(b *book) error {
		a, err := b.Assignment(key)
		if err != nil {
			return err
		}
		a.NextAt, a.LastError = at, why
		return b.putAssignment(&a, "waits", why)
	})
}

// retry stores a failure and when it is tried again.
func (w *worker) retry(ctx context.Context, key Key, failure error, fn func(*Assignment)) (again bool, err error) {
	ctx = context.WithoutCancel(ctx)
	return true, w.s.lead(ctx, func(b *book) error {
		a, err := b.Assignment(key)
		if err != nil {
			return err
		}
		a.Attempts++
		a.NextAt = b.now.Add(backoff(a.Attempts))
		a.LastError = failure.Error()
		if fn != nil {
			fn(&a)
		}
		return b.putAssignment(&a, "failed", a.LastError)
	})
}

// priority is how urgent a key's create is.
func (w *worker) priority(ctx context.Context, key Key) Priority {
	p := PriorityGrant
	_ = w.s.Store.View(ctx, func(tx Tx) error { // an unreadable store makes it ordinary
		grants, err := tx.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
		for _, g := range grants {
			if r, rerr := tx.Request(g.Request); rerr == nil && r.Terms.Emergency {
				p = PriorityEmergency
			}
		}
		return err
	})
	return p
}

// redraws bounds how many former grants of a key have their messages drawn anew.
const redraws = 5

// redraw shows the newest grants of a key as they are now, and returns the newest.
func (b *book) redraw(key Key) (newest Grant, found bool, err error) {
	grants, err := b.Grants(GrantFilter{Key: key, Limit: redraws})
	if err != nil || len(grants) == 0 {
		return Grant{}, false, err
	}
	for _, g := range grants {
		if err := b.showGrant(g); err != nil {
			return Grant{}, false, err
		}
	}
	return grants[0], true, nil
}
