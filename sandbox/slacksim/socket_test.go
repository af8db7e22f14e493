package slacksim_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox/slacksim"
)

// ran runs the command of a person and gives its result when it ends.
func (r *rig) ran(text string) <-chan slacksim.Result {
	bob := r.as(r.bob)
	done := make(chan slacksim.Result, 1)
	go func() {
		res, err := bob.Command(r.ctx, r.general.ID, "/ask", text)
		if err != nil {
			r.t.Error(err)
		}
		done <- res
	}()
	return done
}

func ack(t *testing.T, conn *websocket.Conn, envelope map[string]any) {
	t.Helper()
	must(t, conn.WriteJSON(map[string]any{"envelope_id": envelope["envelope_id"]}))
}

func TestHelloAndEnvelope(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	conn := r.dial()
	hello := r.frame(conn)
	if hello["type"] != "hello" || hello["num_connections"] != 1.0 || at(hello, "connection_info", "app_id") != r.AppID() ||
		at(hello, "debug_info", "approximate_connection_time") != 3600.0 || at(hello, "debug_info", "host") == nil {
		t.Errorf("hello: %v", hello)
	}
	second := r.dial()
	if hello = r.frame(second); hello["num_connections"] != 2.0 {
		t.Errorf("second hello: %v", hello)
	}
	done := r.ran("prod")
	e := r.frame(conn)
	payload, _ := e["payload"].(map[string]any)
	if e["type"] != "slash_commands" || e["accepts_response_payload"] != true || e["envelope_id"] == "" || e["retry_attempt"] != nil {
		t.Errorf("envelope: %v", e)
	}
	for k, want := range map[string]any{
		"command": "/ask", "text": "prod", "user_id": r.bob.ID, "user_name": "bob", "channel_id": r.general.ID,
		"channel_name": "general", "team_id": r.TeamID(), "team_domain": "example", "api_app_id": r.AppID(), "is_enterprise_install": "false",
	} {
		if payload[k] != want {
			t.Errorf("%s = %v, want %v", k, payload[k], want)
		}
	}
	if s, _ := payload["response_url"].(string); !strings.HasPrefix(s, r.srv.URL+"/hooks/commands/") {
		t.Errorf("response_url: %s", s)
	}
	// An acknowledgement counts on any socket of the app.
	ack(t, second, e)
	if res := <-done; !res.OK {
		t.Errorf("result: %+v", res)
	}
}

func TestTicketsAreForOneSocket(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	dial := func(link string) int {
		conn, resp, err := websocket.DefaultDialer.DialContext(r.ctx, link, nil)
		if err == nil {
			_ = conn.Close()
		}
		if resp == nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	open := func() string {
		_, link, err := r.api().StartSocketModeContext(r.ctx)
		must(t, err)
		return link
	}
	link := open()
	if !strings.HasPrefix(link, "ws://"+r.srv.Listener.Addr().String()+"/link/?") || !strings.Contains(link, "app_id="+r.AppID()) {
		t.Errorf("link: %s", link)
	}
	if got := dial(link); got != http.StatusSwitchingProtocols {
		t.Errorf("first dial: %d", got)
	}
	if got := dial(link); got != http.StatusForbidden {
		t.Errorf("second dial: %d", got)
	}
	if got := dial(strings.Replace(link, "ticket=", "ticket=x", 1)); got != http.StatusForbidden {
		t.Errorf("made-up ticket: %d", got)
	}
	late := open()
	r.wall.advance(31 * time.Second)
	if got := dial(late); got != http.StatusForbidden {
		t.Errorf("late dial: %d", got)
	}
}

func TestTheEleventhSocketIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 10 {
		if f := r.frame(r.dial()); f["type"] != "hello" || f["num_connections"] != float64(i+1) {
			t.Fatalf("socket %d: %v", i+1, f)
		}
	}
	if f := r.frame(r.dial()); f["type"] != "disconnect" || f["reason"] != "too_many_websockets" {
		t.Errorf("socket 11: %v", f)
	}
	if n := r.Sockets(); n != 10 {
		t.Errorf("%d sockets", n)
	}
}

func TestPings(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) { c.Switches.PingEvery = 5 * time.Millisecond })
	conn := r.dial()
	got := make(chan string, 100)
	answer := conn.PingHandler()
	conn.SetPingHandler(func(s string) error {
		got <- "ping"
		return answer(s)
	})
	conn.SetPongHandler(func(s string) error {
		got <- "pong " + s
		return nil
	})
	must(t, conn.WriteControl(websocket.PingMessage, []byte("mine"), time.Now().Add(patience)))
	go func() {
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	}()
	seen := map[string]int{}
	for seen["ping"] < 2 || seen["pong mine"] < 1 {
		select {
		case s := <-got:
			seen[s]++
		case <-r.ctx.Done():
			t.Fatalf("seen %v", seen)
		}
	}
}

func TestEnvelopesAreDealtRoundRobin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var conns []*websocket.Conn
	var last uint64
	for range 3 {
		conn := r.dial()
		r.frame(conn)
		conns = append(conns, conn)
	}
	for i := range 6 {
		done := r.ran(fmt.Sprint(i))
		e := r.frame(conns[i%3])
		if at(e, "payload", "text") != fmt.Sprint(i) {
			t.Errorf("socket %d got %v", i%3, e)
		}
		log := r.Log(0)
		last = log[len(log)-1].Seq
		ack(t, conns[i%3], e)
		<-done
	}
	// A socket that is gone is passed over.
	_ = conns[1].Close()
	r.until("two sockets", func() bool { return r.Sockets() == 2 })
	for i := range 4 {
		done := r.ran(fmt.Sprint(i))
		sent := r.logged("the envelope", func(e slacksim.Entry) bool {
			return e.Kind == slacksim.EntryEnvelope && strings.Contains(e.Body, fmt.Sprintf(`"text":"%d"`, i)) && e.Seq > last
		})
		last = sent.Seq
		must(t, conns[0].WriteJSON(map[string]any{"envelope_id": sent.EnvelopeID}))
		if res := <-done; !res.OK || sent.Socket == 2 {
			t.Errorf("after a socket ended: %+v on socket %d", res, sent.Socket)
		}
	}
}

// Replies of 20 KiB and more are dropped without a word.
func TestSocketReplyLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	conn := r.dial()
	r.frame(conn)
	for _, tc := range []struct {
		size int
		ok   bool
	}{{20*1024 - 1, true}, {20 * 1024, false}, {20*1024 + 1, false}} {
		if !tc.ok {
			r.ackWithin(soon)
		}
		done := r.ran("x")
		e := r.frame(conn)
		head := fmt.Sprintf(`{"envelope_id":%q,"payload":{"text":"`, e["envelope_id"])
		must(t, conn.WriteMessage(websocket.TextMessage, []byte(head+repeat("x", tc.size-len(head)-3)+`"}}`)))
		res := <-done
		if res.OK != tc.ok || !tc.ok && res.Code != "operation_timeout" {
			t.Errorf("%d bytes: %+v", tc.size, res)
		}
	}
}

func TestFramesThatAreNoAcknowledgement(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	conn := r.dial()
	r.frame(conn)
	done := r.ran("x")
	e := r.frame(conn)
	for _, raw := range []string{`{`, `[]`, `{"envelope_id":"made-up"}`, `{}`, `"x"`} {
		must(t, conn.WriteMessage(websocket.TextMessage, []byte(raw)))
	}
	ack(t, conn, e)
	if res := <-done; !res.OK {
		t.Errorf("result: %+v", res)
	}
	// The second acknowledgement of the same envelope changes nothing.
	ack(t, conn, e)
	r.logged("the second acknowledgement", func(e slacksim.Entry) bool {
		return e.Kind == slacksim.EntryAck && e.Error == "unknown_envelope" && e.EnvelopeID != "made-up"
	})
}

// Events are sent again when nobody acknowledges them; commands and interactions are not.
func TestRetries(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) {
		c.Switches.AckTimeout = soon
		c.Switches.EventRetries = []time.Duration{0, time.Millisecond, 2 * time.Millisecond}
	})
	conn := r.dial()
	r.frame(conn)
	must(t, r.UpdateUser(r.bob.ID, func(u *slacksim.User) { u.RealName = "Robert" }))
	event := ""
	for attempt := range 4 {
		f := r.frame(conn)
		reason := any("")
		if attempt > 0 {
			reason = "timeout"
		}
		if f["type"] != "events_api" || f["retry_attempt"] != float64(attempt) || f["retry_reason"] != reason || f["accepts_response_payload"] != false {
			t.Errorf("attempt %d: %v", attempt, f)
		}
		id, _ := at(f, "payload", "event_id").(string)
		if attempt > 0 && id != event {
			t.Errorf("attempt %d is another event: %s, %s", attempt, id, event)
		}
		event = id
	}
	done := r.ran("x")
	if f := r.frame(conn); f["type"] != "slash_commands" {
		t.Errorf("a fifth attempt? %v", f)
	}
	if res := <-done; res.OK {
		t.Errorf("result: %+v", res)
	}
	// Acknowledged, it is not sent again.
	r.ackWithin(patience)
	must(t, r.UpdateUser(r.bob.ID, func(u *slacksim.User) { u.RealName = "Bob" }))
	f := r.frame(conn)
	if f["type"] != "events_api" {
		t.Errorf("the command was sent again: %v", f)
	}
	ack(t, conn, f)
	r.logged("the acknowledgement", func(e slacksim.Entry) bool { return e.Kind == slacksim.EntryAck && e.OK })
	must(t, r.UpdateUser(r.ann.ID, func(u *slacksim.User) { u.RealName = "Anna" }))
	if f = r.frame(conn); f["retry_attempt"] != 0.0 || at(f, "payload", "event", "user", "id") != r.ann.ID {
		t.Errorf("sent again although acknowledged: %v", f)
	}
	ack(t, conn, f)
}

func TestEventsOnTheWire(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g, err := r.AddUserGroup(slacksim.UserGroup{Handle: "sre", Members: []string{r.ann.ID}})
	must(t, err)
	conn := r.dial()
	r.frame(conn)
	next := func() map[string]any {
		f := r.frame(conn)
		ack(t, conn, f)
		if at(f, "payload", "type") != "event_callback" || at(f, "payload", "api_app_id") != r.AppID() {
			t.Errorf("outer event: %v", f)
		}
		e, _ := at(f, "payload", "event").(map[string]any)
		return e
	}
	must(t, r.UpdateUser(r.bob.ID, func(u *slacksim.User) { u.Deleted = true }))
	if e := next(); e["type"] != "user_change" || at(e, "user", "id") != r.bob.ID || at(e, "user", "deleted") != true {
		t.Errorf("user_change: %v", e)
	}
	must(t, r.UpdateUserGroup(g.ID, func(g *slacksim.UserGroup) { g.Members = []string{r.guest.ID} }))
	if e := next(); e["type"] != "subteam_updated" || at(e, "subteam", "id") != g.ID {
		t.Errorf("subteam_updated: %v", e)
	}
	if e := next(); e["type"] != "subteam_members_changed" || !slices.Equal(e["added_users"].([]any), []any{r.guest.ID}) || !slices.Equal(e["removed_users"].([]any), []any{r.ann.ID}) {
		t.Errorf("subteam_members_changed: %v", e)
	}
	must(t, r.UpdateUserGroup(g.ID, func(g *slacksim.UserGroup) { g.Name = "Site" }))
	next()
	_, err = r.as(r.ann).OpenHome(r.ctx)
	must(t, err)
	if e := next(); e["type"] != "app_home_opened" || e["user"] != r.ann.ID || e["tab"] != "home" {
		t.Errorf("app_home_opened (and no second members event): %v", e)
	}
	// Neither subscribed to nor allowed: nothing is sent.
	r.Subscribe("user_change", "message.channels")
	r.SetScopes("chat:write", "channels:history")
	_, err = r.as(r.ann).OpenHome(r.ctx)
	must(t, err)
	must(t, r.UpdateUser(r.ann.ID, func(u *slacksim.User) { u.Title = "x" }))
	_, err = r.as(r.ann).Post(r.ctx, r.general.ID, "hi", "")
	must(t, err)
	if e := next(); e["type"] != "message" || e["text"] != "hi" || e["channel"] != r.general.ID || e["channel_type"] != "channel" {
		t.Errorf("message: %v", e)
	}
}

func TestDisconnects(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{slacksim.DisconnectWarning, slacksim.DisconnectRefresh, slacksim.DisconnectLinkDisabled} {
		r := newRig(t, func(c *slacksim.Config) { c.Switches.SocketGrace = patience })
		conn := r.dial()
		r.frame(conn)
		done := r.ran("before")
		e := r.frame(conn)
		r.Disconnect(reason)
		if f := r.frame(conn); f["type"] != "disconnect" || f["reason"] != reason {
			t.Errorf("%s: %v", reason, f)
		}
		// What was under way can still be acknowledged there.
		ack(t, conn, e)
		if res := <-done; !res.OK {
			t.Errorf("%s: %+v", reason, res)
		}
		want := map[bool]int{true: 1, false: 0}[reason == slacksim.DisconnectWarning]
		if n := r.Sockets(); n != want {
			t.Errorf("%s: %d sockets take envelopes, want %d", reason, n, want)
		}
	}
}

// After the grace a disconnected socket is closed in order.
func TestDisconnectedSocketsClose(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) { c.Switches.SocketGrace = time.Millisecond })
	conn := r.dial()
	r.frame(conn)
	r.Disconnect(slacksim.DisconnectRefresh)
	r.frame(conn)
	must(t, conn.SetReadDeadline(time.Now().Add(patience)))
	if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("the end: %v", err)
	}
}

func TestOldSocketsAreRefreshed(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) {
		c.Switches.SocketLifetime, c.Switches.SocketWarning = 40*time.Millisecond, 20*time.Millisecond
	})
	conn := r.dial()
	for _, want := range []string{"", "warning", "refresh_requested"} {
		if f := r.frame(conn); f["reason"] != nil && f["reason"] != want {
			t.Errorf("got %v, want %s", f, want)
		}
	}
}

// The real client comes back by itself after each kind of loss and is served again.
func TestTheClientReconnects(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.app(func(c *socketmode.Client, e socketmode.Event) { _ = c.Ack(*e.Request) })
	opened := func() int {
		n := 0
		for _, e := range r.Log(0) {
			if e.Kind == slacksim.EntrySocket && e.Name == "opened" {
				n++
			}
		}
		return n
	}
	for name, lose := range map[string]func(){
		"drop":    r.DropConnections,
		"refresh": func() { r.Disconnect(slacksim.DisconnectRefresh) },
	} {
		before := opened()
		lose()
		r.until("a new socket after "+name, func() bool { return opened() > before && r.Sockets() > 0 })
		if res := <-r.ran("x"); !res.OK {
			t.Errorf("after %s: %+v", name, res)
		}
	}
}

func TestFaultsOfSockets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	conn := r.dial()
	r.frame(conn)
	r.SetFaults(slacksim.Faults{Redeliver: 2})
	done := r.ran("x")
	first := r.frame(conn)
	for range 2 {
		if again := r.frame(conn); again["envelope_id"] != first["envelope_id"] {
			t.Errorf("another envelope: %v", again)
		}
	}
	ack(t, conn, first)
	if res := <-done; !res.OK {
		t.Errorf("redelivered: %+v", res)
	}
	r.SetFaults(slacksim.Faults{IgnoreAcks: true})
	r.ackWithin(soon)
	done = r.ran("x")
	ack(t, conn, r.frame(conn))
	if res := <-done; res.Code != "operation_timeout" {
		t.Errorf("ignored: %+v", res)
	}
	r.SetFaults(slacksim.Faults{RefuseSockets: true})
	_, link, err := r.api().StartSocketModeContext(r.ctx)
	must(t, err)
	_, resp, err := websocket.DefaultDialer.DialContext(r.ctx, link, nil)
	if err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("dialled although refused: %v", err)
	}
	_ = resp.Body.Close()
	r.SetFaults(slacksim.Faults{Gone: true})
	if _, err = r.api().AuthTestContext(r.ctx); err == nil {
		t.Error("Slack is gone and answers")
	}
	must(t, conn.SetReadDeadline(time.Now().Add(patience)))
	if _, _, err = conn.ReadMessage(); err == nil {
		t.Error("Slack is gone and the socket lives")
	}
	r.ClearFaults()
	if _, err = r.api().AuthTestContext(r.ctx); err != nil {
		t.Errorf("after Slack came back: %v", err)
	}
}

func TestFaultsOfMethods(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	api := r.api()
	call := func() error { _, err := api.AuthTestContext(r.ctx); return err }
	r.FailMethod("auth.test", slacksim.MethodFault{Error: "internal_error", Times: 2})
	for i, want := range []string{"internal_error", "internal_error", "<nil>"} {
		if got := fmt.Sprint(call()); got != want {
			t.Errorf("call %d: %s, want %s", i, got, want)
		}
	}
	r.FailMethod("auth.test", slacksim.MethodFault{RetryAfter: 1500 * time.Millisecond})
	for range 2 {
		var limited *slack.RateLimitedError
		if err := call(); !errors.As(err, &limited) || limited.RetryAfter != 2*time.Second {
			t.Errorf("429: %v", err)
		}
	}
	r.FailMethod("auth.test", slacksim.MethodFault{Status: http.StatusBadGateway})
	var status slack.StatusCodeError
	if err := call(); !errors.As(err, &status) || status.Code != http.StatusBadGateway {
		t.Errorf("502: %v", err)
	}
	r.ClearFaults()
	if err := call(); err != nil {
		t.Errorf("healthy: %v", err)
	}
	r.FailMethod("*", slacksim.MethodFault{Error: "fatal_error", Times: 1})
	if err := call(); fmt.Sprint(err) != "fatal_error" {
		t.Errorf("every method: %v", err)
	}
	// The answer is lost, the effect is not.
	r.FailMethod("chat.postMessage", slacksim.MethodFault{Status: 500, AfterEffect: true, Times: 1})
	if _, _, err := api.PostMessageContext(r.ctx, r.general.ID, slack.MsgOptionText("x", false)); err == nil {
		t.Error("the answer was not lost")
	}
	c, err := r.as(r.bob).Conversation(r.general.ID)
	must(t, err)
	if len(c.Messages) != 1 {
		t.Errorf("messages: %+v", c.Messages)
	}
	before := time.Now()
	r.SetFaults(slacksim.Faults{Latency: 20 * time.Millisecond, Methods: map[string]slacksim.MethodFault{"auth.test": {Latency: 30 * time.Millisecond}}})
	must(t, call())
	if took := time.Since(before); took < 50*time.Millisecond {
		t.Errorf("took %v with 50 ms of latency", took)
	}
	if f := r.Faults(); f.Latency == 0 || f.Methods["auth.test"].Latency == 0 {
		t.Errorf("faults: %+v", f)
	}
}
