package access

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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

// MaxEntitlements is how much one form may ask for.
const MaxEntitlements = 120

// Submit turns a filled form into a request, or into several that are tied where different
// rules or terms decide parts of it; it returns the first. It works from memory and one
// transaction, so that Slack has its answer in time; the live identity check runs before
// anything is posted or granted. The same form again returns the same request.
//
// Errors: Invalid with Field set, Forbidden, Unavailable, Conflict when the same is
// already pending. Nothing of the form is stored then.
func (s *Service) Submit(ctx context.Context, in Submission) (Request, error) {
	const op = "access.Submit"
	w, err := s.ready()
	if err != nil {
		return Request{}, err
	}
	if in.FormKey == "" {
		return Request{}, fault.New(fault.Internal, op, "a form without a key", "")
	}
	who, err := s.asker(ctx, in.User, in.Emergency)
	if err != nil {
		return Request{}, err
	}
	actor := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	receiver := actor
	if in.Extends != "" {
		if receiver, err = s.extends(ctx, &in); err != nil {
			return Request{}, err
		}
	} else if in.For != "" && in.For != in.User {
		if receiver, err = s.receiver(ctx, in.For, in.Emergency); err != nil {
			return Request{}, err
		}
	}
	parts, err := s.parts(w, actor.Person, receiver.Person, &in)
	if err != nil {
		return Request{}, err
	}
	for _, p := range parts {
		if err := validate(op, p.terms, &in, s.Now()); err != nil {
			return Request{}, err
		}
		if t := p.terms.Ticket; t != nil && t.Check && s.Tickets == nil && in.Ticket != "" {
			return Request{}, noTickets(op)
		}
		if err := w.policy.Feasible(s.Directory.Snapshot(), p.terms, actor.Person, receiver.Person); err != nil {
			return Request{}, err
		}
	}
	var first Request
	err = s.update(ctx, func(b *book) error {
		old, err := b.RequestByForm(in.FormKey)
		if err == nil {
			first = old
			return nil
		}
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := refuseTwice(b, actor, receiver, in); err != nil {
			return err
		}
		if err := s.roomInCover(b, receiver.Person, parts, &in); err != nil {
			return err
		}
		requests := b.requestsOf(parts, actor, receiver, in)
		for _, r := range requests {
			if err := b.spareEmergency(r, true); err != nil {
				return err
			}
		}
		for i, r := range requests {
			if err := b.putRequest(&r, "submitted", actor, parts[i].why); err != nil {
				return err
			}
			requests[i] = r
		}
		first = requests[0]
		return b.notify(Notice{Kind: NoticeAsker, Key: askerKey(first), Request: first.ID, To: actor.Slack, Event: EventSubmitted, By: actor})
	})
	return first, err
}

// part is what one rule decides of a form, under one set of terms.
type part struct {
	terms        policy.Terms
	why          string
	entitlements []Entitlement
}

// parts asks the policy about everything that a form asks for.
func (s *Service) parts(w *world, asker, receiver catalog.PersonID, in *Submission) ([]part, error) {
	const op = "access.Submit"
	switch n := len(in.Entitlements); {
	case n == 0:
		return nil, fault.New(fault.Invalid, op, "Nothing is chosen.", "Choose an account and a role.").In("role")
	case n > MaxEntitlements:
		return nil, fault.Newf(fault.Invalid, op, "Choose fewer accounts or roles, and send another form for the rest.", "One form may ask for %d entitlements; this is %d.", MaxEntitlements, n).In("role")
	}
	var parts []part
	for i, e := range in.Entitlements {
		if slices.Contains(in.Entitlements[:i], e) {
			continue
		}
		d, err := s.decide(w, query(asker, receiver, e, in.Emergency, in.Ticket))
		if err != nil {
			if len(in.Entitlements) > 1 {
				return nil, s.about(e, err)
			}
			return nil, err
		}
		parts, _ = addTo(parts, d, e)
	}
	return parts, nil
}

// about says which of several entitlements an error is about.
func (s *Service) about(e Entitlement, err error) error {
	f := new(fault.Error)
	if !asFault(err, &f) {
		return err
	}
	out := *f
	out.Message = s.item(e).name() + ": " + f.Message
	out.Hint = "Leave it out, and send the rest."
	return &out
}

// requestsOf makes the requests of a form, tied where they are several.
func (b *book) requestsOf(parts []part, asker, receiver Actor, in Submission) []Request {
	requests := make([]Request, len(parts))
	var tied []RequestID
	for i, p := range parts {
		key := in.FormKey
		if i > 0 {
			key += "#" + strconv.Itoa(i+1)
		}
		r := Request{
			ID: RequestID(b.ids.next(b.now)), State: Pending, FormKey: key,
			Asker: asker, Receiver: receiver, Entitlements: p.entitlements,
			Duration: in.Duration, Reason: in.Reason, Terms: p.terms,
			StartAt: in.StartAt, Ticket: in.Ticket, Link: in.Link, Extends: in.Extends,
			SubmittedAt: b.now, CheckAt: b.now, ExpiresAt: b.now.Add(p.terms.RequestTTL),
		}
		if over := in.StartAt.Add(in.Duration - minDuration); !in.StartAt.IsZero() && over.Before(r.ExpiresAt) {
			r.ExpiresAt = over
		}
		for _, other := range requests[:i] {
			if other.Terms.Channel == r.Terms.Channel {
				r.Card = other.CardID()
				break
			}
		}
		requests[i], tied = r, append(tied, r.ID)
	}
	if len(requests) > 1 {
		for i := range requests {
			requests[i].Tied = tied
		}
	}
	return requests
}

// receiver is the person for whom somebody else asks.
func (s *Service) receiver(ctx context.Context, user identity.SlackUserID, emergency bool) (Actor, error) {
	who, err := s.asker(ctx, user, emergency)
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
func refuseTwice(b *book, asker, receiver Actor, in Submission) error {
	pending, err := b.Requests(RequestFilter{States: []RequestState{Pending}, Person: receiver.Person})
	if err != nil {
		return err
	}
	for _, p := range pending {
		for _, e := range p.Entitlements {
			if p.Receiver.Person != receiver.Person || !slices.Contains(in.Entitlements, e) {
				continue
			}
			said, hint := "This was already asked for", "Find it on the Home tab; cancel it there to ask anew."
			if receiver.Person != asker.Person {
				said += ", for " + receiver.Name
			}
			if p.Asker.Person != asker.Person {
				hint = fmt.Sprintf("%s asked for it: wait for the decision, or have them cancel it.", p.Asker.Name)
			}
			return fault.New(fault.Conflict, "access.Submit", said+", and it waits for a decision.", hint).In("role")
		}
	}
	return nil
}

// query is a question to the policy, now.
func query(asker, receiver catalog.PersonID, e Entitlement, emergency bool, ticket string) policy.Query {
	return policy.Query{Asker: asker, Receiver: receiver, Account: e.Account, Role: e.Role, Group: e.Group, Emergency: emergency, Ticket: ticket}
}

// asksNow is the question that a request puts for one of its keys, now.
func (s *Service) asksNow(r Request, key Key) policy.Query {
	q := query(r.Asker.Person, key.Person, key.Entitlement(), r.Terms.Emergency, r.Ticket)
	q.At = s.Now()
	return q
}

// asks is the question to the policy that a request puts for one of its entitlements.
func (r Request) asks(e Entitlement) policy.Query {
	return query(r.Asker.Person, r.Receiver.Person, e, r.Terms.Emergency, r.Ticket)
}

// decide asks the policy as of now and turns everything but Allowed into an error for the form.
func (s *Service) decide(w *world, q policy.Query) (policy.Decision, error) {
	const op = "access.decide"
	q.At = s.Now()
	if q.Group != "" {
		return s.decideGroup(w, q)
	}
	a, ok := w.catalog.Account(q.Account)
	if !ok {
		return policy.Decision{}, fault.New(fault.Invalid, op, "This account is no longer part of the organization.", "Choose another one.").In("account")
	}
	r, ok := w.catalog.Role(q.Role)
	if !ok {
		return policy.Decision{}, fault.New(fault.Invalid, op, "This role no longer exists.", "Choose another one.").In("role")
	}
	if why := ungrantable(a, r); why != nil {
		return policy.Decision{}, why
	}
	d := w.policy.Decide(w.catalog, s.Directory.Snapshot(), q)
	if d.Outcome != policy.Allowed {
		return d, notAllowed(d, RoleIn(q.Account, q.Role))
	}
	return d, nil
}

// decideRecord is decide for a request on record, which others read too: it names who asked.
func (s *Service) decideRecord(w *world, r Request, e Entitlement) (policy.Decision, error) {
	d, err := s.decide(w, r.asks(e))
	if err == nil || d.Outcome == "" {
		return d, err
	}
	d = d.Of(cmp.Or(r.Asker.Name, s.human(r.Asker.Person).Name))
	return d, notAllowed(d, e)
}

// notAllowed is what the form says of a decision that allows nothing.
func notAllowed(d policy.Decision, e Entitlement) error {
	what := "role"
	if e.IsGroup() {
		what = "group"
	}
	return fault.New(fault.Forbidden, "access.decide", d.Why, "Choose another "+what+", or ask an admin of Stint who may have it.").In(what)
}

// decideGroup is decide for membership in a group.
func (s *Service) decideGroup(w *world, q policy.Query) (policy.Decision, error) {
	const op = "access.decide"
	g, ok := w.catalog.Group(q.Group)
	switch {
	case !ok || q.Account != "" || q.Role != "":
		return policy.Decision{}, fault.New(fault.Invalid, op, "This group no longer exists.", "Choose another one.").In("group")
	case g.Ungrantable != "":
		return policy.Decision{}, fault.New(fault.Forbidden, op, g.Ungrantable, "Choose another group.").In("group")
	}
	d := w.policy.Decide(w.catalog, s.Directory.Snapshot(), q)
	if d.Outcome != policy.Allowed {
		return d, notAllowed(d, MemberOf(q.Group))
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
func validate(op string, t policy.Terms, in *Submission, now time.Time) error {
	in.Reason = strings.TrimSpace(in.Reason)
	switch {
	case in.Duration < minDuration:
		return fault.Newf(fault.Invalid, op, "Write it like 45m, 2h or 1h30m.", "The shortest access is %s.", spell(minDuration)).In("duration")
	case in.Extends == "" && in.Duration > t.MaxDuration: // an extension is bounded by its cover
		return fault.Newf(fault.Invalid, op, "Choose a shorter time; you can ask again when it ends.", "The rule “%s” allows at most %s.", t.Rule, spell(t.MaxDuration)).In("duration")
	case !utf8.ValidString(in.Reason):
		return fault.New(fault.Invalid, op, "The reason holds characters that are not text.", "Type it again.").In("reason")
	case utf8.RuneCountInString(in.Reason) < max(1, t.Reason.MinLength):
		return fault.Newf(fault.Invalid, op, "Say what you will do there and why.", "The reason needs at least %d characters.", max(1, t.Reason.MinLength)).In("reason")
	case utf8.RuneCountInString(in.Reason) > maxReason:
		return fault.Newf(fault.Invalid, op, "Shorten it, or link to the longer text.", "The reason may have %d characters.", maxReason).In("reason")
	}
	if err := validStart(op, t, in, now); err != nil {
		return err
	}
	if err := validTicket(op, t, in); err != nil {
		return err
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

// maxAhead is how far ahead access may be scheduled.
const maxAhead = 30 * 24 * time.Hour

// validStart checks when the access is to start; what has passed means at once.
func validStart(op string, t policy.Terms, in *Submission, now time.Time) error {
	switch {
	case in.StartAt.IsZero():
	case t.Emergency:
		return fault.New(fault.Invalid, op, "An emergency starts at once.", "Leave the start empty.").In("start")
	case in.StartAt.After(now.Add(maxAhead)):
		return fault.New(fault.Invalid, op, "Access can be scheduled up to 30 days ahead.", "Choose an earlier start.").In("start")
	case !in.StartAt.After(now):
		in.StartAt = time.Time{}
	}
	return nil
}

// maxTicket is how many characters a ticket may have.
const maxTicket = 200

// validTicket checks what a ticket looks like; whether it is good is asked of the ticket
// service later, where the rule wants that.
func validTicket(op string, t policy.Terms, in *Submission) error {
	in.Ticket = strings.TrimSpace(in.Ticket)
	want := t.Ticket
	switch {
	case utf8.RuneCountInString(in.Ticket) > maxTicket || !utf8.ValidString(in.Ticket):
		return fault.Newf(fault.Invalid, op, "Give its key only.", "The ticket may have %d characters.", maxTicket).In("ticket")
	case want == nil || in.Ticket == "" && want.Optional:
		return nil
	case in.Ticket == "":
		return fault.Newf(fault.Invalid, op, "Give "+cmp.Or(want.Hint, "its key")+".", "The rule “%s” wants a ticket.", t.Rule).In("ticket")
	case want.Pattern == "":
		return nil
	}
	re, err := regexp.Compile("^(?:" + want.Pattern + ")$")
	if err != nil {
		return fault.Wrap(err, fault.Internal, op, "the rule's ticket pattern is not valid", "")
	}
	if !re.MatchString(in.Ticket) {
		return fault.Newf(fault.Invalid, op, "Give "+cmp.Or(want.Hint, "text like "+want.Pattern)+".", "The rule “%s” does not take this ticket.", t.Rule).In("ticket")
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

// Who is the person behind a Slack user, from facts up to 15 minutes old; from those of the last
// day when Slack cannot be asked. That is enough to show something to them: what they then
// ask or decide is checked by facts of its own.
func (s *Service) Who(ctx context.Context, user identity.SlackUserID) (identity.Bound, error) {
	who, err := s.Directory.Resolve(ctx, user, formAge)
	if fault.Is(err, fault.Unavailable) {
		if old, oerr := s.Directory.Resolve(ctx, user, emergencyAge); oerr == nil {
			return old, nil
		}
	}
	return who, err
}
