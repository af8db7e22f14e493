package awssim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"stint/sandbox/awssim"
)

// clock is a clock that tests move by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a Cloud with real SDK clients on it, which do not retry.
type world struct {
	*awssim.Cloud
	t     *testing.T
	clock *clock
	ids   awssim.IDs
	org   awssim.Organization

	base http.RoundTripper
}

type option func(*awssim.Config, *awssim.GenerateOptions)

func sized(accounts, roles, people int) option {
	return func(_ *awssim.Config, g *awssim.GenerateOptions) {
		g.Accounts, g.Roles, g.People = accounts, roles, people
	}
}

func delegated(_ *awssim.Config, g *awssim.GenerateOptions) { g.DelegatedAdmin = true }

func ordinaryDay(c *awssim.Config, _ *awssim.GenerateOptions) {
	t := awssim.DefaultTuning()
	c.Tuning = &t
}

// newWorld makes a Cloud on a clock of its own, where operations take exactly 5 s
// and no rate is limited unless an option says otherwise.
func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	tuning := awssim.InstantTuning()
	tuning.OperationMin, tuning.OperationMax = 5*time.Second, 5*time.Second
	ck := newClock()
	cfg := awssim.Config{Now: ck.Now, Seed: 7, Tuning: &tuning}
	gen := awssim.GenerateOptions{Seed: 7}
	for _, o := range options {
		o(&cfg, &gen)
	}
	if cfg.Organization == nil {
		cfg.Organization = awssim.Generate(gen)
	}
	c, err := awssim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &world{Cloud: c, t: t, clock: ck, ids: c.IDs(), org: c.Snapshot(), base: c.Transport()}
}

// server makes the world's clients go over a socket.
func (w *world) server() *httptest.Server {
	srv := httptest.NewServer(w.Handler())
	w.t.Cleanup(srv.Close)
	return srv
}

// config is an SDK configuration as a program would load it.
func (w *world) config(key awssim.AccessKey, region string) aws.Config {
	w.t.Helper()
	cfg, err := config.LoadDefaultConfig(w.t.Context(),
		config.WithRegion(region),
		config.WithBaseEndpoint("http://aws.test"),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key.ID, key.Secret, key.SessionToken)),
	)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.HTTPClient = &http.Client{Transport: w.base} // set afterwards, so that AWS_CA_BUNDLE finds a client that it can change
	return cfg
}

func (w *world) management() awssim.AccessKey { return w.Credentials().Management }

func (w *world) sso() *ssoadmin.Client { return w.ssoAs(w.management()) }

func (w *world) ssoAs(k awssim.AccessKey) *ssoadmin.Client {
	return ssoadmin.NewFromConfig(w.config(k, w.ids.Region))
}

func (w *world) store() *identitystore.Client {
	return identitystore.NewFromConfig(w.config(w.management(), w.ids.Region))
}

func (w *world) orgs() *organizations.Client {
	return organizations.NewFromConfig(w.config(w.management(), "us-east-1"))
}

func (w *world) tags() *tagging.Client {
	return tagging.NewFromConfig(w.config(w.management(), "us-east-1"))
}

func (w *world) sts() *sts.Client { return sts.NewFromConfig(w.config(w.management(), w.ids.Region)) }

func (w *world) iamAs(k awssim.AccessKey) *iam.Client {
	return iam.NewFromConfig(w.config(k, "us-east-1"))
}

// account returns the id of a generated account, set the ARN of a permission set,
// person the id of a user, group the id of a group.
func (w *world) account(name string) string {
	for _, a := range w.org.Accounts {
		if a.Name == name {
			return a.ID
		}
	}
	w.t.Fatalf("no account %s", name)
	return ""
}

func (w *world) set(name string) string {
	for _, p := range w.org.PermissionSets {
		if p.Name == name {
			return p.ARN
		}
	}
	w.t.Fatalf("no permission set %s", name)
	return ""
}

func (w *world) person(userName string) string {
	for _, u := range w.org.Users {
		if u.UserName == userName+"@example.com" {
			return u.ID
		}
	}
	w.t.Fatalf("no user %s", userName)
	return ""
}

func (w *world) group(name string) string {
	for _, g := range w.org.Groups {
		if g.DisplayName == name {
			return g.ID
		}
	}
	w.t.Fatalf("no group %s", name)
	return ""
}

// triple is Ben's AdministratorAccess in prod-web, which nobody has at the start.
func (w *world) triple() awssim.Assignment {
	return awssim.Assignment{
		AccountID: w.account("prod-web"), PermissionSetARN: w.set("AdministratorAccess"),
		PrincipalType: awssim.PrincipalUser, PrincipalID: w.person("ben.larsen"),
	}
}

func (w *world) create(cl *ssoadmin.Client, a awssim.Assignment) (*ssotypes.AccountAssignmentOperationStatus, error) {
	out, err := cl.CreateAccountAssignment(w.t.Context(), &ssoadmin.CreateAccountAssignmentInput{
		InstanceArn: &w.ids.InstanceARN, TargetId: &a.AccountID, TargetType: ssotypes.TargetTypeAwsAccount,
		PermissionSetArn: &a.PermissionSetARN, PrincipalType: ssotypes.PrincipalType(a.PrincipalType), PrincipalId: &a.PrincipalID,
	})
	if err != nil {
		return nil, err
	}
	return out.AccountAssignmentCreationStatus, nil
}

func (w *world) delete(cl *ssoadmin.Client, a awssim.Assignment) (*ssotypes.AccountAssignmentOperationStatus, error) {
	out, err := cl.DeleteAccountAssignment(w.t.Context(), &ssoadmin.DeleteAccountAssignmentInput{
		InstanceArn: &w.ids.InstanceARN, TargetId: &a.AccountID, TargetType: ssotypes.TargetTypeAwsAccount,
		PermissionSetArn: &a.PermissionSetARN, PrincipalType: ssotypes.PrincipalType(a.PrincipalType), PrincipalId: &a.PrincipalID,
	})
	if err != nil {
		return nil, err
	}
	return out.AccountAssignmentDeletionStatus, nil
}

// creation and deletion poll one operation.
func (w *world) creation(id *string) *ssotypes.AccountAssignmentOperationStatus {
	w.t.Helper()
	out, err := w.sso().DescribeAccountAssignmentCreationStatus(w.t.Context(), &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
		InstanceArn: &w.ids.InstanceARN, AccountAssignmentCreationRequestId: id,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.AccountAssignmentCreationStatus
}

func (w *world) deletion(id *string) *ssotypes.AccountAssignmentOperationStatus {
	w.t.Helper()
	out, err := w.sso().DescribeAccountAssignmentDeletionStatus(w.t.Context(), &ssoadmin.DescribeAccountAssignmentDeletionStatusInput{
		InstanceArn: &w.ids.InstanceARN, AccountAssignmentDeletionRequestId: id,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.AccountAssignmentDeletionStatus
}

// listed is what ListAccountAssignments shows of an account and permission set.
func (w *world) listed(a awssim.Assignment) []ssotypes.AccountAssignment {
	w.t.Helper()
	out, err := w.sso().ListAccountAssignments(w.t.Context(), &ssoadmin.ListAccountAssignmentsInput{
		InstanceArn: &w.ids.InstanceARN, AccountId: &a.AccountID, PermissionSetArn: &a.PermissionSetARN,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.AccountAssignments
}

// wantError checks that err is of the SDK's typed error E, with an HTTP status.
func wantError[E error](t *testing.T, err error, status int) E {
	t.Helper()
	var typed E
	if !errors.As(err, &typed) {
		t.Fatalf("got %T %v, want %T", err, err, typed)
	}
	wantStatus(t, err, status)
	return typed
}

// wantCode checks the error code of an error that the SDK has no type for.
func wantCode(t *testing.T, err error, code string, status int) smithy.APIError {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Fatalf("got %v, want code %s", err, code)
	}
	wantStatus(t, err, status)
	return api
}

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) {
		t.Fatalf("%v carries no response", err)
	}
	if resp.HTTPStatusCode() != status {
		t.Errorf("HTTP status %d, want %d", resp.HTTPStatusCode(), status)
	}
	if resp.ServiceRequestID() == "" {
		t.Errorf("%v carries no request id", err)
	}
}

// must unwraps a call that cannot be refused.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (w *world) ctx() context.Context { return w.t.Context() }
