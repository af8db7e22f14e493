package suite

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

// live runs fn on a started rig in virtual time and checks the invariants, the store and
// the log afterwards.
func live(t *testing.T, fn func(t *testing.T, r *rig), options ...rigOption) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, options...)
		r.start()
		pass(time.Minute) // members of the sets are read in the background
		fn(t, r)
		r.t = t
		if err := r.invariants(time.Now()); err != nil {
			t.Error(err)
		}
		r.check()
		r.stop()
	})
}

// active submits, approves when needed, and waits until AWS holds it.
func (r *rig) active(t *testing.T, role string, d time.Duration, form string) access.Grant {
	t.Helper()
	req := r.mustSubmit(alice, prod, role, d, form)
	pass(5 * time.Second)
	if role == "AdministratorAccess" {
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
	}
	pass(15 * time.Second)
	v := r.view(req.ID)
	if len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive || !r.holds(key("alice", prod, role)) {
		t.Fatalf("not active: %s %q %+v", v.Request.State, v.Request.Outcome, v.Grants)
	}
	return v.Grants[0].Grant
}

func (r *rig) grant(t *testing.T, id access.GrantID) access.GrantView {
	t.Helper()
	v, err := r.svc.GrantView(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (r *rig) record(t *testing.T, k access.Key) (a access.Assignment) {
	t.Helper()
	if err := r.db.View(context.Background(), func(tx access.Tx) (err error) {
		a, err = tx.Assignment(k)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return a
}

func (r *rig) inject(t *testing.T, f awssim.Fault) {
	t.Helper()
	if _, err := r.cloud.Inject(f); err != nil {
		t.Fatal(err)
	}
}

func TestAutomaticGrantBeginsAndEnds(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		asked := time.Now()
		g := r.active(t, "ReadOnly", time.Hour, "f1")
		if g.End.After(g.ConfirmedAt.Add(time.Hour)) || g.End.Before(asked.Add(time.Hour)) {
			t.Errorf("ends %s after it was asked for, want one hour after AWS confirmed", g.End.Sub(asked))
		}
		k := key("alice", prod, "ReadOnly")
		pass(time.Until(g.End) - time.Second)
		if !r.holds(k) {
			t.Error("taken away before its end")
		}
		pass(61 * time.Second)
		if r.holds(k) {
			t.Error("I2: still there a minute after its end")
		}
		v := r.grant(t, g.ID)
		if v.Phase != access.PhaseEnded || v.Grant.EndReason != access.EndExpired {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
		if n := r.told.count(access.NoticeThread, access.EventRemoved); n != 1 {
			t.Errorf("the thread tells of the removal %d times", n)
		}
	})
}

func TestEndNowTakesItAwayAtOnce(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", time.Hour, "f1")
		if _, err := r.svc.EndGrant(context.Background(), g.ID, bob); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stranger ended it: %v", err)
		}
		if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		if r.holds(g.Key) || r.record(t, g.Key).State != access.Absent {
			t.Errorf("still there: %+v", r.record(t, g.Key))
		}
	})
}

func TestTwoStepsNeedTwoPeople(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "PowerUserAccess", time.Hour, "f1")
		pass(5 * time.Second)
		for range 3 { // the same press three times is one vote
			if err := r.approve(bob, req.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.approve(carol, req.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a second sre is not security: %v", err)
		}
		if got := r.view(req.ID).Request.State; got != access.Pending {
			t.Fatalf("I3: %s without security", got)
		}
		if err := r.approve(dana, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		if !r.holds(key("alice", prod, "PowerUserAccess")) {
			t.Errorf("not granted: %+v", r.view(req.ID).Request)
		}
	})
}

func TestRequesterNeverCounts(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(bob, prod, "AdministratorAccess", time.Hour, "f1")
		pass(5 * time.Second)
		if err := r.approve(bob, req.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("I3: the requester's press: %v", err)
		}
		if err := r.approve(dana, req.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("I3: somebody outside the set: %v", err)
		}
		if got := r.view(req.ID).Request; got.State != access.Pending || len(got.Reviews) != 0 {
			t.Errorf("I3: %s with %d reviews", got.State, len(got.Reviews))
		}
	})
}

func TestEarlierVotesAreCheckedAgain(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "PowerUserAccess", time.Hour, "f1")
		pass(5 * time.Second)
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		r.slack.set(func(s *fakeSlack) { u := s.users[bob]; u.Deleted = true; s.users[bob] = u }) // bob leaves, still in the group
		if err := r.approve(dana, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		if v := r.view(req.ID); v.Request.State != access.Pending || r.holds(key("alice", prod, "PowerUserAccess")) {
			t.Errorf("I3: %s on the vote of somebody who left", v.Request.State)
		}
	})
}

func TestEarlierVoteOfSomebodyNamed(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "PowerUserAccess", time.Hour, "f1")
		pass(5 * time.Second)
		if err := r.approve(dana, req.ID); err != nil { // in her set by name: no group takes her out of it
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		r.slack.set(func(s *fakeSlack) { u := s.users[dana]; u.Deleted = true; s.users[dana] = u })
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		if v := r.view(req.ID); v.Request.State != access.Pending || r.holds(key("alice", prod, "PowerUserAccess")) {
			t.Errorf("I3: %s on the vote of somebody who left", v.Request.State)
		}
	})
}

func TestSameFormThreeTimesIsOneRequest(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		first := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		for range 2 {
			if again := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1"); again.ID != first.ID {
				t.Errorf("I7: the same form made %s and %s", first.ID, again.ID)
			}
		}
		if _, err := r.submit(alice, prod, "AdministratorAccess", time.Hour, "f2"); !fault.Is(err, fault.Conflict) {
			t.Errorf("another form for what is pending: %v", err)
		}
	})
}

func TestTwoApproversAtOnceAndADenyAfter(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		req := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		pass(5 * time.Second)
		errs := make(chan error, 2)
		go func() { errs <- r.approve(bob, req.ID) }()
		go func() { errs <- r.approve(carol, req.ID) }()
		a, b := <-errs, <-errs
		if (a == nil) == (b == nil) {
			t.Errorf("one of them decides, the other is told: %v, %v", a, b)
		}
		_, err := r.svc.Review(context.Background(), access.ReviewInput{Request: req.ID, User: carol, Verdict: access.Deny, Comment: "no"})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a deny after the approval: %v", err)
		}
		if v := r.view(req.ID); v.Request.State != access.Approved || len(v.Grants) != 1 {
			t.Errorf("%s with %d grants", v.Request.State, len(v.Grants))
		}
	})
}

func TestDenyCancelLapse(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		denied := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		cancelled := r.mustSubmit(alice, staging, "AdministratorAccess", time.Hour, "f2")
		lapsed := r.mustSubmit(alice, prod, "PowerUserAccess", time.Hour, "f3")
		pass(5 * time.Second)
		if _, err := r.svc.Review(context.Background(), access.ReviewInput{Request: denied.ID, User: bob, Verdict: access.Deny}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a deny without a reason: %v", err)
		}
		if _, err := r.svc.Review(context.Background(), access.ReviewInput{Request: denied.ID, User: bob, Verdict: access.Deny, Comment: "use read-only"}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.svc.Cancel(context.Background(), cancelled.ID, bob); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a stranger cancelled it: %v", err)
		}
		if _, err := r.svc.Cancel(context.Background(), cancelled.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(8*time.Hour + time.Minute)
		for id, want := range map[access.RequestID]access.RequestState{denied.ID: access.Denied, cancelled.ID: access.Cancelled, lapsed.ID: access.Lapsed} {
			if got := r.view(id).Request.State; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if n := len(r.cloud.Assignments(awsRequested())); n != 0 {
			t.Errorf("I3: %d assignments", n)
		}
	})
}

func TestOverlappingGrantsKeepTheAssignment(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		first := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		pass(5 * time.Minute)
		second := r.active(t, "ReadOnly", 10*time.Minute, "f2")
		pass(time.Until(first.End) + time.Minute)
		if !r.holds(first.Key) {
			t.Error("I5: the end of the first took away what the second gives")
		}
		if n := r.cloud.Count("sso:DeleteAccountAssignment"); n != 0 {
			t.Errorf("I5: %d deletes while a live grant covered now", n)
		}
		pass(time.Until(second.End) + time.Minute)
		if r.holds(first.Key) {
			t.Error("I2: still there")
		}
	})
}

func TestAskedAgainWhileListingsLag(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", time.Hour, "f1")
		pass(2 * time.Minute) // until the listings show it
		if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f2")
		pass(90 * time.Second)
		if v := r.view(req.ID).Grants[0]; v.Phase != access.PhaseActive {
			t.Errorf("%s %s %s: our own former assignment was taken for somebody else's", v.Phase, v.Grant.EndReason, v.Grant.EndNote)
		}
	}, func(_ *rig, c *awssim.Config) { c.Tuning.ListingLag = 40 * time.Second })
}

func TestOldLeaderWritesNothing(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		next, err := access.New(context.Background(), access.Options{Store: r.db, Clock: wall{}, Connector: r.conn, Directory: r.dir, OnCatalog: r.dir.SetCatalog})
		if err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Minute)
		if n := r.cloud.Count("sso:DeleteAccountAssignment"); n != 0 {
			t.Errorf("a process whose term is over called AWS %d times", n)
		}
		r.cancel()
		<-r.stopped
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		if err := next.SetPolicy(ctx, r.svc.Policy()); err != nil {
			t.Fatal(err)
		}
		go func() { defer close(done); _ = next.Run(ctx, r.told) }()
		pass(30 * time.Second)
		if r.holds(g.Key) {
			t.Error("I2: the next leader did not take it away")
		}
		cancel()
		<-done
	})
}
