package policy_test

import (
	"strings"
	"testing"
	"time"

	"stint/access/policy"
)

// TestSimulate decides one ask by two policies that differ in one rule.
func TestSimulate(t *testing.T) {
	t.Parallel()
	admin := func(change ...func(*policy.RuleSpec)) policy.RuleSpec {
		r := anything("admin", steps(step(1, "sre"), step(1, "security")))
		r.MaxDuration = policy.Duration(4 * time.Hour)
		for _, c := range change {
			c(&r)
		}
		return r
	}
	most := func(hours int) func(*policy.RuleSpec) {
		return func(r *policy.RuleSpec) { r.MaxDuration = policy.Duration(time.Duration(hours) * time.Hour) }
	}
	reason := func(s policy.ReasonSpec) func(*policy.RuleSpec) { return func(r *policy.RuleSpec) { r.Reason = s } }
	number := reason(policy.ReasonSpec{Pattern: "INC-[0-9]+", Hint: "incident number"})
	auto := func(r *policy.RuleSpec) { r.Approval = policy.ApprovalSpec{Automatic: true} }
	inOrder := func(r *policy.RuleSpec) { r.InOrder = true }
	for name, tc := range map[string]struct {
		before, after policy.RuleSpec
		duration      time.Duration
		reason        string
		want          string // "+" in front when it asks for more
	}{
		"the same":                 {admin(), admin(), 0, "", ""},
		"another name":             {admin(), admin(func(r *policy.RuleSpec) { r.Name = "other" }), 0, "", ""},
		"steps written otherwise":  {admin(steps(step(2, "sre"))), admin(steps(step(1, "sre"), step(1, "sre"))), 0, "", ""},
		"denied":                   {admin(), deny("never"), 0, "", "+now denied by rule “never”"},
		"gone":                     {admin(), admin(requesters("security")), 0, "", "+no longer requestable"},
		"refused by both":          {admin(requesters("security")), deny("never"), 0, "", ""},
		"opened":                   {admin(requesters("security")), admin(), 0, "", "now requestable with one approval from sre and one from security"},
		"opened to all":            {deny("never"), admin(auto), 0, "", "now requestable without approval"},
		"automatic":                {admin(), admin(auto), 0, "", "now automatic"},
		"no longer automatic":      {admin(auto), admin(), 0, "", "+now needs one approval from sre and one from security"},
		"one fewer":                {admin(), admin(steps(step(1, "security"))), 0, "", "now needs one approval from security"},
		"one more":                 {admin(), admin(steps(step(2, "sre"), step(1, "security"))), 0, "", "+now needs two approvals from sre and one from security"},
		"from more people":         {admin(), admin(steps(step(2, "sre", "security"))), 0, "", "now needs two approvals from sre or security"},
		"from others":              {admin(), admin(steps(step(1, "both"))), 0, "", "+now needs one approval from both"},
		"in order":                 {admin(), admin(inOrder), 0, "", "+now needs one approval from sre, then one from security"},
		"no longer in order":       {admin(inOrder), admin(), 0, "", "now needs one approval from sre and one from security"},
		"fewer, in order":          {admin(inOrder), admin(inOrder, steps(step(1, "security"))), 0, "", "now needs one approval from security"},
		"turned round":             {admin(inOrder), admin(inOrder, steps(step(1, "security"), step(1, "sre"))), 0, "", "+now needs one approval from security, then one from sre"},
		"shorter":                  {admin(), admin(most(1)), 2 * time.Hour, "", "+shortened to 1 h"},
		"shorter, but long enough": {admin(), admin(most(3)), 2 * time.Hour, "", ""},
		"longer":                   {admin(), admin(most(6)), 5 * time.Hour, "", "no longer shortened to 4 h"},
		"a number":                 {admin(), admin(number), 0, "it is broken", "+the reason lacks: incident number"},
		"a number that was given":  {admin(), admin(number), 0, "INC-12 is broken", ""},
		"a number no more":         {admin(number), admin(), 0, "it is broken", "the reason now suffices"},
		"a pattern without words":  {admin(), admin(reason(policy.ReasonSpec{Pattern: "^X"})), 0, "it is broken", "+the reason does not match ^X"},
		"a longer reason":          {admin(), admin(reason(policy.ReasonSpec{MinLength: 20})), 0, "it is broken", "+the reason is shorter than 20 characters"},
		"both ways":                {admin(), admin(auto, most(1)), 2 * time.Hour, "", "+now automatic; shortened to 1 h"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			before, after := compile(t, base(tc.before), w), compile(t, base(tc.after), w)
			nobody := ask("zed", payments, "ReadOnlyAccess")
			nobody.Account = "999999999999"
			trials := []policy.Trial{{Query: nobody}, {Query: ask("ann", payments, "AdministratorAccess"), Duration: tc.duration, Reason: tc.reason}}
			var got string
			for _, d := range policy.Simulate(before, after, w.catalog(t), w, trials) {
				if d.Index != 1 || d.Before.PolicyVersion != before.Version() || d.After.PolicyVersion != after.Version() {
					t.Errorf("%+v", d)
				}
				if got = strings.ReplaceAll(d.What, "\u00a0", " "); d.Harder {
					got = "+" + got
				}
			}
			equal(t, tc.want, got)
		})
	}
}
