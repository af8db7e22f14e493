package policyfile_test

import (
	"fmt"
	"testing"

	"stint/access/policy"
	"stint/access/policy/policyfile"
)

// bigFile is a policy of n rules like those that people write, some 360 bytes a rule.
func bigFile(tb testing.TB, n int) []byte {
	spec := policy.Spec{
		Settings: policy.SettingsSpec{
			Admins: policy.People{Users: []string{"lead@example.com"}}, EmailDomains: []string{"example.com"}, Channel: "aws-approvals",
		},
		People: map[string]policy.People{"sre": {SlackUserGroups: []string{"sre"}}},
	}
	for i := range n {
		rule := policy.RuleSpec{
			Name: fmt.Sprintf("rule %d", i),
			Accounts: policy.Accounts{Entries: []policy.AccountMatch{
				{OU: "/Production", Tags: map[string]string{"env": "prod"}, Except: []policy.AccountMatch{{Name: "*-sandbox"}}},
				{Name: fmt.Sprintf("prod-%d-*", i)},
			}},
			Roles: policy.List{Items: []string{"AdministratorAccess", "PowerUserAccess"}}, Requesters: policy.List{Items: []string{"sre"}},
			Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}}},
		}
		if i%8 == 0 {
			rule.When = "now.weekday() < 6"
		}
		spec.Rules = append(spec.Rules, rule)
	}
	data, err := policyfile.Format(spec)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// BenchmarkLoad reads a file of 200 rules and one of 1,000.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{200, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data := bigFile(b, n)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if p, problems := policyfile.Load("policy.yaml", data, names{}); p == nil {
					b.Fatal(problems)
				}
			}
		})
	}
}
