package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/bot"
	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// TestPressesAreAcknowledgedInAStorm presses buttons over real sockets while forms come, at
// Slack's real rates, and times the acknowledgements. At length it is a minute of ninety forms
// and five hundred presses, and the bound is a tenth of a second; the short form shares its
// cores with everything else, so that Slack is patient there and every press must only be
// acknowledged.
func TestPressesAreAcknowledgedInAStorm(t *testing.T) {
	t.Parallel()
	forms, presses, over, bound := 6, 60, 3*time.Second, time.Minute
	if full() {
		forms, presses, over, bound = 90, 500, time.Minute, 100*time.Millisecond
	}
	people := make([]string, 20)
	org := rigOrganization()
	for i := range people {
		people[i] = fmt.Sprint("person", i)
		org.Users = append(org.Users, awssim.User{ID: extraPerson(i), UserName: people[i], DisplayName: people[i], Email: people[i] + "@example.com"})
	}
	slack := slacksim.New(slacksim.Config{Seed: 1, AppName: "Stint"})
	if !full() {
		slack.Set(func(s *slacksim.Switches) { s.AckTimeout = bound })
	}
	ids := workspaceOf(t, slack, people)
	server := httptest.NewServer(slack.Handler())
	t.Cleanup(func() {
		slack.Close()
		server.Close()
	})
	ws, err := bot.NewWorkspace(bot.WorkspaceOptions{BotToken: slack.BotToken(), AppToken: slack.AppToken(), APIURL: server.URL + "/api"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Close)
	h := openBenchHouse(t, benchOptions{aws: newBenchAWS(t, org, time.Now), slack: ws, policy: rigPolicy, noSync: true})
	face := bot.New(bot.Options{Workspace: ws, Service: h.svc, Log: zerolog.Nop()})
	h.run(face, func(ctx context.Context) {
		if err := face.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer h.stop()
	h.until("the sockets", func() bool { return slack.Sockets() == face.Health().Connected && slack.Sockets() > 0 })

	ctx, cancel := context.WithTimeout(context.Background(), over+time.Minute)
	defer cancel()
	ask := func(n int) error {
		account := []catalog.AccountID{prod, staging}[n/len(ids)%2]
		role := []string{"AdministratorAccess", "PowerUserAccess"}[n/len(ids)/2%2]
		_, err := h.svc.Submit(ctx, access.Submission{
			FormKey: fmt.Sprint("form", n), User: ids[n%len(ids)], Duration: time.Hour, Reason: "INC-1 the disk is full",
			Entitlements: []access.Entitlement{access.RoleIn(account, roleARN(role))},
		})
		return err
	}
	h.until("a form that can be sent", func() bool { return ask(0) == nil })
	h.until("a card", func() bool { return len(cardsOf(slack, ids[1])) > 0 })
	var all sync.WaitGroup
	all.Go(func() {
		pace := time.NewTicker(over / time.Duration(forms))
		defer pace.Stop()
		for n := 1; n < forms; n++ {
			if err := ask(n); err != nil && ctx.Err() == nil {
				t.Errorf("form %d: %v", n, err)
			}
			<-pace.C
		}
	})
	rng := rand.New(rand.NewPCG(3, 4))
	var mu sync.Mutex
	var acks samples
	late := 0
	pace := time.NewTicker(over / time.Duration(presses))
	defer pace.Stop()
	for range presses {
		<-pace.C
		who := ids[rng.IntN(len(ids))]
		action := []string{"stint.approve", "stint.approve", "stint.details", "stint.deny"}[rng.IntN(4)]
		pick := rng.IntN(1 << 20)
		all.Go(func() {
			res, pressed := pressACard(ctx, slack, who, action, pick)
			if !pressed {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			acks.add(res.Took)
			if !res.OK {
				late++
			}
		})
	}
	all.Wait()
	if len(acks) < presses*3/4 {
		t.Errorf("only %d of %d presses found something to press", len(acks), presses)
	}
	if p99 := acks.at(0.99); p99 > bound || late > 0 {
		t.Errorf("of %d presses %d were not acknowledged in time; p99 %s, want %s", len(acks), late, p99, bound)
	}
	limited := 0
	for _, e := range slack.Log(0) {
		if e.Kind == slacksim.EntryAPI && e.Status == 429 {
			limited++
		}
	}
	// Dialogs are opened whenever somebody presses Deny, and those are Slack's to limit.
	t.Logf("%d presses: p50 %s, p99 %s; %d calls were limited", len(acks), acks.at(0.5), acks.at(0.99), limited)
}

// workspaceOf makes the workspace of the rig's policy with people who all may approve.
func workspaceOf(t *testing.T, w *slacksim.Workspace, names []string) (ids []identity.SlackUserID) {
	t.Helper()
	yes := true
	var all []string
	for _, name := range append([]string{"alice", "bob", "carol", "dana"}, names...) {
		u, err := w.AddUser(slacksim.User{Name: name, RealName: name, Email: name + "@example.com", TZ: "UTC", EmailConfirmed: &yes})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, u.ID)
		ids = append(ids, identity.SlackUserID(u.ID))
	}
	if _, err := w.AddUserGroup(slacksim.UserGroup{Handle: "sre", Name: "SRE", Members: all}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddChannel(slacksim.Channel{Name: "approvals", Members: all, BotMember: true}); err != nil {
		t.Fatal(err)
	}
	return ids[4:]
}

// cardsOf are the messages of the channel, as one of its members sees them.
func cardsOf(w *slacksim.Workspace, who identity.SlackUserID) []slacksim.Message {
	p, err := w.As(string(who))
	if err != nil {
		return nil
	}
	for _, ch := range w.Channels() {
		if ch.Name != "approvals" {
			continue
		}
		if c, err := p.Conversation(ch.ID); err == nil {
			return c.Messages
		}
	}
	return nil
}

// pressACard presses a button on one of the cards, or on the next that has one; false when
// none has any. A card may be drawn anew between looking and pressing.
func pressACard(ctx context.Context, w *slacksim.Workspace, who identity.SlackUserID, action string, pick int) (slacksim.Result, bool) {
	cards := cardsOf(w, who)
	if len(cards) == 0 {
		return slacksim.Result{}, false
	}
	p, err := w.As(string(who))
	if err != nil {
		return slacksim.Result{}, false
	}
	for n := range cards {
		m := cards[(pick+n)%len(cards)]
		for _, want := range []string{action, "stint.details"} { // a card that is decided has only the latter
			for _, e := range blockkit.Elements(m.Blocks) {
				if e.ActionID != want {
					continue
				}
				res, err := p.Press(ctx, slacksim.Element{On: slacksim.OnMessage(m.Channel, m.TS), BlockID: e.BlockID, ActionID: want, Confirmed: true}, "")
				if err == nil {
					return res, true
				}
			}
		}
	}
	return slacksim.Result{}, false
}
