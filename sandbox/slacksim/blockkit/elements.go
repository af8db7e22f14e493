package blockkit

import (
	"encoding/json"
	"strconv"
	"time"
)

// Element types by what they share.
const singleSelects = "static_select external_select users_select conversations_select channels_select"

var (
	inSection = words("button image overflow checkboxes radio_buttons datepicker timepicker " + singleSelects +
		" multi_static_select multi_external_select multi_users_select multi_conversations_select multi_channels_select")
	inActions = words("button overflow checkboxes radio_buttons datepicker timepicker datetimepicker " + singleSelects)
	inInput   = words("plain_text_input email_text_input url_text_input number_input checkboxes radio_buttons datepicker timepicker datetimepicker " +
		singleSelects + " multi_static_select multi_external_select multi_users_select multi_conversations_select multi_channels_select")
)

// element checks an interactive element (or an accessory image) of one of the allowed types.
func (c *checker) element(pointer string, v any, allowed []string, actions map[string]bool) {
	m, ok := v.(object)
	if !ok {
		c.add(pointer, "invalid_type", "must provide an object", object{"type": "object"})
		return
	}
	kind, _ := m["type"].(string)
	if _, there := m["type"]; !there {
		c.fields(pointer, object{}, "type!")
		return
	}
	if !contains(allowed, kind) {
		c.unsupported(pointer, m["type"], allowed...)
		return
	}
	if kind == "image" {
		c.imageElement(pointer, m)
		return
	}
	if id := c.str(pointer, m, "action_id", 1, 255); id != "" && !c.rules.RepeatedActions {
		if actions[id] {
			c.fail(pointer+"/action_id", "`action_id` %q already exists", id)
		}
		actions[id] = true
	}
	c.flag(pointer, m, "focus_on_load")
	if m["focus_on_load"] == true {
		if c.focused {
			c.fail(pointer+"/focus_on_load", "only one element can have `focus_on_load` set to true")
		}
		c.focused = true
	}
	c.confirm(pointer, m)
	c.placeholder(pointer, m)
	c.dispatchConfig(pointer, m)
	c.ofType(pointer, kind, m)
}

func (c *checker) ofType(pointer, kind string, m object) {
	fields := func(names ...string) { c.fields(pointer, m, append(names, "type!", "action_id")...) }
	switch kind {
	case "button":
		fields("text!", "url", "value", "style", "confirm", "accessibility_label")
		c.plain(pointer, m, "text", 75)
		c.str(pointer, m, "url", 1, 3000)
		c.str(pointer, m, "value", 0, 2000)
		c.enum(pointer, m, "style", "primary", "danger")
		c.str(pointer, m, "accessibility_label", 1, 75)
	case "overflow":
		fields("options!", "confirm")
		c.options(pointer, m, "options", 1, 5, optionKind{url: true})
	case "checkboxes":
		fields("options!", "initial_options", "confirm", "focus_on_load")
		offered := c.options(pointer, m, "options", 1, 10, optionKind{markdown: true})
		c.initials(pointer, m, "initial_options", offered, optionKind{markdown: true})
	case "radio_buttons":
		fields("options!", "initial_option", "confirm", "focus_on_load")
		offered := c.options(pointer, m, "options", 1, 10, optionKind{markdown: true})
		c.initial(pointer, m, "initial_option", offered, optionKind{markdown: true})
	case "datepicker":
		fields("placeholder", "initial_date", "confirm", "focus_on_load")
		c.format(pointer, m, "initial_date", time.DateOnly)
	case "timepicker":
		fields("placeholder", "initial_time", "confirm", "focus_on_load", "timezone")
		c.format(pointer, m, "initial_time", "15:04")
		c.str(pointer, m, "timezone", 1, 0)
	case "datetimepicker":
		fields("initial_date_time", "confirm", "focus_on_load")
		c.whole(pointer, m, "initial_date_time", 1_000_000_000, 9_999_999_999)
	case "plain_text_input":
		fields("placeholder", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config", "focus_on_load")
		c.plainInput(pointer, m)
	case "email_text_input", "url_text_input":
		fields("placeholder", "initial_value", "dispatch_action_config", "focus_on_load")
		c.str(pointer, m, "initial_value", 0, 0)
	case "number_input":
		fields("is_decimal_allowed!", "placeholder", "initial_value", "min_value", "max_value", "dispatch_action_config", "focus_on_load")
		c.numberInput(pointer, m)
	default:
		c.selectMenu(pointer, kind, m, fields)
	}
}

func (c *checker) selectMenu(pointer, kind string, m object, fields func(...string)) {
	switch kind {
	case "static_select":
		fields("options", "option_groups", "initial_option", "placeholder", "confirm", "focus_on_load")
		c.initial(pointer, m, "initial_option", c.choices(pointer, m), optionKind{})
	case "multi_static_select":
		fields("options", "option_groups", "initial_options", "placeholder", "confirm", "focus_on_load", "max_selected_items")
		c.initials(pointer, m, "initial_options", c.choices(pointer, m), optionKind{})
	case "external_select":
		fields("initial_option", "min_query_length", "placeholder", "confirm", "focus_on_load")
		c.initial(pointer, m, "initial_option", nil, optionKind{})
	case "multi_external_select":
		fields("initial_options", "min_query_length", "placeholder", "confirm", "focus_on_load", "max_selected_items")
		c.initials(pointer, m, "initial_options", nil, optionKind{})
	case "users_select":
		fields("initial_user", "placeholder", "confirm", "focus_on_load")
		c.str(pointer, m, "initial_user", 1, 0)
	case "multi_users_select":
		fields("initial_users", "placeholder", "confirm", "focus_on_load", "max_selected_items")
		c.strings(pointer, m, "initial_users", 1, 0)
	case "conversations_select":
		fields("initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter", "placeholder", "confirm", "focus_on_load")
		c.str(pointer, m, "initial_conversation", 1, 0)
	case "multi_conversations_select":
		fields("initial_conversations", "default_to_current_conversation", "filter", "placeholder", "confirm", "focus_on_load", "max_selected_items")
		c.strings(pointer, m, "initial_conversations", 1, 0)
	case "channels_select":
		fields("initial_channel", "response_url_enabled", "placeholder", "confirm", "focus_on_load")
		c.str(pointer, m, "initial_channel", 1, 0)
	case "multi_channels_select":
		fields("initial_channels", "placeholder", "confirm", "focus_on_load", "max_selected_items")
		c.strings(pointer, m, "initial_channels", 1, 0)
	}
	c.filter(pointer, m)
	c.flag(pointer, m, "default_to_current_conversation", "response_url_enabled")
	c.whole(pointer, m, "min_query_length", 0, 0)
	c.whole(pointer, m, "max_selected_items", 1, 0)
}

func (c *checker) plainInput(pointer string, m object) {
	c.flag(pointer, m, "multiline")
	least, hasLeast := c.whole(pointer, m, "min_length", 0, 3000)
	most, hasMost := c.whole(pointer, m, "max_length", 1, 3000)
	if hasLeast && hasMost && least > most {
		c.fail(pointer+"/min_length", "must be less than or equal to `max_length`")
	}
	limit := 3000
	if hasMost {
		limit = int(most)
	}
	c.str(pointer, m, "initial_value", 0, limit)
}

func (c *checker) numberInput(pointer string, m object) {
	c.flag(pointer, m, "is_decimal_allowed")
	for _, name := range []string{"initial_value", "min_value", "max_value"} {
		s := c.str(pointer, m, name, 1, 0)
		if s == "" {
			continue
		}
		_, err := strconv.ParseFloat(s, 64)
		if err == nil && m["is_decimal_allowed"] != true {
			_, err = strconv.ParseInt(s, 10, 64)
		}
		if err != nil {
			c.fail(pointer+"/"+name, "must be a valid number")
		}
	}
}

func (c *checker) format(pointer string, m object, name, layout string) {
	s := c.str(pointer, m, name, 1, 0)
	if s == "" {
		return
	}
	if _, err := time.Parse(layout, s); err != nil {
		c.fail(pointer+"/"+name, "failed to match format")
	}
}

func (c *checker) imageElement(pointer string, m object) {
	c.fields(pointer, m, "type!", "image_url", "slack_file", "alt_text!")
	c.imageSource(pointer, m)
	c.str(pointer, m, "alt_text", 1, 2000)
}

func (c *checker) imageSource(pointer string, m object) {
	_, url := m["image_url"]
	file, slackFile := m["slack_file"]
	if !url && !slackFile {
		c.add(pointer, "missing_field", "missing required field: image_url", object{"type": "required", "expected": "image_url"})
	}
	c.str(pointer, m, "image_url", 1, 3000)
	if slackFile {
		if f, ok := c.object(pointer+"/slack_file", file, "id", "url"); ok {
			c.str(pointer+"/slack_file", f, "id", 1, 0)
			c.str(pointer+"/slack_file", f, "url", 1, 3000)
		}
	}
}

// Number reads a whole number of a decoded field; ok is false when it is absent or not one.
func Number(v any) (n int64, ok bool) {
	num, isNum := v.(json.Number)
	if !isNum {
		return 0, false
	}
	n, err := num.Int64()
	return n, err == nil
}
