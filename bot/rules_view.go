package bot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
)

// rulesPage is how many rules the list shows at once; a view holds 100 blocks.
const rulesPage = 15

// rulesView is the list of rules, in order.
func rulesView(h inHand, m rulesMeta) slack.ModalViewRequest {
	blocks := append(rulesTop(h, tabRules), rulesState(h)...)
	if h.spec != nil {
		blocks = append(blocks, listButtons(h, button(actRuleNew, "new", "Add a rule", "Add a rule")))
	}
	from, to, page := pageOf(len(h.rules), m.Page, rulesPage)
	m.Page = page
	blocks = append(blocks, divider())
	if len(h.rules) == 0 {
		blocks = append(blocks, section("There are no rules, so nobody can request anything."))
	}
	for i := from; i < to; i++ {
		blocks = append(blocks, ruleBlock(h, i))
	}
	if p := pager(actRulesPage, page, len(h.rules), rulesPage, "rules"); p != nil {
		blocks = append(blocks, p)
	}
	blocks = append(blocks, small("A deny that matches wins, wherever it stands. Otherwise the first allow that matches, from the top, decides."))
	v := modal(viewRules, "Rules", "", "Close", blocks)
	v.PrivateMetadata = m.String()
	return v
}

// rulesTop is the switch between the lists; a policy that is a file shows only its rules.
func rulesTop(h inHand, now string) []slack.Block {
	if h.spec == nil {
		return nil
	}
	tab := func(value, label string, n int) *slack.ButtonBlockElement {
		b := button(actRulesTab+":"+value, value, label+" "+strconv.Itoa(n), "Show "+strings.ToLower(label))
		if value == now {
			b.Text.Text = "● " + b.Text.Text
			b.AccessibilityLabel = label + ", shown now"
		}
		return b
	}
	return []slack.Block{actions(
		tab(tabRules, "Rules", len(h.spec.Rules)),
		tab(tabChannels, "Channels", len(h.spec.Channels)),
		tab(tabSets, "People", len(h.spec.People)),
	)}
}

// rulesState says what is shown: a draft, what is in force, or a file.
func rulesState(h inHand) []slack.Block {
	c := h.config
	switch {
	case !c.Editable:
		return []slack.Block{section(":page_facing_up: *The policy is a file*, `" + pathSpan(c.PolicyFile) + "`. It is changed there; Stint reads it again when it changes. This is what is in force.")}
	case h.draft != nil:
		blocks := []slack.Block{section(":pencil2: *Your draft*, not in force yet: " + plural(c.Draft.Changes, "change") + ".")}
		if lines := draftProblems(h); lines != "" {
			blocks = append(blocks, section(":x: *It cannot be applied like this:*\n"+lines))
		}
		if h.draft.Stale != nil {
			blocks = append(blocks, section(fmt.Sprintf(":warning: Version %d came into force since you began. Review and apply helps you to bring your changes on top of it.", h.draft.Stale.Number)))
		}
		return blocks
	case c.InForce != nil:
		return []slack.Block{section(fmt.Sprintf(":white_check_mark: *In force:* version %d, since %s. What you change here goes into a draft first.", c.InForce.Number, when(c.InForce.At)))}
	}
	return []slack.Block{section(":seedling: *There is no policy yet.* `" + commandConfig + "` leads through the first one.")}
}

// draftProblems are those that belong to no rule; a rule says its own.
func draftProblems(h inHand) string {
	var rest []policy.Problem
	for _, p := range h.draft.Problems {
		if !p.Warning && ruleOfPath(p.Path) < 0 {
			p.Message = placeOf(p.Path) + p.Message
			rest = append(rest, p)
		}
	}
	return problemLines(rest)
}

// placeOf says which part of a policy a problem is about, besides the rules.
func placeOf(path string) string {
	part, rest, _ := strings.Cut(path, ".")
	switch index, isChannel := strings.CutPrefix(part, "channels["); {
	case part == "settings":
		return "Settings: "
	case isChannel:
		i, _ := strconv.Atoi(strings.TrimSuffix(index, "]"))
		return fmt.Sprintf("Channels, entry %d: ", i+1)
	case part == "people":
		set, _, _ := strings.Cut(rest, ".")
		return "People, “" + name(set, 40) + "”: "
	}
	return ""
}

// ruleOfPath is the index of the rule that a problem is about; -1 for none.
func ruleOfPath(path string) int {
	rest, ok := strings.CutPrefix(path, "rules[")
	if !ok {
		return -1
	}
	n, _, _ := strings.Cut(rest, "]")
	i, err := strconv.Atoi(n)
	if err != nil {
		return -1
	}
	return i
}

// listButtons are what can be done with a list. What leads on stands out: adding something
// or, once there is a draft, what it would do.
func listButtons(h inHand, add *slack.ButtonBlockElement) slack.Block {
	if h.draft == nil {
		return actions(primary(add))
	}
	return actions(add, primary(button(openArea(areaDraft), "open", "Review and apply", "Review your draft and apply it")))
}

func ruleBlock(h inHand, i int) slack.Block {
	r := h.rules[i]
	lines := []string{fmt.Sprintf("*%d. %s*  %s", i+1, bold(name(r.Name, nameWidth)), ruleState(r))}
	if r.Text == "" && h.spec != nil { // a draft that cannot be compiled has no summaries
		r.Text = specText(h.spec.Rules[i])
	}
	if r.Text != "" {
		lines = append(lines, escName(r.Text, 300))
	}
	if reach := ruleReach(h, r); reach != "" {
		lines = append(lines, "_"+reach+"_")
	}
	if h.draft != nil {
		lines = append(lines, ruleProblems(h.draft.Problems, i)...)
	}
	text := strings.Join(lines, "\n")
	if h.spec == nil {
		return section(text)
	}
	ref := refTo(h.spec.Rules, i)
	off := "Switch off"
	if r.Off {
		off = "Switch on"
	}
	return withMenu(text, actRuleMenu, "rule/"+strconv.Itoa(i)+"/"+ref.Name, []sheetChoice{
		{choiceFor("edit", ref), "Edit…", ""},
		{choiceFor("move", ref), "Move…", ""},
		{choiceFor("off", ref), off, ""},
		{choiceFor("copy", ref), "Copy", ""},
		{choiceFor("delete", ref), "Delete…", ""},
	})
}

// specText is a rule in one line, from what is written alone.
func specText(r policy.RuleSpec) string {
	words := func(l policy.List, every string) string {
		if l.All || len(l.Items) == 0 {
			return every
		}
		return strings.Join(l.Items, ", ")
	}
	var parts []string
	if !onlyGroups(r) {
		parts = append(parts, accountsText(r.Accounts, func(string) string { return "" }), words(r.Roles, "all roles"))
	}
	if groups := groupsText(r.Groups); groups != "" {
		parts = append(parts, groups)
	}
	parts = append(parts, words(r.Requesters, "everyone"))
	switch {
	case r.Deny:
		parts = append(parts, "denied")
	case r.Approval.Automatic:
		parts = append(parts, "automatic")
	case len(r.Approval.Steps) > 0 && !slices.ContainsFunc(r.Approval.Steps, func(s policy.Step) bool { return len(s.From) == 0 }):
		parts = append(parts, steps(policy.Terms{Steps: r.Approval.Steps, InOrder: r.InOrder}))
	}
	return strings.Join(parts, " · ")
}

// withMenu is a section with a menu at its side.
func withMenu(text, action, block string, entries []sheetChoice) slack.Block {
	options := make([]*slack.OptionBlockObject, len(entries))
	for i, e := range entries {
		options[i] = e.option()
	}
	menu := slack.NewOverflowBlockElement(action, options...)
	return slack.NewSectionBlock(markup(text, maxText), nil, slack.NewAccessory(menu), slack.SectionBlockOptionBlockID(cut(block, maxID)))
}

func ruleState(r access.RuleView) string {
	switch {
	case r.Off && r.Deny:
		return ":black_circle: deny, off"
	case r.Off:
		return ":black_circle: allow, off"
	case r.Deny:
		return ":no_entry: deny"
	}
	return ":white_check_mark: allow"
}

// ruleReach says what a rule matches today; "" when that is not known.
func ruleReach(h inHand, r access.RuleView) string {
	if h.draft != nil && policy.Refused(h.draft.Problems) {
		return ""
	}
	people := peopleCount(r.People)
	switch {
	case !r.PeopleKnown && r.People == 0:
		people = "people not known"
	case !r.PeopleKnown:
		people = "at least " + people
	}
	what := plural(r.Accounts, "account") + " · " + plural(r.Roles, "role")
	switch {
	case r.Groups > 0 && r.Accounts == 0 && r.Roles == 0:
		what = plural(r.Groups, "group")
	case r.Groups > 0:
		what += " · " + plural(r.Groups, "group")
	}
	return what + " · " + people + " today"
}

// ruleProblems are lines about what is wrong or doubtful in one rule.
func ruleProblems(problems []policy.Problem, i int) []string {
	const most = 3
	var lines []string
	left := 0
	for _, p := range problems {
		if ruleOfPath(p.Path) != i {
			continue
		}
		if len(lines) == most {
			left++
			continue
		}
		icon := ":x: "
		if p.Warning {
			icon = ":warning: "
		}
		line := icon + sentence(cut(p.Message, 200))
		if p.Hint != "" {
			line += " " + sentence(cut(p.Hint, 200))
		}
		lines = append(lines, line)
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", left))
	}
	return lines
}
