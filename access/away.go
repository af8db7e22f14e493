package access

import (
	"context"
	"time"
)

// The store may be away for longer than access lasts. What must end then is remembered:
// whoever led last goes on with deletes, for ends that have passed, and with nothing else.
const (
	rememberEvery = 10 * time.Second // how old what is remembered may be
	awayAfter     = 15 * time.Second // the store is away once it has not answered for this long
)

// memory is what the last leader remembers of the store while it is away.
type memory struct {
	led  bool              // this process led when the store answered last
	ends map[Key]time.Time // until when each key was wanted
	// since is when the store answered last; gone are the keys that AWS no longer holds
	// since we deleted them without the store, and when that was.
	since time.Time
	gone  map[Key]time.Time
}

// remember reads the ends of live access while the store answers, and removes what has
// ended while it does not. It returns when ctx ends.
func (s *Service) remember(ctx context.Context) {
	m := &memory{since: s.Now(), gone: map[Key]time.Time{}}
	for {
		_, leads := s.leadership.holds()
		ends, err := s.liveEnds(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			s.writeDown(ctx, m)
			m.led, m.ends, m.since = leads, ends, s.Now()
		case m.led && s.Now().Sub(m.since) >= awayAfter:
			s.removeEnded(ctx, m)
		}
		reached, stop := s.time.At(s.Now().Add(rememberEvery))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-reached:
		}
		stop()
	}
}

// liveEnds is until when each key that AWS may hold is wanted.
func (s *Service) liveEnds(ctx context.Context) (map[Key]time.Time, error) {
	ends := map[Key]time.Time{}
	err := s.Store.View(ctx, func(tx Tx) error {
		clear(ends)
		grants, err := tx.Grants(GrantFilter{States: []GrantState{Live}})
		for _, g := range grants {
			if g.End.After(ends[g.Key]) {
				ends[g.Key] = g.End
			}
		}
		if err != nil {
			return err
		}
		for key := range ends {
			a, err := tx.Assignment(key)
			if err != nil {
				return err
			}
			if a.State == Absent { // not ours, or not there yet
				delete(ends, key)
			}
		}
		return nil
	})
	return ends, err
}

// removeEnded deletes what has ended, as far as AWS has a turn for it now. A delete that does
// not come through is tried again at the next look.
func (s *Service) removeEnded(ctx context.Context, m *memory) {
	for key, end := range m.ends {
		if _, done := m.gone[key]; done || s.Now().Before(end) || ctx.Err() != nil {
			continue
		}
		release, ok := s.Connector.TryAcquire(PriorityRevoke, key.Account)
		if !ok {
			continue
		}
		err := s.removeWithout(ctx, key)
		release()
		if err != nil {
			s.Log.Error().Err(err).Str("account", string(key.Account)).Msg("access that has ended could not be removed while the store is away; it is tried again")
			continue
		}
		m.gone[key] = s.Now()
		s.Log.Warn().Str("account", string(key.Account)).Msg("access that has ended was removed while the store is away")
	}
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
		op, err = s.Connector.Await(ctx, op)
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
			if a.State != Absent {
				a.DeleteLostAt, a.NextAt = at, b.now
				if err := b.putAssignment(&a, "removed while the store was away", ""); err != nil {
					return err
				}
			}
			return b.alarm("The database was away when access of " + s.human(key.Person).Name + " to " + s.item(key.Entitlement()).Account.Name + " ended. Stint removed it from AWS all the same.")
		})
		if err != nil {
			return // at the next look
		}
		delete(m.gone, key)
	}
}
