package blockkit

import (
	"reflect"
	"strconv"
)

// textAt checks a text field that may be absent, of the type named or, with "", of either.
func (c *checker) textAt(pointer string, m object, name, kind string, most int) {
	v, there := m[name]
	if !there {
		return
	}
	c.text(pointer+"/"+name, v, kind, most)
}

func (c *checker) plain(pointer string, m object, name string, most int) {
	c.textAt(pointer, m, name, "plain_text", most)
}

func (c *checker) text(pointer string, v any, kind string, most int) {
	check := func() {
		m, ok := v.(object)
		if !ok {
			c.add(pointer, "invalid_type", "must provide an object", object{"type": "object"})
			return
		}
		allowed := []string{"plain_text", "mrkdwn"}
		if kind != "" {
			allowed = []string{kind}
		}
		got, there := m["type"]
		switch {
		case there && got == allowed[0], there && got == allowed[len(allowed)-1]:
		case there:
			c.unsupported(pointer, got, allowed...)
			return
		}
		if got == "plain_text" {
			c.fields(pointer, m, "type!", "text!", "emoji")
		} else {
			c.fields(pointer, m, "type!", "text!", "verbatim")
		}
		c.str(pointer, m, "text", 1, most)
		c.flag(pointer, m, "emoji", "verbatim")
	}
	if kind == "" {
		c.nested(pointer, check)
	} else {
		check()
	}
}

func (c *checker) placeholder(pointer string, m object) {
	most := 150
	if c.rules.LongPlaceholders {
		most = 2000
	}
	c.plain(pointer, m, "placeholder", most)
}

func (c *checker) confirm(pointer string, m object) {
	v, there := m["confirm"]
	if !there {
		return
	}
	pointer += "/confirm"
	o, ok := c.object(pointer, v, "title!", "text!", "confirm!", "deny!", "style")
	if !ok {
		return
	}
	c.plain(pointer, o, "title", 100)
	c.textAt(pointer, o, "text", "", 300)
	c.plain(pointer, o, "confirm", 30)
	c.plain(pointer, o, "deny", 30)
	c.enum(pointer, o, "style", "primary", "danger")
}

// optionKind is what an option may hold besides text and value.
type optionKind struct {
	markdown bool // text and description may be mrkdwn
	url      bool
}

func (c *checker) option(pointer string, v any, kind optionKind) {
	fields := []string{"text!", "value!", "description"}
	if kind.url {
		fields = append(fields, "url")
	}
	m, ok := c.object(pointer, v, fields...)
	if !ok {
		return
	}
	text := "plain_text"
	if kind.markdown {
		text = ""
	}
	c.textAt(pointer, m, "text", text, 75)
	c.textAt(pointer, m, "description", text, 75)
	c.str(pointer, m, "value", 1, 150)
	c.str(pointer, m, "url", 1, 3000)
}

func (c *checker) options(pointer string, m object, name string, least, most int, kind optionKind) []any {
	items := c.list(pointer, m, name, least, most)
	for i, v := range items {
		c.option(child(pointer, name, i), v, kind)
	}
	return items
}

// choices checks options or option_groups, exactly one of which must be there, and returns all options.
func (c *checker) choices(pointer string, m object) []any {
	_, flat := m["options"]
	_, grouped := m["option_groups"]
	switch {
	case flat && grouped:
		c.fail(pointer, "must provide only one of `options` or `option_groups`")
	case !flat && !grouped:
		c.add(pointer, "missing_field", "missing required field: options", object{"type": "required", "expected": "options"})
	}
	all := c.options(pointer, m, "options", 1, 100, optionKind{})
	for i, v := range c.list(pointer, m, "option_groups", 1, 100) {
		at := child(pointer, "option_groups", i)
		g, ok := c.object(at, v, "label!", "options!")
		if !ok {
			continue
		}
		c.plain(at, g, "label", 75)
		all = append(all, c.options(at, g, "options", 1, 100, optionKind{})...)
	}
	return all
}

// initial checks that an initial option is one of those on offer, in every field.
func (c *checker) initial(pointer string, m object, name string, offered []any, kind optionKind) {
	v, there := m[name]
	if !there {
		return
	}
	pointer += "/" + name
	at := len(c.problems)
	c.option(pointer, v, kind)
	if len(c.problems) == at && offered != nil && !among(v, offered) {
		c.fail(pointer, "must be one of the provided options")
	}
}

func (c *checker) initials(pointer string, m object, name string, offered []any, kind optionKind) {
	for i, v := range c.list(pointer, m, name, 1, 100) {
		at := len(c.problems)
		where := child(pointer, name, i)
		c.option(where, v, kind)
		if len(c.problems) == at && offered != nil && !among(v, offered) {
			c.fail(where, "must be one of the provided options")
		}
	}
}

func among(v any, offered []any) bool {
	want := bare(v)
	for _, o := range offered {
		if reflect.DeepEqual(want, bare(o)) {
			return true
		}
	}
	return false
}

// bare strips an option of what does not tell it from another: emoji and verbatim flags.
func bare(v any) any {
	m, ok := v.(object)
	if !ok {
		return v
	}
	out := object{}
	for k, x := range m {
		if k != "emoji" && k != "verbatim" {
			out[k] = bare(x)
		}
	}
	return out
}

func (c *checker) filter(pointer string, m object) {
	v, there := m["filter"]
	if !there {
		return
	}
	pointer += "/filter"
	f, ok := c.object(pointer, v, "include", "exclude_external_shared_channels", "exclude_bot_users")
	if !ok {
		return
	}
	if len(f) == 0 {
		c.fail(pointer, "must provide at least one filter")
	}
	for i, kind := range c.strings(pointer, f, "include", 1, 4) {
		c.enum(pointer+"/include", object{strconv.Itoa(i): kind}, strconv.Itoa(i), "im", "mpim", "private", "public")
	}
	c.flag(pointer, f, "exclude_external_shared_channels", "exclude_bot_users")
}

func (c *checker) dispatchConfig(pointer string, m object) {
	v, there := m["dispatch_action_config"]
	if !there {
		return
	}
	pointer += "/dispatch_action_config"
	d, ok := c.object(pointer, v, "trigger_actions_on!")
	if !ok {
		return
	}
	for i, kind := range c.strings(pointer, d, "trigger_actions_on", 1, 2) {
		c.enum(pointer+"/trigger_actions_on", object{strconv.Itoa(i): kind}, strconv.Itoa(i), "on_enter_pressed", "on_character_entered")
	}
}
