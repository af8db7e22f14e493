package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"stint/access/fault"
	"stint/access/identity"
)

const (
	blobOrders = "end_orders"
	keptOrders = 20 // that are over; the audit log has the rest
)

// readOrders are the mass ends that run and the last ones that are over, newest first.
func readOrders(tx Tx) ([]EndOrder, error) {
	raw, err := tx.Blob(blobOrders)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	var orders []EndOrder
	err = json.Unmarshal(raw, &orders)
	return orders, fault.Wrap(err, fault.Internal, "access.readOrders", "The stored mass ends cannot be read.", "Check the store with `stint check`.")
}

func readOrder(tx Tx, id string) (EndOrder, error) {
	orders, err := readOrders(tx)
	if err != nil {
		return EndOrder{}, err
	}
	for _, o := range orders {
		if o.ID == id {
			return o, nil
		}
	}
	return EndOrder{}, fault.New(fault.NotFound, "access.readOrder", "There is no such mass end any more.", "The audit log has it.")
}

// putOrder stores an order, new or changed, and its audit line.
func (b *book) putOrder(o EndOrder, action string, by Actor, note string) error {
	orders, err := readOrders(b)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(orders, func(x EndOrder) bool { return x.ID == o.ID }); i >= 0 {
		orders[i] = o
	} else {
		orders = slices.Insert(orders, 0, o)
	}
	over := 0
	orders = slices.DeleteFunc(orders, func(x EndOrder) bool {
		if !x.DoneAt.IsZero() {
			over++
		}
		return !x.DoneAt.IsZero() && over > keptOrders
	})
	raw, err := json.Marshal(orders)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putOrder", "", "")
	}
	if err := b.PutBlob(blobOrders, raw); err != nil {
		return err
	}
	return b.audit("end_order."+action, by, "end_order/"+o.ID, o, note)
}

// CountLive counts what EndAll would end: live and scheduled grants and pending requests.
func (s *Service) CountLive(ctx context.Context, user identity.SlackUserID, scope EndScope) (grants, requests int, err error) {
	if _, err := s.adminWord(ctx, user); err != nil {
		return 0, 0, err
	}
	if err := s.checkScope(scope); err != nil {
		return 0, 0, err
	}
	o := EndOrder{Scope: scope}
	if p := s.Policy(); p != nil {
		o.Policy = p.Version()
	}
	in := s.scoped(o)
	err = s.Store.View(ctx, func(tx Tx) error {
		g, err := in.grants(tx)
		if err != nil {
			return err
		}
		r, err := in.requests(tx)
		grants, requests = len(g), len(r)
		return err
	})
	return grants, requests, err
}

// EndAll orders the end of all access in a scope; a reason is required. The work is done
// in the background, EndOrder tells how far it is. It needs no word from Slack or AWS. It
// ends what was asked for before it; what is asked for afterwards, only a pause keeps back.
// The same scope again while it is being ended is the order that runs.
func (s *Service) EndAll(ctx context.Context, user identity.SlackUserID, scope EndScope, reason string) (EndOrderView, error) {
	const op = "access.EndAll"
	actor, err := s.adminWord(ctx, user)
	if err != nil {
		return EndOrderView{}, err
	}
	if scope.Held {
		return EndOrderView{}, fault.New(fault.Internal, op, "what is held has a method of its own", "")
	}
	if err := s.checkScope(scope); err != nil {
		return EndOrderView{}, err
	}
	if reason, err = givenReason(op, reason); err != nil {
		return EndOrderView{}, err
	}
	return s.order(ctx, EndOrder{Scope: scope, By: actor, Reason: reason})
}

// EndHeld ends what waits for an admin because today's policy or directory would end too
// much at once, as ConfigView.Held counts it; a reason is required. Conflict when nothing
// waits any more.
func (s *Service) EndHeld(ctx context.Context, user identity.SlackUserID, reason string) (EndOrderView, error) {
	const op = "access.EndHeld"
	actor, err := s.adminWord(ctx, user)
	if err != nil {
		return EndOrderView{}, err
	}
	if reason, err = givenReason(op, reason); err != nil {
		return EndOrderView{}, err
	}
	p := s.Policy()
	switch {
	case s.held.Load() == 0:
		return EndOrderView{}, fault.New(fault.Conflict, op, "Nothing waits to be ended any more.", "")
	case p == nil:
		return EndOrderView{}, fault.New(fault.Unavailable, op, "The policy is not loaded yet.", "Try again in a minute.")
	}
	return s.order(ctx, EndOrder{Scope: EndScope{Held: true}, By: actor, Reason: reason, Policy: p.Version()})
}

// order stores an order, before the first grant is ended, and lets Run carry it out.
func (s *Service) order(ctx context.Context, o EndOrder) (EndOrderView, error) {
	in := s.scoped(o)
	err := s.update(ctx, func(b *book) error {
		orders, err := readOrders(b)
		if err != nil {
			return err
		}
		for _, old := range orders {
			if old.Scope == o.Scope && old.DoneAt.IsZero() {
				o = old
				return nil
			}
		}
		grants, err := in.grants(b)
		if err != nil {
			return err
		}
		o.ID, o.At, o.Total = b.ids.next(b.now), b.now, len(grants)
		if err := b.putOrder(o, "given", o.By, o.Reason); err != nil {
			return err
		}
		return b.report(fmt.Sprintf("%s ends %s: %s\nIt is about %s.", o.By.Name, s.scopePhrase(o.Scope), o.Reason, counted(o.Total, "grant")))
	})
	if err != nil {
		return EndOrderView{}, err
	}
	s.ender.raise()
	return s.orderView(ctx, o.ID)
}

// EndOrder tells how far an order is. Errors: NotFound when it was too long ago.
func (s *Service) EndOrder(ctx context.Context, user identity.SlackUserID, id string) (EndOrderView, error) {
	if _, err := s.adminWord(ctx, user); err != nil {
		return EndOrderView{}, err
	}
	return s.orderView(ctx, id)
}

// shownStuck bounds the removals that an order lists as stuck.
const shownStuck = 20

func (s *Service) orderView(ctx context.Context, id string) (v EndOrderView, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		if v.Order, err = readOrder(tx, id); err != nil {
			return err
		}
		v.Name = s.scopeName(v.Order.Scope)
		open, err := unremoved(tx, s.Now())
		if err != nil {
			return err
		}
		for _, a := range open {
			g, found, err := endedBy(tx, a.Key, id)
			if err != nil || !found {
				if err != nil {
					return err
				}
				continue
			}
			v.Removing++
			if a.Stuck && len(v.Stuck) < shownStuck {
				gv, err := s.grantView(tx, g)
				if err != nil {
					return err
				}
				v.Stuck = append(v.Stuck, gv)
			}
		}
		return nil
	})
	return v, err
}
