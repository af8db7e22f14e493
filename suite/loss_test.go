package suite

import (
	"context"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

func (r *rig) config(t *testing.T) access.ConfigView {
	t.Helper()
	c, err := r.svc.Config(context.Background(), carol)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lose deletes people from Identity Center and syncs.
func (r *rig) lose(t *testing.T, from, to int) error {
	t.Helper()
	for i := from; i < to; i++ {
		if err := r.cloud.DeleteUser(string(crowdPerson(i))); err != nil {
			t.Fatal(err)
		}
	}
	return r.svc.Sync(context.Background())
}

// A sync that finds a fifth of the people gone waits for an admin's word. Meanwhile the
// catalog from before stays in force, and a single one who leaves loses access.
func TestSyncThatLosesMuchWaits(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		before := r.svc.Catalog()
		g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		if err := r.lose(t, 0, 12); !fault.Is(err, fault.Conflict) {
			t.Fatalf("it was believed: %v", err)
		}
		pass(time.Second)
		c := r.config(t)
		if c.Loss == nil || len(c.Loss.Losses) != 1 || c.Loss.Losses[0].Lost != 12 || c.People != before.Counts().People || !r.adminsTold("12 of 44 people") {
			t.Fatalf("%+v, %d people", c.Loss, c.People)
		}
		if health := r.check1(t, "Catalog"); health.OK || !strings.Contains(health.Detail, "12 of 44 people") || health.Since.IsZero() {
			t.Errorf("%+v", health)
		}
		r.disable(t, personID("alice"), true)
		pass(lookedAt)
		if v := r.grant(t, g.ID); v.Grant.EndReason != access.EndOffboarded {
			t.Errorf("a single one who left meanwhile: %s %s", v.Phase, v.Grant.EndReason)
		}
		if err := r.svc.AcceptLoss(ctx, bob, c.Loss.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by no admin: %v", err)
		}
		if err := r.svc.Sync(ctx); !fault.Is(err, fault.Conflict) {
			t.Fatalf("the next sync: %v", err)
		}
		if err := r.svc.AcceptLoss(ctx, carol, c.Loss.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("what another sync took the place of: %v", err)
		}
		r.stop()
		r.start()
		pass(time.Minute)
		c = r.config(t)
		if c.Loss == nil {
			t.Fatal("a restart forgot what waits")
		}
		if err := r.svc.AcceptLoss(ctx, carol, c.Loss.ID); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		c = r.config(t)
		if c.Loss != nil || c.People != before.Counts().People-12 || c.LastSyncError != "" || !r.adminsTold("carol accepted") {
			t.Errorf("%+v, %d people, %q", c.Loss, c.People, c.LastSyncError)
		}
	}, crowd(40))
}

// What is found again needs nobody's word.
func TestLossThatWasNone(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		if err := r.lose(t, 0, 12); !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		for i := range 12 {
			if err := r.cloud.AddUser(awssim.User{ID: string(crowdPerson(i)), UserName: "back" + string(rune('a'+i)), Email: "back" + string(rune('a'+i)) + "@example.com"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		if c := r.config(t); c.Loss != nil || c.LastSyncError != "" {
			t.Errorf("%+v %q", c.Loss, c.LastSyncError)
		}
	}, crowd(40))
}

// Ten may go without a word, and so may a fifth.
func TestSmallLossIsBelieved(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		if err := r.lose(t, 0, 10); err != nil {
			t.Fatal(err)
		}
		if c := r.config(t); c.Loss != nil || c.People != 34 {
			t.Errorf("%+v, %d people", c.Loss, c.People)
		}
	}, crowd(40))
}

// A sync that fails keeps the catalog from before and says how old it is.
func TestFailedSyncKeepsTheOldCatalog(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"organizations:ListAccounts", "sso:ListPermissionSets", "identitystore:ListUsers", "identitystore:ListGroups"} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				before := r.svc.Catalog()
				pass(3 * time.Hour)
				r.inject(t, awssim.Fault{Kind: awssim.FaultAccessDenied, Action: action})
				if err := r.svc.Sync(context.Background()); err == nil {
					t.Fatal("it did not fail")
				}
				if r.svc.Catalog() != before {
					t.Error("half a catalog is in force")
				}
				if c := r.check1(t, "Catalog"); c.OK || !c.Since.Equal(before.AsOf()) || !strings.Contains(c.Detail, "ago stays in use") {
					t.Errorf("%+v", c)
				}
				r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
				r.cloud.ClearFaults()
				pass(30 * time.Second)
			})
		})
	}
}

// An admin may press at any replica; the one that leads puts it in force.
func TestLossAcceptedAtAFollower(t *testing.T) {
	t.Parallel()
	replicas(t, 2, func(t *testing.T, f *fleet) {
		leader := f.replicas[f.leader()]
		for i := range 40 {
			if err := leader.cloud.AddUser(awssim.User{ID: string(crowdPerson(i)), UserName: "c" + string(crowdPerson(i)), Email: string(crowdPerson(i)) + "@example.com"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := leader.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := leader.lose(t, 0, 12); !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		c := f.other().config(t)
		if c.Loss == nil {
			t.Fatal("the follower does not show it")
		}
		if err := f.other().svc.AcceptLoss(context.Background(), carol, c.Loss.ID); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if c := f.other().config(t); c.Loss != nil || c.People != 32 {
			t.Errorf("%+v, %d people", c.Loss, c.People)
		}
	})
}
