package bot

import (
	"bytes"
	"context"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within bounds every wait of a test.
const within = 20 * time.Second

// logbook collects what the bot logs, for tests that look for what must not be there.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rig is the bot, connected with its real client to a simulated Slack, before a service in
// memory.
type rig struct {
	*slacksim.Workspace
	t    *testing.T
	ctx  context.Context
	srv  *httptest.Server
	fake *fakeService
	bot  *Bot
	logs *logbook
	reg  *prometheus.Registry

	asker, sre, security, outsider slacksim.User
	channel, other                 slacksim.Channel
	changes                        chan Change
	stopBot                        func()
}

type rigOptions struct {
	config func(*slacksim.Config)
	bot    func(*Bot)
	idle   bool // do not run the bot
}

func newRig(t *testing.T, change ...func(*rigOptions)) *rig {
	t.Helper()
	var o rigOptions
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx, fake: newFake(), logs: &logbook{}, reg: prometheus.NewRegistry(), changes: make(chan Change, 16)}
	switches := slacksim.DefaultSwitches()
	cfg := slacksim.Config{Seed: 7, AppName: "Stint", Switches: &switches}
	if o.config != nil {
		o.config(&cfg)
	}
	r.Workspace = slacksim.New(cfg)
	r.srv = httptest.NewServer(r.Handler())
	t.Cleanup(func() {
		r.Close()
		r.srv.Close()
	})
	r.cast()

	ws, err := NewWorkspace(WorkspaceOptions{BotToken: r.BotToken(), AppToken: r.AppToken(), APIURL: r.srv.URL + "/api"})
	r.must(err)
	r.bot = New(Options{
		Workspace: ws, Service: r.fake, Log: zerolog.New(r.logs), Registry: r.reg,
		Invalidate:      func(c Change) { r.changes <- c },
		FallbackChannel: func() identity.ChannelID { return identity.ChannelID(r.other.ID) },
	})
	if o.bot != nil {
		o.bot(r.bot)
	}
	t.Cleanup(ws.Close)
	if o.idle {
		return r
	}
	r.start()
	return r
}

func (r *rig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		_ = r.bot.Run(ctx)
		close(done)
	}()
	var once sync.Once
	r.stopBot = func() {
		once.Do(func() {
			cancel()
			select {
			case <-done:
			case <-time.After(within):
				r.t.Error("the bot did not end")
			}
		})
	}
	r.t.Cleanup(r.stopBot)
	r.until("both sockets", func() bool { return r.Sockets() == sockets && r.bot.Health().Connected == sockets })
}

// cast fills workspace and service with the same people.
func (r *rig) cast() {
	yes := true
	user := func(name, real string) slacksim.User {
		u, err := r.AddUser(slacksim.User{Name: name, RealName: real, Email: name + "@example.com", TZ: "Europe/Berlin", EmailConfirmed: &yes})
		r.must(err)
		return u
	}
	r.asker, r.sre, r.security, r.outsider = user("ada", "Ada Asker"), user("sam", "Sam Sre"), user("sue", "Sue Security"), user("otto", "Otto Outsider")
	for _, u := range []slacksim.User{r.asker, r.sre, r.security, r.outsider} {
		id := identity.SlackUserID(u.ID)
		r.fake.people[id] = identity.Bound{Person: catalog.PersonID("p-" + u.Name), Slack: id, Name: u.RealName}
	}
	add := func(c slacksim.Channel) slacksim.Channel {
		c, err := r.AddChannel(c)
		r.must(err)
		return c
	}
	r.channel = add(slacksim.Channel{Name: "prod-approvals", Kind: slacksim.ChannelPrivate, BotMember: true, Members: []string{r.sre.ID, r.asker.ID, r.outsider.ID}})
	r.other = add(slacksim.Channel{Name: "aws-approvals", BotMember: true, Members: []string{r.sre.ID, r.asker.ID, r.outsider.ID}})
	for _, c := range []string{commandAccess, commandConfig} {
		r.must(r.RegisterCommand(slacksim.Command{Name: c}))
	}
	f := r.fake
	f.accounts = []catalog.Account{
		{ID: "111111111111", Name: "prod-billing", OUPath: "/Production", State: catalog.AccountActive, Tags: map[string]string{"env": "prod"}},
		{ID: "222222222222", Name: "dev-playground", OUPath: "/Development", State: catalog.AccountActive},
	}
	f.roles = []catalog.Role{
		{ARN: "arn:aws:sso:::permissionSet/ssoins-1/ps-admin", Name: "AdministratorAccess", Description: "Everything", SessionDuration: time.Hour},
		{ARN: "arn:aws:sso:::permissionSet/ssoins-1/ps-read", Name: "ReadOnly", Description: "Look, do not touch", SessionDuration: time.Hour},
	}
	f.admins = []access.Human{{Person: "p-sue", Slack: identity.SlackUserID(r.security.ID), Name: r.security.RealName}}
	f.approver = []access.Human{
		{Person: "p-sam", Slack: identity.SlackUserID(r.sre.ID), Name: r.sre.RealName},
		{Person: "p-sue", Slack: identity.SlackUserID(r.security.ID), Name: r.security.RealName},
	}
	terms := policy.Terms{
		Rule: "production admin", PolicyVersion: "v1", Steps: []policy.Step{{From: []string{"sre"}, Count: 1}},
		Durations: []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour}, MaxDuration: 2 * time.Hour, RequestTTL: 8 * time.Hour,
		Reason: policy.ReasonTerms{Pattern: "INC-[0-9]+", Hint: "incident number", MinLength: 1}, Channel: r.channel.ID,
	}
	f.decision = policy.Decision{Outcome: policy.Allowed, Rule: terms.Rule, PolicyVersion: "v1", Terms: terms, Certain: true}
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) as(u slacksim.User) *slacksim.Person {
	r.t.Helper()
	p, err := r.As(u.ID)
	r.must(err)
	return p
}

// until waits for a condition of Slack, the service or the bot.
func (r *rig) until(what string, condition func() bool) {
	r.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-r.ctx.Done():
			r.t.Fatalf("waiting for %s\nlog:\n%s", what, r.logs)
		}
	}
}

func el(block, action string) slacksim.Element {
	return slacksim.Element{BlockID: block, ActionID: action}
}

// pressed finds the element with this action id among blocks.
func pressed(t *testing.T, on slacksim.Surface, blocks []blockkit.Block, action string) slacksim.Element {
	t.Helper()
	for _, f := range blockkit.Elements(blocks) {
		if f.ActionID == action {
			return slacksim.Element{On: on, BlockID: f.BlockID, ActionID: action}
		}
	}
	t.Fatalf("there is no element %s", action)
	return slacksim.Element{}
}

func hasAction(blocks []blockkit.Block, action string) bool {
	for _, f := range blockkit.Elements(blocks) {
		if f.ActionID == action {
			return true
		}
	}
	return false
}

// dm are the messages between a person and the app, oldest first.
func (r *rig) dm(u slacksim.User) []slacksim.Message {
	r.t.Helper()
	p := r.as(u)
	c, err := p.Conversation(p.OpenApp())
	r.must(err)
	return c.Messages
}

// messages are those of a channel as somebody sees them.
func (r *rig) messages(u slacksim.User, ch slacksim.Channel) []slacksim.Message {
	r.t.Helper()
	c, err := r.as(u).Conversation(ch.ID)
	r.must(err)
	return c.Messages
}

// deliver delivers a notice, and again whenever the bot asks for a pause.
func (r *rig) deliver(n access.Notice) {
	r.t.Helper()
	if n.At.IsZero() {
		n.At = r.fake.now
	}
	r.must(r.bot.Deliver(r.ctx, n))
}

// text is everything that people read in blocks, one text a line.
func text(blocks []blockkit.Block) string {
	var b strings.Builder
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["text"].(string); ok {
				b.WriteString(s + "\n")
			}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k])
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	for _, x := range blocks {
		walk(x)
	}
	return b.String()
}
