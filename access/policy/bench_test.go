package policy_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"stint/access/catalog"
	"stint/access/policy"
)

// large is 1,000 accounts, 500 roles and 200 rules.
func large(tb testing.TB) (*policy.Policy, *catalog.Catalog, *world) {
	w := newWorld()
	grow(w, 1000, 500)
	return compile(tb, largePolicy(200, true), w), w.catalog(tb), w
}

var (
	envs  = []string{"prod", "staging", "dev", "sandbox"}
	teams = []string{"payments", "web", "data", "search", "mobile"}
)

// grow makes an organization of that many accounts and roles.
func grow(w *world, accounts, roles int) {
	w.data.Accounts = nil
	for i := range accounts {
		env, team := envs[i%4], teams[i%5]
		w.data.Accounts = append(w.data.Accounts, account(fmt.Sprintf("%012d", 100000000000+i),
			fmt.Sprintf("%s-%s-%03d", env, team, i), "/"+env+"/"+team, "env="+env, "team="+team))
	}
	w.data.Roles = nil
	for i := range roles {
		name := fmt.Sprintf("%s%s%03d", []string{"Read", "Write", "Admin", "Audit"}[i%4], teams[i%5], i)
		w.data.Roles = append(w.data.Roles, catalog.Role{ARN: arn(name), Name: name})
	}
}

// largePolicy has rules like those that people write: by OU, name and tags, role globs,
// several sets, every tenth a deny, and if wanted every eighth with a condition.
func largePolicy(n int, conditions bool) policy.Spec {
	sets := []string{"sre", "security", "both", "devs", "oncall", "ann"}
	var rules []policy.RuleSpec
	for i := range n {
		env, team := envs[i%4], teams[(i/4)%5]
		var where func(*policy.RuleSpec)
		switch i % 3 {
		case 0:
			where = accounts(entry{OU: "/" + env + "/" + team, Except: []entry{{Name: "*-9"}}})
		case 1:
			where = accounts(entry{Name: env + "-" + team + "-*"}, entry{Tags: tagmap{"env": env, "team": team}})
		default:
			where = accounts(entry{Tags: tagmap{"env": env}})
		}
		change := []func(*policy.RuleSpec){
			where, roles([]string{"Read*", "Write*", "Admin*", "Audit*"}[i%4], fmt.Sprintf("*%s%03d", team, i)), requesters(sets[i%6], sets[(i+1)%6]),
		}
		if conditions && i%8 == 0 {
			change = append(change, when(`now.weekday() < 6 && !("devs" in groups)`))
		}
		if i%10 == 0 {
			rules = append(rules, deny(fmt.Sprintf("deny %d", i), append(change, roles(fmt.Sprintf("*%03d", i)))...))
		} else {
			rules = append(rules, anything(fmt.Sprintf("allow %d", i), append(change, steps(step(1, "sre"), step(1, "security")))...))
		}
	}
	return base(rules...)
}

// TestCost states what makes the package fast without a clock: how often it allocates and
// how often it asks the facts. The times are the benchmarks'.
func TestCost(t *testing.T) {
	p, c, w := large(t)
	f := &counting{Facts: w}
	sources := len(p.Sources())
	p.Decide(c, f, benchQuery(c, 1))
	if f.asked > sources {
		t.Errorf("Decide asks %d times for %d sources", f.asked, sources)
	}
	f.asked = 0
	p.Roles(c, f, "ann", "ann", c.Accounts()[0].ID, noon)
	if f.asked > sources {
		t.Errorf("Roles asks %d times for %d sources", f.asked, sources)
	}
	f.asked = 0
	p.Requestable(c, f, "ann", "ann")
	if f.asked > sources {
		t.Errorf("Requestable asks %d times for %d sources", f.asked, sources)
	}
	f.asked = 0
	p.Opens(c, f, noon)
	if most := sources * len(c.People()); f.asked > most {
		t.Errorf("Opens asks %d times for %d sources and %d people", f.asked, sources, len(c.People()))
	}
	if n := testing.AllocsPerRun(20, func() { p.Requestable(c, w, "ann", "ann") }); n > 100 {
		t.Errorf("Requestable at 1,000 accounts allocates %v times", n)
	}
	if n := testing.AllocsPerRun(20, func() { p.Decide(c, w, benchQuery(c, 1)) }); n > 30 {
		t.Errorf("Decide at 200 rules allocates %v times", n)
	}
	if n := testing.AllocsPerRun(20, func() { p.Roles(c, w, "ann", "ann", c.Accounts()[0].ID, noon) }); n > 100 {
		t.Errorf("Roles at 500 roles and 200 rules allocates %v times", n)
	}
}

// counting counts the questions to the facts.
type counting struct {
	policy.Facts
	asked int
}

func (f *counting) In(s policy.Source, p catalog.PersonID) policy.Truth {
	f.asked++
	return f.Facts.In(s, p)
}

func benchQuery(c *catalog.Catalog, i int) policy.Query {
	return policy.Query{
		Asker: "ann", Receiver: "ann", Account: c.Accounts()[i%len(c.Accounts())].ID,
		Role: c.Roles()[i*7%len(c.Roles())].ARN, At: noon,
	}
}

func BenchmarkDecide(b *testing.B) {
	p, c, w := large(b)
	b.ReportAllocs()
	for i := range b.N {
		p.Decide(c, w, benchQuery(c, i))
	}
}

// BenchmarkRoles is a person who looks at one account.
func BenchmarkRoles(b *testing.B) {
	p, c, w := large(b)
	b.ReportAllocs()
	for i := range b.N {
		p.Roles(c, w, "ann", "ann", c.Accounts()[i%1000].ID, noon)
	}
}

// BenchmarkRolesCold is the first time that anybody looks at anything after a sync.
func BenchmarkRolesCold(b *testing.B) {
	p, c, w := large(b)
	other, err := catalog.New(w.data)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := range b.N {
		at := c
		if i%2 == 0 {
			at = other
		}
		p.Roles(at, w, "ann", "ann", c.Accounts()[i%1000].ID, noon)
	}
}

func BenchmarkCondition(b *testing.B) {
	w := newWorld()
	p := compile(b, base(anything("a", when(`now.weekday() < 6 && !("devs" in groups) && account.tags.env == "prod"`))), w)
	c := w.catalog(b)
	q := ask("ann", payments, "ReadOnlyAccess")
	b.ReportAllocs()
	for range b.N {
		p.Decide(c, w, q)
	}
}

func BenchmarkFeasible(b *testing.B) {
	w := newWorld()
	for i := range 30_000 {
		w.members[userGroup("sre")] = append(w.members[userGroup("sre")], catalog.PersonID(fmt.Sprintf("p%05d", i)))
	}
	p := compile(b, base(), w)
	t := terms(false, step(2, "sre"), step(1, "security"))
	b.ReportAllocs()
	for range b.N {
		if err := p.Feasible(w, t, "p00000"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	w := newWorld()
	var rules []policy.RuleSpec
	for i := range 200 {
		rules = append(rules, anything(fmt.Sprint(i), accounts(entry{OU: "/Production"}), when("now.weekday() < 6")))
	}
	b.ReportAllocs()
	for range b.N {
		compile(b, base(rules...), w)
	}
}

// organization is 10,000 accounts, 500 roles and 30,000 people, of whom every tenth is in one
// of the sets that the rules name.
func organization(tb testing.TB) (*catalog.Catalog, *world, policy.Facts) {
	w := newWorld()
	grow(w, 10_000, 500)
	members := map[policy.Source]map[catalog.PersonID]bool{}
	for i := range 30_000 {
		id := catalog.PersonID(fmt.Sprintf("person-%05d", i))
		w.data.People = append(w.data.People, catalog.Person{ID: id, UserName: string(id), Name: string(id), Email: string(id) + "@example.com"})
		for n, s := range slices.SortedFunc(maps.Keys(w.members), func(a, b policy.Source) int { return strings.Compare(a.ID, b.ID) }) {
			if i%10 == n || i%7 == n && i%3 == 0 {
				if members[s] == nil {
					members[s] = map[catalog.PersonID]bool{}
				}
				members[s][id] = true
				w.members[s] = append(w.members[s], id)
			}
		}
	}
	return w.catalog(tb), w, quickFacts{w, members}
}

// quickFacts looks memberships up as quickly as the real ones do.
type quickFacts struct {
	*world
	members map[policy.Source]map[catalog.PersonID]bool
}

func (f quickFacts) In(s policy.Source, p catalog.PersonID) policy.Truth {
	if f.members[s][p] || s.Kind == policy.SourcePerson && s.ID == string(p) {
		return policy.True
	}
	return policy.False
}

// BenchmarkRequestable is what one person may request in 10,000 accounts of 500 roles under
// 200 rules: cold right after a sync, warm for the next person.
func BenchmarkRequestable(b *testing.B) {
	c, w, f := organization(b)
	other := w.catalog(b)
	p := compile(b, largePolicy(200, false), w)
	for _, cold := range []bool{true, false} {
		b.Run(map[bool]string{true: "cold", false: "warm"}[cold], func(b *testing.B) {
			p.Requestable(c, f, "person-00003", "person-00003")
			b.ReportAllocs()
			for i := range b.N {
				at := c
				if cold && i%2 == 0 {
					at = other
				}
				p.Requestable(at, f, "person-00003", "person-00003")
			}
		})
	}
}

// BenchmarkCompare is the preview of a change of 200 rules in that organization. The policy
// before is in force and was asked already, the one after is new.
func BenchmarkCompare(b *testing.B) {
	c, w, f := organization(b)
	for _, conditions := range []bool{false, true} {
		b.Run(map[bool]string{true: "conditions", false: "plain"}[conditions], func(b *testing.B) {
			before := compile(b, largePolicy(200, conditions), w)
			before.Opens(c, f, noon)
			spec := largePolicy(200, conditions)
			spec.Rules[21].Requesters = policy.List{All: true}
			spec.Rules[42].Approval = policy.ApprovalSpec{Automatic: true}
			spec.Rules[63].When = `account.tags.env == "prod" && person.email.startsWith("person-1") && role.startsWith("Read")`
			b.ReportAllocs()
			for b.Loop() {
				after := compile(b, spec, w)
				if got := policy.Compare(before, after, c, f, noon); got.Gained.Pairs == 0 || got.Eased.Pairs == 0 {
					b.Fatalf("%+v", got)
				}
			}
		})
	}
}

// BenchmarkCompareVaried is the preview under rules that share nothing: 200 user groups of 300
// people drawn at random, 40 single accounts and 20 single roles a rule, so that few people
// or accounts are alike.
func BenchmarkCompareVaried(b *testing.B) {
	c, w, _ := organization(b)
	draw := rand.New(rand.NewPCG(1, 2))
	members := map[policy.Source]map[catalog.PersonID]bool{}
	spec := base()
	for i := range 200 {
		handle := fmt.Sprintf("g%d", i)
		group := userGroup(handle)
		w.members[group], members[group] = nil, map[catalog.PersonID]bool{}
		for range 300 {
			id := c.People()[draw.IntN(30_000)].ID
			w.members[group], members[group][id] = append(w.members[group], id), true
		}
		spec.People[handle] = policy.People{SlackUserGroups: []string{handle}}
		var where []entry
		for range 40 {
			where = append(where, entry{ID: string(c.Accounts()[draw.IntN(10_000)].ID)})
		}
		var names []string
		for range 20 {
			names = append(names, c.Roles()[draw.IntN(500)].Name)
		}
		spec.Rules = append(spec.Rules, anything(handle, accounts(where...), roles(names...), requesters(handle)))
		if i%10 == 0 {
			spec.Rules[i].Accounts = policy.Accounts{All: true}
		}
	}
	f := quickFacts{w, members}
	before := compile(b, spec, w)
	spec.Rules = slices.Clone(spec.Rules)
	spec.Rules[20].Requesters = policy.List{All: true}
	b.ReportAllocs()
	for b.Loop() {
		after := compile(b, spec, w)
		if got := policy.Compare(before, after, c, f, noon); got.Gained.Pairs == 0 {
			b.Fatalf("%+v", got)
		}
	}
}

// BenchmarkReaches is the overview of 200 rules.
func BenchmarkReaches(b *testing.B) {
	c, w, f := organization(b)
	p := compile(b, largePolicy(200, true), w)
	b.ReportAllocs()
	for b.Loop() {
		p.Reaches(c, f)
	}
}
