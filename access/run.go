package access

import (
	"context"
	"sync"
)

// Run works until ctx ends: worker, outbox, audit chain, mass ends, the policy where it is
// kept in the store, and the syncs that admins ask for. It returns when every goroutine of
// it has. What is on its way to AWS when ctx ends is written down; the next start picks it up.
func (s *Service) Run(ctx context.Context, n Notifier) error {
	s.outbox.notifier = n
	if err := s.Heal(ctx); err != nil {
		return err
	}
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { s.worker.run(ctx) })
	group.Go(func() { s.outbox.run(ctx) })
	group.Go(func() { s.chain(ctx) })
	if s.PolicyFile == "" {
		group.Go(func() { s.followPolicy(ctx) })
	}
	group.Go(func() { s.carryOutOrders(ctx) })
	group.Go(func() { s.passAlarms(ctx) })
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.syncAsked:
			group.Go(func() {
				if err := s.Sync(ctx); err != nil && ctx.Err() == nil {
					s.Log.Error().Err(err).Msg("sync failed")
				}
			})
		}
	}
}
