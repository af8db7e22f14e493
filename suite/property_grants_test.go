package suite

import (
	"context"
	"time"

	"stint/access"
	"stint/access/catalog"
)

const startDeadline = 10 * time.Minute // from the design: the end counts from at most this long after the approval

// checkGrants: ends are on disk, never move later, and are no later than asked for and
// allowed; an ended grant stays ended.
func (p *player) checkGrants(s state) *violation {
	for _, g := range s.grants {
		q := s.requests[g.Request]
		role := roleOf(g.Key.Role)
		end, known := p.ends[g.ID]
		switch {
		case q.State != access.Approved:
			return violated("I3: a grant of a request that is not approved", "%s", q.State)
		case g.Key.Person != q.Asker.Person || g.Key.Entitlement() != q.Entitlements[0]:
			return violated("I3: a grant of something else", "%s", g.Key)
		case g.End.IsZero():
			return violated("a grant without an end", "%s", g.ID)
		case known && g.End.After(end):
			return violated("I2: an end moved later", "by %s", g.End.Sub(end))
		case g.Extends != "":
			if v := p.checkExtension(g, q, s); v != nil {
				return v
			}
		case g.End.After(q.DecidedAt.Add(q.Duration + startDeadline)):
			return violated("I2: a grant ends later than was decided", "by %s", g.End.Sub(q.DecidedAt.Add(q.Duration)))
		case g.Duration > q.Duration || !q.Terms.Emergency && g.Duration > p.facts.longest(role, q.DecidedAt):
			return violated("I8: a grant is longer than the rules allowed", "%s of %s", g.Duration, role)
		case g.State == access.Live && !q.Terms.Emergency && g.Duration > p.facts.longest(role, s.lines.live[g.ID]):
			return violated("I8: a grant is longer than the rules allowed at its start", "%s of %s", g.Duration, role)
		case !g.ConfirmedAt.IsZero() && g.State != access.Ended && g.End.After(g.ConfirmedAt.Add(g.Duration)):
			return violated("I2: the end did not move when AWS confirmed", "%s", g.End.Sub(g.ConfirmedAt.Add(g.Duration)))
		case p.ended[g.ID] && g.State != access.Ended:
			return violated("an ended grant came back", "%s", g.State)
		case g.State != access.Ended && s.now.Sub(maxTime(g.End, p.startedAt)) > time.Minute:
			return violated("I2: a grant outlives its end", "%s since %s", g.State, s.now.Sub(g.End))
		case g.State == access.Scheduled && s.now.Sub(maxTime(g.Deadline, p.startedAt)) > time.Minute:
			return violated("a grant waits for ever for its start", "%s", g.ID)
		}
		p.ends[g.ID] = g.End
	}
	return nil
}

// checkEnds: a grant ends for the reason it says, and ends when there is a reason.
func (p *player) checkEnds(s state) *violation {
	for _, g := range s.grants {
		u := userOf(g.Key.Person)
		if g.State != access.Ended {
			closed := p.facts.rules.now().denies(g.Key.Account) && s.now.Sub(maxTime(p.facts.rules.since(), p.startedAt)) > 5*time.Second
			left := p.gone[g.Key.Person] && s.now.Sub(maxTime(p.goneAt, p.startedAt)) > 5*time.Second
			if !p.massEnd && (closed || left) {
				return violated("I8: a grant outlives a deny or its person", "%s %s, closed %v, left %v", g.State, g.Key, closed, left)
			}
			continue
		}
		if p.ended[g.ID] {
			continue
		}
		p.ended[g.ID] = true
		q := s.requests[g.Request]
		quiet := g.EndedAt.Sub(maxTime(q.DecidedAt, p.sickAt)) > 0 && p.sickAt.Before(q.DecidedAt.Add(-time.Minute)) // AWS and the process were well all the time
		wrong := false
		switch g.EndReason {
		case access.EndExpired:
			wrong = g.EndedAt.Before(p.r.confirmedEnd(g))
		case access.EndEarly:
			wrong = !p.pressedEnd(g)
		case access.EndDenied:
			wrong = !p.facts.rules.ever(g.EndedAt, g.EndedAt, func(r rules) bool { return r.denies(g.Key.Account) })
		case access.EndOffboarded:
			wrong = !p.facts.active[u].ever(q.SubmittedAt, g.EndedAt, no) && !p.facts.enabled[u].ever(p.began, g.EndedAt, no)
		case access.EndAlreadyHas:
			wrong = !p.foreignWas(g.Key)
		case access.EndFailed:
			wrong = quiet && p.missing[g.Key] == nil
		case access.EndRemovedOutside: // seen missing twice, a minute apart
			gone := p.missing[g.Key]
			wrong = gone == nil || gone.ever(g.EndedAt.Add(-time.Minute), g.EndedAt, no) || gone.since().After(g.EndedAt.Add(-time.Minute))
		case access.EndRefused, access.EndUnchecked:
			wrong = quiet && len(p.facts.rules) == 1 && len(p.facts.slack) == 1 && !p.facts.sreChanged() && p.facts.surelyActs(u, g.EndedAt)
		default:
			wrong = true
		}
		if wrong {
			return violated("a grant ended for a reason that is not so: "+string(g.EndReason), "%s %s", g.Key, g.EndNote)
		}
	}
	return nil
}

// confirmedEnd is when the grant could expire at the earliest.
func (r *rig) confirmedEnd(g access.Grant) time.Time { return g.Start.Add(g.Duration) }

func (p *player) pressedEnd(g access.Grant) bool {
	for _, x := range p.presses {
		of, _, err := p.request(x.request)
		if err == nil && x.verdict == "" && of.Asker.Person == g.Key.Person && of.Entitlements[0] == g.Key.Entitlement() &&
			(x.who == userOf(g.Key.Person) || x.who == carol) && !g.EndedAt.Before(x.at) && !g.EndedAt.After(x.done) {
			return true
		}
	}
	return false
}

func (p *player) foreignWas(k access.Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, was := p.foreignLag[k]
	return was
}

// hits counts the live grants that a policy and the people who are gone would end.
func (p *player) hits(r rules, gone map[catalog.PersonID]bool) (n int) {
	if p.r.db == nil {
		return 0
	}
	_ = p.r.db.View(context.Background(), func(tx access.Tx) error { // a closed store has none to tell of
		grants, err := tx.Grants(access.GrantFilter{States: []access.GrantState{access.Live, access.Scheduled}})
		for _, g := range grants {
			if r.denies(g.Key.Account) || gone[g.Key.Person] {
				n++
			}
		}
		return err
	})
	return n
}

// checkAWS is I1 and I2 against what AWS really holds, without any lag.
func (p *player) checkAWS(s state) *violation {
	for _, a := range s.cloud {
		if a.CreatedBy == "" {
			continue // somebody else's: the wire judges what is done to it
		}
		k := keyOf(a)
		record := s.assignments[k]
		var last time.Time
		wanted, ours := false, false
		for _, g := range s.grants {
			if g.Key != k {
				continue
			}
			ours = true
			wanted = wanted || g.State == access.Live && g.End.After(s.now)
			last = maxTime(last, g.End)
		}
		switch {
		case !ours:
			return violated("I1: AWS holds what nobody was granted", "%s", k)
		case record.State == "" || record.State == access.Absent:
			return violated("I1: AWS holds it and the record is absent", "%s", k)
		case wanted:
			continue
		}
		limit := p.mustBeGone(s, k, last)
		if s.now.After(limit) {
			return violated("I2: AWS holds it too long after its last end", "%s, %s after the end, %s after AWS was well, %s: %s", k, s.now.Sub(last), s.now.Sub(p.sickAt), record.State, record.LastError)
		}
		if record.State != access.Deleting && s.now.Sub(maxTime(last, p.sickAt)) > 75*time.Second {
			return violated("I1: AWS holds it, no live grant wants it and it is not being deleted", "%s is %s", k, record.State)
		}
	}
	return nil
}

// mustBeGone is I2: 60 s and AWS's own time after the last end, or after AWS was well again.
func (p *player) mustBeGone(s state, k access.Key, end time.Time) time.Time {
	p.mu.Lock()
	landed, late := p.landedAt[k]
	p.mu.Unlock()
	if late { // found by the looks 1, 6 and 20 minutes after the end
		return maxTime(maxTime(end.Add(20*time.Minute), landed), p.sickAt).Add(4 * time.Minute)
	}
	awsTime := 10 * time.Second
	for _, o := range p.r.cloud.Operations(20) { // AWS works on one at a time in an account
		if o.AccountID == string(k.Account) && (o.Ended.IsZero() || o.Ended.After(end)) {
			awsTime += 8 * time.Second
		}
	}
	if p.sickAt.Add(time.Minute).After(end) {
		return maxTime(end, p.sickAt).Add(150*time.Second + awsTime)
	}
	return end.Add(time.Minute + awsTime)
}

// checkHolds: who has a live grant gets it, unless something is wrong.
func (p *player) checkHolds(s state) *violation {
	for _, g := range s.grants {
		since := s.lines.live[g.ID]
		if g.State != access.Live || !p.calm(s.now) || s.now.Sub(since) < 4*time.Minute || !s.now.Before(g.End) || p.missing[g.Key] != nil {
			continue
		}
		if p.has(s, g.Key) {
			continue
		}
		p.mu.Lock()
		_, late := p.landedAt[g.Key]
		p.mu.Unlock()
		if !late {
			return violated("a live grant that AWS does not hold", "%s for %s, %s: %s", g.Key, s.now.Sub(since), s.assignments[g.Key].State, s.assignments[g.Key].LastError)
		}
	}
	return nil
}
