package policy_test

import (
	"strings"
	"testing"
	"time"

	"stint/access/policy"
)

// TestExpectations runs tests that hold and tests that do not, and reads what is said then.
func TestExpectations(t *testing.T) {
	t.Parallel()
	rules := []policy.RuleSpec{
		deny("never management", accounts(entry{ID: management})),
		anything("reads", roles("ReadOnlyAccess")),
		anything("weekdays", roles("ViewOnlyAccess"), when("now.weekday() < 6")),
		anything("admin", roles("AdministratorAccess"), requesters("sre"), onBehalf("security"), steps(step(1, "sre"), step(2, "security", "both")), emergency("sre"),
			func(r *policy.RuleSpec) { r.MaxDuration = policy.Duration(2 * time.Hour) }),
		anything("dba", alone, groups("database-admins", "readers"), requesters("sre"), onBehalf("security"), steps(step(1, "sre"))),
		anything("ordered", roles("PowerUserAccess"), requesters("devs"), steps(step(1, "sre"), step(1, "security")), func(r *policy.RuleSpec) { r.InOrder = true }),
	}
	type x = policy.Expectation
	const hour = policy.Duration(time.Hour)
	sets := func(names ...string) policy.ApprovalWant { return policy.ApprovalWant{Sets: names} }
	for name, tc := range map[string]struct {
		x     x
		world func(*world)
		want  string // "" when it holds
	}{
		"may":                    {x{Person: "eve@example.com", May: "ReadOnlyAccess", In: "prod-payments"}, nil, ""},
		"by user name and id":    {x{Person: "eve", May: "ReadOnlyAccess", In: payments}, nil, ""},
		"with everything":        {x{Person: "ann", May: "AdministratorAccess", In: "staging-web", For: 2 * hour, Approval: sets("both", "sre", "security"), Rule: "admin"}, nil, ""},
		"automatic":              {x{Person: "eve", May: "ReadOnlyAccess", In: payments, Approval: policy.ApprovalWant{Automatic: true}}, nil, ""},
		"in order":               {x{Person: "eve", May: "PowerUserAccess", In: payments, Approval: sets("sre", "security")}, nil, ""},
		"may not":                {x{Person: "eve", MayNot: "AdministratorAccess", In: payments}, nil, ""},
		"may not, denied":        {x{Person: "ann", MayNot: "AdministratorAccess", In: "management", Rule: "never management"}, nil, ""},
		"may not for so long":    {x{Person: "ann", MayNot: "AdministratorAccess", In: payments, For: 3 * hour}, nil, ""},
		"asked for":              {x{Person: "ann", AskedBy: "cat@example.com", May: "AdministratorAccess", In: payments}, nil, ""},
		"asked for by a wrong":   {x{Person: "ann", AskedBy: "eve", MayNot: "AdministratorAccess", In: payments}, nil, ""},
		"in an emergency":        {x{Person: "ann", May: "AdministratorAccess", In: payments, Emergency: true, Approval: policy.ApprovalWant{Automatic: true}, For: hour}, nil, ""},
		"on a Saturday":          {x{Person: "ann", MayNot: "ViewOnlyAccess", In: payments, At: noon.AddDate(0, 0, 5)}, nil, ""},
		"now, which is a Monday": {x{Person: "ann", May: "ViewOnlyAccess", In: payments}, nil, ""},

		"in a group":                    {x{Person: "ann", MayJoin: "database-admins", For: hour, Rule: "dba", Approval: sets("sre")}, nil, ""},
		"in a group, asked for":         {x{Person: "ann", AskedBy: "cat", MayJoin: "database-admins"}, nil, ""},
		"not in a group":                {x{Person: "eve", MayNotJoin: "database-admins"}, nil, ""},
		"not for what it brings":        {x{Person: "ann", MayNotJoin: "readers", Rule: "never management"}, nil, ""},
		"what it brings, read long ago": {x{Person: "ann", MayJoin: "database-admins"}, func(w *world) { w.data.Groups[0].BringsAsOf = noon.Add(-999 * time.Hour) }, ""},

		"not for a group": {x{Person: "eve", MayJoin: "database-admins"}, nil, "No rule lets you request membership in database-admins; rule “dba” comes closest: you are not among its requesters (sre)."},
		"for a group":     {x{Person: "ann", MayNotJoin: "database-admins"}, nil, "Rule “dba” allows it with one approval from sre, for 8 h at most."},
		"no such group":   {x{Person: "ann", MayNotJoin: "database-admin"}, nil, "There is no group `database-admin`; did you mean `database-admins`?"},
		"what it brings was never read": {
			x{Person: "ann", MayJoin: "database-admins"},
			func(w *world) { w.data.Groups[0].BringsAsOf = time.Time{} },
			"It cannot be told: What database-admins brings has not been read from AWS yet, so nobody can ask for it now.",
		},

		"too long":            {x{Person: "ann", May: "AdministratorAccess", In: payments, For: 3 * hour}, nil, "It is too long: rule “admin” allows it for 2 h at most."},
		"not allowed":         {x{Person: "eve", May: "AdministratorAccess", In: payments}, nil, "No rule lets you request AdministratorAccess in prod-payments; rule “admin” comes closest: you are not among its requesters (sre)."},
		"denied":              {x{Person: "ann", May: "ReadOnlyAccess", In: "management"}, nil, "Rule “never management” forbids it."},
		"allowed":             {x{Person: "ann", MayNot: "ReadOnlyAccess", In: payments}, nil, "Rule “reads” allows it without approval, for 8 h at most."},
		"allowed for so long": {x{Person: "ann", MayNot: "AdministratorAccess", In: payments, For: hour}, nil, "Rule “admin” allows it with one approval from sre and two from security or both, for 2 h at most."},
		"another rule":        {x{Person: "ann", May: "ReadOnlyAccess", In: payments, Rule: "admin"}, nil, "Rule “reads” decides: Rule “reads” allows it without approval, for 8 h at most."},
		"no rule":             {x{Person: "eve", MayNot: "AdministratorAccess", In: payments, Rule: "admin"}, nil, "No rule decides."},
		"other approvals":     {x{Person: "ann", May: "AdministratorAccess", In: payments, Approval: sets("sre")}, nil, "Rule “admin” allows it with one approval from sre and two from security or both, for 2 h at most."},
		"not automatic":       {x{Person: "ann", May: "AdministratorAccess", In: payments, Approval: policy.ApprovalWant{Automatic: true}}, nil, "Rule “admin” allows it with one approval from sre and two from security or both, for 2 h at most."},
		"another order":       {x{Person: "eve", May: "PowerUserAccess", In: payments, Approval: sets("security", "sre")}, nil, "Rule “ordered” allows it with one approval from sre, then one from security, for 8 h at most."},
		"members not known": {
			x{Person: "eve", MayNot: "AdministratorAccess", In: payments},
			func(w *world) { delete(w.members, userGroup("sre")) },
			"It cannot be told: No rule lets you request AdministratorAccess in prod-payments; rule “admin” comes closest: who is among its requesters could not be read; something that it depends on cannot be read now, so it may be different later.",
		},

		"nobody":       {x{Person: "anne@example.com", May: "ReadOnlyAccess", In: payments}, nil, "Nobody has the e-mail or the user name `anne@example.com`; did you mean `ann@example.com` or `dan@example.com` or `eve@example.com`?"},
		"no asker":     {x{Person: "ann", AskedBy: "zed", May: "ReadOnlyAccess", In: payments}, nil, "Nobody has the e-mail or the user name `zed`."},
		"no role":      {x{Person: "ann", May: "ReadOnlyAcess", In: payments}, nil, "There is no role `ReadOnlyAcess`; did you mean `ReadOnlyAccess`?"},
		"no account":   {x{Person: "ann", May: "ReadOnlyAccess", In: "prod-payment"}, nil, "There is no account `prod-payment`; did you mean `prod-payments`?"},
		"two accounts": {x{Person: "ann", May: "ReadOnlyAccess", In: "prod-payments"}, func(w *world) { w.data.Accounts[2].Name = "prod-payments" }, "Several accounts are called `prod-payments`: give the id."},
		"no such rule": {x{Person: "ann", May: "ReadOnlyAccess", In: payments, Rule: "read"}, nil, "There is no rule “read”."},
		"no such set":  {x{Person: "ann", May: "ReadOnlyAccess", In: payments, Approval: sets("sr")}, nil, "There is no people set `sr`; did you mean `sre`?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newGroupWorld()
			spec := base(rules...)
			spec.Expect = []policy.Expectation{{Person: "ann", May: "ReadOnlyAccess", In: payments}, tc.x}
			p := compile(t, spec, w)
			if tc.world != nil {
				tc.world(w)
			}
			var got string
			for _, f := range p.Test(w.catalog(t), w, noon) {
				got = strings.ReplaceAll(f.Got, "\u00a0", " ")
				if f.Index != 1 || f.Path != "expect[1]" || f.Want != tc.x.String() {
					t.Errorf("%+v", f)
				}
			}
			equal(t, tc.want, got)
		})
	}
}

func TestExpectationInWords(t *testing.T) {
	t.Parallel()
	x := policy.Expectation{
		Person: "ann@example.com", AskedBy: "cat@example.com", May: "ReadOnly", In: "prod", For: policy.Duration(2 * time.Hour), Rule: "reads",
		Approval: policy.ApprovalWant{Sets: []string{"sre", "security"}}, At: noon, Emergency: true, Ticket: "OPS-1",
	}
	equal(t, "ann@example.com may have ReadOnly in prod for 2\u00a0h, asked for by cat@example.com, in an emergency, with ticket OPS-1, "+
		"at 2026-11-23T11:00:00Z, with approval from sre and security, by rule “reads”", x.String())
	x = policy.Expectation{Person: "ann", MayNot: "ReadOnly", In: "prod", Approval: policy.ApprovalWant{Automatic: true}}
	equal(t, "ann may not have ReadOnly in prod, without approval", x.String())
}
