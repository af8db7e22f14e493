package access

import (
	"context"
	"sync"
	"time"
)

// Run works until ctx ends: outbox, alarms, the policy where it is kept in the store, and,
// while this process leads, the leader's work. It returns when every goroutine of it has.
// What is on its way to AWS when ctx ends is written down; the next start picks it up.
func (s *Service) Run(ctx context.Context, n Notifier) error {
	s.outbox.notifier = n
	alone := s.Replica == ""
	if alone {
		if err := s.Heal(ctx, false); err != nil {
			return err
		}
	}
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { s.outbox.run(ctx) })
	if s.PolicyFile == "" || !alone {
		group.Go(func() { s.followPolicy(ctx) })
	}
	group.Go(func() { s.passAlarms(ctx) })
	group.Go(func() { s.remember(ctx) })
	group.Go(func() { s.followUsers(ctx) })
	if !alone {
		group.Go(func() { s.follow(ctx) })
		s.elect(ctx)
		return nil
	}
	return s.leadersWork(ctx, false)
}

// firstSyncRetry is the pause before a first sync that failed is tried again.
const firstSyncRetry = 10 * time.Second

// bringsRetry is the pause before what groups bring is read while a sync runs.
const bringsRetry = 3 * time.Second

// pauseFor waits, or until ctx ends.
func (s *Service) pauseFor(ctx context.Context, d time.Duration) { s.pauseUntil(ctx, nil, d) }

// pauseUntil waits until it is woken, or so long at most.
func (s *Service) pauseUntil(ctx context.Context, woken signal, d time.Duration) {
	reached, stop := s.time.At(s.Now().Add(d))
	defer stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-reached:
	}
}

// leadersWork is what only the process that leads does: worker, audit chain, mass ends, the
// search for drift, the looks at who left, and the syncs that admins ask for. taken says that
// it was taken over from another, and so
// begins with healing what that one left half done.
func (s *Service) leadersWork(ctx context.Context, taken bool) error {
	if taken {
		if err := s.Heal(ctx, true); err != nil {
			return err
		}
		s.syncAsked.raise() // what it reads may be as old as the former leader
	}
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { s.worker.run(ctx) })
	group.Go(func() { s.chain(ctx) })
	group.Go(func() { s.carryOutOrders(ctx) })
	group.Go(func() { s.watchPeople(ctx) })
	group.Go(func() { s.publishQueue(ctx) })
	group.Go(func() { s.watchAnchors(ctx) })
	s.bringsAsked.raise()
	if s.Scanner != nil {
		group.Go(func() { s.searchDrift(ctx) })
		group.Go(func() { s.tendDrift(ctx) })
		if s.Hints != nil {
			group.Go(func() { s.Hints(ctx, s.Hint) })
		}
	}
	s.lossAsked.raise() // what was accepted before a restart
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.bringsAsked:
			group.Go(func() { s.readBringsSoon(ctx) })
		case <-s.lossAsked:
			if err := s.takeLoss(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error().Err(err).Msg("what an admin accepted is not in force; the next sync finds it anew")
			}
		case <-s.iamAsked:
			group.Go(func() {
				if err := s.ReadIAMRoles(ctx); err != nil && ctx.Err() == nil {
					s.Log.Error().Err(err).Msg("the IAM roles of member accounts were not read")
				}
			})
		case <-s.syncAsked:
			group.Go(func() {
				err := s.Sync(ctx)
				if err == nil || ctx.Err() != nil {
					return
				}
				s.Log.Error().Err(err).Msg("sync failed")
				if s.Catalog() == nil { // nothing works before the first
					s.pauseFor(ctx, firstSyncRetry)
					s.syncAsked.raise()
				}
			})
		}
	}
}
