package access_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/store/storetest"
)

// The people of the house; Slack ids are "U" and the name in capitals.
const (
	alice = identity.SlackUserID("UALICE") // asks
	bob   = identity.SlackUserID("UBOB")   // approves
	carol = identity.SlackUserID("UCAROL") // admin
	dana  = identity.SlackUserID("UDANA")  // admin
	boot  = identity.SlackUserID("UBOOT")  // admin because whoever runs Stint says so
)

const (
	prod    = catalog.AccountID("222222222222")
	staging = catalog.AccountID("333333333333")
)

func arn(role string) catalog.RoleARN {
	return catalog.RoleARN("arn:aws:sso:::permissionSet/ssoins-1/ps-" + strings.ToLower(role))
}

func person(user identity.SlackUserID) catalog.PersonID {
	return catalog.PersonID("p-" + name(user))
}

func name(user identity.SlackUserID) string { return strings.ToLower(string(user[1:])) }

func email(user identity.SlackUserID) string { return name(user) + "@example.com" }

// bubbleClock is the clock of a synctest bubble.
type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

func (bubbleClock) At(t time.Time) (<-chan struct{}, func()) {
	ch := make(chan struct{})
	timer := time.AfterFunc(max(0, time.Until(t)), func() { close(ch) })
	return ch, func() { timer.Stop() }
}

// outside is Slack, Identity Center and AWS, as far as these tests need them.
type outside struct {
	mu       sync.Mutex
	data     catalog.Data
	groups   map[identity.UserGroupID][]identity.SlackUserID
	channels []identity.ChannelFacts
	away     bool                // Slack does not answer
	held     map[access.Key]bool // what AWS holds
}

func newOutside() *outside {
	o := &outside{
		groups:   map[identity.UserGroupID][]identity.SlackUserID{"SSRE": {bob, carol}, "SADMINS": {dana}},
		channels: []identity.ChannelFacts{{ID: "CAPPROVALS", Name: "approvals", Joined: true}, {ID: "CSECRET", Name: "secret", Private: true, Joined: true}},
		held:     map[access.Key]bool{},
	}
	o.data = catalog.Data{Instance: catalog.Instance{ARN: "arn:aws:sso:::instance/ssoins-1"}}
	for id, n := range map[catalog.AccountID]string{"111111111111": "management", prod: "prod-billing", staging: "staging-billing"} {
		a := catalog.Account{ID: id, Name: n, State: catalog.AccountActive, OUPath: "/"}
		if id == prod {
			a.OUPath, a.Tags = "/Production/Payments", map[string]string{"env": "prod"}
		}
		o.data.Accounts = append(o.data.Accounts, a)
	}
	for _, n := range []string{"ReadOnly", "Admin"} {
		o.data.Roles = append(o.data.Roles, catalog.Role{ARN: arn(n), Name: n, Description: "for " + n, SessionDuration: time.Hour})
	}
	for _, u := range []identity.SlackUserID{alice, bob, carol, dana, boot} {
		o.data.People = append(o.data.People, catalog.Person{ID: person(u), UserName: name(u), Name: name(u), Email: email(u)})
	}
	o.data.Groups = []catalog.Group{{ID: "g-payments", Name: "payments-devs"}}
	return o
}

func (o *outside) change(fn func(*outside)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fn(o)
}

func (o *outside) slack() error {
	if o.away {
		return fault.New(fault.Unavailable, "outside", "Slack cannot be reached.", "")
	}
	return nil
}

func (o *outside) User(_ context.Context, id identity.SlackUserID) (identity.SlackFacts, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return identity.SlackFacts{ID: id, TeamID: "T1", Name: name(id), Email: email(id)}, o.slack()
}

// UserByEmail knows nobody: these tests bind people by what they do.
func (o *outside) UserByEmail(context.Context, string) (identity.SlackUserID, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.slack(); err != nil {
		return "", err
	}
	return "", fault.New(fault.NotFound, "outside", "no such user", "")
}

func (o *outside) UserGroups(context.Context) (list []identity.UserGroupFacts, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id := range o.groups {
		list = append(list, identity.UserGroupFacts{ID: id, Handle: strings.ToLower(string(id[1:]))})
	}
	return list, o.slack()
}

func (o *outside) UserGroupMembers(_ context.Context, id identity.UserGroupID) ([]identity.SlackUserID, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.groups[id]), o.slack()
}

func (o *outside) Channels(context.Context) ([]identity.ChannelFacts, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.channels), o.slack()
}

func (o *outside) Channel(_ context.Context, id identity.ChannelID) (identity.ChannelFacts, error) {
	return identity.ChannelFacts{ID: id, Joined: true}, nil
}

func (o *outside) Home(context.Context) (string, string, error) { return "T1", "", nil }

func (o *outside) Person(_ context.Context, id catalog.PersonID) (identity.PersonFacts, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.data.People {
		if p.ID == id {
			return identity.PersonFacts{Person: p}, nil
		}
	}
	return identity.PersonFacts{Gone: true}, nil
}

func (o *outside) GroupMembers(_ context.Context, id catalog.GroupID) (identity.GroupFacts, error) {
	return identity.GroupFacts{ID: id, Members: []catalog.PersonID{person(bob)}}, nil
}

func (o *outside) Acquire(context.Context, access.Priority, catalog.AccountID) (func(), error) {
	return func() {}, nil
}

func (o *outside) TryAcquire(access.Priority, catalog.AccountID) (func(), bool) {
	return func() {}, true
}

func (o *outside) Look(_ context.Context, _ access.Priority, key access.Key) (access.Observation, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return access.Observation{Found: o.held[key], At: time.Now()}, nil
}

func (o *outside) write(kind access.OperationKind, key access.Key, fence func() error) (access.Operation, error) {
	sent := time.Now()
	if err := fence(); err != nil {
		return access.Operation{}, &access.ConnectorError{Class: access.ClassFenced, Err: err}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held[key] = kind == access.CreateOperation
	return access.Operation{ID: "op", Kind: kind, Key: key, Status: access.Succeeded, SentAt: sent}, nil
}

func (o *outside) Assign(_ context.Context, _ access.Priority, key access.Key, fence func() error) (access.Operation, error) {
	return o.write(access.CreateOperation, key, fence)
}

func (o *outside) Unassign(_ context.Context, key access.Key, fence func() error) (access.Operation, error) {
	return o.write(access.DeleteOperation, key, fence)
}

func (o *outside) Await(_ context.Context, op access.Operation) (access.Operation, error) {
	op.Status = access.Succeeded
	return op, nil
}

func (o *outside) Catalog(context.Context, *catalog.Data, []catalog.GroupID, func(access.SyncProgress)) (catalog.Data, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.data
	d.Accounts, d.People, d.Groups = slices.Clone(d.Accounts), slices.Clone(d.People), slices.Clone(d.Groups)
	d.AsOf = time.Now()
	return d, nil
}

func (o *outside) Brings(_ context.Context, d catalog.Data, _ []catalog.GroupID) (catalog.Data, error) {
	return d, nil
}

func (o *outside) RefreshRoles(_ context.Context, d catalog.Data, _ int) (catalog.Data, error) {
	return d, nil
}

// told keeps what the outbox delivers.
type told struct {
	mu      sync.Mutex
	notices []access.Notice
}

func (n *told) Deliver(_ context.Context, notice access.Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notices = append(n.notices, notice)
	return nil
}

// of lists what was delivered of a kind.
func (n *told) of(kind access.NoticeKind) (list []access.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.notices {
		if x.Kind == kind {
			list = append(list, x)
		}
	}
	return list
}

// house is a service on a store in memory, between outsides that do what they are told.
type house struct {
	t     *testing.T
	store access.Store
	out   *outside
	told  *told
	file  string // Options.PolicyFile
	iam   access.IAMRolesOptions

	// a process
	dir  *identity.Directory
	svc  *access.Service
	stop func()
}

// inHouse runs a test in virtual time, on a house that was started, and replays its log.
func inHouse(t *testing.T, fn func(*house), options ...func(*house)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, store: storetest.NewModel(), out: newOutside(), told: &told{}}
		for _, o := range options {
			o(h)
		}
		h.start()
		fn(h)
		h.stop()
		if err := access.VerifyAudit(context.Background(), h.store); err != nil {
			t.Error(err)
		}
	})
}

// start begins a process on the house's store.
func (h *house) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	if h.dir, err = identity.New(ctx, identity.Options{Slack: h.out, Center: h.out, Pins: access.Pins{Store: h.store, Clock: bubbleClock{}}, Clock: bubbleClock{}, Domains: []string{"example.com"}}); err != nil {
		h.t.Fatal(err)
	}
	dir := h.dir
	if h.svc, err = access.New(ctx, access.Options{
		Store: h.store, Clock: bubbleClock{}, Connector: h.out, Directory: dir, Log: zerolog.Nop(), OnCatalog: dir.SetCatalog,
		PolicyFile: h.file, IAMRoles: h.iam, BootstrapAdmins: []string{email(boot)},
		OnPolicy: func(p *policy.Policy) {
			dir.SetDomains(p.Settings().EmailDomains)
			dir.Watch(p.Sources())
		},
	}); err != nil {
		h.t.Fatal(err)
	}
	svc := h.svc
	if svc.Catalog() == nil {
		if err := svc.Sync(ctx); err != nil {
			h.t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	group.Go(func() { dir.Run(ctx) })
	group.Go(func() { _ = svc.Run(ctx, h.told) })
	h.stop = func() {
		cancel()
		group.Wait()
		dir.Close()
	}
	pass(time.Minute)
}

// restart ends the process and begins another.
func (h *house) restart() {
	h.t.Helper()
	h.stop()
	h.start()
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// basic is a policy with admins carol and @admins, one rule with approval and one without.
func basic() policy.Spec {
	return policy.Spec{
		Settings: policy.SettingsSpec{
			Admins:       policy.People{Users: []string{email(carol)}, SlackUserGroups: []string{"admins"}},
			EmailDomains: []string{"example.com"}, Channel: "approvals",
		},
		People: map[string]policy.People{"sre": {SlackUserGroups: []string{"sre"}}},
		Rules: []policy.RuleSpec{
			{Name: "look", Accounts: policy.Accounts{All: true}, Roles: policy.List{Items: []string{"ReadOnly"}}, Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Automatic: true}},
			{Name: "work", Accounts: policy.Accounts{All: true}, Roles: policy.List{Items: []string{"Admin"}}, Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}}}},
		},
	}
}

// denying is basic with a rule that forbids a role in front.
func denying(role string) policy.Spec {
	spec := basic()
	spec.Rules = append([]policy.RuleSpec{{Name: "never " + role, Deny: true, Roles: policy.List{Items: []string{role}}}}, spec.Rules...)
	return spec
}

// edit makes a spec the user's draft.
func (h *house) edit(user identity.SlackUserID, spec policy.Spec) access.DraftView {
	h.t.Helper()
	d, err := h.svc.Draft(context.Background(), user)
	if err == nil {
		d, err = h.svc.EditDraft(context.Background(), user, d.Revision.Version, spec)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

func (h *house) apply(user identity.SlackUserID, spec policy.Spec) (access.RevisionView, error) {
	h.t.Helper()
	d := h.edit(user, spec)
	return h.svc.ApplyDraft(context.Background(), user, d.Revision.Version, "because", false)
}

func (h *house) mustApply(user identity.SlackUserID, spec policy.Spec) access.RevisionView {
	h.t.Helper()
	v, err := h.apply(user, spec)
	if err != nil {
		h.t.Fatal(err)
	}
	pass(time.Minute) // the members of its sets are read
	return v
}

// want fails the test unless err has the code and, when given, the field and the words.
func (h *house) want(err error, code fault.Code, field string, words ...string) {
	h.t.Helper()
	if fault.CodeOf(err) != code {
		h.t.Fatalf("code %q, want %q: %v", fault.CodeOf(err), code, err)
	}
	if code == "" {
		return
	}
	var f *fault.Error
	if !asFault(err, &f) || f.Field != field {
		h.t.Errorf("field %q, want %q: %v", f.Field, field, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			h.t.Errorf("it does not say %q: %v", w, err)
		}
	}
}

// submit asks for a role in prod.
func (h *house) submit(user identity.SlackUserID, role string) access.Request {
	h.t.Helper()
	r, err := h.svc.Submit(context.Background(), access.Submission{
		FormKey: fmt.Sprint(user, role, time.Now().UnixNano()), User: user, Entitlements: []access.Entitlement{{Account: prod, Role: arn(role)}}, Duration: time.Hour, Reason: "look at the disk",
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func (h *house) view(id access.RequestID) access.RequestView {
	h.t.Helper()
	v, err := h.svc.RequestView(context.Background(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// revisions lists what is stored, newest first.
func (h *house) revisions(states ...access.RevisionState) (list []access.Revision) {
	h.t.Helper()
	if err := h.store.View(context.Background(), func(tx access.Tx) (err error) {
		list, err = tx.Revisions(access.RevisionFilter{States: states})
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return list
}

func newModel() access.Store { return storetest.NewModel() }

// submission asks for ReadOnly in an account.
func submission(user, account string) access.Submission {
	return access.Submission{
		FormKey: user + account + fmt.Sprint(time.Now().UnixNano()), User: identity.SlackUserID(user),
		Entitlements: []access.Entitlement{{Account: catalog.AccountID(account), Role: arn("ReadOnly")}}, Duration: time.Hour, Reason: "look at the disk",
	}
}
