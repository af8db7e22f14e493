package suite

import (
	"errors"
	"fmt"
	"time"

	"stint/access"
	"stint/access/fault"
)

// mostAtAStretch is what the rig's policy allows without a break.
const mostAtAStretch = 24 * time.Hour

// extend asks for more of what a request gave.
func (p *player) extend(a action) *violation {
	of, ok := p.nth(a.Nth)
	if !ok {
		return nil
	}
	_, grants, err := p.request(of.id)
	if err != nil {
		return violated("a request is lost", "%v", err)
	}
	if len(grants) == 0 {
		return nil
	}
	q := asked{form: fmt.Sprint("form-", len(p.asked)), who: a.Who, account: of.account, role: of.role, duration: a.Duration, at: time.Now()}
	got, err := p.r.extend(a.Who, grants[0].ID, a.Duration, q.form)
	q.done, q.id = time.Now(), got.ID
	if err != nil {
		q.id = ""
	}
	p.asked = append(p.asked, q)
	if v := p.result(err); v != nil {
		return v
	}
	if err == nil && (a.Who != of.who || got.Extends == "") {
		return violated("somebody extends what is not theirs", "%s: %q", a, got.Extends)
	}
	if err == nil && p.facts.denied(of.account, q.at) {
		return violated("I8: an extension is taken under a deny", "%s", a)
	}
	if !a.Again || err != nil && (!fault.Is(err, fault.Conflict) || errors.Is(err, errCrashed)) || got.ID == "" {
		return nil
	}
	return p.again(got.ID, func() error {
		again, err := p.r.extend(a.Who, grants[0].ID, a.Duration, q.form)
		if err == nil && again.ID != got.ID {
			return errTwice
		}
		return err
	})
}

// checkExtension: it begins when it is approved, adds no more than was asked for to a grant of
// the same key, and stays within what the rule allows without a break.
func (p *player) checkExtension(g access.Grant, q access.Request, s state) *violation {
	var old access.Grant
	for _, other := range s.grants {
		if other.ID == g.Extends {
			old = other
		}
	}
	expired := old.EndReason == "" || old.EndReason == access.EndExpired
	switch {
	case old.Key != g.Key || old.ConfirmedAt.IsZero() || q.Extends == "":
		return violated("an extension of something else", "%s extends %q", g.ID, g.Extends)
	case !g.Start.Equal(q.DecidedAt):
		return violated("an extension begins later than its approval", "by %s", g.Start.Sub(q.DecidedAt))
	case expired && g.End.After(old.End.Add(q.Duration)):
		return violated("I2: an extension adds more than was asked for", "%s", g.End.Sub(old.End)-q.Duration)
	case g.End.Sub(g.Start) > mostAtAStretch || g.Duration > mostAtAStretch:
		return violated("I8: an extension is longer than the rule allows without a break", "%s", g.Duration)
	case p.ended[g.ID] && g.State != access.Ended:
		return violated("an ended grant came back", "%s", g.State)
	case g.State != access.Ended && s.now.Sub(maxTime(g.End, p.startedAt)) > time.Minute:
		return violated("I2: a grant outlives its end", "%s since %s", g.State, s.now.Sub(g.End))
	case g.State == access.Scheduled && s.now.Sub(maxTime(g.Deadline, p.startedAt)) > time.Minute:
		return violated("a grant waits for ever for its start", "%s", g.ID)
	}
	return nil
}

// endedWith reports whether somebody pressed End now for what an extension would prolong when
// it was withdrawn.
func (p *player) endedWith(q access.Request) bool {
	key := q.Entitlements[0].For(q.Receiver.Person)
	return p.pressedEnd(access.Grant{Key: key, EndedAt: q.DecidedAt})
}
