package access

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	outboxBatch   = 200
	outboxWorkers = 8
	outboxIdle    = time.Minute
)

// outbox delivers notices. They were stored in the transaction that caused them, so
// none is lost; several surface notices of one key become one delivery of the newest
// state. Notices of one key are delivered one after the other, different keys at once.
type outbox struct {
	s        *Service
	wake     signal
	notifier Notifier
	slots    chan struct{}

	mu   sync.Mutex
	busy map[string]bool
	// away is until when nothing is tried because nobody answers, and silent how often in a row
	// that was found. The first that is delivered again ends it.
	away   time.Time
	silent int
	// held is until when the stories of a key wait for the first of them.
	held map[string]time.Time
	// handled are the notices that were delivered or postponed since the scan that runs began
	// to read: what it read of them is old.
	handled map[NoticeID]bool
	wg      sync.WaitGroup
}

func newOutbox(s *Service) *outbox {
	return &outbox{s: s, wake: make(signal, 1), busy: map[string]bool{}, held: map[string]time.Time{}, handled: map[NoticeID]bool{}, slots: make(chan struct{}, outboxWorkers)}
}

// run delivers until ctx ends and every delivery has returned.
func (o *outbox) run(ctx context.Context) {
	defer o.wg.Wait()
	for {
		next, err := o.scan(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			o.s.Log.Error().Err(err).Msg("notices could not be read")
			next = o.s.Now().Add(time.Second)
		}
		reached, stop := o.s.time.At(next)
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-reached:
		}
		stop()
	}
}

func (o *outbox) scan(ctx context.Context) (next time.Time, err error) {
	now := o.s.Now()
	o.mu.Lock()
	away, probe := o.away, o.silent > 0
	if now.Before(away) {
		o.mu.Unlock()
		return away, nil
	}
	clear(o.handled)
	maps.DeleteFunc(o.held, func(_ string, until time.Time) bool { return !now.Before(until) })
	o.mu.Unlock()
	var due []Notice
	err = o.s.Store.View(ctx, func(tx Tx) error {
		var err error
		if due, err = tx.DueNotices(now, outboxBatch); err != nil {
			return err
		}
		next, err = tx.NextNoticeAfter(now)
		return err
	})
	if err != nil {
		return now, err
	}
	if o.s.Replica != "" && len(due) > 0 {
		if due, err = o.claim(ctx, now); err != nil {
			return now, err
		}
	}
	byKey := map[string][]Notice{}
	var keys []string
	for _, n := range due {
		if byKey[n.Key] == nil {
			keys = append(keys, n.Key)
		}
		byKey[n.Key] = append(byKey[n.Key], n)
	}
	for i, key := range keys {
		// While nobody answers one is enough to find out.
		if begun := !(probe && i > 0) && o.begin(ctx, key, byKey[key]); !begun && o.s.Replica != "" {
			o.release(ctx, byKey[key])
		}
	}
	if idle := now.Add(outboxIdle); next.IsZero() || next.After(idle) {
		next = idle
	}
	return next, nil
}

// begin delivers the notices of one key in a goroutine, unless that key is being delivered
// or all hands are busy; whoever returns wakes the loop.
func (o *outbox) begin(ctx context.Context, key string, notices []Notice) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	notices = slices.DeleteFunc(notices, func(n Notice) bool { return o.handled[n.ID] })
	if o.busy[key] || len(notices) == 0 {
		return false
	}
	select {
	case o.slots <- struct{}{}:
	default:
		return false
	}
	o.busy[key] = true
	o.wg.Go(func() {
		o.deliver(ctx, key, notices)
		o.mu.Lock()
		delete(o.busy, key)
		o.mu.Unlock()
		<-o.slots
		o.wake.raise()
	})
	return true
}

// deliver delivers one key's notices: the newest state of what is edited in place first,
// then the stories in order, up to the first that must wait. An edit waits for no story.
func (o *outbox) deliver(ctx context.Context, key string, notices []Notice) {
	surfaces, stories, old := sortOut(notices)
	o.done(ctx, old...)
	for _, n := range surfaces {
		if o.try(ctx, n); ctx.Err() != nil {
			return // delivered or not: it is tried again, and an edit does no harm
		}
	}
	until := o.holds(key)
	for i, n := range stories {
		if until.IsZero() {
			until = o.try(ctx, n)
		} else {
			o.hold(ctx, key, stories[i:], until)
			return
		}
		if ctx.Err() != nil {
			return
		}
	}
	if !until.IsZero() {
		o.hold(ctx, key, nil, until)
	}
}

// sortOut tells what must be delivered apart from what a newer notice of the same surface
// replaces.
func sortOut(notices []Notice) (surfaces, stories, old []Notice) {
	for i, n := range notices {
		switch {
		case !n.Kind.Surface():
			stories = append(stories, n)
		case newerFollows(notices[i+1:], n):
			old = append(old, n)
		default:
			surfaces = append(surfaces, n)
		}
	}
	return surfaces, stories, old
}

// newerFollows reports whether the same surface is refreshed again later in the batch.
func newerFollows(rest []Notice, n Notice) bool {
	for _, later := range rest {
		if later.Kind == n.Kind && later.To == n.To {
			return true
		}
	}
	return false
}

// try delivers one notice. next is when it is tried again; zero when it is delivered or
// given up.
func (o *outbox) try(ctx context.Context, n Notice) (next time.Time) {
	err := o.notifier.Deliver(ctx, n)
	if ctx.Err() != nil {
		return time.Time{}
	}
	o.heard(err)
	if err == nil {
		o.done(ctx, n)
		return time.Time{}
	}
	return o.postpone(ctx, n, err)
}

// heard notes whether anybody answered. While nobody does, hundreds of notices wait without
// being tried and stored again one by one.
func (o *outbox) heard(err error) {
	d := new(DeliveryError)
	silence := errors.As(err, &d) && d.Away
	now := o.s.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !silence:
		o.away, o.silent = time.Time{}, 0
	case !now.Before(o.away): // what was on its way already is one and the same silence
		o.silent++
		o.away = now.Add(backoff(o.silent))
	}
}

// holds is until when the stories of a key wait; zero when they do not.
func (o *outbox) holds(key string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	until := o.held[key]
	if !o.s.Now().Before(until) {
		delete(o.held, key)
		return time.Time{}
	}
	return until
}

// hold lets stories wait for the one before them, so that none overtakes it.
func (o *outbox) hold(ctx context.Context, key string, notices []Notice, until time.Time) {
	o.mu.Lock()
	o.held[key] = until
	o.mu.Unlock()
	if len(notices) == 0 {
		return
	}
	defer o.handle(notices...)
	err := o.s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		for _, n := range notices {
			n.ClaimedBy, n.NextAt = "", until
			if err := tx.PutNotice(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.s.Log.Error().Err(err).Str("key", key).Msg("notices could not be held")
	}
}

// done removes what was delivered, or need not be any more.
func (o *outbox) done(ctx context.Context, notices ...Notice) {
	if len(notices) == 0 {
		return
	}
	defer o.handle(notices...)
	err := o.s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		for _, n := range notices {
			if err := tx.DeleteNotice(n.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.s.Log.Error().Err(err).Str("notice", string(notices[0].ID)).Msg("a delivered notice could not be removed")
	}
}

// handle notes that what a scan read of the notices is old.
func (o *outbox) handle(notices ...Notice) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range notices {
		o.handled[n.ID] = true
	}
}

// postpone stores when a notice is tried again; zero when it was given up instead, so
// that those behind it may go.
func (o *outbox) postpone(ctx context.Context, n Notice, failure error) (next time.Time) {
	var d *DeliveryError
	errors.As(failure, &d)
	if d != nil && d.Permanent {
		o.s.Log.Error().Err(failure).Str("kind", string(n.Kind)).Str("request_id", string(n.Request)).Msg("a message cannot be delivered")
		o.done(ctx, n)
		if n.Kind != NoticeAdmins {
			o.s.alarm(ctx, "A message could not be delivered: "+failure.Error())
		}
		return time.Time{}
	}
	defer o.handle(n)
	n.Attempts++
	n.ClaimedBy = ""
	n.LastError = failure.Error()
	n.NextAt = o.s.Now().Add(backoff(n.Attempts))
	if d != nil && d.RetryAfter > 0 {
		n.NextAt = o.s.Now().Add(d.RetryAfter)
	}
	if err := o.s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error { return tx.PutNotice(n) }); err != nil {
		o.s.Log.Error().Err(err).Str("notice", string(n.ID)).Msg("a notice could not be postponed")
	}
	return n.NextAt
}
