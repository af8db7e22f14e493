package bot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// explainPage is how many rules an answer shows at once.
const explainPage = 20

// explained is the answer: one line, the rule and its terms, and what each rule says.
func explained(v access.ExplainView, q question) []slack.Block {
	blocks := append([]slack.Block{section(explainHead(v, q))}, explainTerms(v)...)
	return append(blocks, ruleBlocks(v.Explanation.Rules, q.Page, actExplainPage)...)
}

// ruleBlocks is one page of what each rule says; action turns the pages.
func ruleBlocks(rules []policy.RuleAnswer, page int, action string) []slack.Block {
	if len(rules) == 0 {
		return nil
	}
	from, to, page := pageOf(len(rules), page, explainPage)
	title := "*Each rule, in order*"
	if len(rules) > explainPage {
		title += fmt.Sprintf(" (%d–%d of %s)", from+1, to, thousands(len(rules)))
	}
	blocks := append([]slack.Block{divider(), section(title)}, packed(ruleAnswers(rules[from:to], from))...)
	if p := pager(action, page, len(rules), explainPage, "rules"); p != nil {
		blocks = append(blocks, p)
	}
	return blocks
}

// explainHead is the answer in one line, to whoever asks about themselves in the second person.
func explainHead(v access.ExplainView, q question) string {
	d := v.Explanation.Decision
	who, what := "You", item(v.Item)
	if q.Person != "" {
		who = mention(v.Person.Slack, v.Person.Name)
	}
	if v.Duration > 0 {
		what += " for " + length(v.Duration)
	}
	if q.Emergency {
		what += " in an emergency"
	}
	by := ""
	if q.Draft {
		by = " _(by your draft)_"
	}
	switch {
	case d.Outcome == policy.Allowed && v.Problem != "":
		return ":warning: *Not as asked:* " + what + by + "\n" + sentence(v.Problem)
	case d.Outcome == policy.Allowed && d.Terms.Automatic:
		return ":white_check_mark: *Yes, at once:* " + who + " can have " + what + ", no approval needed" + by + "."
	case d.Outcome == policy.Allowed:
		return ":raised_hand: *Yes, with approval:* " + who + " can ask for " + what + "; it takes " + escName(steps(d.Terms), 300) + by + "."
	}
	head := ":no_entry: *No:* " + who + " cannot have " + what + by + ".\n" + sentence(d.Why)
	if d.Outcome == policy.Denied && !d.Certain {
		head += "\nA rule that denies counts as matching while it cannot be answered, so this may be different later."
	}
	return head
}

// explainTerms are the deciding rule and what it asks for.
func explainTerms(v access.ExplainView) []slack.Block {
	d := v.Explanation.Decision
	if d.Rule == "" {
		return []slack.Block{small(askedAt(v))}
	}
	rule := "“" + escName(d.Rule, nameWidth) + "”"
	for i, r := range v.Explanation.Rules {
		if r.Decides {
			rule += fmt.Sprintf(", number %d of %d", i+1, len(v.Explanation.Rules))
			break
		}
	}
	if d.Outcome != policy.Allowed {
		return []slack.Block{fields(field{"Decided by", rule}), small(askedAt(v))}
	}
	t := d.Terms
	fs := []field{{"Decided by", rule}, {"Takes", escName(steps(t), 300)}, {"Longest", longestText(t)}, {"Reason", reasonText(t.Reason)}}
	if !t.Automatic {
		fs = append(fs, field{"Decided in", channel(idChannel(t.Channel))}, field{"Lapses after", length(t.RequestTTL)})
	}
	blocks := []slack.Block{fields(fs...)}
	switch {
	case t.Automatic:
	case len(v.Approvers) == 0:
		blocks = append(blocks, section(":warning: *Nobody can approve it now.*"))
	default:
		blocks = append(blocks, section("*Can approve:* "+people(v.Approvers)+"."))
	}
	return append(blocks, small(askedAt(v)))
}

func askedAt(v access.ExplainView) string {
	asked := "the policy `" + codeSpan(v.Explanation.Decision.PolicyVersion) + "`"
	if v.Number > 0 {
		asked = "version " + thousands(int(v.Number)) + " of the policy"
	}
	return "Asked of " + asked + ", " + when(v.At) + ". Nothing was requested."
}

func longestText(t policy.Terms) string {
	s := length(t.MaxDuration)
	if t.MaxContinuous > t.MaxDuration {
		s += ", " + length(t.MaxContinuous) + " with extensions"
	}
	return s
}

// reasonText says what a reason must look like.
func reasonText(r policy.ReasonTerms) string {
	s := "Any"
	switch {
	case r.Hint != "":
		s = "Contains: " + escName(r.Hint, 200)
	case r.Pattern != "":
		s = "Matches `" + codeSpan(r.Pattern) + "`"
	}
	if r.MinLength > 1 {
		s += ", " + plural(r.MinLength, "character") + " or more"
	}
	return s
}

// maxRun is how many rules share a line at most.
const maxRun = 6

// ruleAnswers says for each rule why it decides or does not; before counts those above.
// Neighbours with the same reason share a line.
func ruleAnswers(rules []policy.RuleAnswer, before int) []string {
	var lines []string
	for i := 0; i < len(rules); {
		run := 1
		for run < maxRun && i+run < len(rules) && !rules[i].Decides && !rules[i+run].Decides && rules[i+run].Why == rules[i].Why {
			run++
		}
		lines = append(lines, ruleAnswer(before+i+1, rules[i:i+run]))
		i += run
	}
	return lines
}

// ruleAnswer is one line: the first rule's number, the names, the reason they share.
func ruleAnswer(n int, rules []policy.RuleAnswer) string {
	r := rules[0]
	why := strings.TrimSuffix(escName(r.Why, 300), ".")
	if r.Decides {
		icon := ":white_check_mark:"
		if r.Deny {
			icon = ":no_entry:"
		}
		return fmt.Sprintf("%s %d. *%s*%s decides: %s", icon, n, bold(name(r.Rule, nameWidth)), ruleKind(r), why)
	}
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = "“" + escName(r.Rule, nameWidth) + "”" + ruleKind(r)
	}
	at := fmt.Sprint(n)
	if len(rules) > 1 {
		at = fmt.Sprintf("%d–%d", n, n+len(rules)-1)
	}
	return at + ". " + list(names) + ": " + why
}

func ruleKind(r policy.RuleAnswer) string {
	switch {
	case r.Off:
		return " (off)"
	case r.Deny:
		return " (deny)"
	}
	return ""
}
