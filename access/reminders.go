package access

import (
	"context"
	"time"
)

// Reminders are few: each gap is twice the one before, and there is an end to them.
const (
	maxReminders = 5
	endingShare  = 4 // access is said to end soon in the last quarter of its time at the earliest
)

// The defaults, for a time at which no policy is in force.
const (
	remindAfter     = 30 * time.Minute
	remindBeforeEnd = 15 * time.Minute
)

// gaps are the policy's times of reminders.
type gaps struct {
	after     time.Duration // a pending request's first
	beforeEnd time.Duration // of access
}

func (s *Service) gaps() gaps {
	g := gaps{remindAfter, remindBeforeEnd}
	if p := s.Policy(); p != nil {
		spec := p.Spec().Settings
		if spec.RemindAfter > 0 {
			g.after = max(time.Duration(spec.RemindAfter), time.Minute)
		}
		if spec.RemindBeforeEnd > 0 {
			g.beforeEnd = time.Duration(spec.RemindBeforeEnd)
		}
	}
	return g
}

// firstReminder sets when those who can decide are reminded first.
func (b *book) firstReminder(r *Request) {
	if at := b.now.Add(b.gaps.after); at.Before(r.ExpiresAt) {
		r.RemindAt = at
	}
}

// remind reminds those who can still decide, and sets when that is done next. While a
// pause keeps everybody from deciding it waits and says nothing.
func (b *book) remind(r Request) error {
	if r.RemindAt.IsZero() || b.now.Before(r.RemindAt) {
		return nil
	}
	p, err := readPause(b)
	if err != nil {
		return err
	}
	if p == nil {
		r.Reminders++
		if err := b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Event: EventReminder, Number: r.Reminders, By: System}); err != nil {
			return err
		}
	}
	r.RemindAt = b.now.Add(b.gaps.after << r.Reminders)
	if r.Reminders >= maxReminders || !r.RemindAt.Before(r.ExpiresAt) {
		r.RemindAt = time.Time{}
	}
	return b.putRequest(&r, "reminded", System, "")
}

// remindBefore sets when the holder is told that confirmed access ends soon.
func (b *book) remindBefore(g *Grant) {
	g.RemindAt = g.End.Add(-min(b.gaps.beforeEnd, g.Duration/endingShare))
	if !g.RemindAt.After(b.now) {
		g.RemindAt = time.Time{}
	}
}

// ending reports whether the holder is to be told by now that the grant ends soon.
func (g Grant) ending(now time.Time) bool {
	return g.State == Live && !g.RemindAt.IsZero() && !now.Before(g.RemindAt) && now.Before(g.End)
}

// tellEnding tells the holder once that access ends soon, unless other access of the same
// key lasts longer. Of several grants of one request that is told together, when the first
// of them ends soon.
func (s *Service) tellEnding(ctx context.Context, id GrantID) error {
	return s.lead(ctx, func(b *book) error {
		g, err := b.Grant(id)
		if err != nil || !g.ending(b.now) {
			return err
		}
		grants, r, err := b.siblings(g)
		if err != nil {
			return err
		}
		lasts := true
		for _, g := range grants {
			if g.State != Live || g.RemindAt.IsZero() {
				continue
			}
			g.RemindAt = time.Time{}
			if err := b.putGrant(&g, "reminded", System, ""); err != nil {
				return err
			}
			until, _, err := peekWanted(b, g.Key, b.now)
			if err != nil {
				return err
			}
			lasts = lasts && until.After(g.End)
		}
		if lasts {
			return nil
		}
		return b.tell(g, r, EventEnding)
	})
}
