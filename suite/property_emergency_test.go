package suite

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// Emergencies, the look back at them, and requests that go to others too, as the rig's policy
// has them once scripts play by it.

const (
	emergencyMost  = 30 * time.Minute
	emergencyADay  = 2
	debriefWithin  = 15 * time.Minute // of the latest end
	escalatesAfter = 20 * time.Minute // of the check
)

// widerRules is what the rule “admin” has besides in scripts.
const widerRules = `
    escalate: { after: 20m, to: [security] }
    emergency: { requesters: all, max_duration: 30m, min_reason: 20, per_day: 2, notify: approvals, debrief_by: [security], debrief_within: 15m }`

// lookedBack is an outcome of a look back that the script gave.
type lookedBack struct {
	who       identity.SlackUserID
	request   access.RequestID
	justified bool
	at, done  time.Time
}

// emergency asks for access at once.
func (p *player) emergency(a action) *violation {
	q := p.newForm(a)
	q.emergency = true
	send := func() (access.Request, error) {
		return p.r.svc.Submit(context.Background(), access.Submission{
			FormKey: q.form, User: a.Who, Entitlements: []access.Entitlement{access.RoleIn(a.Account, roleARN(a.Role))},
			Duration: a.Duration, Reason: emergencyReason, Emergency: true,
		})
	}
	used := p.used(a.Who, q.at)
	got, err := send()
	q.done, q.id = time.Now(), got.ID
	if err != nil {
		q.id = ""
	}
	p.asked = append(p.asked, q)
	if v := p.result(err); v != nil {
		return v
	}
	var refused *fault.Error
	full := errors.As(err, &refused) && refused.Field == "emergency" && refused.Code == fault.Conflict
	may := a.Role == "AdministratorAccess" && a.Duration <= emergencyMost && p.calm(q.at) && p.facts.surelyActs(a.Who, q.at) && !p.gone[actorOf(a.Who)] &&
		!p.facts.rules.ever(q.at, q.at, func(r rules) bool { return r.denies(a.Account) })
	switch {
	case err == nil && p.facts.denied(a.Account, q.at):
		return violated("I8: an emergency is taken under a deny", "%s", a)
	case err == nil && a.Role != "AdministratorAccess":
		return violated("an emergency that no rule has", "%s", a)
	case err == nil && a.Duration > emergencyMost:
		return violated("an emergency for longer than the rule allows", "%s", a)
	case err == nil && used >= emergencyADay && !p.fuse.Load().dead():
		return violated("more emergencies than a day has", "%s: %d were used", a, used)
	case full && used < emergencyADay:
		return violated("an emergency that is left is refused", "%s: %d were used", a, used)
	case err != nil && !fault.Is(err, fault.Conflict) && !errors.Is(err, errCrashed) && may:
		return violated("an emergency that must be taken is refused", "%s: %v", a, err)
	}
	if !a.Again || err != nil {
		return nil
	}
	return p.again(got.ID, func() error {
		again, err := send()
		if err == nil && again.ID != got.ID {
			return errTwice
		}
		return err
	})
}

// used counts the emergencies of a person that were given, or wait to be, in the 24 hours up
// to t.
func (p *player) used(u identity.SlackUserID, t time.Time) (n int) {
	for _, a := range p.asked {
		if !a.emergency || a.who != u || a.id == "" {
			continue
		}
		q, _, err := p.request(a.id)
		at := maxTime(q.SubmittedAt, q.DecidedAt)
		if err == nil && (q.State == access.Approved || q.State == access.Pending) && at.After(t.Add(-24*time.Hour)) {
			n++
		}
	}
	return n
}

// lookBack says what somebody found about an emergency.
func (p *player) lookBack(a action) *violation {
	q, ok := p.nth(a.Nth)
	if !ok {
		return nil
	}
	before, _, err := p.request(q.id)
	if err != nil {
		return violated("a request is lost", "%v", err)
	}
	say := func() error {
		at := time.Now()
		err := p.r.debrief(a.Who, q.id, a.On, "looked at it")
		p.looks = append(p.looks, lookedBack{a.Who, q.id, a.On, at, time.Now()})
		return err
	}
	at := time.Now()
	err = say()
	if v := p.result(err); v != nil {
		return v
	}
	after, _, rerr := p.request(q.id)
	switch {
	case rerr != nil:
		return violated("a request is lost", "%v", rerr)
	case err == nil && before.Debrief == nil:
		return violated("a look back at what was no emergency", "%s", a)
	case err == nil && a.Who == q.who:
		return violated("I3: somebody looks back at their own emergency", "%s", a)
	case p.fuse.Load().dead() || !time.Now().Equal(at):
		return nil
	case err == nil && after.Debrief.Open():
		return violated("a look back is lost", "%s", a)
	case err != nil && before.Debrief.Open() && a.Who == dana && q.who != dana && p.calm(at) && p.facts.surelyActs(dana, at) && !p.gone[actorOf(dana)]:
		return violated("a look back by who is named is refused", "%s: %v", a, err)
	}
	if !a.Again || err != nil {
		return nil
	}
	return p.again(q.id, say)
}

// checkEmergency: only what was asked for as one is one; no more of them than a day has; and
// each has its look back, which stays open until somebody who may has done it.
func (p *player) checkEmergency(q access.Request, a asked, s state) *violation {
	if q.Terms.Emergency != a.emergency {
		return violated("I3: an emergency that nobody asked for, or an ordinary request of one", "%s", q.ID)
	}
	d := q.Debrief
	if !q.Terms.Emergency || q.State != access.Approved {
		if d != nil {
			return violated("a look back at what gave no emergency access", "%s %s", q.State, q.ID)
		}
		return nil
	}
	given := 0
	for _, other := range s.requests {
		if other.Terms.Emergency && other.State == access.Approved && other.Asker.Person == q.Asker.Person && !other.DecidedAt.After(q.DecidedAt) && other.DecidedAt.After(q.DecidedAt.Add(-24*time.Hour)) {
			given++
		}
	}
	switch {
	case given > emergencyADay:
		return violated("more emergencies are given than a day has", "%d", given)
	case a.role != "AdministratorAccess" || q.Duration > emergencyMost:
		return violated("an emergency is more than the rule allows", "%s for %s", a.role, q.Duration)
	case d == nil:
		return violated("nobody is asked to look back at an emergency", "%s", q.ID)
	case d.Due.Before(q.DecidedAt.Add(q.Duration + debriefWithin)):
		return violated("a look back is due before its time", "%s after the approval", d.Due.Sub(q.DecidedAt))
	case d.Open() && d.OverdueAt.IsZero() && s.now.Sub(maxTime(d.Due, p.startedAt.Add(2*time.Minute))) > time.Minute:
		return violated("nobody hears that a look back is overdue", "since %s", s.now.Sub(d.Due))
	case d.Open():
		return nil
	}
	who := userOf(d.By.Person)
	said := slices.ContainsFunc(p.looks, func(x lookedBack) bool {
		return x.who == who && x.request == q.ID && x.justified == d.Justified && !d.ClosedAt.Before(x.at) && !d.ClosedAt.After(x.done)
	})
	switch {
	case !said:
		return violated("a look back is closed by nobody", "%s", q.ID)
	case who == a.who:
		return violated("I3: somebody looks back at their own emergency", "%s", who)
	case who != dana && (who != carol || d.OverdueAt.IsZero() || d.OverdueAt.After(d.ClosedAt)):
		return violated("a look back by somebody who may not", "%s", who)
	case !p.facts.couldAct(who, d.ClosedAt):
		return violated("a look back by somebody who is not there", "%s", who)
	}
	return nil
}

// checkKept: what was decided stays; terms never change, and of a look back that is done nothing.
func (p *player) checkKept(q access.Request) *violation {
	terms, err := json.Marshal(q.Terms)
	if err != nil {
		return violated("the rig", "%v", err)
	}
	kept := p.kept[q.ID]
	if kept.terms != "" && kept.terms != string(terms) {
		return violated("the terms of a request changed", "%s\nbefore %s\nafter  %s", q.ID, kept.terms, terms)
	}
	kept.terms = string(terms)
	if q.Debrief != nil && !q.Debrief.Open() {
		outcome, err := json.Marshal(q.Debrief)
		if err != nil {
			return violated("the rig", "%v", err)
		}
		if kept.debrief != "" && kept.debrief != string(outcome) {
			return violated("a look back changed after it was done", "%s", q.ID)
		}
		kept.debrief = string(outcome)
	} else if kept.debrief != "" {
		return violated("a look back changed after it was done", "%s is open", q.ID)
	}
	p.kept[q.ID] = kept
	return nil
}

// kept is what must not change of a request once it is there.
type kept struct{ terms, debrief string }

// checkEscalation: it goes to others when its rule says, not before, and not late.
func (p *player) checkEscalation(q access.Request, a asked, s state) *violation {
	due := q.CheckedAt.Add(escalatesAfter)
	switch {
	case !q.EscalatedAt.IsZero() && (a.role != "AdministratorAccess" || q.Terms.Emergency || q.CheckedAt.IsZero() || q.EscalatedAt.Before(due)):
		return violated("I3: a request goes to others before its time", "%s after its check", q.EscalatedAt.Sub(q.CheckedAt))
	case q.State == access.Pending && q.EscalatedAt.IsZero() && a.role == "AdministratorAccess" && !q.CheckedAt.IsZero() && s.now.Sub(maxTime(due, p.startedAt.Add(2*time.Minute))) > time.Minute:
		return violated("a request does not go to others", "since %s", s.now.Sub(due))
	}
	return nil
}

// escalated says whether a request had gone to others by t.
func escalated(q access.Request, t time.Time) bool {
	return !q.EscalatedAt.IsZero() && !t.Before(q.EscalatedAt)
}

// couldActOn is couldAct for a request: of an emergency that went by old facts of Slack, those
// of the last day count.
func (p *player) couldActOn(q access.Request, u identity.SlackUserID, t time.Time) bool {
	if q.FactsAt.IsZero() || !q.Terms.Emergency {
		return p.facts.couldAct(u, t)
	}
	return p.facts.slack.ever(t.Add(-factsAge), t, no) && p.facts.active[u].ever(t.Add(-24*time.Hour), t, yes) && p.facts.enabled[u].ever(t.Add(-factsAge), t, yes)
}

// cappedRightly: an emergency that waited is withdrawn for its number only when there were as
// many.
func (p *player) cappedRightly(q access.Request, s state) *violation {
	n := 0
	for _, other := range s.requests {
		if other.ID != q.ID && other.Terms.Emergency && other.State == access.Approved && other.Asker.Person == q.Asker.Person {
			n++
		}
	}
	if n < emergencyADay {
		return violated("an emergency that is left is refused", "%d were given: %s", n, q.Outcome)
	}
	return nil
}

func isCapped(q access.Request) bool {
	return q.Terms.Emergency && strings.Contains(q.Outcome, "emergencies a person in 24 hours")
}

// debriefsListed: the open ones, and no others, are what the admins' list is made from.
func (p *player) debriefsListed() *violation {
	return p.inStore(func(tx access.Tx) *violation {
		all, err := tx.Requests(access.RequestFilter{})
		if err != nil {
			return violated("the store cannot be read", "%v", err)
		}
		listed, err := tx.Requests(access.RequestFilter{Debrief: true})
		if err != nil {
			return violated("the store cannot be read", "%v", err)
		}
		for _, q := range all {
			if in := slices.ContainsFunc(listed, func(l access.Request) bool { return l.ID == q.ID }); in != q.Debrief.Open() {
				return violated("the list of open look backs is wrong", "%s: listed %v", q.ID, in)
			}
		}
		return nil
	})
}

func (p *player) inStore(fn func(access.Tx) *violation) (v *violation) {
	if err := p.r.db.View(context.Background(), func(tx access.Tx) error { v = fn(tx); return nil }); err != nil {
		return violated("the store cannot be read", "%v", err)
	}
	return v
}
