package slacksim

import (
	"encoding/json"
	"strings"

	"stint/sandbox/slacksim/blockkit"
)

// values is state.values: block id → action id → value.
type values map[string]map[string]Value

func (v values) get(blockID, actionID string) Value { return v[blockID][actionID] }

func (v values) put(blockID, actionID string, x Value) {
	if v[blockID] == nil {
		v[blockID] = map[string]Value{}
	}
	v[blockID][actionID] = x
}

// slot names the field of a value that holds what was chosen, and whether it holds several. It is empty for
// elements without state.
func slot(kind string) (field string, many bool) {
	many = strings.HasPrefix(kind, "multi_") || kind == "checkboxes"
	switch strings.TrimPrefix(kind, "multi_") {
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		return "value", false
	case "static_select", "external_select", "radio_buttons", "checkboxes":
		field = "selected_option"
	case "users_select":
		field = "selected_user"
	case "conversations_select":
		field = "selected_conversation"
	case "channels_select":
		field = "selected_channel"
	case "datepicker":
		return "selected_date", false
	case "timepicker":
		return "selected_time", false
	case "datetimepicker":
		return "selected_date_time", false
	default:
		return "", false
	}
	if many {
		field += "s"
	}
	return field, many
}

// initialField is the field of an element that fills its slot at the beginning.
func initialField(kind string) string {
	field, _ := slot(kind)
	if field == "value" {
		return "initial_value"
	}
	return strings.Replace(field, "selected_", "initial_", 1)
}

// empty is the value of an element in which nothing is chosen.
func empty(kind string) Value {
	field, many := slot(kind)
	v := Value{"type": kind, field: nil}
	if many {
		v[field] = []any{}
	}
	return v
}

func initial(f blockkit.Found, channel string) Value {
	v := empty(f.Type)
	field, _ := slot(f.Type)
	if x, ok := f.Element[initialField(f.Type)]; ok && x != "" {
		v[field] = blockkit.Clone(x)
	} else if f.Element["default_to_current_conversation"] == true && channel != "" && field == "selected_conversation" {
		v[field] = channel
	}
	return v
}

// settle gives every element with state its value: the old one under the same block and action id if it is of
// the same type, else the initial one.
func settle(blocks []blockkit.Block, old values, channel string) values {
	fresh := values{}
	for _, f := range blockkit.Elements(blocks) {
		if field, _ := slot(f.Type); field == "" {
			continue
		}
		if kept := old.get(f.BlockID, f.ActionID); kept != nil && kept["type"] == f.Type {
			fresh.put(f.BlockID, f.ActionID, kept)
			continue
		}
		fresh.put(f.BlockID, f.ActionID, initial(f, channel))
	}
	return fresh
}

// isEmpty says that nothing is chosen or typed.
func isEmpty(v Value) bool {
	kind, _ := v["type"].(string)
	field, many := slot(kind)
	if many {
		list, _ := v[field].([]any)
		return len(list) == 0
	}
	return v[field] == nil || v[field] == ""
}

// optionJSON turns a typed option into decoded JSON, which is how values and payloads hold it.
func optionJSON(o blockkit.Option) map[string]any {
	raw, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	v, err := blockkit.Decode(raw)
	if err != nil {
		return nil
	}
	m, _ := v.(map[string]any)
	return m
}

// optionOf reads decoded JSON that has passed the checks.
func optionOf(v any) blockkit.Option {
	var o blockkit.Option
	if raw, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(raw, &o)
	}
	return o
}

func textOf(v any) blockkit.Text {
	var t blockkit.Text
	if raw, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(raw, &t)
	}
	return t
}

// offered lists the options that an element carries itself, groups flattened.
func offered(element map[string]any) []map[string]any {
	var out []map[string]any
	add := func(v any) {
		list, _ := v.([]any)
		for _, x := range list {
			if o, ok := x.(map[string]any); ok {
				out = append(out, o)
			}
		}
	}
	add(element["options"])
	groups, _ := element["option_groups"].([]any)
	for _, g := range groups {
		if group, ok := g.(map[string]any); ok {
			add(group["options"])
		}
	}
	return out
}
