package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/examples"
	"stint/sandbox"
	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
	"stint/suite/people"
)

// house is the whole program between the simulators, in this process.
type house struct {
	t    *testing.T
	box  *sandbox.Sandbox
	how  sandboxMode // a policy file unless a test says otherwise
	app  *app
	stop func()

	alice, bob *people.Someone
}

func newHouse(t *testing.T) *house {
	t.Helper()
	box, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Listen: "127.0.0.1:0", Accounts: 12, Roles: 10, People: 20, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	if err := box.AWS().SetTuning(func(x *awssim.Tuning) { x.OperationMin, x.OperationMax = 50*time.Millisecond, 200*time.Millisecond }); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := &house{t: t, box: box, how: sandboxMode{dir: dir, policy: filepath.Join(dir, "policy.yaml")}}
	if err := os.WriteFile(h.how.policy, examples.Policy, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]**people.Someone{"alice": &h.alice, "bob": &h.bob} {
		if *to, err = people.Act(box, name); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// start begins a process on the house's directory and waits until it can decide.
func (h *house) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	a, err := newSandboxApp(ctx, h.box, h.how, h.box.Log())
	if err != nil {
		h.t.Fatal(err)
	}
	h.app = a
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	stopped := false
	h.stop = func() {
		h.t.Helper()
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				h.t.Error(err)
			}
		case <-time.After(time.Minute):
			h.t.Error("it did not drain within a minute")
		}
	}
	h.t.Cleanup(h.stop)
	h.eventually("ready", func() bool {
		for _, c := range a.service.Checks(h.t.Context()) {
			if needed[c.Name] && !c.OK {
				return false
			}
		}
		kept := h.how.policy == "" && len(h.how.admins) == 0
		return len(a.service.Admins(h.t.Context())) > 0 && (!kept || a.service.Policy() != nil)
	})
}

// eventually polls until a condition holds, for a minute at most.
func (h *house) eventually(what string, condition func() bool) {
	h.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			h.t.Fatalf("not within a minute: %s\n%v", what, h.app.service.Checks(h.t.Context()))
		}
	}
}

// ask sends the form, again while the service says that it does not know enough yet.
func (h *house) ask(who *people.Someone, account, role string) {
	h.t.Helper()
	var last error
	defer func() {
		if last != nil {
			h.t.Log(last)
		}
	}()
	h.eventually("the form is sent", func() bool {
		ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
		defer cancel()
		last = who.Ask(ctx, account, role, "INC-1 look at <the> logs & <!channel>")
		return last == nil
	})
}

func (h *house) held() int {
	return len(h.box.AWS().Assignments(awssim.AssignmentFilter{Requested: true}))
}

func (h *house) press(who *people.Someone, channel, action string) {
	h.t.Helper()
	h.eventually(action, func() bool {
		pressed, err := who.Press(h.t.Context(), channel, action)
		return pressed && err == nil
	})
}

func (h *house) channel(name string) string {
	h.t.Helper()
	id, err := h.alice.Channel(name)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// mainJob asks, approves, holds, and ends what needs an approval.
func (h *house) mainJob() {
	h.t.Helper()
	h.ask(h.alice, "staging-payments", "PowerUser")
	h.press(h.bob, h.channel("aws-approvals"), "stint.approve")
	h.eventually("AWS holds it", func() bool { return h.held() == 1 })
	h.press(h.alice, h.alice.DM(), "stint.end")
	h.eventually("AWS holds nothing", func() bool { return h.held() == 0 })
	h.eventually("no message offers End now", func() bool { return !h.alice.Sees(h.alice.DM(), "stint.end") })
}

// TestMainJobWithEverySwitch does the main job with each unconfirmed fact of Slack and AWS
// one way and the other.
func TestMainJobWithEverySwitch(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*awssim.Switches, *slacksim.Switches){
		"as they are":             func(*awssim.Switches, *slacksim.Switches) {},
		"no Account.Paths":        func(a *awssim.Switches, _ *slacksim.Switches) { a.AccountPaths = false },
		"only Account.Status":     func(a *awssim.Switches, _ *slacksim.Switches) { a.AccountState, a.AccountStatus = false, true },
		"no tag:GetResources":     func(a *awssim.Switches, _ *slacksim.Switches) { a.TagResources = false },
		"final status in reply":   func(a *awssim.Switches, _ *slacksim.Switches) { a.FinalStatusInReply = true },
		"busy accounts conflict":  func(a *awssim.Switches, _ *slacksim.Switches) { a.BusyAccountConflicts = true },
		"state in suggestions":    func(_ *awssim.Switches, s *slacksim.Switches) { s.SuggestionState = true },
		"triggers once, for 1 s":  func(_ *awssim.Switches, s *slacksim.Switches) { s.TriggerLifetime = time.Second },
		"triggers more than once": func(_ *awssim.Switches, s *slacksim.Switches) { s.TriggerOnce = false },
		"response_url once":       func(_ *awssim.Switches, s *slacksim.Switches) { s.ResponseURLUses = 1 },
		"no burst of posts":       func(_ *awssim.Switches, s *slacksim.Switches) { s.PostBurst = 1 },
		"small messages":          func(_ *awssim.Switches, s *slacksim.Switches) { s.MessageChars = 8000 },
		"modals stack":            func(_ *awssim.Switches, s *slacksim.Switches) { s.OpenReplaces = false },
		"loose placeholders":      func(_ *awssim.Switches, s *slacksim.Switches) { s.StrictPlaceholders = false },
		"actions may repeat":      func(_ *awssim.Switches, s *slacksim.Switches) { s.UniqueActions = false },
		"sockets refreshed often": func(_ *awssim.Switches, s *slacksim.Switches) {
			s.SocketLifetime, s.SocketWarning = 2*time.Second, time.Second
		},
		"sockets close at once": func(_ *awssim.Switches, s *slacksim.Switches) {
			s.SocketLifetime, s.SocketWarning, s.SocketGrace = 10*time.Second, time.Second, 0
		},
		"tickets live for a second": func(_ *awssim.Switches, s *slacksim.Switches) { s.TicketLifetime = time.Second },
		"public channels are open":  func(_ *awssim.Switches, s *slacksim.Switches) { s.NotInChannelPublic = false },
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.box.AWS().SetSwitches(func(a *awssim.Switches) { set(a, &slacksim.Switches{}) })
			h.box.Slack().Set(func(s *slacksim.Switches) { set(&awssim.Switches{}, s) })
			h.start()
			h.mainJob()
			h.stop()
		})
	}
}

func TestStaleCardAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.start()
	h.ask(h.alice, "staging-payments", "PowerUser")
	approvals := h.channel("aws-approvals")
	h.eventually("the card", func() bool { return h.bob.Sees(approvals, "stint.approve") })
	h.stop()
	h.start()
	h.press(h.bob, approvals, "stint.approve")
	h.eventually("AWS holds it", func() bool { return h.held() == 1 })
	h.eventually("the card has no buttons to decide", func() bool { return !h.bob.Sees(approvals, "stint.approve") })
}

// TestSlackGoneOverAnEnd lets Slack be away while access ends: it ends all the same, and
// the messages are right once Slack is back.
func TestSlackGoneOverAnEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.start()
	h.ask(h.alice, "staging-payments", "ReadOnly")
	h.eventually("AWS holds it", func() bool { return h.held() == 1 })
	h.eventually("End now is offered", func() bool { return h.alice.Sees(h.alice.DM(), "stint.end") })
	h.box.Slack().SetFaults(slacksim.Faults{Gone: true})
	h.box.Clock().Advance(61 * time.Minute)
	h.eventually("AWS holds nothing, though Slack is away", func() bool { return h.held() == 0 })
	h.box.Clock().Advance(10 * time.Minute)
	h.box.Slack().ClearFaults()
	h.box.Clock().Advance(time.Minute) // whoever waits to try again
	h.eventually("the message no longer offers End now", func() bool { return !h.alice.Sees(h.alice.DM(), "stint.end") })
	h.eventually("nothing is left to deliver", func() bool {
		n := 1
		err := h.app.store.View(t.Context(), func(tx access.Tx) (err error) { n, err = tx.Notices(); return err })
		return err == nil && n == 0
	})
	h.mainJob()
}

func TestAWSGoneOverAnEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.start()
	h.ask(h.alice, "staging-payments", "ReadOnly")
	h.eventually("AWS holds it", func() bool { return h.held() == 1 })
	if _, err := h.box.AWS().Inject(awssim.Fault{Kind: awssim.FaultUnavailable, Action: "*"}); err != nil {
		t.Fatal(err)
	}
	h.box.Clock().Advance(61 * time.Minute)
	h.eventually("no message offers End now", func() bool { return !h.alice.Sees(h.alice.DM(), "stint.end") })
	h.eventually("AWS was asked to take it away", func() bool { return h.box.AWS().Count("sso:DeleteAccountAssignment") > 0 })
	h.box.Clock().Advance(6 * time.Minute)
	h.eventually("it is visibly stuck", func() bool {
		return slices.ContainsFunc(h.app.service.Checks(t.Context()), func(c access.Check) bool { return c.Name == "Removals" && !c.OK })
	})
	h.box.AWS().ClearFaults()
	h.box.Clock().Advance(31 * time.Second) // the longest pause between two tries
	h.eventually("AWS holds nothing", func() bool { return h.held() == 0 })
}

// TestSameEnvelopeThreeTimes delivers every envelope of the main job twice more (I7).
func TestSameEnvelopeThreeTimes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.box.Slack().SetFaults(slacksim.Faults{Redeliver: 2})
	h.start()
	h.mainJob()
	for _, e := range h.box.Slack().Log(0) {
		if e.Kind == slacksim.EntryEnvelope && e.EnvelopeID != "" {
			if _, _, err := h.box.Slack().Replay(t.Context(), e.EnvelopeID); err != nil {
				t.Log("not repeated:", err)
			}
		}
	}
	err := h.app.store.View(t.Context(), func(tx access.Tx) error {
		requests, err := tx.Requests(access.RequestFilter{})
		if err != nil {
			return err
		}
		grants, err := tx.Grants(access.GrantFilter{})
		if len(requests) != 1 || len(grants) != 1 || len(requests[0].Reviews) != 1 {
			t.Errorf("I7: %d requests, %d grants", len(requests), len(grants))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
