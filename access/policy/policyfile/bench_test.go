package policyfile_test

import (
	"fmt"
	"testing"

	"stint/access/policy"
	"stint/access/policy/policyfile"
)

// BenchmarkLoad reads a file of 200 rules, some 70 KiB.
func BenchmarkLoad(b *testing.B) {
	spec := policy.Spec{
		Settings: policy.SettingsSpec{
			Admins: policy.People{Users: []string{"lead@example.com"}}, EmailDomains: []string{"example.com"}, Channel: "aws-approvals",
		},
		People: map[string]policy.People{"sre": {SlackUserGroups: []string{"sre"}}},
	}
	for i := range 200 {
		spec.Rules = append(spec.Rules, policy.RuleSpec{
			Name: fmt.Sprintf("rule %d", i),
			Accounts: policy.Accounts{Entries: []policy.AccountMatch{
				{OU: "/Production", Tags: map[string]string{"env": "prod"}, Except: []policy.AccountMatch{{Name: "*-sandbox"}}},
				{Name: fmt.Sprintf("prod-%d-*", i)},
			}},
			Roles: policy.List{Items: []string{"AdministratorAccess", "PowerUserAccess"}}, Requesters: policy.List{Items: []string{"sre"}},
			Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}}},
			When:     "now.weekday() < 6",
		})
	}
	data, err := policyfile.Format(spec)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if p, problems := policyfile.Load("policy.yaml", data, names{}); p == nil {
			b.Fatal(problems)
		}
	}
}
