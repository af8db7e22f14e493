package slacksim_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox/slacksim"
)

// do sends a request and gives the status and the body.
func (r *rig) do(method, link, contentType, body string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, method, link, strings.NewReader(body))
	must(r.t, err)
	req.Header.Set("Content-Type", contentType)
	resp, err := r.srv.Client().Do(req)
	must(r.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	must(r.t, err)
	return resp.StatusCode, string(raw)
}

// hook posts JSON to a response URL.
func (r *rig) hook(link, body string) (int, string) {
	r.t.Helper()
	return r.do(http.MethodPost, link, "application/json", body)
}

func TestResponseURL(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	links := make(chan string, 10)
	api := r.app(func(c *socketmode.Client, e socketmode.Event) {
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			links <- d.ResponseURL
		case slack.InteractionCallback:
			links <- d.ResponseURL
		}
		_ = c.Ack(*e.Request)
	})
	bob, ann := r.as(r.bob), r.as(r.ann)
	command := func() string {
		_, err := bob.Command(r.ctx, r.general.ID, "/ask", "")
		must(t, err)
		return <-links
	}
	count := func(p *slacksim.Person) int {
		c, err := p.Conversation(r.general.ID)
		must(t, err)
		return len(c.Messages)
	}
	ok := func(link, body string) {
		t.Helper()
		if status, answer := r.hook(link, body); status != http.StatusOK || answer != "ok" {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	link := command()
	ok(link, `{"text":"only bob"}`)
	if count(bob) != 1 || count(ann) != 0 {
		t.Errorf("ephemeral: bob %d, ann %d", count(bob), count(ann))
	}
	ok(link, `{"text":"all","response_type":"in_channel"}`)
	if count(bob) != 2 || count(ann) != 1 {
		t.Errorf("in_channel: bob %d, ann %d", count(bob), count(ann))
	}
	for body, want := range map[string]string{
		`{`: "invalid_payload", `[]`: "invalid_payload", `{}`: "no_text", `{"blocks":[{"type":"x"}]}`: "invalid_blocks",
	} {
		if status, answer := r.hook(link, body); status != http.StatusBadRequest || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	// Five uses; what was refused is no use.
	for range 3 {
		ok(link, `{"text":"x"}`)
	}
	if status, answer := r.hook(link, `{"text":"x"}`); status != http.StatusNotFound || !strings.Contains(answer, "used_url") {
		t.Errorf("sixth use: %d %s", status, answer)
	}
	link = command()
	r.wall.advance(30*time.Minute - time.Second)
	ok(link, `{"text":"x"}`)
	r.wall.advance(time.Second)
	if status, answer := r.hook(link, `{"text":"x"}`); status != http.StatusNotFound || !strings.Contains(answer, "expired_url") {
		t.Errorf("after 30 minutes: %d %s", status, answer)
	}
	r.Set(func(s *slacksim.Switches) { s.ResponseURLUses, s.ResponseURLLifetime = 1, time.Hour })
	link = command()
	r.wall.advance(45 * time.Minute)
	ok(link, `{"text":"x"}`)
	if _, answer := r.hook(link, `{"text":"x"}`); !strings.Contains(answer, "used_url") {
		t.Errorf("second use of one: %s", answer)
	}
	if status, _ := r.hook(link+"x", `{"text":"x"}`); status != http.StatusNotFound {
		t.Errorf("made-up URL: %d", status)
	}
	if status, _ := r.do(http.MethodGet, link, "", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", status)
	}

	// From a message: replace and delete the original, an ephemeral one too.
	r.Set(func(s *slacksim.Switches) { s.ResponseURLUses = 5 })
	blocks := `[{"type":"actions","block_id":"acts","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}]`
	press := func(ts string) string {
		res, err := bob.Press(r.ctx, slacksim.Element{On: slacksim.OnMessage(r.general.ID, ts), BlockID: "acts", ActionID: "go"}, "")
		must(t, err)
		if !res.OK {
			t.Fatalf("press: %+v", res)
		}
		return <-links
	}
	ts := r.form("chat.postMessage", map[string]string{"channel": r.general.ID, "text": "card", "blocks": blocks})["ts"].(string)
	link = press(ts)
	ok(link, `{"text":"replaced","replace_original":true,"blocks":`+blocks+`}`)
	if m, err := bob.Message(r.general.ID, ts); err != nil || m.Text != "replaced" || !m.Edited {
		t.Errorf("replaced: %+v %v", m, err)
	}
	ok(link, `{"delete_original":true}`)
	if _, err := bob.Message(r.general.ID, ts); err == nil {
		t.Error("the original is still there")
	}
	if _, answer := r.hook(link, `{"delete_original":true}`); !strings.Contains(answer, "message_not_found") {
		t.Errorf("deleted twice: %s", answer)
	}
	ts, err := api.PostEphemeralContext(r.ctx, r.general.ID, r.bob.ID, slack.MsgOptionText("psst", false), slack.MsgOptionBlocks(
		slack.NewActionBlock("acts", slack.NewButtonBlockElement("go", "v", slack.NewTextBlockObject("plain_text", "Go", false, false)))))
	must(t, err)
	link = press(ts)
	must(t, slack.PostWebhookCustomHTTPContext(r.ctx, link, r.srv.Client(), &slack.WebhookMessage{Text: "done", ReplaceOriginal: true}))
	if m, err := bob.Message(r.general.ID, ts); err != nil || m.Text != "done" || m.Edited || len(m.Blocks) != 0 {
		t.Errorf("replaced ephemeral: %+v %v", m, err)
	}
	byForm := url.Values{"payload": {`{"text":"by form"}`}}.Encode()
	if status, answer := r.do(http.MethodPost, link, "application/x-www-form-urlencoded", byForm); status != http.StatusOK {
		t.Errorf("form: %d %s", status, answer)
	}
}

// A conversation select in a modal can ask for a response URL.
func TestResponseURLOfASubmission(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	seen := make(chan slack.InteractionCallback, 5)
	view := modal("T", "", `{"type":"input","block_id":"b","label":{"type":"plain_text","text":"L"},"element":{"type":"conversations_select","action_id":"a","response_url_enabled":true,"default_to_current_conversation":true}}`)
	r.opener(view, func(i slack.InteractionCallback) any { seen <- i; return nil })
	bob := r.opened()
	if _, err := bob.Submit(r.ctx); err != nil {
		t.Fatal(err)
	}
	i := <-seen
	if len(i.ResponseURLs) != 1 || i.ResponseURLs[0].ChannelID != r.general.ID {
		t.Fatalf("response_urls: %+v", i.ResponseURLs)
	}
	if status, _ := r.hook(i.ResponseURLs[0].ResponseURL, `{"text":"x","response_type":"in_channel"}`); status != http.StatusOK {
		t.Errorf("post: %d", status)
	}
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.RegisterShortcut(slacksim.Shortcut{CallbackID: "g", Name: "Global"}))
	must(t, r.RegisterShortcut(slacksim.Shortcut{CallbackID: "m", Name: "Message", OnMessage: true}))
	seen := make(chan slack.InteractionCallback, 5)
	r.app(func(c *socketmode.Client, e socketmode.Event) {
		seen <- e.Data.(slack.InteractionCallback)
		_ = c.Ack(*e.Request)
	})
	bob := r.as(r.bob)
	m, err := r.as(r.ann).Post(r.ctx, r.general.ID, "look", "")
	must(t, err)
	res, err := bob.Shortcut(r.ctx, "g", slacksim.Surface{})
	must(t, err)
	if i := <-seen; !res.OK || i.Type != slack.InteractionTypeShortcut || i.CallbackID != "g" || i.TriggerID == "" {
		t.Errorf("global: %+v %+v", res, i)
	}
	_, err = bob.Shortcut(r.ctx, "m", slacksim.OnMessage(r.general.ID, m.TS))
	must(t, err)
	if i := <-seen; i.Type != slack.InteractionTypeMessageAction || i.Message.Text != "look" || i.Channel.ID != r.general.ID || i.ResponseURL == "" {
		t.Errorf("message: %+v", i)
	}
	for _, on := range []slacksim.Surface{{}, slacksim.OnMessage(r.general.ID, "1.2")} {
		if _, err = bob.Shortcut(r.ctx, "m", on); err == nil {
			t.Errorf("a message shortcut on %+v", on)
		}
	}
	if got := len(r.Shortcuts()) + len(r.Commands()); got != 3 {
		t.Errorf("%d entries", got)
	}
}
