package slacksim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox/slacksim"
)

// opened runs the command and returns the person with the app's view open.
func (r *rig) opened() *slacksim.Person {
	r.t.Helper()
	bob := r.as(r.bob)
	res, err := bob.Command(r.ctx, r.general.ID, "/ask", "")
	must(r.t, err)
	if _, open := bob.Modal(); !open || !res.OK {
		r.t.Fatalf("no modal: %+v", res)
	}
	return bob
}

// What an acknowledgement of a submission does.
func TestSubmissionAnswers(t *testing.T) {
	t.Parallel()
	view := modal("T", "", textInput("b", "a", `,"initial_value":"x"`), `{"type":"section","block_id":"s","text":{"type":"plain_text","text":"s"}}`)
	other := modal("Other", "", textInput("b", "a", ""))
	for _, tc := range []struct {
		name, answer string
		ok           bool
		title        string // of the modal then on top; "" for none
		field        string // message under field b
		problem      string
	}{
		{"nothing", ``, true, "", "", ""},
		{"null", `null`, true, "", "", ""},
		{"empty object", `{}`, true, "", "", ""},
		{"clear", `{"response_action":"clear"}`, true, "", "", ""},
		{"errors", `{"response_action":"errors","errors":{"b":"wrong"}}`, true, "T", "wrong", ""},
		{"errors at a section", `{"response_action":"errors","errors":{"s":"wrong"}}`, false, "T", "", "not the block_id of an input block"},
		{"errors nowhere", `{"response_action":"errors","errors":{"nope":"wrong"}}`, false, "T", "", "not the block_id"},
		{"errors by action_id", `{"response_action":"errors","errors":{"a":"wrong"}}`, false, "T", "", "not the block_id"},
		{"no errors in errors", `{"response_action":"errors"}`, false, "T", "", "needs an object"},
		{"errors empty", `{"response_action":"errors","errors":{}}`, false, "T", "", "needs an object"},
		{"update", `{"response_action":"update","view":` + other + `}`, true, "Other", "", ""},
		{"push", `{"response_action":"push","view":` + other + `}`, true, "Other", "", ""},
		{"update without view", `{"response_action":"update"}`, false, "T", "", "must provide an object"},
		{"update with an invalid view", `{"response_action":"update","view":{"type":"modal","blocks":null}}`, false, "T", "", "/view/blocks"},
		{"update with a home", `{"response_action":"update","view":{"type":"home","blocks":[]}}`, false, "T", "", "only a modal"},
		{"unknown action", `{"response_action":"dance"}`, false, "T", "", "unknown response_action"},
		{"a list", `[]`, false, "T", "", "no object"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.opener(view, func(i slack.InteractionCallback) any {
				if i.Type != slack.InteractionTypeViewSubmission || tc.answer == "" {
					return nil
				}
				return json.RawMessage(tc.answer)
			})
			bob := r.opened()
			before, _ := bob.Modal()
			res, err := bob.Submit(r.ctx)
			must(t, err)
			m, open := bob.Modal()
			if res.OK != tc.ok || open != (tc.title != "") || m.Title.Text != tc.title || m.Errors["b"] != tc.field || m.Busy {
				t.Errorf("result %+v, modal %+v", res, m)
			}
			if !tc.ok && (res.Code != "invalid_response" || m.Notice != "We had some trouble connecting. Try again?" || !strings.Contains(strings.Join(res.Problems, ";"), tc.problem)) {
				t.Errorf("result %+v, notice %q", res, m.Notice)
			}
			switch tc.name {
			case "update":
				if m.ID != before.ID || m.Hash == before.Hash || m.Values["b"]["a"]["value"] != "x" {
					t.Errorf("updated in place: %+v", m)
				}
			case "push":
				if m.ID == before.ID || m.Depth != 2 || m.PreviousID != before.ID {
					t.Errorf("pushed: %+v", m)
				}
			case "errors":
				// Changing the field takes its message away.
				_, err = bob.Fill(r.ctx, el("b", "a"), "y")
				must(t, err)
				if m, _ = bob.Modal(); m.Errors["b"] != "" {
					t.Errorf("the message stayed: %+v", m.Errors)
				}
			}
		})
	}
}

func TestPushBySubmissionStopsAtThree(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.opener(modal("T", ""), func(i slack.InteractionCallback) any {
		return json.RawMessage(`{"response_action":"push","view":` + modal("T", "") + `}`)
	})
	bob := r.opened()
	for depth := 2; depth <= 3; depth++ {
		res, err := bob.Submit(r.ctx)
		must(t, err)
		if m, _ := bob.Modal(); !res.OK || m.Depth != depth {
			t.Errorf("depth %d: %+v", depth, res)
		}
	}
	res, err := bob.Submit(r.ctx)
	must(t, err)
	if res.OK || res.Problems[0] != "push_limit_reached" {
		t.Errorf("the fourth: %+v", res)
	}
}

// What people see when the app does not answer.
func TestTheAppIsSilent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ackWithin(soon)
	open := make(chan bool, 1)
	api := r.app(func(c *socketmode.Client, e socketmode.Event) {
		if d, ok := e.Data.(slack.SlashCommand); ok && d.Text == "open" {
			view := modal("T", "", button, textInput("b", "a", `,"initial_value":"x"`),
				`{"type":"input","block_id":"x","optional":true,"label":{"type":"plain_text","text":"L"},"element":{"type":"external_select","action_id":"p","min_query_length":0}}`)
			r.view("views.open", view, map[string]any{"trigger_id": d.TriggerID})
			_ = c.Ack(*e.Request)
			open <- true
		}
	})
	bob := r.as(r.bob)
	res, err := bob.Command(r.ctx, r.general.ID, "/ask", "silence")
	must(t, err)
	if res.OK || res.Code != "operation_timeout" || res.Notice != `/ask failed with the error "operation_timeout"` {
		t.Errorf("command: %+v", res)
	}
	c, err := bob.Conversation(r.general.ID)
	must(t, err)
	if len(c.Messages) != 1 || c.Messages[0].User != "USLACKBOT" || !c.Messages[0].Ephemeral {
		t.Errorf("Slackbot said nothing: %+v", c.Messages)
	}
	r.ackWithin(patience)
	_, err = bob.Command(r.ctx, r.general.ID, "/ask", "open")
	must(t, err)
	<-open
	r.ackWithin(soon)
	for name, do := range map[string]func() (slacksim.Result, error){
		"press":  func() (slacksim.Result, error) { return bob.Press(r.ctx, el("acts", "go"), "") },
		"submit": func() (slacksim.Result, error) { return bob.Submit(r.ctx) },
	} {
		res, err = do()
		must(t, err)
		m, _ := bob.Modal()
		if res.OK || res.Code != "operation_timeout" || res.Notice != "We had some trouble connecting. Try again?" || m.Notice != res.Notice || m.Busy || m.Values["b"]["a"]["value"] != "x" {
			t.Errorf("%s: %+v, modal %+v", name, res, m)
		}
	}
	_, res, err = bob.Options(r.ctx, el("x", "p"), "")
	must(t, err)
	if res.OK || res.Code != "operation_timeout" || res.Notice == "" {
		t.Errorf("options: %+v", res)
	}
	_, ts, err := api.PostMessageContext(r.ctx, r.general.ID, slack.MsgOptionText("card", false), slack.MsgOptionBlocks(
		slack.NewActionBlock("acts", slack.NewButtonBlockElement("go", "v", slack.NewTextBlockObject("plain_text", "Go", false, false)))))
	must(t, err)
	res, err = bob.Press(r.ctx, slacksim.Element{On: slacksim.OnMessage(r.general.ID, ts), BlockID: "acts", ActionID: "go"}, "")
	must(t, err)
	card, err := bob.Message(r.general.ID, ts)
	must(t, err)
	if res.OK || card.Notice == "" || card.Notice != res.Notice {
		t.Errorf("press on a message: %+v, %+v", res, card)
	}
	if card, err = r.as(r.ann).Message(r.general.ID, ts); err != nil || card.Notice != "" {
		t.Errorf("somebody else sees the warning: %+v %v", card, err)
	}
}

func TestNobodyIsConnected(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	res, err := r.as(r.bob).Command(r.ctx, r.general.ID, "/ask", "")
	must(t, err)
	if res.OK || res.Code != "dispatch_failed" || !strings.Contains(res.Notice, "dispatch_failed") {
		t.Errorf("got %+v", res)
	}
	if res, err = r.as(r.bob).Command(r.ctx, r.general.ID, "/nope", ""); err != nil || res.Code != "unknown_command" || res.EnvelopeID != "" {
		t.Errorf("unknown command: %+v %v", res, err)
	}
	for name, channel := range map[string]string{"archived": r.archived.ID, "unknown": "C0NOPE"} {
		if _, err = r.as(r.bob).Command(r.ctx, channel, "/ask", ""); err == nil {
			t.Errorf("a command in an %s channel", name)
		}
	}
	if _, err = r.as(r.guest).Command(r.ctx, r.general.ID, "/ask", ""); err == nil {
		t.Error("a command in a channel that the guest is not in")
	}
}

func TestCommandAnswers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		answer    any
		code      string
		messages  int
		ephemeral bool
	}{
		{"nothing", nil, "", 0, false},
		{"ephemeral by default", map[string]any{"text": "hi"}, "", 1, true},
		{"in the channel", map[string]any{"text": "hi", "response_type": "in_channel"}, "", 1, false},
		{"blocks", json.RawMessage(`{"blocks":` + sections(1, "x") + `}`), "", 1, true},
		{"invalid blocks", json.RawMessage(`{"blocks":[{"type":"x"}]}`), "invalid_response", 1, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.app(func(c *socketmode.Client, e socketmode.Event) { _ = c.Ack(*e.Request, tc.answer) })
			bob := r.as(r.bob)
			res, err := bob.Command(r.ctx, r.general.ID, "/ask", "")
			must(t, err)
			c, err := bob.Conversation(r.general.ID)
			must(t, err)
			if res.Code != tc.code || len(c.Messages) != tc.messages || tc.messages > 0 && c.Messages[0].Ephemeral != tc.ephemeral {
				t.Errorf("%+v, %+v", res, c.Messages)
			}
		})
	}
}

func TestClosingModals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, more string
		dismiss    bool
		cleared    []bool // is_cleared of each view_closed
	}{
		{"cancel", `,"notify_on_close":true`, false, []bool{false}},
		{"cancel without notice", ``, false, nil},
		{"dismiss", `,"notify_on_close":true`, true, []bool{true}},
		{"clear on close", `,"notify_on_close":true,"clear_on_close":true`, false, []bool{true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			seen := make(chan slack.InteractionCallback, 5)
			r.opener(modal("T", tc.more), func(i slack.InteractionCallback) any { seen <- i; return nil })
			bob := r.opened()
			if tc.dismiss {
				must(t, bob.DismissModals(r.ctx))
			} else {
				must(t, bob.CloseModal(r.ctx))
			}
			if _, open := bob.Modal(); open {
				t.Error("still open")
			}
			for _, want := range tc.cleared {
				if i := <-seen; i.Type != slack.InteractionTypeViewClosed || i.IsCleared != want {
					t.Errorf("%s is_cleared=%v, want %v", i.Type, i.IsCleared, want)
				}
			}
			if bob.CloseModal(r.ctx) == nil || bob.DismissModals(r.ctx) == nil {
				t.Error("closed what is not open")
			}
			if _, err := bob.Submit(r.ctx); err == nil {
				t.Error("submitted what is not open")
			}
		})
	}
}

// A slow app: the form is busy, refuses a second submission and keeps what was typed.
func TestBusyWhileSubmitting(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	arrived, release := make(chan bool), make(chan bool)
	r.opener(modal("T", "", textInput("b", "a", `,"initial_value":"x"`)), func(i slack.InteractionCallback) any {
		arrived <- true
		<-release
		return nil
	})
	bob := r.opened()
	done := make(chan slacksim.Result)
	go func() {
		res, err := bob.Submit(r.ctx)
		if err != nil {
			t.Error(err)
		}
		done <- res
	}()
	<-arrived
	if m, _ := bob.Modal(); !m.Busy {
		t.Error("not busy")
	}
	if _, err := bob.Submit(r.ctx); err == nil {
		t.Error("submitted twice")
	}
	if _, err := bob.Fill(r.ctx, el("b", "a"), "y"); err == nil {
		t.Error("filled while busy")
	}
	close(release)
	if res := <-done; !res.OK {
		t.Errorf("result: %+v", res)
	}
}
