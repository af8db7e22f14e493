package bot

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
)

// textField is an input that is typed into.
type textField struct {
	block, action string
	label, hint   string
	placeholder   string
	value         string // what it shows at first
	most          int    // characters
	lines         bool
	optional      bool
}

func (t textField) input() *slack.InputBlock {
	e := slack.NewPlainTextInputBlockElement(nil, t.action)
	if t.placeholder != "" {
		e.Placeholder = plain(t.placeholder, maxPlaceholder)
	}
	e.InitialValue, e.MaxLength, e.Multiline = cut(clean(t.value), t.most), t.most, t.lines
	var hint *slack.TextBlockObject
	if t.hint != "" {
		hint = plain(t.hint, maxHint)
	}
	return slack.NewInputBlock(t.block, plain(t.label, maxLabel), hint, e).WithOptional(t.optional)
}

// reasonField asks an admin why. What it says is kept on record and shown to others.
func reasonField(block, hint string) slack.Block {
	return textField{block: block, action: actAdminReason, label: "Reason", hint: hint, placeholder: "Why, for those who read it later", most: maxComment, lines: true}.input()
}

// readReason reads a reasonField, or says what is wrong with it.
func readReason(state *slack.ViewState, block string) (reason, problem string) {
	reason = trimmed(typedIn(state, block, actAdminReason))
	switch {
	case reason == "":
		return "", "Say why: it is kept on record."
	case utf8.RuneCountInString(reason) > maxComment:
		return "", "Please say it in fewer words."
	}
	return reason, ""
}

// tick is one checkbox.
type tick struct {
	value, label, about string
	on                  bool
}

// ticks is an input of checkboxes, none of which is required.
func ticks(block, action, label string, all ...tick) slack.Block {
	e := slack.NewCheckboxGroupsBlockElement(action)
	for _, t := range all {
		var about *slack.TextBlockObject
		if t.about != "" {
			about = plain(t.about, maxOption)
		}
		o := slack.NewOptionBlockObject(t.value, plain(t.label, maxOption), about)
		e.Options = append(e.Options, o)
		if t.on {
			e.InitialOptions = append(e.InitialOptions, o)
		}
	}
	return slack.NewInputBlock(block, plain(label, maxLabel), nil, e).WithOptional(true)
}

// ticked reports whether a checkbox is set.
func ticked(state *slack.ViewState, block, action, value string) bool {
	return slices.Contains(chosenIn(state, block, action), value)
}

// chosenIn are the values of an input of several, without entries that only say something.
func chosenIn(state *slack.ViewState, block, action string) []string {
	if state == nil {
		return nil
	}
	var out []string
	for _, o := range state.Values[block][action].SelectedOptions {
		if !strings.HasPrefix(o.Value, notChoice) {
			out = append(out, o.Value)
		}
	}
	return out
}

// chosenOption is what a select holds; the zero option for nothing, and for the entries that
// only say something.
func chosenOption(state *slack.ViewState, block, action string) slack.OptionBlockObject {
	if state == nil {
		return slack.OptionBlockObject{}
	}
	v := state.Values[block][action]
	if choice(v) == "" {
		return slack.OptionBlockObject{}
	}
	return v.SelectedOption
}

// label is the text of an option as it was chosen.
func label(o slack.OptionBlockObject) string {
	if o.Text == nil {
		return ""
	}
	return o.Text.Text
}

func typedIn(state *slack.ViewState, block, action string) string {
	if state == nil {
		return ""
	}
	return state.Values[block][action].Value
}

// chooser is the action id of a searchable select, in an area, over what admins choose from.
func chooser(area string, kind access.ChoiceKind) string {
	return "stint." + area + ".choose:" + string(kind)
}

// chooserOptions answers a keystroke in such a select.
func (b *Bot) chooserOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	_, kind, _ := strings.Cut(c.ActionID, ":")
	found, err := b.service.Choices(ctx, o.user, access.ChoiceKind(kind), c.Value, maxOptions)
	if err != nil {
		return optionsAnswer{}, err
	}
	if len(found.Choices) == 0 {
		return optionsAnswer{Options: []*slack.OptionBlockObject{saying("Nothing matches “"+name(c.Value, 40)+"”", "Try fewer letters.")}}, nil
	}
	options := make([]*slack.OptionBlockObject, 0, len(found.Choices))
	for _, one := range found.Choices {
		if !fitsValue(one.Value) {
			options = append(options, saying(one.Label, "Slack cannot carry its name in a list."))
			continue
		}
		options = append(options, choiceOption(one))
	}
	return bounded(options, found.Total), nil
}

func choiceOption(c access.Choice) *slack.OptionBlockObject {
	var about *slack.TextBlockObject
	if c.Detail != "" {
		about = plain(name(c.Detail, maxOption), maxOption)
	}
	return slack.NewOptionBlockObject(cut(c.Value, maxOptionValue), plain(name(c.Label, maxOption), maxOption), about)
}

// optionFor is an option for what is chosen already; nil for nothing.
func optionFor(value, label string) *slack.OptionBlockObject {
	if value == "" {
		return nil
	}
	return slack.NewOptionBlockObject(cut(value, maxOptionValue), plain(name(label, maxOption), maxOption), nil)
}

// packed puts lines into as few sections as hold them.
func packed(lines []string) []slack.Block {
	const room = maxText - 100
	var blocks []slack.Block
	var text strings.Builder
	used := 0
	flush := func() {
		if used > 0 {
			blocks = append(blocks, section(strings.TrimSuffix(text.String(), "\n")))
		}
		text.Reset()
		used = 0
	}
	for _, l := range lines {
		n := utf8.RuneCountInString(l) + 1
		if used+n > room {
			flush()
		}
		text.WriteString(l + "\n")
		used += n
	}
	flush()
	return blocks
}
