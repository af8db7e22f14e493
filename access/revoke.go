package access

import (
	"cmp"
	"context"
	"time"

	"stint/access/fault"
)

// stuckAfter is how long after the first delete call an assignment that is still there
// becomes visible as stuck.
const stuckAfter = 5 * time.Minute

// lateLooks are when a key whose create may still land is looked at, counted from when it
// was wanted no more: a signed request can be sent, and so land, minutes late.
var lateLooks = [...]time.Duration{time.Minute, 6 * time.Minute, 20 * time.Minute}

// revoke drives a key that nobody wants towards Absent. It never gives up.
func (w *worker) revoke(ctx context.Context, a Assignment) (again bool, err error) {
	key := a.Key
	release, ok := w.s.Connector.TryAcquire(PriorityRevoke, key.Account)
	if !ok {
		// The grants end before the wait for a turn, so that nobody is shown as having access.
		if err := w.s.lead(ctx, func(b *book) error {
			_, err := b.wanted(key)
			return err
		}); err != nil {
			return false, err
		}
		if release, err = w.s.Connector.Acquire(ctx, PriorityRevoke, key.Account); err != nil {
			return false, nil // only ctx ends this
		}
	}
	defer release()
	if a, err = w.resolve(ctx, key); err != nil || a.State != Deleting {
		return err == nil && a.State != Absent, err
	}
	if !a.GoneAt.IsZero() && a.Unsettled { // gone once; what may still land is looked for
		return w.lookLate(ctx, a)
	}
	if a.Operation != "" {
		return w.finishDelete(ctx, Operation{ID: a.Operation, Kind: DeleteOperation, Key: key, Status: InProgress})
	}
	w.s.trace("before delete", key)
	op, err := w.s.Connector.Unassign(ctx, key, func() error { return w.mayDelete(key) })
	if err != nil {
		return w.deleteFailed(ctx, key, err)
	}
	w.s.time.Observe(op.ServerTime)
	if op.Status == InProgress {
		if err := w.change(ctx, key, Deleting, "delete accepted", func(_ *book, a *Assignment) error {
			a.Operation = op.ID
			return nil
		}); err != nil {
			return false, err
		}
	}
	return w.finishDelete(ctx, op)
}

// resolve reads wanted again at the call's turn and stores Deleting, in one transaction.
// It returns the record as it then is.
func (w *worker) resolve(ctx context.Context, key Key) (a Assignment, err error) {
	err = w.s.lead(ctx, func(b *book) error {
		wanted, err := b.wanted(key)
		if err != nil {
			return err
		}
		if a, err = b.Assignment(key); err != nil || a.State == Absent {
			return err
		}
		if wanted && (a.State != Deleting || !a.DeleteSent) {
			a.State = "" // wanted after all: the next step sees to it
			return nil
		}
		if a.State == Deleting && (a.Operation != "" || (a.Unsettled && !a.GoneAt.IsZero())) {
			return nil
		}
		if a.State == Creating && a.Operation != "" {
			a.Unsettled = true // AWS may still finish the create after our delete
		}
		if a.State != Deleting {
			a.State, a.UnwantedAt, a.FirstDeleteAt = Deleting, b.now, time.Time{}
			a.Operation, a.Attempts, a.LateLooks, a.MissingAt, a.GoneAt = "", 0, 0, time.Time{}, time.Time{}
		}
		if a.FirstDeleteAt.IsZero() {
			a.FirstDeleteAt = b.now
		}
		a.DeleteSent, a.NextAt = true, time.Time{}
		return b.putAssignment(&a, "deleting", "")
	})
	w.s.trace("delete intended", key)
	return a, err
}

// mayDelete is the last look at lease and wish, right before a delete is sent.
func (w *worker) mayDelete(key Key) error {
	return w.s.Store.View(context.Background(), func(tx Tx) error {
		if err := w.s.leads(tx); err != nil {
			return err
		}
		until, _, err := peekWanted(tx, key, w.s.Now())
		if err == nil && !until.IsZero() {
			err = fault.New(fault.Conflict, "access.mayDelete", "A new grant wants it.", "")
		}
		return err
	})
}

// finishDelete waits for the delete and stores the outcome.
func (w *worker) finishDelete(ctx context.Context, op Operation) (again bool, err error) {
	key := op.Key
	if op.Status == InProgress {
		slice, cancel := w.until(ctx, w.s.Now().Add(opSlice))
		defer cancel()
		done, err := w.s.Connector.Await(slice, op)
		if ctx.Err() != nil {
			return false, nil
		}
		if err != nil {
			return true, w.change(ctx, key, Deleting, "delete still running", func(b *book, a *Assignment) error {
				if b.now.Sub(a.FirstDeleteAt) >= stuckAfter || classOf(err) == ClassRefused {
					a.Operation = "" // ask for it again: a second delete does no harm
				}
				if slice.Err() == nil { // not the slice: AWS could not be asked
					a.Attempts++
					a.NextAt = b.now.Add(backoff(a.Attempts))
				}
				a.LastError = err.Error()
				return b.markStuck(a)
			})
		}
		op = done
	}
	if op.Status == Succeeded {
		return true, w.gone(ctx, key, false)
	}
	return w.deleteFailed(ctx, key, &ConnectorError{Class: op.Failure, Op: "delete", Message: cmp.Or(op.Message, "AWS could not remove it: "+op.Reason)})
}

// deleteFailed stores what a failed delete means. It is always tried again.
func (w *worker) deleteFailed(ctx context.Context, key Key, failure error) (again bool, err error) {
	class := classOf(failure)
	if class == ClassGone {
		return true, w.gone(ctx, key, true)
	}
	return true, w.change(ctx, key, Deleting, "delete failed", func(b *book, a *Assignment) error {
		a.Operation = ""
		if class == ClassUnknown {
			a.DeleteLostAt = b.now
		} else {
			a.DeleteSent = false // refused or not sent
		}
		a.Attempts++
		a.NextAt = b.now.Add(backoff(a.Attempts))
		a.LastError = failure.Error()
		return b.markStuck(a)
	})
}

// markStuck makes an assignment that cannot be removed visible, once.
func (b *book) markStuck(a *Assignment) error {
	if a.Stuck || b.now.Sub(a.FirstDeleteAt) < stuckAfter {
		return nil
	}
	a.Stuck = true
	if err := b.alarm("AWS has not taken access away for five minutes: " + a.LastError + " Stint keeps trying. See /jit-config."); err != nil {
		return err
	}
	g, found, err := b.redraw(a.Key)
	if err != nil || !found {
		return err
	}
	return b.storyStuck(g)
}

// gone stores that AWS proved the assignment gone, by our own delete or as not found: Absent, or, while a create of ours may
// still land, Deleting until the late looks are over.
func (w *worker) gone(ctx context.Context, key Key, notFound bool) error {
	err := w.change(ctx, key, Deleting, "gone", func(b *book, a *Assignment) error {
		if notFound && key.IsGroup() && b.now.Sub(a.SentAt) < listingLag {
			a.Unsettled = true // a membership made just now may not be found yet
		}
		a.GoneAt, a.Operation, a.DeleteSent, a.Attempts, a.LastError, a.Stuck = b.now, "", false, 0, "", false
		if a.Unsettled && a.LateLooks < len(lateLooks) {
			a.NextAt = lateLook(*a)
		} else if err := b.absent(a); err != nil {
			return err
		}
		g, found, err := b.redraw(key)
		if err != nil || !found {
			return err
		}
		if g.EndReason == EndFailed || g.EndReason == EndAlreadyHas {
			return nil // it was never told as active
		}
		return b.storyRemoved(g)
	})
	w.s.trace("gone", key)
	return err
}

// absent makes the record forget everything but when it was gone.
func (b *book) absent(a *Assignment) error {
	*a = Assignment{Key: a.Key, Version: a.Version, State: Absent, GoneAt: a.GoneAt, DeleteLostAt: a.DeleteLostAt}
	grants, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: a.Key})
	if err != nil {
		return err
	}
	if len(grants) > 0 { // wanted again while the delete was on its way
		a.NextAt = b.now
	}
	return nil
}

// lateLook is when the next late look is made: never while the listing may still lag
// behind our own delete.
func lateLook(a Assignment) time.Time {
	at := a.UnwantedAt.Add(lateLooks[a.LateLooks])
	if lag := a.GoneAt.Add(listingLag); lag.After(at) {
		at = lag
	}
	return at
}

// lookLate looks for a create of ours that landed after its delete.
func (w *worker) lookLate(ctx context.Context, a Assignment) (again bool, err error) {
	o, err := w.s.Connector.Look(ctx, PriorityRevoke, a.Key)
	if classOf(err) == ClassGone { // the account or the role itself is gone
		o, err = Observation{At: w.s.Now()}, nil
	}
	if err != nil {
		return w.retry(ctx, a.Key, err, nil)
	}
	w.s.time.Observe(o.ServerTime)
	return true, w.change(ctx, a.Key, Deleting, "looked late", func(b *book, a *Assignment) error {
		a.Attempts, a.LastError = 0, ""
		if o.Found {
			// It landed late. Gone is no longer true: delete it again at once.
			a.GoneAt, a.FirstDeleteAt, a.NextAt = time.Time{}, time.Time{}, b.now
			return nil
		}
		a.LateLooks++
		if a.LateLooks < len(lateLooks) {
			a.NextAt = lateLook(*a)
			return nil
		}
		return b.absent(a)
	})
}

// recreate takes a key that is wanted again from Deleting to Creating: no delete of ours
// is on its way, and what AWS still holds is ours.
func (w *worker) recreate(ctx context.Context, key Key) error {
	return w.s.lead(ctx, func(b *book) error {
		wanted, err := b.wanted(key)
		if err != nil || !wanted {
			return err
		}
		a, err := b.Assignment(key)
		if err != nil || a.State != Deleting || a.DeleteSent {
			return err
		}
		a.State, a.IntentAt, a.NextAt, a.Operation = Creating, b.now, time.Time{}, ""
		a.UnwantedAt, a.FirstDeleteAt, a.LateLooks, a.Attempts, a.Stuck = time.Time{}, time.Time{}, 0, 0, false
		return b.putAssignment(&a, "creating", "wanted again")
	})
}
