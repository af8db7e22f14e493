package identity_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a workspace, an organization and a directory over them.
type world struct {
	clock  *clock
	slack  *fakeSlack
	center *fakeCenter
	pins   *fakePins
	alarms *alarmLog
	dir    *identity.Directory
}

const (
	minute = time.Minute
	team   = "T1"
)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		clock:  &clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)},
		slack:  newFakeSlack(),
		center: newFakeCenter(),
		pins:   newFakePins(),
		alarms: &alarmLog{},
	}
	for _, name := range []string{"ada", "bob", "cleo", "dan"} {
		w.slack.users[user(name)] = identity.SlackFacts{TeamID: team, Name: name, Email: name + "@example.com"}
		w.center.people[person(name)] = identity.PersonFacts{Person: catalog.Person{UserName: name, Name: name, Email: name + "@example.com"}}
	}
	var err error
	w.dir, err = identity.New(t.Context(), identity.Options{
		Slack: w.slack, Center: w.center, Pins: w.pins, Clock: w.clock, Domains: []string{"Example.com"}, Alarm: w.alarms.add,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.dir.Close)
	w.setCatalog(t, w.organization())
	return w
}

func user(name string) identity.SlackUserID { return identity.SlackUserID("U-" + name) }
func person(name string) catalog.PersonID   { return catalog.PersonID("p-" + name) }
func userGroup(id string) policy.Source     { return policy.Source{Kind: policy.SourceUserGroup, ID: id} }

func channel(id string) policy.Source { return policy.Source{Kind: policy.SourceChannel, ID: id} }

func group(id string) policy.Source { return policy.Source{Kind: policy.SourceGroup, ID: id} }

func personSource(name string) policy.Source {
	return policy.Source{Kind: policy.SourcePerson, ID: string(person(name))}
}

// organization is a catalog of the people in the identity center, read an hour ago.
func (w *world) organization() catalog.Data {
	d := catalog.Data{AsOf: w.clock.Now().Add(-time.Hour)}
	w.center.mu.Lock()
	defer w.center.mu.Unlock()
	for id, f := range w.center.people {
		p := f.Person
		p.ID = id
		d.People = append(d.People, p)
	}
	return d
}

func (w *world) setCatalog(t testing.TB, d catalog.Data) {
	t.Helper()
	c, err := catalog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	w.dir.SetCatalog(c)
}

// change alters what Slack would say of a user; a second passes.
func (w *world) change(name string, change func(*identity.SlackFacts)) {
	w.clock.advance(time.Second)
	w.slack.mu.Lock()
	defer w.slack.mu.Unlock()
	f := w.slack.users[user(name)]
	change(&f)
	w.slack.users[user(name)] = f
}

func (w *world) refresh(t testing.TB, sources ...policy.Source) {
	t.Helper()
	w.clock.advance(time.Second)
	if err := w.dir.Refresh(t.Context(), sources, 0); err != nil {
		t.Fatal(err)
	}
}

func (w *world) resolve(t testing.TB, name string) {
	t.Helper()
	if _, err := w.dir.Resolve(t.Context(), user(name), 0); err != nil {
		t.Fatal(err)
	}
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// wall is the clock of a synctest bubble.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

type alarmLog struct {
	mu    sync.Mutex
	texts []string
}

func (a *alarmLog) add(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.texts = append(a.texts, text)
}

func (a *alarmLog) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.texts)
}

// fakeSlack answers from memory. before, when set, runs ahead of each answer and may
// block or fail it.
type fakeSlack struct {
	mu         sync.Mutex
	users      map[identity.SlackUserID]identity.SlackFacts
	userGroups map[identity.UserGroupID]identity.UserGroupFacts
	channels   map[identity.ChannelID]identity.ChannelFacts
	team       string
	enterprise string
	listed     bool // the list of user groups brings members
	before     func(ctx context.Context, method, id string) error
	calls      map[string]int
}

func newFakeSlack() *fakeSlack {
	return &fakeSlack{
		users:      make(map[identity.SlackUserID]identity.SlackFacts),
		userGroups: make(map[identity.UserGroupID]identity.UserGroupFacts),
		channels:   make(map[identity.ChannelID]identity.ChannelFacts),
		team:       team,
		calls:      make(map[string]int),
	}
}

var errNotFound = fault.New(fault.NotFound, "fake", "there is no such thing", "")

func (s *fakeSlack) call(ctx context.Context, method, id string) error {
	s.mu.Lock()
	s.calls[method]++
	before := s.before
	s.mu.Unlock()
	if before != nil {
		return before(ctx, method, id)
	}
	return nil
}

func (s *fakeSlack) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

func (s *fakeSlack) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.before = nil
		return
	}
	s.before = func(context.Context, string, string) error { return err }
}

func (s *fakeSlack) failMethod(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = func(_ context.Context, m, _ string) error {
		if m == method {
			return errAway
		}
		return nil
	}
}

func find[K comparable, V any](ctx context.Context, s *fakeSlack, m map[K]V, method, id string, key K) (V, error) {
	var none V
	if err := s.call(ctx, method, id); err != nil {
		return none, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := m[key]
	if !ok {
		return none, errNotFound
	}
	return v, nil
}

func (s *fakeSlack) User(ctx context.Context, id identity.SlackUserID) (identity.SlackFacts, error) {
	return find(ctx, s, s.users, "user", string(id), id)
}

func (s *fakeSlack) UserByEmail(ctx context.Context, email string) (identity.SlackUserID, error) {
	if err := s.call(ctx, "address", email); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, u := range s.users {
		if strings.EqualFold(u.Email, email) {
			return id, nil
		}
	}
	return "", errNotFound
}

func (s *fakeSlack) UserGroups(ctx context.Context) ([]identity.UserGroupFacts, error) {
	if err := s.call(ctx, "groups", ""); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []identity.UserGroupFacts
	for id, g := range s.userGroups {
		g.ID = id
		if s.listed {
			g.AsOf = time.Unix(1, 0)
		} else {
			g.Members = nil
		}
		out = append(out, g)
	}
	return out, nil
}

func (s *fakeSlack) UserGroupMembers(ctx context.Context, id identity.UserGroupID) ([]identity.SlackUserID, error) {
	g, err := find(ctx, s, s.userGroups, "members", string(id), id)
	return g.Members, err
}

func (s *fakeSlack) Channels(ctx context.Context) ([]identity.ChannelFacts, error) {
	if err := s.call(ctx, "channels", ""); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []identity.ChannelFacts
	for id, c := range s.channels {
		c.ID = id
		out = append(out, c)
	}
	return out, nil
}

func (s *fakeSlack) Channel(ctx context.Context, id identity.ChannelID) (identity.ChannelFacts, error) {
	return find(ctx, s, s.channels, "channel", string(id), id)
}

func (s *fakeSlack) Home(ctx context.Context) (string, string, error) {
	if err := s.call(ctx, "home", ""); err != nil {
		return "", "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.team, s.enterprise, nil
}

// fakeCenter answers from memory.
type fakeCenter struct {
	mu     sync.Mutex
	people map[catalog.PersonID]identity.PersonFacts
	groups map[catalog.GroupID]identity.GroupFacts
	err    error
	calls  int
}

func newFakeCenter() *fakeCenter {
	return &fakeCenter{people: make(map[catalog.PersonID]identity.PersonFacts), groups: make(map[catalog.GroupID]identity.GroupFacts)}
}

func (c *fakeCenter) Person(_ context.Context, id catalog.PersonID) (identity.PersonFacts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	f, ok := c.people[id]
	if !ok && c.err == nil {
		return f, errNotFound
	}
	return f, c.err
}

func (c *fakeCenter) GroupMembers(_ context.Context, id catalog.GroupID) (identity.GroupFacts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	f, ok := c.groups[id]
	if !ok && c.err == nil {
		return f, errNotFound
	}
	return f, c.err
}

// fakePins keeps pairs as a store does.
type fakePins struct {
	mu     sync.Mutex
	pins   map[identity.SlackUserID]identity.Pin
	putErr error // what PutPin fails with
	getErr error
}

func newFakePins() *fakePins {
	return &fakePins{pins: make(map[identity.SlackUserID]identity.Pin)}
}

func (p *fakePins) Pin(_ context.Context, u identity.SlackUserID) (identity.Pin, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.getErr != nil {
		return identity.Pin{}, p.getErr
	}
	if pin, ok := p.pins[u]; ok {
		return pin, nil
	}
	return identity.Pin{}, errNotFound
}

func (p *fakePins) PinOf(_ context.Context, id catalog.PersonID) (identity.Pin, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.getErr != nil {
		return identity.Pin{}, p.getErr
	}
	for _, pin := range p.pins {
		if pin.Person == id {
			return pin, nil
		}
	}
	return identity.Pin{}, errNotFound
}

func (p *fakePins) PutPin(_ context.Context, pin identity.Pin) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.putErr != nil {
		return p.putErr
	}
	for _, other := range p.pins {
		if (other.Slack == pin.Slack) != (other.Person == pin.Person) {
			return fault.New(fault.Conflict, "fake", "bound otherwise", "")
		}
	}
	p.pins[pin.Slack] = pin
	return nil
}

func (p *fakePins) Pins(context.Context) ([]identity.Pin, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []identity.Pin
	for _, pin := range p.pins {
		out = append(out, pin)
	}
	return out, p.getErr
}

var errAway = errors.New("connection refused")
