package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
)

// Test runs the policy's expectations at time now. A name that nobody or nothing has is a
// failure as well, and so is an answer that is only what it is because something cannot be
// read.
func (p *Policy) Test(c *catalog.Catalog, f Facts, now time.Time) []Failure {
	var out []Failure
	t := tester{p: p, c: c, f: f, now: now}
	for i := range p.spec.Expect {
		x := &p.spec.Expect[i]
		if got := t.run(x); got != "" {
			out = append(out, Failure{Index: i, Path: fmt.Sprintf("expect[%d]", i), Want: x.String(), Got: got})
		}
	}
	return out
}

// String is the expectation as a sentence would say it: "alice@example.com may have ReadOnly
// in prod-billing for 2 h, with approval from sre".
func (x *Expectation) String() string {
	s := x.Person + " may "
	if !x.allows() {
		s += "not "
	}
	if x.group() != "" {
		s += "be in " + x.group()
	} else {
		s += "have " + x.role() + " in " + x.In
	}
	if x.For != 0 {
		s += " for " + spell(time.Duration(x.For))
	}
	if x.AskedBy != "" {
		s += ", asked for by " + x.AskedBy
	}
	if x.Emergency {
		s += ", in an emergency"
	}
	if x.Ticket != "" {
		s += ", with ticket " + x.Ticket
	}
	if !x.At.IsZero() {
		s += ", at " + x.At.Format(time.RFC3339)
	}
	switch {
	case x.Approval.Automatic:
		s += ", without approval"
	case len(x.Approval.Sets) > 0:
		s += ", with approval from " + strings.Join(x.Approval.Sets, " and ")
	}
	if x.Rule != "" {
		s += ", by rule “" + x.Rule + "”"
	}
	return s
}

type tester struct {
	p         *Policy
	c         *catalog.Catalog
	f         Facts
	now       time.Time
	userNames map[string]catalog.PersonID // built when the first one is looked up; "" for several
}

// run says what is wrong; "" for nothing.
func (t *tester) run(x *Expectation) string {
	q := Query{At: x.At, Emergency: x.Emergency, Ticket: x.Ticket, AnyAge: true}
	if q.At.IsZero() {
		q.At = t.now
	}
	var problem string
	if q.Receiver, problem = t.person(x.Person); problem != "" {
		return problem
	}
	if q.Asker = q.Receiver; x.AskedBy != "" {
		if q.Asker, problem = t.person(x.AskedBy); problem != "" {
			return problem
		}
	}
	if problem = t.entitlement(x, &q); problem != "" {
		return problem
	}
	if x.Rule != "" && !slices.ContainsFunc(t.p.rules, func(r rule) bool { return r.name == x.Rule }) {
		return "There is no rule “" + x.Rule + "”."
	}
	for _, set := range x.Approval.Sets {
		if _, ok := t.p.setByName[set]; !ok {
			return suggest("There is no people set `"+set+"`", catalog.Nearest(set, slices.Values(sortedKeys(t.p.spec.People))))
		}
	}
	return judge(x, t.p.Decide(t.c, t.f, q))
}

// entitlement looks up what it is about.
func (t *tester) entitlement(x *Expectation, q *Query) (problem string) {
	if name := x.group(); name != "" {
		g, ok := t.c.GroupByName(name)
		if !ok {
			return suggest("There is no group `"+name+"`", t.c.SuggestGroups(name))
		}
		q.Group = g.ID
		return ""
	}
	if q.Account, problem = t.account(x.In); problem != "" {
		return problem
	}
	role, ok := t.c.RoleByName(x.role())
	if !ok {
		return suggest("There is no role `"+x.role()+"`", t.c.SuggestRoles(x.role()))
	}
	q.Role = role.ARN
	return ""
}

// judge holds a decision against what was expected.
func judge(x *Expectation, d Decision) string {
	want := time.Duration(x.For)
	switch {
	case !d.Certain:
		return "It cannot be told: " + d.Why
	case x.allows() && d.Outcome != Allowed:
		return d.Why
	case !x.allows() && d.Outcome == Allowed && (want == 0 || d.Terms.MaxDuration >= want):
		return d.Why
	case x.Rule != "" && d.Rule != x.Rule:
		if d.Rule == "" {
			return "No rule decides."
		}
		return "Rule “" + d.Rule + "” decides: " + d.Why
	case !x.allows():
		return ""
	case d.Terms.MaxDuration < want:
		return fmt.Sprintf("It is too long: rule “%s” allows it for %s at most.", d.Rule, spell(d.Terms.MaxDuration))
	case x.Approval.IsZero() || approves(x.Approval, d.Terms):
		return ""
	default:
		return d.Why
	}
}

// approves compares the sets that take part with those that were expected: in their order
// where the steps have one.
func approves(want ApprovalWant, t Terms) bool {
	if want.Automatic || t.Automatic {
		return want.Automatic == t.Automatic
	}
	var sets []string
	for _, s := range t.Steps {
		for _, name := range s.From {
			if !slices.Contains(sets, name) {
				sets = append(sets, name)
			}
		}
	}
	if t.InOrder {
		return slices.Equal(sets, want.Sets)
	}
	return len(sets) == len(want.Sets) && everyItem(sets, want.Sets)
}

// person finds somebody by e-mail or, where that is nobody's, by user name.
func (t *tester) person(name string) (id catalog.PersonID, problem string) {
	if p, ok := t.c.PersonByEmail(name); ok {
		return p.ID, ""
	}
	if t.userNames == nil {
		t.userNames = map[string]catalog.PersonID{}
		for _, p := range t.c.People() {
			if _, ok := t.userNames[p.UserName]; ok {
				t.userNames[p.UserName] = ""
				continue
			}
			t.userNames[p.UserName] = p.ID
		}
	}
	if id := t.userNames[name]; id != "" {
		return id, ""
	}
	return "", suggest("Nobody has the e-mail or the user name `"+name+"`", t.c.SuggestEmails(name))
}

// account finds an account by id or, if only one has it, by name.
func (t *tester) account(name string) (id catalog.AccountID, problem string) {
	if a, ok := t.c.Account(catalog.AccountID(name)); ok {
		return a.ID, ""
	}
	for _, a := range t.c.Accounts() {
		switch {
		case a.Name != name:
		case id != "":
			return "", "Several accounts are called `" + name + "`: give the id."
		default:
			id = a.ID
		}
	}
	if id == "" {
		return "", suggest("There is no account `"+name+"`", t.c.SuggestAccounts(name))
	}
	return id, ""
}

func suggest(text string, near []string) string {
	if hint := didYouMean(near); hint != "" {
		return text + "; " + hint
	}
	return text + "."
}
