package suite

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

const drill = "drill: nothing new please"

func (r *rig) pauseNow(t *testing.T) {
	t.Helper()
	if _, err := r.svc.Pause(context.Background(), carol, drill); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) resumeNow(t *testing.T) {
	t.Helper()
	if err := r.svc.Resume(context.Background(), carol); err != nil {
		t.Fatal(err)
	}
}

// creates counts the creates that AWS was asked for.
type creates struct{ n atomic.Int32 }

func (c *creates) option(_ *rig, cfg *awssim.Config) {
	cfg.Intercept = func(call awssim.Call, after bool) error {
		if call.Action == "sso:CreateAccountAssignment" && !after {
			c.n.Add(1)
		}
		return nil
	}
}

func TestPauseHoldsVotesAndAutomaticAccess(t *testing.T) {
	t.Parallel()
	sent := &creates{}
	live(t, func(t *testing.T, r *rig) {
		before := r.active(t, "ReadOnly", time.Hour, "before")
		r.pauseNow(t)
		asked := r.mustSubmit(alice, staging, "AdministratorAccess", time.Hour, "f1")
		automatic := r.mustSubmit(bob, prod, "ReadOnly", time.Hour, "f2")
		pass(20 * time.Minute)
		err := r.approve(bob, asked.ID)
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "by carol: "+drill) {
			t.Errorf("a vote during the pause: %v", err)
		}
		for _, id := range []access.RequestID{asked.ID, automatic.ID} {
			if v := r.view(id); v.Request.State != access.Pending || len(v.Request.Reviews) != 0 {
				t.Errorf("%s during the pause with %d votes", v.Request.State, len(v.Request.Reviews))
			}
		}
		if n := sent.n.Load(); n != 1 {
			t.Errorf("AWS was asked for %d creates, 1 of them before the pause", n)
		}
		if _, err := r.svc.EndGrant(context.Background(), before.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if r.holds(before.Key) {
			t.Error("the pause kept access from being taken away")
		}
		r.resumeNow(t)
		if err := r.approve(bob, asked.ID); err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Second)
		for _, id := range []access.RequestID{asked.ID, automatic.ID} {
			if v := r.view(id); len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive {
				t.Errorf("after the pause: %s %q %+v", v.Request.State, v.Request.Outcome, v.Grants)
			}
		}
		if p, e := r.told.count(access.NoticeChannel, access.EventPaused), r.told.count(access.NoticeChannel, access.EventResumed); p != 1 || e != 1 {
			t.Errorf("the channel was told %d times of the pause and %d times of its end", p, e)
		}
		if n := r.told.count(access.NoticeAdmins, access.EventReport); n != 2 {
			t.Errorf("the admins were told %d times", n)
		}
	}, sent.option)
}

// Deadlines go on during a pause: what it outlasts ends, and says why.
func TestPauseOutlastsDeadlines(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.pauseNow(t)
		asked := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		automatic := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f2")
		pass(8*time.Hour + time.Minute)
		if v := r.view(asked.ID).Request; v.State != access.Lapsed {
			t.Errorf("a request after its time: %s", v.State)
		}
		if v := r.view(automatic.ID).Request; v.State != access.Lapsed || !strings.Contains(v.Outcome, "paused") {
			t.Errorf("an automatic one after its time: %s %q", v.State, v.Outcome)
		}
		if n := r.told.count(access.NoticeThread, access.EventReminder); n != 0 {
			t.Errorf("%d reminders to people who cannot decide", n)
		}
	})
}

// The pause comes between a vote and the start, and between the look and the create.
func TestPauseBetweenApprovalAndCreate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		resume bool
	}{{"resumed in time", true}, {"not resumed", false}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			sent := &creates{}
			var store *afterApproval
			live(t, func(t *testing.T, r *rig) {
				req := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
				pass(5 * time.Second)
				store.change = func() { r.pauseNow(t) }
				store.armed.Store(true)
				if err := r.approve(bob, req.ID); err != nil {
					t.Fatal(err)
				}
				pass(5 * time.Minute)
				if v := r.view(req.ID).Grants[0]; v.Grant.State != access.Scheduled || sent.n.Load() != 0 {
					t.Fatalf("during the pause it is %s, AWS was asked %d times", v.Grant.State, sent.n.Load())
				}
				if tc.resume {
					r.resumeNow(t)
				}
				pass(6 * time.Minute)
				v := r.view(req.ID).Grants[0]
				switch {
				case tc.resume && v.Phase != access.PhaseActive:
					t.Errorf("resumed, and it is %s: %s %q", v.Phase, v.Grant.EndReason, v.Grant.EndNote)
				case !tc.resume && (v.Grant.EndReason != access.EndUnchecked || !strings.Contains(v.Grant.EndNote, "paused by carol")):
					t.Errorf("it missed its deadline: %s %q", v.Grant.EndReason, v.Grant.EndNote)
				case !tc.resume && sent.n.Load() != 0:
					t.Error("AWS was asked")
				}
			}, sent.option, func(r *rig, _ *awssim.Config) {
				r.wrap = func(s access.Store) access.Store { store = &afterApproval{Store: s}; return store }
			})
		})
	}
}

// A create that failed before the pause is not sent again during it; one that AWS accepted
// is followed to its end.
func TestPauseDuringCreate(t *testing.T) {
	t.Parallel()
	t.Run("failed before", func(t *testing.T) {
		t.Parallel()
		sent := &creates{}
		live(t, func(t *testing.T, r *rig) {
			r.inject(t, awssim.Fault{Kind: awssim.FaultThrottle, Action: "sso:CreateAccountAssignment"})
			req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
			pass(20 * time.Second)
			r.pauseNow(t)
			synctest.Wait()
			r.cloud.ClearFaults()
			before := sent.n.Load()
			pass(5 * time.Minute)
			if n := sent.n.Load(); n != before || before == 0 {
				t.Errorf("%d creates before the pause, %d during it", before, n-before)
			}
			r.resumeNow(t)
			pass(30 * time.Second)
			if v := r.view(req.ID).Grants[0]; v.Phase != access.PhaseActive {
				t.Errorf("after the pause: %s %s %q", v.Phase, v.Grant.EndReason, v.Grant.EndNote)
			}
		}, sent.option)
	})
	t.Run("accepted before", func(t *testing.T) {
		t.Parallel()
		live(t, func(t *testing.T, r *rig) {
			req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
			pass(4 * time.Second)
			if a := r.record(t, key("alice", prod, "ReadOnly")); a.Operation == "" {
				t.Fatalf("AWS has not accepted it yet, or is done: %+v", a)
			}
			r.pauseNow(t)
			pass(30 * time.Second)
			if v := r.view(req.ID).Grants[0]; v.Phase != access.PhaseActive {
				t.Errorf("what AWS accepted before: %s", v.Phase)
			}
		}, func(_ *rig, cfg *awssim.Config) {
			cfg.Tuning.OperationMin, cfg.Tuning.OperationMax = 20*time.Second, 20*time.Second
		})
	})
}

// pausing is a way to AWS that runs a function as the first create passes: after the last
// look at the pause, as close to it as can be.
type pausing struct {
	http.RoundTripper
	look func()
}

func (p *pausing) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.Header.Get("X-Amz-Target"), ".ListAccountAssignments") && p.look != nil {
		look := p.look
		p.look = nil
		look()
	}
	return p.RoundTripper.RoundTrip(req)
}

// The pause comes after the worker began: while it looks, before it stores its intent.
func TestPauseBetweenLookAndIntent(t *testing.T) {
	t.Parallel()
	sent := &creates{}
	var way *pausing
	live(t, func(t *testing.T, r *rig) {
		way.look = func() { r.pauseNow(t) }
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(11 * time.Minute)
		v := r.view(req.ID).Grants[0]
		if sent.n.Load() != 0 || v.Grant.EndReason != access.EndFailed || !strings.Contains(v.Grant.EndNote, "paused") {
			t.Errorf("AWS was asked %d times; %s %q", sent.n.Load(), v.Grant.EndReason, v.Grant.EndNote)
		}
		if r.logged(t, "assignment.creating") {
			t.Error("an intent was stored")
		}
	}, sent.option, func(r *rig, _ *awssim.Config) {
		r.transport = func(rt http.RoundTripper) http.RoundTripper { way = &pausing{RoundTripper: rt}; return way }
	})
}

// logged reports whether something of that name is on record.
func (r *rig) logged(t *testing.T, action string) (found bool) {
	t.Helper()
	if err := r.db.View(context.Background(), func(tx access.Tx) error {
		events, err := tx.Audit(0, 0)
		found = slices.ContainsFunc(events, func(e access.AuditEvent) bool { return e.Action == action })
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// afterIntent runs a function right after the first transaction that stores an intent,
// before the call is sent.
type afterIntent struct {
	access.Store
	done atomic.Bool
	then func()
}

func (s *afterIntent) Update(ctx context.Context, fn func(access.Tx) error) error {
	stored := false
	err := s.Store.Update(ctx, func(tx access.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		creating, err := tx.Assignments(access.AssignmentFilter{States: []access.AssignmentState{access.Creating}})
		stored = len(creating) > 0
		return err
	})
	if err == nil && stored && s.done.CompareAndSwap(false, true) {
		s.then()
	}
	return err
}

// The pause comes after the intent, right before the call.
func TestPauseBetweenIntentAndCall(t *testing.T) {
	t.Parallel()
	sent := &creates{}
	var store *afterIntent
	live(t, func(t *testing.T, r *rig) {
		store.then = func() { r.pauseNow(t) }
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(5 * time.Minute)
		if n := sent.n.Load(); n != 0 || !r.logged(t, "assignment.creating") {
			t.Errorf("AWS was asked %d times", n)
		}
		r.resumeNow(t)
		pass(30 * time.Second)
		if v := r.view(req.ID).Grants[0]; v.Phase != access.PhaseActive || sent.n.Load() != 1 {
			t.Errorf("after the pause: %s %q, AWS was asked %d times", v.Phase, v.Grant.EndNote, sent.n.Load())
		}
	}, sent.option, func(r *rig, _ *awssim.Config) {
		r.wrap = func(s access.Store) access.Store { store = &afterIntent{Store: s}; return store }
	})
}

func TestPauseSurvivesARestart(t *testing.T) {
	t.Parallel()
	sent := &creates{}
	live(t, func(t *testing.T, r *rig) {
		r.pauseNow(t)
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(5 * time.Second)
		r.stop()
		r.start()
		if p := r.svc.Paused(); p == nil || p.Reason != drill || p.By.Name != "carol" {
			t.Fatalf("after a restart: %+v", p)
		}
		pass(10 * time.Minute)
		if got := r.view(req.ID).Request.State; got != access.Pending || sent.n.Load() != 0 {
			t.Errorf("%s, AWS was asked %d times", got, sent.n.Load())
		}
		r.slack.set(func(f *fakeSlack) { f.away = true })
		if err := r.svc.Resume(context.Background(), carol); !fault.Is(err, fault.Unavailable) {
			t.Errorf("resumed although nobody can tell who carol is: %v", err)
		}
		r.slack.set(func(f *fakeSlack) { f.away = false })
		r.resumeNow(t)
		if r.svc.Paused() != nil {
			t.Error("resumed, and still paused")
		}
		pass(30 * time.Second)
		if v := r.view(req.ID); len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive {
			t.Errorf("%s %q", v.Request.State, v.Request.Outcome)
		}
	}, sent.option)
}

func TestWhoPauses(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		if _, err := r.svc.Pause(ctx, alice, drill); !fault.Is(err, fault.Forbidden) {
			t.Errorf("alice is no admin: %v", err)
		}
		if _, err := r.svc.Pause(ctx, carol, "  "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := r.svc.Resume(ctx, carol); err != nil {
			t.Errorf("resumed what was not paused: %v", err)
		}
		if _, err := r.svc.Home(ctx, carol); err != nil { // from now on she is known
			t.Fatal(err)
		}
		r.slack.set(func(f *fakeSlack) { f.away = true })
		pass(20 * time.Minute)
		first, err := r.svc.Pause(ctx, carol, drill)
		if err != nil {
			t.Fatalf("with Slack away: %v", err)
		}
		pass(time.Minute)
		if again, err := r.svc.Pause(ctx, carol, "another"); err != nil || again.Reason != drill || !again.At.Equal(first.At) {
			t.Errorf("paused twice: %+v %v", again, err)
		}
		r.slack.set(func(f *fakeSlack) { f.away = false })
		if err := r.svc.Resume(ctx, alice); !fault.Is(err, fault.Forbidden) {
			t.Errorf("alice is no admin: %v", err)
		}
	})
}
