package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"stint/access/fault"
	"stint/access/policy"
)

const (
	listingLag = 60 * time.Second // a listing may still show what we deleted this long ago
	lookAge    = 5 * time.Second  // a look older than this is made again before the intent
	intentAge  = time.Minute      // a call is not sent on an intent older than this
)

// assign drives a wanted key from Absent or Creating towards Present:
// look, store the intent, call AWS, store the outcome.
func (w *worker) assign(ctx context.Context, a Assignment, until time.Time) (again bool, err error) {
	key := a.Key
	if a.State == Absent {
		if ban := a.GoneAt.Add(listingLag); !a.GoneAt.IsZero() && w.s.Now().Before(ban) {
			return false, w.later(ctx, key, ban, "waits until AWS's listings agree that the former assignment is gone")
		}
	}
	// Nothing waits longer than the grant may: its end or deadline gets its turn.
	ctx, cancel := w.until(ctx, until)
	defer cancel()
	release, err := w.s.Connector.Acquire(ctx, w.priority(ctx, key), key.Account)
	if err != nil {
		return true, nil // only ctx ends this: the next step decides whether it is still wanted
	}
	defer release()
	if a.State == Absent {
		w.s.anchorFirst(ctx, key, w.priority(ctx, key))
		found, err := w.look(ctx, key)
		if err != nil || found {
			return false, err
		}
	}
	a, held, err := w.intend(ctx, key)
	if err != nil || held || a.State != Creating {
		return err == nil && !held, err
	}
	if a.Operation != "" { // accepted by AWS before a restart, or not finished when last asked
		return w.finish(ctx, a, Operation{ID: a.Operation, Kind: CreateOperation, Key: key, Status: InProgress, SentAt: a.SentAt})
	}
	w.s.trace("before create", key)
	op, err := w.s.Connector.Assign(ctx, w.priority(ctx, key), key, func() error { return w.mayCreate(key, a.IntentAt) })
	if err != nil {
		return w.assignFailed(ctx, key, err)
	}
	w.s.time.Observe(op.ServerTime)
	return w.finish(ctx, a, op)
}

// until bounds a context by a judged time, so that waiting for AWS never outlasts the
// wish. An end that comes early is seen when the slice of finish is over.
func (w *worker) until(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	reached, stop := w.s.time.At(end)
	go func() {
		defer stop()
		select {
		case <-reached:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// look asks AWS whether somebody else gave the person this access, and whether our clocks
// agree. found means that there is nothing for us to create.
func (w *worker) look(ctx context.Context, key Key) (found bool, err error) {
	w.s.trace("before look", key)
	o, err := w.s.Connector.Look(ctx, w.priority(ctx, key), key)
	if c := classOf(err); c == ClassRefused || c == ClassGone {
		return true, w.s.lead(ctx, func(b *book) error { return b.failGrants(key, explain(err)) })
	}
	if err != nil {
		_, err = w.retry(ctx, key, err, nil)
		return true, err
	}
	w.s.time.Observe(o.ServerTime)
	if skew, _ := w.s.time.Skew(); skew > maxSkew || skew < -maxSkew {
		w.s.alarm(ctx, fmt.Sprintf("The clock of this machine and AWS's differ by %s. New access waits until they agree within a minute: set the machine's clock (NTP). Removal goes on.", spell(skew.Abs().Round(time.Second))))
		return true, w.later(ctx, key, w.s.Now().Add(30*time.Second), "the clocks of this machine and AWS differ")
	}
	err = w.s.lead(ctx, func(b *book) error {
		wanted, err := b.wanted(key)
		if err != nil || !wanted {
			found = true
			return err
		}
		a, err := b.Assignment(key)
		if err != nil || a.State != Absent {
			return err
		}
		a.LookedAt, a.Attempts, a.LastError = o.At, 0, ""
		if a.Foreign = o.Found; !a.Foreign {
			return b.putAssignment(&a, "looked", "not there")
		}
		found = true
		a.NextAt = time.Time{}
		if err := b.putAssignment(&a, "foreign", "AWS holds it without us"); err != nil {
			return err
		}
		grants, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
		if err != nil {
			return err
		}
		for _, g := range grants {
			if err := b.endGrant(&g, EndAlreadyHas, System, "This access already exists in AWS without Stint, so there was nothing to grant, and Stint will not take it away."); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// intend stores Absent → Creating, right before the call. It returns the record as it
// then is: not Creating when the key is wanted no more or the look has become too old.
// held says that a pause keeps the call from being sent; its end makes the key due.
func (w *worker) intend(ctx context.Context, key Key) (a Assignment, held bool, err error) {
	err = w.s.lead(ctx, func(b *book) error {
		wanted, err := b.wanted(key)
		if err != nil {
			return err
		}
		if a, err = b.Assignment(key); err != nil {
			return err
		}
		switch {
		case !wanted && a.State == Absent:
			return nil
		case !wanted:
			a.State = "" // the next step takes it away
			return nil
		}
		if held, err = b.holdCreate(&a); held || err != nil {
			return err
		}
		switch {
		case a.State == Creating:
			if a.Operation == "" && b.now.Sub(a.IntentAt) > intentAge/2 {
				a.IntentAt = b.now
				return b.putAssignment(&a, "creating", "again")
			}
			return nil
		case a.State != Absent || b.now.Sub(a.LookedAt) > lookAge:
			return nil
		}
		world, err := w.s.ready()
		if err != nil { // no policy yet, or none that can be used
			a.NextAt, a.LastError = b.now.Add(checkRetry), said(err)
			return b.putAssignment(&a, "waits", a.LastError)
		}
		if err := w.s.current(b, world); err != nil {
			return err
		}
		if why, err := w.s.deniedNow(b, world, key); err != nil || why != "" {
			return err
		}
		a.State, a.IntentAt, a.NextAt = Creating, b.now, time.Time{}
		a.SentAt, a.ConfirmedAt, a.UnwantedAt, a.FirstDeleteAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		a.LateLooks, a.Foreign, a.Contested, a.Operation = 0, false, false, ""
		return b.putAssignment(&a, "creating", "")
	})
	if errors.Is(err, errWorldChanged) {
		w.s.settled()
		return Assignment{Key: key, State: Absent}, false, nil // again, by the new one
	}
	w.s.trace("intent stored", key)
	return a, held, err
}

// deniedNow ends the key's grants when a deny of the policy in force matches: the policy
// may have changed since the check at the start.
func (s *Service) deniedNow(b *book, w *world, key Key) (why string, err error) {
	grants, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
	if err != nil {
		return "", err
	}
	for _, g := range grants {
		r, err := b.Request(g.Request)
		if err != nil {
			return "", err
		}
		d := w.policy.Decide(w.catalog, s.Directory.Snapshot(), s.asksNow(r, key))
		if d.Outcome != policy.Denied {
			continue
		}
		why = d.Why
		if err := b.endGrant(&g, EndDenied, System, d.Why); err != nil {
			return why, err
		}
	}
	return why, nil
}

// mayCreate is the last look at lease, clock, wish and pause, right before a create is sent: a
// process that was paused in between must not send it.
func (w *worker) mayCreate(key Key, intent time.Time) error {
	return w.s.Store.View(context.Background(), func(tx Tx) error {
		if err := w.s.leads(tx); err != nil {
			return err
		}
		now := w.s.Now()
		if now.Sub(intent) > intentAge {
			return fault.New(fault.Conflict, "access.mayCreate", "The intent is too old.", "")
		}
		until, _, err := peekWanted(tx, key, now)
		if err == nil && until.IsZero() {
			err = fault.New(fault.Conflict, "access.mayCreate", "Nobody wants it any more.", "")
		}
		if err != nil {
			return err
		}
		return (&book{Tx: tx, now: now}).held("access.mayCreate")
	})
}

// finish stores the operation's id, waits for its end in slices, and stores the outcome.
func (w *worker) finish(ctx context.Context, a Assignment, op Operation) (again bool, err error) {
	key := a.Key
	if op.Status == InProgress && a.Operation != op.ID {
		if err := w.change(ctx, key, Creating, "accepted", func(_ *book, a *Assignment) error {
			a.Operation, a.SentAt = op.ID, op.SentAt
			return nil
		}); err != nil {
			return false, err
		}
	}
	w.s.trace("create accepted", key)
	if op.Status == InProgress {
		sent := op.SentAt
		slice, cancel := w.until(ctx, w.s.Now().Add(opSlice))
		done, err := w.s.Connector.Await(slice, op)
		over := slice.Err() != nil
		cancel()
		switch {
		case over && done.Status != Succeeded && done.Status != Failed:
			return true, nil // it goes on; whether it is still wanted is asked anew
		case err != nil:
			return w.retry(ctx, key, err, nil)
		}
		op = done
		if op.SentAt.IsZero() {
			op.SentAt = sent
		}
	}
	if op.Status == Succeeded {
		return true, w.present(ctx, key, op)
	}
	return w.assignFailed(ctx, key, &ConnectorError{Class: op.Failure, Op: "create", Message: cmp.Or(op.Message, "AWS could not grant it: "+op.Reason)})
}

// present stores that AWS confirmed the create, and moves the ends.
func (w *worker) present(ctx context.Context, key Key, op Operation) error {
	err := w.change(ctx, key, Creating, "present", func(b *book, a *Assignment) error {
		sent := op.SentAt
		if sent.IsZero() {
			sent = a.IntentAt
		}
		a.State, a.ConfirmedAt, a.SentAt = Present, b.now, sent
		a.Operation, a.Attempts, a.LastError, a.NextAt = "", 0, "", time.Time{}
		a.MissingAt, a.GoneAt, a.Stuck = time.Time{}, time.Time{}, false
		if b.now.Sub(a.DeleteLostAt) < lateLooks[len(lateLooks)-1] {
			a.NextAt = b.now.Add(listingLag) // a delete of ours whose answer was lost may still land
		}
		return b.confirm(key, sent, b.now)
	})
	w.s.trace("present", key)
	return err
}

// assignFailed stores what a failed create means. No operation is running then.
func (w *worker) assignFailed(ctx context.Context, key Key, failure error) (again bool, err error) {
	if class := classOf(failure); class == ClassRefused || class == ClassGone {
		return true, w.change(ctx, key, Creating, "refused", func(b *book, a *Assignment) error {
			a.Operation, a.LastError, a.NextAt = "", failure.Error(), b.now
			return b.failGrants(key, explain(failure))
		})
	}
	return w.retry(ctx, key, failure, func(a *Assignment) {
		if a.State != Creating {
			return
		}
		a.Operation = "" // there is none, or it failed: the next attempt is a call of its own
		a.Unsettled = a.Unsettled || classOf(failure) == ClassUnknown
	})
}

// failGrants ends the key's live grants because AWS refused for good. The assignment is
// the caller's to store.
func (b *book) failGrants(key Key, why string) error {
	grants, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
	if err != nil {
		return err
	}
	for _, g := range grants {
		if err := b.endGrantOnly(&g, EndFailed, System, why); err != nil {
			return err
		}
	}
	return b.alarm("AWS refused to give access for good: " + why)
}

// removedOutside says to people that what they had was taken away in AWS.
func removedOutside(key Key) string {
	if key.IsGroup() {
		return "Somebody took this membership away in AWS, or another directory that keeps the group did. Ask again if you still need it."
	}
	return "Somebody removed this access in AWS. Ask again if you still need it."
}

// verify looks at a Present assignment that is due for it. It is believed missing only
// when two looks at least a minute apart did not find it.
func (w *worker) verify(ctx context.Context, a Assignment) (again bool, err error) {
	if a.NextAt.IsZero() {
		return false, nil
	}
	o, err := w.s.Connector.Look(ctx, PrioritySync, a.Key)
	if classOf(err) == ClassGone { // the account or the role itself is gone
		o, err = Observation{At: w.s.Now()}, nil
	}
	if err != nil {
		return w.retry(ctx, a.Key, err, nil)
	}
	w.s.time.Observe(o.ServerTime)
	return false, w.change(ctx, a.Key, Present, "verified", func(b *book, a *Assignment) error {
		a.NextAt, a.Attempts, a.LastError = time.Time{}, 0, ""
		switch {
		case o.At.Sub(a.ConfirmedAt) < listingLag: // too young to be overruled by a listing
			a.NextAt = a.ConfirmedAt.Add(listingLag)
		case o.Found:
			a.MissingAt = time.Time{}
			if b.now.Sub(a.DeleteLostAt) < lateLooks[len(lateLooks)-1] {
				a.NextAt = b.now.Add(listingLag) // a delete of ours may still land
			}
		case a.MissingAt.IsZero():
			a.MissingAt, a.NextAt = o.At, b.now.Add(listingLag)
		case o.At.Sub(a.MissingAt) < listingLag:
			a.NextAt = a.MissingAt.Add(listingLag)
		case !a.DeleteLostAt.IsZero() && !a.Restored:
			// A delete of ours whose answer was lost came late: what it took is given back, once.
			a.State, a.IntentAt, a.Restored, a.NextAt = Creating, b.now, true, b.now
		default:
			a.State, a.MissingAt, a.Contested = Absent, time.Time{}, false
			if a.Unsettled { // a create of ours may still land: watched like one that was deleted
				a.State, a.UnwantedAt, a.GoneAt, a.LateLooks = Deleting, b.now, b.now, 0
				a.NextAt = lateLook(*a)
			}
			grants, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: a.Key})
			if err != nil {
				return err
			}
			for _, g := range grants {
				if err := b.endGrantOnly(&g, EndRemovedOutside, System, removedOutside(a.Key)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
