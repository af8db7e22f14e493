package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// pass lets time go by in small steps while something moves, and looks after each.
func (p *player) pass(d time.Duration) *violation {
	end := time.Now().Add(d)
	for began := time.Now(); ; {
		synctest.Wait()
		if p.fuse.Load().dead() {
			fmt.Fprintf(&p.trace, "%10s  died %s\n", time.Since(p.began).Round(time.Second), p.fuse.Load().name)
			if v := p.restart(p.down); v != nil {
				return v
			}
			synctest.Wait()
		}
		next, v := p.look()
		now := time.Now()
		if v != nil || !now.Before(end) {
			return v
		}
		if now.Sub(began) > 2*time.Minute { // nobody did anything for a while
			next = max(next, 10*time.Second)
		}
		time.Sleep(min(next, time.Until(end)))
	}
}

// state is what one look reads.
type state struct {
	now         time.Time
	requests    map[access.RequestID]access.Request
	grants      []access.Grant
	assignments map[access.Key]access.Assignment
	lines       lines
	cloud       []awssim.AssignmentView
	inFlight    []awssim.OperationView
}

// look states everything that must hold at any moment. next is when to look again.
func (p *player) look() (next time.Duration, v *violation) {
	if v = p.judged(); v != nil {
		return 0, v
	}
	s := state{now: time.Now(), requests: map[access.RequestID]access.Request{}, assignments: map[access.Key]access.Assignment{}}
	err := p.r.db.View(context.Background(), func(tx access.Tx) error {
		requests, err := tx.Requests(access.RequestFilter{})
		if err != nil {
			return err
		}
		for _, q := range requests {
			s.requests[q.ID] = q
		}
		if s.grants, err = tx.Grants(access.GrantFilter{}); err != nil {
			return err
		}
		assignments, err := tx.Assignments(access.AssignmentFilter{})
		if err != nil {
			return err
		}
		for _, a := range assignments {
			s.assignments[a.Key] = a
		}
		s.lines, err = p.read(tx)
		return err
	})
	if err != nil {
		return 0, violated("the store cannot be read", "%v", err)
	}
	s.cloud, s.inFlight = p.r.cloud.Assignments(awssim.AssignmentFilter{}), p.r.cloud.InFlight()
	if len(p.r.cloud.Faults()) > 0 || p.facts.behind.now() || slices.ContainsFunc(s.inFlight, func(o awssim.OperationView) bool { return o.Stuck }) {
		p.sickAt = s.now
	}
	for _, check := range []func(state) *violation{p.checkRequests, p.checkGrants, p.checkEnds, p.checkAWS, p.checkHolds} {
		if v := check(s); v != nil {
			return 0, v
		}
	}
	return p.pace(s), nil
}

// pace is how long nothing is likely to happen.
func (p *player) pace(s state) time.Duration {
	const fine, coarse = 3 * time.Second, time.Minute
	if len(s.inFlight) > 0 {
		return fine
	}
	next := coarse
	for _, g := range s.grants {
		if g.State == access.Ended {
			continue
		}
		if g.State == access.Scheduled || !p.has(s, g.Key) {
			return fine
		}
		next = min(next, max(fine, g.End.Sub(s.now)))
	}
	for _, a := range s.assignments {
		if a.State == access.Creating || a.State == access.Deleting && a.GoneAt.IsZero() {
			return fine
		}
	}
	for _, q := range s.requests {
		if q.State == access.Pending && q.CheckedAt.IsZero() {
			return fine
		}
	}
	return next
}

func (p *player) has(s state, k access.Key) bool {
	return slices.ContainsFunc(s.cloud, func(a awssim.AssignmentView) bool { return keyOf(a) == k })
}

func keyOf(a awssim.AssignmentView) access.Key {
	return access.Key{Person: catalog.PersonID(a.PrincipalID), Account: catalog.AccountID(a.AccountID), Role: catalog.RoleARN(a.PermissionSetARN)}
}

// checkRequests: every record goes back to a form, every review to a press, and what was
// decided is what the model would have decided.
func (p *player) checkRequests(s state) *violation {
	forms := map[string]bool{}
	for id, q := range s.requests {
		i := slices.IndexFunc(p.asked, func(a asked) bool { return a.form == q.FormKey })
		if i < 0 {
			return violated("I7: a request that nobody asked for", "%s", id)
		}
		a := &p.asked[i]
		if forms[q.FormKey] {
			return violated("I7: one form made two requests", "%s", q.FormKey)
		}
		forms[q.FormKey] = true
		if a.id == "" { // the answer was lost, the form was not
			a.id = id
		}
		what := access.Entitlement{Account: a.account, Role: roleARN(a.role)}
		if len(q.Entitlements) != 1 || q.Entitlements[0] != what || q.Duration != granted(q, a.duration) || q.Asker.Person != actorOf(a.who) || q.Receiver != q.Asker {
			return violated("a request is not what was asked for", "%+v", q)
		}
		if p.facts.denied(a.account, q.SubmittedAt) {
			return violated("I8: a request for what was denied", "%s", a.account)
		}
		for _, v := range []*violation{p.checkKept(q), p.checkEmergency(q, *a, s), p.checkEscalation(q, *a, s)} {
			if v != nil {
				return v
			}
		}
		before := p.requests[id]
		if before.state != "" && before.state != access.Pending && (q.State != before.state || len(q.Reviews) != before.reviews) {
			return violated("I7: a request changed after it was decided", "%s → %s", before.state, q.State)
		}
		if before.state == q.State && before.reviews == len(q.Reviews) && q.State != access.Pending {
			continue
		}
		p.requests[id] = seen{q.State, len(q.Reviews)}
		if v := p.checkReviews(q, *a); v != nil {
			return v
		}
		if v := p.checkDecision(q, *a, s); v != nil {
			return v
		}
	}
	return nil
}

func (p *player) checkReviews(q access.Request, a asked) *violation {
	var voted, pressers []identity.SlackUserID
	for _, r := range q.Reviews {
		who, as := userOf(r.By.Person), votesAs(r)
		pressed := slices.ContainsFunc(p.presses, func(x press) bool {
			return x.who == who && x.request == q.ID && x.verdict == r.Verdict && !r.At.Before(x.at) && !r.At.After(x.done)
		})
		switch {
		case !pressed:
			return violated("I7: a review that nobody pressed", "%s %s", who, r.Verdict)
		case who == a.who || as == a.who:
			return violated("I3: who asks decides", "%s for %s", who, as)
		case !p.facts.couldVote(as, a.role, r.At, escalated(q, r.At)):
			return violated("I3: a vote of somebody who may not", "%s %s on %s", as, r.Verdict, a.role)
		case as != who && (!p.facts.couldStand(as, who, r.At) || !p.facts.couldAct(who, r.At) || !p.facts.couldBeNamed(who, r.At)):
			return violated("I3: a vote of somebody who does not stand in", "%s for %s", who, as)
		case (slices.Contains(voted, as) || slices.Contains(pressers, who)) && r.Verdict == access.Approve:
			return violated("I3: one person votes twice", "%s for %s", who, as)
		case r.Verdict == access.Deny && q.State != access.Denied:
			return violated("a deny does not win", "%s", q.State)
		}
		voted, pressers = append(voted, as), append(pressers, who)
	}
	return nil
}

// granted is what a request is for after its reviews, which only ever make it shorter.
func granted(q access.Request, d time.Duration) time.Duration {
	for _, r := range q.Reviews {
		if r.Duration != 0 {
			d = min(d, r.Duration)
		}
	}
	return d
}

func (p *player) checkDecision(q access.Request, a asked, s state) *violation {
	grants := slices.DeleteFunc(slices.Clone(s.grants), func(g access.Grant) bool { return g.Request != q.ID })
	if (len(grants) == 1) != (q.State == access.Approved) || len(grants) > 1 {
		return violated("I3: grants without approval, or approval without grants", "%s with %d", q.State, len(grants))
	}
	byPress := func(who ...identity.SlackUserID) bool {
		return slices.ContainsFunc(p.presses, func(x press) bool {
			return x.verdict == "" && x.request == q.ID && slices.Contains(who, x.who) && !q.DecidedAt.Before(x.at) && !q.DecidedAt.After(x.done)
		})
	}
	switch q.State {
	case access.Pending:
		limit := 8*time.Hour + time.Minute
		if q.CheckedAt.IsZero() {
			limit = 4 * time.Minute
		}
		if s.now.Sub(maxTime(q.SubmittedAt.Add(limit), p.startedAt.Add(2*time.Minute))) > 0 {
			return violated("a request waits for ever", "since %s", s.now.Sub(q.SubmittedAt))
		}
	case access.Approved:
		return p.checkApproval(q, a)
	case access.Denied:
		if !slices.ContainsFunc(q.Reviews, func(r access.Review) bool { return r.Verdict == access.Deny }) {
			return violated("denied by nobody", "%s", q.ID)
		}
	case access.Cancelled:
		if !byPress(a.who, carol) {
			return violated("cancelled by nobody who may", "%s", q.ID)
		}
	case access.Lapsed:
		if q.DecidedAt.Before(q.SubmittedAt.Add(8 * time.Hour)) {
			return violated("lapsed too early", "%s", q.DecidedAt.Sub(q.SubmittedAt))
		}
	case access.Withdrawn:
		if isCapped(q) {
			return p.cappedRightly(q, s)
		}
		if strings.Contains(q.Outcome, "would have prolonged") { // with End now
			if q.Extends == "" || !p.endedWith(q) {
				return violated("an extension was withdrawn that nobody ended", "%s", q.ID)
			}
			break
		}
		if strings.Contains(q.Outcome, "without Stint") { // who stands there already is told so
			if !p.foreignWas(q.Entitlements[0].For(q.Receiver.Person)) {
				return violated("withdrawn for access that nobody gave", "%s", q.ID)
			}
			break
		}
		if p.calm(q.DecidedAt) && p.facts.surelyActs(a.who, q.DecidedAt) && len(p.facts.rules) == 1 && !p.facts.sreChanged() && len(p.gone) == 0 {
			return violated("withdrawn for no reason", "%s", q.Outcome)
		}
	}
	return nil
}

func (f *facts) sreChanged() bool {
	for _, h := range f.sre {
		if len(*h) > 1 {
			return true
		}
	}
	return false
}

// checkApproval is I3 and I8 as the model sees them.
func (p *player) checkApproval(q access.Request, a asked) *violation {
	voters, t := votersOf(q), q.DecidedAt
	switch {
	case q.CheckedAt.IsZero():
		return violated("I3: approved without a check", "%s", q.ID)
	case !p.couldActOn(q, a.who, t):
		return violated("I3: granted to somebody who is not there", "%s", a.who)
	case p.facts.denied(a.account, t):
		return violated("I8: approved under a deny", "%s", a.account)
	case a.role != "ReadOnly" && !a.emergency && !p.facts.complete(a.role, a.who, voters, q.SubmittedAt, t, escalated(q, t)):
		return violated("I3: approved without complete approval", "%s by %v", a.role, voters)
	}
	return nil
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// calm says that nothing was wrong with AWS, Slack and the process for three minutes.
func (p *player) calm(t time.Time) bool {
	return t.Sub(maxTime(p.sickAt, p.awayAt)) > 3*time.Minute && t.Sub(p.startedAt) >= time.Minute && !p.fuse.Load().dead() && p.facts.slack.now()
}
