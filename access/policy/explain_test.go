package policy_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stint/access/policy"
)

// TestExplain reads what is said of every rule, wherever it stands.
func TestExplain(t *testing.T) {
	t.Parallel()
	off := func(r *policy.RuleSpec) { r.Off = true }
	elsewhere := accounts(entry{ID: staging})
	unread := accounts(entry{Tags: tagmap{"env": "x"}})
	for name, tc := range map[string]struct {
		rules []policy.RuleSpec
		query policy.Query
		want  []string
	}{
		"an allow decides": {
			[]policy.RuleSpec{
				deny("not here", elsewhere),
				deny("not this", roles("Power*")),
				deny("not me", requesters("security")),
				deny("not now", when("now.weekday() == 7")),
				anything("off", off),
				anything("first"),
				anything("second"),
				anything("not mine", requesters("security")),
				deny("below", elsewhere),
				deny("off below", off),
			},
			ask("ann", payments, "ReadOnlyAccess"),
			[]string{
				"not here: it denies nothing in this account",
				"not this: it does not deny this role",
				"not me: it is not about you",
				"not now: its condition does not hold now",
				"off: it is switched off; switched on, it would allow it",
				"first*: nothing denies, and it is the first rule from the top that allows it",
				"second: it stands below the rule that decides; it would allow it as well",
				"not mine: it stands below the rule that decides, and you are not among its requesters (security)",
				"below: it denies nothing in this account",
				"off below: it is switched off; switched on, it would deny",
			},
		},
		"a deny decides": {
			[]policy.RuleSpec{
				anything("first"),
				deny("sure"),
				deny("too"),
				anything("last", requesters("security")),
				anything("off", off, requesters("security")),
			},
			ask("ann", payments, "ReadOnlyAccess"),
			[]string{
				"first: it would allow it, but a rule that denies wins",
				"sure*: it denies, and a deny wins wherever it stands",
				"too: it denies it as well",
				"last: you are not among its requesters (security)",
				"off: it is switched off; switched on, you are not among its requesters (security)",
			},
		},
		"a deny may decide": {
			[]policy.RuleSpec{
				anything("first"), deny("perhaps", unread), deny("perhaps too", unread), anything("unread", unread), deny("off", off, unread),
			},
			ask("ann", tagless, "ReadOnlyAccess"),
			[]string{
				"first: it would allow it, but a rule that denies wins",
				"perhaps*: it may deny, which is enough: the tags of this account could not be read",
				"perhaps too: it may deny it as well: the tags of this account could not be read",
				"unread: the tags of this account could not be read",
				"off: it is switched off; switched on, it might deny: the tags of this account could not be read",
			},
		},
		"nothing decides": {
			[]policy.RuleSpec{anything("security", requesters("security")), anything("elsewhere", elsewhere)},
			ask("ann", payments, "ReadOnlyAccess"),
			[]string{
				"security: you are not among its requesters (security)",
				"elsewhere: it is not about this account",
			},
		},
		"an emergency": {
			[]policy.RuleSpec{anything("first"), anything("now", emergency())},
			urgent(ask("ann", payments, "ReadOnlyAccess")),
			[]string{
				"first: it has no emergency access",
				"now*: nothing denies, and it is the first rule from the top that allows it",
			},
		},
		"on behalf": {
			[]policy.RuleSpec{deny("others", requesters("devs")), anything("nobody"), anything("by security", onBehalf("security"))},
			forOther("cat", "ann"),
			[]string{
				"others: it is about neither you nor Ann",
				"nobody: you may not ask for others under it",
				"by security*: nothing denies, and it is the first rule from the top that allows it",
			},
		},
		"no such account": {[]policy.RuleSpec{anything("first")}, ask("ann", "999999999999", "ReadOnlyAccess"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			x := compile(t, base(tc.rules...), w).Explain(w.catalog(t), w, tc.query)
			var got []string
			for _, r := range x.Rules {
				mark := ""
				if r.Decides {
					mark = "*"
				}
				got = append(got, r.Rule+mark+": "+r.Why)
			}
			equal(t, tc.want, got)
		})
	}
}

// TestExplainAgainstReference: an explanation is the decision, with an answer of each rule
// that agrees with what the slow evaluator says of it alone.
func TestExplainAgainstReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		spec := randomPolicy(t)
		p, c := compileRandom(t, spec, w)
		q := randomQuery(t, w)
		x, d := p.Explain(c, w, q), p.Decide(c, w, q)
		if x.Decision.Outcome != d.Outcome || x.Decision.Rule != d.Rule || x.Decision.Why != d.Why || !slices.Equal(x.Decision.Passed, d.Passed) {
			t.Fatalf("Explain says %+v, Decide %+v", x.Decision, d)
		}
		ref := reference{spec, w}
		for i, a := range x.Rules {
			rule := spec.Rules[i]
			if a.Rule != rule.Name || a.Deny != rule.Deny || a.Off != rule.Off || a.Decides != (rule.Name == d.Rule) || a.Why == "" {
				t.Fatalf("%+v of rule %+v", a, rule)
			}
			if rule.Off != strings.HasPrefix(a.Why, "it is switched off") {
				t.Fatalf("%q of rule %+v", a.Why, rule)
			}
			for text, want := range map[string]degree{
				"it denies, and": yes, "it denies it as well": yes, "it may deny": perhaps, "it would deny": yes, "it might deny": perhaps,
				"it would allow it": yes, "that allows it": yes, "could not be": perhaps, "it is not about": no, "it denies nothing": no, "it does not deny": no,
			} {
				if got := ref.matches(rule, q); strings.Contains(a.Why, text) && got != want {
					t.Fatalf("%q of rule %+v, which matches %d of 2", a.Why, rule, got)
				}
			}
		}
	})
}

// TestOffIsAsIfItWereNotThere: without the rules that are switched off the answers are the
// same.
func TestOffIsAsIfItWereNotThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		spec := randomPolicy(t)
		without := spec
		without.Rules = slices.DeleteFunc(slices.Clone(spec.Rules), func(r policy.RuleSpec) bool { return r.Off })
		with, c := compileRandom(t, spec, w)
		p, _ := compileRandom(t, without, w)
		q := randomQuery(t, w)
		a, b := with.Decide(c, w, q), p.Decide(c, w, q)
		if a.Outcome != b.Outcome || a.Rule != b.Rule || a.Certain != b.Certain {
			t.Fatalf("%s by %q, without the rules that are off %s by %q", a.Outcome, a.Rule, b.Outcome, b.Rule)
		}
		if len(with.Roles(c, w, q.Asker, q.Receiver, q.Account, q.At)) != len(c.Roles()) {
			t.Fatal("roles are missing")
		}
	})
}
