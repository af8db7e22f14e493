package suite

import (
	"context"
	"encoding/json"
	"time"

	"stint/access"
	"stint/access/identity"
)

// What those who decide do besides deciding. Claims and replies decide nothing, and a
// delegate has no more than the approver who let them stand in.

// stands is a delegation as far as somebody with a calendar knows it.
type stands struct {
	by, to      identity.SlackUserID
	from, until time.Time // of a delegation that was ended: when that was begun
}

// couldStand says whether to could have stood in for by at t.
func (f *facts) couldStand(by, to identity.SlackUserID, t time.Time) bool {
	for _, s := range f.stands {
		if s.by == by && s.to == to && !t.Before(s.from) && !t.After(s.until) {
			return true
		}
	}
	return false
}

// couldBeNamed says whether the policy names the person in any set.
func (f *facts) couldBeNamed(u identity.SlackUserID, t time.Time) bool {
	return u == dana || f.couldBeSRE(u, t)
}

// delegate lets somebody stand in for an hour, or ends what somebody gave.
func (p *player) delegate(a action) *violation {
	ctx, at := context.Background(), time.Now()
	if a.On {
		_, err := p.r.svc.Delegate(ctx, a.Who, access.DelegationInput{To: a.To, Until: at.Add(time.Hour)})
		if err == nil || p.fuse.Load().dead() { // stored, or perhaps
			p.facts.stands = append(p.facts.stands, stands{a.Who, a.To, at, at.Add(time.Hour)})
		}
		if err == nil && (a.Who == a.To || !p.facts.couldBeNamed(a.To, time.Now())) {
			return violated("somebody stands in who may not", "%s", a)
		}
		return p.result(err)
	}
	v, err := p.r.svc.Delegations(ctx, a.Who)
	for _, d := range v.Mine {
		if err = p.r.svc.EndDelegation(ctx, a.Who, d.ID); err != nil {
			break
		}
		for i, s := range p.facts.stands {
			if s.by == userOf(d.By.Person) && s.to == userOf(d.To.Person) && s.until.After(time.Now()) {
				p.facts.stands[i].until = time.Now()
			}
		}
	}
	return p.result(err)
}

// talk claims, hands over or says something about a request: nothing else of it changes.
func (p *player) talk(a action) *violation {
	q, ok := p.nth(a.Nth)
	if !ok {
		return nil
	}
	before, err := p.decided(q.id)
	if err != nil {
		return violated("a request is lost", "%v", err)
	}
	at, ctx := time.Now(), context.Background()
	switch {
	case a.Kind == doReply:
		_, err = p.r.svc.Reply(ctx, a.Who, q.id, "how is it")
	case a.On:
		_, err = p.r.svc.Claim(ctx, a.Who, q.id)
	default:
		_, err = p.r.svc.HandOver(ctx, a.Who, q.id, a.To)
	}
	if v := p.result(err); v != nil {
		return v
	}
	after, rerr := p.decided(q.id)
	switch {
	case rerr != nil:
		return violated("a request is lost", "%v", rerr)
	case a.Kind == doClaim && err == nil && (a.Who == q.who || !a.On && a.To == q.who):
		return violated("who asks claims what they asked for", "%s", a)
	case time.Now().Equal(at) && !p.fuse.Load().dead() && before != after:
		return violated("what decides nothing changed a request", "%s\nbefore %s\nafter  %s", a, before, after)
	}
	return nil
}

// decided is a request without what only informs.
func (p *player) decided(id access.RequestID) (string, error) {
	r, grants, err := p.request(id)
	if err != nil {
		return "", err
	}
	r.Version, r.Claim, r.Replies = 0, nil, nil
	text, err := json.Marshal([]any{r, grants})
	return string(text), err
}
