package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// violation is one promise that was broken. The rule is always the same text, so that a
// script can be made shorter as long as it breaks the same one; the detail is of this run.
type violation struct{ rule, detail string }

func violated(rule, detail string, args ...any) *violation {
	return &violation{rule, fmt.Sprintf(detail, args...)}
}

// player plays a script on a rig and watches.
type player struct {
	r     *rig
	facts *facts
	began time.Time
	fuse  atomic.Pointer[fuse]
	group sync.WaitGroup // creates that are late
	trace strings.Builder

	asked   []asked // forms, oldest first
	presses []press
	looks   []lookedBack

	lag       time.Duration
	down      time.Duration // of the kill that is armed
	comesWith *rules        // the policy that it comes back with
	sickAt    time.Time     // AWS misbehaved last, or the process was down
	awayAt    time.Time     // Slack did
	startedAt time.Time
	massEnd   bool                          // more than five grants would have ended at once: an admin decides
	gone      map[catalog.PersonID]bool     // disabled when the catalog was read last
	goneAt    time.Time                     // when that was
	requests  map[access.RequestID]seen     // as they were seen last
	ends      map[access.GrantID]time.Time  // and the ends of grants
	ended     map[access.GrantID]bool       // grants that were judged when they ended
	missing   map[access.Key]*history[bool] // removed by somebody else, while true
	kept      map[access.RequestID]kept     // what must not change

	mu         sync.Mutex
	lines      lines
	late       time.Duration // the next create is late by this
	landedAt   map[access.Key]time.Time
	foreignLag map[access.Key]time.Duration
	judgements []func() *violation
}

// seen is what is remembered of a request.
type seen struct {
	state   access.RequestState
	reviews int
}

// play plays a script in a bubble of its own, heals the world, and judges what is left.
func play(t *testing.T, e engine, script []action) (v *violation, trace string) {
	open := e.empty(t)
	synctestRun(t, func(t *testing.T) {
		p := newPlayer(t, open)
		if v = p.start(); v == nil {
			v = p.script(script)
		}
		if v == nil {
			v = p.finish()
		}
		p.r.cloud.ClearFaults()
		p.halt()
		p.group.Wait()
		trace = p.trace.String()
	})
	return v, trace
}

func newPlayer(t *testing.T, open func() (keptStore, error)) *player {
	p := &player{
		facts: newFacts(), began: time.Now(), gone: map[catalog.PersonID]bool{},
		requests: map[access.RequestID]seen{}, ends: map[access.GrantID]time.Time{}, ended: map[access.GrantID]bool{}, missing: map[access.Key]*history[bool]{}, kept: map[access.RequestID]kept{},
		lines:    lines{state: map[access.Key]access.AssignmentState{}, intent: map[access.Key]time.Time{}, live: map[access.GrantID]time.Time{}},
		landedAt: map[access.Key]time.Time{}, foreignLag: map[access.Key]time.Duration{},
	}
	p.fuse.Store(newFuse(0))
	p.r = newRig(t, func(r *rig, cfg *awssim.Config) {
		cfg.Intercept = func(c awssim.Call, after bool) error { return p.fuse.Load().intercept(c, after) }
		r.wrap = func(s access.Store) access.Store { return fused{s, p.fuse.Load()} }
		r.transport = func(next http.RoundTripper) http.RoundTripper { return wire{p, next} }
		r.open = open
		r.policy = firstRules.text()
	})
	return p
}

func (p *player) start() *violation {
	if err := p.r.tryStart(); err != nil {
		return violated("it does not start", "%v", err)
	}
	p.startedAt = time.Now()
	pass(time.Minute) // members of the sets are read in the background
	return nil
}

// halt stops the process, dead or alive.
func (p *player) halt() {
	if p.r.stopped == nil {
		return
	}
	p.r.cancel()
	<-p.r.stopped
	p.r.dir.Close()
	_ = p.r.db.Close() // nothing is lost: whatever was committed is in the store
}

// restart brings a process back after a while.
func (p *player) restart(down time.Duration) *violation {
	p.halt()
	time.Sleep(down)
	p.setSlack(true) // without Slack it cannot read the policy's names
	p.fuse.Store(newFuse(0))
	p.r.policy = p.facts.rules.now().text()
	hits := p.hits(p.facts.rules.now(), p.gone)
	if p.comesWith != nil {
		p.r.policy = p.comesWith.text()
		hits = p.hits(*p.comesWith, p.gone)
	}
	p.massEnd = p.massEnd || hits > 5
	if err := p.r.tryStart(); err != nil {
		return violated("it does not start again", "%v", err)
	}
	if p.comesWith != nil {
		p.facts.rules.set(*p.comesWith)
		p.comesWith = nil
	}
	p.startedAt, p.sickAt = time.Now(), time.Now()
	return nil
}

func (p *player) script(script []action) *violation {
	for _, a := range script {
		fmt.Fprintf(&p.trace, "%10s  %s", time.Since(p.began).Round(time.Second), a)
		v := p.do(a)
		p.trace.WriteByte('\n')
		if v == nil {
			v = p.pass(a.Then)
		}
		if v != nil {
			return v
		}
	}
	return nil
}

func (p *player) note(format string, args ...any) {
	fmt.Fprintf(&p.trace, " → "+format, args...)
}

// result notes how a call ended, and turns what no script may see into a violation.
func (p *player) result(err error) *violation {
	var known *fault.Error
	switch {
	case err == nil:
		p.note("ok")
	case errors.Is(err, errCrashed):
		p.note("dead")
	case errors.As(err, &known):
		p.note("%s: %s", known.Code, known.Message)
		if known.Code == fault.Internal {
			return violated("an error that nobody foresaw", "%v", err)
		}
	default:
		p.note("%v", err)
	}
	return nil
}

// do does one action.
func (p *player) do(a action) *violation {
	ctx := context.Background()
	r := p.r
	switch a.Kind {
	case doPass:
	case doSubmit:
		return p.submit(a)
	case doReview:
		return p.review(a)
	case doEmergency:
		return p.emergency(a)
	case doDebrief:
		return p.lookBack(a)
	case doExtend:
		return p.extend(a)
	case doCancel, doEnd:
		return p.take(a)
	case doClaim, doReply:
		return p.talk(a)
	case doDelegate:
		return p.delegate(a)
	case doRules:
		hits := p.hits(a.Rules, p.gone)
		err := r.load(ctx, a.Rules.text())
		if err == nil {
			p.facts.rules.set(a.Rules)
			p.massEnd = p.massEnd || hits > 5
		} else if p.fuse.Load().dead() { // the file is what it is
			p.comesWith = &a.Rules
		}
		return p.result(err)
	case doSRE:
		p.facts.sre[a.Who].set(a.On)
		r.slack.set(func(s *fakeSlack) {
			s.sre = nil
			for _, u := range everybody {
				if p.facts.sre[u].now() {
					s.sre = append(s.sre, u)
				}
			}
		})
	case doActive:
		p.facts.active[a.Who].set(a.On)
		r.slack.set(func(s *fakeSlack) { u := s.users[a.Who]; u.Deleted = !a.On; s.users[a.Who] = u })
	case doEnabled:
		p.facts.enabled[a.Who].set(a.On)
		if err := r.cloud.EditUser(string(personID(nameOf(a.Who))), func(u *awssim.User) { u.Disabled = !a.On }); err != nil {
			return violated("the rig", "%v", err)
		}
	case doSync:
		return p.sync()
	case doSlack:
		p.setSlack(a.On)
	case doForeign:
		k := key(nameOf(a.Who), a.Account, a.Role)
		added, err := r.cloud.AddAssignment(awsAssignment(k))
		if err != nil {
			return violated("the rig", "%v", err)
		}
		if added {
			p.note("added")
			p.mu.Lock()
			p.foreignLag[k] = p.lag
			p.mu.Unlock()
			p.isMissing(k, false)
		}
	case doRemove:
		k := key(nameOf(a.Who), a.Account, a.Role)
		if r.cloud.RemoveAssignment(awsAssignment(k)) {
			p.note("removed")
			p.isMissing(k, true)
		}
	case doFault:
		if _, err := r.cloud.Inject(a.Fault); err != nil {
			return violated("the rig", "%v", err)
		}
		p.sickAt = time.Now()
	case doHeal:
		p.heal()
	case doLate:
		p.mu.Lock()
		p.late = a.Duration
		p.mu.Unlock()
	case doLag:
		p.lag = a.Duration
		return p.tune(func(t *awssim.Tuning) { t.ListingLag = a.Duration })
	case doSkew:
		return p.skew(a.On)
	case doReconcile:
		return p.result(r.svc.Reconcile(ctx))
	case doRestart:
		return p.restart(a.Duration)
	case doKill:
		f := p.fuse.Load()
		f.mu.Lock()
		f.armed, f.n, f.at = true, 0, a.Nth
		f.mu.Unlock()
		p.down = a.Duration
		if a.On {
			p.comesWith = &a.Rules
		}
	}
	return nil
}

func (p *player) isMissing(k access.Key, missing bool) {
	if p.missing[k] == nil {
		p.missing[k] = &history[bool]{}
	}
	p.missing[k].set(missing)
}

func (p *player) tune(change func(*awssim.Tuning)) *violation {
	if err := p.r.cloud.SetTuning(change); err != nil {
		return violated("the rig", "%v", err)
	}
	return nil
}

func (p *player) skew(on bool) *violation {
	d := time.Duration(0)
	if on {
		d = -5 * time.Minute
	}
	p.facts.behind.set(on)
	p.sickAt = time.Now()
	return p.tune(func(t *awssim.Tuning) { t.ClockSkew = d })
}

func (p *player) setSlack(on bool) {
	p.facts.slack.set(on)
	p.r.slack.set(func(s *fakeSlack) { s.away = !on })
	p.awayAt = time.Now()
}

func (p *player) heal() {
	p.r.cloud.ClearFaults()
	p.sickAt = time.Now()
}

func (p *player) sync() *violation {
	gone := map[catalog.PersonID]bool{}
	for _, u := range everybody {
		if !p.facts.enabled[u].now() {
			gone[personID(nameOf(u))] = true
		}
	}
	hits := p.hits(p.facts.rules.now(), gone)
	err := p.r.svc.Sync(context.Background())
	if err == nil {
		p.gone, p.goneAt = gone, time.Now()
		p.massEnd = p.massEnd || hits > 5
	}
	var asked *access.ConnectorError
	if errors.As(err, &asked) {
		p.note("%s", asked.Class)
		return nil
	}
	return p.result(err)
}

// nth is the nth newest form that made a request.
func (p *player) nth(n int) (asked, bool) {
	for i := len(p.asked) - 1; i >= 0; i-- {
		if p.asked[i].id == "" {
			continue
		}
		if n == 0 {
			return p.asked[i], true
		}
		n--
	}
	return asked{}, false
}

// request reads a request's record.
func (p *player) request(id access.RequestID) (q access.Request, grants []access.Grant, err error) {
	err = p.r.db.View(context.Background(), func(tx access.Tx) (err error) {
		if q, err = tx.Request(id); err != nil {
			return err
		}
		grants, err = tx.Grants(access.GrantFilter{Request: id})
		return err
	})
	return q, grants, err
}

func actorOf(u identity.SlackUserID) catalog.PersonID { return personID(nameOf(u)) }
