package suite

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
)

// fleetOn runs fn on two replicas of a store, each with a connection of its own where the store
// allows several.
func fleetOn(t *testing.T, e engine, fn func(t *testing.T, f *fleet), options ...rigOption) {
	t.Helper()
	open := e.empty(t)
	synctest.Test(t, func(t *testing.T) {
		first := newRig(t, options...)
		f := &fleet{t: t}
		var stores []keptStore
		for i := range 2 {
			if i == 0 || e.name == onPostgres.name {
				db, err := open()
				if err != nil {
					t.Fatal(err)
				}
				stores = append(stores, db)
			}
			r := *first
			r.t, r.replica = t, fmt.Sprintf("replica-%d", i)
			c := &cut{Store: stores[len(stores)-1]}
			r.shared = c
			f.replicas, f.cuts = append(f.replicas, &r), append(f.cuts, c)
			r.start()
		}
		pass(time.Minute)
		fn(t, f)
		for _, r := range f.replicas {
			if r.cancel != nil {
				r.stop()
			}
		}
		if err := access.VerifyAudit(context.Background(), stores[0]); err != nil {
			t.Error("I6:", err)
		}
		for _, db := range stores {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// kill ends a replica that puts nothing in order: it does not reach the store any more.
func (f *fleet) kill(i int) {
	r := f.replicas[i]
	f.cuts[i].away.Store(true)
	r.cancel()
	<-r.stopped
	r.dir.Close()
	r.cancel = nil
}

// The replica that takes over goes on with the scan where the killed leader stopped: nothing is
// missed, and at most what was on its way is read twice.
func TestDriftScanGoesOnAtTheNextLeader(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		fleetOn(t, e, func(t *testing.T, f *fleet) {
			lead, r := f.leader(), f.other()
			r.cloud.ResetCounts()
			if err := r.svc.ScanDrift(context.Background(), carol); err != nil { // at the one that does not lead
				t.Fatal(err)
			}
			for range 120 {
				pass(time.Second)
				if r.drift(t, access.DriftQuery{}).State.Chunks > 0 {
					break
				}
			}
			if d := r.drift(t, access.DriftQuery{}).State; d.Chunks == 0 || !d.Scan.Finished.IsZero() {
				t.Fatalf("not in the middle: %+v", d)
			}
			f.kill(lead)
			pass(3 * time.Minute)
			v := r.drift(t, access.DriftQuery{State: access.FindingExpected})
			if v.Total != 250 || v.State.Last.Rows != 250 || v.State.Asked != nil || v.State.Last.By.Slack != carol {
				t.Errorf("%d expected, %+v", v.Total, v.State)
			}
			if calls := r.cloud.Count("sso:ListAccountAssignments"); calls > 250+100 || calls < 250 {
				t.Errorf("%d listings for 250 pairs", calls)
			}
			if now := f.leader(); now < 0 || now == lead {
				t.Errorf("replica %d leads", now)
			}
		}, wideOrganization)
	})
}

// Whoever leaves loses access although the leader dies right after it heard of it: the next one
// looks for itself, and takes away what the dead one had begun to.
func TestWhoLeavesLosesAccessAtTheNextLeader(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		fleetOn(t, e, func(t *testing.T, f *fleet) {
			lead, r := f.leader(), f.other()
			g := activeOn(t, r, 4*time.Hour, "f1")
			pass(7 * time.Minute)
			r.deactivate(alice, true)
			old := f.replicas[lead]
			old.dir.InvalidateUser(alice)
			old.svc.SlackUserChanged(alice)
			for range 30 {
				synctest.Wait()
				v, err := r.svc.GrantView(context.Background(), g.ID)
				if err != nil {
					t.Fatal(err)
				}
				if v.Grant.State == access.Ended {
					break
				}
				pass(100 * time.Millisecond)
			}
			f.kill(lead)
			pass(2 * time.Minute)
			v, err := r.svc.GrantView(context.Background(), g.ID)
			if err != nil || v.Grant.EndReason != access.EndOffboarded || r.holds(g.Key) {
				t.Errorf("%v: %s %s, AWS holds it: %v", err, v.Phase, v.Grant.EndReason, r.holds(g.Key))
			}
			if n := r.told.toldAdmins("alice: "); n != 1 {
				t.Errorf("the admins were told %d times", n)
			}
			// And one of whom only the dead one could have heard is found by the next look.
			other := r.mustSubmit(bob, prod, "ReadOnly", 4*time.Hour, "f2")
			pass(20 * time.Second)
			r.disable(t, personID("bob"), true)
			pass(lookedAt)
			if v := r.view(other.ID).Grants[0]; v.Grant.EndReason != access.EndOffboarded {
				t.Errorf("%s %s", v.Phase, v.Grant.EndReason)
			}
		})
	})
}
