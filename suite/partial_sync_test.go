package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// newRole is the ARN of the i-th role that is added.
func newRole(i int) catalog.RoleARN {
	return catalog.RoleARN(fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-%016d", i))
}

// grown adds roles after the first sync: one call describes each.
func (r *rig) grown(t *testing.T) {
	t.Helper()
	for i, name := range []string{"Backup", "Billing", "Support"} {
		if err := r.cloud.AddPermissionSet(awssim.PermissionSet{ARN: string(newRole(i)), Name: name, SessionDuration: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
}

func teamAccounts(n int) rigOption {
	return func(_ *rig, cfg *awssim.Config) {
		for i := range n {
			id := fmt.Sprintf("9%011d", i)
			cfg.Organization.Accounts = append(cfg.Organization.Accounts, awssim.Account{ID: id, Name: "team-" + id[9:], Email: id + "@example.com", ParentID: "r-abcd"})
		}
	}
}

// A sync that Organizations breaks off on the third page, and Identity Center at one of the
// roles, keeps the catalog from before, whose age is told and with which people go on; the next
// one asks only for what is missing, and puts the whole in force at once.
func TestPartialSync(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		before := r.svc.Catalog()
		pass(2 * time.Hour)
		r.grown(t)
		r.inject(t, awssim.Fault{Kind: awssim.FaultThrottle, Action: "organizations:ListAccounts", After: 2})
		r.inject(t, awssim.Fault{Kind: awssim.FaultServerError, Action: "sso:DescribePermissionSet", After: 2})
		if err := r.svc.Sync(context.Background()); err == nil {
			t.Fatal("it did not fail")
		}
		if r.svc.Catalog() != before {
			t.Error("half a catalog is in force")
		}
		if c := r.check1(t, "Catalog"); c.OK || !c.Since.Equal(before.AsOf()) || !strings.Contains(c.Detail, "2\u00a0h ago stays in use") {
			t.Errorf("%+v", c)
		}
		r.mustSubmit(alice, prod, "ReadOnly", time.Hour, "f1")
		if _, err := r.ask(alice, access.RoleIn(prod, newRole(0)), time.Hour, "f2"); err == nil {
			t.Error("a role of the half that was read can be asked for")
		}

		r.cloud.ClearFaults()
		pages, described := r.cloud.Count("organizations:ListAccounts"), r.cloud.Count("sso:DescribePermissionSet")
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		pages, described = r.cloud.Count("organizations:ListAccounts")-pages, r.cloud.Count("sso:DescribePermissionSet")-described
		if pages != 3 || described != 1 { // two of five pages and two of three roles were there
			t.Errorf("asked for %d pages and %d roles again", pages, described)
		}
		if n := r.svc.Catalog().Counts(); n.Accounts != 83 || n.Roles != 6 {
			t.Errorf("%+v", n)
		}
		if c := r.check1(t, "Catalog"); !c.OK {
			t.Errorf("%+v", c)
		}
		pass(2 * time.Minute)
	}, teamAccounts(80))
}

// While one role cannot be read the catalog does not change, however often it is tried, and
// what is wrong is told with the permission that is missing.
func TestSyncThatMayNotReadARole(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		before := r.svc.Catalog()
		r.grown(t)
		r.inject(t, awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "sso:DescribePermissionSet", After: 1})
		for range 3 {
			if err := r.svc.Sync(context.Background()); err == nil || r.svc.Catalog() != before {
				t.Fatalf("a catalog in part: %v", err)
			}
			pass(15 * time.Minute)
		}
		if c := r.check1(t, "Catalog"); c.OK || !strings.Contains(c.Detail+c.Hint, "sso:DescribePermissionSet") {
			t.Errorf("%+v", c)
		}
		r.cloud.ClearFaults()
		if err := r.svc.Sync(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, ok := r.svc.Catalog().Role(newRole(2)); !ok {
			t.Error("the role is missing")
		}
	})
}
