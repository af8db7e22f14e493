package blockkit

import "slices"

// CheckView judges a decoded value that should be a view. Pointers begin with base ("/view").
func CheckView(v any, base string, rules Rules) []Problem {
	c := &checker{rules: rules, blockIDs: map[string]bool{}}
	m, ok := v.(object)
	if !ok {
		c.add(base, "invalid_type", "must provide an object", object{"type": "object"})
		return c.problems
	}
	switch m["type"] {
	case "modal":
		c.surface = Modal
	case "home":
		c.surface = Home
	default:
		if _, there := m["type"]; there {
			c.unsupported(base, m["type"], "modal", "home")
		} else {
			c.fields(base, object{}, "type!")
		}
		return c.problems
	}
	c.nested(base, func() { c.view(base, m) })
	if _, submit := m["submit"]; c.surface == Modal && !submit {
		for _, pointer := range c.inputs {
			c.fail(pointer+"/input", "must define `submit` to use an `input` block in modals")
		}
	}
	return c.problems
}

func (c *checker) view(base string, m object) {
	fields := []string{"type!", "blocks!", "private_metadata", "callback_id", "external_id"}
	if c.surface == Modal {
		fields = append(fields, "title!", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")
		c.plain(base, m, "title", 24)
		c.plain(base, m, "submit", 24)
		c.plain(base, m, "close", 24)
		c.flag(base, m, "clear_on_close", "notify_on_close", "submit_disabled")
	}
	c.fields(base, m, fields...)
	c.str(base, m, "private_metadata", 0, 3000)
	c.str(base, m, "callback_id", 0, 255)
	c.str(base, m, "external_id", 0, 255)
	if blocks, there := m["blocks"]; there {
		c.blocks(base+"/blocks", blocks)
	}
}

// CheckOptions judges an app's answer to a block_suggestion: options or option_groups, exactly one of them, of
// at most 100 entries. An empty object is invalid, an empty list is not.
func CheckOptions(v any) []Problem {
	c := &checker{}
	m, ok := c.object("", v, "options", "option_groups")
	if !ok {
		return c.problems
	}
	_, flat := m["options"]
	_, grouped := m["option_groups"]
	if flat == grouped {
		c.fail("", "must provide exactly one of `options` or `option_groups`")
		return c.problems
	}
	c.options("", m, "options", 0, 100, optionKind{})
	for i, g := range c.list("", m, "option_groups", 0, 100) {
		at := child("", "option_groups", i)
		if o, ok := c.object(at, g, "label!", "options!"); ok {
			c.plain(at, o, "label", 75)
			c.options(at, o, "options", 0, 100, optionKind{})
		}
	}
	return c.problems
}

// Messages renders problems as Slack's response_metadata.messages, without repetition.
func Messages(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		if s := "[ERROR] " + p.String(); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Causes leaves out what only introduces other problems, as blocks.validate does.
func Causes(problems []Problem) []Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p Problem) bool { return p.Message == noSchema })
}
