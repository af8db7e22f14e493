package slacksim_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"go.uber.org/goleak"

	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test that should not have to wait; a loaded machine may need some of it.
const patience = time.Minute

// clock is a wall that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// rig is a workspace behind a real listener with a few people and channels in it.
type rig struct {
	*slacksim.Workspace
	t    *testing.T
	srv  *httptest.Server
	wall *clock
	ctx  context.Context

	ann, bob, guest, gone, other                         slacksim.User
	general, private, secret, archived, unjoined, shared slacksim.Channel
}

func newRig(t *testing.T, change ...func(*slacksim.Config)) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx, wall: &clock{t: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)}}
	switches := slacksim.DefaultSwitches()
	switches.RateLimits = false
	switches.AckTimeout = patience
	cfg := slacksim.Config{Now: r.wall.now, Wall: r.wall.now, Seed: 7, AppName: "Stamp", Switches: &switches}
	for _, c := range change {
		c(&cfg)
	}
	r.Workspace = slacksim.New(cfg)
	r.srv = httptest.NewServer(r.Handler())
	t.Cleanup(func() {
		r.Close()
		r.srv.Close()
	})
	yes, no := true, false
	user := func(u slacksim.User) slacksim.User {
		u, err := r.AddUser(u)
		must(t, err)
		return u
	}
	r.ann = user(slacksim.User{Name: "ann", RealName: "Ann Approver", Email: "ann@example.com", TZ: "Europe/Berlin", Admin: true, EmailConfirmed: &yes})
	r.bob = user(slacksim.User{Name: "bob", RealName: "Bob Builder", DisplayName: "bobby", Email: "bob@example.com", TZ: "America/New_York", EmailConfirmed: &no})
	r.guest = user(slacksim.User{Name: "gus", RealName: "Gus Guest", UltraRestricted: true})
	r.gone = user(slacksim.User{Name: "gia", RealName: "Gia Gone", Email: "gia@example.com", Deleted: true})
	r.other = user(slacksim.User{Name: "sam", RealName: "Sam Stranger", Stranger: true, TeamID: "T0ELSEWHERE"})
	channel := func(c slacksim.Channel) slacksim.Channel {
		c, err := r.AddChannel(c)
		must(t, err)
		return c
	}
	people := []string{r.ann.ID, r.bob.ID}
	r.general = channel(slacksim.Channel{Name: "general", BotMember: true, Members: people})
	r.private = channel(slacksim.Channel{Name: "approvals", Kind: slacksim.ChannelPrivate, BotMember: true, Members: people})
	r.secret = channel(slacksim.Channel{Name: "secret", Kind: slacksim.ChannelPrivate, Members: people})
	r.archived = channel(slacksim.Channel{Name: "old", Archived: true, BotMember: true, Members: people})
	r.unjoined = channel(slacksim.Channel{Name: "unjoined", Members: people})
	r.shared = channel(slacksim.Channel{Name: "partners", ExtShared: true, BotMember: true, Members: people})
	must(t, r.RegisterCommand(slacksim.Command{Name: "/ask"}))
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) as(u slacksim.User) *slacksim.Person {
	r.t.Helper()
	p, err := r.As(u.ID)
	must(r.t, err)
	return p
}

// api is the real client with the app's tokens.
func (r *rig) api(options ...slack.Option) *slack.Client {
	return slack.New(r.BotToken(), append([]slack.Option{
		slack.OptionAPIURL(r.srv.URL + "/api/"), slack.OptionAppLevelToken(r.AppToken()), slack.OptionHTTPClient(r.srv.Client()),
	}, options...)...)
}

// until waits for a condition of the workspace.
func (r *rig) until(what string, condition func() bool) {
	r.t.Helper()
	if err := r.Until(r.ctx, condition); err != nil {
		r.t.Fatalf("waiting for %s: %v", what, err)
	}
}

// ackWithin sets the time that the app has to acknowledge: short where it is to fail.
func (r *rig) ackWithin(d time.Duration) { r.Set(func(s *slacksim.Switches) { s.AckTimeout = d }) }

// soon is a time that an app which does not answer is waited for.
const soon = 50 * time.Millisecond

// logged waits for a log entry.
func (r *rig) logged(what string, match func(slacksim.Entry) bool) slacksim.Entry {
	r.t.Helper()
	var found slacksim.Entry
	r.until(what, func() bool {
		for _, e := range r.Log(0) {
			if match(e) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

// app runs the real socket client and gives each event to handle, one at a time.
func (r *rig) app(handle func(*socketmode.Client, socketmode.Event)) *slack.Client {
	r.t.Helper()
	api := r.api()
	client := socketmode.New(api)
	n := r.Sockets()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = client.RunContext(ctx) })
	running.Go(func() {
		for {
			select {
			case e := <-client.Events:
				switch e.Type {
				case socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand, socketmode.EventTypeEventsAPI:
					handle(client, e)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	r.t.Cleanup(func() {
		cancel()
		r.DropConnections()
		running.Wait()
	})
	r.until("the app's socket", func() bool { return r.Sockets() > n })
	return api
}

// opener is an app that answers every command by opening a view, and acknowledges all else with what answer
// returns.
func (r *rig) opener(view string, answer func(slack.InteractionCallback) any) *slack.Client {
	var api atomic.Pointer[slack.Client]
	a := r.app(func(c *socketmode.Client, e socketmode.Event) {
		switch data := e.Data.(type) {
		case slack.SlashCommand:
			if code := r.raw("views.open", map[string]any{"trigger_id": data.TriggerID, "view": json.RawMessage(view)})["error"]; code != nil {
				r.t.Errorf("views.open: %v", code)
			}
			_ = c.Ack(*e.Request)
		case slack.InteractionCallback:
			if answer == nil {
				_ = c.Ack(*e.Request)
				return
			}
			if x := answer(data); x != nil {
				_ = c.Ack(*e.Request, x)
			} else {
				_ = c.Ack(*e.Request)
			}
		default:
			_ = c.Ack(*e.Request)
		}
	})
	api.Store(a)
	return a
}

// dial opens a raw socket.
func (r *rig) dial() *websocket.Conn {
	r.t.Helper()
	_, link, err := r.api().StartSocketModeContext(r.ctx)
	must(r.t, err)
	conn, resp, err := websocket.DefaultDialer.DialContext(r.ctx, link, nil)
	must(r.t, err)
	_ = resp.Body.Close()
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// frame reads one frame of a raw socket.
func (r *rig) frame(conn *websocket.Conn) map[string]any {
	r.t.Helper()
	must(r.t, conn.SetReadDeadline(time.Now().Add(patience)))
	var f map[string]any
	must(r.t, conn.ReadJSON(&f))
	return f
}

func parse(t *testing.T, raw string) any {
	t.Helper()
	v, err := blockkit.Decode([]byte(raw))
	must(t, err)
	return v
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }
