package access

import (
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// A request that nobody decides goes, after the time that its rule says, to others too: they
// count as members of every step's sets from then on.

// escalationRetry is the pause before an escalation that a pause held is tried again.
const escalationRetry = 5 * time.Minute

// terms are the terms of its submission as they are now.
func (r Request) terms() policy.Terms { return r.escalate(r.Terms) }

// escalate is what terms have become for this request: its own, or today's with the
// escalation that they bring.
func (r Request) escalate(t policy.Terms) policy.Terms {
	if r.EscalatedAt.IsZero() {
		return t
	}
	return t.Escalated()
}

// later are those to whom terms escalate, where only they complete them; nil otherwise.
func (s *Service) later(p *policy.Policy, facts *identity.Snapshot, t policy.Terms, asker, receiver catalog.PersonID) []Human {
	if t.Escalation == nil || !p.OnlyEscalated(facts, t, asker, receiver) {
		return nil
	}
	now := p.Approvers(facts, t, asker, receiver)
	return s.humans(slices.DeleteFunc(p.Approvers(facts, t.Escalated(), asker, receiver), func(id catalog.PersonID) bool {
		return slices.Contains(now, id)
	}))
}

// planEscalation sets when a request that was just posted goes to others too.
func (b *book) planEscalation(r *Request) {
	if r.Terms.Escalation == nil {
		return
	}
	if at := b.now.Add(r.Terms.Escalation.After); at.Before(r.ExpiresAt) {
		r.EscalateAt = at
	}
}

// escalate lets those of the escalation decide too, and tells them, once its time has come.
// While a pause keeps everybody from deciding it waits.
func (b *book) escalate(r *Request) error {
	if r.EscalateAt.IsZero() || b.now.Before(r.EscalateAt) {
		return nil
	}
	p, err := readPause(b)
	if err != nil {
		return err
	}
	if p != nil {
		r.EscalateAt = b.now.Add(escalationRetry)
		return b.putRequest(r, "escalation.held", System, "")
	}
	r.EscalateAt, r.EscalatedAt = time.Time{}, b.now
	if !r.RemindAt.IsZero() && r.RemindAt.Before(b.now.Add(b.gaps.after/2)) {
		r.RemindAt = b.now.Add(b.gaps.after) // this reminds as well
	}
	if err := b.putRequest(r, "escalated", System, ""); err != nil {
		return err
	}
	if err := b.show(*r); err != nil {
		return err
	}
	if err := b.homeOfDeciders(*r); err != nil {
		return err
	}
	return b.story(*r, EventEscalated, System, "")
}
