package slacksim_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"stint/sandbox/slacksim"
)

// Each method's rate: as many as its tier at once, one more is refused, and passes after the time that
// Retry-After names.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		method string
		args   func(*rig) map[string]string
		burst  int
		retry  string
	}{
		{"chat.postMessage", func(r *rig) map[string]string { return map[string]string{"channel": r.general.ID, "text": "x"} }, 5, "1"},
		{"chat.update", nil, 50, "2"},
		{"views.open", nil, 100, "1"},
		{"views.update", nil, 100, "1"},
		{"views.push", nil, 100, "1"},
		{"views.publish", nil, 100, "1"},
		{"users.info", nil, 100, "1"},
		{"users.list", nil, 20, "3"},
		{"usergroups.list", nil, 20, "3"},
		{"usergroups.users.list", nil, 20, "3"},
		{"conversations.list", nil, 20, "3"},
		{"conversations.info", nil, 50, "2"},
	} {
		t.Run(tc.method, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *slacksim.Config) { c.Switches.RateLimits = true })
			var args map[string]string
			if tc.args != nil {
				args = tc.args(r)
			}
			for i := range tc.burst {
				if out := r.form(tc.method, args); out["error"] == "ratelimited" {
					t.Fatalf("call %d is refused", i+1)
				}
			}
			limited := func() (answer, reply) {
				body := "channel=" + r.general.ID + "&text=x"
				return r.post(tc.method, "application/x-www-form-urlencoded", r.BotToken(), body)
			}
			resp, out := limited()
			if resp.status != http.StatusTooManyRequests || resp.retryAfter != tc.retry || out["error"] != "ratelimited" {
				t.Errorf("one too many: %d, Retry-After %q, %v", resp.status, resp.retryAfter, out)
			}
			wait, err := time.ParseDuration(tc.retry + "s")
			must(t, err)
			r.wall.advance(wait)
			if resp, _ = limited(); resp.status != http.StatusOK {
				t.Errorf("after Retry-After: %d", resp.status)
			}
			r.Set(func(s *slacksim.Switches) { s.RateLimits = false })
			for range 10 {
				if resp, _ = limited(); resp.status != http.StatusOK {
					t.Fatalf("with the switch off: %d", resp.status)
				}
			}
		})
	}
}

// Messages are limited by channel, and the real client sees how long to wait.
func TestPostsAreLimitedByChannel(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) { c.Switches.RateLimits, c.Switches.PostBurst = true, 1 })
	post := func(channel string) error {
		_, _, err := r.api().PostMessageContext(r.ctx, channel, slack.MsgOptionText("x", false))
		return err
	}
	must(t, post(r.general.ID))
	var limited *slack.RateLimitedError
	if err := post(r.general.ID); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Errorf("second to the same channel: %v", err)
	}
	must(t, post(r.private.ID))
}
