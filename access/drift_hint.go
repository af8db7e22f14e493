package access

import (
	"context"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// Hint is what AWS tells of a change of an assignment, soon after it, mostly: an event may be
// lost, late, or come twice. It is never believed, only looked into.
type Hint struct {
	Assignment catalog.Assignment
	Kind       OperationKind
	At         time.Time // when it was asked for, to the second
	By         string    // who asked, as AWS names them; "" when it does not say
	// Ours says that Stint itself asked, or another process with its role.
	Ours bool
}

// hintSlack is how much earlier than our look an event may seem to be: its time is cut to
// the second, and our clock is not AWS's.
const hintSlack = 2 * time.Second

// Hint looks into a change that AWS tells of. An error means that it could not, and that the
// same hint should come again.
func (s *Service) Hint(ctx context.Context, h Hint) error {
	if h.Ours || s.anchors(h.Assignment) {
		return nil
	}
	if h.Assignment.Person != "" {
		held, err := s.hintOfOurs(ctx, h)
		if err != nil || held {
			return err
		}
	}
	if s.Scanner == nil {
		return nil
	}
	if h.Kind == CreateOperation {
		return s.hintOfCreate(ctx, h)
	}
	return s.hintOfDelete(ctx, h)
}

// hintOfOurs is about a key that AWS may hold for us; held reports whether it is one.
func (s *Service) hintOfOurs(ctx context.Context, h Hint) (held bool, err error) {
	key := keyOf(h.Assignment)
	err = s.lead(ctx, func(b *book) error {
		a, err := b.Assignment(key)
		if held = a.State != Absent; err != nil || !held {
			return err
		}
		if h.Kind == DeleteOperation {
			if a.State != Present || !a.NextAt.IsZero() {
				return nil // the worker looks anyway
			}
			a.NextAt = b.now
			return b.putAssignment(&a, "to be verified", "AWS tells that somebody removed it")
		}
		if a.Contested || h.At.Add(hintSlack).Before(a.LookedAt) {
			return nil // known, or before our own look, which did not find it any more
		}
		return s.contest(b, a, h)
	})
	return held, err
}

// contestedText tells the admins what will happen to access that two gave.
func (s *Service) contestedText(tx Tx, h Hint, key Key) string {
	by := "Somebody"
	if h.By != "" {
		by = h.By
	}
	text := by + " gave in AWS what Stint granted already. " + s.assignmentText(h.Assignment) + ".\nAWS keeps one assignment for both, so it goes when Stint's grant ends"
	if until, _, err := peekWanted(tx, key, s.Now()); err == nil && !until.IsZero() {
		text += ", at " + s.clockTime(until)
	}
	return text + ". If it is meant to stay, give it again after that."
}

// clockTime is a time in the policy's zone.
func (s *Service) clockTime(t time.Time) string {
	return t.In(s.zone()).Format("2 January 15:04 MST")
}

// zone is the policy's time zone.
func (s *Service) zone() *time.Location {
	if p := s.Policy(); p != nil && p.Settings().TimeZone != nil {
		return p.Settings().TimeZone
	}
	return time.UTC
}

// hintOfCreate looks whether somebody gave what is neither ours nor known.
func (s *Service) hintOfCreate(ctx context.Context, h Hint) error {
	switch known, err := s.knownOf(ctx, h.Assignment); {
	case err != nil || known == knownUnheeded:
		return err
	case known != knownNews:
		return s.givenAgain(ctx, h)
	}
	there, err := s.holdsYet(ctx, h, true)
	if err != nil || !there {
		return err
	}
	return s.foundByEvent(ctx, h.Assignment, h.By)
}

// hintOfDelete looks whether what is known is gone.
func (s *Service) hintOfDelete(ctx context.Context, h Hint) error {
	known, err := s.knownOf(ctx, h.Assignment)
	if err != nil || known != knownFinding && known != knownExpected {
		return err
	}
	there, err := s.holdsYet(ctx, h, false)
	switch {
	case err != nil:
		return err
	case known == knownExpected:
		return s.expectedGone(ctx, h, there)
	case there:
		return nil // it was given again
	}
	id := FindingOf(h.Assignment)
	return s.lead(ctx, func(b *book) error {
		f, err := readFinding(b, id)
		if err != nil || f.Removal != nil {
			return nil //nolint:nilerr // dropped in the meantime, or about to be
		}
		return b.dropFinding(f, "drift.gone", System, h.By)
	})
}

// holdsYet looks for what an event is about. While AWS's listing may lag behind the event,
// an answer that is not the one to expect is an error: the event should come again.
func (s *Service) holdsYet(ctx context.Context, h Hint, expect bool) (there bool, err error) {
	there, err = s.holds(ctx, h.Assignment)
	if err == nil && there != expect && s.Now().Sub(h.At) < listingLag {
		err = fault.New(fault.Unavailable, "access.Hint", "AWS's listing does not show it yet.", "")
	}
	return there, err
}

// foundByEvent makes a finding, to be told soon with what comes beside it.
func (s *Service) foundByEvent(ctx context.Context, a catalog.Assignment, by string) error {
	err := s.lead(ctx, func(b *book) error {
		all, err := readFindings(b)
		if err != nil {
			return err
		}
		added, err := b.addFindings(all, []catalog.Assignment{a}, by)
		if err != nil || len(added) == 0 {
			return err
		}
		added[0].Untold = true
		all.put(added[0])
		return b.putUntold(all)
	})
	s.driftDue.raise()
	return err
}

// putUntold stores findings of which some are to be told soon.
func (b *book) putUntold(all *findings) error {
	d, err := readDrift(b)
	if err != nil {
		return err
	}
	if d.Wake.Tell.IsZero() {
		d.Wake.Tell = later(b.now.Add(tellAfter), d.ToldAt.Add(tellPause))
	}
	if err := b.putFindings(&d, all); err != nil {
		return err
	}
	return b.putDrift(d)
}
