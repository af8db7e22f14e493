package access

import (
	"context"
	"fmt"
	"time"
)

const (
	idleDrift = time.Hour // a look at the stored state even when nothing is known to be due
	// tellAfter gathers what events led to, and tellPause passes between two messages, so that a
	// hundred assignments that one program makes are a message or two.
	tellAfter, tellPause = 10 * time.Second, time.Minute
)

// tendDrift does what is due without a scan until ctx ends: snoozes that are over, telling of
// what events led to, and removals that admins ordered.
func (s *Service) tendDrift(ctx context.Context) {
	for {
		next, err := s.tendOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.Log.Error().Err(err).Msg("what is due about drift failed; it is tried again")
			next = s.Now().Add(scanRetry)
		}
		if idle := s.Now().Add(idleDrift); next.IsZero() || next.After(idle) {
			next = idle
		}
		reached, stop := s.time.At(next)
		select {
		case <-ctx.Done():
		case <-s.driftDue:
		case <-reached:
		}
		stop()
	}
}

// tendOnce does what is due and says when something is due next; zero: nothing is.
func (s *Service) tendOnce(ctx context.Context) (next time.Time, err error) {
	d, err := s.driftState(ctx)
	if err != nil {
		return next, err
	}
	due := func(t time.Time) bool { return !t.IsZero() && !s.Now().Before(t) }
	if due(d.Wake.Remove) {
		if err := s.removeDue(ctx); err != nil {
			return next, err
		}
	}
	if due(d.Wake.Snooze) || due(d.Wake.Tell) {
		if err := s.lead(ctx, s.tellDue); err != nil {
			return next, err
		}
	}
	if d, err = s.driftState(ctx); err != nil {
		return next, err
	}
	return soonest(soonest(d.Wake.Snooze, d.Wake.Tell), d.Wake.Remove), nil
}

// tellDue tells of findings whose snooze is over, and of those that events led to.
func (s *Service) tellDue(b *book) error {
	d, err := readDrift(b)
	if err != nil {
		return err
	}
	all, err := readFindings(b)
	if err != nil {
		return err
	}
	var back, found []Finding
	for _, f := range all.sorted() {
		switch {
		case f.Snoozed != nil && !b.now.Before(f.Snoozed.Until):
			f.Snoozed = nil
			all.put(f)
			if f.State(b.now) == FindingOpen {
				back = append(back, f)
			}
		case f.Untold && !b.now.Before(d.Wake.Tell):
			f.Untold = false
			all.put(f)
			if f.State(b.now) == FindingOpen {
				found = append(found, f)
			}
		}
	}
	if len(found) > 0 {
		d.ToldAt = b.now
	}
	if err := b.putFindings(&d, all); err != nil {
		return err
	}
	if err := b.putDrift(d); err != nil {
		return err
	}
	if len(found) > 0 {
		if err := b.alarm(s.foundText(found)); err != nil {
			return err
		}
	}
	if len(back) == 0 {
		return nil
	}
	text := fmt.Sprintf("The snooze of %s is over, and AWS still holds what nobody granted through Stint:", counted(len(back), "finding"))
	for i, f := range back {
		if i == toldNames {
			text += fmt.Sprintf("\n• and %d more", len(back)-i)
			break
		}
		text += "\n• " + s.assignmentText(f.Assignment)
	}
	return b.alarm(text + "\nDecide in /jit-config drift.")
}
