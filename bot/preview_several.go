package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// several is the preview of more than one entitlement: what different rules decide, apart;
// then what cannot be asked for.
func (b *Bot) several(ctx context.Context, f form, p access.Preview) []slack.Block {
	left := f.leaving != "" && f.leave == f.leaving
	var blocks []slack.Block
	var parts []access.PreviewPart
	for _, part := range p.Parts {
		if part.Problem == nil {
			parts = append(parts, part)
		}
	}
	if len(parts) > 0 {
		line := "*" + f.size() + "*"
		if n := len(p.Items); n != len(f.roles)*len(f.accounts) {
			line += ", and of that only the " + thousands(n) + " that you asked for before"
		} else if len(f.roles) > 1 && len(f.accounts) > 1 {
			line += ", " + thousands(n) + " in all"
		}
		line += "."
		if len(parts) > 1 {
			line += " Not all of it is decided alike, so it becomes *" + plural(len(parts), "request") + "*, each decided for itself."
		}
		blocks = append(blocks, section(line))
	}
	for i, part := range parts {
		if i == maxParts {
			blocks = append(blocks, section(andMore(len(parts)-maxParts)+" requests, decided under other terms."))
			break
		}
		blocks = append(blocks, section(named(part.Items)+"\n"+strings.Join(f.decidedHow(part), "\n")))
	}
	if text := b.refusals(ctx, f, p, left); text != "" {
		blocks = append(blocks, section(text))
	}
	return blocks
}

// named lists entitlements by role: "ReadOnly in a, b and 3 more; Admin in a".
func named(items []access.ItemView) string {
	type group struct {
		key, role string
		accounts  []string
	}
	var groups []group
	for _, i := range items {
		if i.Entitlement.IsGroup() {
			groups = append(groups, group{key: string(i.Entitlement.Group), role: item(i)})
			continue
		}
		key := string(i.Entitlement.Role)
		at := slices.IndexFunc(groups, func(g group) bool { return g.key == key })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{key: key, role: "*" + bold(roleName(i.Role)) + "*"})
		}
		groups[at].accounts = append(groups[at].accounts, bold(accountName(i.Account)))
	}
	words := make([]string, 0, len(groups))
	for n, g := range groups {
		if n == maxNames {
			words = append(words, andMore(len(groups)-maxNames)+" roles")
			break
		}
		text := g.role
		if len(g.accounts) > 0 {
			text += " in " + some(g.accounts)
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}

// some lists the first of several words, and counts the others.
func some(words []string) string {
	if len(words) <= maxNames+1 {
		return list(words)
	}
	return strings.Join(words[:maxNames], ", ") + " " + andMore(len(words)-maxNames)
}

// refusals say what cannot be asked for, those with the same reason together.
func (b *Bot) refusals(ctx context.Context, f form, p access.Preview, left bool) string {
	type reason struct {
		why   string
		items []access.ItemView
	}
	var reasons []reason
	n := 0
	for _, i := range p.Items {
		if !i.Refused() {
			continue
		}
		n++
		why := b.whyNot(i)
		at := slices.IndexFunc(reasons, func(r reason) bool { return r.why == why })
		if at < 0 {
			at = len(reasons)
			reasons = append(reasons, reason{why: why})
		}
		reasons[at].items = append(reasons[at].items, i.ItemView)
	}
	if n == 0 {
		return ""
	}
	title := ":no_entry: *" + strconv.Itoa(n) + " of " + strconv.Itoa(len(p.Items)) + " cannot be asked for" + f.forWhomWords() + ":*"
	switch {
	case left:
		title = ":scissors: *" + strconv.Itoa(n) + " of " + strconv.Itoa(len(p.Items)) + " are left out:*"
	case n == len(p.Items):
		title = ":no_entry: *None of this can be asked for" + f.forWhomWords() + ":*"
	}
	lines := []string{title}
	for i, r := range reasons {
		if i == maxNames {
			lines = append(lines, "• "+andMore(len(reasons)-maxNames)+" reasons")
			break
		}
		lines = append(lines, "• "+named(r.items)+": "+r.why)
	}
	if n == len(p.Items) {
		lines = append(lines, f.askWhom(b.service.Admins(ctx)))
	}
	return strings.Join(lines, "\n")
}

// whyNot is why one entitlement cannot be asked for, in short.
func (b *Bot) whyNot(i access.PreviewItem) string {
	switch {
	case i.Decision.Outcome == policy.Denied || i.Decision.Outcome == policy.NotRequestable:
		// Where it names just this one, the same reason of others could not stand with it.
		why := strings.Replace(i.Decision.Why, i.Role.Name+" in "+i.Account.Name, "this there", 1)
		return sentence(cut(why, 300))
	case i.Problem != nil:
		return b.say(b.log, i.Problem).text
	}
	return "It was asked for already, " + when(i.Pending.SubmittedAt) + ", and waits for a decision."
}
