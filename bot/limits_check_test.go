package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"stint/sandbox/slacksim/blockkit"
)

// checkLimits judges what is sent against Slack's limits, by a table of its own: the
// simulator's checker is asked as well, so that one mistake in both is needed to let a bad
// message pass.
func checkLimits(t *testing.T, sent any) {
	t.Helper()
	for _, p := range limitsOf(t, sent) {
		t.Error(p)
	}
}

// limitsOf lists what Slack would refuse.
func limitsOf(t *testing.T, sent any) []string {
	t.Helper()
	raw, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	v, err := blockkit.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("sent is %T", v)
	}
	c := &limitChecker{ids: map[string]string{}}
	switch {
	case m["type"] == "modal", m["type"] == "home":
		c.view(m)
		for _, p := range blockkit.CheckView(v, "/view", blockkit.Rules{}) {
			c.fail("the simulator says: %s", p)
		}
		if len(raw) > 250_000 {
			c.fail("a view of %d bytes", len(raw))
		}
	case m["options"] != nil:
		for _, p := range blockkit.CheckOptions(v) {
			c.fail("the simulator says: %s", p)
		}
		c.walk("", v)
		c.atMost("/options", len(m["options"].([]any)), 100)
		if len(raw) > 20<<10-200 {
			c.fail("an answer of %d bytes", len(raw))
		}
	default:
		c.chars("/text", m["text"], 1, 4000)
		c.blocks("/blocks", m["blocks"], 50)
		c.walk("", v)
		for _, p := range blockkit.CheckBlocks(m["blocks"], blockkit.Message, "/blocks", blockkit.Rules{}) {
			c.fail("the simulator says: %s", p)
		}
		if n := blockkit.Chars(blockkit.Blocks(m["blocks"])); n > 13_000 {
			c.fail("a message of %d characters", n)
		}
	}
	return c.problems
}

type limitChecker struct {
	problems []string
	ids      map[string]string
}

func (c *limitChecker) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *limitChecker) atMost(path string, n, limit int) {
	if n > limit {
		c.fail("%s: %d, at most %d", path, n, limit)
	}
}

// chars checks a string or a text object.
func (c *limitChecker) chars(path string, v any, least, most int) {
	if o, ok := v.(map[string]any); ok {
		v = o["text"]
	}
	s, _ := v.(string)
	if n := utf8.RuneCountInString(s); n < least || n > most {
		c.fail("%s: %d characters, %d to %d are allowed", path, n, least, most)
	}
}

func (c *limitChecker) optional(path string, m map[string]any, key string, most int) {
	if v, ok := m[key]; ok {
		c.chars(path+"/"+key, v, 0, most)
	}
}

func (c *limitChecker) view(m map[string]any) {
	for _, key := range []string{"title", "submit", "close"} {
		c.optional("", m, key, 24)
	}
	c.optional("", m, "private_metadata", 3000)
	c.optional("", m, "callback_id", 255)
	c.blocks("/blocks", m["blocks"], 100)
	c.walk("", m)
}

func (c *limitChecker) blocks(path string, v any, most int) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		c.fail("%s: no blocks", path)
	}
	c.atMost(path, len(list), most)
	for i, b := range list {
		m, _ := b.(map[string]any)
		if id, ok := m["block_id"].(string); ok {
			if at, twice := c.ids[id]; twice {
				c.fail("%s/%d: block_id %q is at %s already", path, i, id, at)
			}
			c.ids[id] = fmt.Sprint(i)
		}
	}
}

// walk checks every object by its type, wherever it stands.
func (c *limitChecker) walk(path string, v any) {
	switch v := v.(type) {
	case []any:
		for i, x := range v {
			c.walk(fmt.Sprintf("%s/%d", path, i), x)
		}
	case string:
		if strings.ContainsAny(v, "\u202a\u202b\u202d\u202e\u2066\u2067\u200b\u200e\u200f\u061c\x00") {
			c.fail("%s: an invisible control character", path)
		}
	case map[string]any:
		c.object(path, v)
		for k, x := range v {
			c.walk(path+"/"+k, x)
		}
	}
}

func (c *limitChecker) object(path string, m map[string]any) {
	c.optional(path, m, "block_id", 255)
	c.optional(path, m, "action_id", 255)
	switch m["type"] {
	case "plain_text":
		c.chars(path, m, 1, 3000)
	case "mrkdwn":
		c.chars(path, m, 1, 3000)
		s, _ := m["text"].(string)
		if m["verbatim"] != true {
			c.fail("%s: Slack may guess at links and names", path)
		}
		if strings.Count(s, "<") != strings.Count(s, ">") {
			c.fail("%s: a link is cut: %q", path, s)
		}
		for _, evil := range []string{"<!channel", "<!here", "<@UHOSTILE", "<https://evil"} {
			if strings.Contains(s, evil) {
				c.fail("%s: typed markup came through: %q", path, s)
			}
		}
	case "header":
		c.chars(path, m["text"], 1, 150)
	case "section":
		fields, _ := m["fields"].([]any)
		c.atMost(path+"/fields", len(fields), 10)
		for i, f := range fields {
			c.chars(fmt.Sprintf("%s/fields/%d", path, i), f, 1, 2000)
		}
	case "context":
		c.atMost(path+"/elements", len(m["elements"].([]any)), 10)
	case "actions":
		list, _ := m["elements"].([]any)
		c.atMost(path+"/elements", len(list), 25)
		seen := map[any]bool{}
		for _, e := range list {
			id := e.(map[string]any)["action_id"]
			if seen[id] {
				c.fail("%s: action_id %v twice", path, id)
			}
			seen[id] = true
		}
		if len(list) == 0 {
			c.fail("%s: no elements", path)
		}
	case "button":
		c.chars(path+"/text", m["text"], 1, 75)
		c.optional(path, m, "value", 2000)
		c.optional(path, m, "url", 3000)
		c.chars(path+"/accessibility_label", m["accessibility_label"], 1, 75)
	case "overflow", "radio_buttons", "checkboxes":
		options, _ := m["options"].([]any)
		most := 10
		if m["type"] == "overflow" {
			most = 5
		}
		c.atMost(path+"/options", len(options), most)
		if len(options) == 0 {
			c.fail("%s: no options", path)
		}
	case "static_select", "external_select", "multi_static_select", "multi_external_select":
		c.optional(path, m, "placeholder", 150)
		options, _ := m["options"].([]any)
		c.atMost(path+"/options", len(options), 100)
		chosen, _ := m["initial_options"].([]any)
		c.atMost(path+"/initial_options", len(chosen), 100)
		seen := map[any]bool{}
		for _, o := range chosen {
			value := o.(map[string]any)["value"]
			if seen[value] {
				c.fail("%s: %v is chosen twice", path, value)
			}
			seen[value] = true
		}
	case "plain_text_input":
		c.optional(path, m, "placeholder", 150)
		c.optional(path, m, "initial_value", 3000)
	case "input":
		c.chars(path+"/label", m["label"], 1, 2000)
		c.optional(path, m, "hint", 2000)
	}
	if _, isConfirm := m["confirm"].(map[string]any); isConfirm && m["title"] != nil {
		c.chars(path+"/title", m["title"], 1, 100)
		c.chars(path+"/text", m["text"], 1, 300)
		c.chars(path+"/confirm", m["confirm"], 1, 30)
		c.optional(path, m, "deny", 30)
	}
	if _, isOption := m["value"].(string); isOption && m["type"] == nil {
		c.chars(path+"/text", m["text"], 1, 75)
		c.chars(path+"/value", m["value"], 1, 150)
		c.optional(path, m, "description", 75)
	}
}
