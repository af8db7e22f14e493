package slacksim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

const options = `"options":[{"text":{"type":"plain_text","text":"One"},"value":"1"},{"text":{"type":"plain_text","text":"Two"},"value":"2"}]`

// Each element in an input block: what fills it, what it refuses, and how it then looks in state.values.
func TestValuesOfElements(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.app(func(c *socketmode.Client, e socketmode.Event) {
		_ = c.Ack(*e.Request, map[string]any{"options": []any{map[string]any{"text": map[string]any{"type": "plain_text", "text": "E"}, "value": "e"}}})
	})
	one := map[string]any{"text": map[string]any{"type": "plain_text", "text": "One"}, "value": "1"}
	two := map[string]any{"text": map[string]any{"type": "plain_text", "text": "Two"}, "value": "2"}
	ext := map[string]any{"text": map[string]any{"type": "plain_text", "text": "E"}, "value": "e"}
	for _, tc := range []struct {
		kind, fields string
		field        string
		empty        any
		fill         []string
		filled       any
		refused      []string
	}{
		{"plain_text_input", "", "value", nil, []string{"x"}, "x", []string{"a", "b"}},
		{"email_text_input", "", "value", nil, []string{"a@example.com"}, "a@example.com", nil},
		{"url_text_input", "", "value", nil, []string{"https://example.com"}, "https://example.com", nil},
		{"number_input", `"is_decimal_allowed":false`, "value", nil, []string{"5"}, "5", nil},
		{"static_select", options, "selected_option", nil, []string{"1"}, one, []string{"3"}},
		{"multi_static_select", options + `,"max_selected_items":2`, "selected_options", []any{}, []string{"1", "2"}, []any{one, two}, []string{"1", "2", "1"}},
		{"external_select", `"min_query_length":0`, "selected_option", nil, []string{"e"}, ext, []string{"f"}},
		{"multi_external_select", `"min_query_length":0`, "selected_options", []any{}, []string{"e"}, []any{ext}, []string{"f"}},
		{"users_select", "", "selected_user", nil, []string{r.ann.ID}, r.ann.ID, []string{"U0NOPE"}},
		{"multi_users_select", "", "selected_users", []any{}, []string{r.ann.ID, r.bob.ID}, []any{r.ann.ID, r.bob.ID}, []string{"U0NOPE"}},
		{"conversations_select", "", "selected_conversation", nil, []string{r.private.ID}, r.private.ID, []string{"C0NOPE"}},
		{"multi_conversations_select", "", "selected_conversations", []any{}, []string{r.private.ID}, []any{r.private.ID}, []string{"C0NOPE"}},
		{"channels_select", "", "selected_channel", nil, []string{r.general.ID}, r.general.ID, []string{r.private.ID}},
		{"multi_channels_select", "", "selected_channels", []any{}, []string{r.general.ID}, []any{r.general.ID}, []string{r.private.ID}},
		{"datepicker", "", "selected_date", nil, []string{"2026-03-04"}, "2026-03-04", []string{"4.3.2026"}},
		{"timepicker", "", "selected_time", nil, []string{"09:30"}, "09:30", []string{"9:30 AM"}},
		{"datetimepicker", "", "selected_date_time", nil, []string{"1772622000"}, json.Number("1772622000"), []string{"now"}},
		{"checkboxes", options, "selected_options", []any{}, []string{"2"}, []any{two}, []string{"3"}},
		{"radio_buttons", options, "selected_option", nil, []string{"2"}, two, []string{"3"}},
	} {
		view := `{"type":"home","blocks":[{"type":"input","block_id":"b","label":{"type":"plain_text","text":"L"},"element":{"type":"` + tc.kind + `","action_id":"a"`
		if tc.fields != "" {
			view += "," + tc.fields
		}
		if out := r.view("views.publish", view+`}}]}`, map[string]any{"user_id": r.bob.ID}); code(out) != "" {
			t.Fatalf("%s: %v", tc.kind, out)
		}
		bob := r.as(r.bob)
		e := slacksim.Element{On: slacksim.OnHome(), BlockID: "b", ActionID: "a"}
		value := func() slacksim.Value { return bob.Home().Values["b"]["a"] }
		empty := slacksim.Value{"type": tc.kind, tc.field: tc.empty}
		if diff := cmp.Diff(empty, value()); diff != "" {
			t.Errorf("%s empty: %s", tc.kind, diff)
		}
		if strings.HasSuffix(tc.kind, "external_select") {
			_, res, err := bob.Options(r.ctx, e, "")
			must(t, err)
			if !res.OK {
				t.Errorf("%s: %+v", tc.kind, res)
			}
		}
		_, err := bob.Fill(r.ctx, e, tc.fill...)
		must(t, err)
		if diff := cmp.Diff(slacksim.Value{"type": tc.kind, tc.field: tc.filled}, value()); diff != "" {
			t.Errorf("%s filled: %s", tc.kind, diff)
		}
		if tc.refused != nil {
			if _, err = bob.Fill(r.ctx, e, tc.refused...); err == nil {
				t.Errorf("%s took %v", tc.kind, tc.refused)
			}
		}
		_, err = bob.Fill(r.ctx, e)
		must(t, err)
		if diff := cmp.Diff(empty, value()); diff != "" {
			t.Errorf("%s cleared: %s", tc.kind, diff)
		}
		if _, err = bob.Press(r.ctx, e, ""); err == nil {
			t.Errorf("%s could be pressed", tc.kind)
		}
	}
}

func TestInitialValues(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	two := `{"text":{"type":"plain_text","text":"Two"},"value":"2"}`
	for _, tc := range []struct{ kind, fields, field, want string }{
		{"static_select", options + `,"initial_option":` + two, "selected_option", two},
		{"checkboxes", options + `,"initial_options":[` + two + `]`, "selected_options", "[" + two + "]"},
		{"external_select", `"initial_option":` + two, "selected_option", two},
		{"users_select", `"initial_user":"U1"`, "selected_user", `"U1"`},
		{"multi_channels_select", `"initial_channels":["C1"]`, "selected_channels", `["C1"]`},
		{"conversations_select", `"initial_conversation":"C1"`, "selected_conversation", `"C1"`},
		{"datepicker", `"initial_date":"2026-01-02"`, "selected_date", `"2026-01-02"`},
		{"timepicker", `"initial_time":"10:00"`, "selected_time", `"10:00"`},
		{"datetimepicker", `"initial_date_time":1772622000`, "selected_date_time", `1772622000`},
		{"number_input", `"is_decimal_allowed":true,"initial_value":"1.5"`, "value", `"1.5"`},
	} {
		view := `{"type":"home","blocks":[{"type":"input","block_id":"b","label":{"type":"plain_text","text":"L"},"element":{"type":"` + tc.kind + `","action_id":"a",` + tc.fields + `}}]}`
		out := r.view("views.publish", view, map[string]any{"user_id": r.bob.ID})
		got, err := json.Marshal(at(out, "view", "state", "values", "b", "a", tc.field))
		must(t, err)
		if diff := cmp.Diff(parse(t, tc.want), parse(t, string(got))); diff != "" {
			t.Errorf("%s: %s", tc.kind, diff)
		}
	}
}

// What a Slack client refuses to send.
func TestRefusedByTheClient(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ element, value, want string }{
		{`"type":"plain_text_input","min_length":3,"max_length":5`, "ab", "too short"},
		{`"type":"plain_text_input","min_length":3,"max_length":5`, "abc", ""},
		{`"type":"plain_text_input","min_length":3,"max_length":5`, "abcde", ""},
		{`"type":"plain_text_input","min_length":3,"max_length":5`, "abcdef", "too long"},
		{`"type":"plain_text_input"`, repeat("€", 3000), ""},
		{`"type":"plain_text_input"`, repeat("€", 3001), "too long"},
		{`"type":"plain_text_input"`, "", "complete this required field"},
		{`"type":"email_text_input"`, "a@example.com", ""},
		{`"type":"email_text_input"`, "Ann <a@example.com>", "email"},
		{`"type":"url_text_input"`, "https://example.com/x", ""},
		{`"type":"url_text_input"`, "example.com", "URL"},
		{`"type":"number_input","is_decimal_allowed":false,"min_value":"2","max_value":"4"`, "3", ""},
		{`"type":"number_input","is_decimal_allowed":false`, "3.5", "whole number"},
		{`"type":"number_input","is_decimal_allowed":true`, "3.5", ""},
		{`"type":"number_input","is_decimal_allowed":true`, "three", "valid number"},
		{`"type":"number_input","is_decimal_allowed":false,"min_value":"2","max_value":"4"`, "1", "at least 2"},
		{`"type":"number_input","is_decimal_allowed":false,"min_value":"2","max_value":"4"`, "5", "at most 4"},
	} {
		t.Run(fmt.Sprintf("%.60s=%.10s", tc.element, tc.value), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.opener(modal("T", "", `{"type":"input","block_id":"b","label":{"type":"plain_text","text":"L"},"element":{`+tc.element+`,"action_id":"a"}}`), nil)
			bob := r.opened()
			_, err := bob.Fill(r.ctx, el("b", "a"), tc.value)
			must(t, err)
			res, err := bob.Submit(r.ctx)
			must(t, err)
			if res.OK != (tc.want == "") || !strings.Contains(res.Errors["b"], tc.want) {
				t.Errorf("%+v", res)
			}
		})
	}
}

// When a text input with dispatch_action sends its value.
func TestDispatchOfTextInputs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		config      string
		fill, enter bool
	}{
		{``, false, true},
		{`,"dispatch_action_config":{"trigger_actions_on":["on_enter_pressed"]}`, false, true},
		{`,"dispatch_action_config":{"trigger_actions_on":["on_character_entered"]}`, true, false},
		{`,"dispatch_action_config":{"trigger_actions_on":["on_enter_pressed","on_character_entered"]}`, true, true},
	} {
		r := newRig(t)
		r.opener(modal("T", "", strings.Replace(textInput("b", "a", tc.config), `"block_id"`, `"dispatch_action":true,"block_id"`, 1), textInput("c", "a", "")), nil)
		bob := r.opened()
		res, err := bob.Fill(r.ctx, el("b", "a"), "x")
		must(t, err)
		if (res.EnvelopeID != "") != tc.fill {
			t.Errorf("%s: fill %+v", tc.config, res)
		}
		res, err = bob.Enter(r.ctx, el("b", "a"))
		must(t, err)
		if (res.EnvelopeID != "") != tc.enter {
			t.Errorf("%s: enter %+v", tc.config, res)
		}
		// Without dispatch_action nothing is sent at all.
		if res, err = bob.Enter(r.ctx, el("c", "a")); err != nil || res.EnvelopeID != "" || !res.OK {
			t.Errorf("enter without dispatch_action: %+v %v", res, err)
		}
	}
}

func TestOverflowAndForgery(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	seen := make(chan slack.InteractionCallback, 5)
	view := modal("T", "", `{"type":"actions","block_id":"acts","elements":[{"type":"overflow","action_id":"more",`+options+`},
		{"type":"external_select","action_id":"pick"}]}`)
	r.opener(view, func(i slack.InteractionCallback) any { seen <- i; return nil })
	bob := r.opened()
	_, err := bob.Press(r.ctx, el("acts", "more"), "2")
	must(t, err)
	if a := (<-seen).ActionCallback.BlockActions[0]; a.SelectedOption.Value != "2" || string(a.Type) != "overflow" {
		t.Errorf("overflow: %+v", a)
	}
	if _, err = bob.Press(r.ctx, el("acts", "more"), "3"); err == nil {
		t.Error("an entry that the menu does not have")
	}
	forged := blockkit.Option{Text: blockkit.Text{Type: "plain_text", Text: "F"}, Value: "forged"}
	_, err = bob.Forge(r.ctx, el("acts", "pick"), forged)
	must(t, err)
	if a := (<-seen).ActionCallback.BlockActions[0]; a.SelectedOption.Value != "forged" {
		t.Errorf("forged: %+v", a)
	}
	if _, err = bob.Forge(r.ctx, el("acts", "more"), forged); err == nil {
		t.Error("forged an overflow menu")
	}
	for _, e := range []slacksim.Element{el("nope", "more"), el("acts", "nope"), {On: slacksim.OnHome(), BlockID: "acts", ActionID: "more"}, {On: slacksim.OnMessage(r.general.ID, "1.2"), BlockID: "acts", ActionID: "more"}} {
		if _, err = bob.Press(r.ctx, e, "2"); err == nil {
			t.Errorf("%+v could be pressed", e)
		}
	}
}

// Options of selects that Slack fills itself, and answers of the app that Slack refuses.
func TestOptions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	answers := make(chan any, 1)
	view := modal("T", "", `{"type":"actions","block_id":"acts","elements":[{"type":"static_select","action_id":"s",`+options+`},
		{"type":"static_select","action_id":"g","option_groups":[{"label":{"type":"plain_text","text":"G"},`+options+`}]},
		{"type":"users_select","action_id":"u"},{"type":"channels_select","action_id":"c"},{"type":"conversations_select","action_id":"v"},
		{"type":"conversations_select","action_id":"f","filter":{"include":["private"],"exclude_external_shared_channels":true}},
		{"type":"external_select","action_id":"e","min_query_length":0},{"type":"external_select","action_id":"three"}]}`)
	r.opener(view, func(i slack.InteractionCallback) any { return <-answers })
	bob := r.opened()
	for _, tc := range []struct {
		action, query string
		options       int
		groups        int
	}{
		{"s", "", 2, 0},
		{"s", "TW", 1, 0},
		{"g", "one", 0, 1},
		{"g", "zzz", 0, 0},
		{"u", "ann", 1, 0},
		{"u", "gone", 0, 0},
		{"c", "", 3, 0},
		{"v", "", 5, 0},
		{"v", "old", 0, 0},
		{"f", "", 2, 0},
	} {
		got, res, err := bob.Options(r.ctx, el("acts", tc.action), tc.query)
		must(t, err)
		if !res.OK || len(got.Options) != tc.options || len(got.Groups) != tc.groups || got.Asked {
			t.Errorf("%s %q: %+v", tc.action, tc.query, got)
		}
	}
	// The default of min_query_length is 3.
	if got, _, err := bob.Options(r.ctx, el("acts", "three"), "ab"); err != nil || got.Asked {
		t.Errorf("two characters: %+v %v", got, err)
	}
	groups := `{"option_groups":[{"label":{"type":"plain_text","text":"G"},` + options + `}]}`
	for _, tc := range []struct {
		answer  any
		ok      bool
		options int
	}{
		{nil, false, 0},
		{json.RawMessage(`{}`), false, 0},
		{json.RawMessage(`{"options":[]}`), true, 0},
		{json.RawMessage(`{` + options + `}`), true, 2},
		{json.RawMessage(groups), true, 0},
		{json.RawMessage(`{"options":[{"text":{"type":"plain_text","text":"` + repeat("x", 76) + `"},"value":"v"}]}`), false, 0},
	} {
		answers <- tc.answer
		got, res, err := bob.Options(r.ctx, el("acts", "e"), "")
		must(t, err)
		if res.OK != tc.ok || len(got.Options) != tc.options || !got.Asked || !tc.ok && (res.Code != "invalid_response" || len(res.Problems) == 0) {
			t.Errorf("%v: %+v %+v", tc.answer, got, res)
		}
	}
}

// view.state is left out of block_suggestion, unless the switch says otherwise.
func TestStateInSuggestions(t *testing.T) {
	t.Parallel()
	for _, with := range []bool{false, true} {
		r := newRig(t, func(c *slacksim.Config) { c.Switches.SuggestionState = with })
		states := make(chan bool, 1)
		view := modal("T", "", textInput("b", "a", `,"initial_value":"x"`), `{"type":"actions","block_id":"acts","elements":[{"type":"external_select","action_id":"e","min_query_length":0}]}`)
		r.opener(view, func(i slack.InteractionCallback) any {
			states <- i.View.State != nil
			return json.RawMessage(`{"options":[]}`)
		})
		bob := r.opened()
		_, _, err := bob.Options(r.ctx, el("acts", "e"), "")
		must(t, err)
		if got := <-states; got != with {
			t.Errorf("state there: %v, want %v", got, with)
		}
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	blocks := blockkit.Blocks(parse(t, `[`+section("<@"+r.bob.ID+"> <!date^1772622000^{time}|x>")+`,
		{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[
		{"type":"text","text":"<b>","style":{"bold":true}},{"type":"channel","channel_id":"`+r.general.ID+`"},{"type":"link","url":"javascript:x","text":"l"}]}]}]}]`))
	ann, bob := r.as(r.ann).Render(blocks), r.as(r.bob).Render(blocks)
	show := func(v any) string {
		raw, err := json.Marshal(v)
		must(t, err)
		var spans []struct{ Kind, Text string }
		must(t, json.Unmarshal(raw, &spans))
		var out []string
		for _, s := range spans {
			out = append(out, s.Kind+":"+s.Text)
		}
		return strings.Join(out, "|")
	}
	if got := show(at(ann[0], "text", "spans")); got != "user:@bobby|text: |date:12:00 PM" {
		t.Errorf("ann: %s", got)
	}
	if got := show(at(bob[0], "text", "spans")); got != "user:@bobby|text: |date:6:00 AM" {
		t.Errorf("bob: %s", got)
	}
	if got := show(ann[1]["spans"]); got != "text:1. |text:<b>|channel:#general|text:l" {
		t.Errorf("rich text: %s", got)
	}
	if _, there := at(blocks[0], "text").(map[string]any)["spans"]; there {
		t.Error("Render changed its argument")
	}
}
