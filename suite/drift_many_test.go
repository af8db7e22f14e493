package suite

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
)

// Many are decided at once, as they were seen: what came after that stays open, and the audit
// has all of them.
func TestDriftOfManyAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	live(t, func(t *testing.T, r *rig) {
		r.scanned(t)
		keys := []access.Key{key("dana", prod, "PowerUserAccess"), key("dana", staging, "ReadOnly"), key("bob", prod, "PowerUserAccess"), key("alice", prod, "ReadOnly")}
		for _, k := range keys {
			r.standing(t, k)
		}
		r.scanned(t)
		parts, err := r.svc.DriftParts(ctx, carol)
		if err != nil || parts.Total != 4 || parts.Accounts[0].Scope.Account != prod || parts.Accounts[0].Count != 3 || parts.Whose[0].Name != "dana" || parts.Whose[0].Count != 2 {
			t.Errorf("%+v, %v", parts, err)
		}
		seen, err := r.svc.DriftMany(ctx, carol, access.DriftScope{Account: prod, Role: roleARN("PowerUserAccess")})
		if err != nil || seen.Total != 2 || len(seen.First) != 2 {
			t.Fatalf("%+v, %v", seen, err)
		}
		pass(time.Minute)
		late := key("alice", prod, "PowerUserAccess")
		r.standing(t, late)
		r.scanned(t)
		if _, err := r.svc.IgnoreMany(ctx, alice, seen.Scope, "mine"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("by who is no admin: %v", err)
		}
		if n, err := r.svc.IgnoreMany(ctx, carol, seen.Scope, "made by Terraform"); err != nil || n != 2 {
			t.Errorf("%d, %v", n, err)
		}
		if v := r.drift(t, access.DriftQuery{State: access.FindingIgnored}); v.Total != 2 || v.Rows[0].Finding.Ignored.Reason != "made by Terraform" || v.State.Counts.Open != 3 {
			t.Errorf("%+v", v.State.Counts)
		}
		if _, err := r.svc.IgnoreMany(ctx, carol, seen.Scope, "again"); !fault.Is(err, fault.NotFound) {
			t.Errorf("nothing is left of it: %v", err)
		}
		if n, err := r.svc.SnoozeMany(ctx, carol, access.DriftScope{Person: personID("dana")}, "2000-01-03"); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		if got := r.openFindings(t); len(got) != 2 {
			t.Errorf("open: %v", got)
		}
		audited := 0
		if err := r.db.View(ctx, func(tx access.Tx) error {
			audited = 0
			events, err := tx.Audit(0, 0)
			for _, e := range events {
				if e.Action != "drift.ignored" {
					continue
				}
				var list []access.Finding
				if err := json.Unmarshal(e.After, &list); err != nil || e.Actor.Slack != carol || e.Note != "made by Terraform" {
					t.Errorf("%v: %+v", err, e)
				}
				audited += len(list)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if audited != 2 {
			t.Errorf("the audit has %d of 2", audited)
		}
	})
}
