package bot

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// How much of each kind a list offers before anything is typed, so that none hides the others.
const offeredOfAKind = 25

// rulesOptions answers a keystroke in a select of the rules' area.
func (b *Bot) rulesOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	query := strings.TrimSpace(c.Value)
	switch actionOf(c.ActionID) {
	case actRuleAccounts:
		return b.matchOptions(ctx, o, query)
	case actRuleTags:
		found := &offers{query: query}
		found.typed(tagPattern(query))
		err := b.offer(ctx, o, found, access.ChooseTag, func(v access.Choice) *slack.OptionBlockObject { return plainChip(chipTag+v.Value, v) })
		return found.answer("tag", "Type key=value."), err
	case actRuleRoles:
		found := &offers{query: query}
		found.typed(rolePattern(query))
		err := b.offer(ctx, o, found, access.ChooseRole, func(v access.Choice) *slack.OptionBlockObject { return plainChip(wordChip(v.Value), v) })
		return found.answer("role", "Try fewer letters, or a pattern with *."), err
	case actRuleSets:
		return b.setOptions(ctx, o, query, false)
	case actRuleEveryone:
		return b.setOptions(ctx, o, query, true)
	case actRuleChannel:
		found := &offers{query: query}
		err := b.offer(ctx, o, found, access.ChooseChannel, func(v access.Choice) *slack.OptionBlockObject {
			return plainChip(wordChip(v.Value), access.Choice{Label: "#" + strings.TrimPrefix(v.Label, "#"), Detail: v.Detail})
		})
		return found.answer("channel", "Stint sees private channels that it is in."), err
	}
	return optionsAnswer{}, nil
}

// offers collect the entries of an answer.
type offers struct {
	query   string
	options []*slack.OptionBlockObject
	total   int
}

// typed offers what was typed as it is, where it can be chosen.
func (f *offers) typed(o *slack.OptionBlockObject) {
	if o != nil {
		f.options = append(f.options, o)
		f.total++
	}
}

func (f *offers) answer(what, next string) optionsAnswer {
	if len(f.options) == 0 {
		return optionsAnswer{Options: []*slack.OptionBlockObject{noneMatches(what, f.query, next)}}
	}
	return bounded(f.options, f.total)
}

// offer adds what the service finds of one kind and option makes of it; nil leaves it out.
func (b *Bot) offer(ctx context.Context, o origin, f *offers, kind access.ChoiceKind, option func(access.Choice) *slack.OptionBlockObject) error {
	limit := maxOptions
	if f.query == "" {
		limit = offeredOfAKind
	}
	found, err := b.service.Choices(ctx, o.user, kind, f.query, limit)
	if err != nil {
		return err
	}
	f.total += found.Total
	for _, c := range found.Choices {
		one := option(c)
		if one == nil {
			f.total--
			continue
		}
		if !slices.ContainsFunc(f.options, func(x *slack.OptionBlockObject) bool { return x.Value == one.Value }) {
			f.options = append(f.options, one)
			continue
		}
		f.total--
	}
	return nil
}

// plainChip is an entry for what the service found. A value that Slack cannot carry says
// so, and counts as nothing chosen.
func plainChip(value string, c access.Choice) *slack.OptionBlockObject {
	if !fitsValue(value) || strings.HasPrefix(value, chipLong) {
		return saying(name(c.Label, maxOption), "Too long for a list of Slack: write it as YAML.")
	}
	one := choiceOption(c)
	one.Value = value
	return one
}

// matchOptions offers what selects accounts: OUs, accounts, tags, and what was typed.
func (b *Bot) matchOptions(ctx context.Context, o origin, query string) (optionsAnswer, error) {
	found := &offers{query: query}
	if strings.ContainsAny(query, "*?") && !strings.Contains(query, "=") && fitsValue(chipName+query) {
		found.typed(accountChip(chipName+query, nil, b.accountLabel))
	}
	found.typed(tagPattern(query))
	kinds := []struct {
		kind access.ChoiceKind
		chip string
		what string
	}{{access.ChooseOU, chipOU, "OU"}, {access.ChooseAccount, chipID, ""}, {access.ChooseTag, chipTag, "tag"}}
	for _, k := range kinds {
		err := b.offer(ctx, o, found, k.kind, func(c access.Choice) *slack.OptionBlockObject {
			c.Detail = strings.TrimSuffix(strings.TrimPrefix(k.what+" · "+c.Detail, " · "), " · ")
			return plainChip(k.chip+c.Value, c)
		})
		if err != nil {
			return optionsAnswer{}, err
		}
	}
	if query != "" && !strings.ContainsAny(query, "*?=/") && fitsValue(chipName+query+"*") {
		found.typed(accountChip(chipName+query+"*", nil, b.accountLabel))
	}
	return found.answer("OU, account or tag", "Type a pattern like prod-*, or key=value."), nil
}

// tagPattern is what was typed as a tag; nil when it is none.
func tagPattern(query string) *slack.OptionBlockObject {
	k, _, ok := strings.Cut(query, "=")
	if !ok || strings.TrimSpace(k) == "" || !fitsValue(chipTag+query) {
		return nil
	}
	return accountChip(chipTag+query, nil, func(string) string { return "" })
}

var typedRole = regexp.MustCompile(`^[\w+=,.@*?-]{1,64}$`)

// rolePattern is what was typed as a pattern; nil when it is none.
func rolePattern(query string) *slack.OptionBlockObject {
	if !strings.ContainsAny(query, "*?") || !typedRole.MatchString(query) {
		return nil
	}
	return roleChip(wordChip(query), nil)
}

var typedAddress = regexp.MustCompile(`^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$`)

// setOptions offers the sets of the draft, and what a new one is made of.
func (b *Bot) setOptions(ctx context.Context, o origin, query string, everyone bool) (optionsAnswer, error) {
	h, err := b.service.Draft(ctx, o.user)
	if err != nil {
		return optionsAnswer{}, err
	}
	people := h.Revision.Spec.People
	found := &offers{query: query}
	if everyone && strings.Contains("everyone", strings.ToLower(query)) {
		found.typed(setChip(chipEveryone, nil, people))
	}
	for _, n := range slices.Sorted(maps.Keys(people)) {
		if strings.Contains(strings.ToLower(n), strings.ToLower(query)) {
			found.typed(setChip(wordChip(n), []string{n}, people))
		}
	}
	if err := b.sourceOptions(ctx, o, found, people); err != nil {
		return optionsAnswer{}, err
	}
	return found.answer("set, group or person", "A public channel is none: anybody can join it. Of private ones, Stint sees those that it is in."), nil
}

// sourceOptions offers what a set is made of; people by name only once something is typed.
func (b *Bot) sourceOptions(ctx context.Context, o origin, found *offers, people map[string]policy.People) error {
	kinds := []struct {
		kind access.ChoiceKind
		chip string
	}{{access.ChooseUserGroup, chipUserGroup}, {access.ChooseGroup, chipGroup}, {access.ChooseChannel, chipChannel}, {access.ChoosePerson, chipUser}}
	for _, k := range kinds {
		if k.kind == access.ChoosePerson && found.query == "" {
			continue
		}
		err := b.offer(ctx, o, found, k.kind, func(c access.Choice) *slack.OptionBlockObject {
			one := plainChip(k.chip+c.Value, c)
			if k.kind == access.ChooseChannel && !private(c) {
				return nil
			}
			if one.Value == notChoice {
				return one
			}
			same := setChip(one.Value, nil, people)
			if k.kind != access.ChoosePerson {
				one.Text = same.Text
			}
			about := same.Description.Text
			if c.Detail != "" {
				about = c.Detail + " · " + about
			}
			one.Description = plain(name(about, maxOption), maxOption)
			return one
		})
		if err != nil {
			return err
		}
	}
	if typedAddress.MatchString(found.query) && fitsValue(chipUser+found.query) && !slices.ContainsFunc(found.options, func(x *slack.OptionBlockObject) bool { return x.Value == chipUser+found.query }) {
		found.typed(setChip(chipUser+found.query, nil, people))
	}
	return nil
}

// private reports whether the members of a channel can be a set of people: those of a
// public one cannot, because anybody can join it.
func private(c access.Choice) bool { return !strings.HasPrefix(c.Detail, "public") }
