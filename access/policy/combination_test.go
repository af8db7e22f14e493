package policy_test

import (
	"fmt"
	"testing"

	"stint/access/catalog"
	"stint/access/policy"
)

// TestEveryCombinationOfSelectors puts every kind of id, name, OU, tags and except together,
// in an allow and in a deny, and holds each against the slow evaluator in every account.
func TestEveryCombinationOfSelectors(t *testing.T) {
	t.Parallel()
	w := newWorld()
	c := w.catalog(t)
	var entries []entry
	for _, id := range []string{"", payments, tagless} {
		for _, name := range []string{"", "prod-payments", "prod-*", "?????-sandbox"} {
			for _, ou := range []string{"", "/", "/Production", "/Production/Payments", "/Prod"} {
				for _, tags := range []tagmap{nil, {"env": "prod"}, {"env": "*"}, {"env": "pr?d", "team": "payments"}, {"owner": "x"}} {
					for _, except := range [][]entry{nil, {{ID: scratch}}, {{Tags: tagmap{"team": "*"}}, {OU: "/Staging"}}} {
						if id+name+ou != "" || tags != nil {
							entries = append(entries, entry{ID: id, Name: name, OU: ou, Tags: tags, Except: except})
						}
					}
				}
			}
		}
	}
	var allows, denies []policy.RuleSpec
	for i, e := range entries {
		allows = append(allows, anything(fmt.Sprint(i), accounts(e)))
		denies = append(denies, deny(fmt.Sprint(i), accounts(e)))
	}
	for _, rules := range [][]policy.RuleSpec{allows, denies} {
		spec := base(rules...)
		p := compile(t, spec, w)
		ref := reference{spec, w}
		for _, a := range c.Accounts() {
			q := ask("ann", string(a.ID), "ReadOnlyAccess")
			for i, got := range p.Explain(c, w, q).Rules {
				want := ref.matches(rules[i], q)
				if said := degreeSaid(got.Why); said != want {
					t.Fatalf("%+v in %s: %q, want %d of 2", entries[i], a.Name, got.Why, want)
				}
			}
		}
	}
	if len(entries) < 800 {
		t.Fatalf("only %d combinations", len(entries))
	}
}

// degreeSaid reads from an answer of Explain about accounts whether a rule matches.
func degreeSaid(why string) degree {
	switch why {
	case "it is not about this account", "it denies nothing in this account",
		"it stands below the rule that decides, and it is not about this account":
		return no
	case "the tags of this account could not be read", "it stands below the rule that decides, and the tags of this account could not be read",
		"it may deny it as well: the tags of this account could not be read", "it may deny, which is enough: the tags of this account could not be read":
		return perhaps
	default:
		return yes
	}
}

// TestEveryKindOfPeople puts somebody into each source of people, out of it, and where it is
// not known; as a requester, as who asks for others, in an emergency and in a deny.
func TestEveryKindOfPeople(t *testing.T) {
	t.Parallel()
	sources := map[string]policy.People{
		"users":                  {Users: []string{"ann@example.com"}},
		"slack_usergroups":       {SlackUserGroups: []string{"sre"}},
		"identity_center_groups": {IdentityCenterGroups: []string{"payments-devs"}},
		"slack_channels":         {SlackChannels: []string{"oncall"}},
	}
	member := map[string]catalog.PersonID{"users": "ann", "slack_usergroups": "ann", "identity_center_groups": "eve", "slack_channels": "bob"}
	source := map[string]policy.Source{
		"slack_usergroups": userGroup("sre"), "identity_center_groups": {Kind: policy.SourceGroup, ID: "g-payments-devs"},
		"slack_channels": {Kind: policy.SourceChannel, ID: "C3"},
	}
	for kind, people := range sources {
		for _, where := range []string{"in", "out", "unknown"} {
			if where == "unknown" && kind == "users" {
				continue // who a person is is always known
			}
			t.Run(kind+" "+where, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				who, want := member[kind], yes
				switch where {
				case "out":
					who, want = "dan", no
				case "unknown":
					want = perhaps
				}
				spec := func(rules ...policy.RuleSpec) policy.Spec {
					s := base(rules...)
					s.People["set"] = people
					return s
				}
				compiled := map[string]*policy.Policy{
					"requester": compile(t, spec(anything("r", requesters("set"))), w),
					"on behalf": compile(t, spec(anything("r", onBehalf("set"))), w),
					"emergency": compile(t, spec(anything("r", requesters("security"), emergency("set"))), w),
					"deny":      compile(t, spec(anything("r", onBehalf("set", "security")), deny("d", requesters("set"))), w),
					"condition": compile(t, spec(anything("r", when(`"set" in groups`))), w),
				}
				if where == "unknown" {
					delete(w.members, source[kind])
				}
				c := w.catalog(t)
				self := policy.Query{Asker: who, Receiver: who, Account: payments, Role: arn("ReadOnlyAccess"), At: noon}
				other, now := self, self
				other.Receiver, now.Emergency = "cat", true
				answer := func(d policy.Decision) degree {
					switch {
					case !d.Certain:
						return perhaps
					case d.Outcome == policy.NotRequestable:
						return no
					default:
						return yes
					}
				}
				equal(t, want, answer(compiled["requester"].Decide(c, w, self)))
				equal(t, want, answer(compiled["on behalf"].Decide(c, w, other)))
				equal(t, want, answer(compiled["emergency"].Decide(c, w, now)))
				equal(t, want, answer(compiled["condition"].Decide(c, w, self)))
				denied := compiled["deny"].Decide(c, w, self)
				equal(t, want != no, denied.Outcome == policy.Denied)
				equal(t, want == yes || want == no, denied.Certain)
			})
		}
	}
}
