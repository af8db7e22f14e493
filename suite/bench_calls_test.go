package suite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stint/access"
	"stint/sandbox/awssim"
)

// TestCallsToAWS counts what a sync, a grant and its removal cost at AWS, in an
// organization of 1,000 accounts and 100 roles. BENCHMARKS.md states these figures.
func TestCallsToAWS(t *testing.T) {
	t.Parallel()
	const took = 4 * time.Second // an operation at AWS
	live(t, func(t *testing.T, r *rig) {
		if n := r.cloud.Count("sso:*"); n != 102 {
			t.Errorf("a cold sync makes %d calls of sso-admin, not 102: %v", n, r.cloud.Counts())
		}
		t.Logf("cold sync: %v", r.cloud.Counts())

		r.cloud.ResetCounts()
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := r.cloud.Count("sso:*"); n != 1 {
			t.Errorf("a warm sync makes %d calls of sso-admin, not 1: %v", n, r.cloud.Counts())
		}
		t.Logf("warm sync: %v", r.cloud.Counts())

		r.cloud.ResetCounts()
		req := r.mustSubmit(alice, prod, "ReadOnly", 10*time.Minute, "f1")
		pass(30 * time.Second)
		v := r.view(req.ID)
		if v.Grants[0].Phase != access.PhaseActive {
			t.Fatalf("%+v", v)
		}
		polls := r.cloud.Count("sso:DescribeAccountAssignmentCreationStatus")
		want := map[string]int{"sso:ListAccountAssignments": 1, "sso:CreateAccountAssignment": 1, "sso:DescribeAccountAssignmentCreationStatus": polls}
		checkCalls(t, r, "grant", want, polls)

		r.cloud.ResetCounts()
		pass(time.Until(v.Grants[0].Grant.End) + 30*time.Second)
		if r.view(req.ID).Grants[0].Phase != access.PhaseEnded {
			t.Fatalf("%+v", r.view(req.ID))
		}
		polls = r.cloud.Count("sso:DescribeAccountAssignmentDeletionStatus")
		want = map[string]int{"sso:DeleteAccountAssignment": 1, "sso:DescribeAccountAssignmentDeletionStatus": polls}
		checkCalls(t, r, "revoke", want, polls)
	}, func(r *rig, cfg *awssim.Config) {
		for i := len(cfg.Organization.Accounts); i < 1000; i++ {
			cfg.Organization.Accounts = append(cfg.Organization.Accounts, awssim.Account{
				ID: fmt.Sprintf("%012d", 500000000000+i), Name: fmt.Sprintf("account-%d", i), Email: fmt.Sprintf("a%d@example.com", i), ParentID: cfg.Organization.RootID,
			})
		}
		for i := len(cfg.Organization.PermissionSets); i < 100; i++ {
			cfg.Organization.PermissionSets = append(cfg.Organization.PermissionSets, awssim.PermissionSet{
				ARN: fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-a%015d", i), Name: fmt.Sprintf("Role%d", i), SessionDuration: time.Hour,
			})
		}
		cfg.Tuning.OperationMin, cfg.Tuning.OperationMax = took, took
	})
}

// checkCalls compares what sso-admin was asked with what it should have been: nothing
// but want. An operation that takes four seconds is polled at most once in half a second.
func checkCalls(t *testing.T, r *rig, what string, want map[string]int, polls int) {
	t.Helper()
	t.Logf("%s: %v", what, r.cloud.Counts())
	total := 0
	for action, n := range want {
		total += n
		if got := r.cloud.Count(action); got != n {
			t.Errorf("a %s makes %d calls of %s, not %d", what, got, action, n)
		}
	}
	if got := r.cloud.Count("sso:*"); got != total {
		t.Errorf("a %s makes %d calls of sso-admin, not %d: %v", what, got, total, r.cloud.Counts())
	}
	if polls < 1 || polls > 8 {
		t.Errorf("a %s is polled %d times", what, polls)
	}
}
