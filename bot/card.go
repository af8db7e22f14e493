package bot

import (
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
)

// card is the approval card of a request that has it to itself: one message, edited in
// place until it is over.
func card(v access.RequestView, p *access.Pause) content {
	r := v.Request
	head := asks(r) + items(v, item) + " · " + askedFor(r)
	blocks := []slack.Block{section(head)}
	if line := prolongsLine(v); line != "" {
		blocks = append(blocks, section(line))
	}
	blocks = append(blocks, itemFields(v)...)
	blocks = append(blocks, reasonBlocks(r)...)
	blocks = append(blocks, smalls(append(circumstances(v), policyLine(r)))...)
	if v.PolicyGone != "" && r.State == access.Pending {
		blocks = append(blocks, small(":warning: Today's policy would no longer allow it: "+sentence(v.PolicyGone)))
	}
	blocks = append(blocks, section(cardState(v)))
	if p != nil && (r.State == access.Pending || r.State == access.Approved && held(v.Grants)) {
		blocks = append(blocks, section(heldLine(r, *p)))
	}
	if r.State == access.Denied {
		if c := lastReview(r, access.Deny).Comment; c != "" {
			blocks = append(blocks, quote(c, maxQuote))
		}
	}
	blocks = append(blocks, cardButtons(v))
	return message(plainState(v)+": "+head, blocks...)
}

// asks says who asks for whom; what for follows.
func asks(r access.Request) string {
	switch {
	case r.Asker.Person != r.Receiver.Person && r.Terms.Emergency:
		return ":rotating_light: *Emergency:* " + actor(r.Asker) + " takes for " + actor(r.Receiver) + ": "
	case r.Asker.Person != r.Receiver.Person:
		return actor(r.Asker) + " asks for " + actor(r.Receiver) + ": "
	case r.Terms.Emergency:
		return ":rotating_light: *Emergency:* " + actor(r.Receiver) + " takes "
	case r.Terms.Automatic:
		return actor(r.Receiver) + " takes "
	}
	return actor(r.Receiver) + " asks for "
}

// reasonBlocks quote why somebody asks.
func reasonBlocks(r access.Request) []slack.Block {
	blocks := []slack.Block{quote(r.Reason, maxQuote)}
	if len([]rune(r.Reason)) > maxQuote {
		blocks = append(blocks, small("The reason is longer; Details shows all of it."))
	}
	return blocks
}

// cardState is the state with how far the approval is.
func cardState(v access.RequestView) string {
	line := stateLine(v)
	if v.Request.State != access.Pending || approvers(v.Request) == "" {
		return line
	}
	line += "\n:ballot_box_with_check: Approved so far by " + approvers(v.Request) + "."
	for _, s := range v.Progress.Steps {
		if s.Missing > 0 {
			line += " Still needed: " + approvals(s.Missing) + " " + escName(fromSets(s.Step), 300) + "."
		}
	}
	return line
}

// itemFields is what tells lookalikes apart: id and OU of the account, description of the
// role. The line above says their names; of several, each is named again.
func itemFields(v access.RequestView) []slack.Block {
	var blocks []slack.Block
	for i, it := range v.Items {
		if i == maxNames {
			blocks = append(blocks, small("and "+plural(len(v.Items)-maxNames, "more entitlement")))
			break
		}
		if it.Entitlement.IsGroup() {
			blocks = append(blocks, groupFields(it)...)
			continue
		}
		account, role := whereabouts(it), ""
		if it.Role.Description != "" {
			role = escName(it.Role.Description, nameWidth)
		}
		if len(v.Items) > 1 {
			account = escaper.Replace(accountName(it.Account)) + "\n" + account
			role = strings.TrimSpace(escaper.Replace(roleName(it.Role)) + "\n" + role)
		}
		fs := []field{{"Account", account}}
		if role != "" {
			fs = append(fs, field{"Role", role})
		}
		blocks = append(blocks, fields(fs...))
	}
	return blocks
}

// whereabouts is the id of an account and the OU that it is in: names alone can mislead.
func whereabouts(it access.ItemView) string {
	if it.Entitlement.IsGroup() {
		return bringsLine(it, 2)
	}
	ou := it.Account.OUPath
	if ou == "" {
		ou = "no longer in the organization"
	}
	return "`" + escName(string(it.Entitlement.Account), 20) + "` " + escName(ou, nameWidth)
}

func policyLine(r access.Request) string {
	return termsLine(r) + " Asked " + when(r.SubmittedAt) + "."
}

func termsLine(r access.Request) string {
	return "Rule “" + escName(r.Terms.Rule, nameWidth) + "”: " + escName(steps(r.Terms), 300) + ", at most " + length(r.Terms.MaxDuration) + "."
}

// plainState is the state in one word, for notifications.
func plainState(v access.RequestView) string {
	switch v.Request.State {
	case access.Pending:
		return "To decide"
	case access.Denied:
		return "Denied"
	case access.Cancelled:
		return "Cancelled"
	case access.Lapsed:
		return "Lapsed"
	case access.Withdrawn:
		return "Withdrawn"
	}
	return "Approved"
}
