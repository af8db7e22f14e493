package policy_test

import (
	"fmt"
	"testing"

	"stint/access/catalog"
	"stint/access/policy"
)

// large is 1,000 accounts, 500 roles and 200 rules like those that people write: by OU, name
// and tags, role globs, several sets, every tenth a deny, every eighth with a condition.
func large(tb testing.TB) (*policy.Policy, *catalog.Catalog, *world) {
	w := newWorld()
	envs := []string{"prod", "staging", "dev", "sandbox"}
	teams := []string{"payments", "web", "data", "search", "mobile"}
	w.data.Accounts = nil
	for i := range 1000 {
		env, team := envs[i%4], teams[i%5]
		w.data.Accounts = append(w.data.Accounts, account(fmt.Sprintf("%012d", 100000000000+i),
			fmt.Sprintf("%s-%s-%03d", env, team, i), "/"+env+"/"+team, "env="+env, "team="+team))
	}
	w.data.Roles = nil
	for i := range 500 {
		name := fmt.Sprintf("%s%s%03d", []string{"Read", "Write", "Admin", "Audit"}[i%4], teams[i%5], i)
		w.data.Roles = append(w.data.Roles, catalog.Role{ARN: arn(name), Name: name})
	}
	sets := []string{"sre", "security", "both", "devs", "oncall", "ann"}
	var rules []policy.RuleSpec
	for i := range 200 {
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
		if i%8 == 0 {
			change = append(change, when(`now.weekday() < 6 && !("devs" in groups)`))
		}
		if i%10 == 0 {
			rules = append(rules, deny(fmt.Sprintf("deny %d", i), append(change, roles(fmt.Sprintf("*%03d", i)))...))
		} else {
			rules = append(rules, anything(fmt.Sprintf("allow %d", i), append(change, steps(step(1, "sre"), step(1, "security")))...))
		}
	}
	return compile(tb, base(rules...), w), w.catalog(tb), w
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
