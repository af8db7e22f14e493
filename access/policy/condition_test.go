package policy_test

import (
	"strings"
	"testing"
	"time"

	"stint/access/policy"
)

// TestConditions asks each condition in an allow and in a deny: True lets the allow match,
// True and Unknown the deny.
func TestConditions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		when  string
		query policy.Query
		world func(*world)
		want  policy.Truth
	}{
		"weekday, Monday":      {"now.weekday() == 1", at(noon), nil, policy.True},
		"weekday, Sunday":      {"now.weekday() == 7", at(noon.Add(-24 * time.Hour)), nil, policy.True},
		"weekday, Saturday":    {"now.weekday() < 6", at(noon.Add(-48 * time.Hour)), nil, policy.False},
		"weekday in the zone":  {"now.weekday() == 2", at(time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)), nil, policy.True},
		"hour in the zone":     {"now.getHours() == 12", at(noon), nil, policy.True},
		"hour in summer":       {"now.getHours() == 13", at(time.Date(2026, 6, 22, 11, 0, 0, 0, time.UTC)), nil, policy.True},
		"hour in another zone": {"now.getHours('America/New_York') == 6", at(noon), nil, policy.True},
		"a moment":             {"now < timestamp('2026-12-01T00:00:00Z')", at(noon), nil, policy.True},
		"weekday of a moment":  {"timestamp('2026-11-22T00:00:00Z').weekday() == 7", at(noon), nil, policy.True},

		"person":         {`person.email == "ann@example.com" && person.name == "Ann" && person.user_name == "ann" && person.id == "ann"`, at(noon), nil, policy.True},
		"person, not":    {`person.email.endsWith("@partner.example")`, at(noon), nil, policy.False},
		"no such person": {`person.email != ""`, ask("zed", payments, "ReadOnlyAccess"), nil, policy.Unknown},
		"account":        {`account.id == "222222222222" && account.name.startsWith("prod-") && account.ou == "/Production/Payments"`, at(noon), nil, policy.True},
		"tag":            {`account.tags.team == "payments" && account.tags["env"] == "prod"`, at(noon), nil, policy.True},
		"tag, missing":   {`account.tags.owner == "x"`, at(noon), nil, policy.Unknown},
		"tag, asked for": {`"owner" in account.tags`, at(noon), nil, policy.False},
		"tags not read":  {`"owner" in account.tags`, ask("ann", tagless, "ReadOnlyAccess"), nil, policy.Unknown},
		"tags not read, and false without them": {
			`role == "x" && "owner" in account.tags`, ask("ann", tagless, "ReadOnlyAccess"), nil, policy.False,
		},
		"role":          {`role.matches("^ReadOnly")`, at(noon), nil, policy.True},
		"emergency":     {"!emergency", at(noon), nil, policy.True},
		"ticket":        {`ticket.startsWith("OPS-")`, withTicket("OPS-1"), nil, policy.True},
		"ticket, none":  {`ticket != ""`, at(noon), nil, policy.False},
		"group":         {`"sre" in groups`, at(noon), nil, policy.True},
		"group, not":    {`"security" in groups`, at(noon), nil, policy.False},
		"not in group":  {`!("security" in groups)`, at(noon), nil, policy.True},
		"group unknown": {`"sre" in groups`, at(noon), noSRE, policy.Unknown},
		"not in group unknown": {
			`!("sre" in groups)`, at(noon), noSRE, policy.Unknown,
		},
		"other groups do not matter": {`"both" in groups`, at(noon), noSRE, policy.True},
		"all groups":                 {`groups.exists(g, g.startsWith("s"))`, at(noon), nil, policy.True},
		"all groups, counted":        {`size(groups) == 3`, at(noon), nil, policy.True}, // ann, both, sre
		"all groups, one unknown":    {`groups.exists(g, g == "both")`, at(noon), noSRE, policy.Unknown},
		"no group, one unknown":      {`groups.all(g, true)`, at(noon), noSRE, policy.Unknown},

		"an error":       {`1 / (now.weekday() - 1) == 1`, at(noon), nil, policy.Unknown},
		"error or true":  {`1 / (now.weekday() - 1) == 1 || true`, at(noon), nil, policy.True},
		"far too costly": {`[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, a+b+c+d > 0))))`, at(noon), nil, policy.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			allow := compile(t, base(anything("a", when(tc.when))), w)
			denies := compile(t, base(anything("a"), deny("d", when(tc.when))), w)
			if tc.world != nil {
				tc.world(w)
			}
			c := w.catalog(t)
			got := policy.False
			switch d := denies.Decide(c, w, tc.query); {
			case d.Outcome == policy.Denied && d.Certain:
				got = policy.True
			case d.Outcome == policy.Denied:
				got = policy.Unknown
			}
			equal(t, tc.want, got)
			a := allow.Decide(c, w, tc.query)
			equal(t, tc.want == policy.True, a.Outcome == policy.Allowed)
			equal(t, tc.want == policy.Unknown, !a.Certain)
			for _, r := range denies.Roles(c, w, tc.query.Asker, tc.query.Receiver, tc.query.Account, tc.query.At) {
				if tc.query.Ticket == "" && r.Role.ARN == tc.query.Role {
					equal(t, tc.want != policy.False, r.Outcome == policy.Denied)
				}
			}
		})
	}
}

func at(t time.Time) policy.Query {
	q := ask("ann", payments, "ReadOnlyAccess")
	q.At = t
	return q
}

func withTicket(id string) policy.Query {
	q := at(noon)
	q.Ticket = id
	return q
}

func noSRE(w *world) { delete(w.members, userGroup("sre")) }

func TestConditionOfAnEmergency(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(anything("a", when("emergency"), emergency())), w)
	equal(t, policy.Allowed, p.Decide(w.catalog(t), w, urgent(at(noon))).Outcome)
	equal(t, policy.NotRequestable, p.Decide(w.catalog(t), w, at(noon)).Outcome)
}

// TestConditionsRefused reads what people are told about a condition that is wrong.
func TestConditionsRefused(t *testing.T) {
	t.Parallel()
	for when, want := range map[string][2]string{
		"now.weekday() <":                      {"Syntax error", ""},
		"account.nam == 'x'":                   {"undeclared reference to 'account.nam' (did you mean 'account.name'?), at character 8", ""},
		"weather == 'fine'":                    {"undeclared reference to 'weather'", "known are person.id"},
		"duration < 4":                         {"undeclared", "never speaks of the duration"},
		"now.weekday()":                        {"must be true or false, this one is of type int", ""},
		"now.weekday() == 'Monday'":            {"found no matching overload", ""},
		"now > 5":                              {"found no matching overload", ""},
		"now.getHours() < '8'":                 {"found no matching overload", ""},
		"ticket > 3":                           {"found no matching overload", ""},
		"emergency == 'yes'":                   {"found no matching overload", ""},
		"account.tags.env == 1":                {"found no matching overload", ""},
		"groups == 'sre'":                      {"found no matching overload", ""},
		"1 in groups":                          {"found no matching overload", ""},
		"person == 'ann'":                      {"undeclared reference to 'person'", "known are person.id"},
		`"security " in groups`:                {"no people set `security `", "did you mean `security`?"},
		`"secrity" in groups`:                  {"no people set `secrity`", "did you mean `security`?"},
		"role":                                 {"of type string", ""},
		"now":                                  {"of type Timestamp", ""},
		"role.matches('[')":                    {"regex", ""},
		strings.Repeat("true||", 300) + "true": {"size exceeds limit", ""},
	} {
		p, problems := policy.Compile(base(anything("a", func(r *policy.RuleSpec) { r.When = when })), "", newWorld())
		if p != nil || len(problems) != 1 {
			t.Errorf("%s: want one problem, got %v", when, problems)
			continue
		}
		equal(t, "rules[0].when", problems[0].Path)
		if !strings.Contains(problems[0].Message, want[0]) || !strings.Contains(problems[0].Hint, want[1]) {
			t.Errorf("%s: message %q with hint %q", when, problems[0].Message, problems[0].Hint)
		}
	}
}
