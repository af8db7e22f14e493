package blockkit_test

import (
	"fmt"
	"strings"
	"testing"

	"stint/sandbox/slacksim/blockkit"
)

func decode(t *testing.T, raw string) any {
	t.Helper()
	v, err := blockkit.Decode([]byte(raw))
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

func messages(problems []blockkit.Problem) string {
	return strings.Join(blockkit.Messages(problems), "; ")
}

func plain(text string) string { return `{"type":"plain_text","text":"` + text + `"}` }

func mrkdwn(text string) string { return `{"type":"mrkdwn","text":"` + text + `"}` }

// x is n characters of three bytes each: limits count characters.
func x(n int) string { return strings.Repeat("€", n) }

// many joins n copies of an object whose %d are their index.
func many(n int, item string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(item, "%d", fmt.Sprint(i))
	}
	return strings.Join(items, ",")
}

const (
	aText    = `"text":{"type":"plain_text","text":"t"}`
	anOption = `{"text":{"type":"plain_text","text":"o%d"},"value":"v%d"}`
)

func actions(element string) string { return `{"type":"actions","elements":[` + element + `]}` }

func input(element string) string {
	return `{"type":"input","label":` + plain("l") + `,"element":` + element + `}`
}

// Every length and count at its limit passes, and one over it is refused in Slack's words and at its place.
func TestLimits(t *testing.T) {
	t.Parallel()
	chars := "must be less than %d characters"
	items := "no more than %d items allowed"
	cases := []struct {
		name    string
		most    int
		block   func(n int) string
		pointer string
		message string
	}{
		{"section text", 3000, func(n int) string { return `{"type":"section","text":` + mrkdwn(x(n)) + `}` }, "/blocks/0/text/text", chars},
		{"section plain text", 3000, func(n int) string { return `{"type":"section","text":` + plain(x(n)) + `}` }, "/blocks/0/text/text", chars},
		{"section fields", 10, func(n int) string { return `{"type":"section","fields":[` + many(n, mrkdwn("f")) + `]}` }, "/blocks/0/fields", items},
		{"section field", 2000, func(n int) string { return `{"type":"section","fields":[` + mrkdwn(x(n)) + `]}` }, "/blocks/0/fields/0/text", chars},
		{"header", 150, func(n int) string { return `{"type":"header","text":` + plain(x(n)) + `}` }, "/blocks/0/text/text", chars},
		{"block_id", 255, func(n int) string { return `{"type":"divider","block_id":"` + x(n) + `"}` }, "/blocks/0/block_id", chars},
		{"context elements", 10, func(n int) string { return `{"type":"context","elements":[` + many(n, mrkdwn("c")) + `]}` }, "/blocks/0/elements", items},
		{"image alt text", 2000, func(n int) string {
			return `{"type":"image","image_url":"https://example.com/i.png","alt_text":"` + x(n) + `"}`
		}, "/blocks/0/alt_text", chars},
		{"image url", 3000, func(n int) string { return `{"type":"image","image_url":"` + x(n) + `","alt_text":"a"}` }, "/blocks/0/image_url", chars},
		{"image title", 2000, func(n int) string {
			return `{"type":"image","image_url":"https://example.com/i.png","alt_text":"a","title":` + plain(x(n)) + `}`
		}, "/blocks/0/title/text", chars},
		{"actions elements", 25, func(n int) string { return actions(many(n, `{"type":"button",`+aText+`,"action_id":"a%d"}`)) }, "/blocks/0/elements", items},
		{"action_id", 255, func(n int) string { return actions(`{"type":"button",` + aText + `,"action_id":"` + x(n) + `"}`) }, "/blocks/0/elements/0/action_id", chars},
		{"button text", 75, func(n int) string { return actions(`{"type":"button","text":` + plain(x(n)) + `}`) }, "/blocks/0/elements/0/text/text", chars},
		{"button value", 2000, func(n int) string { return actions(`{"type":"button",` + aText + `,"value":"` + x(n) + `"}`) }, "/blocks/0/elements/0/value", chars},
		{"button url", 3000, func(n int) string { return actions(`{"type":"button",` + aText + `,"url":"` + x(n) + `"}`) }, "/blocks/0/elements/0/url", chars},
		{"accessibility label", 75, func(n int) string {
			return actions(`{"type":"button",` + aText + `,"accessibility_label":"` + x(n) + `"}`)
		}, "/blocks/0/elements/0/accessibility_label", chars},
		{"confirm title", 100, func(n int) string { return confirm(plain(x(n)), plain("t"), plain("y"), plain("n")) }, "/blocks/0/elements/0/confirm/title/text", chars},
		{"confirm text", 300, func(n int) string { return confirm(plain("t"), mrkdwn(x(n)), plain("y"), plain("n")) }, "/blocks/0/elements/0/confirm/text/text", chars},
		{"confirm yes", 30, func(n int) string { return confirm(plain("t"), plain("t"), plain(x(n)), plain("n")) }, "/blocks/0/elements/0/confirm/confirm/text", chars},
		{"confirm no", 30, func(n int) string { return confirm(plain("t"), plain("t"), plain("y"), plain(x(n))) }, "/blocks/0/elements/0/confirm/deny/text", chars},
		{"select options", 100, func(n int) string { return actions(`{"type":"static_select","options":[` + many(n, anOption) + `]}`) }, "/blocks/0/elements/0/options", items},
		{"select groups", 100, func(n int) string {
			return actions(`{"type":"static_select","option_groups":[` + many(n, `{"label":`+plain("g")+`,"options":[`+anOption+`]}`) + `]}`)
		}, "/blocks/0/elements/0/option_groups", items},
		{"options of a group", 100, func(n int) string {
			return actions(`{"type":"static_select","option_groups":[{"label":` + plain("g") + `,"options":[` + many(n, anOption) + `]}]}`)
		}, "/blocks/0/elements/0/option_groups/0/options", items},
		{"group label", 75, func(n int) string {
			return actions(`{"type":"static_select","option_groups":[{"label":` + plain(x(n)) + `,"options":[` + anOption + `]}]}`)
		}, "/blocks/0/elements/0/option_groups/0/label/text", chars},
		{"option text", 75, func(n int) string {
			return actions(`{"type":"static_select","options":[{"text":` + plain(x(n)) + `,"value":"v"}]}`)
		}, "/blocks/0/elements/0/options/0/text/text", chars},
		{"option value", 150, func(n int) string {
			return actions(`{"type":"static_select","options":[{` + aText + `,"value":"` + x(n) + `"}]}`)
		}, "/blocks/0/elements/0/options/0/value", chars},
		{"option description", 75, func(n int) string {
			return actions(`{"type":"static_select","options":[{` + aText + `,"value":"v","description":` + plain(x(n)) + `}]}`)
		}, "/blocks/0/elements/0/options/0/description/text", chars},
		{"placeholder", 150, func(n int) string { return actions(`{"type":"users_select","placeholder":` + plain(x(n)) + `}`) }, "/blocks/0/elements/0/placeholder/text", chars},
		{"overflow options", 5, func(n int) string { return actions(`{"type":"overflow","options":[` + many(n, anOption) + `]}`) }, "/blocks/0/elements/0/options", items},
		{"checkboxes", 10, func(n int) string { return actions(`{"type":"checkboxes","options":[` + many(n, anOption) + `]}`) }, "/blocks/0/elements/0/options", items},
		{"radio buttons", 10, func(n int) string { return actions(`{"type":"radio_buttons","options":[` + many(n, anOption) + `]}`) }, "/blocks/0/elements/0/options", items},
		{"label", 2000, func(n int) string {
			return `{"type":"input","label":` + plain(x(n)) + `,"element":{"type":"plain_text_input"}}`
		}, "/blocks/0/label/text", chars},
		{"hint", 2000, func(n int) string {
			return `{"type":"input","label":` + plain("l") + `,"hint":` + plain(x(n)) + `,"element":{"type":"plain_text_input"}}`
		}, "/blocks/0/hint/text", chars},
		{"initial text", 3000, func(n int) string { return input(`{"type":"plain_text_input","initial_value":"` + x(n) + `"}`) }, "/blocks/0/element/initial_value", chars},
		{"initial text under max_length", 7, func(n int) string {
			return input(`{"type":"plain_text_input","max_length":7,"initial_value":"` + x(n) + `"}`)
		}, "/blocks/0/element/initial_value", chars},
		{"max_length", 3000, func(n int) string { return input(fmt.Sprintf(`{"type":"plain_text_input","max_length":%d}`, n)) }, "/blocks/0/element/max_length", "must be less than %d"},
		{"min_length", 3000, func(n int) string { return input(fmt.Sprintf(`{"type":"plain_text_input","min_length":%d}`, n)) }, "/blocks/0/element/min_length", "must be less than %d"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{1, tc.most - 1, tc.most} {
				if got := messages(blockkit.CheckBlocks(decode(t, `[`+tc.block(n)+`]`), blockkit.Message, "/blocks", blockkit.Rules{})); got != "" {
					t.Errorf("%d of %d is refused: %s", n, tc.most, got)
				}
			}
			got := messages(blockkit.CheckBlocks(decode(t, `[`+tc.block(tc.most+1)+`]`), blockkit.Message, "/blocks", blockkit.Rules{}))
			bound := tc.most
			if strings.Contains(tc.message, "less than") {
				bound++
			}
			want := "[ERROR] " + fmt.Sprintf(tc.message, bound) + " [json-pointer:" + tc.pointer + "]"
			if !strings.Contains(got, want) {
				t.Errorf("one over: got %q, want %q", got, want)
			}
		})
	}
}

func confirm(title, text, yes, no string) string {
	return actions(`{"type":"button",` + aText + `,"confirm":{"title":` + title + `,"text":` + text + `,"confirm":` + yes + `,"deny":` + no + `}}`)
}

// The limits of a view, and the number of blocks on each surface.
func TestViewLimits(t *testing.T) {
	t.Parallel()
	modal := func(fields string) string {
		return `{"type":"modal","title":` + plain("t") + `,"blocks":[]` + fields + `}`
	}
	for _, tc := range []struct {
		name, pointer string
		most          int
		view          func(n int) string
	}{
		{"title", "/view/title/text", 24, func(n int) string { return `{"type":"modal","blocks":[],"title":` + plain(x(n)) + `}` }},
		{"submit", "/view/submit/text", 24, func(n int) string { return modal(`,"submit":` + plain(x(n))) }},
		{"close", "/view/close/text", 24, func(n int) string { return modal(`,"close":` + plain(x(n))) }},
		{"private_metadata", "/view/private_metadata", 3000, func(n int) string { return modal(`,"private_metadata":"` + x(n) + `"`) }},
		{"callback_id", "/view/callback_id", 255, func(n int) string { return modal(`,"callback_id":"` + x(n) + `"`) }},
		{"external_id", "/view/external_id", 255, func(n int) string { return modal(`,"external_id":"` + x(n) + `"`) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{1, tc.most - 1, tc.most} {
				if got := messages(blockkit.CheckView(decode(t, tc.view(n)), "/view", blockkit.Rules{})); got != "" {
					t.Errorf("%d of %d is refused: %s", n, tc.most, got)
				}
			}
			got := messages(blockkit.CheckView(decode(t, tc.view(tc.most+1)), "/view", blockkit.Rules{}))
			want := fmt.Sprintf("[ERROR] failed to match all allowed schemas [json-pointer:/view]; [ERROR] must be less than %d characters [json-pointer:%s]", tc.most+1, tc.pointer)
			if got != want {
				t.Errorf("one over: got %q, want %q", got, want)
			}
		})
	}
	for surface, most := range map[blockkit.Surface]int{blockkit.Message: 50, blockkit.Modal: 100, blockkit.Home: 100} {
		check := func(n int) string {
			blocks := `[` + many(n, `{"type":"divider"}`) + `]`
			if surface == blockkit.Message {
				return messages(blockkit.CheckBlocks(decode(t, blocks), surface, "/blocks", blockkit.Rules{}))
			}
			view := `{"type":"` + string(surface) + `","blocks":` + blocks
			if surface == blockkit.Modal {
				view += `,"title":` + plain("t")
			}
			return messages(blockkit.CheckView(decode(t, view+"}"), "/view", blockkit.Rules{}))
		}
		if got := check(most); got != "" {
			t.Errorf("%s: %d blocks: %s", surface, most, got)
		}
		if got := check(most + 1); !strings.Contains(got, fmt.Sprintf("no more than %d items allowed", most)) {
			t.Errorf("%s: %d blocks: %s", surface, most+1, got)
		}
	}
}

func TestRulesCanBeRelaxed(t *testing.T) {
	t.Parallel()
	long := decode(t, `[`+actions(`{"type":"users_select","placeholder":`+plain(x(151))+`}`)+`]`)
	if got := messages(blockkit.CheckBlocks(long, blockkit.Message, "/blocks", blockkit.Rules{LongPlaceholders: true})); got != "" {
		t.Errorf("a long placeholder: %s", got)
	}
	twice := decode(t, `[`+actions(`{"type":"button",`+aText+`,"action_id":"a"},{"type":"button",`+aText+`,"action_id":"a"}`)+`]`)
	if got := messages(blockkit.CheckBlocks(twice, blockkit.Message, "/blocks", blockkit.Rules{RepeatedActions: true})); got != "" {
		t.Errorf("a repeated action_id: %s", got)
	}
	want := "[ERROR] `action_id` \"a\" already exists [json-pointer:/blocks/0/elements/1/action_id]"
	if got := messages(blockkit.CheckBlocks(twice, blockkit.Message, "/blocks", blockkit.Rules{})); got != want {
		t.Errorf("a repeated action_id: %s", got)
	}
}
