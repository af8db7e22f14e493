package suite

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// changing is the policy of the tests in which the world changes under a request: bob,
// who is in sre, asks; carol, who is in sre too, or dana approve.
const changing = `
settings:
  admins: { users: [dana@example.com] }
  email_domains: [example.com]
  channel: approvals
people:
  sre: { slack_usergroups: [sre] }
  security: { users: [dana@example.com] }
  both: { users: [dana@example.com], slack_usergroups: [sre] }
rules:
  - name: admin
    accounts: all
    roles: [AdministratorAccess]
    requesters: [sre]
    max_duration: 2h
    approval: [{ from: [both], count: 1 }]
`

// interval is when something changes.
type interval string

const (
	beforeSubmit   interval = "between form and submit"
	beforeApproval interval = "between submit and approval"
	beforeStart    interval = "between approval and start"
)

// fate is what becomes of the request.
type fate struct {
	submit   fault.Code // refused with it; "" when it was not
	state    access.RequestState
	end      access.EndReason // of its grant, if it has one
	duration time.Duration    // of the live grant; 0 when there must be none
	says     string           // in what the requester is told
}

// lives is the fate of a request that nothing hinders.
var lives = fate{state: access.Approved, duration: 2 * time.Hour}

func refusedAtSubmit(code fault.Code, says string) fate { return fate{submit: code, says: says} }

func withdrawn(says string) fate { return fate{state: access.Withdrawn, says: says} }

func ended(reason access.EndReason, says string) fate {
	return fate{state: access.Approved, end: reason, says: says}
}

// afterApproval runs a change right after the transaction that approves a request, before
// the worker hears of it.
type afterApproval struct {
	access.Store
	armed  atomic.Bool
	change func()
}

func (s *afterApproval) Update(ctx context.Context, fn func(access.Tx) error) error {
	approved := false
	err := s.Store.Update(ctx, func(tx access.Tx) error {
		if err := fn(tx); err != nil || !s.armed.Load() {
			return err
		}
		done, err := tx.Requests(access.RequestFilter{States: []access.RequestState{access.Approved}, Limit: 1})
		approved = len(done) > 0
		return err
	})
	if err == nil && approved && s.armed.CompareAndSwap(true, false) {
		s.change()
	}
	return err
}

// TestTheWorldChangesUnderARequest: whatever changes between form and submit, submit and
// approval, approval and start narrows what a request gets, and says so.
func TestTheWorldChangesUnderARequest(t *testing.T) {
	t.Parallel()
	policy := func(edit func(string) string) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			if err := r.load(context.Background(), edit(changing)); err != nil {
				t.Fatal(err)
			}
		}
	}
	replace := func(old, with string) func(*testing.T, *rig) {
		return policy(func(s string) string { return strings.ReplaceAll(s, old, with) })
	}
	aws := func(fn func(*rig) error) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			if err := fn(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	synced := func(fn func(*rig) error) func(*testing.T, *rig) {
		return func(t *testing.T, r *rig) {
			aws(fn)(t, r)
			if err := r.svc.Sync(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	slack := func(fn func(*fakeSlack)) func(*testing.T, *rig) {
		return func(_ *testing.T, r *rig) { // Slack's events tell of it
			r.slack.set(fn)
			for _, u := range []identity.SlackUserID{alice, bob, carol, dana} {
				r.dir.InvalidateUser(u)
			}
			r.dir.InvalidateUserGroup("SSRE")
		}
	}
	leave := func(user identity.SlackUserID) func(*fakeSlack) {
		return func(s *fakeSlack) {
			var left []identity.SlackUserID
			for _, u := range s.sre {
				if u != user {
					left = append(left, u)
				}
			}
			s.sre = left
		}
	}
	deactivate := func(user identity.SlackUserID) func(*fakeSlack) {
		return func(s *fakeSlack) {
			u := s.users[user]
			u.Deleted = true
			s.users[user] = u
		}
	}
	for name, c := range map[string]struct {
		change func(*testing.T, *rig)
		fates  map[interval]fate
	}{
		"a deny forbids it": {
			policy(func(s string) string {
				return s + "  - { name: freeze, deny: true, roles: [Admin*] }\n"
			}),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "freeze"), beforeApproval: withdrawn("freeze"),
				beforeStart: ended(access.EndDenied, "freeze"),
			},
		},
		"no rule allows it": {
			replace("[AdministratorAccess]", "[ReadOnly]"),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "No rule lets"), beforeApproval: withdrawn("No rule lets"),
				beforeStart: ended(access.EndRefused, "No rule lets"),
			},
		},
		"the rule is switched off": {
			replace("  - name: admin\n", "  - name: admin\n    off: true\n"),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "No rule lets"), beforeApproval: withdrawn("No rule lets"),
				beforeStart: ended(access.EndRefused, "No rule lets"),
			},
		},
		"a condition no longer holds": {
			replace("    max_duration: 2h\n", "    max_duration: 2h\n    when: ticket != \"\"\n"),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "No rule lets"), beforeApproval: withdrawn("No rule lets"),
				beforeStart: ended(access.EndRefused, "No rule lets"),
			},
		},
		"it is shortened": {
			replace("max_duration: 2h", "max_duration: 30m"),
			map[interval]fate{
				beforeSubmit:   refusedAtSubmit(fault.Invalid, "30"),
				beforeApproval: {state: access.Approved, duration: 30 * time.Minute}, beforeStart: {state: access.Approved, duration: 30 * time.Minute},
			},
		},
		"it is lengthened": {
			replace("max_duration: 2h", "max_duration: 6h"),
			map[interval]fate{beforeSubmit: lives, beforeApproval: lives, beforeStart: lives},
		},
		"it becomes automatic": { // what was frozen at submission still holds
			replace("approval: [{ from: [both], count: 1 }]", "approval: automatic"),
			map[interval]fate{beforeSubmit: lives, beforeApproval: lives, beforeStart: lives},
		},
		"it needs one more": {
			replace("[{ from: [both], count: 1 }]", "[{ from: [both], count: 1 }, { from: [security], count: 1 }]"),
			map[interval]fate{
				beforeSubmit: {state: access.Pending}, beforeApproval: {state: access.Pending},
				beforeStart: ended(access.EndRefused, "no longer complete"),
			},
		},
		"the approver leaves the set": {
			slack(leave(carol)),
			map[interval]fate{
				beforeSubmit: {state: access.Pending}, beforeApproval: {state: access.Pending},
				beforeStart: ended(access.EndRefused, "no longer complete"),
			},
		},
		"the approver is deactivated in Slack": {
			slack(deactivate(carol)),
			map[interval]fate{
				beforeSubmit: {state: access.Pending}, beforeApproval: {state: access.Pending},
				beforeStart: ended(access.EndRefused, "no longer complete"),
			},
		},
		"the requester leaves the set": {
			slack(leave(bob)),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "No rule lets"), beforeApproval: withdrawn("No rule lets"),
				beforeStart: ended(access.EndRefused, "No rule lets"),
			},
		},
		"the requester is deactivated in Slack": {
			slack(deactivate(bob)),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "deactivated"), beforeApproval: withdrawn("deactivated"),
				beforeStart: ended(access.EndOffboarded, "deactivated"),
			},
		},
		"the requester is disabled in Identity Center": {
			synced(func(r *rig) error {
				return r.cloud.EditUser(string(personID("bob")), func(u *awssim.User) { u.Disabled = true })
			}),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "disabled"), beforeApproval: withdrawn("Identity Center"),
				beforeStart: ended(access.EndOffboarded, "Identity Center"),
			},
		},
		"the account is suspended": {
			synced(func(r *rig) error { return r.cloud.SuspendAccount(string(prod)) }),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Forbidden, "suspended"), beforeApproval: withdrawn("suspended"),
				beforeStart: ended(access.EndRefused, "suspended"),
			},
		},
		"the role is deleted": {
			synced(func(r *rig) error { return r.cloud.DeletePermissionSet(string(roleARN("AdministratorAccess"))) }),
			map[interval]fate{
				beforeSubmit: refusedAtSubmit(fault.Invalid, "no longer exists"), beforeApproval: withdrawn("no longer exists"),
				beforeStart: ended(access.EndRefused, "no longer exists"),
			},
		},
	} {
		for when, want := range c.fates {
			t.Run(name+" "+string(when), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { underARequest(t, when, c.change, want) })
			})
		}
	}
}

// underARequest plays one request with a change at one interval.
func underARequest(t *testing.T, when interval, change func(*testing.T, *rig), want fate) {
	hook := &afterApproval{}
	r := newRig(t, func(r *rig, _ *awssim.Config) {
		r.policy = changing
		r.wrap = func(s access.Store) access.Store { hook.Store = s; return hook }
	})
	r.start()
	defer func() { r.check(); r.stop() }()
	hook.change = func() { change(t, r) }
	pass(time.Minute)
	if _, err := previewOf(context.Background(), r.svc, personID("bob"), prod, roleARN("AdministratorAccess")); err != nil {
		t.Fatal(err)
	}
	if when == beforeSubmit {
		change(t, r)
		pass(20 * time.Second) // what Slack tells of is read again
	}
	req, err := r.submit(bob, prod, "AdministratorAccess", 2*time.Hour, "f1")
	if want.submit != "" {
		if fault.CodeOf(err) != want.submit || !strings.Contains(err.Error(), want.says) {
			t.Errorf("submit: %v, want %s with %q", err, want.submit, want.says)
		}
		pass(time.Minute)
		r.nothingGranted()
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	pass(10 * time.Second)
	if when == beforeApproval {
		change(t, r)
	}
	hook.armed.Store(when == beforeStart)
	if err := r.approve(carol, req.ID); err != nil && want.state == access.Approved && r.view(req.ID).Request.State != access.Approved {
		t.Fatal(err)
	}
	pass(30 * time.Second)
	v := r.view(req.ID)
	if v.Request.State != want.state {
		t.Fatalf("%s %q, want %s", v.Request.State, v.Request.Outcome, want.state)
	}
	told := v.Request.Outcome
	if want.duration > 0 {
		if len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive || v.Grants[0].Grant.Duration != want.duration {
			t.Errorf("%+v, want it active for %s", v.Grants, want.duration)
		}
		return
	}
	if want.end != "" && v.Grants[0].Grant.EndReason == "" {
		// The worker started it right before the new catalog: then AWS refuses it until its deadline.
		pass(11 * time.Minute)
		if g := r.view(req.ID).Grants[0].Grant; g.EndReason != access.EndFailed || r.holds(g.Key) {
			t.Errorf("it ended because %s, and AWS holds it: %v", g.EndReason, r.holds(g.Key))
		}
		return
	}
	if want.end != "" {
		g := v.Grants[0].Grant
		told = g.EndNote
		if g.EndReason != want.end {
			t.Errorf("it ended because %s, want %s", g.EndReason, want.end)
		}
	}
	if !strings.Contains(told, want.says) {
		t.Errorf("it says %q, want %q in it", told, want.says)
	}
	r.nothingGranted()
}

// nothingGranted: AWS was never asked to give anything.
func (r *rig) nothingGranted() {
	r.t.Helper()
	if n := r.cloud.Count("sso:CreateAccountAssignment"); n > 0 {
		r.t.Errorf("AWS was asked %d times to grant", n)
	}
}

// TestNobodyDecidesTheirOwn: who asks or receives never counts, by whatever way they come.
func TestNobodyDecidesTheirOwn(t *testing.T) {
	t.Parallel()
	const second = identity.SlackUserID("UBOBTOO") // another Slack account with bob's address
	behalf := strings.ReplaceAll(changing, "    max_duration: 2h\n", "    on_behalf: [security]\n    max_duration: 2h\n")
	for name, c := range map[string]struct {
		policy string
		ask    access.Submission
		press  identity.SlackUserID
		before func(*rig) // between submit and press
		says   string
	}{
		"directly":                        {changing, access.Submission{User: bob}, bob, nil, "yourself"},
		"through a group":                 {strings.ReplaceAll(changing, "[both]", "[sre]"), access.Submission{User: bob}, bob, nil, "yourself"},
		"with a second Slack account":     {changing, access.Submission{User: bob}, second, nil, "bound to another Slack account"},
		"as who asked for somebody else":  {behalf, access.Submission{User: dana, For: bob}, dana, nil, "yourself"},
		"as who receives what others ask": {behalf, access.Submission{User: dana, For: bob}, bob, nil, "yourself"},
		"by a rule that changed in between": {
			changing,
			access.Submission{User: bob},
			bob,
			func(r *rig) {
				if err := r.load(context.Background(), strings.ReplaceAll(changing, "from: [both]", "from: [sre]")); err != nil {
					r.t.Fatal(err)
				}
			}, "yourself",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(r *rig, _ *awssim.Config) { r.policy = c.policy })
				yes := true
				r.slack.users[second] = identity.SlackFacts{ID: second, TeamID: "T1", Name: "bob too", Email: "bob@example.com", EmailConfirmed: &yes}
				r.start()
				defer func() { r.check(); r.stop() }()
				pass(time.Minute)
				in := c.ask
				in.FormKey, in.Duration, in.Reason = "f1", time.Hour, "the disk is full"
				in.Entitlements = []access.Entitlement{{Account: prod, Role: roleARN("AdministratorAccess")}}
				req, err := r.svc.Submit(context.Background(), in)
				if err != nil {
					t.Fatal(err)
				}
				pass(10 * time.Second)
				if c.before != nil {
					c.before(r)
				}
				err = r.approve(c.press, req.ID)
				if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want it refused with %q", err, c.says)
				}
				pass(time.Minute)
				if v := r.view(req.ID); v.Request.State != access.Pending || len(v.Request.Reviews) > 0 {
					t.Errorf("I3: %s with %d reviews", v.Request.State, len(v.Request.Reviews))
				}
				r.nothingGranted()
			})
		})
	}
}

// TestNobodyAsksWhereOnlyTheyCouldApprove: a form that only its own asker could approve is
// refused at submit, naming the step; and where that comes to be so later, at the review.
func TestNobodyAsksWhereOnlyTheyCouldApprove(t *testing.T) {
	t.Parallel()
	only := strings.ReplaceAll(changing, "from: [both]", "from: [sre]")
	live(t, func(t *testing.T, r *rig) {
		r.slack.set(func(s *fakeSlack) { s.sre = []identity.SlackUserID{bob} })
		r.dir.InvalidateUserGroup("SSRE")
		pass(2 * time.Minute)
		_, err := r.submit(bob, prod, "AdministratorAccess", time.Hour, "f1")
		if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "sre") {
			t.Errorf("%v, want it refused, naming the step", err)
		}
		r.nothingGranted()
	}, func(r *rig, _ *awssim.Config) { r.policy = only })
}

// TestSomebodyAsksForAnother: the receiver gets it, who asked does not.
func TestSomebodyAsksForAnother(t *testing.T) {
	t.Parallel()
	behalf := strings.ReplaceAll(changing, "    max_duration: 2h\n", "    on_behalf: [security]\n    max_duration: 2h\n")
	live(t, func(t *testing.T, r *rig) {
		req, err := r.svc.Submit(context.Background(), access.Submission{
			FormKey: "f1", User: dana, For: bob, Entitlements: []access.Entitlement{{Account: prod, Role: roleARN("AdministratorAccess")}}, Duration: time.Hour, Reason: "bob has no hands free",
		})
		if err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if err := r.approve(carol, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if !r.holds(key("bob", prod, "AdministratorAccess")) || r.holds(key("dana", prod, "AdministratorAccess")) {
			t.Errorf("%+v", r.view(req.ID).Grants)
		}
		for form, in := range map[string]access.Submission{
			"not on_behalf": {User: carol, For: bob}, "not a requester": {User: dana, For: alice}, "nobody": {User: dana, For: "UNOBODY"},
		} {
			in.FormKey, in.Duration, in.Reason = form, time.Hour, "because"
			in.Entitlements = []access.Entitlement{{Account: staging, Role: roleARN("AdministratorAccess")}}
			if _, err := r.svc.Submit(context.Background(), in); err == nil {
				t.Errorf("%s: it was taken", form)
			}
		}
		pass(time.Until(r.view(req.ID).Grants[0].Grant.End) + time.Minute)
		if r.holds(key("bob", prod, "AdministratorAccess")) {
			t.Error("I2: it outlives its end")
		}
	}, func(r *rig, _ *awssim.Config) { r.policy = behalf })
}
