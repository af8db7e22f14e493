package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/store/bolt"
)

// cut is a store that a replica can be cut off from.
type cut struct {
	access.Store
	away atomic.Bool
}

var errAway = fault.New(fault.Unavailable, "cut", "The database cannot be reached.", "")

func (c *cut) View(ctx context.Context, fn func(access.Tx) error) error {
	if c.away.Load() {
		return errAway
	}
	return c.Store.View(ctx, fn)
}

func (c *cut) Update(ctx context.Context, fn func(access.Tx) error) error {
	if c.away.Load() {
		return errAway
	}
	return c.Store.Update(ctx, fn)
}

// fleet is several replicas on one store, with one AWS and one Slack.
type fleet struct {
	t        *testing.T
	db       *bolt.DB
	replicas []*rig
	cuts     []*cut
}

// replicas runs fn on a fleet in virtual time and checks store and log afterwards.
func replicas(t *testing.T, n int, fn func(t *testing.T, f *fleet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{t: t}
		first := newRig(t)
		db, err := bolt.Open(first.path, bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		f.db = db
		for i := range n {
			r := *first
			r.t, r.replica = t, fmt.Sprintf("replica-%d", i)
			c := &cut{Store: db}
			r.shared = c
			f.replicas, f.cuts = append(f.replicas, &r), append(f.cuts, c)
			r.start()
		}
		defer f.close()
		pass(time.Minute)
		fn(t, f)
	})
}

// close ends what still runs and checks what is left.
func (f *fleet) close() {
	for _, r := range f.replicas {
		if r.cancel != nil {
			r.stop()
		}
	}
	if err := access.VerifyAudit(context.Background(), f.db); err != nil {
		f.t.Error("I6:", err)
	}
	if err := f.db.Check(context.Background()); err != nil {
		f.t.Error(err)
	}
	if err := f.db.Close(); err != nil {
		f.t.Error(err)
	}
}

// end stops a replica in good order.
func (f *fleet) end(i int) {
	f.replicas[i].stop()
	f.replicas[i].cancel = nil
}

// leader is the one replica that leads.
func (f *fleet) leader() int {
	f.t.Helper()
	found := -1
	for i, r := range f.replicas {
		if r.cancel == nil {
			continue
		}
		if leads, _ := r.svc.Leading(); leads {
			if found >= 0 {
				f.t.Fatalf("replicas %d and %d lead", found, i)
			}
			found = i
		}
	}
	return found
}

// other is a replica that does not lead.
func (f *fleet) other() *rig {
	f.t.Helper()
	lead := f.leader()
	for i, r := range f.replicas {
		if i != lead && r.cancel != nil {
			return r
		}
	}
	f.t.Fatal("there is no other replica")
	return nil
}

func TestAnyReplicaServesAndOneLeads(t *testing.T) {
	t.Parallel()
	replicas(t, 3, func(t *testing.T, f *fleet) {
		if f.leader() < 0 {
			t.Fatal("nobody leads after a minute")
		}
		r := f.other()
		req := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		again := f.replicas[f.leader()].mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f1")
		if again.ID != req.ID {
			t.Error("I7: the same form on two replicas made two requests")
		}
		pass(5 * time.Second)
		if err := r.approve(bob, req.ID); err != nil {
			t.Fatal(err)
		}
		pass(15 * time.Second)
		k := key("alice", prod, "AdministratorAccess")
		if !r.holds(k) {
			t.Fatalf("not granted: %+v", r.view(req.ID).Grants)
		}
		if n := r.told.count(access.NoticeThread, access.EventSubmitted); n != 1 {
			t.Errorf("the thread tells of the request %d times", n)
		}
		if n := r.told.count(access.NoticeThread, access.EventActive); n != 1 {
			t.Errorf("the thread tells of the access %d times", n)
		}
		pass(time.Hour + 10*time.Minute)
		if r.holds(k) {
			t.Error("I2: it outlives its end")
		}
		if n := r.cloud.Count("sso:CreateAccountAssignment"); n != 1 {
			t.Errorf("%d creates were sent", n)
		}
	})
}

func TestLeaderThatLeavesHandsOverAtOnce(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		r := f.other()
		g := activeOn(t, r, 10*time.Minute, "f1")
		f.end(f.leader())
		pass(5 * time.Second)
		if f.leader() < 0 {
			t.Error("nobody leads five seconds after the leader left in good order")
		}
		pass(time.Until(g.End) + time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: it outlives its end")
		}
	})
}

// activeOn gets alice read-only access through a replica.
func activeOn(t *testing.T, r *rig, d time.Duration, form string) access.Grant {
	t.Helper()
	req := r.mustSubmit(alice, prod, "ReadOnly", d, form)
	pass(20 * time.Second)
	v := r.view(req.ID)
	if len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseActive {
		t.Fatalf("not active: %s %q %+v", v.Request.State, v.Request.Outcome, v.Grants)
	}
	return v.Grants[0].Grant
}

func TestLeaderThatIsCutOffIsReplaced(t *testing.T) {
	t.Parallel()
	replicas(t, 3, func(t *testing.T, f *fleet) {
		old := f.leader()
		r := f.other()
		g := activeOn(t, r, 10*time.Minute, "f1")
		f.cuts[old].away.Store(true)
		pass(11 * time.Second)
		if leads, _ := f.replicas[old].svc.Leading(); leads {
			t.Error("it still believes that it leads eleven seconds after it was cut off")
		}
		pass(19 * time.Second)
		if now := f.leader(); now < 0 || now == old {
			t.Errorf("replica %d leads half a minute after the leader was cut off", now)
		}
		g2 := activeOn(t, r, 10*time.Minute, "f2")
		if g2.Key != g.Key {
			t.Fatal("another key")
		}
		f.cuts[old].away.Store(false) // it comes back, and is one of the others
		pass(time.Minute)
		if f.leader() == old {
			t.Error("it took the lead back")
		}
		pass(time.Until(g2.End) + time.Minute)
		if r.holds(g.Key) {
			t.Error("I2: it outlives its end")
		}
	})
}

// TestFormerLeaderWritesNothing: whoever lost the lead can neither write nor pass the last
// look before a call.
func TestFormerLeaderWritesNothing(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		old := f.leader()
		f.cuts[old].away.Store(true)
		pass(time.Minute)
		f.cuts[old].away.Store(false)
		err := f.replicas[old].svc.Sweep(context.Background())
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("the former leader wrote: %v", err)
		}
		if err := f.other().svc.Reconcile(context.Background()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a replica that never led wrote: %v", err)
		}
	})
}

func TestReplicasFollowPolicyPauseAndCatalog(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		lead, r := f.replicas[f.leader()], f.other()
		deny := rigPolicy + "  - { name: freeze, deny: true, roles: [ReadOnly] }\n"
		lead.policy = deny
		if err := lead.load(context.Background(), deny); err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Second)
		if _, err := r.submit(alice, prod, "ReadOnly", time.Hour, "f1"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("I8: the other replica decides by the old policy: %v", err)
		}
		// Its own file says something else: the leader's stays in force, and it says so.
		if err := r.load(context.Background(), rigPolicy); err != nil {
			t.Fatal(err)
		}
		if p := r.svc.PolicyProblem(); !strings.Contains(p, "replica") {
			t.Errorf("the other file is not told of: %q", p)
		}
		if _, err := r.submit(alice, prod, "ReadOnly", time.Hour, "f2"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("I8: the other replica's file is in force: %v", err)
		}
		req := r.mustSubmit(alice, prod, "AdministratorAccess", time.Hour, "f3")
		pass(5 * time.Second)
		if _, err := r.svc.Pause(context.Background(), carol, "drill"); err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Second)
		if lead.svc.Paused() == nil {
			t.Error("the leader does not know of the pause")
		}
		if err := lead.approve(bob, req.ID); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a vote counted during a pause: %v", err)
		}
		if err := r.cloud.SuspendAccount(string(staging)); err != nil {
			t.Fatal(err)
		}
		if err := r.svc.SyncNow(context.Background(), carol); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if a, _ := r.svc.Account(staging); a.State != "SUSPENDED" {
			t.Errorf("the other replica's catalog says %s", a.State)
		}
	})
}

// TestMassEndsThroughAnotherReplica: what an admin orders on a replica that does not lead is
// carried out by the one that does, and both count what waits for an admin's word.
func TestMassEndsThroughAnotherReplica(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		lead, r := f.replicas[f.leader()], f.other()
		g := activeOn(t, r, 2*time.Hour, "f0")
		v, err := r.svc.EndAll(context.Background(), carol, access.EndScope{Person: g.Key.Person}, "drill")
		if err != nil {
			t.Fatal(err)
		}
		pass(20 * time.Second)
		if v, err = r.svc.EndOrder(context.Background(), carol, v.Order.ID); err != nil || v.Order.DoneAt.IsZero() || r.holds(g.Key) {
			t.Errorf("twenty seconds after the order: %+v %v, AWS holds it: %v", v.Order, err, r.holds(g.Key))
		}
		n := 0
		for _, u := range []identity.SlackUserID{alice, bob, carol, dana} {
			for _, account := range []catalog.AccountID{prod, staging} {
				r.mustSubmit(u, account, "ReadOnly", 2*time.Hour, fmt.Sprint("h", u, account))
				n++
			}
		}
		pass(2 * time.Minute)
		lead.policy = rigPolicy + "  - { name: freeze, deny: true, roles: [ReadOnly] }\n"
		if err := lead.load(context.Background(), lead.policy); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		for _, one := range []*rig{lead, r} {
			if c, err := one.svc.Config(context.Background(), carol); err != nil || c.Held != n {
				t.Errorf("%s counts %d that wait for an admin, want %d: %v", one.replica, c.Held, n, err)
			}
		}
		if _, err := r.svc.EndHeld(context.Background(), carol, "drill"); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		for _, u := range []string{"alice", "bob", "carol", "dana"} {
			if r.holds(key(u, prod, "ReadOnly")) {
				t.Errorf("%s keeps what was ended", u)
			}
		}
		if c, err := r.svc.Config(context.Background(), carol); err != nil || c.Held != 0 {
			t.Errorf("afterwards %d wait: %v", c.Held, err)
		}
	})
}

// TestCreateOfAFormerLeaderThatLandsLate: a leader stands still between its last look and
// the call; another takes over, grants, ends; then the first one's request reaches AWS.
func TestCreateOfAFormerLeaderThatLandsLate(t *testing.T) {
	t.Parallel()
	l := &lateCreate{after: 4 * time.Minute, hang: true}
	synctest.Test(t, func(t *testing.T) {
		base := newRig(t)
		db, err := bolt.Open(base.path, bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		one, two := *base, *base
		away := &cut{Store: db}
		one.t, one.replica, one.shared = t, "one", away
		one.transport = nextTransport(l)
		two.t, two.replica, two.shared = t, "two", db
		one.start()
		defer func() {
			one.stop()
			two.stop()
			if err := errors.Join(access.VerifyAudit(context.Background(), db), db.Close()); err != nil {
				t.Error(err)
			}
		}()
		pass(30 * time.Second)
		two.start()
		pass(30 * time.Second)
		if leads, _ := one.svc.Leading(); !leads {
			t.Fatal("the first does not lead")
		}
		req := two.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		pass(8 * time.Second)
		away.away.Store(true)
		pass(40 * time.Second)
		k := key("alice", prod, "ReadOnly")
		if leads, _ := two.svc.Leading(); !leads || !two.holds(k) {
			t.Fatalf("the second leads: %v, and granted: %v", leads, two.holds(k))
		}
		if _, err := two.svc.EndGrant(context.Background(), two.view(req.ID).Grants[0].Grant.ID, alice); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if two.holds(k) {
			t.Fatal("not ended")
		}
		pass(4 * time.Minute)
		l.group.Wait()
		pass(4 * time.Minute)
		if two.holds(k) {
			t.Error("I2: the former leader's create outlives its grant")
		}
		pass(20 * time.Minute)
		if two.holds(k) {
			t.Error("I2: it is still there")
		}
	})
}

// nextTransport puts l before AWS.
func nextTransport(l *lateCreate) func(next http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper { l.next = next; return l }
}
