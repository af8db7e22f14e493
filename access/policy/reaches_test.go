package policy_test

import (
	"testing"

	"pgregory.net/rapid"

	"stint/access/catalog"
	"stint/access/policy"
)

// TestReachesAgainstReference counts what the slow evaluator matches.
func TestReachesAgainstReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		spec := randomPolicy(t)
		p, c := compileRandom(t, spec, w)
		ref := reference{spec, w}
		for i, got := range p.Reaches(c, w) {
			rule := spec.Rules[i]
			var want policy.RuleReach
			for _, a := range c.Accounts() {
				if ref.accounts(rule.Accounts, a, rule.Deny) == yes {
					want.Accounts++
				}
			}
			for _, r := range c.Roles() {
				if ref.role(rule.Roles, r.Name, rule.Deny) == yes {
					want.Roles++
				}
			}
			want.PeopleKnown, want.People = true, len(c.People())
			if len(rule.Requesters.Items) > 0 {
				want.PeopleKnown, want.People = requestersOf(w, spec, rule)
			}
			if got != want {
				t.Fatalf("%+v of rule %+v, want %+v", got, rule, want)
			}
		}
	})
}

func requestersOf(w *world, spec policy.Spec, rule policy.RuleSpec) (known bool, n int) {
	known = true
	found := map[catalog.PersonID]bool{}
	for _, name := range rule.Requesters.Items {
		set := spec.People[name]
		var sources []policy.Source
		for _, u := range set.SlackUserGroups {
			sources = append(sources, userGroup(u))
		}
		for _, g := range set.IdentityCenterGroups {
			sources = append(sources, policy.Source{Kind: policy.SourceGroup, ID: "g-" + g})
		}
		for range set.SlackChannels {
			sources = append(sources, policy.Source{Kind: policy.SourceChannel, ID: "C3"})
		}
		for range set.Users {
			found["ann"] = true
		}
		for _, s := range sources {
			people, ok := w.Members(s)
			known = known && ok
			for _, id := range people {
				found[id] = true
			}
		}
	}
	return known, len(found)
}

// TestUnmeetable names approvals that nobody could complete, whoever asks.
func TestUnmeetable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule policy.RuleSpec
		want string
	}{
		"enough":          {anything("r", steps(step(2, "sre"))), ""},
		"too few":         {anything("r", steps(step(3, "sre"))), "it wants three approvals from sre"},
		"the second step": {anything("r", steps(step(1, "sre"), step(3, "security", "devs", "both"), step(2, "security"))), "it wants two approvals from security"},
		"only who asks":   {anything("r", requesters("ann"), steps(step(1, "ann"))), "it wants one approval from ann, and whoever asks does not count"},
		"all must, and one of them asks": {
			anything("r", requesters("sre"), steps(step(2, "sre"))), "it wants two approvals from sre, and whoever asks does not count",
		},
		"somebody else may ask": {anything("r", requesters("sre", "devs"), steps(step(2, "sre"))), ""},
		"everybody may ask":     {anything("r", steps(step(2, "sre"))), ""},
		"one of two asks":       {anything("r", requesters("sre"), steps(step(1, "sre"))), ""},
		"one may ask": {
			anything("r", requesters("both"), steps(step(2, "sre"), step(1, "security"))), "",
		}, // cat asks: ann, bob and dan approve
		"automatic": {anything("r"), ""},
		"off":       {anything("r", steps(step(3, "sre")), func(r *policy.RuleSpec) { r.Off = true }), ""},
		"a deny":    {deny("r"), ""},
		"unread":    {anything("r", steps(step(3, "oncall"))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			delete(w.members, policy.Source{Kind: policy.SourceChannel, ID: "C3"})
			p := compile(t, base(tc.rule), w)
			var got string
			for _, problem := range p.Unmeetable(w) {
				equal(t, true, problem.Warning && problem.Path == "rules[0].approval")
				got = problem.Message
			}
			if tc.want != "" {
				tc.want = "nobody can complete the approval of rule “r”: " + tc.want
			}
			equal(t, tc.want, got)
		})
	}
}
