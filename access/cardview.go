package access

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// CardID is the request on whose card this one is shown: its own, or the first of those
// tied with it that go to the same channel.
func (r Request) CardID() RequestID { return cmp.Or(r.Card, r.ID) }

// FormID is the first request of the form that this one came from: who asked has one
// message for all of them.
func (r Request) FormID() RequestID {
	if len(r.Tied) > 0 {
		return r.Tied[0]
	}
	return r.ID
}

// Several reports whether the request gave several grants: their holder is told of them
// together.
func (r Request) Several() bool { return len(r.Grants) > 1 }

// RequestOf is a request as it is stored, without what it takes to show it.
func (s *Service) RequestOf(ctx context.Context, id RequestID) (Request, error) {
	return s.request(ctx, id)
}

// CardView is all requests that are shown on the card of a request, in the order of the form.
// Each names in Deciders whom its terms name.
func (s *Service) CardView(ctx context.Context, id RequestID) ([]RequestView, error) {
	return s.tied(ctx, id, func(r, other Request) bool { return r.CardID() == other.CardID() })
}

// FormView is all requests of the form that a request came from, in order.
func (s *Service) FormView(ctx context.Context, id RequestID) ([]RequestView, error) {
	return s.tied(ctx, id, func(Request, Request) bool { return true })
}

// tied are the views of a request and of those tied with it that with selects.
func (s *Service) tied(ctx context.Context, id RequestID, with func(r, other Request) bool) (views []RequestView, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		r, err := tx.Request(id)
		if err != nil {
			return err
		}
		requests, err := tiedWith(tx, r)
		if err != nil {
			return err
		}
		for _, other := range requests {
			if !with(r, other) {
				continue
			}
			v, err := s.requestView(tx, other)
			if err != nil {
				return err
			}
			if v.Deciders, err = s.named(tx, other); err != nil {
				return err
			}
			views = append(views, v)
		}
		return nil
	})
	return views, err
}

// tiedWith are the requests of a request's form, itself included, in order.
func tiedWith(tx Tx, r Request) ([]Request, error) {
	if len(r.Tied) == 0 {
		return []Request{r}, nil
	}
	var out []Request
	for _, id := range r.Tied {
		other := r
		if id != r.ID {
			var err error
			if other, err = tx.Request(id); err != nil {
				return nil, err
			}
		}
		out = append(out, other)
	}
	return out, nil
}

// named are those whom the terms of a tied request name, who stands in for them, and who
// decided, whether or not their word still counts: a copy of the card shows each of them what
// is theirs. Nobody is needed for a request that is alone, whose card is whole in each copy.
func (s *Service) named(tx Tx, r Request) ([]Human, error) {
	p := s.Policy()
	if p == nil || len(r.Tied) == 0 || r.Terms.Automatic {
		return nil, nil
	}
	all, err := readDelegations(tx)
	if err != nil {
		return nil, err
	}
	people := slices.Clone(p.Approvers(s.Directory.Snapshot(), r.terms(), r.Asker.Person, r.Receiver.Person))
	for _, d := range all {
		if d.inForce(s.Now()) && slices.Contains(people, d.By.Person) {
			people = append(people, d.To.Person)
		}
	}
	for _, v := range r.Reviews {
		people = append(people, v.By.Person)
	}
	slices.Sort(people)
	return s.humans(slices.Compact(people)), nil
}

// Settled reports whether AWS has an answer for each of the grants, and when the last one
// came: it holds it, or the grant ended.
func Settled(grants []Grant) (at time.Time, all bool) {
	for _, g := range grants {
		t := g.ConfirmedAt
		if t.IsZero() && g.State == Ended {
			t = g.EndedAt
		}
		if t.IsZero() {
			return time.Time{}, false
		}
		if t.After(at) {
			at = t
		}
	}
	return at, true
}
