package access

import (
	"context"
	"slices"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// A claim says who looks at a request, so that others need not. It is information: it keeps
// nobody from deciding.

// Claim says that this person looks at a pending request. From somebody who claimed it
// before it is taken over. Their own again changes nothing.
//
// Errors: Forbidden (not among those who can decide, with who is), Conflict (decided), NotFound.
func (s *Service) Claim(ctx context.Context, user identity.SlackUserID, id RequestID) (RequestView, error) {
	const op = "access.Claim"
	return s.aboutPending(ctx, op, user, id, func(b *book, r *Request, actor Actor) error {
		if r.Claim != nil && r.Claim.By.Person == actor.Person {
			return nil
		}
		if err := s.mustDecide(b, op, *r, actor); err != nil {
			return err
		}
		r.Claim = &Claim{By: actor, At: b.now}
		return b.claimed(r, "claimed", EventClaimed, actor)
	})
}

// Unclaim takes one's own claim back; of somebody else's, and of none, it changes nothing.
func (s *Service) Unclaim(ctx context.Context, user identity.SlackUserID, id RequestID) (RequestView, error) {
	return s.aboutPending(ctx, "access.Unclaim", user, id, func(b *book, r *Request, actor Actor) error {
		if r.Claim == nil || r.Claim.By.Person != actor.Person {
			return nil
		}
		r.Claim = nil
		return b.claimed(r, "unclaimed", EventUnclaimed, actor)
	})
}

// claimed stores a changed claim and tells the thread.
func (b *book) claimed(r *Request, action string, e Event, by Actor) error {
	if err := b.putRequest(r, action, by, ""); err != nil {
		return err
	}
	if err := b.show(*r); err != nil {
		return err
	}
	if err := b.homeOfDeciders(*r); err != nil {
		return err
	}
	return b.story(*r, e, by, "")
}

// aboutPending runs one transaction about a request that waits for a decision, as a person
// whom facts of the last minutes name.
func (s *Service) aboutPending(ctx context.Context, op string, user identity.SlackUserID, id RequestID, do func(*book, *Request, Actor) error) (RequestView, error) {
	who, err := s.Who(ctx, user)
	if err != nil {
		return RequestView{}, err
	}
	actor := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	err = s.update(ctx, func(b *book) error {
		r, err := b.Request(id)
		switch {
		case err != nil:
			return err
		case r.State != Pending:
			return fault.New(fault.Conflict, op, decidedText(r), "The card shows the newest state.")
		case r.CheckedAt.IsZero():
			return fault.New(fault.Unavailable, op, "This request is still being checked.", "Try again in a few seconds.")
		}
		return do(b, &r, actor)
	})
	return s.viewAfter(ctx, id, err)
}

// mustDecide refuses who cannot decide the request now, by facts from memory.
func (s *Service) mustDecide(tx Tx, op string, r Request, actor Actor) error {
	p := s.Policy()
	if p == nil {
		return fault.New(fault.Unavailable, op, "No policy is in force, so nobody can decide it.", "An admin finds the reason in /jit-config.")
	}
	facts := s.Directory.Snapshot()
	can, err := s.canDecide(tx, p, facts, r)
	switch {
	case err != nil:
		return err
	case actor.Person == r.Asker.Person || actor.Person == r.Receiver.Person:
		return fault.New(fault.Forbidden, op, "You cannot decide what you asked for or would receive yourself.", s.whoCan(tx, p, facts, r))
	case !among(can, actor.Person):
		return fault.New(fault.Forbidden, op, "You are not among those whose decision it waits for.", s.whoCan(tx, p, facts, r))
	}
	return nil
}

func among(people []Human, person catalog.PersonID) bool {
	return slices.ContainsFunc(people, func(h Human) bool { return h.Person == person })
}
