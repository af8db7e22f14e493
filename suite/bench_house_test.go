package suite

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
	"stint/access/policy/policyfile"
	"stint/awsconn"
	"stint/sandbox/awssim"
	"stint/store/bolt"
)

// benchHouse is the product as `stint serve` wires it, in real time, over real sockets to AWS
// and with a real file, made for measuring: what a benchmark wants to see is watched.
type benchHouse struct {
	tb    testing.TB
	ctx   context.Context
	clock access.Clock
	aws   *benchAWS

	db   keptStore
	dir  *identity.Directory
	svc  *access.Service
	scan *scanWatch

	cancel  context.CancelFunc
	stopped chan struct{}
}

type benchOptions struct {
	path   string // of the store; a new one when empty
	noSync bool
	open   func() (keptStore, error) // the store; the file at path when nil
	// replica is its name among several on one store, of which the elected one syncs and
	// all load the policy once they run; "" when it is alone.
	replica string
	clock   access.Clock // wall when nil
	aws     *benchAWS
	slack   identity.SlackSource
	policy  string // none is loaded when empty
}

// openBenchHouse builds every part and does not start it.
func openBenchHouse(tb testing.TB, o benchOptions) *benchHouse {
	tb.Helper()
	if o.path == "" {
		o.path = filepath.Join(tb.TempDir(), "stint.db")
	}
	if o.clock == nil {
		o.clock = wall{}
	}
	h := &benchHouse{tb: tb, clock: o.clock, aws: o.aws, scan: newScanWatch(), stopped: make(chan struct{})}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	var err error
	if o.open == nil {
		o.open = openFile(o.path, bolt.Options{NoSync: o.noSync})
	}
	if h.db, err = o.open(); err != nil {
		tb.Fatal(err)
	}
	var store access.Store = watchedStore{h.db, h.scan}
	file := ""
	if o.replica != "" {
		store = h.db // which tells what other replicas changed
		file = "policy.yaml"
	}
	keys := o.aws.cloud.Credentials().Management
	conn, err := awsconn.New(h.ctx, awsconn.Config{Region: o.aws.org.Region}, awsconn.Deps{
		Clock: o.clock, Logger: zerolog.Nop(),
		LoadOptions: []func(*awsconfig.LoadOptions) error{
			awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(keys.ID, keys.Secret, keys.SessionToken)),
			awsconfig.WithSharedConfigFiles(nil), awsconfig.WithSharedCredentialsFiles(nil),
			awsconfig.WithBaseEndpoint(o.aws.server.URL),
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	if h.dir, err = identity.New(h.ctx, identity.Options{Slack: o.slack, Center: access.Standing{Center: conn, Store: store}, Pins: access.Pins{Store: store, Clock: o.clock}, Clock: o.clock, Domains: []string{"example.com"}}); err != nil {
		tb.Fatal(err)
	}
	if h.svc, err = access.New(h.ctx, access.Options{
		Store: store, Clock: o.clock, Connector: knownCatalog{conn, catalogOf(o.aws.org)}, Directory: h.dir, Log: zerolog.Nop(), OnCatalog: h.dir.SetCatalog,
		Replica: o.replica, PolicyFile: file, OnPolicy: func(p *policy.Policy) { h.dir.Watch(p.Sources()) },
	}); err != nil {
		tb.Fatal(err)
	}
	if o.policy != "" {
		h.sync()
		h.load(o.policy)
	}
	return h
}

// sync puts the catalog in force and into the store.
func (h *benchHouse) sync() {
	h.tb.Helper()
	if err := h.svc.Sync(h.ctx); err != nil {
		h.tb.Fatal(err)
	}
}

// load puts a policy in force.
func (h *benchHouse) load(text string) {
	h.tb.Helper()
	names, err := h.dir.Names(h.ctx, time.Minute)
	if err != nil {
		h.tb.Fatal(err)
	}
	p, problems := policyfile.Load("policy.yaml", []byte(text), names)
	if p == nil {
		h.tb.Fatalf("policy: %v", problems)
	}
	if err := h.svc.SetPolicy(h.ctx, p); err != nil {
		h.tb.Fatal(err)
	}
}

// run works until stop. further runs beside it.
func (h *benchHouse) run(n access.Notifier, further ...func(context.Context)) {
	go func() {
		defer close(h.stopped)
		var group sync.WaitGroup
		group.Go(func() { h.dir.Run(h.ctx) })
		for _, f := range further {
			group.Go(func() { f(h.ctx) })
		}
		if err := h.svc.Run(h.ctx, n); err != nil && h.ctx.Err() == nil {
			h.tb.Error(err)
		}
		group.Wait()
	}()
}

func (h *benchHouse) stop() {
	h.tb.Helper()
	h.cancel()
	<-h.stopped
	h.dir.Close()
	if err := h.db.Close(); err != nil {
		h.tb.Error(err)
	}
}

// until waits for a condition of the service, and fails the benchmark after ten seconds.
func (h *benchHouse) until(what string, condition func() bool) {
	h.tb.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !condition(); <-tick.C {
		if time.Now().After(deadline) {
			h.tb.Fatalf("waited a minute for %s", what)
		}
	}
}

// benchAWS is a simulated organization on a socket that tells when a call arrived.
type benchAWS struct {
	org    *awssim.Organization
	cloud  *awssim.Cloud
	server *httptest.Server
	now    func() time.Time

	mu      sync.Mutex
	arrived map[string]time.Time // by action and account, and by account alone: the first
	change  chan struct{}
}

// newBenchAWS serves an organization whose operations end at once: what Stint adds is
// measured, not what AWS takes.
func newBenchAWS(tb testing.TB, org *awssim.Organization, now func() time.Time) *benchAWS {
	tb.Helper()
	a := &benchAWS{org: org, now: now, arrived: map[string]time.Time{}, change: make(chan struct{})}
	tuning, switches := awssim.InstantTuning(), awssim.DefaultSwitches()
	switches.FinalStatusInReply = true
	cloud, err := awssim.New(awssim.Config{
		Seed: 1, Organization: org, Tuning: &tuning, Switches: &switches, Now: now,
		Intercept: func(call awssim.Call, after bool) error {
			if !after {
				a.note(call)
			}
			return nil
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	a.cloud = cloud
	a.server = httptest.NewServer(cloud.Handler())
	tb.Cleanup(a.server.Close)
	return a
}

func (a *benchAWS) note(call awssim.Call) {
	at := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range []string{call.AccountID, call.Action + " " + call.AccountID} {
		if _, seen := a.arrived[name]; !seen {
			a.arrived[name] = at
		}
	}
	close(a.change)
	a.change = make(chan struct{})
}

// first is when the first call about an account arrived; with an action, the first of that.
func (a *benchAWS) first(tb testing.TB, account catalog.AccountID, action string) time.Time {
	tb.Helper()
	name := string(account)
	if action != "" {
		name = action + " " + name
	}
	deadline := time.After(time.Minute)
	for {
		a.mu.Lock()
		at, seen := a.arrived[name]
		change := a.change
		a.mu.Unlock()
		if seen {
			return at
		}
		select {
		case <-change:
		case <-deadline:
			tb.Fatalf("no call %s within a minute", name)
		}
	}
}

// role is the permission set with a name.
func (a *benchAWS) role(name string) catalog.RoleARN {
	i := slices.IndexFunc(a.org.PermissionSets, func(p awssim.PermissionSet) bool { return p.Name == name })
	return catalog.RoleARN(a.org.PermissionSets[i].ARN)
}

// member is an account that nothing else in the benchmark uses.
func (a *benchAWS) member(n int) catalog.AccountID {
	return catalog.AccountID(a.org.Accounts[1+n%(len(a.org.Accounts)-1)].ID)
}

// benchOrganization is a generated one with the people of the rig among its users.
func benchOrganization(accounts, roles, people int) *awssim.Organization {
	mine := rigOrganization().Users
	org := awssim.Generate(awssim.GenerateOptions{Accounts: accounts, Roles: roles, People: max(12, people-len(mine)), Seed: 1})
	org.Users = append(org.Users, mine...)
	return org
}

// catalogOf is what a sync would read of the organization. A real sync of the largest
// takes minutes at AWS's rates and would measure nothing here.
func catalogOf(org *awssim.Organization) catalog.Data {
	paths := map[string]string{org.RootID: ""}
	for _, u := range org.OUs {
		paths[u.ID] = paths[u.ParentID] + "/" + u.Name
	}
	d := catalog.Data{
		AsOf: time.Now(), Organization: org.ID, ManagementAccount: catalog.AccountID(org.ManagementAccountID),
		Instance: catalog.Instance{ARN: org.InstanceARN, IdentityStoreID: org.IdentityStoreID, Region: org.Region, PortalHost: org.IdentityStoreID + ".awsapps.com"},
	}
	for _, a := range org.Accounts {
		path := paths[a.ParentID]
		if path == "" {
			path = "/"
		}
		d.Accounts = append(d.Accounts, catalog.Account{ID: catalog.AccountID(a.ID), Name: a.Name, Email: a.Email, State: catalog.AccountActive, OUPath: path, Tags: a.Tags})
	}
	for _, p := range org.PermissionSets {
		d.Roles = append(d.Roles, catalog.Role{ARN: catalog.RoleARN(p.ARN), Name: p.Name, Description: p.Description, SessionDuration: p.SessionDuration})
	}
	for _, u := range org.Users {
		d.People = append(d.People, catalog.Person{ID: catalog.PersonID(u.ID), UserName: u.UserName, Name: u.DisplayName, Email: u.Email})
	}
	for _, g := range org.Groups {
		d.Groups = append(d.Groups, catalog.Group{ID: catalog.GroupID(g.ID), Name: g.DisplayName})
	}
	return d
}

// knownCatalog is the real connector, but for the sync.
type knownCatalog struct {
	access.Connector
	data catalog.Data
}

func (c knownCatalog) Catalog(context.Context, *catalog.Data, []catalog.GroupID, func(access.SyncProgress)) (catalog.Data, error) {
	return c.data, nil
}

// committed, in the context of an Update, takes the time at which it was durable.
type committed struct{ at *time.Time }

type committedKey struct{}

func watchCommit(ctx context.Context, at *time.Time) context.Context {
	return context.WithValue(ctx, committedKey{}, committed{at})
}

// scanWatch times the transactions that look for due work.
type scanWatch struct {
	mu    sync.Mutex
	times samples
	first chan struct{} // closed when the first scan has read
}

func newScanWatch() *scanWatch { return &scanWatch{first: make(chan struct{})} }

func (s *scanWatch) took(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times.add(d); len(s.times) == 1 {
		close(s.first)
	}
}

// reset forgets what was timed so far.
func (s *scanWatch) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = s.times[:0:0]
	s.first = make(chan struct{})
}

// watchedStore notes commits and scans of a store.
type watchedStore struct {
	access.Store
	scan *scanWatch
}

func (s watchedStore) Update(ctx context.Context, fn func(access.Tx) error) error {
	err := s.Store.Update(ctx, fn)
	if c, ok := ctx.Value(committedKey{}).(committed); ok && err == nil {
		*c.at = time.Now()
	}
	return err
}

func (s watchedStore) View(ctx context.Context, fn func(access.Tx) error) error {
	begin, found := time.Now(), 0
	err := s.Store.View(ctx, func(tx access.Tx) error {
		w := &watchedTx{Tx: tx}
		err := fn(w)
		found = w.found
		return err
	})
	if found > 0 {
		s.scan.took(time.Since(begin))
	}
	return err
}

// watchedTx notes whether due work was looked for.
type watchedTx struct {
	access.Tx
	found int
}

func (t *watchedTx) Due(until time.Time, limit int) ([]access.Due, error) {
	due, err := t.Tx.Due(until, limit)
	t.found = 1 + len(due)
	return due, err
}
