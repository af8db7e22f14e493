package slacksim_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"stint/sandbox/slacksim"
)

func TestTokensAndContentTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const jsonUTF8, formType = "application/json; charset=utf-8", "application/x-www-form-urlencoded"
	bot, app := r.BotToken(), r.AppToken()
	for _, tc := range []struct {
		name, method, contentType, token, body string
		want                                   string // error, "" for ok
	}{
		{"header and JSON", "auth.test", jsonUTF8, bot, "{}", ""},
		{"header and form", "users.info", formType, bot, "user=" + r.bob.ID, ""},
		{"token in the form", "auth.test", formType, "", "token=" + url.QueryEscape(bot), ""},
		{"token in JSON does not count", "auth.test", jsonUTF8, "", `{"token":"` + bot + `"}`, "not_authed"},
		{"no token", "auth.test", formType, "", "", "not_authed"},
		{"a token that looks real", "auth.test", formType, "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx", "", "invalid_auth"},
		{"a user token", "auth.test", formType, "xoxp-1-2-3-4", "", "invalid_auth"},
		{"bot token opens no socket", "apps.connections.open", formType, bot, "", "not_allowed_token_type"},
		{"app token posts nothing", "chat.postMessage", formType, app, "channel=C1&text=x", "not_allowed_token_type"},
		{"app token may be tested", "auth.test", formType, app, "", ""},
		{"unknown method", "chat.whisper", formType, bot, "", "unknown_method"},
		{"unknown method before the token", "chat.whisper", formType, "", "", "unknown_method"},
		{"broken JSON", "auth.test", jsonUTF8, bot, "{", "invalid_json"},
		{"JSON that is no object", "auth.test", jsonUTF8, bot, "[1]", "json_not_object"},
		{"plain text", "auth.test", "text/plain", bot, "x", "invalid_post_type"},
		{"no type", "auth.test", "", bot, "x", "missing_post_type"},
		{"api.test needs no token", "api.test", formType, "", "foo=bar", ""},
		{"api.test fails on demand", "api.test", formType, "", "error=my_error", "my_error"},
		{"unknown arguments are tolerated", "auth.test", jsonUTF8, bot, `{"no_such":1}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, out := r.post(tc.method, tc.contentType, tc.token, tc.body)
			code, _ := out["error"].(string)
			if resp.status != http.StatusOK || code != tc.want || out["ok"] != (tc.want == "") {
				t.Errorf("status %d, %v", resp.status, out)
			}
		})
	}
	_, out := r.post("auth.test", "application/json", bot, "{}")
	if out["warning"] != "missing_charset" || !slices.Equal(out["response_metadata"].(map[string]any)["warnings"].([]any), []any{"missing_charset"}) {
		t.Errorf("no warning about the charset: %v", out)
	}
	if status, answer := r.do(http.MethodGet, r.srv.URL+"/api/users.info?token="+bot+"&user="+r.bob.ID, "", ""); status != http.StatusOK || !strings.Contains(answer, `"ok":true`) {
		t.Errorf("GET: %d %s", status, answer)
	}
	for _, e := range r.Log(0) {
		if strings.Contains(e.Body, bot) || strings.Contains(e.Body, app) {
			t.Errorf("a token is in the log: %s", e.Body)
		}
	}
}

func TestAuthTestAndTeam(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *slacksim.Config) {
		c.Enterprise = true
		c.Scopes = append(slacksim.DefaultScopes(), "team:read")
	})
	who, err := r.api().AuthTestContext(r.ctx)
	must(t, err)
	if who.TeamID != r.TeamID() || who.UserID != r.BotUserID() || who.BotID != r.BotID() || who.EnterpriseID != r.EnterpriseID() || who.EnterpriseID == "" {
		t.Errorf("auth.test: %+v", who)
	}
	team, err := r.api().GetTeamInfoContext(r.ctx)
	must(t, err)
	if team.ID != r.TeamID() {
		t.Errorf("team.info: %+v", team)
	}
	bot, err := r.api().GetBotInfoContext(r.ctx, slack.GetBotInfoParameters{Bot: r.BotID()})
	must(t, err)
	if bot.AppID != r.AppID() || bot.UserID != r.BotUserID() {
		t.Errorf("bots.info: %+v", bot)
	}
	if _, err = r.api().GetBotInfoContext(r.ctx, slack.GetBotInfoParameters{Bot: "B1"}); fmt.Sprint(err) != "bot_not_found" {
		t.Errorf("bots.info: %v", err)
	}
}

// Each method refuses without its scope, and says which it needs and which there are.
func TestScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all := append(slacksim.DefaultScopes(), "im:read", "mpim:read", "im:history", "channels:history", "groups:history",
		"channels:join", "team:read", "reactions:write", "mpim:write")
	dm := r.as(r.bob).OpenApp()
	for _, tc := range []struct {
		method, scope string
		args          map[string]string
		needed        string // default scope
	}{
		{method: "chat.postMessage", scope: "chat:write"},
		{method: "chat.update", scope: "chat:write"},
		{method: "chat.delete", scope: "chat:write"},
		{method: "chat.postEphemeral", scope: "chat:write"},
		{method: "users.info", scope: "users:read"},
		{method: "users.list", scope: "users:read"},
		{method: "users.getPresence", scope: "users:read"},
		{method: "users.lookupByEmail", scope: "users:read.email"},
		{method: "usergroups.list", scope: "usergroups:read"},
		{method: "usergroups.users.list", scope: "usergroups:read"},
		{method: "team.info", scope: "team:read"},
		{method: "bots.info", scope: "users:read"},
		{method: "reactions.add", scope: "reactions:write"},
		{method: "conversations.join", scope: "channels:join"},
		{method: "conversations.open", scope: "im:write", args: map[string]string{"users": r.bob.ID}},
		{method: "conversations.open", scope: "mpim:write", args: map[string]string{"users": r.bob.ID + "," + r.ann.ID}},
		{method: "conversations.info", scope: "channels:read", args: map[string]string{"channel": r.general.ID}},
		{method: "conversations.info", scope: "groups:read", args: map[string]string{"channel": r.private.ID}},
		{method: "conversations.info", scope: "im:read", args: map[string]string{"channel": dm}},
		{method: "conversations.members", scope: "groups:read", args: map[string]string{"channel": r.private.ID}},
		{method: "conversations.list", scope: "channels:read"},
		{method: "conversations.list", scope: "groups:read", args: map[string]string{"types": "public_channel,private_channel"}},
		{method: "conversations.list", scope: "im:read", args: map[string]string{"types": "im"}},
		{method: "conversations.list", scope: "mpim:read", args: map[string]string{"types": "mpim"}},
		{method: "conversations.history", scope: "im:history", args: map[string]string{"channel": dm}},
		{method: "conversations.replies", scope: "channels:history", args: map[string]string{"channel": r.general.ID}},
	} {
		left := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == tc.scope })
		r.SetScopes(left...)
		out := r.form(tc.method, tc.args)
		if out["error"] != "missing_scope" || out["needed"] != tc.scope || out["provided"] != strings.Join(left, ",") {
			t.Errorf("%s without %s: %v", tc.method, tc.scope, out)
		}
		r.SetScopes(all...)
		if out = r.form(tc.method, tc.args); out["error"] == "missing_scope" {
			t.Errorf("%s with %s: %v", tc.method, tc.scope, out)
		}
	}
	r.SetAppScopes()
	_, _, err := r.api().StartSocketModeContext(r.ctx)
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != "missing_scope" || refused.Needed != "connections:write" {
		t.Errorf("apps.connections.open: %+v", refused)
	}
	// The e-mail address has a scope of its own.
	r.SetScopes("users:read")
	u, err := r.api().GetUserInfoContext(r.ctx, r.bob.ID)
	must(t, err)
	if u.Profile.Email != "" {
		t.Errorf("an e-mail without users:read.email: %q", u.Profile.Email)
	}
}

func TestOnlyThisMachine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for host, want := range map[string]int{
		"": 200, "localhost:1": 200, "127.0.0.1": 200, "[::1]:80": 200, "slack.localhost": 200,
		"evil.example": 403, "127.0.0.1.evil.example": 403, "192.0.2.1:80": 403, "localhost.evil.example:80": 403,
	} {
		req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.srv.URL+"/api/api.test", nil)
		must(t, err)
		if host != "" {
			req.Host = host
		}
		resp, err := r.srv.Client().Do(req)
		must(t, err)
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("Host %q: %d, want %d", host, resp.StatusCode, want)
		}
	}
	// A machine elsewhere, whatever it calls us.
	far := httptest.NewRequestWithContext(r.ctx, http.MethodPost, "http://localhost/api/api.test", nil)
	got := httptest.NewRecorder()
	r.Handler().ServeHTTP(got, far)
	if got.Code != http.StatusForbidden || far.RemoteAddr == "" {
		t.Errorf("from %s: %d", far.RemoteAddr, got.Code)
	}
	// A page of another site cannot open a socket even with a ticket.
	_, link, err := r.api().StartSocketModeContext(r.ctx)
	must(t, err)
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, strings.Replace(link, "ws:", "http:", 1), nil)
	must(t, err)
	for k, v := range map[string]string{
		"Origin": "https://evil.example", "Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		req.Header.Set(k, v)
	}
	resp, err := r.srv.Client().Do(req)
	must(t, err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign page got %d", resp.StatusCode)
	}
}
