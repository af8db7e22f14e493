package slacksim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"stint/sandbox/slacksim/blockkit"
)

// valueFor makes the value of an element from what a person chose, refusing what the element does not offer.
func (w *Workspace) valueFor(s spot, user string, given []string) (Value, error) {
	field, many := slot(s.Type)
	if field == "" {
		return nil, fmt.Errorf("slacksim: fill %s: a %s is pressed, not filled", s.ActionID, s.Type)
	}
	v := empty(s.Type)
	if len(given) == 0 || len(given) == 1 && given[0] == "" {
		return v, nil
	}
	if len(given) > 1 && !many {
		return nil, fmt.Errorf("slacksim: fill %s: a %s takes one value, not %d", s.ActionID, s.Type, len(given))
	}
	if most, ok := blockkit.Number(s.Element["max_selected_items"]); ok && int64(len(given)) > most {
		return nil, fmt.Errorf("slacksim: fill %s: at most %d can be selected", s.ActionID, most)
	}
	var chosen []any
	for _, g := range given {
		x, err := w.choice(s, user, g)
		if err != nil {
			return nil, fmt.Errorf("slacksim: fill %s: %w", s.ActionID, err)
		}
		chosen = append(chosen, x)
	}
	if many {
		v[field] = chosen
	} else {
		v[field] = chosen[0]
	}
	return v, nil
}

// choice reads one value by the element's type.
func (w *Workspace) choice(s spot, user, given string) (any, error) {
	switch kind := strings.TrimPrefix(s.Type, "multi_"); kind {
	case "static_select", "radio_buttons", "checkboxes":
		return optionWith(offered(s.Element), given)
	case "external_select":
		known := slices.Clone(w.desk(user).loaded[s.key()])
		known = append(known, chosenOptions(s)...)
		return optionWith(known, given)
	case "users_select":
		if w.users[given] == nil {
			return nil, fmt.Errorf("there is no user %q", given)
		}
	case "channels_select", "conversations_select":
		ch := w.channels[given]
		if ch == nil || !ch.in[user] && ch.Kind != ChannelPublic || kind == "channels_select" && ch.Kind != ChannelPublic || filtered(s, ch) {
			return nil, fmt.Errorf("there is no conversation %q to choose", given)
		}
	case "datepicker":
		if _, err := time.Parse(time.DateOnly, given); err != nil {
			return nil, fmt.Errorf("%q is no date like 2006-01-02", given)
		}
	case "timepicker":
		if _, err := time.Parse("15:04", given); err != nil {
			return nil, fmt.Errorf("%q is no time like 15:04", given)
		}
	case "datetimepicker":
		if _, err := strconv.ParseInt(given, 10, 64); err != nil {
			return nil, fmt.Errorf("%q is no Unix time", given)
		}
		return json.Number(given), nil
	}
	return given, nil
}

// chosenOptions are the options an element holds already, which stay choosable.
func chosenOptions(s spot) []map[string]any {
	var out []map[string]any
	add := func(v any) {
		switch v := v.(type) {
		case map[string]any:
			out = append(out, v)
		case []any:
			for _, x := range v {
				if o, ok := x.(map[string]any); ok {
					out = append(out, o)
				}
			}
		}
	}
	field, _ := slot(s.Type)
	add(s.values.get(s.BlockID, s.ActionID)[field])
	add(s.Element[initialField(s.Type)])
	return out
}

func optionWith(options []map[string]any, value string) (any, error) {
	for _, o := range options {
		if o["value"] == value {
			return o, nil
		}
	}
	return nil, fmt.Errorf("no option with value %q is offered; of an external select, load the options first", value)
}

// filtered reports whether a select's filter leaves a conversation out.
func filtered(s spot, ch *channel) bool {
	filter, _ := s.Element["filter"].(map[string]any)
	if filter["exclude_external_shared_channels"] == true && ch.ExtShared {
		return true
	}
	include, given := filter["include"].([]any)
	kind := map[ChannelKind]string{ChannelPublic: "public", ChannelPrivate: "private", ChannelDM: "im"}[ch.Kind]
	return given && !slices.ContainsFunc(include, func(v any) bool { return v == kind })
}

// listed are the entries of a select that Slack fills itself, those that match the query.
func (w *Workspace) listed(s spot, user, query string) (Options, error) {
	out := Options{Options: []blockkit.Option{}}
	match := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(query)) }
	plain := func(text, value string) {
		if match(text) {
			out.Options = append(out.Options, blockkit.Option{Text: blockkit.Text{Type: "plain_text", Text: text}, Value: value})
		}
	}
	switch kind := strings.TrimPrefix(s.Type, "multi_"); kind {
	case "users_select":
		for _, id := range w.userOrder {
			if u := w.users[id]; !u.Deleted && u.ID != slackbot {
				plain(u.Label(), id)
			}
		}
	case "channels_select", "conversations_select":
		for _, id := range w.chanOrder {
			ch := w.channels[id]
			if ch.Archived || ch.Kind == ChannelDM || kind == "channels_select" && ch.Kind != ChannelPublic ||
				ch.Kind == ChannelPrivate && !ch.in[user] || filtered(s, ch) {
				continue
			}
			plain(ch.Name, id)
		}
	default:
		groups, _ := s.Element["option_groups"].([]any)
		for _, g := range groups {
			group, _ := g.(map[string]any)
			found := blockkit.OptionGroup{Label: textOf(group["label"])}
			for _, o := range offered(group) {
				if option := optionOf(o); match(option.Text.Text) {
					found.Options = append(found.Options, option)
				}
			}
			if len(found.Options) > 0 {
				out.Groups = append(out.Groups, found)
			}
		}
		if len(groups) == 0 {
			for _, o := range offered(s.Element) {
				if option := optionOf(o); match(option.Text.Text) {
					out.Options = append(out.Options, option)
				}
			}
		}
	}
	return out, nil
}
