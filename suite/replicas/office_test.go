package replicas

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/access/policy/policyfile"
	"stint/awsconn"
	"stint/sandbox/awssim"
)

// The people of the office.
const (
	alice = identity.SlackUserID("UALICE") // asks
	bob   = identity.SlackUserID("UBOB")   // sre
	carol = identity.SlackUserID("UCAROL") // sre and admin
	dana  = identity.SlackUserID("UDANA")  // security
)

var addresses = map[identity.SlackUserID]string{alice: "alice", bob: "bob", carol: "carol", dana: "dana"}

const officePolicy = `
settings:
  admins: { users: [carol@example.com] }
  email_domains: [example.com]
  max_duration: 8h
  request_ttl: 8h
  channel: approvals
people:
  sre: { users: [bob@example.com, carol@example.com] }
  security: { users: [dana@example.com] }
rules:
  - name: one
    accounts: all
    roles: [One]
    requesters: all
    approval: [{ from: [sre], count: 1 }]
  - name: two
    accounts: all
    roles: [Both]
    requesters: all
    approval: [{ from: [sre], count: 1 }, { from: [security], count: 1 }]
`

// keys are what clients act on: a person's role in an account, which one must approve, or both.
var keys = []officeKey{
	{alice, "222222222222", false},
	{alice, "222222222222", true},
	{alice, "333333333333", false},
	{alice, "333333333333", true},
}

type officeKey struct {
	who     identity.SlackUserID
	account catalog.AccountID
	both    bool
}

func (k officeKey) role() catalog.RoleARN {
	if k.both {
		return "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-2222222222222222"
	}
	return "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1111111111111111"
}

func organization() *awssim.Organization {
	o := &awssim.Organization{
		ID: "o-abcdefghij", RootID: "r-abcd", ManagementAccountID: "111111111111",
		InstanceARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", IdentityStoreID: "d-1234567890", Region: "eu-central-1",
		Accounts: []awssim.Account{
			{ID: "111111111111", Name: "management", Email: "m@example.com", ParentID: "r-abcd"},
			{ID: "222222222222", Name: "prod", Email: "p@example.com", ParentID: "r-abcd"},
			{ID: "333333333333", Name: "staging", Email: "s@example.com", ParentID: "r-abcd"},
		},
		PermissionSets: []awssim.PermissionSet{
			{ARN: string(officeKey{}.role()), Name: "One", SessionDuration: time.Hour},
			{ARN: string(officeKey{both: true}.role()), Name: "Both", SessionDuration: time.Hour},
		},
	}
	for i, who := range []string{"alice", "bob", "carol", "dana"} {
		id := fmt.Sprintf("%d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d-1111-4111-8111-111111111111", i+1)
		o.Users = append(o.Users, awssim.User{ID: id, UserName: who, DisplayName: who, Email: who + "@example.com"})
	}
	return o
}

// office is two services of one house: two replicas, one store, one AWS.
type office struct {
	services []*access.Service
}

// newOffice starts a service on each store; the stores share what is in them.
func newOffice(t *testing.T, stores ...access.Store) *office {
	t.Helper()
	tuning := awssim.InstantTuning()
	cloud, err := awssim.New(awssim.Config{Seed: 1, Organization: organization(), Tuning: &tuning})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{}
	for i, s := range stores {
		o.services = append(o.services, serve(t, s, cloud, fmt.Sprintf("replica-%d", i)))
	}
	for _, s := range o.services {
		until(t, "a policy is in force", func() bool { return s.Catalog() != nil && s.Policy() != nil })
	}
	return o
}

// serve runs one service until the test ends.
func serve(t *testing.T, store access.Store, cloud *awssim.Cloud, name string) *access.Service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var group sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		group.Wait()
	})
	login := cloud.Credentials().Management
	conn, err := awsconn.New(ctx, awsconn.Config{Region: "eu-central-1"}, awsconn.Deps{
		Clock: wall{}, Logger: zerolog.Nop(), HTTPClient: &http.Client{Transport: cloud.Transport()},
		LoadOptions: []func(*awsconfig.LoadOptions) error{
			awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(login.ID, login.Secret, login.SessionToken)),
			awsconfig.WithSharedConfigFiles(nil), awsconfig.WithSharedCredentialsFiles(nil),
			func(o *awsconfig.LoadOptions) error { o.BaseEndpoint = "http://aws.local"; return nil },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var svc *access.Service
	dir, err := identity.New(ctx, identity.Options{
		Slack: workspace{}, Center: access.Standing{Center: conn, Store: store}, Pins: access.Pins{Store: store, Clock: wall{}}, Clock: wall{}, Domains: []string{"example.com"},
		Alarm: func(text string) { svc.Alarm(text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dir.Close)
	reload := make(chan struct{}, 1)
	again := func() {
		select {
		case reload <- struct{}{}:
		default:
		}
	}
	if svc, err = access.New(ctx, access.Options{
		Store: store, Clock: wall{}, Connector: conn, Directory: dir, Log: zerolog.Nop(), Replica: name, PolicyFile: "policy.yaml",
		OnCatalog: func(c *catalog.Catalog) { dir.SetCatalog(c); again() },
		OnPolicy:  func(p *policy.Policy) { dir.Watch(p.Sources()) },
		OnLead:    again,
	}); err != nil {
		t.Fatal(err)
	}
	group.Go(func() { dir.Run(ctx) })
	group.Go(func() { _ = svc.Run(ctx, silent{}) }) // ends with ctx
	group.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-reload:
			}
			if svc.Catalog() == nil {
				continue
			}
			if err := load(ctx, dir, svc); err != nil && ctx.Err() == nil {
				t.Error("policy:", err)
			}
		}
	})
	return svc
}

func load(ctx context.Context, dir *identity.Directory, svc *access.Service) error {
	names, err := dir.Names(ctx, time.Minute)
	if err != nil {
		return err
	}
	p, problems := policyfile.Load("policy.yaml", []byte(officePolicy), names)
	if p == nil {
		return fmt.Errorf("policy: %v", problems)
	}
	return svc.SetPolicy(ctx, p)
}

// wall is the wall clock.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) At(t time.Time) (reached <-chan struct{}, stop func()) {
	ch := make(chan struct{})
	timer := time.AfterFunc(time.Until(t), func() { close(ch) })
	return ch, func() { timer.Stop() }
}

// silent delivers everything, to nobody.
type silent struct{}

func (silent) Deliver(context.Context, access.Notice) error { return nil }

// workspace is Slack's half of the directory.
type workspace struct{}

func (workspace) User(_ context.Context, id identity.SlackUserID) (identity.SlackFacts, error) {
	yes := true
	return identity.SlackFacts{ID: id, TeamID: "T1", Name: addresses[id], Email: addresses[id] + "@example.com", EmailConfirmed: &yes}, nil
}

func (workspace) UserGroups(context.Context) ([]identity.UserGroupFacts, error) { return nil, nil }

func (workspace) UserGroupMembers(context.Context, identity.UserGroupID) ([]identity.SlackUserID, error) {
	return nil, nil
}

func (workspace) Channels(context.Context) ([]identity.ChannelFacts, error) {
	return []identity.ChannelFacts{{ID: "CAPPROVALS", Name: "approvals", Joined: true}}, nil
}

func (workspace) Channel(_ context.Context, id identity.ChannelID) (identity.ChannelFacts, error) {
	return identity.ChannelFacts{ID: id, Name: "approvals", Joined: true}, nil
}

func (workspace) Home(context.Context) (string, string, error) { return "T1", "", nil }

func (workspace) UserByEmail(_ context.Context, address string) (identity.SlackUserID, error) {
	for id, name := range addresses {
		if name+"@example.com" == address {
			return id, nil
		}
	}
	return "", fault.New(fault.NotFound, "workspace", "no such user", "")
}
