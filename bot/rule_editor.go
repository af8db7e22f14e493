package bot

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

// The pages of the rule editor, in order. A deny has only the first two.
const (
	pageWhat = iota
	pageWho
	pageTerms
	pageWhen
)

// ruleMeta is what the editor carries from page to page.
type ruleMeta struct {
	Version uint64  `json:"v"`              // of the draft that the page was drawn from
	Rule    ruleRef `json:"r"`              // in the draft
	New     string  `json:"new,omitempty"`  // template of a rule that the draft does not have yet
	Fresh   bool    `json:"f,omitempty"`    // it was new when the editor was opened
	Top     bool    `json:"top,omitempty"`  // where a new rule goes
	Page    int     `json:"p,omitempty"`    // what is shown
	Steps   []int   `json:"s,omitempty"`    // keys of the approval's steps; what is above those of the rule is new
	YAML    bool    `json:"yaml,omitempty"` // shown as YAML
}

func (m ruleMeta) String() string {
	raw, _ := json.Marshal(m) // plain data
	return string(raw)
}

func readRuleMeta(s string) ruleMeta {
	var m ruleMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one names no rule, and the editor says so
	return m
}

// ruleRef names a rule in a draft: where it was, and what it was called. A rule that moved
// is found by its name.
type ruleRef struct {
	Index int    `json:"i"`
	Name  string `json:"n"` // hash
}

func refTo(rules []policy.RuleSpec, i int) ruleRef { return ruleRef{i, hashOf(rules[i].Name)} }

func (r ruleRef) find(rules []policy.RuleSpec) (int, bool) {
	if r.Index >= 0 && r.Index < len(rules) && hashOf(rules[r.Index].Name) == r.Name {
		return r.Index, true
	}
	i := slices.IndexFunc(rules, func(s policy.RuleSpec) bool { return hashOf(s.Name) == r.Name })
	return i, i >= 0
}

// ruleEditor is one rule of a draft while somebody edits it in a view.
type ruleEditor struct {
	meta  ruleMeta
	spec  policy.Spec     // the draft
	rule  policy.RuleSpec // what is edited
	state formState       // nil when the page opens
	// banner is said above the page, mrkdwn.
	banner string
	label  func(account string) string
	sets   setMaker
}

// openRule makes an editor of what the draft holds.
func (b *Bot) openRule(m ruleMeta, d access.DraftView) (*ruleEditor, error) {
	e := &ruleEditor{meta: m, spec: d.Revision.Spec, label: b.accountLabel}
	e.meta.Version = d.Revision.Version
	if m.New != "" {
		e.rule = template(m.New, e.spec)
	} else {
		i, ok := m.Rule.find(e.spec.Rules)
		if !ok {
			return nil, fault.New(fault.NotFound, "bot.openRule", "This rule is no longer in your draft", "It was renamed or deleted in another window. Close this one and choose it again.")
		}
		e.meta.Rule, e.rule = refTo(e.spec.Rules, i), e.spec.Rules[i]
	}
	if m.Steps == nil {
		e.meta.Steps = stepKeys(e.rule)
	}
	e.meta.Page = min(max(m.Page, 0), e.pages()-1)
	e.sets = setMaker{people: e.spec.People, made: map[string]string{}}
	return e, nil
}

func (e *ruleEditor) pages() int {
	if e.rule.Deny {
		return pageWho + 1
	}
	return pageWhen + 1
}

func (e *ruleEditor) last() bool { return e.meta.Page == e.pages()-1 }

// sheet draws the page; what is applied to it goes into rule.
func (e *ruleEditor) sheet(state formState, rule *policy.RuleSpec) *sheet {
	s := &sheet{state: state}
	switch e.meta.Page {
	case pageWhat:
		e.whatPage(s, rule)
	case pageWho:
		e.whoPage(s, rule)
	case pageTerms:
		e.termsPage(s, rule)
	default:
		e.whenPage(s, rule)
	}
	return s
}

// untouched is the page as it was when it opened.
func (e *ruleEditor) untouched() *sheet {
	fresh := *e
	fresh.meta.Steps = stepKeys(e.rule)
	rule := e.rule
	return fresh.sheet(nil, &rule)
}

// read puts what the person changed on the page into the rule and the sets that it names.
// It returns errors by block id, and then has changed nothing.
func (e *ruleEditor) read(state formState) (changed bool, errs map[string]string) {
	was, rule := e.rule, e.rule
	s := e.sheet(state, &rule)
	untouched := e.untouched()
	if e.meta.New != "" {
		untouched = &sheet{} // what a template leaves open is asked for
	}
	if errs = s.apply(untouched); len(errs) > 0 {
		return false, errs
	}
	same := equalRules(was, rule) && len(e.sets.made) == 0
	if same && e.meta.New == "" {
		return false, nil
	}
	e.put(rule)
	return true, nil
}

// put puts the rule into the draft's spec, without touching what the draft itself holds.
func (e *ruleEditor) put(rule policy.RuleSpec) {
	rules := slices.Clone(e.spec.Rules)
	switch {
	case e.meta.New == "":
		rules[e.meta.Rule.Index] = rule
	case e.meta.Top:
		rules = append([]policy.RuleSpec{rule}, rules...)
		e.meta.Rule.Index = 0
	default:
		e.meta.Rule.Index = len(rules)
		rules = append(rules, rule)
	}
	e.rule, e.spec.Rules, e.spec.People = rule, rules, e.sets.people
	e.meta.Fresh = e.meta.Fresh || e.meta.New != ""
	e.meta.New, e.meta.Rule = "", refTo(rules, e.meta.Rule.Index)
}

// sorted sorts problems of the draft: those under an input of this page, those of this page
// that fit under none, and those of other pages of this rule. Warnings stay in the list.
func (e *ruleEditor) sorted(problems []policy.Problem, s *sheet) (fields map[string]string, rest []policy.Problem) {
	fields = map[string]string{}
	prefix := fmt.Sprintf("rules[%d]", e.meta.Rule.Index)
	for _, p := range problems {
		if p.Warning {
			continue
		}
		if id := e.madeBy(p.Path); id != "" {
			fields[id] = fieldProblem(p)
			continue
		}
		path, ok := strings.CutPrefix(p.Path, prefix)
		if !ok || path != "" && path[0] != '.' {
			continue
		}
		path = strings.TrimPrefix(path, ".")
		if id := s.under(path); id != "" {
			if fields[id] == "" {
				fields[id] = fieldProblem(p)
			}
			continue
		}
		p.Path = path
		rest = append(rest, p)
	}
	return fields, rest
}

// madeBy is the input in which the set was chosen that a problem is about.
func (e *ruleEditor) madeBy(path string) string {
	for set, input := range e.sets.made {
		if rest, ok := strings.CutPrefix(path, "people."+set); ok && (rest == "" || rest[0] == '.') {
			return input
		}
	}
	return ""
}

// pageOfPath is the page on which a part of a rule is edited.
func (e *ruleEditor) pageOfPath(path string) int {
	key, _, _ := strings.Cut(path, ".")
	key, _, _ = strings.Cut(key, "[")
	switch key {
	case "", "name", "accounts", "roles", "groups":
		return pageWhat
	case "requesters", "on_behalf":
		return pageWho
	case "when", "emergency", "off":
		return min(pageWhen, e.pages()-1)
	}
	return min(pageTerms, e.pages()-1)
}

// view is the editor's page.
func (e *ruleEditor) view() slack.ModalViewRequest {
	if e.meta.YAML {
		return e.yamlView()
	}
	rule := e.rule
	s := e.sheet(e.state, &rule)
	blocks := []slack.Block{small(fmt.Sprintf("*%d of %d: %s*  ·  %s", e.meta.Page+1, e.pages(), e.pageName(), e.heading()))}
	if e.banner != "" {
		blocks = append(blocks, section(e.banner))
	}
	blocks = append(blocks, s.blocks...)
	blocks = append(blocks, e.footer())
	submit := "Next"
	if e.last() {
		submit = "Done"
	}
	return e.modal(submit, blocks)
}

func (e *ruleEditor) modal(submit string, blocks []slack.Block) slack.ModalViewRequest {
	title := "Edit rule"
	if e.meta.New != "" || e.meta.Fresh {
		title = "New rule"
	}
	v := modal(viewRule, title, submit, "Close", blocks)
	v.PrivateMetadata = e.meta.String()
	v.NotifyOnClose = true // what was stored shows in the list below, however this is left
	return v
}

func (e *ruleEditor) heading() string {
	kind := ":white_check_mark: allow"
	if e.rule.Deny {
		kind = ":no_entry: deny"
	}
	return escName(e.rule.Name, nameWidth) + "  " + kind
}

func (e *ruleEditor) pageName() string {
	switch e.meta.Page {
	case pageWhat:
		return "what it is about"
	case pageWho:
		return "who"
	case pageTerms:
		return "approval and terms"
	}
	return "condition, emergency"
}

func (e *ruleEditor) footer() slack.Block {
	var bs []*slack.ButtonBlockElement
	if e.meta.Page > 0 {
		bs = append(bs, button(actRuleBack, "back", "‹ Back", "Store this page and go back"))
	}
	return actions(append(bs, button(actRuleYAML, "yaml", "Edit as YAML", "Store this page and edit the rule as YAML"))...)
}

// problemLines says problems in a list, mrkdwn.
func problemLines(problems []policy.Problem) string {
	lines := make([]string, 0, len(problems))
	for _, p := range problems[:min(len(problems), 5)] {
		line := "• " + sentence(cut(p.Message, 300))
		if p.Hint != "" {
			line += " " + sentence(cut(p.Hint, 300))
		}
		lines = append(lines, line)
	}
	if n := len(problems) - 5; n > 0 {
		lines = append(lines, fmt.Sprintf("• and %d more", n))
	}
	return strings.Join(lines, "\n")
}

// errorLines are errors under inputs as one text, for a place where they cannot stand under
// their inputs.
func errorLines(errs map[string]string) string {
	var lines []string
	for _, id := range slices.Sorted(maps.Keys(errs)) {
		if line := "• " + esc(errs[id]); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// equalRules compares what two rules say, an empty list not being the same as none.
func equalRules(a, b policy.RuleSpec) bool {
	return hashOf(a) == hashOf(b)
}
