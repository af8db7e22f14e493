package access

import (
	"context"

	"stint/access/fault"
	"stint/access/identity"
)

// CancelForm takes everything back that a form asked for and nobody decided yet, by who
// asked for it or an admin. It returns all requests of the form.
func (s *Service) CancelForm(ctx context.Context, id RequestID, user identity.SlackUserID) ([]RequestView, error) {
	actor, err := s.actor(ctx, user)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, func(b *book) error {
		r, err := b.Request(id)
		if err != nil {
			return err
		}
		if err := s.mayCancel(actor, r); err != nil {
			return err
		}
		requests, err := tiedWith(b, r)
		if err != nil {
			return err
		}
		cancelled := false
		for _, r := range requests {
			if r.State == Pending {
				if err := b.decideRequest(&r, Cancelled, actor, ""); err != nil {
					return err
				}
			}
			cancelled = cancelled || r.State == Cancelled
		}
		if !cancelled {
			return fault.New(fault.Conflict, "access.CancelForm", "All of it is decided already.", "If access is live, press End now instead.")
		}
		return nil
	})
	views, verr := s.FormView(ctx, id)
	if err == nil {
		err = verr
	}
	return views, err
}

// EndRequest ends all access now that a request gave, by its holder or an admin. Like
// EndGrant it needs no word from Slack or AWS.
func (s *Service) EndRequest(ctx context.Context, id RequestID, user identity.SlackUserID) (RequestView, error) {
	actor, err := s.actor(ctx, user)
	if err != nil {
		return RequestView{}, err
	}
	err = s.update(ctx, func(b *book) error {
		r, err := b.Request(id)
		if err != nil {
			return err
		}
		for _, id := range r.Grants {
			g, err := b.Grant(id)
			if err != nil {
				return err
			}
			if err := s.mayEnd(actor, g); err != nil {
				return err
			}
			if g.State == Ended {
				continue
			}
			if err := b.endKey(g.Key, actor); err != nil {
				return err
			}
		}
		return nil
	})
	return s.viewAfter(ctx, id, err)
}
