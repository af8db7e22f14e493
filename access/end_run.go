package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stint/access/fault"
)

// endBatch is how many records of a mass end one transaction changes, so that a press in
// between does not wait.
const endBatch = 50

// carryOutOrders carries out mass ends, the oldest first, until ctx ends. What an earlier
// process left half done goes on where it stopped.
func (s *Service) carryOutOrders(ctx context.Context) {
	for {
		err := s.carryOutNext(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			select {
			case <-ctx.Done():
				return
			case <-s.ender:
			}
			continue
		}
		if !fault.Is(err, fault.Unavailable) {
			s.Log.Error().Err(err).Msg("a mass end did not get on; it is tried again")
		}
		reached, stop := s.time.At(s.Now().Add(time.Second))
		select {
		case <-ctx.Done():
		case <-reached:
		}
		stop()
	}
}

// carryOutNext carries out orders until none is left.
func (s *Service) carryOutNext(ctx context.Context) error {
	for {
		var orders []EndOrder
		if err := s.Store.View(ctx, func(tx Tx) (err error) { orders, err = readOrders(tx); return err }); err != nil {
			return err
		}
		i := len(orders) - 1
		for i >= 0 && !orders[i].DoneAt.IsZero() {
			i--
		}
		if i < 0 {
			return nil
		}
		if err := s.carryOut(ctx, orders[i]); err != nil {
			return err
		}
	}
}

// carryOut withdraws the pending requests of an order and then ends its grants: once no
// request that is older than the order waits, no grant can come to it any more.
func (s *Service) carryOut(ctx context.Context, o EndOrder) error {
	in := s.scoped(o)
	if o.Scope.Held && in.world == nil {
		return fault.New(fault.Unavailable, "access.carryOut", "The policy is not loaded yet.", "")
	}
	var requests []Request
	if err := s.Store.View(ctx, func(tx Tx) (err error) { requests, err = in.requests(tx); return err }); err != nil {
		return err
	}
	for batch := range slices.Chunk(requests, endBatch) {
		if err := s.advance(ctx, o.ID, func(b *book, o *EndOrder) error { return s.withdrawBatch(b, o, batch) }); err != nil {
			return err
		}
	}
	var grants []Grant
	if err := s.Store.View(ctx, func(tx Tx) (err error) { grants, err = in.grants(tx); return err }); err != nil {
		return err
	}
	for batch := range slices.Chunk(grants, endBatch) {
		if err := s.advance(ctx, o.ID, func(b *book, o *EndOrder) error { return s.endBatch(b, in, o, batch) }); err != nil {
			return err
		}
	}
	if err := s.finishOrder(ctx, o.ID); err != nil {
		return err
	}
	if o.Scope.Held {
		s.wave.over()
		return s.enforce(ctx)
	}
	return nil
}

// advance changes an order that is not over, in one transaction with what it did.
func (s *Service) advance(ctx context.Context, id string, fn func(*book, *EndOrder) error) error {
	return s.lead(ctx, func(b *book) error {
		o, err := readOrder(b, id)
		if err != nil || !o.DoneAt.IsZero() {
			return err
		}
		if err := fn(b, &o); err != nil {
			return err
		}
		return b.putOrder(o, "advanced", System, "")
	})
}

func (s *Service) withdrawBatch(b *book, o *EndOrder, batch []Request) error {
	for _, r := range batch {
		r, err := b.Request(r.ID)
		if err != nil {
			return err
		}
		if r.State != Pending {
			continue
		}
		if err := b.decideRequest(&r, Withdrawn, o.By, s.orderNote(*o)); err != nil {
			return err
		}
		o.Withdrawn++
	}
	return nil
}

func (s *Service) endBatch(b *book, in orderScope, o *EndOrder, batch []Grant) error {
	for _, g := range batch {
		g, err := b.Grant(g.ID)
		if err != nil {
			return err
		}
		if g.State == Ended {
			continue
		}
		reason, by, note := EndEarly, o.By, s.orderNote(*o)
		if o.Scope.Held {
			r, err := b.Request(g.Request)
			if err != nil {
				return err
			}
			by = System
			if reason, note = in.judge(r, g); reason == "" {
				continue // it is allowed again
			}
		}
		g.EndOrder = o.ID
		if err := b.endGrant(&g, reason, by, note); err != nil {
			return err
		}
		o.Ended++
	}
	o.Total = max(o.Total, o.Ended) // a vote that was faster than the order
	return nil
}

// finishOrder notes that an order is carried out and reports it.
func (s *Service) finishOrder(ctx context.Context, id string) error {
	return s.lead(ctx, func(b *book) error {
		o, err := readOrder(b, id)
		if err != nil || !o.DoneAt.IsZero() {
			return err
		}
		o.DoneAt = b.now
		if err := b.putOrder(o, "done", System, ""); err != nil {
			return err
		}
		text := fmt.Sprintf("%s is ended, as %s ordered %s ago: %s and %s.\nAWS takes the access away now; what it refuses to take shows in /jit-config.",
			capital(s.scopePhrase(o.Scope)), o.By.Name, spellAge(b.now.Sub(o.At)), counted(o.Ended, "grant"), counted(o.Withdrawn, "pending request"))
		told := slices.ContainsFunc(s.Admins(ctx), func(h Human) bool { return h.Slack == o.By.Slack })
		if !told {
			if err := b.notify(Notice{Kind: NoticeTell, Key: "order/" + o.ID, To: o.By.Slack, Event: EventReport, Text: text}); err != nil {
				return err
			}
		}
		return b.report(text)
	})
}
