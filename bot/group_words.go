package bot

import (
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
)

// groupName is a group as a line names it; the id stands in for one that left the catalog.
func groupName(it access.ItemView) string {
	if it.Group.Name == "" {
		return name(string(it.Entitlement.Group), nameWidth)
	}
	return name(it.Group.Name, nameWidth)
}

// brings says what membership in a group brings: the first few roles in accounts, and how
// many there are besides; "" when the entitlement is no group.
func brings(it access.ItemView, most int) string {
	switch {
	case !it.Entitlement.IsGroup():
		return ""
	case it.Group.BringsAsOf.IsZero():
		return "What it brings is not known."
	case len(it.Group.Brings) == 0:
		return "It brings no role in any account now."
	}
	words := make([]string, 0, most+1)
	for i, b := range it.Brings {
		if i == most {
			break
		}
		words = append(words, item(b))
	}
	if more := len(it.Group.Brings) - len(words); more > 0 {
		return strings.Join(words, ", ") + " and " + thousands(more) + " more"
	}
	return list(words)
}

// groupFields are the fields of a card or message about membership in a group.
func groupFields(it access.ItemView, more ...field) []slack.Block {
	group := bold(groupName(it))
	if it.Group.Name != "" && it.Group.Name != string(it.Entitlement.Group) {
		group += "\n`" + escName(string(it.Entitlement.Group), 60) + "`"
	}
	return []slack.Block{fields(append([]field{{"Group", group}}, more...)...), section(bringsLine(it, groupNames))}
}

// bringsLine is brings as a line of its own.
func bringsLine(it access.ItemView, most int) string {
	if it.Group.BringsAsOf.IsZero() || len(it.Group.Brings) == 0 {
		return brings(it, most)
	}
	return "Brings " + brings(it, most) + "."
}

// broughtBlocks say what the groups of a request bring, where it is for groups.
func broughtBlocks(v access.RequestView) []slack.Block {
	var blocks []slack.Block
	for i, it := range v.Items {
		if i < maxNames && it.Entitlement.IsGroup() {
			blocks = append(blocks, small(bringsLine(it, groupNames)))
		}
	}
	return blocks
}

// stillOpen says which access is left where an ended one was.
func stillOpen(g access.GrantView) string {
	var words []string
	seen := map[string]bool{}
	for _, r := range g.Remaining {
		w := "*" + bold(roleName(r.Role)) + "*"
		if r.Entitlement.IsGroup() || g.Item.Entitlement.IsGroup() {
			w = item(r)
		}
		if !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return ""
	}
	if n := len(words); n > maxNames {
		words = append(words[:maxNames], plural(n-maxNames, "more role"))
	}
	where := "Still open in " + escaper.Replace(accountName(g.Item.Account))
	if g.Item.Entitlement.IsGroup() {
		where = "Still open where this group gave access"
	}
	return where + ": " + list(words) + "."
}

// activeGroup is active for membership in a group: there is no one console to open.
func activeGroup(g access.GrantView) content {
	head := ":large_green_circle: *Active:* " + item(g.Item) + " until " + when(until(g))
	blocks := append([]slack.Block{section(head)}, groupFields(g.Item, field{"Until", when(until(g))}, field{"Length", length(g.Grant.Duration)})...)
	if g.Extension != "" {
		blocks = append(blocks, small(":hourglass_flowing_sand: An extension waits for a decision. Without one, the access ends as it is."))
	}
	var buttons []*slack.ButtonBlockElement
	if g.Instance.Portal() != "" {
		open := primary(button(actConsole, string(g.Grant.ID), "Open access portal", "Open the access portal, which lists the roles of "+plainItem(g.Item)))
		open.URL = g.Instance.Portal() + "/"
		buttons = append(buttons, open)
	}
	if mayExtend(g) {
		buttons = append(buttons, extendButton(g))
	}
	blocks = append(blocks, actions(append(buttons, endButton(g, actEnd))...))
	text := ":information_source: A portal that is open already shows the roles once it is reloaded."
	if d := g.Item.Role.SessionDuration; d > 0 {
		text += " A session that you open before the end can go on for up to " + length(d) + " after it: AWS does not cut sessions short."
	}
	return message(head, append(blocks, small(text))...)
}
