package access

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// maxReason is how many characters a reason may have: what one Slack section holds after escaping.
const maxReason = 2000

// minDuration is the shortest access that can be asked for.
const minDuration = 5 * time.Minute

// Submit turns a filled form into a request. It works from memory and one transaction,
// so that Slack has its answer in time; the live identity check runs before anything is
// posted or granted. The same form again returns the same request.
//
// Errors: Invalid with Field set, Forbidden, Unavailable, Conflict when the same is
// already pending.
func (s *Service) Submit(ctx context.Context, in Submission) (Request, error) {
	const op = "access.Submit"
	w, err := s.ready()
	if err != nil {
		return Request{}, err
	}
	if in.FormKey == "" {
		return Request{}, fault.New(fault.Internal, op, "a form without a key", "")
	}
	who, err := s.Who(ctx, in.User)
	if err != nil {
		return Request{}, err
	}
	actor := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	receiver := actor
	if in.For != "" && in.For != in.User {
		if receiver, err = s.receiver(ctx, in.For); err != nil {
			return Request{}, err
		}
	}
	d, err := s.decide(w, actor.Person, receiver.Person, in.Account, in.Role)
	if err != nil {
		return Request{}, err
	}
	if err := validate(op, d.Terms, &in); err != nil {
		return Request{}, err
	}
	if err := w.policy.Feasible(s.Directory.Snapshot(), d.Terms, actor.Person, receiver.Person); err != nil {
		return Request{}, err
	}
	var r Request
	err = s.update(ctx, func(b *book) error {
		old, err := b.RequestByForm(in.FormKey)
		if err == nil {
			r = old
			return nil
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := refuseTwice(b, receiver.Person, in); err != nil {
			return err
		}
		r = Request{
			ID: RequestID(s.ids.next(b.now)), State: Pending, FormKey: in.FormKey,
			Asker: actor, Receiver: receiver,
			Entitlements: []Entitlement{RoleIn(in.Account, in.Role)},
			Duration:     in.Duration, Reason: in.Reason, Terms: d.Terms,
			SubmittedAt: b.now, CheckAt: b.now, ExpiresAt: b.now.Add(d.Terms.RequestTTL),
		}
		if err := b.putRequest(&r, "submitted", actor, d.Why); err != nil {
			return err
		}
		return b.notify(Notice{Kind: NoticeAsker, Key: askerKey(r.ID), Request: r.ID, To: actor.Slack, Event: EventSubmitted, By: actor})
	})
	return r, err
}

// receiver is the person for whom somebody else asks.
func (s *Service) receiver(ctx context.Context, user identity.SlackUserID) (Actor, error) {
	who, err := s.Who(ctx, user)
	if err == nil {
		return Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}, nil
	}
	if fault.Is(err, fault.Forbidden) { // what it says is addressed to them, not to who asks
		return Actor{}, &fault.Error{
			Code: fault.Forbidden, Op: "access.receiver", Message: "Stint cannot tell who that person is in IAM Identity Center.",
			Hint: "They find the reason when they run /aws-access themselves.", Field: "for", Err: err,
		}
	}
	return Actor{}, err
}

// refuseTwice refuses a request for what the same person already waits for.
func refuseTwice(b *book, person catalog.PersonID, in Submission) error {
	pending, err := b.Requests(RequestFilter{States: []RequestState{Pending}, Person: person})
	if err != nil {
		return err
	}
	for _, p := range pending {
		for _, e := range p.Entitlements {
			if p.Receiver.Person == person && e.Account == in.Account && e.Role == in.Role {
				return fault.New(fault.Conflict, "access.Submit", "This was already asked for, and it waits for a decision.",
					"Find it on the Home tab; cancel it there to ask anew.").In("role")
			}
		}
	}
	return nil
}

// decide asks the policy and turns everything but Allowed into an error for the form.
func (s *Service) decide(w *world, asker, receiver catalog.PersonID, account catalog.AccountID, role catalog.RoleARN) (policy.Decision, error) {
	const op = "access.decide"
	a, ok := w.catalog.Account(account)
	if !ok {
		return policy.Decision{}, fault.New(fault.Invalid, op, "This account is no longer part of the organization.", "Choose another one.").In("account")
	}
	r, ok := w.catalog.Role(role)
	if !ok {
		return policy.Decision{}, fault.New(fault.Invalid, op, "This role no longer exists.", "Choose another one.").In("role")
	}
	if why := ungrantable(a, r); why != nil {
		return policy.Decision{}, why
	}
	d := w.policy.Decide(w.catalog, s.Directory.Snapshot(), policy.Query{Asker: asker, Receiver: receiver, Account: account, Role: role, At: s.Now()})
	if d.Outcome != policy.Allowed {
		return d, fault.New(fault.Forbidden, op, d.Why, "Choose another role, or ask an admin of Stint who may have it.").In("role")
	}
	return d, nil
}

// ungrantable says why AWS would refuse it whatever the policy says; nil when it would not.
func ungrantable(a *catalog.Account, r *catalog.Role) error {
	const op = "access.ungrantable"
	switch {
	case a.State != catalog.AccountActive:
		return fault.Newf(fault.Forbidden, op, "Choose another account.", "AWS lists %s as %s: nothing can be granted there.", a.Name, strings.ToLower(string(a.State))).In("account")
	case a.Ungrantable != "":
		return fault.New(fault.Forbidden, op, a.Ungrantable, "Choose another account.").In("account")
	case r.Ungrantable != "":
		return fault.New(fault.Forbidden, op, r.Ungrantable, "Choose another role.").In("role")
	}
	return nil
}

// validate checks and trims what was typed against the terms.
func validate(op string, t policy.Terms, in *Submission) error {
	in.Reason = strings.TrimSpace(in.Reason)
	switch {
	case in.Duration < minDuration:
		return fault.Newf(fault.Invalid, op, "Write it like 45m, 2h or 1h30m.", "The shortest access is %s.", spell(minDuration)).In("duration")
	case in.Duration > t.MaxDuration:
		return fault.Newf(fault.Invalid, op, "Choose a shorter time; you can ask again when it ends.", "The rule “%s” allows at most %s.", t.Rule, spell(t.MaxDuration)).In("duration")
	case !utf8.ValidString(in.Reason):
		return fault.New(fault.Invalid, op, "The reason holds characters that are not text.", "Type it again.").In("reason")
	case utf8.RuneCountInString(in.Reason) < max(1, t.Reason.MinLength):
		return fault.Newf(fault.Invalid, op, "Say what you will do there and why.", "The reason needs at least %d characters.", max(1, t.Reason.MinLength)).In("reason")
	case utf8.RuneCountInString(in.Reason) > maxReason:
		return fault.Newf(fault.Invalid, op, "Shorten it, or link to the longer text.", "The reason may have %d characters.", maxReason).In("reason")
	}
	if t.Reason.Pattern != "" {
		re, err := regexp.Compile(t.Reason.Pattern)
		if err != nil {
			return fault.Wrap(err, fault.Internal, op, "the rule's reason pattern is not valid", "")
		}
		if !re.MatchString(in.Reason) {
			want := t.Reason.Hint
			if want == "" {
				want = "text like " + t.Reason.Pattern
			}
			return fault.Newf(fault.Invalid, op, "Add it to the reason.", "The rule “%s” wants here: %s.", t.Rule, want).In("reason")
		}
	}
	return nil
}

// spell writes a duration as people say it, "1 h 30 min", in one piece on a line.
func spell(d time.Duration) string {
	h, m, sec := int(d/time.Hour), int(d%time.Hour/time.Minute), int(d%time.Minute/time.Second)
	var parts []string
	for _, p := range []struct {
		n    int
		unit string
	}{{h, "h"}, {m, "min"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d\u00a0%s", p.n, p.unit))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%d\u00a0s", sec)
	}
	return strings.Join(parts, "\u00a0")
}

// Who is the person behind a Slack user, from facts up to 15 minutes old.
func (s *Service) Who(ctx context.Context, user identity.SlackUserID) (identity.Bound, error) {
	return s.Directory.Resolve(ctx, user, formAge)
}
