package access

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// Review records one verdict. Facts are read first; one transaction then reads the
// request again and computes afresh who may review, so a stale, forged or repeated press
// changes nothing. The press that completes the approval creates the grants, with their
// ends, in the same transaction.
//
// Errors: Forbidden (not eligible, with who is), Conflict (already decided, with how),
// Invalid (deny without a reason), NotFound, Unavailable.
func (s *Service) Review(ctx context.Context, in ReviewInput) (RequestView, error) {
	const op = "access.Review"
	in.Comment = strings.TrimSpace(in.Comment)
	switch {
	case in.Verdict != Approve && in.Verdict != Deny:
		return RequestView{}, fault.Newf(fault.Invalid, op, "", "there is no verdict %q", string(in.Verdict))
	case in.Verdict == Deny && in.Comment == "":
		return RequestView{}, fault.New(fault.Invalid, op, "Say why you deny it.", "The requester reads it and knows what to do next.").In("comment")
	case utf8.RuneCountInString(in.Comment) > maxReason || !utf8.ValidString(in.Comment):
		return RequestView{}, fault.Newf(fault.Invalid, op, "Shorten it.", "The reason may have %d characters.", maxReason).In("comment")
	case in.Verdict == Deny && (in.Duration != 0 || !in.StartAt.IsZero()):
		return RequestView{}, fault.New(fault.Invalid, op, "", "a denial that narrows")
	}
	who, err := s.Directory.Resolve(ctx, in.User, sensitiveAge)
	if err != nil {
		return RequestView{}, err
	}
	actor := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	r, err := s.request(ctx, in.Request)
	if err != nil {
		return RequestView{}, err
	}
	if done, err := settled(op, r, actor, in.Verdict); done || err != nil {
		return s.viewAfter(ctx, in.Request, err)
	}
	for range 3 { // again when policy or catalog changed between the reads and the transaction
		facts, rerr := s.readVoters(ctx, r, actor)
		if rerr != nil {
			return RequestView{}, rerr
		}
		err = s.update(ctx, func(b *book) error {
			r, err := b.Request(in.Request)
			if err != nil {
				return err
			}
			if done, err := settled(op, r, actor, in.Verdict); done || err != nil {
				return err
			}
			return s.vote(b, r, actor, in, facts)
		})
		if !errors.Is(err, errWorldChanged) {
			break
		}
		s.settled()
	}
	return s.viewAfter(ctx, in.Request, err)
}

// viewAfter is the newest view; a conflict or refusal travels with it, so that a stale
// card can be repaired.
func (s *Service) viewAfter(ctx context.Context, id RequestID, err error) (RequestView, error) {
	v, verr := s.RequestView(ctx, id)
	if err != nil {
		return v, err
	}
	return v, verr
}

// settled reports whether there is nothing left to do for this press: the same person's
// same verdict is on record already (done), or the request was decided without it (err).
func settled(op string, r Request, actor Actor, v Verdict) (done bool, err error) {
	for _, old := range r.Reviews {
		if old.By.Person == actor.Person && old.Verdict == v {
			return true, nil
		}
	}
	if r.State != Pending {
		return false, fault.New(fault.Conflict, op, decidedText(r), "The card shows the newest state.")
	}
	if r.CheckedAt.IsZero() {
		return false, fault.New(fault.Unavailable, op, "This request is still being checked.", "Try again in a few seconds.")
	}
	return false, nil
}

func decidedText(r Request) string {
	switch r.State {
	case Approved:
		return "This request is already approved."
	case Denied:
		return "This request was already denied."
	case Cancelled:
		return "The requester cancelled this request."
	case Lapsed:
		return "This request lapsed before it was decided."
	case Withdrawn:
		return "This request was withdrawn: " + r.Outcome
	}
	return ""
}

// voters is what was read of people before a vote's transaction.
type voters struct {
	facts   policy.Facts
	world   *world
	refused map[catalog.PersonID]string // who votes, voted, asks or receives and may not any more
	// lenders are those for whom the voter may stand in, as far as they were read too.
	lenders []Actor
}

// readVoters reads, at most a minute old, what the transaction needs to know: the
// members of every set, and of everybody whose word or access is at stake.
func (s *Service) readVoters(ctx context.Context, r Request, actor Actor) (voters, error) {
	w, err := s.ready()
	if err != nil {
		return voters{}, err
	}
	v := voters{world: w, refused: map[catalog.PersonID]string{}}
	if v.lenders, err = s.lenders(ctx, actor); err != nil {
		return voters{}, err
	}
	people := append([]Actor{r.Asker, r.Receiver, actor}, v.lenders...)
	for _, old := range r.Reviews {
		people = append(people, old.By)
		if old.For.Person != "" {
			people = append(people, old.For)
		}
	}
	for i, p := range people {
		if slices.ContainsFunc(people[:i], func(q Actor) bool { return q.Person == p.Person }) {
			continue
		}
		refusal, err := s.refused(ctx, p, sensitiveAge)
		if err != nil {
			return voters{}, err
		}
		if refusal != "" {
			v.refused[p.Person] = refusal
		}
	}
	if err := s.Directory.Refresh(ctx, w.policy.Sources(), sensitiveAge); err != nil {
		return voters{}, err
	}
	v.facts = s.Directory.Snapshot()
	return v, nil
}

// vote applies one verdict to a pending request, within the transaction.
func (s *Service) vote(b *book, r Request, actor Actor, in ReviewInput, v voters) error {
	const op = "access.Review"
	if err := s.current(b, v.world); err != nil {
		return err
	}
	if err := b.held(op); err != nil {
		return err
	}
	p := v.world.policy
	if actor.Person == r.Asker.Person || actor.Person == r.Receiver.Person {
		return fault.New(fault.Forbidden, op, "You cannot decide what you asked for or would receive yourself.", s.whoCan(b, p, v.facts, r))
	}
	if why, out := v.refused[actor.Person]; out {
		return fault.New(fault.Forbidden, op, why, s.whoCan(b, p, v.facts, r))
	}
	today, lost, gone := s.termsToday(v.world, r)
	as, err := s.standsFor(b, v, r, today, actor)
	switch {
	case err != nil:
		return err
	case as.Person == "":
		return fault.New(fault.Forbidden, op, "You are not among those who decide this request.", s.whoCan(b, p, v.facts, r))
	}
	review := Review{By: actor, Verdict: in.Verdict, Comment: in.Comment, At: b.now, Duration: in.Duration, StartAt: in.StartAt}
	if as.Person != actor.Person {
		review.For = as
	}
	if in.Verdict == Deny {
		r.Reviews = append(r.Reviews, review)
		return b.decideRequest(&r, Denied, actor, in.Comment)
	}
	for _, who := range []Actor{r.Asker, r.Receiver} {
		if why, out := v.refused[who.Person]; out {
			return b.decideRequest(&r, Withdrawn, System, why)
		}
	}
	if gone != nil {
		return b.decideRequest(&r, Withdrawn, System, said(gone))
	}
	r.drop(lost)
	before := votes(r, v.refused)
	if err := r.narrow(in, b.now); err != nil {
		return err
	}
	r.Reviews = append(r.Reviews, review)
	duration, complete := r.Duration, true
	for _, t := range today {
		done, _ := p.Complete(v.facts, r.terms(), t, votes(r, v.refused), r.Asker.Person, r.Receiver.Person)
		complete = complete && done
		duration = r.narrowest(duration, t)
	}
	if !complete && !helps(p, v.facts, r, today, before, as.Person) {
		// Stored, it would never count, and this person could not vote again when it would.
		return fault.New(fault.Forbidden, op, useless(r, actor), s.whoCan(b, p, v.facts, r))
	}
	if !complete {
		if err := b.putRequest(&r, "reviewed", actor, ""); err != nil {
			return err
		}
		if err := b.show(r); err != nil {
			return err
		}
		if err := s.tellDropped(b, r, lost); err != nil {
			return err
		}
		return b.story(r, EventApproved, actor, in.Comment)
	}
	if err := s.tellDropped(b, r, lost); err != nil {
		return err
	}
	return b.approve(&r, actor, duration)
}

// setsOf lists the names of the people sets that the terms name.
func setsOf(terms ...policy.Terms) []string {
	var sets []string
	for _, t := range terms {
		for _, step := range t.Steps {
			sets = append(sets, step.From...)
		}
	}
	return sets
}

// votes are the approvals of those who may still count, one a person.
func votes(r Request, refused map[catalog.PersonID]string) []policy.Vote {
	var out []policy.Vote
	for _, v := range r.Reviews {
		_, gone := refused[v.By.Person]
		_, lenderGone := refused[v.For.Person]
		if v.Verdict == Approve && !gone && !lenderGone {
			out = append(out, policy.Vote{Person: v.as(), At: v.At})
		}
	}
	return out
}

// as is whose vote a review is: a delegate's counts as that of who they stood in for.
func (v Review) as() catalog.PersonID { return cmp.Or(v.For.Person, v.By.Person) }

// useless says why an approval would add nothing.
func useless(r Request, actor Actor) string {
	for _, v := range r.Reviews {
		if v.For.Person == actor.Person && v.By.Person != actor.Person && v.Verdict == Approve {
			return v.By.Name + " approved it for you already."
		}
	}
	return "Your approval would not add to what is still needed now."
}

// termsToday are the terms, each once, on which today's policy allows what it still allows
// of the request, and the others with why. gone is why nothing of the request is left; nil when
// something is.
func (s *Service) termsToday(w *world, r Request) (terms []policy.Terms, lost []Dropped, gone error) {
	for _, e := range r.Entitlements {
		d, err := s.decideRecord(w, r, e)
		if err != nil {
			gone, lost = err, append(lost, Dropped{e, said(err)})
			continue
		}
		now := r.escalate(d.Terms)
		if !slices.ContainsFunc(terms, func(t policy.Terms) bool { return reflect.DeepEqual(t, now) }) {
			terms = append(terms, now)
		}
	}
	if len(terms) > 0 {
		gone = nil
	}
	return terms, lost, gone
}

// helps reports whether a person's approval brings the request further: by the terms of
// its submission or by today's, because both must be complete.
func helps(p *policy.Policy, f policy.Facts, r Request, today []policy.Terms, so []policy.Vote, person catalog.PersonID) bool {
	for _, t := range append([]policy.Terms{r.terms()}, today...) {
		if p.Helps(f, t, so, person, r.Asker.Person, r.Receiver.Person) {
			return true
		}
	}
	return false
}

// helpful are those whose approval would bring the request further now.
func (s *Service) helpful(p *policy.Policy, f policy.Facts, r Request) []catalog.PersonID {
	var out []catalog.PersonID
	today, _, gone := s.termsToday(s.world.Load(), r)
	if gone != nil {
		return nil // nobody: the next press withdraws it
	}
	for _, t := range append(today, r.terms()) {
		for _, person := range p.Approvers(f, t, r.Asker.Person, r.Receiver.Person) {
			if !slices.Contains(out, person) && helps(p, f, r, today, votes(r, nil), person) {
				out = append(out, person)
			}
		}
	}
	return out
}

// whoCan names those who may decide, for a wrong clicker.
func (s *Service) whoCan(tx Tx, p *policy.Policy, f policy.Facts, r Request) string {
	people, err := s.canDecide(tx, p, f, r)
	if err != nil {
		people = s.humans(s.helpful(p, f, r)) // their delegates cannot be read
	}
	if len(people) == 0 {
		return "Nobody can decide it right now. Ask an admin of Stint."
	}
	var names []string
	for i, h := range people {
		if i == 5 {
			names = append(names, "others")
			break
		}
		names = append(names, h.Name)
	}
	return "These people can: " + strings.Join(names, ", ") + "."
}

// approve decides for it and creates the grants with their ends, all in this transaction.
func (b *book) approve(r *Request, by Actor, duration time.Duration) error {
	if r.Extends != "" {
		if done, err := b.prolong(r, by, duration); done || err != nil {
			return err
		}
		duration = narrowest(duration, r.Terms) // it has ended: an ordinary grant
	}
	start, end := b.now, b.now.Add(duration+startDeadline)
	if !r.StartAt.IsZero() { // a window, which does not move
		end = r.StartAt.Add(duration)
		if r.StartAt.After(start) {
			start = r.StartAt
		}
		if duration = end.Sub(start); duration < minDuration {
			return b.decideRequest(r, Lapsed, System, "The time that it was asked for is over.")
		}
	}
	for _, e := range r.Entitlements {
		g := Grant{
			ID: GrantID(b.ids.next(b.now)), State: Scheduled, Request: r.ID,
			Key:    e.For(r.Receiver.Person),
			Holder: r.Receiver, Start: start, Deadline: start.Add(startDeadline),
			Duration: duration, End: end,
		}
		if err := b.putGrant(&g, "created", by, ""); err != nil {
			return err
		}
		r.Grants = append(r.Grants, g.ID)
	}
	if r.Terms.Emergency {
		if err := b.openDebrief(r); err != nil {
			return err
		}
	}
	if err := b.decideRequest(r, Approved, by, r.emergencyNote()); err != nil || !start.After(b.now) {
		return err
	}
	return b.showPlanned(*r)
}

// decideRequest ends a pending request and tells everybody whom it concerns.
func (b *book) decideRequest(r *Request, to RequestState, by Actor, outcome string) error {
	posted := !r.CheckedAt.IsZero()
	r.State, r.DecidedAt, r.Outcome, r.CheckAt = to, b.now, outcome, time.Time{}
	if err := b.putRequest(r, string(to), by, outcome); err != nil {
		return err
	}
	if err := b.show(*r); err != nil {
		return err
	}
	if !posted || r.Terms.Automatic {
		return nil
	}
	if err := b.homeOfDeciders(*r); err != nil {
		return err
	}
	return b.story(*r, EventDecided, by, outcome)
}

func asFault(err error, to **fault.Error) bool { return errors.As(err, to) }
