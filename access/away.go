package access

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// The store may be away for longer than access lasts. What must end then is remembered:
// whoever led last goes on with deletes, for ends that have passed, and with nothing else.
const (
	rememberEvery = 10 * time.Second // how old what is remembered may be, while reading it is quick
	rememberShare = 50               // of the time at the most one part is spent on reading it
	awayAfter     = 15 * time.Second // the store is away once it has not answered for this long
	removeAtOnce  = 16               // deletes that are followed at the same time
)

// memory is what the last leader remembers of the store while it is away.
type memory struct {
	led  bool              // this process led when the store answered last
	ends map[Key]time.Time // until when each key that AWS may hold is wanted
	// since is when the store answered last, and next when it is read again.
	since, next time.Time

	mu sync.Mutex
	// gone are the keys that AWS no longer holds since we deleted them without the store, and
	// when that was.
	gone map[Key]time.Time
}

// remember reads the ends of access while the store answers, and removes what has ended
// while it does not. It returns when ctx ends.
func (s *Service) remember(ctx context.Context) {
	m := &memory{since: s.Now(), gone: map[Key]time.Time{}}
	for {
		s.pauseFor(ctx, rememberEvery)
		if ctx.Err() != nil {
			return
		}
		switch err := s.recall(ctx, m); {
		case ctx.Err() != nil:
			return
		case err == nil:
			s.writeDown(ctx, m)
		case m.led && s.Now().Sub(m.since) >= awayAfter:
			s.removeEnded(ctx, m)
		}
	}
}

// recall asks whether the store is there and, where this process leads, reads what may
// have to end without it. With very many grants that takes seconds, and is done less often.
func (s *Service) recall(ctx context.Context, m *memory) error {
	_, leads := s.leadership.holds()
	begun := s.Now()
	if !leads || m.led && begun.Before(m.next) {
		err := s.Store.View(ctx, func(tx Tx) error { _, err := tx.Meta(metaTerm); return err })
		if err == nil {
			m.led, m.since = leads, s.Now()
		}
		return err
	}
	ends, err := s.ends(ctx)
	if err == nil {
		m.led, m.ends, m.since = true, ends, s.Now()
		m.next = begun.Add(max(rememberEvery, rememberShare*m.since.Sub(begun)))
	}
	return err
}

// ends is until when each key that AWS may hold is wanted; what nobody wants any more and
// is not proven gone has ended now.
func (s *Service) ends(ctx context.Context) (map[Key]time.Time, error) {
	ends := map[Key]time.Time{}
	err := s.Store.View(ctx, func(tx Tx) error {
		clear(ends)
		held, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Creating, Present, Deleting}})
		if err != nil {
			return err
		}
		for _, a := range held {
			if a.mayBeHeld() {
				ends[a.Key] = s.Now()
			}
		}
		grants, err := tx.Grants(GrantFilter{States: []GrantState{Live}})
		for _, g := range grants {
			if until, ours := ends[g.Key]; ours && g.End.After(until) {
				ends[g.Key] = g.End
			}
		}
		return err
	})
	return ends, err
}

// mayBeHeld reports whether AWS may hold the assignment for us: it is not absent, and not
// only watched for what may still land.
func (a Assignment) mayBeHeld() bool {
	return a.State != Absent && (a.State != Deleting || a.GoneAt.IsZero())
}

// removeEnded deletes what has ended, as far as AWS has a turn for it now. A delete that does
// not come through is tried again at the next look.
func (s *Service) removeEnded(ctx context.Context, m *memory) {
	var group errgroup.Group
	group.SetLimit(removeAtOnce)
	for key, end := range m.ends {
		if m.removed(key) || s.Now().Before(end) || ctx.Err() != nil {
			continue
		}
		group.Go(func() error {
			release, ok := s.Connector.TryAcquire(PriorityRevoke, key.Account)
			if !ok {
				return nil
			}
			defer release()
			if err := s.removeWithout(ctx, key); err != nil {
				s.Log.Error().Err(err).Str("account", string(key.Account)).Str("group", string(key.Group)).Msg("access that has ended could not be removed while the store is away; it is tried again")
				return nil
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			m.gone[key] = s.Now()
			s.Log.Warn().Str("account", string(key.Account)).Str("group", string(key.Group)).Msg("access that has ended was removed while the store is away")
			return nil
		})
	}
	_ = group.Wait()
}

func (m *memory) removed(key Key) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, done := m.gone[key]
	return done
}

// removeWithout deletes one key without the store.
func (s *Service) removeWithout(ctx context.Context, key Key) error {
	// Right before it is sent the store is asked once more: if it is back, this is the worker's.
	op, err := s.Connector.Unassign(ctx, key, func() error {
		if err := s.Store.View(ctx, func(Tx) error { return nil }); err == nil {
			return errWorldChanged
		}
		return nil
	})
	if err == nil && op.Status == InProgress {
		slice, cancel := context.WithTimeout(ctx, opSlice)
		defer cancel()
		op, err = s.Connector.Await(slice, op)
	}
	switch {
	case classOf(err) == ClassGone:
		return nil
	case err != nil:
		return err
	case op.Status == Succeeded || op.Failure == ClassGone:
		return nil
	}
	return &ConnectorError{Class: op.Failure, Op: "delete", Message: op.Message}
}

// writeDown tells the store what was removed without it. The worker finds the end itself, and
// AWS's word that nothing is there any more; should somebody have prolonged the access in the
// meantime, it is known for a delete of ours and created again.
func (s *Service) writeDown(ctx context.Context, m *memory) {
	for key, at := range m.gone {
		err := s.update(ctx, func(b *book) error {
			a, err := b.Assignment(key)
			if err != nil {
				return err
			}
			if a.mayBeHeld() {
				a.DeleteLostAt, a.NextAt = at, b.now
				if err := b.putAssignment(&a, "removed while the store was away", ""); err != nil {
					return err
				}
			}
			return b.alarm("The database was away when access of " + s.human(key.Person).Name + " to " + s.item(key.Entitlement()).where() + " ended. Stint removed it from AWS all the same.")
		})
		if err != nil {
			return // at the next look
		}
		delete(m.gone, key)
	}
}
