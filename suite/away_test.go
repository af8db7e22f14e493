package suite

import (
	"context"
	"testing"
	"time"

	"stint/access"
	"stint/sandbox/awssim"
)

// TestStoreAwayOverAnEnd: what ends while the store is away is taken away all the same, and
// written down when it is back; nothing else is done without it.
func TestStoreAwayOverAnEnd(t *testing.T) {
	t.Parallel()
	c := &cut{}
	live(t, func(t *testing.T, r *rig) {
		short := r.active(t, "ReadOnly", 10*time.Minute, "f1")
		long := r.mustSubmit(alice, staging, "ReadOnly", 4*time.Hour, "f2")
		pass(20 * time.Second)
		pass(5 * time.Minute)
		c.away.Store(true)
		if _, err := r.submit(bob, prod, "ReadOnly", time.Hour, "f3"); err == nil {
			t.Error("a request was taken without a store")
		}
		pass(time.Until(short.End) - time.Second)
		if !r.holds(short.Key) {
			t.Error("taken away before its end")
		}
		pass(time.Minute)
		if r.holds(short.Key) {
			t.Error("I2: the store is away, and access outlives its end")
		}
		kept := key("alice", staging, "ReadOnly")
		if !r.holds(kept) {
			t.Error("access that lasts was taken away")
		}
		pass(30 * time.Minute)
		creates := r.cloud.Count("sso:CreateAccountAssignment")
		c.away.Store(false)
		pass(2 * time.Minute)
		if a := r.record(t, short.Key); a.State != access.Absent {
			t.Errorf("the record is %s: %s", a.State, a.LastError)
		}
		if v := r.grant(t, short.ID); v.Grant.EndReason != access.EndExpired || v.Phase != access.PhaseEnded {
			t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
		}
		if !r.holds(kept) || r.view(long.ID).Grants[0].Phase != access.PhaseActive {
			t.Error("access that lasts was lost")
		}
		if n := r.cloud.Count("sso:CreateAccountAssignment"); n != creates {
			t.Errorf("%d creates more after the store was back", n-creates)
		}
		if r.told.count(access.NoticeAdmins, "") == 0 {
			t.Error("the admins were not told")
		}
	}, func(r *rig, _ *awssim.Config) { r.wrap = func(s access.Store) access.Store { c.Store = s; return c } })
}

// TestStoreAwayDuringARemoval: what had ended already, and AWS had not taken away yet when the
// store went, does not wait for it either.
func TestStoreAwayDuringARemoval(t *testing.T) {
	t.Parallel()
	c := &cut{}
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		r.inject(t, awssim.Fault{Kind: awssim.FaultThrottle, Action: "sso:DeleteAccountAssignment"})
		if _, err := r.svc.EndGrant(context.Background(), g.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Second)
		c.away.Store(true)
		r.cloud.ClearFaults()
		pass(time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: the store is away, and access that had ended stays")
		}
		c.away.Store(false)
		pass(2 * time.Minute)
		if a := r.record(t, g.Key); a.State != access.Absent {
			t.Errorf("the record is %s: %s", a.State, a.LastError)
		}
	}, func(r *rig, _ *awssim.Config) { r.wrap = func(s access.Store) access.Store { c.Store = s; return c } })
}

// TestProlongedWhileCutOff: a leader that is cut off removes at the end that it knows; another
// prolonged the access, and gives it back.
func TestProlongedWhileCutOff(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		old := f.leader()
		r := f.other()
		g := activeOn(t, r, 10*time.Minute, "f1")
		f.cuts[old].away.Store(true)
		pass(time.Minute)
		next := activeOn(t, r, 30*time.Minute, "f2")
		pass(time.Until(g.End) + 30*time.Second)
		f.cuts[old].away.Store(false)
		pass(3 * time.Minute)
		if !r.holds(next.Key) {
			t.Errorf("the longer access is gone: %+v", r.view(next.Request).Grants)
		}
		pass(time.Until(next.End) + time.Minute)
		if r.holds(next.Key) {
			t.Error("I2: it outlives its end")
		}
		if _, err := r.svc.Config(context.Background(), carol); err != nil {
			t.Error(err)
		}
	})
}
