package slacksim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox/slacksim"
)

// A stale event under a new envelope id, and one that was forged.
func TestReplayAndInject(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	seen := make(chan slack.InteractionCallback, 5)
	r.opener(modal("T", "", button), func(i slack.InteractionCallback) any {
		seen <- i
		return map[string]any{"response_action": "clear"}
	})
	bob := r.opened()
	res, err := bob.Submit(r.ctx)
	must(t, err)
	first := <-seen
	answer, again, err := r.Replay(r.ctx, res.EnvelopeID)
	must(t, err)
	if second := <-seen; !again.OK || again.EnvelopeID == res.EnvelopeID || second.View.ID != first.View.ID || second.TriggerID != first.TriggerID {
		t.Errorf("replayed: %+v %+v", again, second)
	}
	if string(answer) != `{"response_action":"clear"}` {
		t.Errorf("answer: %s", answer)
	}
	payload, ok := r.Payload(res.EnvelopeID)
	if !ok {
		t.Fatal("no payload")
	}
	forged := strings.ReplaceAll(string(payload), r.bob.ID, r.ann.ID)
	if _, _, err = r.Inject(r.ctx, "interactive", json.RawMessage(forged)); err != nil {
		t.Error(err)
	}
	if i := <-seen; i.User.ID != r.ann.ID {
		t.Errorf("forged: %+v", i.User)
	}
	if _, _, err = r.Replay(r.ctx, "nope"); err == nil {
		t.Error("replayed what was never sent")
	}
	if _, _, err = r.Inject(r.ctx, "letters", payload); err == nil {
		t.Error("injected an unknown type")
	}
	if _, _, err = r.Inject(r.ctx, "interactive", json.RawMessage("{")); err == nil {
		t.Error("injected what is no JSON")
	}
}

func TestKeepEphemerals(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		r := newRig(t, func(c *slacksim.Config) { c.Switches.KeepEphemerals = keep })
		for _, u := range []slacksim.User{r.ann, r.bob} {
			if out := r.raw("chat.postEphemeral", map[string]any{"channel": r.general.ID, "user": u.ID, "text": "x"}); out["ok"] != true {
				t.Fatal(out)
			}
		}
		r.as(r.bob).Reload()
		for u, want := range map[slacksim.User]int{r.ann: 1, r.bob: map[bool]int{true: 1}[keep]} {
			c, err := r.as(u).Conversation(r.general.ID)
			must(t, err)
			if len(c.Messages) != want {
				t.Errorf("keep %v: %s sees %d", keep, u.Name, len(c.Messages))
			}
		}
	}
}

// On Enterprise Grid every payload names the organization.
func TestEnterprisePayloads(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) { c.Enterprise = true })
	commands := make(chan slack.SlashCommand, 1)
	presses := make(chan slack.InteractionCallback, 1)
	api := r.app(func(c *socketmode.Client, e socketmode.Event) {
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			commands <- d
		case slack.InteractionCallback:
			presses <- d
		}
		_ = c.Ack(*e.Request)
	})
	bob := r.as(r.bob)
	_, err := bob.Command(r.ctx, r.general.ID, "/ask", "")
	must(t, err)
	if c := <-commands; c.EnterpriseID != r.EnterpriseID() || c.EnterpriseID == "" {
		t.Errorf("command: %+v", c)
	}
	view := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewActionBlock("acts", slack.NewButtonBlockElement("go", "v", slack.NewTextBlockObject("plain_text", "Go", false, false)).WithURL("https://example.com")),
	}}}
	_, err = api.PublishViewContext(r.ctx, slack.PublishViewContextRequest{UserID: r.bob.ID, View: view})
	must(t, err)
	res, err := bob.Press(r.ctx, slacksim.Element{On: slacksim.OnHome(), BlockID: "acts", ActionID: "go"}, "")
	must(t, err)
	if p := <-presses; p.Enterprise.ID != r.EnterpriseID() || p.View.Type != slack.VTHomeTab || p.View.PreviousViewID != "" || res.URL != "https://example.com" {
		t.Errorf("press: %+v %+v", p, res)
	}
}

func TestLogKeepsTheLatest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = 4500
	h := r.Handler()
	for range n {
		req := httptest.NewRequestWithContext(r.ctx, http.MethodPost, "http://localhost/hooks/x", strings.NewReader("{}"))
		req.RemoteAddr = "127.0.0.1:1"
		h.ServeHTTP(httptest.NewRecorder(), req)
	}
	all := r.Log(0)
	if last := all[len(all)-1].Seq; last != n || len(all) < 2000 || len(all) > 4000 {
		t.Errorf("%d entries up to %d", len(all), last)
	}
	if got := r.Log(n - 3); len(got) != 3 || got[0].Seq != n-2 {
		t.Errorf("the last three: %+v", got)
	}
	if got := r.Log(n); got != nil {
		t.Errorf("after the last: %+v", got)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	w := slacksim.New(slacksim.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	_, err := w.AddUser(slacksim.User{Name: "first"})
	must(t, err)
	v, err := w.Changes(ctx, 0)
	if err != nil || v == 0 {
		t.Errorf("version %d, %v", v, err)
	}
	cancel()
	if _, err = w.Changes(ctx, v); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	woken := make(chan uint64)
	go func() {
		v, _ := w.Changes(context.Background(), v)
		woken <- v
	}()
	_, err = w.AddUser(slacksim.User{Name: "x"})
	must(t, err)
	if got := <-woken; got <= v {
		t.Errorf("woken at %d, was %d", got, v)
	}
	w.Close()
	now, _ := w.Changes(context.Background(), 0)
	if _, err = w.Changes(context.Background(), now); err == nil {
		t.Error("waits for a workspace that is closed")
	}
	w.Close() // a second time does no harm
}

// The same seed makes the same ids and tokens, another seed others.
func TestSeeds(t *testing.T) {
	t.Parallel()
	ids := func(seed uint64) []string {
		w := slacksim.New(slacksim.Config{Seed: seed, TeamName: "Acme", AppName: "Stamp It"})
		defer w.Close()
		u, err := w.AddUser(slacksim.User{Name: "x"})
		must(t, err)
		if bot, _ := w.User(w.BotUserID()); bot.Name != "stamp.it" || w.TeamName() != "Acme" || w.AppName() != "Stamp It" {
			t.Errorf("names: %+v", bot)
		}
		return []string{w.BotToken(), w.AppToken(), w.TeamID(), w.AppID(), u.ID}
	}
	if diff := cmp.Diff(ids(3), ids(3)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(ids(3), ids(4)) || cmp.Equal(ids(0), ids(0)) {
		t.Error("different seeds, same ids")
	}
}

// Message timestamps are unique and rise even when the clock stands still or goes back.
func TestTimestampsRise(t *testing.T) {
	t.Parallel()
	now := &clock{t: time.Unix(1_700_000_000, 0)}
	r := newRig(t, func(c *slacksim.Config) { c.Now = now.now })
	last := ""
	for i := range 20 {
		m, err := r.as(r.bob).Post(r.ctx, r.general.ID, "x", "")
		must(t, err)
		if m.TS <= last {
			t.Errorf("%s after %s", m.TS, last)
		}
		if last = m.TS; i == 10 {
			now.advance(-time.Hour)
		}
	}
	now.advance(10 * time.Hour)
	m, err := r.as(r.bob).Post(r.ctx, r.general.ID, "x", "")
	must(t, err)
	if want := now.now(); !m.At.Equal(want) {
		t.Errorf("at %v, want %v", m.At, want)
	}
}

func TestWhatPeopleSee(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g, err := r.AddUserGroup(slacksim.UserGroup{Handle: "sre", Members: []string{r.bob.ID}})
	must(t, err)
	for _, text := range []string{"plain", "<!here>", "<!subteam^" + g.ID + ">", "<@" + r.ann.ID + ">"} {
		if out := r.raw("chat.postMessage", map[string]any{"channel": r.general.ID, "text": text}); out["ok"] != true {
			t.Fatal(out)
		}
	}
	for u, want := range map[slacksim.User][2]int{r.ann: {4, 2}, r.bob: {4, 2}} {
		for _, e := range r.as(u).Sidebar().Channels {
			if e.ID == r.general.ID && [2]int{e.Unread, e.Mentions} != want {
				t.Errorf("%s: %+v, want %v", u.Name, e, want)
			}
		}
	}
	// A private channel is seen by its members only; a public one can be looked into.
	if _, err = r.as(r.guest).Conversation(r.private.ID); err == nil {
		t.Error("the guest looks into a private channel")
	}
	if _, err = r.as(r.guest).Conversation(r.general.ID); err != nil {
		t.Error(err)
	}
	if _, err = r.as(r.guest).Post(r.ctx, r.general.ID, "x", ""); err == nil {
		t.Error("the guest writes where they are no member")
	}
	if _, err = r.as(r.bob).Post(r.ctx, r.archived.ID, "x", ""); err == nil {
		t.Error("a post to an archived channel")
	}
	if _, err = r.as(r.bob).Post(r.ctx, r.general.ID, "", ""); err == nil {
		t.Error("an empty post")
	}
	if _, err = r.as(r.bob).Post(r.ctx, r.general.ID, "x", "1.2"); err == nil {
		t.Error("a reply to nothing")
	}
	// Ephemeral messages of others cannot be pressed.
	out := r.raw("chat.postEphemeral", map[string]any{"channel": r.general.ID, "user": r.ann.ID, "text": "x", "blocks": json.RawMessage("[" + button + "]")})
	e := slacksim.Element{On: slacksim.OnMessage(r.general.ID, fmt.Sprint(out["message_ts"])), BlockID: "acts", ActionID: "go"}
	if _, err = r.as(r.bob).Press(r.ctx, e, ""); err == nil {
		t.Error("bob pressed ann's ephemeral message")
	}
}

// TestUntilEndsWithItsContext: a condition that changes something each time it is looked at,
// as a press does that nobody answers, is not looked at for ever.
func TestUntilEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := slacksim.New(slacksim.Config{})
	t.Cleanup(w.Close)
	ctx, cancel := context.WithCancel(t.Context())
	looks := 0
	err := w.Until(ctx, func() bool {
		w.Set(func(s *slacksim.Switches) { s.RateLimits = !s.RateLimits })
		if looks++; looks == 3 {
			cancel()
		}
		return looks > 1000
	})
	if !errors.Is(err, context.Canceled) || looks != 3 {
		t.Errorf("%v after %d looks", err, looks)
	}
}
