package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/policy"
)

func equal(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	self := ask("ann", payments, "ReadOnlyAccess")
	for name, tc := range map[string]struct {
		rules   []policy.RuleSpec
		query   policy.Query
		world   func(*world)
		outcome policy.Outcome
		rule    string
		doubt   bool // the decision is not certain
	}{
		"no rules": {nil, self, nil, policy.NotRequestable, "", false},
		"an allow": {[]policy.RuleSpec{anything("a")}, self, nil, policy.Allowed, "a", false},
		"the first allow decides": {
			[]policy.RuleSpec{anything("no", requesters("security")), anything("a"), anything("b")},
			self, nil, policy.Allowed, "a", false,
		},
		"a deny wins from below": {[]policy.RuleSpec{anything("a"), deny("d")}, self, nil, policy.Denied, "d", false},
		"a deny of nobody here":  {[]policy.RuleSpec{deny("d", requesters("security")), anything("a")}, self, nil, policy.Allowed, "a", false},
		"a deny of another role": {[]policy.RuleSpec{deny("d", roles("Power*")), anything("a")}, self, nil, policy.Allowed, "a", false},
		"the first certain deny decides": {
			[]policy.RuleSpec{deny("perhaps", accounts(entry{Tags: tagmap{"env": "x"}})), deny("sure"), deny("later")},
			ask("ann", tagless, "ReadOnlyAccess"), nil, policy.Denied, "sure", false,
		},
		"a deny that may match": {
			[]policy.RuleSpec{anything("a"), deny("perhaps", accounts(entry{Tags: tagmap{"env": "x"}}))},
			ask("ann", tagless, "ReadOnlyAccess"), nil, policy.Denied, "perhaps", true,
		},
		"an allow that may match": {
			[]policy.RuleSpec{anything("a", accounts(entry{Tags: tagmap{"env": "*"}}))},
			ask("ann", tagless, "ReadOnlyAccess"), nil, policy.NotRequestable, "", true,
		},
		"requesters receive": {[]policy.RuleSpec{anything("a", requesters("sre"))}, self, nil, policy.Allowed, "a", false},
		"a union of sets": {
			[]policy.RuleSpec{anything("a", requesters("security", "ann"))}, self, nil, policy.Allowed, "a", false,
		},
		"not a requester": {
			[]policy.RuleSpec{anything("a", requesters("security"))}, self, nil, policy.NotRequestable, "", false,
		},
		"members not known": {
			[]policy.RuleSpec{anything("a", requesters("sre"))},
			self,
			func(w *world) { delete(w.members, userGroup("sre")) }, policy.NotRequestable, "", true,
		},
		"members not known, in another set for sure": {
			[]policy.RuleSpec{anything("a", requesters("sre", "both"))},
			self,
			func(w *world) { delete(w.members, userGroup("sre")) }, policy.Allowed, "a", false,
		},
		"a deny of members not known": {
			[]policy.RuleSpec{anything("a"), deny("d", requesters("security"))},
			self,
			func(w *world) { delete(w.members, userGroup("security")) }, policy.Denied, "d", true,
		},
		"on behalf": {
			[]policy.RuleSpec{anything("a", requesters("sre"), onBehalf("security"))},
			forOther("cat", "ann"), nil, policy.Allowed, "a", false,
		},
		"on behalf without leave": {
			[]policy.RuleSpec{anything("a", requesters("sre"), onBehalf("security"))},
			forOther("bob", "ann"), nil, policy.NotRequestable, "", false,
		},
		"on behalf where nobody may": {
			[]policy.RuleSpec{anything("a")}, forOther("cat", "ann"), nil, policy.NotRequestable, "", false,
		},
		"on behalf of no requester": {
			[]policy.RuleSpec{anything("a", requesters("sre"), onBehalf("security"))},
			forOther("cat", "dan"), nil, policy.NotRequestable, "", false,
		},
		"on_behalf is not for oneself": {
			[]policy.RuleSpec{anything("a", requesters("sre"), onBehalf("security"))},
			ask("cat", payments, "ReadOnlyAccess"), nil, policy.NotRequestable, "", false,
		},
		"on behalf, the asker not known": {
			[]policy.RuleSpec{anything("a", onBehalf("security"))},
			forOther("cat", "ann"),
			func(w *world) { delete(w.members, userGroup("security")) }, policy.NotRequestable, "", true,
		},
		"a deny of the asker": {
			[]policy.RuleSpec{deny("d", requesters("security")), anything("a", onBehalf("security"))},
			forOther("cat", "ann"), nil, policy.Denied, "d", false,
		},
		"a deny of the receiver": {
			[]policy.RuleSpec{deny("d", requesters("sre")), anything("a", onBehalf("security"))},
			forOther("cat", "ann"), nil, policy.Denied, "d", false,
		},
		"a deny looks at each on their own": {
			[]policy.RuleSpec{
				deny("d", requesters("security"), when(`person.id == "ann"`)),
				anything("a", onBehalf("security")),
			},
			forOther("cat", "ann"), nil, policy.Allowed, "a", false,
		},
		"an emergency": {
			[]policy.RuleSpec{anything("a"), anything("e", emergency("sre"))},
			urgent(self), nil, policy.Allowed, "e", false,
		},
		"an emergency of others": {
			[]policy.RuleSpec{anything("a"), anything("e", emergency("security"))},
			urgent(self), nil, policy.NotRequestable, "", false,
		},
		"an emergency with the rule's requesters": {
			[]policy.RuleSpec{anything("e", requesters("sre"), emergency())}, urgent(self), nil, policy.Allowed, "e", false,
		},
		"a deny in an emergency": {
			[]policy.RuleSpec{anything("e", emergency()), deny("d")}, urgent(self), nil, policy.Denied, "d", false,
		},
		"an unknown account": {[]policy.RuleSpec{anything("a")}, ask("ann", "999999999999", "ReadOnlyAccess"), nil, policy.NotRequestable, "", false},
		"an unknown role":    {[]policy.RuleSpec{anything("a")}, ask("ann", payments, "Nothing"), nil, policy.NotRequestable, "", false},
		"nobody":             {[]policy.RuleSpec{anything("a")}, ask("", payments, "ReadOnlyAccess"), nil, policy.NotRequestable, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			p := compile(t, base(tc.rules...), w)
			if tc.world != nil {
				tc.world(w)
			}
			d := p.Decide(w.catalog(t), w, tc.query)
			type answer struct {
				Outcome policy.Outcome
				Rule    string
				Certain bool
			}
			equal(t, answer{tc.outcome, tc.rule, !tc.doubt}, answer{d.Outcome, d.Rule, d.Certain})
			if d.PolicyVersion != p.Version() || d.Why == "" {
				t.Errorf("version %q and why %q must be told", d.PolicyVersion, d.Why)
			}
			if (d.Outcome == policy.Allowed) != (d.Terms.Rule != "") {
				t.Errorf("outcome %s with terms of rule %q", d.Outcome, d.Terms.Rule)
			}
		})
	}
}

func forOther(asker, receiver string) policy.Query {
	q := ask(receiver, payments, "ReadOnlyAccess")
	q.Asker = catalog.PersonID(asker)
	return q
}

func urgent(q policy.Query) policy.Query {
	q.Emergency = true
	return q
}

func emergency(sets ...string) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) {
		r.Emergency = &policy.EmergencySpec{MaxDuration: policy.Duration(time.Hour), MinReason: 40}
		if len(sets) > 0 {
			r.Emergency.Requesters = policy.List{Items: sets}
		}
	}
}

// TestReasons reads what people are told.
func TestReasons(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := compile(t, base(
		deny("never management", accounts(entry{ID: management})),
		anything("other account", accounts(entry{ID: staging})),
		anything("other role", roles("ViewOnly*")),
		anything("by tag", accounts(entry{Tags: tagmap{"env": "prod"}}), requesters("security")),
		anything("on weekends", when("now.weekday() > 5")),
		anything("of security", requesters("security"), onBehalf("sre")),
		anything("admin", roles("Administrator*"), requesters("sre"), steps(step(1, "sre"), step(2, "security"))),
		deny("no power", roles("Power*")),
	), w)
	c := w.catalog(t)

	d := p.Decide(c, w, ask("ann", payments, "AdministratorAccess"))
	equal(t, `Rule “admin” allows it with one approval from sre and two from security, for 8 h at most.`, d.Why)
	equal(t, []policy.Passed{
		{Rule: "never management", Why: "it denies nothing in this account"},
		{Rule: "other account", Why: "it is not about this account"},
		{Rule: "other role", Why: "it is not about this role"},
		{Rule: "by tag", Why: "you are not among its requesters (security)"},
		{Rule: "on weekends", Why: "its condition does not hold now"},
		{Rule: "of security", Why: "you are not among its requesters (security)"},
	}, d.Passed)

	d = p.Decide(c, w, ask("eve", tagless, "ReadOnlyAccess"))
	equal(t, `No rule lets you request ReadOnlyAccess in prod-blind; rule “on weekends” comes closest: its condition does not hold now.`, d.Why)
	equal(t, 8, len(d.Passed))

	d = p.Decide(c, w, ask("cat", tagless, "PowerUserAccess"))
	equal(t, `Rule “no power” forbids it.`, d.Why)
	equal(t, "the tags of this account could not be read", d.Passed[3].Why)
	equal(t, "it would allow it, but a rule that denies wins", d.Passed[5].Why)

	other := forOther("bob", "ann")
	d = p.Decide(c, w, other)
	equal(t, "Ann is not among its requesters (security)", d.Passed[5].Why)
	other = forOther("dan", "cat")
	d = p.Decide(c, w, other)
	equal(t, "you may not ask for others under it (sre)", d.Passed[5].Why)

	delete(w.members, userGroup("security"))
	d = p.Decide(c, w, ask("eve", payments, "ReadOnlyAccess"))
	equal(t, "who is among its requesters could not be read", d.Passed[5].Why)
	if !strings.Contains(d.Why, "cannot be read now") {
		t.Errorf("why does not say that it may be different later: %s", d.Why)
	}
}

func TestRolesAgreesWithDecideOnUnknowns(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.catalog(t)
	p := compile(t, base(anything("a")), w)
	for _, q := range []policy.Query{ask("", payments, "ReadOnlyAccess"), ask("ann", "999999999999", "ReadOnlyAccess")} {
		for _, r := range p.Roles(c, w, q.Asker, q.Receiver, q.Account, noon) {
			equal(t, policy.NotRequestable, r.Outcome)
		}
	}
}
