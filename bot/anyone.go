package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// A select of people offers Slack user groups, Identity Center groups and single people in
// one list. What is chosen says which of them it is: "user_group:platform".

// anyoneEach is how many of each kind are offered at once; typing reaches all.
const anyoneEach = 30

// anyoneOptions answers a keystroke in such a select.
func (b *Bot) anyoneOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	var options []*slack.OptionBlockObject
	total := 0
	for _, kind := range []access.ChoiceKind{access.ChooseUserGroup, access.ChooseGroup, access.ChoosePerson} {
		found, err := b.service.Choices(ctx, o.user, kind, strings.TrimPrefix(c.Value, "@"), anyoneEach)
		if err != nil {
			return optionsAnswer{}, err
		}
		total += found.Total
		for _, one := range found.Choices {
			if option, ok := anyoneOption(kind, one); ok {
				options = append(options, option)
			} else {
				total--
			}
		}
	}
	if len(options) == 0 && c.Value != "" {
		return optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches("person or group", c.Value, "Try fewer letters.")}}, nil
	}
	return bounded(options, total), nil
}

// anyoneOption is one of them; ok is false for a name that is too long to be carried.
func anyoneOption(kind access.ChoiceKind, c access.Choice) (o *slack.OptionBlockObject, ok bool) {
	value := string(kind) + ":" + c.Value
	if len(value) > maxOptionValue {
		return nil, false
	}
	label, about := c.Label, c.Detail
	switch kind {
	case access.ChooseUserGroup:
		about = dotted("Slack user group", about)
	case access.ChooseGroup:
		about = dotted("Identity Center group", about)
	}
	return slack.NewOptionBlockObject(value, plain(name(label, maxOption), maxOption), plain(name(about, maxOption), maxOption)), true
}

func dotted(a, b string) string {
	if b == "" {
		return a
	}
	return a + " · " + b
}

// anyone is the people set that was chosen.
func anyone(chosen []*slack.OptionBlockObject) policy.People {
	var p policy.People
	for _, o := range chosen {
		kind, value, _ := strings.Cut(o.Value, ":")
		switch access.ChoiceKind(kind) {
		case access.ChooseUserGroup:
			p.SlackUserGroups = append(p.SlackUserGroups, value)
		case access.ChooseGroup:
			p.IdentityCenterGroups = append(p.IdentityCenterGroups, value)
		case access.ChoosePerson:
			p.Users = append(p.Users, value)
		}
	}
	return p
}

// chosenOptions are the entries of an input of several, without those that only say something.
func chosenOptions(state *slack.ViewState, block, action string) []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	if state == nil {
		return nil
	}
	for _, o := range state.Values[block][action].SelectedOptions {
		if !strings.HasPrefix(o.Value, notChoice) {
			out = append(out, slack.NewOptionBlockObject(o.Value, o.Text, o.Description))
		}
	}
	return slices.Clip(out)
}

func values(options []*slack.OptionBlockObject) []string {
	var out []string
	for _, o := range options {
		out = append(out, o.Value)
	}
	return out
}
