package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stint/access/policy"
)

// TestDiff reads what is said of changes.
func TestDiff(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*policy.Spec)
		want   []string
	}{
		"nothing": {func(*policy.Spec) {}, nil},
		"a setting": {
			func(s *policy.Spec) { s.Settings.Channel = "prod-approvals"; s.Settings.TimeZone = "" },
			[]string{
				`removed settings.time_zone settings: time_zone: "Europe/Berlin" → ""`,
				`changed settings.channel settings: channel: "approvals" → "prod-approvals"`,
			},
		},
		"a rule's accounts": {
			func(s *policy.Spec) {
				s.Rules[2].Accounts = list(entry{OU: "/Production", Except: []entry{{Name: "*-sandbox"}}})
			},
			[]string{`changed rules[2].accounts rule “admin”: accounts: "all" → "[{ ou: /Production, except: [{ name: \"*-sandbox\" }] }]"`},
		},
		"another name": {
			func(s *policy.Spec) { s.Rules[1].Name = "reading" },
			[]string{`changed rules[1].name rule “reading”: name: "reads" → "reading"`},
		},
		"another name, further down": {
			func(s *policy.Spec) {
				s.Rules[1].Name = "reading"
				s.Rules = slices.Insert(s.Rules, 0, deny("first", roles("x")))
			},
			[]string{
				`added rules[0] rule “first”: "" → "{ name: first, deny: true, roles: [x] }"`,
				`changed rules[2].name rule “reading”: name: "reads" → "reading"`,
			},
		},
		"another name and something else": {
			func(s *policy.Spec) { s.Rules[3].Name, s.Rules[3].Off = "powers", true },
			[]string{
				`removed rules[3] rule “power”: "{ name: power, accounts: all, roles: [Power*], requesters: [devs], approval: automatic }" → ""`,
				`added rules[3] rule “powers”: "" → "{ name: powers, off: true, accounts: all, roles: [Power*], requesters: [devs], approval: automatic }"`,
			},
		},
		"a move up": {
			func(s *policy.Spec) {
				s.Rules = []policy.RuleSpec{s.Rules[3], s.Rules[0], s.Rules[1], s.Rules[2]}
			},
			[]string{`moved rules[0] rule “power”: "place 4 of 4" → "place 1 of 4"`},
		},
		"the last user of a set": {
			func(s *policy.Spec) { s.People["ann"] = policy.People{IdentityCenterGroups: []string{"x"}} },
			[]string{
				"removed people.ann.users people set `ann`: users: \"[ann@example.com]\" → \"\"",
				"added people.ann.identity_center_groups people set `ann`: identity_center_groups: \"\" → \"[x]\"",
			},
		},
		"a test": {
			func(s *policy.Spec) { s.Expect = nil },
			[]string{"removed expect[0] test, entry 1: \"{ person: ann@example.com, may: ReadOnlyAccess, in: prod-payments }\" → \"\""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := clone(whole())
			tc.change(&after)
			var got []string
			for _, c := range policy.Diff(whole(), after) {
				got = append(got, fmt.Sprintf("%s %s %s: %q → %q", c.Kind, c.Path, c.Title, c.Before, c.After))
			}
			equal(t, tc.want, got)
		})
	}
}

// TestDiffNamesEveryChange: whatever is changed is named, once, and nothing else is.
func TestDiffNamesEveryChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		chosen := someMutations(0, "changes").Draw(t, "changes")
		before := whole()
		after := mutate(before, chosen)
		var want, got []string
		for _, m := range chosen {
			want = append(want, string(m.kind)+" "+m.title)
		}
		for _, c := range policy.Diff(before, after) {
			got = append(got, string(c.Kind)+" "+c.Title)
			if (c.Before == "") != (c.Kind == policy.Added) || (c.After == "") != (c.Kind == policy.Removed) {
				t.Fatalf("%+v", c)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Fatalf("changed %q, named %q", want, got)
		}
		if back := policy.Diff(after, before); len(back) != len(got) {
			t.Fatalf("%d changes there, %d back: %+v", len(got), len(back), back)
		}
	})
}

// TestDiffIsEmptyIffNothingChanged, whatever the two policies are.
func TestDiffIsEmptyIffNothingChanged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := randomPolicy(t)
		b := clone(a)
		if rapid.Bool().Draw(t, "others") {
			b = randomPolicy(t)
			if len(a.Rules) > 0 && rapid.Bool().Draw(t, "mixed") {
				b.Rules = slices.Concat(a.Rules[len(a.Rules)/2:], a.Rules[:len(a.Rules)/2])
			}
		}
		if empty, same := len(policy.Diff(a, b)) == 0, a.Version() == b.Version(); empty != same {
			t.Fatalf("the same: %v, differences: %+v", same, policy.Diff(a, b))
		}
	})
}
