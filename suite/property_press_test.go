package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// What people do in a script, and what must come of it at once.

func (p *player) newForm(a action) asked {
	return asked{form: fmt.Sprint("form-", len(p.asked)), who: a.Who, account: a.Account, role: a.Role, duration: a.Duration, at: time.Now()}
}

// submit sends a form, perhaps twice.
func (p *player) submit(a action) *violation {
	q := p.newForm(a)
	got, err := p.r.submit(a.Who, a.Account, a.Role, a.Duration, q.form)
	q.done, q.id = time.Now(), got.ID
	if err != nil {
		q.id = ""
	}
	p.asked = append(p.asked, q)
	if v := p.result(err); v != nil {
		return v
	}
	if err == nil && p.facts.denied(a.Account, q.at) {
		return violated("I8: a form is taken under a deny", "%s", a)
	}
	if err == nil && a.Duration > p.facts.longest(a.Role, q.at) {
		return violated("a form for longer than the rule allows", "%s", a)
	}
	if fault.Is(err, fault.Conflict) || errors.Is(err, errCrashed) {
		return nil
	}
	if err != nil && p.mustTake(q) {
		return violated("a form that must be taken is refused", "%s: %v", a, err)
	}
	if p.facts.denied(a.Account, q.at) && p.calm(q.at) {
		if v := p.formRefuses(q); v != nil {
			return v
		}
	}
	if !a.Again || err != nil {
		return nil
	}
	return p.again(got.ID, func() error {
		again, err := p.r.submit(a.Who, a.Account, a.Role, a.Duration, q.form)
		if err == nil && again.ID != got.ID {
			return errTwice
		}
		return err
	})
}

var errTwice = errors.New("the same form made another request")

// mustTake says that nothing speaks against a form: automatic, allowed, by somebody who is
// known to be there.
func (p *player) mustTake(q asked) bool {
	return q.role == "ReadOnly" && p.calm(q.at) && p.facts.surelyActs(q.who, q.at) && !p.gone[actorOf(q.who)] &&
		!p.facts.rules.ever(q.at, q.at, func(r rules) bool { return r.denies(q.account) })
}

// formRefuses is I8 at the form: neither list nor preview offers what is denied.
func (p *player) formRefuses(q asked) *violation {
	ctx := context.Background()
	choices, err := rolesOf(ctx, p.r.svc, actorOf(q.who), q.account)
	if err == nil && choices.Total != 0 {
		return violated("I8: the form offers what is denied", "%d roles", choices.Total)
	}
	preview, err := previewOf(ctx, p.r.svc, actorOf(q.who), q.account, roleARN(q.role))
	if err == nil && preview.Problem == nil {
		return violated("I8: the preview allows what is denied", "%s", q.account)
	}
	return nil
}

// review presses Approve or Deny.
func (p *player) review(a action) *violation {
	q, ok := p.nth(a.Nth)
	if !ok {
		return nil
	}
	before, _, err := p.request(q.id)
	if err != nil {
		return violated("a request is lost", "%v", err)
	}
	vote := func() error {
		at := time.Now()
		in := access.ReviewInput{Request: q.id, User: a.Who, Verdict: a.Verdict, Comment: "so it is"}
		if a.On && a.Verdict == access.Approve {
			in.Duration = least
		}
		_, err := p.r.svc.Review(context.Background(), in)
		p.presses = append(p.presses, press{a.Who, a.Verdict, q.id, at, time.Now()})
		return err
	}
	at := time.Now()
	err = vote()
	if v := p.result(err); v != nil {
		return v
	}
	after, _, rerr := p.request(q.id)
	if rerr != nil {
		return violated("a request is lost", "%v", rerr)
	}
	p.note("%s", after.State)
	open := before.State == access.Pending && !before.CheckedAt.IsZero()
	voters := votersOf(before)
	voted := slices.Contains(voters, a.Who) || slices.ContainsFunc(before.Reviews, func(r access.Review) bool { return userOf(r.By.Person) == a.Who })
	counts := open && !voted && p.mustCount(q, voters, a, at, escalated(before, at))
	switch {
	case p.fuse.Load().dead() || !time.Now().Equal(at):
	case !open && after.State != before.State && before.State != access.Pending:
		return violated("I7: a stale press changes what was decided", "%s → %s", before.State, after.State)
	case open && a.Verdict == access.Approve && p.facts.denied(q.account, at) && after.State == access.Approved:
		return violated("I8: an approval under a deny", "%s", a)
	case open && !voted && err == nil && a.Verdict == access.Approve && p.facts.denied(q.account, at) && after.State != access.Withdrawn:
		return violated("I8: a press under a deny does not withdraw the request", "%s: %s", a, after.State)
	case counts && err != nil:
		return violated("a vote that must count is refused", "%s: %v", a, err)
	case counts && after.Version == before.Version:
		return violated("a vote that must count is lost", "%s", a)
	case open && err == nil && a.Verdict == access.Deny && after.State != access.Denied && !voted:
		return violated("a deny does not win", "%s", after.State)
	}
	if !a.Again || err != nil && !fault.Is(err, fault.Conflict) {
		return nil
	}
	return p.again(q.id, vote)
}

// least is what approvals for less give.
const least = 5 * time.Minute

// votersOf are those whose votes a request has, in order: of a delegate's, the approver's.
func votersOf(q access.Request) (all []identity.SlackUserID) {
	for _, r := range q.Reviews {
		all = append(all, votesAs(r))
	}
	return all
}

// votesAs is whose vote a review is.
func votesAs(r access.Review) identity.SlackUserID {
	if r.For.Person != "" {
		return userOf(r.For.Person)
	}
	return userOf(r.By.Person)
}

// mustCount says that nothing speaks against a vote.
func (p *player) mustCount(q asked, voters []identity.SlackUserID, a action, at time.Time, escalated bool) bool {
	if a.Verdict == access.Approve && !p.facts.helps(q.role, q.who, a.Who, voters, q.at, at, escalated) {
		return false
	}
	return a.Who != q.who && p.calm(at) && p.facts.surelyVotes(a.Who, q.role, at, escalated) && p.facts.surelyActs(q.who, at) &&
		!p.gone[actorOf(a.Who)] && !p.gone[actorOf(q.who)] && !p.facts.rules.ever(at, at, func(r rules) bool { return r.denies(q.account) })
}

// take cancels a request or ends its grant.
func (p *player) take(a action) *violation {
	q, ok := p.nth(a.Nth)
	if !ok {
		return nil
	}
	_, grants, err := p.request(q.id)
	if err != nil {
		return violated("a request is lost", "%v", err)
	}
	ctx := context.Background()
	do := func() error {
		at := time.Now()
		var err error
		switch {
		case a.Kind == doCancel:
			_, err = p.r.svc.Cancel(ctx, q.id, a.Who)
		case len(grants) > 0:
			_, err = p.r.svc.EndGrant(ctx, grants[0].ID, a.Who)
		}
		p.presses = append(p.presses, press{a.Who, "", q.id, at, time.Now()})
		return err
	}
	err = do()
	if v := p.result(err); v != nil {
		return v
	}
	if err == nil && a.Who != q.who && a.Who != carol && (a.Kind == doCancel || len(grants) > 0) {
		return violated("somebody else cancels or ends it", "%s", a)
	}
	if err == nil && a.Kind == doEnd && len(grants) > 0 {
		if _, now, err := p.request(q.id); err == nil && now[0].State != access.Ended {
			return violated("end now does not end", "%s", now[0].State)
		}
	}
	if !a.Again || err != nil && !fault.Is(err, fault.Conflict) {
		return nil
	}
	return p.again(q.id, do)
}

// again is I7: what was done is done once more, and nothing changes.
func (p *player) again(id access.RequestID, do func() error) *violation {
	synctest.Wait() // what the first time set off comes to rest
	at := time.Now()
	before := p.digest(id)
	err := do()
	if errors.Is(err, errTwice) {
		return violated("I7: the same form made two requests", "%s", id)
	}
	if after := p.digest(id); at.Equal(time.Now()) && !p.fuse.Load().dead() && before != after {
		return violated("I7: a repeated press changes something", "%s\nbefore %s\nafter  %s", id, before, after)
	}
	return nil
}

// digest is everything that a press about the request could change.
func (p *player) digest(id access.RequestID) string {
	q, grants, err := p.request(id)
	if err != nil {
		return err.Error()
	}
	all := 0
	err = p.r.db.View(context.Background(), func(tx access.Tx) error {
		requests, err := tx.Requests(access.RequestFilter{})
		all = len(requests)
		return err
	})
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal([]any{q, grants, all})
	if err != nil {
		return err.Error()
	}
	return string(text)
}
