package suite

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

func TestForeignAccessIsNeverTakenAway(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		k := key("alice", prod, "ReadOnly")
		if _, err := r.cloud.AddAssignment(awsAssignment(k)); err != nil {
			t.Fatal(err)
		}
		req := r.mustSubmit(alice, prod, "ReadOnly", 10*time.Minute, "f1")
		pass(30 * time.Minute)
		if v := r.view(req.ID).Grants[0]; v.Grant.EndReason != access.EndAlreadyHas {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
		if !r.holds(k) {
			t.Error("I4: standing access was deleted")
		}
		if !r.record(t, k).Foreign {
			t.Error("it is not marked as foreign")
		}
		r.cloud.RemoveAssignment(awsAssignment(k)) // and the next look decides anew
		g := r.active(t, "ReadOnly", 10*time.Minute, "f2")
		pass(time.Until(g.End) + time.Minute)
		if r.holds(k) {
			t.Error("I2: still there")
		}
	})
}

func TestRemovedOutsideThenEnd(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		r.cloud.RemoveAssignment(awsAssignment(g.Key))
		pass(time.Until(g.End) + time.Minute)
		if a := r.record(t, g.Key); a.State != access.Absent {
			t.Errorf("AWS said 404 and the record is %s: %s", a.State, a.LastError)
		}
	})
}

func TestReconcileFindsWhatIsMissing(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		pass(10 * time.Minute)
		r.cloud.RemoveAssignment(awsAssignment(g.Key))
		if err := r.svc.Reconcile(context.Background()); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if v := r.grant(t, g.ID); v.Phase != access.PhaseActive {
			t.Errorf("one look was believed: %s", v.Phase)
		}
		pass(time.Minute)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndRemovedOutside || v.Phase != access.PhaseEnded {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
	})
}

func TestRefusedDeleteIsNoSuccess(t *testing.T) {
	t.Parallel()
	for _, kind := range []awssim.FaultKind{awssim.FaultAccessDenied, awssim.FaultServerError, awssim.FaultConflict, awssim.FaultThrottle, awssim.FaultDropBefore, awssim.FaultExpiredToken} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				r.removal = 30 * time.Minute
				g := r.active(t, "ReadOnly", 10*time.Minute, "f1")
				r.inject(t, awssim.Fault{Kind: kind, Action: "sso:DeleteAccountAssignment"})
				pass(time.Until(g.End) + 8*time.Minute)
				a := r.record(t, g.Key)
				if a.State != access.Deleting || !a.Stuck || !r.holds(g.Key) {
					t.Errorf("after eight minutes: %s, stuck %v, AWS holds it %v", a.State, a.Stuck, r.holds(g.Key))
				}
				if v := r.grant(t, g.ID); v.Phase != access.PhaseEnding {
					t.Errorf("people see %s", v.Phase)
				}
				if n := r.told.count(access.NoticeAdmins, ""); n == 0 {
					t.Error("the admins were not told")
				}
				r.cloud.ClearFaults()
				pass(2 * time.Minute)
				if r.holds(g.Key) {
					t.Error("I2: still there two minutes after AWS was well again")
				}
			})
		})
	}
}

func TestDeleteThatFailsLater(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		r.inject(t, awssim.Fault{Kind: awssim.FaultFailed, Action: "sso:DeleteAccountAssignment", Times: 3})
		pass(time.Until(g.End) + 2*time.Minute)
		if r.holds(g.Key) || r.record(t, g.Key).State != access.Absent {
			t.Errorf("FAILED was taken for the end: %+v", r.record(t, g.Key))
		}
	})
}

func TestCreateThatFailsLaterIsSentAgain(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.inject(t, awssim.Fault{Kind: awssim.FaultFailed, Action: "sso:CreateAccountAssignment", Times: 2})
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(time.Minute)
		if v := r.view(req.ID).Grants[0]; v.Phase != access.PhaseActive {
			t.Errorf("%s %s after two failures that AWS says to try again", v.Phase, v.Grant.EndReason)
		}
	})
}

func TestCreateRefusedForGood(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.inject(t, awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:CreateAccountAssignment"})
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(time.Minute)
		v := r.view(req.ID).Grants[0]
		if v.Grant.EndReason != access.EndFailed || v.Grant.EndNote == "" || v.Phase != access.PhaseEnded {
			t.Errorf("%s %s %q", v.Phase, v.Grant.EndReason, v.Grant.EndNote)
		}
	})
}

func TestNotPresentInTimeEndsAsFailed(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.inject(t, awssim.Fault{Kind: awssim.FaultServerError, Action: "sso:CreateAccountAssignment"})
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(11 * time.Minute)
		if v := r.view(req.ID).Grants[0]; v.Grant.EndReason != access.EndFailed {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
		r.cloud.ClearFaults()
		pass(25 * time.Minute)
		if k := key("alice", prod, "ReadOnly"); r.holds(k) || r.record(t, k).State != access.Absent {
			t.Errorf("%+v", r.record(t, k))
		}
	})
}

// lateCreate loses the answer to the first create and lets it reach AWS only later, as a
// signed request in a dying proxy does.
type lateCreate struct {
	next  http.RoundTripper
	after time.Duration
	hang  bool // the caller hears nothing until it gives up
	once  sync.Once
	group sync.WaitGroup
}

func (l *lateCreate) RoundTrip(q *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(q.Header.Get("X-Amz-Target"), ".CreateAccountAssignment") {
		return l.next.RoundTrip(q)
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	l.once.Do(func() {
		late := q.Clone(context.Background())
		late.Body = io.NopCloser(bytes.NewReader(body))
		l.group.Go(func() {
			time.Sleep(l.after)
			if resp, err := l.next.RoundTrip(late); err == nil {
				_ = resp.Body.Close()
			}
		})
	})
	if l.hang {
		<-q.Context().Done()
	}
	return nil, &timeout{} // the others never arrive
}

type timeout struct{}

func (*timeout) Error() string   { return "read: connection timed out" }
func (*timeout) Timeout() bool   { return true }
func (*timeout) Temporary() bool { return true }

func TestCreateThatLandsAfterTheEndIsFound(t *testing.T) {
	t.Parallel()
	l := &lateCreate{after: 4 * time.Minute}
	live(t, func(t *testing.T, r *rig) {
		r.removal = 8 * time.Minute
		k := key("alice", prod, "ReadOnly")
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(20 * time.Second)
		g := r.view(req.ID).Grants[0].Grant
		if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		if r.record(t, k).State != access.Deleting {
			t.Errorf("I1: %s although a create of ours may still land", r.record(t, k).State)
		}
		pass(2 * time.Minute)
		l.group.Wait()
		pass(4 * time.Minute)
		if r.holds(k) {
			t.Error("I2: a late create outlives its grant")
		}
		pass(20 * time.Minute)
		if a := r.record(t, k); a.State != access.Absent || r.holds(k) {
			t.Errorf("%+v", a)
		}
	}, func(r *rig, _ *awssim.Config) {
		r.transport = func(next http.RoundTripper) http.RoundTripper { l.next = next; return l }
	})
}

func TestSkewedClockStopsNewGrantsOnly(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 30*time.Minute, "f1")
		if err := r.cloud.SetTuning(func(x *awssim.Tuning) { x.ClockSkew = -5 * time.Minute }); err != nil {
			t.Fatal(err)
		}
		req := r.mustSubmit(alice, staging, "ReadOnly", 10*time.Minute, "f2")
		pass(2 * time.Minute)
		if r.holds(key("alice", staging, "ReadOnly")) {
			t.Errorf("granted although the clocks differ by five minutes: %+v", r.view(req.ID))
		}
		if r.told.count(access.NoticeAdmins, "") == 0 {
			t.Error("the admins were not told")
		}
		pass(time.Until(g.End) + time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: removal waited for the clock")
		}
	})
}

func TestUncheckedRequestIsWithdrawn(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		if _, err := r.svc.Who(context.Background(), alice); err != nil { // the form was opened
			t.Fatal(err)
		}
		pass(5 * time.Minute)
		r.slack.set(func(s *fakeSlack) { s.away = true })
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(time.Minute)
		if v := r.view(req.ID); v.Request.State != access.Pending {
			t.Errorf("after a minute: %s", v.Request.State)
		}
		pass(90 * time.Second)
		if v := r.view(req.ID); v.Request.State != access.Withdrawn || v.Request.Outcome == "" {
			t.Errorf("%s %q", v.Request.State, v.Request.Outcome)
		}
	})
}

func TestAWSGoneOverAnEnd(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.removal = time.Hour
		g := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		r.inject(t, awssim.Fault{Kind: awssim.FaultUnavailable, Action: "*"})
		pass(time.Until(g.End) + 30*time.Minute)
		if r.record(t, g.Key).State != access.Deleting {
			t.Errorf("%s", r.record(t, g.Key).State)
		}
		r.cloud.ClearFaults()
		pass(90 * time.Second)
		if r.holds(g.Key) {
			t.Error("I2: still there 90 s after AWS came back")
		}
	})
}

const denyProd = `
  - name: prod is closed
    deny: true
    accounts: [{ id: "222222222222" }]
`

func TestDenyHoldsAtEveryGate(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		pending := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		pass(5 * time.Second)
		g := r.active(t, "ReadOnly", time.Hour, "f2")
		if err := r.load(ctx, rigPolicy+denyProd); err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Second)
		choices, err := rolesOf(ctx, r.svc, personID("alice"), prod)
		if err != nil || choices.Total != 0 || choices.Why == "" {
			t.Errorf("I8: the form offers %d roles, %q, %v", choices.Total, choices.Why, err)
		}
		if p, _ := previewOf(ctx, r.svc, personID("alice"), prod, roleARN("ReadOnly")); p.Problem == nil {
			t.Error("I8: the preview allows it")
		}
		if _, err := r.submit(alice, prod, "ReadOnly", time.Hour, "f3"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("I8: submit: %v", err)
		}
		if err := r.approve(bob, pending.ID); err != nil {
			t.Errorf("the approval is answered with the withdrawal: %v", err)
		}
		if v := r.view(pending.ID); v.Request.State != access.Withdrawn {
			t.Errorf("I8: review: %s", v.Request.State)
		}
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndDenied || r.holds(g.Key) {
			t.Errorf("I8: a live grant under a deny: %s, AWS holds it %v", v.Grant.EndReason, r.holds(g.Key))
		}
	})
}

func TestDenyBetweenApprovalAndStart(t *testing.T) {
	t.Parallel()
	f := newFuse(0)
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		pass(30 * time.Second)
		if _, err := r.svc.Who(context.Background(), bob); err != nil { // pins him
			t.Fatal(err)
		}
		// The process dies right after the transaction that approves.
		f.mu.Lock()
		f.armed, f.at = true, f.n+2
		f.mu.Unlock()
		if err := r.approve(bob, req.ID); err == nil {
			t.Fatal("the fuse did not blow")
		}
		r.cancel()
		<-r.stopped
		r.dir.Close()
		if err := r.db.Close(); err != nil {
			t.Fatal(err)
		}
		r.wrap = nil
		r.policy = rigPolicy + denyProd
		r.start()
		pass(time.Minute)
		v := r.view(req.ID)
		if v.Request.State != access.Approved || len(v.Grants) != 1 || v.Grants[0].Grant.EndReason != access.EndDenied {
			t.Errorf("I8: %s %+v", v.Request.State, v.Grants)
		}
		if r.cloud.Count("sso:CreateAccountAssignment") != 0 {
			t.Error("I8: AWS was asked to create it")
		}
	}, func(r *rig, _ *awssim.Config) { r.wrap = func(s access.Store) access.Store { return fused{s, f} } })
}

func TestOffboardedPersonLosesAccess(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		if err := r.cloud.EditUser(string(personID("alice")), func(u *awssim.User) { u.Disabled = true }); err != nil {
			t.Fatal(err)
		}
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndOffboarded || r.holds(g.Key) {
			t.Errorf("%s, AWS holds it %v", v.Grant.EndReason, r.holds(g.Key))
		}
	})
}

func TestWantedAgainWhileItIsBeingDeleted(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(time.Second) // the delete is on its way
		req := r.mustSubmit(alice, prod, "ReadOnly", 10*time.Minute, "f2")
		pass(2 * time.Minute)
		v := r.view(req.ID).Grants[0]
		if v.Phase != access.PhaseActive || !r.holds(g.Key) {
			t.Errorf("%s %s, AWS holds it %v", v.Phase, v.Grant.EndReason, r.holds(g.Key))
		}
	})
}

func TestDisabledApproverCannotVote(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		pass(5 * time.Second)
		if err := r.cloud.EditUser(string(personID("bob")), func(u *awssim.User) { u.Disabled = true }); err != nil {
			t.Fatal(err)
		}
		pass(7 * time.Minute) // and no sync has noticed
		for _, v := range []access.Verdict{access.Approve, access.Deny} {
			_, err := r.svc.Review(context.Background(), access.ReviewInput{Request: req.ID, User: bob, Verdict: v, Comment: "no"})
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("I3: %s by somebody who is disabled in Identity Center: %v", v, err)
			}
		}
		if got := r.view(req.ID).Request; got.State != access.Pending || len(got.Reviews) != 0 {
			t.Errorf("%s with %d reviews", got.State, len(got.Reviews))
		}
	})
}

func TestPolicyThatGrewSinceSubmission(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "AdministratorAccess", 2*time.Hour, "f1")
		pass(5 * time.Second)
		stricter := strings.Replace(r.policy, "max_duration: 2h\n    approval: [{ from: [sre], count: 1 }]\n", "max_duration: 1h\n    approval: [{ from: [sre], count: 1 }, { from: [security], count: 1 }]\n", 1)
		if err := r.load(context.Background(), stricter); err != nil || stricter == r.policy {
			t.Fatal(err)
		}
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		if got := r.view(req.ID); got.Request.State != access.Pending || len(got.Approvers) != 1 || got.Approvers[0].Person != personID("dana") {
			t.Errorf("I8: %s; today's policy needs security too: %v", got.Request.State, got.Approvers)
		}
		if err := r.approve(carol, req.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a vote that completes nothing: %v", err)
		}
		if err := r.approve(dana, req.ID); err != nil {
			t.Errorf("whom today's policy needs: %v", err)
		}
		pass(20 * time.Second)
		v := r.view(req.ID)
		if v.Request.State != access.Approved || v.Grants[0].Grant.Duration != time.Hour {
			t.Errorf("I8: %s for %s, today's rule allows an hour", v.Request.State, v.Grants[0].Grant.Duration)
		}
	})
}
