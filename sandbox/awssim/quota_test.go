package awssim_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/sandbox/awssim"
)

// burst makes calls until one is throttled and says how many passed.
func burst(t *testing.T, call func() error) (passed int) {
	t.Helper()
	for range 1000 {
		if err := call(); err != nil {
			var slow interface{ ErrorCode() string }
			if !errors.As(err, &slow) {
				t.Fatal(err)
			}
			return passed
		}
		passed++
	}
	t.Fatal("never throttled")
	return 0
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ordinaryDay)
	cl, store, org := w.sso(), w.store(), w.orgs()
	if n := burst(t, w.instances); n != 20 {
		t.Errorf("sso-admin: %d calls at once, want 20", n)
	}
	_, err := cl.ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN})
	wantError[*ssotypes.ThrottlingException](t, err, 400) // the quota is for all operations together
	users := func() error {
		_, err := store.ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: &w.ids.IdentityStoreID})
		return err
	}
	if n := burst(t, users); n != 20 {
		t.Errorf("identitystore has a quota of its own: %d", n)
	}
	w.clock.Advance(250 * time.Millisecond)
	if n := burst(t, w.instances); n != 5 {
		t.Errorf("a quarter of a second later: %d, want 5", n)
	}
	w.clock.Advance(time.Hour)
	if n := burst(t, w.instances); n != 20 {
		t.Errorf("an hour later: %d, want the burst of 20", n)
	}
	accounts := func() error {
		_, err := org.ListAccounts(w.ctx(), &organizations.ListAccountsInput{})
		return err
	}
	if n := burst(t, accounts); n != 15 {
		t.Errorf("organizations: %d", n)
	}
	wantError[*orgtypes.TooManyRequestsException](t, accounts(), 400)
	if _, err := org.ListRoots(w.ctx(), &organizations.ListRootsInput{}); err != nil {
		t.Errorf("organizations throttles each API by itself: %v", err)
	}
	w.clock.Advance(time.Second)
	parents := func() error {
		_, err := org.ListAccountsForParent(w.ctx(), &organizations.ListAccountsForParentInput{ParentId: &w.ids.RootID})
		return err
	}
	burst(t, parents)
	w.clock.Advance(time.Second)
	if n := burst(t, parents); n != 5 {
		t.Errorf("ListAccountsForParent refills by %d a second, want 5", n)
	}
	if n := w.ErrorCounts()["TooManyRequestsException"]; n != 4 {
		t.Errorf("%d refusals counted, want 4", n)
	}
}

// TestBubble runs a whole grant under testing/synctest, with the SDK's own retries
// and sleeps, in no time.
func TestBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, ordinaryDay, func(c *awssim.Config, _ *awssim.GenerateOptions) { c.Now = time.Now })
		cfg := w.config(w.management(), w.ids.Region)
		cfg.Retryer = nil // the SDK's standard one
		cl := ssoadmin.NewFromConfig(cfg)
		w.inject(awssim.Fault{Kind: awssim.FaultThrottle, Times: 2})
		began := time.Now()
		op := must(w.create(cl, w.triple()))(t)
		for {
			out := must(cl.DescribeAccountAssignmentCreationStatus(w.ctx(), &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
				InstanceArn: &w.ids.InstanceARN, AccountAssignmentCreationRequestId: op.RequestId,
			}))(t)
			if out.AccountAssignmentCreationStatus.Status == ssotypes.StatusValuesSucceeded {
				break
			}
			<-time.After(500 * time.Millisecond)
		}
		if took := time.Since(began); took < 2*time.Second || took > 20*time.Second {
			t.Errorf("took %s of the bubble's time", took)
		}

		// A role whose credentials the SDK refreshes by itself, three hours long.
		provider := stscreds.NewAssumeRoleProvider(w.sts(), readerARN(w.account("prod-web")), func(o *stscreds.AssumeRoleOptions) {
			o.ExternalID = aws.String(awssim.DefaultExternalID)
			o.Duration = time.Hour
		})
		roleCfg := w.config(w.management(), "us-east-1")
		roleCfg.Credentials = aws.NewCredentialsCache(provider)
		roles := iam.NewFromConfig(roleCfg)
		for range 6 {
			must(roles.ListRoles(w.ctx(), nil))(t)
			<-time.After(30 * time.Minute)
		}
		if n := w.Count("sts:AssumeRole"); n != 3 {
			t.Errorf("assumed the role %d times in three hours, want 3", n)
		}
	})
}
