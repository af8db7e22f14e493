package suite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

func slowAWS(_ *rig, cfg *awssim.Config) {
	cfg.Tuning.OperationMin, cfg.Tuning.OperationMax = 30*time.Second, 30*time.Second
}

// Twelve changes in one account take AWS six minutes, one after the other. Who asks for a
// thirteenth is told, who waits is told, and so are the admins.
func TestQueueIsVisible(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		if p, err := waitFor(ctx, r, prod); err != nil || p != 0 {
			t.Errorf("with an idle AWS: %s, %v", p, err)
		}
		var last access.Request
		for i := range 12 {
			last = r.mustSubmit(crowdUser(i), prod, "ReadOnly", 4*time.Hour, fmt.Sprint("f", i))
		}
		pass(40 * time.Second)
		p, err := waitFor(ctx, r, prod)
		if err != nil || p < 2*time.Minute || p > 8*time.Minute {
			t.Errorf("the form says %s, %v", p, err)
		}
		if p, err := waitFor(ctx, r, staging); err != nil || p >= 5*time.Minute {
			t.Errorf("another account: %s, %v", p, err)
		}
		if v := r.view(last.ID).Grants[0]; v.Phase != access.PhaseStarting || v.Wait < time.Minute {
			t.Errorf("who waits: %s, %s", v.Phase, v.Wait)
		}
		c := r.config(t)
		if c.Queue == nil || c.Queue.Waiting() < 8 || c.Queue.Running == 0 || c.Queue.Oldest.IsZero() || c.Queue.Drain < 2*time.Minute {
			t.Errorf("the hub: %+v", c.Queue)
		}
		pass(8 * time.Minute)
		if v := r.view(last.ID).Grants[0]; v.Phase != access.PhaseActive || v.Wait != 0 {
			t.Errorf("afterwards: %s, %s", v.Phase, v.Wait)
		}
		if c := r.config(t); c.Queue == nil || c.Queue.Waiting() != 0 {
			t.Errorf("afterwards: %+v", c.Queue)
		}
	}, crowd(12), slowAWS)
}

// A replica that does not lead has no queue of its own; it shows that of the one that does.
func TestFollowerShowsTheQueue(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		r := f.replicas[f.leader()]
		if err := r.cloud.SetTuning(func(x *awssim.Tuning) { x.OperationMin, x.OperationMax = 40*time.Second, 40*time.Second }); err != nil {
			t.Fatal(err)
		}
		for i, role := range []string{"ReadOnly", "AdministratorAccess", "PowerUserAccess"} {
			q := r.mustSubmit(alice, prod, role, time.Hour, fmt.Sprint("f", i))
			pass(2 * time.Second)
			if role == "ReadOnly" {
				continue
			}
			if err := r.approve(bob, q.ID); err != nil {
				t.Fatal(err)
			}
		}
		pass(15 * time.Second)
		mine, theirs := r.config(t).Queue, f.other().config(t).Queue
		if theirs == nil || mine == nil || theirs.Waiting() != mine.Waiting() || mine.Waiting() == 0 {
			t.Errorf("the leader shows %+v, the follower %+v", mine, theirs)
		}
		pass(5 * time.Minute)
		if q := f.other().config(t).Queue; q != nil && q.Waiting() != 0 {
			t.Errorf("the follower still shows %+v", q)
		}
	})
}

// waitFor is how long the form says that ReadOnly in an account will wait.
func waitFor(ctx context.Context, r *rig, account catalog.AccountID) (time.Duration, error) {
	p, err := r.svc.Preview(ctx, access.PreviewInput{Asker: personID("alice"), Entitlements: []access.Entitlement{access.RoleIn(account, roleARN("ReadOnly"))}})
	return p.Wait, err
}
