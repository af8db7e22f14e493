package access

import (
	"context"
	"slices"
	"time"
)

// claimFor is how long a replica may take to deliver what it claimed, before another one
// takes it for dead and delivers it itself. A message may then be sent twice, never not at all.
const claimFor = 30 * time.Second

// claim takes the notices that are due for this replica, so that no other delivers them.
// Notices of a key that another replica is delivering wait: those of one key are delivered
// in order.
func (o *outbox) claim(ctx context.Context, now time.Time) (mine []Notice, err error) {
	err = o.s.Store.Update(ctx, func(tx Tx) error {
		mine = nil
		list, err := tx.DueNotices(now.Add(claimFor), 2*outboxBatch)
		if err != nil {
			return err
		}
		held := o.delivering()
		for _, n := range list {
			if n.ClaimedBy != "" && n.ClaimedBy != o.s.Replica && n.NextAt.After(now) {
				held[n.Key] = true
			}
		}
		for _, n := range list {
			if held[n.Key] || n.NextAt.After(now) || len(mine) == outboxBatch {
				continue
			}
			n.ClaimedBy, n.NextAt = o.s.Replica, now.Add(claimFor)
			if err := tx.PutNotice(n); err != nil {
				return err
			}
			mine = append(mine, n)
		}
		return nil
	})
	return mine, err
}

// delivering are the keys that this replica delivers now.
func (o *outbox) delivering() map[string]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	keys := map[string]bool{}
	for key := range o.busy {
		keys[key] = true
	}
	return keys
}

// release gives back what was claimed and cannot be begun now: all hands are busy.
func (o *outbox) release(ctx context.Context, notices []Notice) {
	err := o.s.Store.Update(ctx, func(tx Tx) error {
		still, err := tx.DueNotices(o.s.Now().Add(claimFor), 0)
		if err != nil {
			return err
		}
		for _, n := range still { // what was delivered in the meantime is not there any more
			if !slices.ContainsFunc(notices, func(c Notice) bool { return c.ID == n.ID }) || n.ClaimedBy != o.s.Replica {
				continue
			}
			n.ClaimedBy, n.NextAt = "", n.At
			if err := tx.PutNotice(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		o.s.Log.Warn().Err(err).Msg("claimed notices could not be given back; they are free again in half a minute")
	}
}
