package suite

import (
	"slices"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

// The model is what a person with a calendar and the policy on paper would say. It shares
// no code with access: facts are kept over time, so that it can say what a reader whose
// facts may be a minute old could have seen, and what nobody can have.

// factsAge is how old facts may be at a press and at the check of a request.
const factsAge = time.Minute

// history is a fact over time.
type history[T any] []moment[T]

type moment[T any] struct {
	at time.Time
	v  T
}

func (h *history[T]) set(v T) { *h = append(*h, moment[T]{time.Now(), v}) }

func (h history[T]) now() T { return h[len(h)-1].v }

// since is when it last changed.
func (h history[T]) since() time.Time { return h[len(h)-1].at }

// ever says whether it was so at some moment between from and to, both included.
func (h history[T]) ever(from, to time.Time, so func(T) bool) bool {
	for i, m := range h {
		ended := i+1 < len(h) && h[i+1].at.Before(from)
		if !ended && !m.at.After(to) && so(m.v) {
			return true
		}
	}
	return false
}

func yes(b bool) bool { return b }
func no(b bool) bool  { return !b }

// rules is the part of the rig's policy that scripts change.
type rules struct {
	closed  bool          // a deny for prod
	sre     int           // how many of sre an administrator needs
	longest time.Duration // of the two roles that need approval
}

var firstRules = rules{sre: 1, longest: 2 * time.Hour}

// text is the policy file.
func (r rules) text() string {
	text := strings.NewReplacer(
		"max_duration: 2h", "max_duration: "+strings.TrimSuffix(r.longest.String(), "0s"),
		"approval: [{ from: [sre], count: 1 }]", "approval: [{ from: [sre], count: "+string(rune('0'+r.sre))+" }]"+widerRules,
	).Replace(rigPolicy)
	if r.closed {
		text += denyProd
	}
	return text
}

func (r rules) max(role string) time.Duration {
	if role == "ReadOnly" {
		return 8 * time.Hour
	}
	return r.longest
}

// denies is I8: what the policy forbids whatever else it says.
func (r rules) denies(account catalog.AccountID) bool {
	return account == management || r.closed && account == prod
}

// facts is all that decisions depend on, over time.
type facts struct {
	rules   history[rules]
	sre     map[identity.SlackUserID]*history[bool] // in the user group
	active  map[identity.SlackUserID]*history[bool] // in Slack
	enabled map[identity.SlackUserID]*history[bool] // in Identity Center
	slack   history[bool]                           // Slack answers
	behind  history[bool]                           // AWS's clock is five minutes behind ours
	stands  []stands                                // who stands in for whom
}

var everybody = []identity.SlackUserID{alice, bob, carol, dana}

func newFacts() *facts {
	f := &facts{sre: map[identity.SlackUserID]*history[bool]{}, active: map[identity.SlackUserID]*history[bool]{}, enabled: map[identity.SlackUserID]*history[bool]{}}
	f.rules.set(firstRules)
	f.slack.set(true)
	f.behind.set(false)
	for _, u := range everybody {
		f.sre[u], f.active[u], f.enabled[u] = &history[bool]{}, &history[bool]{}, &history[bool]{}
		f.sre[u].set(u == bob || u == carol)
		f.active[u].set(true)
		f.enabled[u].set(true)
	}
	return f
}

// couldAct says whether somebody who read facts at most a minute before t could have
// found that the person may act.
func (f *facts) couldAct(u identity.SlackUserID, t time.Time) bool {
	from := t.Add(-factsAge)
	return f.slack.ever(from, t, yes) && f.active[u].ever(from, t, yes) && f.enabled[u].ever(from, t, yes)
}

// surelyActs says that nobody can have found otherwise.
func (f *facts) surelyActs(u identity.SlackUserID, t time.Time) bool {
	from := t.Add(-20 * time.Minute) // the oldest facts that anything goes by
	return !f.slack.ever(from, t, no) && !f.active[u].ever(from, t, no) && !f.enabled[u].ever(from, t, no)
}

// couldVote says whether the person could have been found among those who decide a role; once
// it escalated, security decides on an administrator too.
func (f *facts) couldVote(u identity.SlackUserID, role string, t time.Time, escalated bool) bool {
	return f.couldAct(u, t) && (f.couldBeSRE(u, t) || (role == "PowerUserAccess" || escalated) && u == dana)
}

func (f *facts) couldBeSRE(u identity.SlackUserID, t time.Time) bool {
	return f.sre[u].ever(t.Add(-factsAge), t, yes)
}

func (f *facts) surelyVotes(u identity.SlackUserID, role string, t time.Time, escalated bool) bool {
	return f.surelyActs(u, t) && (!f.sre[u].ever(t.Add(-2*factsAge), t, no) || (role == "PowerUserAccess" || escalated) && u == dana)
}

// complete is I3: the places of the steps, as they were when it was asked and as they are
// at t, each taken by another eligible person.
func (f *facts) complete(role string, asker identity.SlackUserID, voters []identity.SlackUserID, asked, t time.Time, escalated bool) bool {
	n := max(f.fewest(asked), f.fewest(t))
	return f.filled(role, n, asker, voters, t, escalated) == len(places(role, n))
}

// helps says that one vote more fills one place more, of the terms then or now, or that
// nothing is missing with it.
func (f *facts) helps(role string, asker, voter identity.SlackUserID, voters []identity.SlackUserID, asked, t time.Time, escalated bool) bool {
	with := append(slices.Clone(voters), voter)
	for _, n := range []int{f.fewest(asked), f.fewest(t)} {
		if f.filled(role, n, asker, with, t, escalated) > f.filled(role, n, asker, voters, t, escalated) {
			return true
		}
	}
	return f.complete(role, asker, with, asked, t, escalated)
}

// fewest of sre that the rules in force at t asked for.
func (f *facts) fewest(t time.Time) int {
	n := 2
	f.rules.ever(t, t, func(r rules) bool { n = min(n, r.sre); return false })
	return n
}

// places are the sets whose members the steps of a role want; n of sre for an administrator.
func places(role string, n int) []string {
	if role == "PowerUserAccess" {
		return []string{"sre", "security"}
	}
	return slices.Repeat([]string{"sre"}, n)
}

// filled is how many places distinct eligible voters can take at most.
func (f *facts) filled(role string, n int, asker identity.SlackUserID, voters []identity.SlackUserID, t time.Time, escalated bool) int {
	all := places(role, n)
	var most func(at int, taken []identity.SlackUserID) int
	most = func(at int, taken []identity.SlackUserID) int {
		if at == len(all) {
			return len(taken)
		}
		best := most(at+1, taken) // nobody takes it
		for _, u := range voters {
			member := all[at] == "sre" && f.couldBeSRE(u, t) || (all[at] == "security" || escalated) && u == dana
			if member && u != asker && !slices.Contains(taken, u) && f.couldAct(u, t) {
				best = max(best, most(at+1, append(slices.Clone(taken), u)))
			}
		}
		return best
	}
	return most(0, nil)
}

// longest is the longest duration that the rules in force at t gave a role.
func (f *facts) longest(role string, t time.Time) time.Duration {
	var d time.Duration
	f.rules.ever(t, t, func(r rules) bool { d = max(d, r.max(role)); return false })
	return d
}

// denied says that the account was closed at t, whoever looked.
func (f *facts) denied(account catalog.AccountID, t time.Time) bool {
	return !f.rules.ever(t, t, func(r rules) bool { return !r.denies(account) })
}

// userOf is the Slack user of a person of the rig.
func userOf(p catalog.PersonID) identity.SlackUserID {
	for _, u := range everybody {
		if personID(nameOf(u)) == p {
			return u
		}
	}
	return ""
}

func nameOf(u identity.SlackUserID) string {
	return strings.ToLower(strings.TrimPrefix(string(u), "U"))
}

// roleNames of the rig, the automatic one first.
var roleNames = []string{"ReadOnly", "AdministratorAccess", "PowerUserAccess"}

func roleOf(arn catalog.RoleARN) string {
	for _, n := range roleNames {
		if roleARN(n) == arn {
			return n
		}
	}
	return ""
}

// asked is a form that the script sent.
type asked struct {
	form     string
	who      identity.SlackUserID
	account  catalog.AccountID
	role     string
	duration time.Duration
	at, done time.Time // of the call
	id       access.RequestID

	emergency bool
}

// press is a button that the script pressed.
type press struct {
	who      identity.SlackUserID
	verdict  access.Verdict // "" for cancel and end
	request  access.RequestID
	at, done time.Time
}
