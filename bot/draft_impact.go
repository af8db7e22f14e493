package bot

import (
	"slices"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// opening says in numbers what a policy lets people ask for.
func opening(o policy.Opening) string {
	if o.Pairs == 0 {
		return "nothing"
	}
	text := plural(o.Entitlements, "entitlement") + " " + openIn(o) + " for " + peopleCount(o.People)
	if o.AtMost {
		return "at most " + text
	}
	return text
}

// openIn is "in 14 accounts and 2 groups".
func openIn(o policy.Opening) string {
	var words []string
	if o.Accounts > 0 {
		words = append(words, plural(o.Accounts, "account"))
	}
	if o.Groups > 0 {
		words = append(words, plural(o.Groups, "group"))
	}
	return "in " + list(words)
}

// atMost explains the words at most; "" where they are not said.
func atMost(os ...policy.Opening) string {
	text := ""
	for _, o := range os {
		if o.AtMost && text == "" {
			text = "“At most”: conditions about the time, a ticket or very many people are counted as if they held."
		}
	}
	if text != "" && slices.ContainsFunc(os, func(o policy.Opening) bool { return o.Groups > 0 }) {
		text += " Groups whose roles are not read yet count as well."
	}
	return text
}

// impactBlocks say what a change means for everybody, in numbers and a few examples.
// example names them.
func impactBlocks(i policy.Impact, example func(policy.Example) access.ExampleView) []slack.Block {
	blocks := []slack.Block{section("*What people can ask for*\n" + openings(i))}
	for _, s := range []struct {
		shift policy.Shift
		head  string
	}{
		{i.Gained, ":heavy_plus_sign: *Newly possible*"},
		{i.Eased, ":unlock: *Easier, or for longer*"},
		{i.Tightened, ":lock: *Stricter, or on other terms*"},
		{i.Lost, ":heavy_minus_sign: *No longer possible*"},
	} {
		if s.shift.Pairs > 0 {
			blocks = append(blocks, section(shiftText(s.head, s.shift, example)))
		}
	}
	if text := atMost(i.Before, i.After); text != "" {
		blocks = append(blocks, small(text))
	}
	return blocks
}

// openings compares in a sentence what people can ask for before and after.
func openings(i policy.Impact) string {
	switch {
	case i.Gained.Pairs+i.Lost.Pairs+i.Eased.Pairs+i.Tightened.Pairs == 0:
		return "It stays as it is: " + opening(i.After) + "."
	case i.Gained.Pairs+i.Lost.Pairs == 0:
		return "The same as now, on other terms: " + opening(i.After) + "."
	}
	return "Afterwards " + opening(i.After) + ". Now it is " + opening(i.Before) + "."
}

func shiftText(head string, s policy.Shift, example func(policy.Example) access.ExampleView) string {
	text := head + ": " + plural(s.Entitlements, "entitlement") + ofGroups(s) + " for " + peopleCount(s.People)
	for i, e := range s.Examples {
		if i == maxNames {
			break
		}
		v := example(e)
		text += "\n• " + mention(v.Person.Slack, v.Person.Name) + ": " + item(v.Item) + byRules(v)
	}
	return text
}

// ofGroups says how many of the entitlements are membership in a group; "" for none.
func ofGroups(s policy.Shift) string {
	switch {
	case s.Groups == 0:
		return ""
	case s.Groups == s.Entitlements:
		return " (" + plural(s.Groups, "group") + ")"
	}
	return " (" + plural(s.Groups, "group") + " among them)"
}

// byRules names the rules that decide an example.
func byRules(v access.ExampleView) string {
	quoted := func(s string) string { return "“" + escName(s, 60) + "”" }
	switch {
	case v.Before == "" && v.After == "", v.Before == v.After && v.After == "":
		return ""
	case v.Before == "" || v.Before == v.After:
		return ", by " + quoted(v.After)
	case v.After == "":
		return ", until now by " + quoted(v.Before)
	}
	return ", by " + quoted(v.After) + " instead of " + quoted(v.Before)
}
