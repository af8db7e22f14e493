package suite

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	"stint/awsconn/trust"
	"stint/sandbox/awssim"
	"stint/store/bolt"
)

// The people of the rig. Their Slack ids are "U" and their name in capitals.
const (
	alice = identity.SlackUserID("UALICE") // asks
	bob   = identity.SlackUserID("UBOB")   // sre: may approve
	carol = identity.SlackUserID("UCAROL") // sre and admin
	dana  = identity.SlackUserID("UDANA")  // security
)

const rigPolicy = `
settings:
  admins: { users: [carol@example.com] }
  email_domains: [example.com]
  max_duration: 8h
  request_ttl: 8h
  channel: approvals
people:
  sre: { slack_usergroups: [sre] }
  security: { users: [dana@example.com] }
rules:
  - name: never the management account
    deny: true
    accounts: [{ id: "111111111111" }]
  - name: read-only
    accounts: all
    roles: [ReadOnly]
    requesters: all
    approval: automatic
  - name: admin
    accounts: all
    roles: [AdministratorAccess]
    requesters: all
    max_duration: 2h
    approval: [{ from: [sre], count: 1 }]
  - name: two
    accounts: all
    roles: [PowerUserAccess]
    requesters: all
    max_duration: 2h
    approval: [{ from: [sre], count: 1 }, { from: [security], count: 1 }]
`

const (
	prod       = catalog.AccountID("222222222222")
	staging    = catalog.AccountID("333333333333")
	management = catalog.AccountID("111111111111")
)

func roleARN(name string) catalog.RoleARN {
	return catalog.RoleARN("arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-" + map[string]string{
		"ReadOnly": "1111111111111111", "AdministratorAccess": "2222222222222222", "PowerUserAccess": "3333333333333333",
	}[name])
}

func personID(name string) catalog.PersonID {
	return catalog.PersonID(map[string]string{
		"alice": "11111111-1111-4111-8111-111111111111", "bob": "22222222-2222-4222-8222-222222222222",
		"carol": "33333333-3333-4333-8333-333333333333", "dana": "44444444-4444-4444-8444-444444444444",
	}[name])
}

func rigOrganization() *awssim.Organization {
	o := &awssim.Organization{
		ID: "o-abcdefghij", RootID: "r-abcd", ManagementAccountID: string(management),
		InstanceARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", IdentityStoreID: "d-1234567890", Region: "eu-central-1",
		Accounts: []awssim.Account{
			{ID: string(management), Name: "management", Email: "m@example.com", ParentID: "r-abcd"},
			{ID: string(prod), Name: "prod-billing", Email: "p@example.com", ParentID: "r-abcd"},
			{ID: string(staging), Name: "staging-billing", Email: "s@example.com", ParentID: "r-abcd"},
		},
	}
	for _, name := range []string{"ReadOnly", "AdministratorAccess", "PowerUserAccess"} {
		o.PermissionSets = append(o.PermissionSets, awssim.PermissionSet{ARN: string(roleARN(name)), Name: name, SessionDuration: time.Hour})
	}
	for _, name := range []string{"alice", "bob", "carol", "dana"} {
		o.Users = append(o.Users, awssim.User{ID: string(personID(name)), UserName: name, DisplayName: name, Email: name + "@example.com"})
	}
	return o
}

// wall is the bubble's clock.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) At(t time.Time) (reached <-chan struct{}, stop func()) {
	ch := make(chan struct{})
	wait := time.Until(t)
	if wait <= 0 {
		close(ch)
		return ch, func() {}
	}
	timer := time.AfterFunc(wait, func() { close(ch) })
	return ch, func() { timer.Stop() }
}

// fakeSlack is Slack's half of the directory: all that the lifecycle asks of Slack.
type fakeSlack struct {
	mu    sync.Mutex
	users map[identity.SlackUserID]identity.SlackFacts
	sre   []identity.SlackUserID
	away  bool
	// rolls and reads count how often all users were listed, and how often one was read.
	rolls, reads int
}

func newFakeSlack() *fakeSlack {
	f := &fakeSlack{users: map[identity.SlackUserID]identity.SlackFacts{}, sre: []identity.SlackUserID{bob, carol}}
	yes := true
	for id, name := range map[identity.SlackUserID]string{alice: "alice", bob: "bob", carol: "carol", dana: "dana"} {
		f.users[id] = identity.SlackFacts{ID: id, TeamID: "T1", Name: name, Email: name + "@example.com", EmailConfirmed: &yes}
	}
	return f
}

func (f *fakeSlack) set(fn func(*fakeSlack)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn(f)
}

func (f *fakeSlack) asked() error {
	if f.away {
		return fault.New(fault.Unavailable, "fakeSlack", "Slack cannot be reached.", "")
	}
	return nil
}

// Roll lists everybody.
func (f *fakeSlack) Roll(context.Context) (all []identity.SlackFacts, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rolls++
	for _, u := range f.users {
		all = append(all, u)
	}
	return all, f.asked()
}

func (f *fakeSlack) User(_ context.Context, id identity.SlackUserID) (identity.SlackFacts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	u, ok := f.users[id]
	if !ok {
		return u, fault.New(fault.NotFound, "fakeSlack", "no such user", "")
	}
	return u, f.asked()
}

func (f *fakeSlack) UserByEmail(_ context.Context, email string) (identity.SlackUserID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, u := range f.users {
		if u.Email == email && !u.Deleted {
			return id, f.asked()
		}
	}
	return "", fault.New(fault.NotFound, "fakeSlack", "no such user", "")
}

func (f *fakeSlack) UserGroups(context.Context) ([]identity.UserGroupFacts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []identity.UserGroupFacts{{ID: "SSRE", Handle: "sre", Name: "SRE"}}, f.asked()
}

func (f *fakeSlack) UserGroupMembers(context.Context, identity.UserGroupID) ([]identity.SlackUserID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]identity.SlackUserID(nil), f.sre...), f.asked()
}

func (f *fakeSlack) Channels(context.Context) ([]identity.ChannelFacts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []identity.ChannelFacts{{ID: "CAPPROVALS", Name: "approvals", Joined: true}}, f.asked()
}

func (f *fakeSlack) Channel(_ context.Context, id identity.ChannelID) (identity.ChannelFacts, error) {
	return identity.ChannelFacts{ID: id, Name: "approvals", Joined: true}, nil
}

func (f *fakeSlack) Home(context.Context) (string, string, error) { return "T1", "", nil }

// told records what the outbox delivers.
type told struct {
	mu      sync.Mutex
	notices []access.Notice
	next    access.Notifier // who delivers it further; nil: nobody
}

func (n *told) Deliver(ctx context.Context, notice access.Notice) error {
	n.mu.Lock()
	n.notices = append(n.notices, notice)
	next := n.next
	n.mu.Unlock()
	if next == nil {
		return nil
	}
	return next.Deliver(ctx, notice)
}

func (n *told) to(next access.Notifier) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next = next
}

func (n *told) count(kind access.NoticeKind, event access.Event) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := 0
	for _, x := range n.notices {
		if x.Kind == kind && (event == "" || x.Event == event) {
			c++
		}
	}
	return c
}

// rig is the house without Slack's wire: a real store, the real connector over an
// in-process AWS, real identity and policy, and a service that runs.
type rig struct {
	tickets access.TicketChecker // nil: none is set up
	t       *testing.T
	path    string
	cloud   *awssim.Cloud
	slack   *fakeSlack
	told    *told

	// A process: what ends with a crash.
	db      keptStore
	conn    *awsconn.Connector
	dir     *identity.Directory
	svc     *access.Service
	cancel  context.CancelFunc
	stopped chan struct{}
	// policy is what start loads.
	policy string
	// open opens the store, at each start.
	open func() (keptStore, error)
	// removal is how long AWS may still hold what nobody wants any more (I2).
	removal time.Duration
	// wrap, when set, stands between the service and its store.
	wrap func(access.Store) access.Store
	// groups are those whose members are Stint's own but for the standing ones.
	groups []catalog.GroupID
	stand  map[access.Key]bool
	// shared, when set, is a store that other rigs use too, and replica this one's name there.
	shared  access.Store
	replica string
	// queue, when set, is the URL of the queue of events, which the service hears.
	queue  string
	anchor catalog.GroupID // the anchor group; "" for none
	// iamRoles, when set, lets the IAM roles of member accounts be read, under the shipped policies.
	iamRoles *trust.Installation
	// transport, when set, stands between the connector and AWS.
	transport func(http.RoundTripper) http.RoundTripper
}

type rigOption func(*rig, *awssim.Config)

func newRig(t *testing.T, options ...rigOption) *rig {
	t.Helper()
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "stint.db"), slack: newFakeSlack(), told: &told{}, removal: 2 * time.Minute, policy: rigPolicy}
	tuning := awssim.DefaultTuning()
	cfg := awssim.Config{Seed: 1, Organization: rigOrganization(), Tuning: &tuning}
	r.open = openFile(r.path, bolt.Options{NoSync: true})
	for _, o := range options {
		o(r, &cfg)
	}
	var err error
	if r.cloud, err = awssim.New(cfg); err != nil {
		t.Fatal(err)
	}
	if r.queue != "" {
		if url, err := r.cloud.AddQueue(awssim.QueueOptions{Name: "stint-events"}); err != nil || url != r.queue {
			t.Fatalf("%v: %s", err, url)
		}
	}
	return r
}

// start begins a process on the rig's store.
func (r *rig) start() {
	r.t.Helper()
	if err := r.tryStart(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tryStart() error {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.stopped = make(chan struct{})
	var err error
	store := r.shared
	if store == nil {
		if r.db, err = r.open(); err != nil {
			return err
		}
		store = r.db
	}
	if r.wrap != nil {
		store = r.wrap(store)
	}
	keys := r.cloud.Credentials().Management
	transport := r.cloud.Transport()
	if r.transport != nil {
		transport = r.transport(transport)
	}
	cfg, iam := awsconn.Config{Region: "eu-central-1", EventsQueue: r.queue}, access.IAMRolesOptions{}
	if in := r.iamRoles; in != nil {
		keys = r.cloud.Credentials().Principals[0]
		cfg.AssumeRoleARN, cfg.ExternalID, cfg.ReaderRole = in.RoleARN(), in.ExternalID, in.ReaderRoleName
	}
	if r.conn, err = awsconn.New(ctx, cfg, awsconn.Deps{
		Clock: wall{}, Logger: zerolog.Nop(), HTTPClient: &http.Client{Transport: transport},
		LoadOptions: []func(*awsconfig.LoadOptions) error{
			awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(keys.ID, keys.Secret, keys.SessionToken)),
			awsconfig.WithSharedConfigFiles(nil), awsconfig.WithSharedCredentialsFiles(nil),
			func(o *awsconfig.LoadOptions) error { o.BaseEndpoint = "http://aws.local"; return nil },
			awsconfig.WithClientLogMode(aws.ClientLogMode(0)),
		},
	}); err != nil {
		return err
	}
	if r.dir, err = identity.New(ctx, identity.Options{
		Slack: r.slack, Center: access.Standing{Center: r.conn, Store: store}, Pins: access.Pins{Store: store, Clock: wall{}}, Clock: wall{}, Domains: []string{"example.com"},
		Alarm: func(text string) { r.svc.Alarm(text) },
	}); err != nil {
		return err
	}
	reload := make(chan struct{}, 1)
	again := func() {
		select {
		case reload <- struct{}{}:
		default:
		}
	}
	if r.iamRoles != nil {
		iam = access.IAMRolesOptions{Reader: r.conn, Every: 24 * time.Hour}
	}
	options := access.Options{
		IAMRoles: iam,
		Store:    store, Clock: wall{}, Connector: r.conn, Scanner: r.conn, Hints: r.conn.Events, Directory: r.dir, Log: zerolog.Nop(), Replica: r.replica, PolicyFile: "policy.yaml",
		OnCatalog: func(c *catalog.Catalog) { r.dir.SetCatalog(c); again() },
		OnPolicy:  func(p *policy.Policy) { r.dir.Watch(p.Sources()) },
		OnLead:    again,
		Anchor:    access.AnchorOptions{Connector: r.conn, Group: r.anchor},
		Tickets:   r.tickets,
	}
	if r.svc, err = access.New(ctx, options); err != nil {
		return err
	}
	if r.replica == "" { // else whoever is elected reads the organization and its file
		if r.svc.Catalog() == nil {
			if err := r.svc.Sync(ctx); err != nil {
				return fmt.Errorf("sync: %w", err)
			}
		}
		if err := r.load(ctx, r.policy); err != nil {
			return err
		}
	}
	svc, dir, stopped := r.svc, r.dir, r.stopped
	go func() {
		defer close(stopped)
		var group sync.WaitGroup
		group.Go(func() { dir.Run(ctx) })
		if r.replica != "" {
			group.Go(func() { r.readFile(ctx, reload) })
		}
		_ = svc.Run(ctx, r.told) // the crash suite makes the store fail under it
		group.Wait()
	}()
	return nil
}

// readFile loads the policy whenever it is asked to, as the program does with its file.
func (r *rig) readFile(ctx context.Context, reload <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-reload:
		}
		if r.svc.Catalog() == nil {
			continue
		}
		if err := r.load(ctx, r.policy); err != nil && ctx.Err() == nil {
			r.t.Error("policy:", err)
		}
	}
}

// load puts a policy in force.
func (r *rig) load(ctx context.Context, text string) error {
	names, err := r.dir.Names(ctx, time.Minute)
	if err != nil {
		return err
	}
	p, problems := policyfile.Load("policy.yaml", []byte(text), names)
	if p == nil {
		return fmt.Errorf("policy: %v", problems)
	}
	return r.svc.SetPolicy(ctx, p)
}

// stop ends the process in good order.
func (r *rig) stop() {
	r.cancel()
	<-r.stopped
	r.dir.Close()
	if r.db == nil {
		return // whoever shares the store closes it
	}
	if err := r.db.Close(); err != nil {
		r.t.Error(err)
	}
}

// check runs the integrity check of the store, and replays the audit log (I6).
func (r *rig) check() {
	r.t.Helper()
	if err := r.db.Check(context.Background()); err != nil {
		r.t.Error("integrity:", err)
	}
	if err := access.VerifyAudit(context.Background(), r.db); err != nil {
		r.t.Error("I6:", err)
	}
}

// submit asks as a person does; the form key makes it unique.
func (r *rig) submit(user identity.SlackUserID, account catalog.AccountID, role string, d time.Duration, form string) (access.Request, error) {
	return r.svc.Submit(context.Background(), access.Submission{
		FormKey: form, User: user, Entitlements: []access.Entitlement{{Account: account, Role: roleARN(role)}}, Duration: d, Reason: "INC-1 the disk is full",
	})
}

// ask is submit for any entitlement.
func (r *rig) ask(user identity.SlackUserID, e access.Entitlement, d time.Duration, form string) (access.Request, error) {
	return r.svc.Submit(context.Background(), access.Submission{
		FormKey: form, User: user, Entitlements: []access.Entitlement{e}, Duration: d, Reason: "INC-1 the disk is full",
	})
}

func (r *rig) mustSubmit(user identity.SlackUserID, account catalog.AccountID, role string, d time.Duration, form string) access.Request {
	r.t.Helper()
	req, err := r.submit(user, account, role, d, form)
	if err != nil {
		r.t.Fatal(err)
	}
	return req
}

func (r *rig) approve(user identity.SlackUserID, id access.RequestID) error {
	_, err := r.svc.Review(context.Background(), access.ReviewInput{Request: id, User: user, Verdict: access.Approve})
	return err
}

func (r *rig) view(id access.RequestID) access.RequestView {
	r.t.Helper()
	v, err := r.svc.RequestView(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// key is the assignment key of a person's role in an account.
func key(person string, account catalog.AccountID, role string) access.Key {
	return access.Key{Person: personID(person), Account: account, Role: roleARN(role)}
}

// holds reports whether AWS really gives the key to the person.
func (r *rig) holds(k access.Key) bool {
	if k.IsGroup() {
		return slices.Contains(r.members(k.Group), k.Person)
	}
	return r.cloud.Assigned(awsAssignment(k))
}

// awsRequested selects what was asked for through the API, not what stood there before.
func awsRequested() awssim.AssignmentFilter { return awssim.AssignmentFilter{Requested: true} }

func awsAssignment(k access.Key) awssim.Assignment {
	return awssim.Assignment{AccountID: string(k.Account), PermissionSetARN: string(k.Role), PrincipalType: "USER", PrincipalID: string(k.Person)}
}

// full reports whether the long suites were asked for (make test-full).
func full() bool { return os.Getenv("STINT_FULL") != "" }

// pass lets virtual time go by and everything that it brings happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
