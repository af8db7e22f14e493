package awssim_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/sandbox/awssim"
)

func (w *world) inject(f awssim.Fault) int {
	w.t.Helper()
	id, err := w.Inject(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// instances is the plainest of calls.
func (w *world) instances() error {
	_, err := w.sso().ListInstances(w.ctx(), nil)
	return err
}

func TestRefusingFaults(t *testing.T) {
	t.Parallel()
	for kind, check := range map[awssim.FaultKind]func(*testing.T, error){
		awssim.FaultThrottle: func(t *testing.T, err error) {
			if e := wantError[*ssotypes.ThrottlingException](t, err, 400); e.ErrorMessage() != "Rate exceeded" {
				t.Error(e)
			}
			if retry.NewStandard().IsErrorRetryable(err) != true {
				t.Error("the SDK would not retry it")
			}
		},
		awssim.FaultTooManyProcessing: func(t *testing.T, err error) {
			if e := wantError[*ssotypes.ThrottlingException](t, err, 400); e.ErrorMessage() != "There are too many requests processing. Please try again later." {
				t.Error(e)
			}
		},
		awssim.FaultServerError: func(t *testing.T, err error) { wantError[*ssotypes.InternalServerException](t, err, 500) },
		awssim.FaultUnavailable: func(t *testing.T, err error) { wantStatus(t, err, 503) },
		awssim.FaultAccessDenied: func(t *testing.T, err error) {
			wantError[*ssotypes.AccessDeniedException](t, err, 400)
		},
		awssim.FaultConflict: func(t *testing.T, err error) {
			wantError[*ssotypes.ConflictException](t, err, 400)
			if retry.NewStandard().IsErrorRetryable(err) {
				t.Error("the SDK would retry it by itself")
			}
		},
		awssim.FaultNotFound:     func(t *testing.T, err error) { wantError[*ssotypes.ResourceNotFoundException](t, err, 400) },
		awssim.FaultExpiredToken: func(t *testing.T, err error) { wantCode(t, err, "ExpiredTokenException", 400) },
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.triple()
			w.inject(awssim.Fault{Kind: kind, Action: "sso:Create*", Times: 2})
			for range 2 {
				_, err := w.create(w.sso(), a)
				check(t, err)
			}
			if n := len(w.Operations(0)); n != 0 {
				t.Errorf("a refused call started %d operations", n)
			}
			if _, err := w.create(w.sso(), a); err != nil {
				t.Errorf("the third call: %v", err)
			}
			if n := len(w.Faults()); n != 0 {
				t.Errorf("%d faults are left", n)
			}
		})
	}
}

func TestThrottleOfEachService(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(awssim.Fault{Kind: awssim.FaultThrottle})
	_, err := w.store().ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: &w.ids.IdentityStoreID})
	wantError[*idtypes.ThrottlingException](t, err, 400)
	_, err = w.orgs().ListAccounts(w.ctx(), &organizations.ListAccountsInput{})
	wantError[*orgtypes.TooManyRequestsException](t, err, 400)
	_, err = w.tags().GetResources(w.ctx(), &tagging.GetResourcesInput{})
	wantError[*tagtypes.ThrottledException](t, err, 400)
	_, err = w.sts().GetCallerIdentity(w.ctx(), nil)
	wantCode(t, err, "Throttling", 400)
	_, err = w.iamAs(w.management()).ListRoles(w.ctx(), nil)
	wantCode(t, err, "Throttling", 400)
	w.ClearFaults()
	w.inject(awssim.Fault{Kind: awssim.FaultServerError})
	_, err = w.orgs().ListAccounts(w.ctx(), &organizations.ListAccountsInput{})
	wantError[*orgtypes.ServiceException](t, err, 500)
	_, err = w.tags().GetResources(w.ctx(), &tagging.GetResourcesInput{})
	wantError[*tagtypes.InternalServiceException](t, err, 500)
}

func TestFaultsAreNarrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.triple()
	other.AccountID = w.account("prod-data")
	id := w.inject(awssim.Fault{Kind: awssim.FaultConflict, Action: "sso:CreateAccountAssignment", AccountID: other.AccountID, After: 1})
	if _, err := w.create(w.sso(), w.triple()); err != nil {
		t.Errorf("another account: %v", err)
	}
	first := other
	first.PermissionSetARN = w.set("BillingRead")
	if _, err := w.create(w.sso(), first); err != nil {
		t.Errorf("the first call passes: %v", err)
	}
	for range 3 { // until it is cleared
		_, err := w.create(w.sso(), other)
		wantError[*ssotypes.ConflictException](t, err, 400)
	}
	if err := w.instances(); err != nil {
		t.Errorf("another action: %v", err)
	}
	if f := w.Faults(); len(f) != 1 || f[0].Hits != 3 || f[0].ID != id {
		t.Errorf("%+v", f)
	}
	if !w.ClearFault(id) || w.ClearFault(id) {
		t.Error("clearing")
	}
	if _, err := w.create(w.sso(), other); err != nil {
		t.Error(err)
	}
}

// TestConnectionFaults runs over a socket and without one: before the effect and
// after it.
func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	for _, over := range []string{"socket", "transport"} {
		for kind, effect := range map[awssim.FaultKind]bool{
			awssim.FaultDropBefore: false, awssim.FaultDropAfter: true, awssim.FaultHangBefore: false, awssim.FaultHangAfter: true,
			awssim.FaultGarbled: true,
		} {
			t.Run(over+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				cfg := w.config(w.management(), w.ids.Region)
				cl := ssoadmin.NewFromConfig(cfg)
				if over == "socket" {
					srv := w.server()
					cl = ssoadmin.NewFromConfig(cfg, func(o *ssoadmin.Options) { o.BaseEndpoint, o.HTTPClient = &srv.URL, srv.Client() })
				}
				ctx, cancel := context.WithCancel(w.ctx())
				defer cancel()
				w.inject(awssim.Fault{Kind: kind, Times: 1})
				hang := kind == awssim.FaultHangBefore || kind == awssim.FaultHangAfter
				if hang {
					hit := w.Changes()
					go func() {
						<-hit // the call has reached the fault, so nothing will answer it
						cancel()
					}()
				}
				a := w.triple()
				_, err := cl.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
					InstanceArn: &w.ids.InstanceARN, TargetId: &a.AccountID, TargetType: ssotypes.TargetTypeAwsAccount,
					PermissionSetArn: &a.PermissionSetARN, PrincipalType: ssotypes.PrincipalTypeUser, PrincipalId: &a.PrincipalID,
				})
				if err == nil {
					t.Fatal("answered")
				}
				if hang != errors.Is(err, context.Canceled) {
					t.Fatalf("error %v", err)
				}
				if got := len(w.Operations(0)) == 1; got != effect {
					t.Errorf("effect %v, want %v", got, effect)
				}
				if err := w.instances(); err != nil {
					t.Errorf("the next call: %v", err)
				}
			})
		}
	}
}

func TestPageFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sized(12, 250, 12))
	id := w.inject(awssim.Fault{Kind: awssim.FaultShortPage, Action: "sso:ListPermissionSets"})
	got, pages := w.allSets(t, nil)
	seen := map[string]bool{}
	for _, arn := range got {
		seen[arn] = true
	}
	if len(got) != 250 || len(seen) != 250 || pages <= 3 {
		t.Errorf("%d sets, %d different, on %d pages", len(got), len(seen), pages)
	}
	w.ClearFault(id)

	w.inject(awssim.Fault{Kind: awssim.FaultRepeatedToken, Action: "sso:ListPermissionSets"})
	in := &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN}
	first := must(w.sso().ListPermissionSets(w.ctx(), in))(t)
	in.NextToken = first.NextToken
	second := must(w.sso().ListPermissionSets(w.ctx(), in))(t)
	if first.NextToken == nil || aws.ToString(second.NextToken) != *first.NextToken {
		t.Error("the token is not repeated")
	}
}

func TestOperationFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.triple()
	outcome := func(f awssim.Fault) *ssotypes.AccountAssignmentOperationStatus {
		f.Action, f.Times = "sso:CreateAccountAssignment", 1
		w.inject(f)
		id := must(w.create(w.sso(), a))(t).RequestId
		w.clock.Advance(5 * time.Second)
		return w.creation(id)
	}
	got := outcome(awssim.Fault{Kind: awssim.FaultFailed})
	if got.Status != ssotypes.StatusValuesFailed || aws.ToString(got.FailureReason) != awssim.ReasonInternal || w.Assigned(a) {
		t.Errorf("failed: %s %q, assigned %v", got.Status, aws.ToString(got.FailureReason), w.Assigned(a))
	}
	got = outcome(awssim.Fault{Kind: awssim.FaultFailedAfterEffect, Reason: awssim.ReasonDenied})
	if got.Status != ssotypes.StatusValuesFailed || aws.ToString(got.FailureReason) != awssim.ReasonDenied || !w.Assigned(a) {
		t.Errorf("failed after its effect: %s %q, assigned %v", got.Status, aws.ToString(got.FailureReason), w.Assigned(a))
	}
	w.RemoveAssignment(a)
	got = outcome(awssim.Fault{Kind: awssim.FaultSlow, Delay: time.Minute})
	if got.Status != ssotypes.StatusValuesInProgress {
		t.Errorf("slow: %s", got.Status)
	}
	w.clock.Advance(55 * time.Second)
	if got = w.creation(got.RequestId); got.Status != ssotypes.StatusValuesSucceeded {
		t.Errorf("slow, in the end: %s", got.Status)
	}
}

func TestStuck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.triple(), w.triple()
	b.PermissionSetARN = w.set("ReadOnly")
	fault := w.inject(awssim.Fault{Kind: awssim.FaultStuck, Action: "sso:DeleteAccountAssignment", Times: 1})
	must(w.AddAssignment(a))(t)
	op := must(w.delete(w.sso(), a))(t)
	behind := must(w.create(w.sso(), b))(t) // waits for its turn in the same account
	w.clock.Advance(time.Hour)
	if w.deletion(op.RequestId).Status != ssotypes.StatusValuesInProgress || w.creation(behind.RequestId).Status != ssotypes.StatusValuesInProgress {
		t.Error("not stuck")
	}
	if _, ok := w.NextDue(); ok {
		t.Error("something is due although everything is stuck")
	}
	if v := w.InFlight(); len(v) != 2 || !v[0].Stuck || v[1].Stuck || !v[1].Started.IsZero() {
		t.Errorf("in flight %+v", v)
	}
	if f := w.Faults(); len(f) != 1 || !f[0].Spent || f[0].Action != "sso:DeleteAccountAssignment" {
		t.Errorf("faults %+v", f)
	}
	if !w.Release(*op.RequestId) || w.Release(*op.RequestId) {
		t.Error("releasing")
	}
	if w.deletion(op.RequestId).Status != ssotypes.StatusValuesSucceeded || w.Assigned(a) {
		t.Error("not released")
	}
	w.clock.Advance(5 * time.Second)
	if w.creation(behind.RequestId).Status != ssotypes.StatusValuesSucceeded {
		t.Error("the one behind did not go on")
	}
	if w.ClearFault(fault) {
		t.Error("a spent fault outlived what it held")
	}

	fault = w.inject(awssim.Fault{Kind: awssim.FaultStuck, Action: "sso:CreateAccountAssignment"})
	op = must(w.create(w.sso(), a))(t)
	w.clock.Advance(time.Hour)
	w.ClearFault(fault)
	if w.creation(op.RequestId).Status != ssotypes.StatusValuesSucceeded {
		t.Error("clearing the fault did not release it")
	}
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.SetTuning(func(t *awssim.Tuning) { t.ClockSkew = -90 * time.Second }); err != nil {
		t.Fatal(err)
	}
	resp, _ := w.raw(rawCall{target: "SWBExternalService.ListInstances", body: "{}"})
	if want := w.clock.Now().Add(-90 * time.Second).Format(http.TimeFormat); resp.Header.Get("Date") != want {
		t.Errorf("date %s, want %s", resp.Header.Get("Date"), want)
	}
}

// TestLatency waits in the bubble's own time.
func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *awssim.Config, _ *awssim.GenerateOptions) { c.Now = time.Now })
		w.inject(awssim.Fault{Kind: awssim.FaultLatency, Delay: 3 * time.Second, Times: 1})
		if err := w.SetTuning(func(t *awssim.Tuning) { t.Latency = 200 * time.Millisecond }); err != nil {
			t.Fatal(err)
		}
		cl := w.sso()
		for _, want := range []time.Duration{3200 * time.Millisecond, 200 * time.Millisecond} {
			began := time.Now()
			if _, err := cl.ListInstances(w.ctx(), nil); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != want {
				t.Errorf("took %s, want %s", took, want)
			}
		}
		ctx, cancel := context.WithTimeout(w.ctx(), 100*time.Millisecond)
		defer cancel()
		if _, err := cl.ListInstances(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a client that gives up: %v", err)
		}
	})
}

func TestBadFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, f := range []awssim.Fault{
		{}, {Kind: "rain"}, {Kind: awssim.FaultLatency}, {Kind: awssim.FaultSlow, Delay: -1}, {Kind: awssim.FaultConflict, Times: -1}, {Kind: awssim.FaultConflict, After: -1},
	} {
		if _, err := w.Inject(f); err == nil {
			t.Errorf("took %+v", f)
		}
	}
	if len(w.Faults()) != 0 {
		t.Error("a refused fault is set")
	}
	before := w.Tuning()
	for name, change := range map[string]func(*awssim.Tuning){
		"min above max":  func(t *awssim.Tuning) { t.OperationMin = time.Hour },
		"no slots":       func(t *awssim.Tuning) { t.OutstandingLimit = 0 },
		"negative rate":  func(t *awssim.Tuning) { t.SSOAdminRate = -1 },
		"negative lag":   func(t *awssim.Tuning) { t.ListingLag = -1 },
		"negative burst": func(t *awssim.Tuning) { t.TaggingBurst = -1 },
	} {
		if err := w.SetTuning(change); err == nil {
			t.Errorf("took %s", name)
		}
	}
	if w.Tuning() != before {
		t.Error("a refused change of the tuning changed it")
	}
}
