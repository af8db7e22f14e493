package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stint/access/catalog"
	"stint/access/policy"
)

// opened decides every pair on its own, at noon: what Compare must count without doing so.
type opened struct {
	w    *world
	c    *catalog.Catalog
	p    *policy.Policy
	rule map[pair]string
}

type pair struct {
	person  catalog.PersonID
	account catalog.AccountID
	role    catalog.RoleARN
	group   catalog.GroupID
}

func openedBy(w *world, c *catalog.Catalog, p *policy.Policy) opened {
	o := opened{w, c, p, map[pair]string{}}
	for _, a := range c.Accounts() {
		for _, r := range c.Roles() {
			for _, x := range c.People() {
				if a.State != catalog.AccountActive || a.Ungrantable != "" || r.Ungrantable != "" || x.Disabled {
					continue
				}
				d := p.Decide(c, w, policy.Query{Asker: x.ID, Receiver: x.ID, Account: a.ID, Role: r.ARN, At: noon})
				if d.Outcome == policy.Allowed {
					o.rule[pair{person: x.ID, account: a.ID, role: r.ARN}] = d.Rule
				}
			}
		}
	}
	for _, g := range c.Groups() {
		for _, x := range c.People() {
			d := p.Decide(c, w, policy.Query{Asker: x.ID, Receiver: x.ID, Group: g.ID, At: noon})
			if d.Outcome == policy.Allowed && g.Ungrantable == "" && !x.Disabled {
				o.rule[pair{person: x.ID, group: g.ID}] = d.Rule
			}
		}
	}
	return o
}

func (o opened) opening() policy.Opening {
	entitlements, accounts, roles, groups, people := map[pair]bool{}, map[catalog.AccountID]bool{}, map[catalog.RoleARN]bool{}, map[catalog.GroupID]bool{}, map[catalog.PersonID]bool{}
	for p := range o.rule {
		entitlements[pair{account: p.account, role: p.role, group: p.group}], people[p.person] = true, true
		if p.group != "" {
			groups[p.group] = true
		} else {
			accounts[p.account], roles[p.role] = true, true
		}
	}
	return policy.Opening{
		Groups: len(groups),
		Pairs:  int64(len(o.rule)), Entitlements: len(entitlements), Accounts: len(accounts), Roles: len(roles), People: len(people),
	}
}

// shifted counts the pairs that o has and other has not.
func (o opened) without(other opened) int64 {
	n := int64(0)
	for p := range o.rule {
		if _, ok := other.rule[p]; !ok {
			n++
		}
	}
	return n
}

// exactConditions are those whose answer does not depend on the moment, and that Compare
// can therefore count exactly.
var exactConditions = []string{
	"", `role == "PowerUserAccess"`, `"sre" in groups`, `account.tags.env == "prod"`, `person.email == "ann@example.com"`, "emergency",
	`account.tags.env == "prod" && "sre" in groups && role == "PowerUserAccess" && person.email == "ann@example.com"`,
	`group == ""`, `group.startsWith("database")`, `group != "readers" && "sre" in groups`,
	`!("both" in groups) && !emergency`, `person.email == "ann@example.com" || "both" in groups`, "true",
}

// randomGroups makes a rule one about groups too, or about groups alone.
func randomGroups(t *rapid.T, r *policy.RuleSpec) {
	names := rapid.SampledFrom([][]string{nil, {"*-admins"}, {"readers", "empty"}, {"database-admins"}, {"payments-*"}}).Draw(t, "groups")
	if names == nil {
		return
	}
	r.Groups = policy.List{Items: names}
	if rapid.Bool().Draw(t, "alone") {
		alone(r)
	}
}

// TestCompareAgainstBruteForce: what is counted in classes is what deciding every pair finds.
func TestCompareAgainstBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		w.data.Accounts[0].State = rapid.SampledFrom([]catalog.AccountState{catalog.AccountActive, catalog.AccountSuspended}).Draw(t, "state")
		w.data.Roles[0].Ungrantable = rapid.SampledFrom([]string{"", "not ours"}).Draw(t, "role")
		w.data.People[4].Disabled = rapid.Bool().Draw(t, "disabled")
		w.data.Groups = newGroupWorld().data.Groups
		for i := range w.data.Groups {
			g := &w.data.Groups[i]
			g.Brings = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) catalog.RoleIn {
				return catalog.RoleIn{Account: rapid.SampledFrom(w.data.Accounts).Draw(t, "account").ID, Role: rapid.SampledFrom(w.data.Roles).Draw(t, "role").ARN}
			}), 0, 3).Draw(t, "brings")
			g.Ungrantable = rapid.SampledFrom([]string{"", "", "", "not ours"}).Draw(t, "group")
		}
		before, after := randomPolicy(t), randomPolicy(t)
		exact := rapid.IntRange(0, 3).Draw(t, "exact") > 0
		for _, rules := range [][]policy.RuleSpec{before.Rules, after.Rules} {
			for i := range rules {
				if exact {
					rules[i].When = rapid.SampledFrom(exactConditions).Draw(t, "when")
				}
				randomGroups(t, &rules[i])
			}
		}
		p, c := compileRandom(t, before, w)
		q, _ := compileRandom(t, after, w)
		was, is := openedBy(w, c, p), openedBy(w, c, q)
		got := policy.Compare(p, q, c, w, noon)
		checkOpening(t, got.Before, was.opening(), exact)
		checkOpening(t, got.After, is.opening(), exact)
		checkExamples(t, got, was, is)
		if alone := q.Opens(c, w, noon); alone != got.After {
			t.Fatalf("Opens says %+v, Compare %+v", alone, got.After)
		}
		if got.After.AtMost || got.Before.AtMost {
			return
		}
		if got.Gained.Pairs != is.without(was) || got.Lost.Pairs != was.without(is) {
			t.Fatalf("gained %d and lost %d, want %d and %d", got.Gained.Pairs, got.Lost.Pairs, is.without(was), was.without(is))
		}
		back := policy.Compare(q, p, c, w, noon)
		if back.Gained.Pairs != got.Lost.Pairs || back.Eased.Pairs > got.Tightened.Pairs || got.Eased.Pairs > back.Tightened.Pairs {
			t.Fatalf("there %+v, back %+v", got, back)
		}
		if got.Before.Pairs-got.Lost.Pairs+got.Gained.Pairs != got.After.Pairs {
			t.Fatalf("%+v does not add up", got)
		}
		if none := policy.Compare(q, q, c, w, noon); none.Gained.Pairs+none.Lost.Pairs+none.Eased.Pairs+none.Tightened.Pairs != 0 {
			t.Fatalf("nothing changed, and %+v", none)
		}
	})
}

func checkOpening(t *rapid.T, got, want policy.Opening, exact bool) {
	want.AtMost = got.AtMost
	if exact && got.AtMost || !got.AtMost && got != want {
		t.Fatalf("counted %+v, there are %+v", got, want)
	}
	if got.Pairs < want.Pairs || got.Entitlements < want.Entitlements || got.Accounts < want.Accounts || got.Roles < want.Roles || got.Groups < want.Groups || got.People < want.People {
		t.Fatalf("counted at most %+v, there are %+v", got, want)
	}
}

func checkExamples(t *rapid.T, got policy.Impact, was, is opened) {
	for _, s := range []policy.Shift{got.Gained, got.Lost, got.Eased, got.Tightened} {
		if len(s.Examples) > 5 || (len(s.Examples) == 0) != (s.Pairs == 0) || s.Pairs < int64(s.Entitlements) || s.Pairs < int64(s.People) {
			t.Fatalf("%+v", s)
		}
		for i, x := range s.Examples {
			at := pair{x.Person, x.Account, x.Role, x.Group}
			if !got.Before.AtMost && was.rule[at] != x.Before || !got.After.AtMost && is.rule[at] != x.After {
				t.Fatalf("%+v, but %q decided and now %q does", x, was.rule[at], is.rule[at])
			}
			if slices.Contains(s.Examples[:i], x) {
				t.Fatalf("%+v is there twice", x)
			}
		}
	}
}

// TestCompareTells reads what a change means, in numbers.
func TestCompareTells(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.data.Accounts[4].TagsUnknown = false
	c := w.catalog(t)
	twoSteps := steps(step(1, "sre"), step(1, "security"))
	before := compile(t, base(deny("never", accounts(entry{ID: management})), anything("reads", roles("Read*")), anything("admin", roles("Admin*"), requesters("sre"), twoSteps)), w)
	after := compile(t, base(deny("never", accounts(entry{ID: management})), anything("reads", roles("Read*", "View*"), requesters("security")), anything("admin", roles("Admin*"), requesters("sre"), steps(step(1, "sre")))), w)
	got := policy.Compare(before, after, c, w, noon)
	equal(t, policy.Opening{Pairs: 4*5 + 4*2, Entitlements: 8, Accounts: 4, Roles: 2, People: 5}, got.Before)
	equal(t, policy.Opening{Pairs: 4*2*2 + 4*2, Entitlements: 12, Accounts: 4, Roles: 3, People: 4}, got.After)
	equal(t, []int64{8, 12, 8, 0}, []int64{got.Gained.Pairs, got.Lost.Pairs, got.Eased.Pairs, got.Tightened.Pairs})
	equal(t, policy.Shift{Pairs: 12, Entitlements: 4, People: 3, Examples: got.Lost.Examples}, got.Lost)
	equal(t, policy.Example{Person: "ann", Account: tagless, Role: arn("ReadOnlyAccess"), Before: "reads"},
		*leastExample(got.Lost.Examples))
	weekdays := compile(t, base(anything("weekdays", when(`now.weekday() == 7 && role.startsWith("Read")`))), w)
	equal(t, policy.Opening{Pairs: 25, Entitlements: 5, Accounts: 5, Roles: 1, People: 5, AtMost: true}, weekdays.Opens(c, w, noon))
}

func leastExample(all []policy.Example) *policy.Example {
	at := slices.MinFunc(all, func(a, b policy.Example) int {
		return strings.Compare(string(a.Account)+string(a.Person), string(b.Account)+string(b.Person))
	})
	return &at
}

// TestCompareTellsOfGroups reads what a change means for membership in groups.
func TestCompareTellsOfGroups(t *testing.T) {
	t.Parallel()
	w := newGroupWorld()
	c := w.catalog(t)
	dba := anything("dba", alone, groups("database-admins"), requesters("sre"))
	before := compile(t, base(dba), w)
	after := compile(t, base(dba, anything("readers", alone, groups("readers", "database-admins"), requesters("security"))), w)
	equal(t, policy.Opening{Pairs: 2, Entitlements: 1, Groups: 1, People: 2}, before.Opens(c, w, noon))
	got := policy.Compare(before, after, c, w, noon)
	equal(t, policy.Opening{Pairs: 2 + 2*2, Entitlements: 2, Groups: 2, People: 4}, got.After)
	equal(t, policy.Shift{Pairs: 4, Entitlements: 2, Groups: 2, People: 2, Examples: got.Gained.Examples}, got.Gained)
	if x := got.Gained.Examples[0]; x.Group == "" || x.Account != "" || x.Role != "" || x.After != "readers" {
		t.Errorf("%+v", x)
	}

	// Forbidden for what it brings: nobody gains what the rule names.
	never := compile(t, base(dba, anything("readers", alone, groups("readers"), requesters("security")), deny("never", accounts(entry{ID: management}))), w)
	if got := policy.Compare(before, never, c, w, noon); got.Gained.Pairs != 0 || got.Lost.Pairs != 0 {
		t.Errorf("the readers' group brings the management account: %+v", got)
	}

	// What is not known of a group is counted as if it allowed it, and said so.
	w.data.Groups[1].BringsAsOf = time.Time{}
	unread := policy.Compare(before, after, w.catalog(t), w, noon)
	equal(t, policy.Opening{Pairs: 6, Entitlements: 2, Groups: 2, People: 4, AtMost: true}, unread.After)
	if unread.Before.AtMost {
		t.Error("what only the new policy offers makes the old one uncertain")
	}
}
