package bot

import (
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"stint/access/policy"
)

// TestRuleEditorKeepsAndChangesGroups: what the editor shows of a rule's groups is what it
// stores, and nothing else of the rule changes with it.
func TestRuleEditorKeepsAndChangesGroups(t *testing.T) {
	t.Parallel()
	rule := policy.RuleSpec{
		Name: "dba", Groups: policy.List{Items: []string{"database-*", "on call"}},
		Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Automatic: true},
	}
	spec := policy.Spec{Rules: []policy.RuleSpec{rule}}
	e := editorOf(t, spec, 0, pageWhat)
	v := e.view()
	var shown string
	for _, b := range v.Blocks.BlockSet {
		if in, ok := b.(*slack.InputBlock); ok && in.BlockID == "groups" {
			shown = in.Element.(*slack.PlainTextInputBlockElement).InitialValue
		}
		if in, ok := b.(*slack.InputBlock); ok && (strings.HasPrefix(in.BlockID, "roles") || strings.HasPrefix(in.BlockID, "accounts")) {
			t.Errorf("a rule about groups alone shows %s", in.BlockID)
		}
	}
	if shown != "database-*\non call" {
		t.Errorf("it shows %q", shown)
	}
	state := readState(stateOf(v))
	if changed, errs := e.read(state); changed || len(errs) > 0 {
		t.Errorf("untouched: changed %v, %v", changed, errs)
	}
	state["groups"] = []string{" readers \n\ndatabase-*"}
	if changed, errs := e.read(state); !changed || len(errs) > 0 {
		t.Errorf("changed: %v, %v", changed, errs)
	}
	want := rule
	want.Groups = policy.List{Items: []string{"readers", "database-*"}}
	if got := e.spec.Rules[0]; !equalRules(want, got) {
		t.Errorf("stored %+v", got)
	}
	state["groups"] = nil
	if _, errs := e.read(state); errs["groups"] == "" {
		t.Error("a rule about nothing was taken")
	}
	if text := specText(rule); !strings.HasPrefix(text, "membership in database-*, on call · everyone") {
		t.Errorf("its line says %q", text)
	}
	if !slices.Equal(spec.Rules[0].Groups.Items, rule.Groups.Items) {
		t.Error("the draft itself was changed")
	}
}
