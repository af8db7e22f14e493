package blockkit_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stint/sandbox/slacksim/blockkit"
)

// anything draws JSON made of the words of Block Kit, so that it often comes close to being valid.
func anything(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 7
		if depth == 0 {
			kinds = 5
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return rapid.SampledFrom([]string{
				"", "x", "plain_text", "mrkdwn", "section", "actions", "input", "context", "image", "rich_text", "button",
				"static_select", "external_select", "checkboxes", "overflow", "plain_text_input", "number_input", "modal", "home",
				"rich_text_section", "rich_text_list", "text", "date", "2026-03-04", strings.Repeat("x", 3001),
			}).Draw(t, "string")
		case 1:
			return json.Number(strconv.Itoa(rapid.IntRange(-2, 4000).Draw(t, "number")))
		case 2:
			return rapid.Bool().Draw(t, "bool")
		case 3, 4:
			return nil
		case 5:
			return rapid.SliceOfN(anything(depth-1), 0, 4).Draw(t, "list")
		}
		m := map[string]any{"type": rapid.SampledFrom([]any{
			"plain_text", "section", "actions", "input", "context", "rich_text", "button", "static_select", "checkboxes",
			"conversations_select", "plain_text_input", "number_input", "datepicker", "modal", "rich_text_section", nil, json.Number("1"),
		}).Draw(t, "type")}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{
			"text", "elements", "element", "accessory", "blocks", "options", "option_groups", "label", "block_id", "action_id",
			"confirm", "filter", "initial_option", "initial_options", "fields", "title", "submit", "dispatch_action_config",
			"style", "value", "placeholder", "min_length", "max_length", "alt_text", "image_url", "slack_file", "focus_on_load",
		}), 0, 6).Draw(t, "names") {
			m[name] = anything(depth-1).Draw(t, name)
		}
		return m
	})
}

// Whatever it is given, the checker answers, and every problem names a place that is there.
func TestProblemsPointAtSomething(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anything(4).Draw(t, "v")
		for _, p := range blockkit.CheckBlocks(v, blockkit.Message, "", blockkit.Rules{}) {
			resolve(t, v, p)
		}
		for _, p := range blockkit.CheckView(v, "", blockkit.Rules{}) {
			resolve(t, v, p)
		}
		for _, p := range blockkit.CheckOptions(v) {
			resolve(t, v, p)
		}
	})
}

// What passes is safe to walk, fill and count.
func TestWhatPassesCanBeWalked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOfN(anything(4), 0, 3).Draw(t, "v")
		if len(blockkit.CheckBlocks(v, blockkit.Message, "", blockkit.Rules{})) > 0 {
			return
		}
		blocks := blockkit.Blocks(v)
		if len(blocks) != len(v) {
			t.Fatalf("%d of %d blocks", len(blocks), len(v))
		}
		n := 0
		blockkit.Fill(blocks, func() string { n++; return "made-" + strconv.Itoa(n) })
		for _, f := range blockkit.Elements(blocks) {
			if f.BlockID == "" || f.ActionID == "" || f.Type == "" {
				t.Fatalf("without ids: %+v", f)
			}
		}
		_ = blockkit.Chars(blocks)
	})
}

func resolve(t *rapid.T, v any, p blockkit.Problem) {
	if p.Pointer == "" {
		return
	}
	parts := strings.Split(strings.TrimPrefix(p.Pointer, "/"), "/")
	for i, part := range parts {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[part]
			// The one pointer of Slack's that leads nowhere: /view/blocks/N/input.
			if !ok && i == len(parts)-1 && part == "input" {
				return
			}
			if !ok {
				t.Fatalf("%s: no %q", p, part)
			}
			v = next
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(x) {
				t.Fatalf("%s: no item %q", p, part)
			}
			v = x[n]
		default:
			t.Fatalf("%s: nothing below %q", p, part)
		}
	}
}
