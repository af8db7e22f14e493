package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// An extension is one more grant of the same key: it starts when it is approved, while the
// old one still gives access, and ends when the old end and what was asked for are over.
// All grants of a key that follow on one another without a gap are its cover, and the rule's
// MaxContinuous bounds the cover, whether or not its grants were asked for as extensions.

// Extension is what can be asked for access that is live: more of the same.
type Extension struct {
	Grant GrantView // of those of the key that are live, the one that ends last
	Since time.Time // when the cover began
	// Latest is when the cover ends at the latest; Durations fit before it, ascending, the
	// last is all that is left. Both only while Problem is nil.
	Latest    time.Time
	Durations []time.Duration
	Terms     policy.Terms
	Approvers []Human // who could decide it, asker and holder excluded; empty when automatic
	// Pending is what waits already and would prolong it; nil when nothing does.
	Pending *RequestView
	// Problem is why it cannot be prolonged; nil when it can.
	Problem error
}

// Extension says what a person may ask for a grant, or for the one that follows it. Errors:
// NotFound, Forbidden (not who holds it, and not somebody who may ask for them), Conflict (not
// live).
func (s *Service) Extension(ctx context.Context, user identity.SlackUserID, id GrantID) (x Extension, err error) {
	w, err := s.ready()
	if err != nil {
		return x, err
	}
	who, err := s.Who(ctx, user)
	if err != nil {
		return x, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		g, err := tx.Grant(id)
		if err != nil {
			return err
		}
		old, found, err := lasting(tx, g.Key, s.Now())
		if err != nil {
			return err
		}
		if !found {
			return notLive(g)
		}
		if x.Grant, err = s.grantView(tx, old); err != nil {
			return err
		}
		if x.Since, err = coverSince(tx, old.Key, old.Start); err != nil {
			return err
		}
		r, found, err := prolonging(tx, old.Key)
		if err != nil || !found {
			return err
		}
		v, err := s.requestView(tx, r)
		x.Pending = &v
		return err
	})
	if err != nil {
		return Extension{}, err
	}
	g := x.Grant.Grant
	d, refused := s.decide(w, query(who.Person, g.Key.Person, g.Key.Entitlement(), false, x.Grant.Request.Ticket))
	if refused != nil && who.Person != g.Key.Person {
		return Extension{}, fault.New(fault.Forbidden, "access.Extension", "Only who holds this access can extend it, or somebody whom the policy lets ask for them.", "")
	}
	if x.Problem = refused; x.Problem != nil {
		return x, nil //nolint:nilerr // it is told in x
	}
	x.Terms, x.Latest = d.Terms, x.Since.Add(d.Terms.MaxContinuous)
	left := x.Latest.Sub(g.End)
	if x.Problem = nothingLeft(d.Terms, x.Since, g.End, left); x.Problem != nil {
		return x, nil //nolint:nilerr // likewise
	}
	x.Durations = append(slices.DeleteFunc(slices.Clone(d.Terms.Durations), func(d time.Duration) bool { return d >= left }), left)
	if !d.Terms.Automatic {
		facts := s.Directory.Snapshot()
		x.Approvers = s.humans(w.policy.Approvers(facts, d.Terms, who.Person, g.Key.Person))
		x.Problem = w.policy.Feasible(facts, d.Terms, who.Person, g.Key.Person)
	}
	return x, nil
}

// lasting is the grant of a key that gives access now and ends last.
func lasting(tx Tx, key Key, now time.Time) (g Grant, found bool, err error) {
	live, err := tx.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
	for _, l := range live {
		if !l.ConfirmedAt.IsZero() && now.Before(l.End) && l.End.After(g.End) {
			g, found = l, true
		}
	}
	return g, found, err
}

// notLive is why there is nothing to prolong.
func notLive(g Grant) error {
	const op = "access.notLive"
	if g.State == Ended {
		return fault.New(fault.Conflict, op, "This access has ended, so there is nothing to extend.", "Ask for it again.").In("extends")
	}
	return fault.New(fault.Conflict, op, "This access is not there yet, so it cannot be extended.", "Extend it once it is active.").In("extends")
}

// coverGrants bounds how many grants of a key a cover is looked for in.
const coverGrants = 300

// coverSince is when the unbroken access of a key that lasts until from began; from itself
// when there was none right before it.
func coverSince(tx Tx, key Key, from time.Time) (time.Time, error) {
	grants, err := tx.Grants(GrantFilter{States: []GrantState{Live, Ended}, Key: key, Limit: coverGrants})
	if err != nil {
		return from, err
	}
	for again := true; again; {
		again = false
		for _, g := range grants {
			if !g.ConfirmedAt.IsZero() && g.Start.Before(from) && !g.End.Before(from) {
				from, again = g.Start, true
			}
		}
	}
	return from, nil
}

// nothingLeft refuses an extension for which the continuous maximum leaves no room, and says
// when one may ask anew.
func nothingLeft(t policy.Terms, since, until time.Time, left time.Duration) error {
	if left >= minDuration {
		return nil
	}
	return fault.Newf(fault.Conflict, "access.nothingLeft", "It ends "+moment(until)+"; from then on you can ask for it again.",
		"The rule “%s” allows %s without a break, and this access has been there since %s.", t.Rule, spell(t.MaxContinuous), moment(since)).In("duration")
}

// moment is a time in a text that knows no time zone of its reader.
func moment(t time.Time) string { return t.UTC().Format("Jan 2, 15:04 UTC") }

// prolonging is the pending request that would prolong a key.
func prolonging(tx Tx, key Key) (r Request, found bool, err error) {
	pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}, Person: key.Person})
	for _, p := range pending {
		if p.Receiver.Person == key.Person && slices.Contains(p.Entitlements, key.Entitlement()) {
			return p, true, err
		}
	}
	return Request{}, false, err
}

// extends fills a form that prolongs a grant with what the grant is for; the receiver is who
// holds it.
func (s *Service) extends(ctx context.Context, in *Submission) (holder Actor, err error) {
	const op = "access.Submit"
	if in.Emergency {
		return Actor{}, fault.New(fault.Invalid, op, "An extension is decided like any other request.", "Ask for the emergency on its own.")
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		g, err := tx.Grant(in.Extends)
		if err != nil {
			return err
		}
		in.Entitlements, in.StartAt, holder = []Entitlement{g.Key.Entitlement()}, time.Time{}, g.Holder
		return nil
	})
	return holder, err
}

// roomInCover refuses what would follow without a break on live access of the same key for
// longer than the rule allows.
func (s *Service) roomInCover(b *book, receiver catalog.PersonID, parts []part, in *Submission) error {
	if in.Extends != "" {
		return b.mayProlong(in, parts[0].terms)
	}
	if in.Emergency || !in.StartAt.IsZero() {
		return nil // bounded by itself, and at its start
	}
	for _, p := range parts {
		for _, e := range p.entitlements {
			old, found, err := lasting(b, e.For(receiver), b.now)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			since, err := coverSince(b, old.Key, old.Start)
			if err != nil {
				return err
			}
			if err := nothingLeft(p.terms, since, old.End, since.Add(p.terms.MaxContinuous).Sub(b.now)); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayProlong checks an extension in the transaction that stores it, and names the grant that it
// prolongs: of those of the key, the one that ends last.
func (b *book) mayProlong(in *Submission, t policy.Terms) error {
	g, err := b.Grant(in.Extends)
	if err != nil {
		return err
	}
	old, found, err := lasting(b, g.Key, b.now)
	if err != nil {
		return err
	}
	if !found {
		return notLive(g)
	}
	in.Extends = old.ID
	since, err := coverSince(b, old.Key, old.Start)
	if err != nil {
		return err
	}
	left := since.Add(t.MaxContinuous).Sub(old.End)
	if err := nothingLeft(t, since, old.End, left); err != nil {
		return err
	}
	if in.Duration > left {
		return fault.Newf(fault.Invalid, "access.Submit", fmt.Sprintf("Choose at most %s.", spell(left.Truncate(time.Minute))),
			"The rule “%s” allows %s without a break, which leaves it until %s.", t.Rule, spell(t.MaxContinuous), moment(old.End.Add(left))).In("duration")
	}
	return nil
}

// narrowest is what today's terms leave of the time that a request asks for. An extension is
// bounded by its cover, when it is approved and when it starts.
func (r Request) narrowest(asked time.Duration, today policy.Terms) time.Duration {
	if r.Extends != "" {
		return asked
	}
	return narrowest(asked, today)
}

// prolong grants an extension within the transaction that approves it: from now on, and until
// what was asked for is added to the end of the access. done is false when that has ended
// meanwhile: what was asked for is then an ordinary grant.
func (b *book) prolong(r *Request, by Actor, duration time.Duration) (done bool, err error) {
	key := r.Entitlements[0].For(r.Receiver.Person)
	old, found, err := lasting(b, key, b.now)
	if err != nil || !found {
		return false, err
	}
	since, err := coverSince(b, key, old.Start)
	if err != nil {
		return false, err
	}
	end := old.End.Add(duration)
	if most := since.Add(r.Terms.MaxContinuous); most.Before(end) {
		end = most
	}
	if !end.After(old.End) {
		return true, b.decideRequest(r, Withdrawn, System, fmt.Sprintf("The rule allows %s without a break, and nothing of it is left. The access ends %s as before.", spell(r.Terms.MaxContinuous), moment(old.End)))
	}
	g := Grant{
		ID: GrantID(b.ids.next(b.now)), State: Scheduled, Request: r.ID, Key: key, Holder: r.Receiver, Extends: old.ID,
		Start: b.now, Deadline: b.now.Add(startDeadline), Duration: end.Sub(b.now), End: end,
	}
	if err := b.putGrant(&g, "created", by, ""); err != nil {
		return true, err
	}
	r.Grants = append(r.Grants, g.ID)
	return true, b.decideRequest(r, Approved, by, "")
}

// fitCover shortens a grant that is about to start where it follows on others of its key, to
// what today's terms allow without a break. why is for people when that leaves it nothing to
// give. An emergency is bounded by itself.
func (b *book) fitCover(g *Grant, today policy.Terms) (why string, err error) {
	if today.Emergency {
		return "", nil
	}
	since, err := coverSince(b, g.Key, g.Start)
	if err != nil || !since.Before(g.Start) {
		return "", err
	}
	if most := since.Add(today.MaxContinuous); most.Before(g.End) {
		g.End = most
	}
	before := b.now
	if g.Extends != "" {
		old, found, err := lasting(b, g.Key, b.now)
		if err != nil {
			return "", err
		}
		if found {
			before = old.End
		}
	}
	if !g.End.After(before) {
		return fmt.Sprintf("The rule “%s” allows %s without a break, and nothing of it is left.", today.Rule, spell(today.MaxContinuous)), nil
	}
	g.Duration = min(g.Duration, g.End.Sub(g.Start))
	return "", nil
}

// prolonged reports whether other live access of the key lasts beyond now: then the end of
// one grant is no end for who holds it.
func (b *book) prolonged(key Key, but GrantID) (bool, error) {
	live, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
	for _, g := range live {
		if g.ID != but && !g.ConfirmedAt.IsZero() && b.now.Before(g.End) {
			return true, err
		}
	}
	return false, err
}

// showProlonged refreshes what shows the grants that a grant prolongs: there is one end, and
// they say when it is.
func (b *book) showProlonged(g Grant) error {
	for range coverGrants {
		if g.Extends == "" {
			return nil
		}
		var err error
		if g, err = b.Grant(g.Extends); err != nil {
			return err
		}
		r, err := b.Request(g.Request)
		if err != nil {
			return err
		}
		if err := b.notify(grantNotice(g, r)); err != nil {
			return err
		}
	}
	return nil
}

// withdrawExtension takes back what would prolong a key whose access somebody ends.
func (b *book) withdrawExtension(key Key, by Actor) error {
	r, found, err := prolonging(b, key)
	if err != nil || !found || r.Extends == "" {
		return err
	}
	return b.decideRequest(&r, Withdrawn, System, fmt.Sprintf("%s ended the access that it would have prolonged.", by.Name))
}

// viewProlongs says what a pending extension is about.
func (s *Service) viewProlongs(tx Tx, v *RequestView) error {
	r := v.Request
	if r.State != Pending || r.Extends == "" {
		return nil
	}
	key := r.Entitlements[0].For(r.Receiver.Person)
	old, found, err := lasting(tx, key, s.Now())
	if err != nil || !found {
		return err
	}
	since, err := coverSince(tx, key, old.Start)
	if err != nil {
		return err
	}
	then := old.End.Add(r.Duration)
	if most := since.Add(r.Terms.MaxContinuous); most.Before(then) {
		then = most
	}
	v.Prolongs = &Prolongs{Since: since, Until: old.End, Then: then}
	return nil
}

// wentOn reports whether access that is live now has been there without a break since a grant
// that came to its end.
func wentOn(tx Tx, g Grant, now time.Time) (bool, error) {
	last, found, err := lasting(tx, g.Key, now)
	if err != nil || !found {
		return false, err
	}
	since, err := coverSince(tx, g.Key, last.Start)
	return !since.After(g.Start), err
}
