package suite

import (
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
)

func TestAutomaticGrantBeginsAndEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.start()
		pass(time.Minute) // members of the sets are read in the background
		defer func() { r.check(); r.stop() }()
		req := r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(15 * time.Second)
		k := key("alice", prod, "ReadOnly")
		v := r.view(req.ID)
		if v.Request.State != access.Approved || len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive || !r.holds(k) {
			t.Fatalf("after 15 s: %s, %+v, AWS holds it: %v", v.Request.State, v.Grants, r.holds(k))
		}
		pass(time.Hour - 20*time.Second)
		if !r.holds(k) {
			t.Fatal("taken away too early")
		}
		pass(80 * time.Second)
		if r.holds(k) {
			t.Fatal("I2: still there a minute after its end")
		}
		if got := r.view(req.ID).Grants[0]; got.Phase != access.PhaseEnded || got.Grant.EndReason != access.EndExpired {
			t.Fatalf("%s %s", got.Phase, got.Grant.EndReason)
		}
	})
}

func TestApprovalByAnotherPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.start()
		pass(time.Minute) // members of the sets are read in the background
		defer func() { r.check(); r.stop() }()
		req := r.mustSubmit(bob, prod, "AdministratorAccess", time.Hour, "f1")
		pass(10 * time.Second)
		if err := r.approve(bob, req.ID); err == nil {
			t.Fatal("I3: the requester approved")
		}
		if err := r.approve(dana, req.ID); err == nil {
			t.Fatal("I3: somebody outside the set approved")
		}
		if err := r.approve(carol, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		if !r.holds(key("bob", prod, "AdministratorAccess")) {
			t.Fatalf("not granted: %+v", r.view(req.ID))
		}
	})
}
