package bot

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/policy"
	"stint/access/policy/policyfile"
)

const blockYAML = "yaml"

// yamlView is the rule as text: for what the pages of the form cannot hold.
func (e *ruleEditor) yamlView() slack.ModalViewRequest {
	text, err := policyfile.FormatRule(e.rule)
	blocks := []slack.Block{small("*As YAML*  ·  " + e.heading())}
	if e.banner != "" {
		blocks = append(blocks, section(e.banner))
	}
	back := actions(button(actRuleForm, "form", "Back to the form", "Store the rule and go back to the form"))
	if err != nil || utf8.RuneCount(text) > maxText || clean(string(text)) != string(text) {
		why := fmt.Sprintf("This rule is longer than a text field of Slack holds (%s of %s characters).", thousands(utf8.RuneCount(text)), thousands(maxText))
		if utf8.RuneCount(text) <= maxText {
			why = "This rule cannot be shown as YAML in a text field."
		}
		return e.modal("", append(blocks, section(why+" Export the policy, change the rule there and import it: `stint policy export`, `stint policy import`."), back))
	}
	s := &sheet{state: e.state}
	s.text(textField{
		block: blockYAML, label: "The rule", value: string(text), most: maxText, lines: true,
		hint: "The shape of a rule in a policy file. Names of people sets are those under People.",
	})
	return e.modal("Done", append(append(blocks, s.blocks...), back))
}

// storeYAML puts the rule that was typed as YAML into the draft.
func (b *Bot) storeYAML(ctx context.Context, o origin, e *ruleEditor, d access.DraftView, state formState) (access.DraftView, bool, wrong) {
	typed := state.one(blockYAML)
	if was, err := policyfile.FormatRule(e.rule); typed == "" || err == nil && strings.TrimSpace(string(was)) == typed {
		return d, false, wrong{}
	}
	rule, problems := policyfile.ParseRule([]byte(typed))
	if text := yamlProblems(problems); text != "" {
		return d, false, wrong{fields: map[string]string{blockYAML: text}}
	}
	e.put(rule)
	problems, err := b.service.CheckSpec(ctx, o.user, e.spec)
	if err != nil {
		return d, false, wrong{err: err}
	}
	if text := yamlProblems(e.located(typed, problems)); text != "" {
		return d, false, wrong{fields: map[string]string{blockYAML: text}}
	}
	return b.storeRule(ctx, o, e, d)
}

// located finds the problems of this rule in the text that it was typed as.
func (e *ruleEditor) located(typed string, problems []policy.Problem) []policy.Problem {
	// As the only rule of a policy; a rule without the dash gets it.
	text, moved := typed, 0
	if !strings.HasPrefix(text, "-") {
		text, moved = "- "+strings.ReplaceAll(text, "\n", "\n  "), 2
	}
	f, _ := policyfile.Parse("", []byte("rules:\n"+text))
	var out []policy.Problem
	for _, p := range problems {
		if p.Warning || ruleOfPath(p.Path) != e.meta.Rule.Index {
			continue
		}
		if _, path, _ := strings.Cut(p.Path, "]"); f != nil {
			p.Path = "rules[0]" + path
			p = f.Locate(p)
			p.Line, p.Column = p.Line-1, max(1, p.Column-moved)
		}
		out = append(out, p)
	}
	return out
}

// yamlProblems says problems with their places, for under the text; "" for none.
func yamlProblems(problems []policy.Problem) string {
	var lines []string
	for _, p := range problems {
		if p.Warning {
			continue
		}
		line := fieldProblem(p)
		if p.Line > 0 {
			line = fmt.Sprintf("Line %d, column %d: %s", p.Line, p.Column, line)
		}
		lines = append(lines, line)
	}
	return cut(strings.Join(lines, " "), maxProblemText)
}
