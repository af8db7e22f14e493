package page_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"stint/sandbox"
	"stint/sandbox/page/pagetest"
)

// client calls the API as a script does.
type client struct {
	t    *testing.T
	base string
	http *http.Client
	tok  string
}

func connect(t *testing.T, sb *sandbox.Sandbox) *client {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &client{t: t, base: sb.URL(), http: &http.Client{Transport: tr, Timeout: pagetest.Patience}, tok: sb.Token()}
}

// answer is what came back, decoded.
type answer map[string]any

// at walks into an answer: at("error", "code").
func (a answer) at(path ...any) any {
	var v any = map[string]any(a)
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			list, _ := v.([]any)
			if p >= len(list) {
				return nil
			}
			v = list[p]
		}
	}
	return v
}

func (c *client) call(method, path, body string, change ...func(*http.Request)) (int, answer) {
	c.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, in)
	if err != nil {
		c.t.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Sandbox-Token", c.tok)
	}
	for _, f := range change {
		f(r)
	}
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var a answer
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		c.t.Fatalf("%s %s answered %d %q, which is no JSON", method, path, res.StatusCode, raw)
	}
	return res.StatusCode, a
}

// ok makes a call that must succeed.
func (c *client) ok(method, path, body string) answer {
	c.t.Helper()
	status, a := c.call(method, path, body)
	if status != http.StatusOK {
		c.t.Fatalf("%s %s: %d %v", method, path, status, a)
	}
	return a
}

// until calls until the answer is as wanted: what an app publishes comes a little later.
func (c *client) until(path string, wanted func(answer) bool) answer {
	c.t.Helper()
	deadline := time.Now().Add(pagetest.Patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		a := c.ok("GET", path, "")
		if wanted(a) {
			return a
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("GET %s stays %v", path, a)
		}
		<-tick.C
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := connect(t, world(t))
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for _, tt := range []struct {
		name, method, path, body string
		change                   func(*http.Request)
		status                   int
		code                     string
	}{
		{"a name that resolves here", "GET", "/api/session", "", host("attacker.example"), 403, "wrong_host"},
		{"a name that resolves here, the page itself", "GET", "/", "", host("attacker.example:7070"), 403, "wrong_host"},
		{"a name that only begins like ours", "GET", "/api/session", "", host("localhost.attacker.example"), 403, "wrong_host"},
		{"another origin reads", "GET", "/api/session", "", header("Origin", "http://attacker.example"), 403, "wrong_origin"},
		{"another port is another origin", "POST", "/api/clock/advance", `{"by":"1m"}`, header("Origin", "http://127.0.0.1:1"), 403, "wrong_origin"},
		{"a sandboxed frame", "POST", "/api/clock/advance", `{"by":"1m"}`, header("Origin", "null"), 403, "wrong_origin"},
		{"a link from elsewhere", "GET", "/api/session", "", header("Sec-Fetch-Site", "cross-site"), 403, "wrong_origin"},
		{"no token", "POST", "/api/clock/advance", `{"by":"1m"}`, header("X-Sandbox-Token", ""), 403, "wrong_token"},
		{"a stale token", "POST", "/api/clock/advance", `{"by":"1m"}`, header("X-Sandbox-Token", "OLD"), 403, "wrong_token"},
		{"a form", "POST", "/api/clock/advance", `by=1m`, header("Content-Type", "application/x-www-form-urlencoded"), 415, "wrong_content_type"},
		{"a misspelt field", "POST", "/api/clock/advance", `{"buy":"1m"}`, nil, 400, "bad_request"},
		{"no JSON", "POST", "/api/clock/advance", `{`, nil, 400, "bad_request"},
		{"back in time", "POST", "/api/clock/advance", `{"by":"-1m"}`, nil, 400, "bad_request"},
		{"too far", "POST", "/api/clock/advance", `{"by":"9000h"}`, nil, 400, "bad_request"},
		{"no duration", "POST", "/api/clock/advance", `{"by":"soon"}`, nil, 400, "bad_request"},
		{"nothing to do", "POST", "/api/clock/advance", `{}`, nil, 400, "bad_request"},
		{"no such call", "GET", "/api/nothing", "", nil, 404, "not_found"},
		{"the wrong method", "POST", "/api/session", `{}`, nil, 404, "not_found"},
		{"nobody", "GET", "/api/people/nobody/sidebar", "", nil, 404, "not_found"},
		{"a deactivated person", "GET", "/api/people/judith@example.com/sidebar", "", nil, 409, "cannot_act"},
		{"a bot", "POST", "/api/people/deploybot/command", `{"text":"/aws-access"}`, nil, 409, "cannot_act"},
		{"a channel that is hidden from the person", "GET", "/api/people/alice@example.com/conversations/platform-leads", "", nil, 404, "not_found"},
		{"an archived channel", "POST", "/api/people/alice@example.com/conversations/incident-2023-11/messages", `{"text":"hello"}`, nil, 400, "bad_request"},
		{"an empty message", "POST", "/api/people/alice@example.com/conversations/general/messages", `{"text":" "}`, nil, 400, "bad_request"},
		{"no slash", "POST", "/api/people/alice@example.com/command", `{"text":"aws-access"}`, nil, 400, "bad_request"},
		{"no modal", "POST", "/api/people/alice@example.com/modal/submit", `{}`, nil, 400, "bad_request"},
		{"a press on a message that is gone", "POST", "/api/people/alice@example.com/press", `{"on":{"channel":"general","ts":"1.2"},"block_id":"b","action_id":"a"}`, nil, 404, "not_found"},
		{"a press on a Home tab that is empty", "POST", "/api/people/alice@example.com/press", `{"on":{"home":true},"block_id":"b","action_id":"a"}`, nil, 404, "not_found"},
		{"an answer in a form that is closed", "POST", "/api/people/alice@example.com/fill", `{"block_id":"b","action_id":"a","values":["x"]}`, nil, 404, "not_found"},
		{"Enter in a form that is closed", "POST", "/api/people/alice@example.com/enter", `{"block_id":"b","action_id":"a"}`, nil, 404, "not_found"},
		{"no such setting", "POST", "/api/aws/tuning", `{"values":{"speed":1}}`, nil, 400, "bad_request"},
		{"a setting of another kind", "POST", "/api/aws/tuning", `{"values":{"operation_min":5}}`, nil, 400, "bad_request"},
		{"a contradiction", "POST", "/api/aws/tuning", `{"values":{"operation_min":"1h"}}`, nil, 400, "bad_request"},
		{"a negative duration", "POST", "/api/slack/switches", `{"values":{"ack_timeout":"-1s"}}`, nil, 400, "bad_request"},
		{"a fault of no kind", "POST", "/api/aws/faults", `{"kind":"bad luck"}`, nil, 400, "bad_request"},
		{"a slow fault without a delay", "POST", "/api/aws/faults", `{"kind":"slow"}`, nil, 400, "bad_request"},
		{"a fault that is not there", "POST", "/api/aws/faults/99/clear", `{}`, nil, 404, "not_found"},
		{"a method that does not fail", "POST", "/api/slack/faults/method", `{"method":"views.open"}`, nil, 400, "bad_request"},
		{"an unknown account", "POST", "/api/aws/accounts/1", `{"state":"SUSPENDED"}`, nil, 404, "not_found"},
		{"an unknown state", "POST", "/api/aws/accounts/100000000001", `{"state":"GONE"}`, nil, 400, "bad_request"},
		{"an assignment of nothing", "POST", "/api/aws/assignments", `{"account_id":"1"}`, nil, 400, "bad_request"},
		{"a reason that Slack does not give", "POST", "/api/slack/sockets", `{"do":"disconnect","reason":"tired"}`, nil, 400, "bad_request"},
		{"a limit that is no number", "GET", "/api/people?limit=many", "", nil, 400, "bad_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := *c
			c.t = t
			if tt.change == nil {
				tt.change = func(*http.Request) {}
			}
			status, a := c.call(tt.method, tt.path, tt.body, tt.change)
			if status != tt.status || a.at("error", "code") != tt.code {
				t.Errorf("%d %v, want %d %s", status, a, tt.status, tt.code)
			}
			if message, _ := a.at("error", "message").(string); message == "" {
				t.Error("the refusal does not say why")
			}
		})
	}
	if offset := c.ok("GET", "/api/clock", "").at("offset"); offset != "0s" {
		t.Errorf("a refused call has moved the clock by %s", offset)
	}
}

func TestOwnOriginAndOtherLoopbackNamesAreServed(t *testing.T) {
	t.Parallel()
	sb := world(t)
	c := connect(t, sb)
	for _, host := range []string{"localhost:7070", "127.0.0.1", "[::1]:7070"} {
		status, _ := c.call("GET", "/api/session", "", func(r *http.Request) {
			r.Host = host
			r.Header.Set("Origin", "http://"+host)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		})
		if status != http.StatusOK {
			t.Errorf("%s: %d", host, status)
		}
	}
}

// TestThePageIsWhole asks for the page and everything that it names, under the policy that it needs.
func TestThePageIsWhole(t *testing.T) {
	t.Parallel()
	sb := world(t)
	c := connect(t, sb)
	fetch := func(path string) (string, *http.Response) {
		res, err := c.http.Get(c.base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		return string(raw), res
	}
	html, res := fetch("/")
	csp := res.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy %q lacks %s", csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("the policy %q allows what is unsafe", csp)
	}
	for _, bad := range []string{"<style", " style=", " onclick=", "https://", "http://"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	for _, path := range []string{"/js/main.js", "/css/base.css", "/css/panel.css", "/icon.svg"} {
		fetch(path)
	}
}

func TestTextsThatLookLikeMarkupStayTexts(t *testing.T) {
	t.Parallel()
	c := connect(t, world(t))
	said := c.ok("POST", "/api/people/alice@example.com/conversations/general/messages", `{"text":"<img src=x onerror=alert(1)> <!channel> & <@U1>"}`)
	if got := said.at("spans", 0, "text"); got != "<img src=x onerror=alert(1)> <!channel> & <@U1>" {
		t.Errorf("the text became %q", got)
	}
}
