package policy_test

import (
	"maps"
	"slices"
	"testing"

	"stint/access/policy"
)

// FuzzCondition looks for a condition that makes the compiler or the evaluator panic or
// hang, that answers otherwise alone than among others, or that Opens counts wrongly.
func FuzzCondition(f *testing.F) {
	for _, text := range slices.Concat(slices.Sorted(maps.Keys(conditions)), exactConditions, []string{
		`now.weekday() < 6 && !("devs" in groups) && account.tags.env == "prod"`, `groups.exists(g, g == "sre") && "sre" in groups`,
		`ticket.matches("^OPS-[0-9]+$")`, `now.getHours("Europe/Berlin") < 12 || emergency`, `person.name == "Ann" ? role == "x" : true`,
		`[1, 2].all(i, i > 0) && account.id.size() == 12`, `account.ou.startsWith("/Production") && (role != "" && 1 / 0 == 1)`,
		"groups.exists(g, g == role)", `account.tags.all(k, account.tags[k] != "")`, "timestamp(ticket) > now", `role.matches("(a*)*$")`,
		"[1,2].map(x, x * 2).exists(y, y > 2)", `"a".charAt(0) == ""`, "b'\\xff' == b''",
		"groups == groups", "groups + ['x'] == []", "groups[0] == ''", "type(groups) == list",
		`duration < 1`, `now - now == duration("0s")`, `{"a": 1}["b"] == 1`, `"\x00"`, "((((((", `!!!!true`, "has(account.tags.env)",
	}) {
		f.Add(text)
	}
	w := newWorld()
	delete(w.members, userGroup("both"))
	c := w.catalog(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, rule := range []policy.RuleSpec{anything("r", when(text)), deny("r", when(text))} {
			spec := base(rule, anything("all", requesters("sre", "devs")))
			p, problems := policy.Compile(spec, "", w)
			if (p == nil) != policy.Refused(problems) {
				t.Fatalf("a policy %v with problems %v", p != nil, problems)
			}
			if p == nil {
				return
			}
			want := int64(0)
			for _, r := range c.Roles() {
				for _, a := range c.Accounts() {
					for _, x := range c.People() {
						q := policy.Query{Asker: x.ID, Receiver: x.ID, Account: a.ID, Role: r.ARN, At: noon}
						d := p.Decide(c, w, q)
						if d.Outcome == policy.Allowed {
							want++
						}
						if again := p.Explain(c, w, q).Decision; again.Outcome != d.Outcome || again.Why != d.Why {
							t.Fatalf("%+v, and again %+v", d, again)
						}
					}
				}
			}
			got := p.Opens(c, w, noon)
			if got.Pairs < want || !got.AtMost && got.Pairs != want {
				t.Fatalf("counted %+v, there are %d pairs", got, want)
			}
		}
	})
}
