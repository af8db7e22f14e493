package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"stint/access/fault"
)

const (
	chainEvery = time.Second
	// chainIdle is the pause between two looks while nothing was written here, where nobody
	// else writes: a pin is the one line that comes without word.
	chainIdle  = 10 * time.Second
	chainBatch = 1000
)

// chain links new audit events by hash, in order, within a second. It is done by the one
// process that leads and not in the transactions themselves, so that the head of the
// chain is no row that every transaction waits for.
func (s *Service) chain(ctx context.Context) {
	for {
		for {
			n, err := s.chainOnce(ctx)
			if err != nil && ctx.Err() == nil {
				s.Log.Error().Err(err).Msg("audit events could not be chained")
			}
			if err != nil || n < chainBatch {
				break
			}
		}
		if s.Replica == "" {
			s.pauseUntil(ctx, s.written, chainIdle)
		}
		s.pauseFor(ctx, chainEvery)
		if ctx.Err() != nil {
			_, _ = s.chainOnce(context.WithoutCancel(ctx)) // the rest; what is left is chained at the next start
			return
		}
	}
}

// chainOnce chains at most one batch and returns how many events that were.
func (s *Service) chainOnce(ctx context.Context) (int, error) {
	var events []AuditEvent
	pending := false
	err := s.Store.View(ctx, func(tx Tx) error {
		head, _, err := tx.ChainHead()
		if err != nil {
			return err
		}
		next, err := tx.Audit(head, 1)
		pending = len(next) > 0
		return err
	})
	if err != nil || !pending {
		return 0, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := s.leads(tx); err != nil {
			return err
		}
		head, prev, err := tx.ChainHead()
		if err != nil {
			return err
		}
		if events, err = tx.Audit(head, chainBatch); err != nil {
			return err
		}
		for i := range events {
			events[i].Prev = prev
			if events[i].Hash, err = hashEvent(events[i]); err != nil {
				return err
			}
			prev = events[i].Hash
		}
		return tx.PutChained(events)
	})
	return len(events), err
}

// hashEvent is the SHA-256 of the event as JSON without its hash.
func hashEvent(e AuditEvent) (string, error) {
	e.Hash = ""
	line, err := json.Marshal(e)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "access.hashEvent", "", "")
	}
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:]), nil
}
