package access

import (
	"context"

	"stint/access/fault"
	"stint/access/identity"
)

// HandOver asks somebody else who can decide a pending request to look at it: they claim it
// from then on, and get a direct message with the card. Who can decide it, and who claims it,
// can hand it over.
//
// Errors: Forbidden, Invalid (the other could not decide it), Conflict (decided), NotFound.
func (s *Service) HandOver(ctx context.Context, user identity.SlackUserID, id RequestID, to identity.SlackUserID) (RequestView, error) {
	const op = "access.HandOver"
	next, err := s.standIn(ctx, to)
	if err != nil {
		return RequestView{}, err
	}
	return s.aboutPending(ctx, op, user, id, func(b *book, r *Request, actor Actor) error {
		p := s.Policy()
		claims := r.Claim != nil && r.Claim.By.Person == actor.Person
		if err := s.mustDecide(b, op, *r, actor); err != nil && (!claims || p == nil) {
			return err
		}
		can, err := s.canDecide(b, p, s.Directory.Snapshot(), *r)
		switch {
		case err != nil:
			return err
		case next.Person == actor.Person:
			return fault.New(fault.Invalid, op, "Choose somebody else.", "You would hand it to yourself.").In("to")
		case !among(can, next.Person):
			return fault.Newf(fault.Invalid, op, s.whoCan(b, p, s.Directory.Snapshot(), *r), "%s could not decide it now.", next.Name).In("to")
		case r.Claim != nil && r.Claim.By.Person == next.Person:
			return nil // they look at it already
		}
		r.Claim = &Claim{By: next, From: actor, At: b.now}
		if err := b.claimed(r, "handed_over", EventHanded, actor); err != nil {
			return err
		}
		return b.notify(Notice{Kind: NoticeTell, Key: cardKey(*r), Request: r.ID, To: next.Slack, Event: EventHanded, By: actor})
	})
}
