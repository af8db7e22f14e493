package bot

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/sandbox/slacksim"
)

// ask runs the command until the form opens: while connections are being renewed Slack
// may answer that nobody was there.
func (r *rig) stillWorks(p *slacksim.Person) {
	r.t.Helper()
	r.until("the form", func() bool {
		res, err := p.Command(r.ctx, r.other.ID, commandAccess, "help")
		r.must(err)
		return res.OK
	})
}

// Slack refreshes, the network fails: the sockets come back, and Run keeps running.
func TestConnectionsComeBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	for name, upset := range map[string]func(){
		"refresh": func() { r.Disconnect(slacksim.DisconnectRefresh) },
		"warning": func() { r.Disconnect(slacksim.DisconnectWarning) },
		"dropped": r.DropConnections,
	} {
		before := r.bot.Health().LastHello
		upset()
		if name != "warning" {
			r.until("a new hello after "+name, func() bool { return r.bot.Health().LastHello.After(before) && r.Sockets() == sockets })
		}
		r.stillWorks(ada)
	}
}

// Slack is gone, then back: health says so in words, and recovers by itself.
func TestSlackGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.SetFaults(slacksim.Faults{Gone: true})
	r.until("bad health", func() bool { h := r.bot.Health(); return !h.OK() && h.LastError != "" })
	if c := r.bot.Health().Check(); c.OK || !strings.Contains(c.Detail, "Slack cannot be reached") || c.Hint == "" {
		t.Errorf("check: %+v", c)
	}
	r.ClearFaults()
	r.until("good health", func() bool { h := r.bot.Health(); return h.OK() && h.LastError == "" })
}

// What no retry mends is said in words with its remedy.
func TestFatalErrorsSayTheirRemedy(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"missing_scope":          "Add the scope in the app's settings",
		"invalid_auth":           "Set SLACK_BOT_TOKEN",
		"token_expired":          "token rotation",
		"account_inactive":       "Install the app",
		"not_allowed_token_type": "They may be swapped",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *rigOptions) { o.idle = true })
			r.FailMethod("apps.connections.open", slacksim.MethodFault{Error: code})
			ctx, cancel := context.WithCancel(r.ctx)
			done := make(chan error, 1)
			go func() { done <- r.bot.Run(ctx) }()
			r.until("the remedy", func() bool { return r.bot.Health().Fatal })
			h := r.bot.Health()
			if !strings.Contains(h.LastError, code) || !strings.Contains(h.Hint, want) || h.OK() {
				t.Errorf("health: %+v", h)
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// The answer of the API itself names the scope that is missing.
func TestMissingScopeInADelivery(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.SetScopes("commands", "users:read")
	if err := r.bot.Deliver(r.ctx, cardNotice(r.request("INC-1"))); err == nil {
		t.Fatal("delivered without a scope")
	}
	if h := r.bot.Health(); !h.Fatal || !strings.Contains(h.LastError, "chat:write") {
		t.Errorf("health: %+v", h)
	}
}

// Acknowledgements that get lost change nothing: the press counts once.
func TestLostAcknowledgements(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.card(r.request("INC-2"))
	r.Set(func(s *slacksim.Switches) { s.AckTimeout = 100 * time.Millisecond })
	r.SetFaults(slacksim.Faults{IgnoreAcks: true, Redeliver: 2})
	if res := r.press(r.sre, m, actApprove); res.OK {
		t.Fatal("the acknowledgement was not lost")
	}
	r.ClearFaults()
	r.until("the approval", func() bool {
		v, _ := r.fake.RequestView(r.ctx, "01REQ001")
		return v.Request.State == access.Approved && len(v.Request.Reviews) == 1
	})
}

// Told to end, the bot finishes what was begun and acknowledges it.
func TestDrain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	gate, entered := make(chan struct{}), make(chan struct{})
	set(r.fake, &r.fake.reviewHook, func(context.Context, access.ReviewInput) error {
		close(entered)
		<-gate
		return nil
	})
	m := r.card(r.request("INC-3"))
	if res := r.press(r.sre, m, actApprove); !res.OK {
		t.Fatalf("press: %+v", res)
	}
	<-entered
	stopped := make(chan struct{})
	go func() {
		r.stopBot()
		close(stopped)
	}()
	r.until("the drain", func() bool { return strings.Contains(r.logs.String(), "finishing what was begun") })
	select {
	case <-stopped:
		t.Error("the bot ended before its work did")
	default:
	}
	close(gate)
	<-stopped
	if v, _ := r.fake.RequestView(r.ctx, "01REQ001"); v.Request.State != access.Approved {
		t.Errorf("the request is %s", v.Request.State)
	}
	families, err := r.reg.Gather()
	r.must(err)
	found := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			found[f.GetName()] += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for _, name := range []string{"stint_slack_ack_seconds", "stint_slack_envelopes_total", "stint_slack_deliveries_total"} {
		if found[name] != 1 {
			t.Errorf("%s counts %v", name, found[name])
		}
	}
}

// Slack that disconnects right after hello is not asked again at once, time after time.
func TestOpensAreHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opens := 0
		g := &openGuard{timeout: time.Second, next: roundTrip(func(*http.Request) (*http.Response, error) {
			opens++
			return &http.Response{Body: http.NoBody}, nil
		})}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		for ctx.Err() == nil {
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://slack.test", http.NoBody)
			resp, err := g.RoundTrip(req)
			if err == nil {
				_ = resp.Body.Close()
			}
		}
		if opens < 5 || opens > 12 {
			t.Errorf("%d opens in two minutes", opens)
		}
		// A connection that lasted is no reason to wait.
		time.Sleep(quickAfter + time.Second)
		if w := g.wait(time.Now()); w != 0 {
			t.Errorf("waits %s after a good connection", w)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
