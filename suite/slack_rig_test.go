package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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

// slackRig is the rig with Slack's messages: the real bot delivers to a simulated workspace,
// which judges every message and enforces Slack's rates, all in the bubble's time. People
// press by calling the service.
type slackRig struct {
	*rig
	ws    *slacksim.Workspace
	face  *bot.Bot
	wire  *wireTap
	asker []identity.SlackUserID
	judge []identity.SlackUserID // who may approve
}

// person is the Identity Center id of the n-th extra person.
func extraPerson(n int) string { return fmt.Sprintf("99999999-9999-4999-8999-%012d", n) }

// withSlack runs fn in a bubble with so many who ask and so many who decide.
func withSlack(t *testing.T, askers, judges int, fn func(t *testing.T, r *slackRig), options ...rigOption) {
	t.Helper()
	s := &slackRig{}
	crowd := func(r *rig, cfg *awssim.Config) {
		yes := true
		add := func(n int, name string) identity.SlackUserID {
			id := identity.SlackUserID("U" + strings.ToUpper(name))
			cfg.Organization.Users = append(cfg.Organization.Users, awssim.User{ID: extraPerson(n), UserName: name, DisplayName: name, Email: name + "@example.com"})
			r.slack.users[id] = identity.SlackFacts{ID: id, TeamID: "T1", Name: name, Email: name + "@example.com", EmailConfirmed: &yes}
			return id
		}
		for n := range askers {
			s.asker = append(s.asker, add(n, fmt.Sprint("asker", n)))
		}
		for n := range judges {
			s.judge = append(s.judge, add(1000+n, fmt.Sprint("judge", n)))
		}
		r.slack.sre = append(r.slack.sre, s.judge...)
	}
	synctest.Test(t, func(t *testing.T) {
		s.rig = newRig(t, append([]rigOption{crowd}, options...)...)
		s.connect(t)
		s.start()
		s.face.Bind(s.svc)
		s.told.to(s.face)
		pass(time.Minute)
		fn(t, s)
		s.check()
		s.stop()
		s.ws.Close()
	})
}

// connect makes the workspace, with the same people, and the bot.
func (r *slackRig) connect(t *testing.T) {
	t.Helper()
	r.ws = slacksim.New(slacksim.Config{Seed: 1, AppName: "Stint"})
	yes := true
	var everybody []string
	for id, u := range r.slack.users {
		everybody = append(everybody, string(id))
		if _, err := r.ws.AddUser(slacksim.User{ID: string(id), Name: u.Name, RealName: u.Name, Email: u.Email, TZ: "UTC", EmailConfirmed: &yes}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.ws.AddChannel(slacksim.Channel{ID: "CAPPROVALS", Name: "approvals", BotMember: true, Members: everybody}); err != nil {
		t.Fatal(err)
	}
	r.wire = &wireTap{handler: r.ws.Handler(), calls: map[string]int{}, limited: map[string]int{}}
	ws, err := bot.NewWorkspace(bot.WorkspaceOptions{BotToken: r.ws.BotToken(), AppToken: r.ws.AppToken(), APIURL: "http://127.0.0.1/api", Transport: r.wire})
	if err != nil {
		t.Fatal(err)
	}
	r.face = bot.New(bot.Options{Workspace: ws, Log: zerolog.Nop()})
}

// wireTap carries calls to the simulator without a socket, and counts them.
type wireTap struct {
	handler http.Handler

	mu      sync.Mutex
	away    bool
	calls   map[string]int
	limited map[string]int // answered 429
	refused []string       // answered ok:false
	edits   []time.Time    // when messages were edited
}

func (w *wireTap) RoundTrip(req *http.Request) (*http.Response, error) {
	method := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
	w.mu.Lock()
	w.calls[method]++
	away := w.away
	w.mu.Unlock()
	if away {
		return nil, errors.New("connection refused")
	}
	req.RemoteAddr = "127.0.0.1:40000"
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch body := rec.Body.String(); {
	case rec.Code == http.StatusTooManyRequests:
		w.limited[method]++
	case strings.Contains(body, `"ok":false`):
		w.refused = append(w.refused, method+": "+body)
	case method == "chat.update":
		w.edits = append(w.edits, time.Now())
	}
	return rec.Result(), nil
}

func (w *wireTap) count(method string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[method]
}

// leave makes Slack unreachable, or reachable again.
func (w *wireTap) leave(away bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = away
}

// ask submits a form for one account and role, as its n-th asker.
func (r *slackRig) ask(t *testing.T, n int, form string, es ...access.Entitlement) access.Request {
	t.Helper()
	if len(es) == 0 {
		es = []access.Entitlement{access.RoleIn(prod, roleARN("AdministratorAccess"))}
	}
	q, err := r.svc.Submit(context.Background(), access.Submission{
		FormKey: form, User: r.asker[n%len(r.asker)], Entitlements: es, Duration: time.Hour, Reason: "INC-1 the disk is full",
	})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// cards are the messages of the channel that are no replies.
func (r *slackRig) cards(t *testing.T) []slacksim.Message {
	t.Helper()
	p, err := r.ws.As(string(carol))
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Conversation("CAPPROVALS")
	if err != nil {
		t.Fatal(err)
	}
	return c.Messages
}

// undelivered counts the notices that wait.
func (r *slackRig) undelivered(t *testing.T) (n int) {
	t.Helper()
	if err := r.db.View(context.Background(), func(tx access.Tx) (err error) { n, err = tx.Notices(); return err }); err != nil {
		t.Fatal(err)
	}
	return n
}

// quiet waits until everything is delivered, and returns how long that took.
func (r *slackRig) quiet(t *testing.T, atMost time.Duration) time.Duration {
	t.Helper()
	begin := time.Now()
	for r.undelivered(t) > 0 {
		if time.Since(begin) > atMost {
			t.Fatalf("%d notices wait after %s", r.undelivered(t), atMost)
		}
		pass(time.Second)
	}
	return time.Since(begin)
}

// settle waits until everything is delivered and AWS has done what was asked of it.
func (r *slackRig) settle(t *testing.T) {
	t.Helper()
	for range 3 {
		r.quiet(t, time.Hour)
		pass(time.Minute)
	}
	r.quiet(t, time.Hour)
}

// right fails unless each request has one card, which shows how it stands: it says so, and
// what the bot would draw now is what it drew last.
func (r *slackRig) right(t *testing.T, ids []access.RequestID) {
	t.Helper()
	ctx := context.Background()
	shown := map[string]slacksim.Message{}
	for _, m := range r.cards(t) {
		shown[m.TS] = m
	}
	if len(shown) != len(ids) {
		t.Errorf("%d cards for %d requests", len(shown), len(ids))
	}
	edits := r.wire.count("chat.update")
	for _, id := range ids {
		q := r.view(id).Request
		ref, found, err := r.svc.Message(ctx, "card/"+string(q.CardID()))
		if err != nil || !found {
			t.Errorf("%s has no card: %v", id, err)
			continue
		}
		m, ok := shown[ref.TS]
		if word := stateWord(q); !ok || !strings.Contains(cardText(m.Blocks), word) {
			t.Errorf("the card of %s, which is %s, says:\n%s", id, q.State, cardText(m.Blocks))
		}
		if err := r.face.Deliver(ctx, access.Notice{Kind: access.NoticeCard, Request: id}); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if again := r.wire.count("chat.update") - edits; again > 0 {
		t.Errorf("%d cards were old", again)
	}
}

func stateWord(q access.Request) string {
	return map[access.RequestState]string{
		access.Pending: "Waiting for a decision", access.Approved: "*Approved* by", access.Denied: "*Denied* by",
		access.Cancelled: "*Cancelled* by", access.Lapsed: "*Lapsed:*", access.Withdrawn: "*Withdrawn*",
	}[q.State]
}

// cardText is what people read in blocks.
func cardText(blocks []blockkit.Block) string {
	var b strings.Builder
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["text"].(string); ok {
				b.WriteString(s + "\n")
			}
			for _, x := range v {
				walk(x)
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

// mrkdwnOf are the texts of a message that Slack reads as markup.
func mrkdwnOf(m slacksim.Message) string {
	var b strings.Builder
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
				b.WriteString(s + "\n")
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	for _, x := range m.Blocks {
		walk(x)
	}
	return b.String()
}

// cloudAccounts are the last n accounts of the organization.
func (r *slackRig) cloudAccounts(n int) (ids []catalog.AccountID) {
	for i := range n {
		ids = append(ids, catalog.AccountID(fmt.Sprintf("4444444444%02d", i)))
	}
	return ids
}
