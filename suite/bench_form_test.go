package suite

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"stint/bot"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// formPolicy is what a large company may have: a deny, a rule for everybody, and one for
// each of twenty teams by tag and OU, so that deciding looks at many rules.
func formPolicy() string {
	var b strings.Builder
	b.WriteString(rigPolicy)
	for i := range 20 {
		fmt.Fprintf(&b, `
  - name: team %d
    accounts:
      - { ou: /Production, tags: { team: team-%d } }
      - { name: "staging-*-%d" }
    roles: [S3*, EC2*, RDS*, Lambda*]
    requesters: all
    max_duration: 4h
    approval: [{ from: [sre], count: 1 }]
`, i, i, i)
	}
	b.WriteString(`
  - name: services
    accounts: all
    roles: ["*Read", "*Operate", "*Deploy"]
    requesters: all
    approval: [{ from: [sre], count: 1 }]
`)
	return b.String()
}

// BenchmarkForm measures the form at 10,000 accounts, 500 roles and 30,000 people as
// Slack sees it, over the wire: a keystroke from the envelope to its answer, the opening
// from the command until the modal is there. The bot's own time is a part of both.
func BenchmarkForm(b *testing.B) {
	aws := newBenchAWS(b, benchOrganization(10_000, 500, 30_000), time.Now)
	slack, asker := benchSlack(b)
	server := httptest.NewServer(slack.Handler())
	b.Cleanup(func() {
		slack.Close()
		server.Close()
	})
	ws, err := bot.NewWorkspace(bot.WorkspaceOptions{BotToken: slack.BotToken(), AppToken: slack.AppToken(), APIURL: server.URL + "/api"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(ws.Close)
	h := openBenchHouse(b, benchOptions{aws: aws, slack: ws, policy: formPolicy()})
	face := bot.New(bot.Options{Workspace: ws, Service: h.svc, Log: zerolog.Nop()})
	h.run(face, func(ctx context.Context) {
		if err := face.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	defer h.stop()
	h.until("the sockets", func() bool { return slack.Sockets() == face.Health().Connected && slack.Sockets() > 0 })
	f := benchForm{b: b, slack: slack, asker: asker}
	f.open() // the first one reads who she is

	account := slacksim.Element{BlockID: "account", ActionID: "stint.form.account"}
	b.Run("open", func(b *testing.B) {
		var times samples
		for b.Loop() {
			times.add(f.open())
		}
		times.report(b, "open")
	})
	b.Run("account", func(b *testing.B) {
		f.keystrokes(b, account, "prod-payments-core", "300611953", "/production/web", "cc-142 staging", "prd-bil", "zzqx")
	})
	member := "prod-payments"
	f.choose(account, member)
	role := slacksim.Element{BlockID: f.block("role/1"), ActionID: "stint.form.role"}
	b.Run("role", func(b *testing.B) { f.keystrokes(b, role, "readonly", "s3deploy", "admn", "cloudwatch-3", "zzqx") })
}

// benchSlack is a workspace with the people that the policy names.
func benchSlack(b *testing.B) (*slacksim.Workspace, *slacksim.Person) {
	b.Helper()
	switches := slacksim.DefaultSwitches()
	switches.RateLimits = false // nobody opens a form a hundred times a minute
	w := slacksim.New(slacksim.Config{Seed: 1, AppName: "Stint", Switches: &switches})
	yes := true
	ids := map[string]string{}
	for _, name := range []string{"alice", "bob", "carol", "dana"} {
		u, err := w.AddUser(slacksim.User{Name: name, RealName: name, Email: name + "@example.com", TZ: "UTC", EmailConfirmed: &yes})
		if err != nil {
			b.Fatal(err)
		}
		ids[name] = u.ID
	}
	everybody := []string{ids["alice"], ids["bob"], ids["carol"], ids["dana"]}
	if _, err := w.AddUserGroup(slacksim.UserGroup{Handle: "sre", Name: "SRE", Members: []string{ids["bob"], ids["carol"]}}); err != nil {
		b.Fatal(err)
	}
	if _, err := w.AddChannel(slacksim.Channel{Name: "approvals", Members: everybody, BotMember: true}); err != nil {
		b.Fatal(err)
	}
	if err := w.RegisterCommand(slacksim.Command{Name: "/aws-access"}); err != nil {
		b.Fatal(err)
	}
	p, err := w.As(ids["alice"])
	if err != nil {
		b.Fatal(err)
	}
	return w, p
}

// benchForm uses the form as alice does.
type benchForm struct {
	b     *testing.B
	slack *slacksim.Workspace
	asker *slacksim.Person
}

// open runs the command and returns how long it took until the form was there.
func (f benchForm) open() time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = f.asker.DismissModals(ctx) // there may be none
	begin := time.Now()
	res, err := f.asker.Command(ctx, f.asker.OpenApp(), "/aws-access", "")
	if err != nil || !res.OK {
		f.b.Fatalf("%+v %v", res, err)
	}
	var seen time.Time
	if err := f.slack.Until(ctx, func() bool {
		m, ok := f.asker.Modal()
		seen = time.Now()
		return ok && m.CallbackID == "stint.form"
	}); err != nil {
		f.b.Fatal(err)
	}
	return seen.Sub(begin)
}

// keystrokes types the words one after the other, letter by letter, a letter an iteration.
func (f benchForm) keystrokes(b *testing.B, e slacksim.Element, words ...string) {
	var typed []string
	for _, w := range words {
		for n := range w {
			typed = append(typed, w[:n])
		}
		typed = append(typed, w)
	}
	var times samples
	for n := 0; b.Loop(); n++ {
		_, res, err := f.asker.Options(context.Background(), e, typed[n%len(typed)])
		if err != nil || !res.OK {
			b.Fatalf("%q: %+v %v", typed[n%len(typed)], res, err)
		}
		times.add(res.Took)
	}
	times.report(b, "keystroke")
}

func (f benchForm) choose(e slacksim.Element, typed string) {
	ctx := context.Background()
	o, _, err := f.asker.Options(ctx, e, typed)
	if err != nil || len(o.Options) == 0 {
		f.b.Fatalf("%d options %v", len(o.Options), err)
	}
	if res, err := f.asker.Fill(ctx, e, o.Options[0].Value); err != nil || !res.OK {
		f.b.Fatalf("%+v %v", res, err)
	}
}

// block waits for a block of the modal whose id begins with prefix.
func (f benchForm) block(prefix string) (id string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := f.slack.Until(ctx, func() bool {
		m, _ := f.asker.Modal()
		id = blockWith(m.Blocks, prefix)
		return id != ""
	}); err != nil {
		f.b.Fatal(err)
	}
	return id
}

func blockWith(blocks []blockkit.Block, prefix string) string {
	for _, block := range blocks {
		if id, _ := block["block_id"].(string); strings.HasPrefix(id, prefix) {
			return id
		}
	}
	return ""
}
