package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/policy"
)

// escalating is a rule for devs that sre decide, and after half an hour security too.
func escalating() policy.RuleSpec {
	return policy.RuleSpec{
		Name: "prod", Accounts: policy.Accounts{All: true}, Roles: policy.List{All: true}, Requesters: policy.List{All: true},
		Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}}},
		Escalate: &policy.EscalateSpec{After: policy.Duration(30 * time.Minute), To: []string{"security"}, Channel: "prod-approvals"},
	}
}

func TestEscalationIsInTheTerms(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(escalating()), w)
	d := p.Decide(w.catalog(t), w, ask("eve", payments, "ReadOnlyAccess"))
	want := &policy.Escalation{After: 30 * time.Minute, To: []string{"security"}, Channel: "C2"}
	if diff := cmp.Diff(want, d.Terms.Escalation); diff != "" {
		t.Fatalf("difference (-want +got):\n%s", diff)
	}
	if text := p.Rules()[0].Text; !strings.Contains(text, "escalates to security after 30\u00a0min") {
		t.Errorf("the rule says %q", text)
	}
	now, later := p.Approvers(w, d.Terms), p.Approvers(w, d.Terms.Escalated())
	if !slices.Equal(now, []catalog.PersonID{"ann", "bob"}) || !slices.Equal(later, []catalog.PersonID{"ann", "bob", "cat", "dan"}) {
		t.Errorf("can decide %v, and later %v", now, later)
	}
	if len(d.Terms.Steps[0].From) != 1 {
		t.Error("the terms themselves were changed")
	}
}

func TestEscalationMakesFeasible(t *testing.T) {
	t.Parallel()
	w := newWorld()
	rule := escalating()
	rule.Approval.Steps[0].Count = 2
	p := compile(t, base(rule), w)
	terms := p.Decide(w.catalog(t), w, ask("ann", payments, "ReadOnlyAccess")).Terms
	if err := p.Feasible(w, terms, "ann"); err != nil {
		t.Errorf("bob and one of security could decide it later: %v", err)
	}
	if !p.OnlyEscalated(w, terms, "ann") || p.OnlyEscalated(w, terms, "eve") {
		t.Error("of ann's it holds, and of eve's it does not, that they can be approved only later")
	}
	rule.Escalate = nil
	p = compile(t, base(rule), w)
	if p.Feasible(w, p.Decide(w.catalog(t), w, ask("ann", payments, "ReadOnlyAccess")).Terms, "ann") == nil {
		t.Error("feasible without an escalation")
	}
}

func TestEscalationProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*policy.RuleSpec)
		want   string
	}{
		"no time":       {func(r *policy.RuleSpec) { r.Escalate.After = 0 }, "rules[0].escalate.after"},
		"too short":     {func(r *policy.RuleSpec) { r.Escalate.After = policy.Duration(time.Second) }, "rules[0].escalate.after"},
		"too late":      {func(r *policy.RuleSpec) { r.Escalate.After = policy.Duration(9 * time.Hour) }, "rules[0].escalate.after"},
		"nobody":        {func(r *policy.RuleSpec) { r.Escalate.To, r.Escalate.Channel = nil, "" }, "rules[0].escalate.to"},
		"all":           {func(r *policy.RuleSpec) { r.Escalate.To = []string{"all"} }, "rules[0].escalate.to"},
		"no such set":   {func(r *policy.RuleSpec) { r.Escalate.To = []string{"nobody"} }, "rules[0].escalate.to[0]"},
		"bad channel":   {func(r *policy.RuleSpec) { r.Escalate.Channel = "old" }, "rules[0].escalate.channel"},
		"automatic":     {func(r *policy.RuleSpec) { r.Approval = policy.ApprovalSpec{Automatic: true} }, "rules[0].escalate"},
		"within a deny": {func(r *policy.RuleSpec) { *r = policy.RuleSpec{Name: "x", Deny: true, Escalate: r.Escalate} }, "rules[0].escalate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule := escalating()
			c.change(&rule)
			_, problems := policy.Compile(base(rule), "", newWorld())
			if !slices.ContainsFunc(problems, func(p policy.Problem) bool { return p.Path == c.want }) {
				t.Errorf("nothing is said of %s: %v", c.want, problems)
			}
		})
	}
}

func TestEscalationIsCompared(t *testing.T) {
	t.Parallel()
	w := newWorld()
	with := func(e *policy.EscalateSpec) *policy.Policy {
		rule := escalating()
		rule.Escalate = e
		return compile(t, base(rule), w)
	}
	half, hour := policy.Duration(30*time.Minute), policy.Duration(time.Hour)
	for name, c := range map[string]struct {
		before, after *policy.EscalateSpec
		want          string
		harder        bool
	}{
		"added":   {nil, &policy.EscalateSpec{After: half, To: []string{"security"}}, "now escalates to security after 30\u00a0min", false},
		"removed": {&policy.EscalateSpec{After: half, To: []string{"security"}}, nil, "no longer escalates", true},
		"later":   {&policy.EscalateSpec{After: half, To: []string{"security"}}, &policy.EscalateSpec{After: hour, To: []string{"security"}}, "now escalates to security after 1\u00a0h", true},
		"to more": {&policy.EscalateSpec{After: half, To: []string{"security"}}, &policy.EscalateSpec{After: half, To: []string{"security", "both"}}, "now escalates to security and both after 30\u00a0min", false},
		"same":    {&policy.EscalateSpec{After: half, To: []string{"security"}}, &policy.EscalateSpec{After: half, To: []string{"security"}, Channel: "oncall"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := policy.Simulate(with(c.before), with(c.after), w.catalog(t), w, []policy.Trial{{Query: ask("eve", payments, "ReadOnlyAccess")}})
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("a difference where there is none: %+v", got)
			case c.want != "" && (len(got) != 1 || got[0].What != c.want || got[0].Harder != c.harder):
				t.Errorf("got %+v, want %q, harder %v", got, c.want, c.harder)
			}
		})
	}
}
