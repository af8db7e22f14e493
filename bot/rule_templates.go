package bot

import (
	"slices"
	"time"

	"stint/access/policy"
)

// ruleTemplate is what a new rule can begin with.
type ruleTemplate struct {
	id, label, about string
	rule             policy.RuleSpec
}

func templates() []ruleTemplate {
	hours := func(n int) policy.Duration { return policy.Duration(time.Duration(n) * time.Hour) }
	everyone := policy.List{All: true}
	return []ruleTemplate{
		{"readonly", "Read-only, automatic", "to look at things, without asking anybody", policy.RuleSpec{
			Name: "read-only", Accounts: policy.Accounts{All: true}, Roles: policy.List{Items: []string{"ReadOnly*", "ViewOnly*"}},
			Requesters: everyone, Approval: policy.ApprovalSpec{Automatic: true}, MaxDuration: hours(8),
		}},
		{"approved", "Production, with approval", "one person approves, two hours at most", policy.RuleSpec{
			Name: "production", Accounts: policy.Accounts{Entries: []policy.AccountMatch{}}, Roles: policy.List{Items: []string{}},
			Requesters: everyone, Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{}, Count: 1}}}, MaxDuration: hours(2),
		}},
		{"emergency", "With a way in for emergencies", "approval, or at once and looked at afterwards", policy.RuleSpec{
			Name: "production on call", Accounts: policy.Accounts{Entries: []policy.AccountMatch{}}, Roles: policy.List{Items: []string{}},
			Requesters: policy.List{Items: []string{}}, Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{}, Count: 1}}}, MaxDuration: hours(2),
			Emergency: &policy.EmergencySpec{MaxDuration: hours(1), MinReason: 40, PerDay: 3, DebriefWithin: hours(24)},
		}},
		{"deny", "Deny", "nobody gets it, whatever other rules say", policy.RuleSpec{
			Name: "never", Deny: true, Accounts: policy.Accounts{Entries: []policy.AccountMatch{}},
		}},
	}
}

// template is a new rule; an unknown id makes the first one.
func template(id string, spec policy.Spec) policy.RuleSpec {
	all := templates()
	i := max(0, slices.IndexFunc(all, func(t ruleTemplate) bool { return t.id == id }))
	r := all[i].rule
	r.Name = freeName(spec.Rules, r.Name)
	return r
}
