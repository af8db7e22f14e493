package blockkit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/sandbox/slacksim/blockkit"
)

// What is wrong other than by its length, in Slack's words. want "" means that it is right.
func TestBlocks(t *testing.T) {
	t.Parallel()
	section := `{"type":"section","text":` + mrkdwn("s")
	opt := `{"text":` + plain("o") + `,"value":"v"}`
	for _, tc := range []struct{ name, blocks, want string }{
		{"no blocks", `[]`, ""},
		{"not an array", `{}`, "must provide an array [json-pointer:/blocks]"},
		{"null", `null`, "must provide an array [json-pointer:/blocks]"},
		{"a string for a block", `["x"]`, "must provide an object [json-pointer:/blocks/0]"},
		{"no type", `[{}]`, "missing required field: type [json-pointer:/blocks/0]"},
		{"unknown type", `[{"type":"carpet"}]`, "unsupported type: carpet [json-pointer:/blocks/0/type]"},
		{"type is no string", `[{"type":1}]`, "must provide a string [json-pointer:/blocks/0/type]"},
		{"unknown field", `[{"type":"divider","text":"x"}]`, "invalid additional property: text [json-pointer:/blocks/0]"},
		{"empty text", `[{"type":"section","text":` + mrkdwn("") + `}]`, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"text announced", `[{"type":"section","text":` + mrkdwn("") + `}]`, "failed to match all allowed schemas [json-pointer:/blocks/0/text]"},
		{"null text", `[{"type":"section","text":null}]`, "must provide an object [json-pointer:/blocks/0/text]"},
		{"empty section", `[{"type":"section"}]`, "must provide at least one of `text` or `fields` [json-pointer:/blocks/0]"},
		{"no fields in fields", `[{"type":"section","fields":[]}]`, "no less than 1 items allowed [json-pointer:/blocks/0/fields]"},
		{"header in markdown", `[{"type":"header","text":` + mrkdwn("h") + `}]`, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"},
		{"text without type", `[{"type":"header","text":{"text":"h"}}]`, "missing required field: type [json-pointer:/blocks/0/text]"},
		{"emoji on mrkdwn", `[{"type":"section","text":{"type":"mrkdwn","text":"s","emoji":true}}]`, "invalid additional property: emoji [json-pointer:/blocks/0/text]"},
		{"verbatim is no boolean", `[{"type":"section","text":{"type":"mrkdwn","text":"s","verbatim":"yes"}}]`, "must provide a boolean [json-pointer:/blocks/0/text/verbatim]"},
		{"twice the same block_id", `[{"type":"divider","block_id":"b"},{"type":"divider","block_id":"b"}]`, "`block_id` \"b\" already exists [json-pointer:/blocks/1/block_id]"},
		{"empty block_id", `[{"type":"divider","block_id":""}]`, "must be more than 0 characters [json-pointer:/blocks/0/block_id]"},
		{"same action_id in two blocks", `[` + actions(`{"type":"button",`+aText+`,"action_id":"a"}`) + `,` + actions(`{"type":"button",`+aText+`,"action_id":"a"}`) + `]`, ""},
		{"no elements", `[{"type":"actions","elements":[]}]`, "no less than 1 items allowed [json-pointer:/blocks/0/elements]"},
		{"actions without elements", `[{"type":"actions"}]`, "missing required field: elements [json-pointer:/blocks/0]"},
		{"a text input among actions", `[` + actions(`{"type":"plain_text_input"}`) + `]`, "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"},
		{"a multi select among actions", `[` + actions(`{"type":"multi_users_select"}`) + `]`, "unsupported type: multi_users_select"},
		{"a button as input", `[` + input(`{"type":"button",`+aText+`}`) + `]`, "unsupported type: button [json-pointer:/blocks/0/element/type]"},
		{"a text input as accessory", `[` + section + `,"accessory":{"type":"plain_text_input"}}]`, "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]"},
		{"an image as accessory", `[` + section + `,"accessory":{"type":"image","image_url":"https://example.com/i","alt_text":"a"}}]`, ""},
		{"an image without alt_text", `[` + section + `,"accessory":{"type":"image","image_url":"https://example.com/i"}}]`, "missing required field: alt_text [json-pointer:/blocks/0/accessory]"},
		{"an image without source", `[{"type":"image","alt_text":"a"}]`, "missing required field: image_url [json-pointer:/blocks/0]"},
		{"an image from a file", `[{"type":"image","alt_text":"a","slack_file":{"id":"F1"}}]`, ""},
		{"an image in context", `[{"type":"context","elements":[{"type":"image","image_url":"https://example.com/i","alt_text":"a"}]}]`, ""},
		{"a button in context", `[{"type":"context","elements":[{"type":"button",` + aText + `}]}]`, "unsupported type: button"},
		{"button without text", `[` + actions(`{"type":"button"}`) + `]`, "missing required field: text [json-pointer:/blocks/0/elements/0]"},
		{"button style", `[` + actions(`{"type":"button",`+aText+`,"style":"blue"}`) + `]`, "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"},
		{"button style null", `[` + actions(`{"type":"button",`+aText+`,"style":null}`) + `]`, "must provide a string [json-pointer:/blocks/0/elements/0/style]"},
		{"button style empty", `[` + actions(`{"type":"button",`+aText+`,"style":""}`) + `]`, "must be a valid enum value"},
		{"select without options", `[` + actions(`{"type":"static_select"}`) + `]`, "missing required field: options [json-pointer:/blocks/0/elements/0]"},
		{"select with both", `[` + actions(`{"type":"static_select","options":[`+opt+`],"option_groups":[{"label":`+plain("g")+`,"options":[`+opt+`]}]}`) + `]`, "must provide only one of"},
		{"select without entries", `[` + actions(`{"type":"static_select","options":[]}`) + `]`, "no less than 1 items allowed"},
		{"initial option not on offer", `[` + actions(`{"type":"static_select","options":[`+opt+`],"initial_option":{"text":`+plain("p")+`,"value":"v"}}`) + `]`, "must be one of the provided options"},
		{"initial option on offer", `[` + actions(`{"type":"static_select","options":[`+opt+`],"initial_option":`+opt+`}`) + `]`, ""},
		{"initial option null", `[` + actions(`{"type":"static_select","options":[`+opt+`],"initial_option":null}`) + `]`, "must provide an object [json-pointer:/blocks/0/elements/0/initial_option]"},
		{"option without value", `[` + actions(`{"type":"static_select","options":[{`+aText+`}]}`) + `]`, "missing required field: value"},
		{"option url outside a menu", `[` + actions(`{"type":"static_select","options":[{`+aText+`,"value":"v","url":"https://example.com"}]}`) + `]`, "invalid additional property: url"},
		{"option url in a menu", `[` + actions(`{"type":"overflow","options":[{`+aText+`,"value":"v","url":"https://example.com"}]}`) + `]`, ""},
		{"markdown option in checkboxes", `[` + actions(`{"type":"checkboxes","options":[{"text":`+mrkdwn("*o*")+`,"value":"v"}]}`) + `]`, ""},
		{"markdown option in a select", `[` + actions(`{"type":"static_select","options":[{"text":`+mrkdwn("*o*")+`,"value":"v"}]}`) + `]`, "unsupported type: mrkdwn"},
		{"min_query_length as a string", `[` + actions(`{"type":"external_select","min_query_length":"0"}`) + `]`, "must provide an integer"},
		{"min_query_length 0", `[` + actions(`{"type":"external_select","min_query_length":0}`) + `]`, ""},
		{"min_query_length negative", `[` + actions(`{"type":"external_select","min_query_length":-1}`) + `]`, "must be greater than -1"},
		{"confirm without deny", `[` + actions(`{"type":"button",`+aText+`,"confirm":{"title":`+plain("t")+`,"text":`+plain("t")+`,"confirm":`+plain("y")+`}}`) + `]`, "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]"},
		{"date", `[` + actions(`{"type":"datepicker","initial_date":"2026-13-01"}`) + `]`, "failed to match format [json-pointer:/blocks/0/elements/0/initial_date]"},
		{"time", `[` + actions(`{"type":"timepicker","initial_time":"7pm"}`) + `]`, "failed to match format"},
		{"datetime", `[` + actions(`{"type":"datetimepicker","initial_date_time":1628633820}`) + `]`, ""},
		{"datetime too short", `[` + actions(`{"type":"datetimepicker","initial_date_time":12}`) + `]`, "must be greater than 999999999"},
		{"two focused", `[` + input(`{"type":"plain_text_input","focus_on_load":true}`) + `,` + input(`{"type":"plain_text_input","focus_on_load":true}`) + `]`, "only one element can have `focus_on_load`"},
		{"number without decimal flag", `[` + input(`{"type":"number_input"}`) + `]`, "missing required field: is_decimal_allowed"},
		{"number with decimal", `[` + input(`{"type":"number_input","is_decimal_allowed":false,"initial_value":"1.5"}`) + `]`, "must be a valid number"},
		{"min over max", `[` + input(`{"type":"plain_text_input","min_length":5,"max_length":4}`) + `]`, "must be less than or equal to `max_length`"},
		{"dispatch config", `[` + input(`{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":["on_hover"]}}`) + `]`, "must be a valid enum value [json-pointer:/blocks/0/element/dispatch_action_config/trigger_actions_on/0]"},
		{"dispatch config right", `[` + input(`{"type":"plain_text_input","dispatch_action_config":{"trigger_actions_on":["on_character_entered","on_enter_pressed"]}}`) + `]`, ""},
		{"filter empty", `[` + actions(`{"type":"conversations_select","filter":{}}`) + `]`, "must provide at least one filter"},
		{"filter kinds", `[` + actions(`{"type":"conversations_select","filter":{"include":["public","secret"]}}`) + `]`, "must be a valid enum value [json-pointer:/blocks/0/elements/0/filter/include/1]"},
		{"filter right", `[` + actions(`{"type":"conversations_select","filter":{"include":["im","private"],"exclude_bot_users":true}}`) + `]`, ""},
		{"input without label", `[{"type":"input","element":{"type":"plain_text_input"}}]`, "missing required field: label"},
		{"max_selected_items 0", `[` + section + `,"accessory":{"type":"multi_users_select","max_selected_items":0}}]`, "must be greater than 0"},
		{"rich text", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a","style":{"bold":true}},{"type":"user","user_id":"U1"}]},{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://example.com"}]}]}]}]`, ""},
		{"rich text inline outside a section", `[{"type":"rich_text","elements":[{"type":"text","text":"a"}]}]`, "unsupported type: text"},
		{"rich text empty", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}]`, "must be more than 0 characters"},
		{"rich text style", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a","style":{"blink":true}}]}]}]`, "invalid additional property: blink"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := messages(blockkit.CheckBlocks(decode(t, tc.blocks), blockkit.Message, "/blocks", blockkit.Rules{}))
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Every element in every block: which may stand where.
func TestElementsInBlocks(t *testing.T) {
	t.Parallel()
	opts := `"options":[{"text":` + plain("o") + `,"value":"v"}]`
	elements := map[string]string{
		"button": `"text":` + plain("b"), "overflow": opts, "checkboxes": opts, "radio_buttons": opts,
		"static_select": opts, "multi_static_select": opts, "number_input": `"is_decimal_allowed":true`,
		"external_select": "", "multi_external_select": "", "users_select": "", "multi_users_select": "",
		"conversations_select": "", "multi_conversations_select": "", "channels_select": "", "multi_channels_select": "",
		"datepicker": "", "timepicker": "", "datetimepicker": "", "plain_text_input": "", "email_text_input": "", "url_text_input": "",
	}
	notIn := map[string]string{
		"section": "datetimepicker plain_text_input email_text_input url_text_input number_input",
		"actions": "plain_text_input email_text_input url_text_input number_input multi_static_select multi_external_select multi_users_select multi_conversations_select multi_channels_select",
		"input":   "button overflow",
	}
	for kind, fields := range elements {
		e := `{"type":"` + kind + `"`
		if fields != "" {
			e += "," + fields
		}
		e += "}"
		for block, raw := range map[string]string{
			"section": `{"type":"section","text":` + plain("s") + `,"accessory":` + e + `}`,
			"actions": actions(e), "input": input(e),
		} {
			got := messages(blockkit.CheckBlocks(decode(t, `[`+raw+`]`), blockkit.Message, "/blocks", blockkit.Rules{}))
			refused := false
			for _, n := range strings.Fields(notIn[block]) {
				refused = refused || n == kind
			}
			if refused != strings.Contains(got, "unsupported type: "+kind) || !refused && got != "" {
				t.Errorf("%s in %s: %q", kind, block, got)
			}
		}
	}
}

func TestViews(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, view, want string }{
		{"modal", `{"type":"modal","title":` + plain("t") + `,"blocks":[]}`, ""},
		{"home", `{"type":"home","blocks":[]}`, ""},
		{"not an object", `[]`, "[ERROR] must provide an object [json-pointer:/view]"},
		{"no type", `{"blocks":[]}`, "[ERROR] missing required field: type [json-pointer:/view]"},
		{"other type", `{"type":"workflow_step","blocks":[]}`, "[ERROR] unsupported type: workflow_step [json-pointer:/view/type]"},
		{"no title", `{"type":"modal","blocks":[]}`, "[ERROR] missing required field: title [json-pointer:/view]"},
		{"no blocks", `{"type":"home"}`, "[ERROR] missing required field: blocks [json-pointer:/view]"},
		{"blocks null", `{"type":"home","blocks":null}`, "[ERROR] must provide an array [json-pointer:/view/blocks]"},
		{"title on home", `{"type":"home","title":` + plain("t") + `,"blocks":[]}`, "[ERROR] invalid additional property: title [json-pointer:/view]"},
		{"title in markdown", `{"type":"modal","title":` + mrkdwn("t") + `,"blocks":[]}`, "unsupported type: mrkdwn [json-pointer:/view/title/type]"},
		{"empty title", `{"type":"modal","title":` + plain("") + `,"blocks":[]}`, "must be more than 0 characters [json-pointer:/view/title/text]"},
		{"submit null", `{"type":"modal","title":` + plain("t") + `,"submit":null,"blocks":[]}`, "must provide an object [json-pointer:/view/submit]"},
		{"unknown field", `{"type":"modal","title":` + plain("t") + `,"blocks":[],"colour":1}`, "invalid additional property: colour [json-pointer:/view]"},
		{"clear_on_close", `{"type":"modal","title":` + plain("t") + `,"blocks":[],"clear_on_close":"yes"}`, "must provide a boolean [json-pointer:/view/clear_on_close]"},
		{"input without submit", `{"type":"modal","title":` + plain("t") + `,"blocks":[{"type":"divider"},` + input(`{"type":"plain_text_input"}`) + `]}`, "[ERROR] must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]"},
		{"input with submit", `{"type":"modal","title":` + plain("t") + `,"submit":` + plain("s") + `,"blocks":[` + input(`{"type":"plain_text_input"}`) + `]}`, ""},
		{"input on home", `{"type":"home","blocks":[` + input(`{"type":"plain_text_input"}`) + `]}`, ""},
		{"a broken block", `{"type":"home","blocks":[{"type":"x"}]}`, "[ERROR] failed to match all allowed schemas [json-pointer:/view]; [ERROR] unsupported type: x [json-pointer:/view/blocks/0/type]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := messages(blockkit.CheckView(decode(t, tc.view), "/view", blockkit.Rules{}))
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	group := func(n int) string { return `{"label":` + plain("g") + `,"options":[` + many(n, anOption) + `]}` }
	for _, tc := range []struct{ name, answer, want string }{
		{"empty object", `{}`, "exactly one of"},
		{"null", `null`, "must provide an object"},
		{"null list", `{"options":null}`, "must provide an array [json-pointer:/options]"},
		{"empty list", `{"options":[]}`, ""},
		{"both", `{"options":[],"option_groups":[]}`, "exactly one of"},
		{"unknown field", `{"options":[],"more":true}`, "invalid additional property: more"},
		{"100", `{"options":[` + many(100, anOption) + `]}`, ""},
		{"101", `{"options":[` + many(101, anOption) + `]}`, "no more than 100 items allowed [json-pointer:/options]"},
		{"100 groups", `{"option_groups":[` + many(100, group(1)) + `]}`, ""},
		{"101 groups", `{"option_groups":[` + many(101, group(1)) + `]}`, "no more than 100 items allowed [json-pointer:/option_groups]"},
		{"101 in a group", `{"option_groups":[` + group(101) + `]}`, "no more than 100 items allowed [json-pointer:/option_groups/0/options]"},
		{"text 76", `{"options":[{"text":` + plain(x(76)) + `,"value":"v"}]}`, "must be less than 76 characters [json-pointer:/options/0/text/text]"},
		{"description 76", `{"options":[{"text":` + plain("t") + `,"value":"v","description":` + plain(x(76)) + `}]}`, "must be less than 76 characters"},
		{"value 151", `{"options":[{"text":` + plain("t") + `,"value":"` + x(151) + `"}]}`, "must be less than 151 characters"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := messages(blockkit.CheckOptions(decode(t, tc.answer)))
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	blocks := blockkit.Blocks(decode(t, `[{"type":"section","text":`+plain("seven..")+`,"accessory":{"type":"button",`+aText+`}},
		{"type":"divider","block_id":"d"},`+input(`{"type":"plain_text_input","action_id":"a"}`)+`]`))
	if got, want := blockkit.Chars(blocks), len("seven..")+1+1; got != want {
		t.Errorf("Chars = %d, want %d", got, want)
	}
	original := blockkit.Clone(blocks)
	n := 0
	blockkit.Fill(blocks, func() string { n++; return strings.Repeat("n", n) })
	found := blockkit.Elements(blocks)
	if len(found) != 2 || found[0].BlockID != "n" || found[0].ActionID != "nnn" || found[1].ActionID != "a" || !found[1].Input || blocks[1]["block_id"] != "d" {
		t.Errorf("elements: %+v", found)
	}
	if _, ok := blockkit.Find(blocks, "nn", "a"); !ok {
		t.Error("the input is not found by its ids")
	}
	if diff := cmp.Diff(original, blocks); diff == "" {
		t.Error("Clone shares with its original")
	}
	if _, err := blockkit.Decode([]byte(`{} {}`)); err == nil {
		t.Error("two values are read as one")
	}
}
