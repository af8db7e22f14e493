package policyfile

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml/ast"

	"stint/access/policy"
)

// maxRuleBytes is more than a text field of Slack holds.
const maxRuleBytes = 16 << 10

// ParseRule reads one rule as it stands in a file, with or without the dash before it. Paths
// of problems are those within the rule: "accounts[0].ou". Names are not resolved. The rule
// holds what could be read.
func ParseRule(data []byte) (policy.RuleSpec, []policy.Problem) {
	var rule policy.RuleSpec
	if len(data) > maxRuleBytes {
		return rule, []policy.Problem{{Message: fmt.Sprintf("the rule is larger than %d KiB", maxRuleBytes>>10)}}
	}
	root, problem := syntax("", data)
	if problem != nil {
		return rule, []policy.Problem{*problem}
	}
	if list, ok := root.(*ast.SequenceNode); ok {
		if len(list.Values) != 1 {
			return rule, []policy.Problem{{Line: 1, Column: 1, Message: "write one rule, and not a list of several"}}
		}
		root = list.Values[0]
	}
	if root == nil {
		return rule, []policy.Problem{{Line: 1, Column: 1, Message: "there is no rule", Hint: "start with name: and a name"}}
	}
	r := newReader("")
	r.read("", root, reflect.ValueOf(&rule).Elem())
	return rule, inOrder(r.problems)
}

// FormatRule writes one rule as YAML, as ParseRule reads it. It fails unless that is the same
// rule.
func FormatRule(rule policy.RuleSpec) ([]byte, error) {
	out, err := write(rule)
	if err != nil {
		return nil, fmt.Errorf("policyfile.FormatRule: %w", err)
	}
	back, problems := ParseRule(out)
	switch {
	case len(problems) > 0:
		return nil, fmt.Errorf("policyfile.FormatRule: this rule cannot be written as YAML: %s", problems[0])
	case !same(back, rule):
		return nil, errors.New("policyfile.FormatRule: this rule cannot be written as YAML without changing it")
	}
	return out, nil
}
