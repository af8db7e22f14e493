package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// fakeService is a service in memory, with just enough behaviour for what Slack shows.
// Hooks, when set, run first and may fail or block.
type fakeService struct {
	fakeAdmin
	fakeCatalog
	fakeDeciding
	fakeEmergency
	fakeForm
	fakeGroups

	mu       sync.Mutex
	now      time.Time
	people   map[identity.SlackUserID]identity.Bound
	accounts []catalog.Account
	roles    []catalog.Role
	admins   []access.Human
	approver []access.Human
	requests map[access.RequestID]access.RequestView
	grants   map[access.GrantID]access.GrantView
	forms    map[string]access.RequestID
	messages map[string]access.Message

	favourites map[identity.SlackUserID][]access.Entitlement
	config     access.ConfigView
	calls      map[string]int
	submits    []access.Submission
	reviews    []access.ReviewInput

	whoHook    func(context.Context, identity.SlackUserID) error
	submitHook func(context.Context, access.Submission) error
	reviewHook func(context.Context, access.ReviewInput) error
	homeHook   func(identity.SlackUserID) error
}

func newFake() *fakeService {
	return &fakeService{
		now:      time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC),
		people:   map[identity.SlackUserID]identity.Bound{},
		requests: map[access.RequestID]access.RequestView{},
		grants:   map[access.GrantID]access.GrantView{},
		forms:    map[string]access.RequestID{},
		messages: map[string]access.Message{},
		calls:    map[string]int{},
	}
}

var _ Service = (*fakeService)(nil)

func (f *fakeService) count(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[name]++
}

func (f *fakeService) counted(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}

// get and set reach what a test changes while the bot runs.
func get[T any](f *fakeService, field *T) T {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *field
}

func set[T any](f *fakeService, field *T, v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*field = v
}

func (f *fakeService) Now() time.Time { return f.now }

func (f *fakeService) Who(ctx context.Context, user identity.SlackUserID) (identity.Bound, error) {
	f.count("Who")
	if hook := get(f, &f.whoHook); hook != nil {
		if err := hook(ctx, user); err != nil {
			return identity.Bound{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.people[user]
	if !ok {
		return b, fault.New(fault.Forbidden, "fake.Who", "Stint does not know you", "Ask an admin to add you to Identity Center.")
	}
	return b, nil
}

func (f *fakeService) Submit(ctx context.Context, s access.Submission) (access.Request, error) {
	f.count("Submit")
	if hook := get(f, &f.submitHook); hook != nil {
		if err := hook(ctx, s); err != nil {
			return access.Request{}, err
		}
	}
	f.extended(&s)
	for _, e := range s.Entitlements {
		if d := f.decide(e, s.Emergency); d.Outcome != policy.Allowed {
			return access.Request{}, fault.New(fault.Forbidden, "fake.Submit", d.Why, "Choose another role.").In("role")
		}
	}
	p, _ := f.Preview(ctx, access.PreviewInput{Entitlements: s.Entitlements, Emergency: s.Emergency})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submits = append(f.submits, s)
	if id, ok := f.forms[s.FormKey]; ok {
		return f.requests[id].Request, nil
	}
	who := f.people[s.User]
	by := access.Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	receiver := by
	if to, ok := f.people[s.For]; ok {
		receiver = access.Actor{Person: to.Person, Slack: to.Slack, Name: to.Name}
	}
	var tied []access.RequestID
	var views []access.RequestView
	for n, part := range p.Parts {
		id := access.RequestID(fmt.Sprintf("01REQ%03d", len(f.requests)+n+1))
		r := access.Request{
			ID: id, Version: 1, State: access.Pending, FormKey: s.FormKey, Asker: by, Receiver: receiver,
			Duration: s.Duration, Reason: s.Reason, Terms: part.Decision.Terms, StartAt: s.StartAt, Ticket: s.Ticket, Link: s.Link,
			SubmittedAt: f.now, CheckedAt: f.now, ExpiresAt: f.now.Add(8 * time.Hour),
		}
		for _, i := range part.Items {
			r.Entitlements = append(r.Entitlements, i.Entitlement)
		}
		tied = append(tied, id)
		views = append(views, access.RequestView{Request: r, Items: part.Items, Approvers: part.Approvers})
	}
	for _, v := range views {
		if len(views) > 1 {
			v.Request.Tied = tied
		}
		f.requests[v.Request.ID] = v
	}
	f.forms[s.FormKey] = tied[0]
	return f.requests[tied[0]].Request, nil
}

func (f *fakeService) item(account catalog.AccountID, role catalog.RoleARN) access.ItemView {
	it := access.ItemView{Entitlement: access.Entitlement{Account: account, Role: role}, Account: catalog.Account{ID: account}, Role: catalog.Role{ARN: role}}
	if a, ok := f.Account(account); ok {
		it.Account = a
	}
	for _, r := range f.roles {
		if r.ARN == role {
			it.Role = r
		}
	}
	return it
}

func (f *fakeService) Review(ctx context.Context, in access.ReviewInput) (access.RequestView, error) {
	f.count("Review")
	if hook := get(f, &f.reviewHook); hook != nil {
		if err := hook(ctx, in); err != nil {
			return access.RequestView{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.requests[in.Request]
	if !ok {
		return v, fault.New(fault.NotFound, "fake.Review", "There is no such request", "")
	}
	for _, r := range v.Request.Reviews {
		if r.By.Slack == in.User && r.Verdict == in.Verdict {
			return v, nil // the same press again
		}
	}
	if v.Request.State != access.Pending {
		return v, fault.New(fault.Conflict, "fake.Review", "This request was already "+string(v.Request.State), "Nothing was changed.")
	}
	var names []string
	for _, h := range v.Approvers {
		names = append(names, h.Name)
	}
	if in.User == v.Request.Asker.Slack || !slices.ContainsFunc(v.Approvers, func(h access.Human) bool { return h.Slack == in.User }) {
		return v, fault.New(fault.Forbidden, "fake.Review", "You cannot decide this request", "These people can: "+strings.Join(names, ", ")+".")
	}
	who := f.people[in.User]
	by := access.Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	v.Request.Reviews = append(slices.Clone(v.Request.Reviews), access.Review{By: by, Verdict: in.Verdict, Comment: in.Comment, At: f.now})
	v.Request.State, v.Request.DecidedAt = access.Approved, f.now
	if in.Verdict == access.Deny {
		v.Request.State = access.Denied
	}
	f.reviews = append(f.reviews, in)
	f.requests[in.Request] = v
	return v, nil
}

func (f *fakeService) Cancel(_ context.Context, id access.RequestID, user identity.SlackUserID) (access.RequestView, error) {
	f.count("Cancel")
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.requests[id]
	if !ok || v.Request.Asker.Slack != user {
		return v, fault.New(fault.Forbidden, "fake.Cancel", "Only who asked can cancel it", "")
	}
	if v.Request.State != access.Pending && v.Request.State != access.Cancelled {
		return v, fault.New(fault.Conflict, "fake.Cancel", "It is already "+string(v.Request.State), "")
	}
	v.Request.State, v.Request.DecidedAt = access.Cancelled, f.now
	f.requests[id] = v
	return v, nil
}

func (f *fakeService) EndGrant(_ context.Context, id access.GrantID, user identity.SlackUserID) (access.GrantView, error) {
	f.count("EndGrant")
	f.mu.Lock()
	defer f.mu.Unlock()
	g, ok := f.grants[id]
	if !ok {
		return g, fault.New(fault.NotFound, "fake.EndGrant", "There is no such access", "")
	}
	g.Grant.State, g.Grant.EndReason, g.Grant.EndedAt = access.Ended, access.EndEarly, f.now
	g.Grant.EndedBy = access.Actor{Slack: user, Name: f.people[user].Name}
	g.Phase = access.PhaseEnded
	f.grants[id] = g
	return g, nil
}

func (f *fakeService) RequestView(_ context.Context, id access.RequestID) (access.RequestView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.requests[id]
	if !ok {
		return v, fault.New(fault.NotFound, "fake.RequestView", "There is no such request", "")
	}
	return v, nil
}

func (f *fakeService) GrantView(_ context.Context, id access.GrantID) (access.GrantView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g, ok := f.grants[id]
	if !ok {
		return g, fault.New(fault.NotFound, "fake.GrantView", "There is no such access", "")
	}
	return g, nil
}

func (f *fakeService) Home(_ context.Context, user identity.SlackUserID) (access.HomeView, error) {
	f.count("Home")
	if hook := get(f, &f.homeHook); hook != nil {
		if err := hook(user); err != nil {
			return access.HomeView{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	who, ok := f.people[user]
	if !ok {
		return access.HomeView{}, fault.New(fault.Forbidden, "fake.Home", "Stint does not know you", "Ask an admin to add you to Identity Center.")
	}
	h := access.HomeView{
		Human: access.Human{Person: who.Person, Slack: who.Slack, Name: who.Name},
		Admin: slices.ContainsFunc(f.admins, func(a access.Human) bool { return a.Slack == user }),
	}
	for _, id := range slices.Sorted(maps.Keys(f.requests)) {
		v := f.requests[id]
		switch {
		case v.Request.State != access.Pending:
		case v.Request.Asker.Slack == user:
			h.Pending = append(h.Pending, v)
		case decides(v, user):
			h.Waiting = append(h.Waiting, v)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.grants)) {
		g := f.grants[id]
		switch {
		case g.Grant.Holder.Slack != user:
		case g.Phase == access.PhaseEnded:
			h.Recent = append(h.Recent, g)
		default:
			h.Active = append(h.Active, g)
		}
	}
	return h, nil
}

func (f *fakeService) Config(_ context.Context, user identity.SlackUserID) (access.ConfigView, error) {
	f.count("Config")
	if !slices.ContainsFunc(f.admins, func(a access.Human) bool { return a.Slack == user }) {
		return access.ConfigView{}, fault.New(fault.Forbidden, "fake.Config", "Only admins can see this", "")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.config, nil
}

func (f *fakeService) SyncNow(context.Context, identity.SlackUserID) error {
	f.count("SyncNow")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.config.Syncing = true
	f.config.Progress = access.SyncProgress{Stage: "accounts", Done: 40, Calls: 3}
	return nil
}

func (f *fakeService) Admins(context.Context) []access.Human { return f.admins }

func (f *fakeService) Message(_ context.Context, key string) (access.Message, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.messages[key]
	return m, ok, nil
}

func (f *fakeService) SaveMessage(_ context.Context, m access.Message) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages[m.Key] = m
	return nil
}

func (f *fakeService) Messages(_ context.Context, prefix string) ([]access.Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ms []access.Message
	for _, key := range slices.Sorted(maps.Keys(f.messages)) {
		if strings.HasPrefix(key, prefix) {
			ms = append(ms, f.messages[key])
		}
	}
	return ms, nil
}

// with changes a request's view under the lock.
func (f *fakeService) with(id access.RequestID, change func(*access.RequestView)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.requests[id]
	change(&v)
	f.requests[id] = v
}
