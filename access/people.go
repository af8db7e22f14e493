package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// peoplePage is how many links a page shows.
const peoplePage = 20

// People lists who is who, for admins.
func (s *Service) People(ctx context.Context, user identity.SlackUserID, q PeopleQuery) (PeopleView, error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return PeopleView{}, err
	}
	v := PeopleView{Counts: map[identity.LinkState]int{}}
	var hits []LinkView
	for _, l := range s.Directory.Links() {
		v.Counts[l.State]++
		lv := s.linkView(l)
		if (q.State == "" || l.State == q.State) && lv.says(q.Text) {
			hits = append(hits, lv)
		}
	}
	v.Total = len(hits)
	v.Pages = max(1, (v.Total+peoplePage-1)/peoplePage)
	v.Page = min(max(q.Page, 0), v.Pages-1)
	from := v.Page * peoplePage
	v.Links = hits[from:min(from+peoplePage, v.Total)]
	return v, nil
}

func (s *Service) linkView(l identity.Link) LinkView {
	v := LinkView{Link: l}
	if c := s.Catalog(); c != nil {
		if p, ok := c.Person(l.Person); ok {
			v.PersonName, v.PersonEmail = cmp.Or(p.Name, p.UserName), p.Email
		}
	}
	return v
}

// says reports whether a link is about what was typed.
func (v LinkView) says(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return slices.ContainsFunc(
		[]string{v.Facts.Name, v.Facts.Email, string(v.Slack), v.PersonName, v.PersonEmail, string(v.Person)},
		func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
}

// troubles counts the links that an admin should look at.
func (s *Service) troubles() int {
	n := 0
	for _, l := range s.Directory.Links() {
		if l.State != identity.Linked {
			n++
		}
	}
	return n
}

// Link binds a Slack user to a person by hand; a reason is required. From then on their
// e-mail plays no part. Conflict when either is bound otherwise: unlink first. Forbidden
// for one's own Slack user, and for who can be nobody here. All admins are told.
func (s *Service) Link(ctx context.Context, user, slack identity.SlackUserID, person catalog.PersonID, reason string) (LinkView, error) {
	const op = "access.Link"
	actor, reason, err := s.linker(ctx, op, user, slack, reason)
	if err != nil {
		return LinkView{}, err
	}
	if _, err := s.Directory.Linkable(ctx, slack, sensitiveAge); err != nil {
		return LinkView{}, err
	}
	facts, err := s.Directory.Person(ctx, person, sensitiveAge)
	switch {
	case err != nil:
		return LinkView{}, err
	case facts.Gone || facts.Person.Disabled || s.Catalog() == nil:
		return LinkView{}, fault.New(fault.Invalid, op, "IAM Identity Center does not list this person as active.", "Choose somebody else.").In("person")
	}
	err = s.update(ctx, func(b *book) error {
		if err := s.refuseBound(b, slack, person); err != nil {
			return err
		}
		if err := b.putPin(identity.Pin{Slack: slack, Person: person, At: b.now}, "pin.linked", actor, reason); err != nil {
			return err
		}
		if err := b.bump(metaPins); err != nil {
			return err
		}
		return b.report(fmt.Sprintf("%s linked the Slack user %s to %s by hand: %s", actor.Name, s.slackName(slack), s.human(person).Name, reason))
	})
	if err != nil {
		return LinkView{}, err
	}
	if err := s.Directory.ReloadPins(ctx); err != nil {
		return LinkView{}, err
	}
	s.warn(ctx, slack, person)
	for _, l := range s.Directory.Links() {
		if l.Slack == slack {
			return s.linkView(l), nil
		}
	}
	return s.linkView(identity.Link{State: identity.Linked, Slack: slack, Person: person, ByHand: true}), nil
}

// refuseBound refuses a pair of which one side is in another pair.
func (s *Service) refuseBound(b *book, slack identity.SlackUserID, person catalog.PersonID) error {
	const op, hint = "access.Link", "Unlink that pair first, if it is wrong."
	old, err := b.Pin(slack)
	switch {
	case err == nil && old.Person != person:
		return fault.Newf(fault.Conflict, op, hint, "This Slack user is bound to %s.", s.human(old.Person).Name).In("slack")
	case err != nil && !fault.Is(err, fault.NotFound):
		return err
	}
	old, err = b.PinOf(person)
	switch {
	case err == nil && old.Slack != slack:
		return fault.Newf(fault.Conflict, op, hint, "%s is bound to another Slack user, %s.", s.human(person).Name, s.slackName(old.Slack)).In("person")
	case err != nil && !fault.Is(err, fault.NotFound):
		return err
	}
	return nil
}

// Unlink takes the stored pair of a Slack user away; a reason is required. What they hold
// stays; they are identified anew, by their e-mail, when they next do something. NotFound
// without a pair, Forbidden for one's own. All admins are told.
func (s *Service) Unlink(ctx context.Context, user, slack identity.SlackUserID, reason string) error {
	const op = "access.Unlink"
	actor, reason, err := s.linker(ctx, op, user, slack, reason)
	if err != nil {
		return err
	}
	err = s.update(ctx, func(b *book) error {
		pin, err := b.Pin(slack)
		if err != nil {
			return err
		}
		if err := b.DeletePin(slack); err != nil {
			return err
		}
		if err := b.bump(metaPins); err != nil {
			return err
		}
		if err := b.audit("pin.unlinked", actor, "pin/"+string(slack), nil, reason); err != nil {
			return err
		}
		return b.report(fmt.Sprintf("%s unlinked the Slack user %s from %s: %s", actor.Name, s.slackName(slack), s.human(pin.Person).Name, reason))
	})
	if err != nil {
		return err
	}
	return s.Directory.ReloadPins(ctx)
}

// linker identifies the admin who changes a pair. Nobody changes their own: who they are is
// another admin's word.
func (s *Service) linker(ctx context.Context, op string, user, slack identity.SlackUserID, reason string) (Actor, string, error) {
	actor, err := s.adminNow(ctx, user)
	if err != nil {
		return Actor{}, "", err
	}
	if slack == "" {
		return Actor{}, "", fault.New(fault.Invalid, op, "Choose a Slack user.", "").In("slack")
	}
	if slack == actor.Slack {
		return Actor{}, "", fault.New(fault.Forbidden, op, "Nobody links or unlinks themself.", "Ask another admin.").In("slack")
	}
	reason, err = givenReason(op, reason)
	return actor, reason, err
}

// slackName names a Slack user in texts that know no mentions.
func (s *Service) slackName(user identity.SlackUserID) string {
	f, _ := s.Directory.SlackUser(user)
	return identity.SlackName(f)
}

// warn tells the admins when the word of a person who was linked by hand counts for
// something. What groups the Slack user brings is known only after the link.
func (s *Service) warn(ctx context.Context, slack identity.SlackUserID, person catalog.PersonID) {
	p := s.Policy()
	if p == nil {
		return
	}
	facts := s.Directory.Snapshot()
	what := ""
	switch sets := approvesIn(p, facts, person); {
	case p.IsAdmin(facts, person) == policy.True:
		what = "is an admin of Stint"
	case len(sets) > 0:
		what = "may approve, as one of " + strings.Join(sets, ", ")
	default:
		return
	}
	s.alarm(ctx, fmt.Sprintf("The Slack user %s was linked by hand and now counts as %s, who %s. If you did not expect that, unlink them under /jit-config, People.", s.slackName(slack), s.human(person).Name, what))
}

// approvesIn lists the people sets that approve somewhere and that the person is in.
func approvesIn(p *policy.Policy, facts policy.Facts, person catalog.PersonID) []string {
	var out []string
	for _, r := range p.Spec().Rules {
		for _, step := range r.Approval.Steps {
			for _, set := range step.From {
				if !slices.Contains(out, set) && p.MayVote(facts, []string{set}, person) == policy.True {
					out = append(out, set)
				}
			}
		}
	}
	return out
}
