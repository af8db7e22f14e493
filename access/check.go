package access

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"stint/access/fault"
	"stint/access/policy"
)

// checkRetry is the pause before an unchecked request is checked again.
const checkRetry = 3 * time.Second

// requestDue does what a pending request wants by now: the live check after its
// submission, or its lapse.
func (s *Service) requestDue(ctx context.Context, id RequestID) error {
	r, err := s.request(ctx, id)
	if err != nil {
		return err
	}
	if r.State == Approved && r.Debrief.Open() {
		return s.debriefDue(ctx, id)
	}
	if r.State != Pending {
		return nil
	}
	if r.CheckedAt.IsZero() && s.Now().Before(r.ExpiresAt) {
		return s.check(ctx, r)
	}
	return s.lead(ctx, func(b *book) error {
		r, err := b.Request(id)
		switch {
		case err != nil || r.State != Pending:
			return err
		case b.now.Before(r.ExpiresAt):
			if err := b.escalate(&r); err != nil {
				return err
			}
			return b.remind(r)
		}
		outcome := "Nobody decided in time. Ask again if you still need it."
		if r.Terms.Automatic { // only a pause keeps it waiting that long
			outcome = "New access was paused, so it could not be granted in time. Ask again if you still need it."
		}
		return b.decideRequest(&r, Lapsed, System, outcome)
	})
}

// check asks Slack and the directory about asker and receiver and the policy once more.
// Only then is a card posted or an automatic grant made.
func (s *Service) check(ctx context.Context, r Request) error {
	refusal, lost, factsAt, err := s.recheckFor(ctx, r)
	var note string
	if err == nil && refusal == "" {
		note, refusal, err = s.checkTicket(ctx, r)
	}
	standing := false
	if err == nil && refusal == "" && !r.Terms.Automatic {
		before := len(lost)
		refusal, lost = s.standing(ctx, r, lost)
		standing = refusal != "" && before == 0
	}
	if err != nil { // could not be asked
		return s.lead(ctx, func(b *book) error {
			r, gerr := b.Request(r.ID)
			if gerr != nil || r.State != Pending || !r.CheckedAt.IsZero() {
				return gerr
			}
			if b.now.Sub(r.SubmittedAt) >= checkWithin && b.now.Sub(r.ReleasedAt) >= checkWithin {
				return b.decideRequest(&r, Withdrawn, System, "It could not be checked within two minutes: "+said(err)+" Nothing was granted. Ask again, or reach the approvers directly.")
			}
			r.CheckAt = b.now.Add(checkRetry)
			return b.putRequest(&r, "unchecked", System, said(err))
		})
	}
	return s.lead(ctx, func(b *book) error {
		r, err := b.Request(r.ID)
		if err != nil || r.State != Pending || !r.CheckedAt.IsZero() {
			return err
		}
		if refusal != "" {
			r.Standing = standing
			return b.decideRequest(&r, Withdrawn, System, refusal)
		}
		if held, err := b.holdAutomatic(&r); held || err != nil {
			return err
		}
		r.drop(lost)
		r.TicketNote = note
		r.CheckedAt, r.CheckAt, r.FactsAt = b.now, time.Time{}, factsAt
		if r.Terms.Emergency {
			return s.takeEmergency(b, &r)
		}
		if r.Terms.Automatic {
			return b.approve(&r, System, r.Duration)
		}
		b.firstReminder(&r)
		b.planEscalation(&r)
		if err := b.putRequest(&r, "checked", System, ""); err != nil {
			return err
		}
		if err := b.show(r); err != nil {
			return err
		}
		if err := b.homeOfDeciders(r); err != nil {
			return err
		}
		if err := b.storyAsked(r); err != nil {
			return err
		}
		return s.tellDropped(b, r, lost)
	})
}

// recheck reads facts no older than a minute, Slack's no older than maxAge, and asks today's policy. refusal is for people,
// "" when something of the request is left; lost is what is not. err is for what could not
// be asked.
func (s *Service) recheck(ctx context.Context, r Request, maxAge time.Duration) (refusal string, lost []Dropped, err error) {
	w, err := s.ready()
	if err != nil {
		return "", nil, err
	}
	for _, who := range []Actor{r.Asker, r.Receiver} {
		refusal, err := s.refusedBy(ctx, who, maxAge, sensitiveAge)
		if refusal != "" || err != nil {
			return refusal, nil, err
		}
	}
	if err := s.refresh(ctx, w.policy, maxAge, sensitiveAge); err != nil {
		return "", nil, err
	}
	today, lost, gone := s.termsToday(w, r)
	if gone != nil {
		return said(gone), nil, nil
	}
	if !r.Terms.Automatic {
		if err := w.policy.Feasible(s.Directory.Snapshot(), r.Terms, r.Asker.Person, r.Receiver.Person); err != nil {
			return said(err), nil, nil
		}
		return "", lost, nil
	}
	if slices.ContainsFunc(today, func(t policy.Terms) bool { return !t.Automatic }) {
		return "The policy changed: this now needs an approval. Ask again.", nil, nil
	}
	return "", lost, nil
}

const (
	standingWithin = 3 * time.Second // what AWS is given to say who stands where already
	standingAtOnce = 8
)

// standing asks AWS, before approvers are asked for anything, whether the receiver has it
// already without Stint. That is a courtesy: what AWS does not answer in time is found by
// the look before the create. refusal is for people when nothing else is left.
func (s *Service) standing(ctx context.Context, r Request, lost []Dropped) (refusal string, all []Dropped) {
	ctx, cancel := context.WithTimeout(ctx, standingWithin)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(standingAtOnce)
	found := make([]bool, len(r.Entitlements))
	for i, e := range r.Entitlements {
		key := e.For(r.Receiver.Person)
		if slices.ContainsFunc(lost, func(d Dropped) bool { return d.Entitlement == e }) || s.ours(ctx, key) {
			continue
		}
		group.Go(func() error {
			o, err := s.Connector.Look(ctx, PriorityGrant, key)
			found[i] = err == nil && o.Found
			return nil
		})
	}
	_ = group.Wait()
	for i, e := range r.Entitlements {
		if found[i] {
			lost = append(lost, Dropped{e, r.Receiver.Name + " has this in AWS already, without Stint and without an end. Nothing was changed."})
		}
	}
	if len(lost) == len(r.Entitlements) {
		return lost[0].Why, nil
	}
	return "", lost
}

// ours reports whether what AWS may show for a key is Stint's doing, or cannot be told apart
// from that yet.
func (s *Service) ours(ctx context.Context, key Key) bool {
	var a Assignment
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		a, err = tx.Assignment(key)
		return err
	})
	return err != nil || a.State != Absent || !a.GoneAt.IsZero() && s.Now().Sub(a.GoneAt) < listingLag
}

// refused reads Slack's and Identity Center's facts of one person. refusal says why the
// person may not act or hold anything; err when that could not be asked.
func (s *Service) refused(ctx context.Context, who Actor, maxAge time.Duration) (refusal string, err error) {
	return s.refusedBy(ctx, who, maxAge, maxAge)
}

// refusedBy is refused by facts of Slack that are no older than slackAge.
func (s *Service) refusedBy(ctx context.Context, who Actor, slackAge, maxAge time.Duration) (refusal string, err error) {
	bound, err := s.Directory.Resolve(ctx, who.Slack, slackAge)
	if err == nil && bound.Person != who.Person {
		return "The Slack user no longer belongs to the same person.", nil
	}
	if fault.Is(err, fault.Forbidden) {
		return said(err), nil
	}
	if err != nil {
		return "", err
	}
	facts, err := s.Directory.Person(ctx, who.Person, maxAge)
	if err != nil {
		return "", err
	}
	if facts.Gone || facts.Person.Disabled {
		return "AWS Identity Center no longer lists this person as active.", nil
	}
	return "", nil
}

// said is what an error says to people.
func said(err error) string {
	e := new(fault.Error)
	if !asFault(err, &e) || e.Message == "" {
		return "Something went wrong that Stint did not foresee."
	}
	return e.Message
}

// narrowest is the shorter of what was asked and what today's rule allows.
func narrowest(asked time.Duration, today policy.Terms) time.Duration {
	return min(asked, today.MaxDuration)
}
