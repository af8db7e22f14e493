package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access/catalog"
	"stint/access/policy"
)

func groups(names ...string) func(*policy.RuleSpec) {
	return func(r *policy.RuleSpec) { r.Groups = policy.List{Items: names} }
}

// alone makes a rule one about groups and nothing else.
func alone(r *policy.RuleSpec) { r.Accounts, r.Roles = policy.Accounts{}, policy.List{} }

// group is one whose assignments were read an hour ago.
func group(id, name string, brings ...catalog.RoleIn) catalog.Group {
	return catalog.Group{ID: catalog.GroupID(id), Name: name, Brings: brings, BringsAsOf: noon.Add(-time.Hour)}
}

func roleIn(account, role string) catalog.RoleIn {
	return catalog.RoleIn{Account: catalog.AccountID(account), Role: arn(role)}
}

// newGroupWorld has groups of database admins (payments and staging), one that reads
// everything there is, one that brings nothing, and the one that a people set names.
func newGroupWorld() *world {
	w := newWorld()
	w.data.Groups = []catalog.Group{
		group("g-dba", "database-admins", roleIn(payments, "PowerUserAccess"), roleIn(staging, "AdministratorAccess")),
		group("g-readers", "readers", roleIn(payments, "ReadOnlyAccess"), roleIn(management, "ReadOnlyAccess"), roleIn(tagless, "ReadOnlyAccess")),
		group("g-empty", "empty"),
		group("g-payments-devs", "payments-devs", roleIn(payments, "ReadOnlyAccess")),
	}
	return w
}

func join(person, group string) policy.Query {
	id := catalog.PersonID(person)
	return policy.Query{Asker: id, Receiver: id, Group: catalog.GroupID(group), At: noon}
}

// TestGroupIsDecidedByItsNameAndByWhatItBrings.
func TestGroupIsDecidedByItsNameAndByWhatItBrings(t *testing.T) {
	t.Parallel()
	dba := anything("dba", alone, groups("database-admins"))
	every := anything("every", alone, groups("*-admins", "readers", "empty"))
	for name, x := range map[string]struct {
		rules []policy.RuleSpec
		ask   policy.Query
		want  policy.Outcome
		rule  string
		sure  bool
	}{
		"named":                        {[]policy.RuleSpec{dba}, join("ann", "g-dba"), policy.Allowed, "dba", true},
		"by a pattern":                 {[]policy.RuleSpec{every}, join("ann", "g-dba"), policy.Allowed, "every", true},
		"beside roles":                 {[]policy.RuleSpec{anything("both", groups("database-admins"))}, join("ann", "g-dba"), policy.Allowed, "both", true},
		"roles say nothing of groups":  {[]policy.RuleSpec{anything("roles")}, join("ann", "g-dba"), policy.NotRequestable, "", true},
		"groups say nothing of roles":  {[]policy.RuleSpec{dba}, ask("ann", payments, "PowerUserAccess"), policy.NotRequestable, "", true},
		"another group":                {[]policy.RuleSpec{dba}, join("ann", "g-readers"), policy.NotRequestable, "", true},
		"not a requester":              {[]policy.RuleSpec{anything("dba", alone, groups("database-admins"), requesters("sre"))}, join("cat", "g-dba"), policy.NotRequestable, "", true},
		"denied by name":               {[]policy.RuleSpec{dba, deny("no", groups("database-*"))}, join("ann", "g-dba"), policy.Denied, "no", true},
		"denied for one account":       {[]policy.RuleSpec{dba, deny("no", accounts(policy.AccountMatch{OU: "/Staging"}))}, join("ann", "g-dba"), policy.Denied, "no", true},
		"denied for one role":          {[]policy.RuleSpec{dba, deny("no", roles("PowerUser*"))}, join("ann", "g-dba"), policy.Denied, "no", true},
		"role and account of two":      {[]policy.RuleSpec{dba, deny("no", roles("PowerUser*"), accounts(policy.AccountMatch{OU: "/Staging"}))}, join("ann", "g-dba"), policy.Allowed, "dba", true},
		"denied to others":             {[]policy.RuleSpec{dba, deny("no", roles("PowerUser*"), requesters("security"))}, join("ann", "g-dba"), policy.Allowed, "dba", true},
		"management account":           {[]policy.RuleSpec{every, deny("never", accounts(policy.AccountMatch{ID: management}))}, join("ann", "g-readers"), policy.Denied, "never", true},
		"tags that cannot be read":     {[]policy.RuleSpec{every, deny("no", accounts(policy.AccountMatch{Tags: map[string]string{"env": "test"}}))}, join("ann", "g-readers"), policy.Denied, "no", false},
		"deny of all roles":            {[]policy.RuleSpec{every, deny("no", roles("*"))}, join("ann", "g-empty"), policy.Allowed, "every", true},
		"deny of everything":           {[]policy.RuleSpec{every, deny("freeze")}, join("ann", "g-empty"), policy.Denied, "freeze", true},
		"deny of every group":          {[]policy.RuleSpec{anything("all"), deny("no", func(r *policy.RuleSpec) { r.Groups.All = true })}, ask("ann", payments, "ReadOnlyAccess"), policy.Allowed, "all", true},
		"a condition on the group":     {[]policy.RuleSpec{anything("c", alone, groups("database-admins"), when(`group == "database-admins"`))}, join("ann", "g-dba"), policy.Allowed, "c", true},
		"a condition on an account":    {[]policy.RuleSpec{anything("c", groups("database-admins"), when(`account.name != ""`))}, join("ann", "g-dba"), policy.NotRequestable, "", false},
		"a deny's condition, brought":  {[]policy.RuleSpec{dba, deny("no", when(`account.tags.env == "staging"`), accounts(policy.AccountMatch{Name: "staging-*"}))}, join("ann", "g-dba"), policy.Denied, "no", true},
		"a deny's condition, not true": {[]policy.RuleSpec{dba, deny("no", when(`role == "ReadOnlyAccess"`), accounts(policy.AccountMatch{OU: "/"}))}, join("ann", "g-dba"), policy.Allowed, "dba", true},
		"a deny switched off":          {[]policy.RuleSpec{dba, deny("no", groups("*"), func(r *policy.RuleSpec) { r.Off = true })}, join("ann", "g-dba"), policy.Allowed, "dba", true},
		"no such group":                {[]policy.RuleSpec{every}, join("ann", "g-none"), policy.NotRequestable, "", true},
	} {
		w := newGroupWorld()
		p := compile(t, base(x.rules...), w)
		c := w.catalog(t)
		d := p.Decide(c, w, x.ask)
		if d.Outcome != x.want || d.Rule != x.rule || d.Certain != x.sure || d.Why == "" {
			t.Errorf("%s: %s by %q (certain %v): %s; want %s by %q", name, d.Outcome, d.Rule, d.Certain, d.Why, x.want, x.rule)
		}
		if e := p.Explain(c, w, x.ask); !cmp.Equal(e.Decision, d) {
			t.Errorf("%s: the explanation says otherwise: %+v", name, e.Decision)
		}
	}
}

// TestGroupIsRefusedWhileWhatItBringsIsNotFreshlyKnown, also where a rule allows it.
func TestGroupIsRefusedWhileWhatItBringsIsNotFreshlyKnown(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		change func(*catalog.Group)
		want   string
	}{
		"never read":     {func(g *catalog.Group) { g.BringsAsOf = time.Time{} }, "has not been read"},
		"too old":        {func(g *catalog.Group) { g.BringsAsOf = noon.Add(-policy.BringsAge - time.Minute) }, "last read 24 h 1 min ago"},
		"read in part":   {func(g *catalog.Group) { g.BringsProblem = "AWS hides some." }, "AWS hides some."},
		"unknown places": {func(g *catalog.Group) { g.Brings = append(g.Brings, roleIn("999999999999", "ReadOnlyAccess")) }, "has not read yet"},
		"unknown roles":  {func(g *catalog.Group) { g.Brings = append(g.Brings, roleIn(payments, "Gone")) }, "has not read yet"},
	} {
		w := newGroupWorld()
		x.change(&w.data.Groups[0])
		p := compile(t, base(anything("dba", alone, groups("database-admins"))), w)
		d := p.Decide(w.catalog(t), w, join("ann", "g-dba"))
		if d.Outcome != policy.NotRequestable || d.Certain || !strings.Contains(strings.ReplaceAll(d.Why, "\u00a0", " "), x.want) {
			t.Errorf("%s: %s (certain %v): %s", name, d.Outcome, d.Certain, d.Why)
		}
		// A deny of what is known still is one, so that a live grant ends by it.
		p = compile(t, base(anything("dba", alone, groups("database-admins")), deny("no", groups("database-admins"))), w)
		if d := p.Decide(w.catalog(t), w, join("ann", "g-dba")); d.Outcome != policy.Denied || !d.Certain {
			t.Errorf("%s, denied: %s (certain %v): %s", name, d.Outcome, d.Certain, d.Why)
		}
	}
	w := newGroupWorld()
	p := compile(t, base(anything("dba", alone, groups("database-admins"))), w)
	q := join("ann", "g-dba")
	q.At = noon.Add(policy.BringsAge - time.Hour)
	if d := p.Decide(w.catalog(t), w, q); d.Outcome != policy.Allowed {
		t.Errorf("exactly a day old: %s: %s", d.Outcome, d.Why)
	}
}

// TestGroupThatCountsSomewhereIsNeverOffered: neither by its name nor by a pattern.
func TestGroupThatCountsSomewhereIsNeverOffered(t *testing.T) {
	t.Parallel()
	w := newGroupWorld()
	spec := base(anything("every", alone, groups("*s", "database-admins")))
	p, problems := policy.Compile(spec, "", w)
	if p == nil || len(problems) != 1 || !strings.Contains(problems[0].String(), "`payments-devs`, which cannot be asked for: its members count in the people set `devs`") {
		t.Fatalf("the pattern: %v", problems)
	}
	if d := p.Decide(w.catalog(t), w, join("ann", "g-payments-devs")); d.Outcome != policy.NotRequestable || !d.Certain || !strings.Contains(d.Why, "people set `devs`") {
		t.Errorf("%s: %s", d.Outcome, d.Why)
	}
	if diff := cmp.Diff([]catalog.GroupID{"g-dba", "g-readers"}, p.GroupsOffered(w.catalog(t))); diff != "" {
		t.Errorf("offered (-want +got):\n%s", diff)
	}
	spec.Settings.Admins.IdentityCenterGroups = []string{"readers"}
	p = compile(t, spec, w)
	if diff := cmp.Diff([]catalog.GroupID{"g-dba"}, p.GroupsOffered(w.catalog(t))); diff != "" {
		t.Errorf("offered beside admins (-want +got):\n%s", diff)
	}
	if d := p.Decide(w.catalog(t), w, join("ann", "g-readers")); d.Outcome != policy.NotRequestable || !strings.Contains(d.Why, "the set of admins") {
		t.Errorf("%s: %s", d.Outcome, d.Why)
	}
}

// TestGroupRulesThatAreRefused.
func TestGroupRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		rule policy.RuleSpec
		want string
	}{
		"counts in a set": {anything("r", alone, groups("payments-devs")), "rules[0].groups[0]: membership in `payments-devs` cannot be asked for: its members count in the people set `devs`"},
		"no such group":   {anything("r", alone, groups("database-admin")), "rules[0].groups[0]: no Identity Center group `database-admin` (did you mean `database-admins`?)"},
		"all":             {anything("r", alone, func(r *policy.RuleSpec) { r.Groups.All = true }), "rules[0].groups: groups cannot be `all` in an allow"},
		"every name":      {anything("r", alone, groups("*")), `rules[0].groups[0]: "*" is every group`},
		"empty":           {anything("r", alone, func(r *policy.RuleSpec) { r.Groups.Items = []string{} }), "rules[0].groups: groups is empty"},
		"no name":         {anything("r", alone, groups(" ")), "rules[0].groups[0]: a group has no name"},
		"half":            {anything("r", groups("readers"), func(r *policy.RuleSpec) { r.Roles = policy.List{} }), "rules[0].roles: an allow must state roles"},
		"unknown in deny": {deny("r", groups("nobody")), "rules[0].groups[0]: no Identity Center group `nobody`"},
		"never holds":     {anything("r", alone, groups("readers"), when(`role == "x"`)), "rules[0].when: warning: this rule is about groups, which have no account and no role"},
		"matches none":    {anything("r", alone, groups("x-*")), "rules[0].groups[0]: warning: this matches no group today"},
	} {
		_, problems := policy.Compile(base(x.rule), "", newGroupWorld())
		if len(problems) != 1 || !strings.HasPrefix(problems[0].String(), x.want) {
			t.Errorf("%s: %v, want %s", name, problems, x.want)
		}
	}
	if _, problems := policy.Compile(base(deny("r", groups("payments-devs"))), "", newGroupWorld()); policy.Refused(problems) {
		t.Errorf("a deny may name a group that counts: %v", problems)
	}
}

// TestGroupExplained: what each rule says is about groups where groups are asked for.
func TestGroupExplained(t *testing.T) {
	t.Parallel()
	w := newGroupWorld()
	spec := base(
		deny("staging", accounts(policy.AccountMatch{OU: "/Staging"}), requesters("security")),
		deny("management", accounts(policy.AccountMatch{ID: management})),
		anything("roles"),
		anything("dba", alone, groups("database-admins"), requesters("sre"), steps(step(1, "security"))),
	)
	p := compile(t, spec, w)
	e := p.Explain(w.catalog(t), w, join("ann", "g-dba"))
	got := map[string]string{}
	for _, r := range e.Rules {
		got[r.Rule] = r.Why
	}
	want := map[string]string{
		"staging":    "it is not about you",
		"management": "it denies neither this group nor anything that it brings",
		"roles":      "it is not about this group",
		"dba":        "nothing denies, and it is the first rule from the top that allows it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	if d := p.Decide(w.catalog(t), w, join("bob", "g-empty")); d.Why != "No rule lets you request membership in empty." {
		t.Errorf("not offered: %s", d.Why)
	}
	if d := p.Decide(w.catalog(t), w, join("cat", "g-dba")); d.Outcome != policy.Denied || d.Rule != "staging" {
		t.Errorf("denied for what it brings: %s", d.Why)
	}
	w.data.Groups[0].BringsAsOf = time.Time{}
	e = p.Explain(w.catalog(t), w, join("ann", "g-dba"))
	if why := e.Rules[3].Why; why != "it would allow it, but nobody may ask for this group now" {
		t.Errorf("closed: %s", why)
	}
	if text := p.Rules()[3].Text; !strings.HasPrefix(text, "membership in database-admins · sre · ") {
		t.Errorf("summary: %s", text)
	}
}

// TestGroupCardsGoWhereAllThatItBringsBelongs.
func TestGroupCardsGoWhereAllThatItBringsBelongs(t *testing.T) {
	t.Parallel()
	w := newGroupWorld()
	spec := base(anything("every", alone, groups("database-admins", "empty", "readers")))
	spec.Channels = []policy.ChannelSpec{{Accounts: policy.Accounts{Entries: []policy.AccountMatch{{OU: "/Production"}}}, Channel: "prod-approvals"}}
	w.data.Groups[1].Brings = w.data.Groups[1].Brings[:1] // payments alone
	p := compile(t, spec, w)
	for id, want := range map[string]string{"g-dba": "C1", "g-empty": "C1", "g-readers": "C2"} {
		if d := p.Decide(w.catalog(t), w, join("ann", id)); d.Terms.Channel != want {
			t.Errorf("%s: channel %q, want %q (%s)", id, d.Terms.Channel, want, d.Why)
		}
	}
}

// TestGroupsListsWhatIsOffered, in the catalog's order, with Decide's decisions.
func TestGroupsListsWhatIsOffered(t *testing.T) {
	t.Parallel()
	w := newGroupWorld()
	p := compile(t, base(anything("dba", alone, groups("database-admins", "readers"), requesters("sre")), deny("no", accounts(policy.AccountMatch{ID: management}))), w)
	c := w.catalog(t)
	var got []string
	for _, d := range p.Groups(c, w, "ann", "ann", noon) {
		if want := p.Decide(c, w, join("ann", string(d.Group.ID))); !cmp.Equal(want, d.Decision) {
			t.Errorf("%s: difference (-want +got):\n%s", d.Group.Name, cmp.Diff(want, d.Decision))
		}
		got = append(got, d.Group.Name+" "+string(d.Outcome))
	}
	if diff := cmp.Diff([]string{"database-admins allowed", "readers denied"}, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	reach := p.Reaches(c, w)
	if reach[0].Groups != 2 || reach[0].Accounts != 0 || reach[0].Roles != 0 || reach[1].Groups != 0 {
		t.Errorf("reach: %+v", reach)
	}
}

// TestGroupCovers: a rule is only called covered where it is.
func TestGroupCovers(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		first, second policy.RuleSpec
		covered       bool
	}{
		"roles before groups":    {anything("a"), anything("b", alone, groups("readers")), false},
		"groups before roles":    {anything("a", alone, groups("readers")), anything("b"), false},
		"the same group":         {anything("a", alone, groups("readers")), anything("b", alone, groups("readers")), true},
		"a pattern":              {anything("a", alone, groups("read*")), anything("b", alone, groups("readers")), true},
		"both before groups":     {anything("a", groups("readers")), anything("b", alone, groups("readers")), true},
		"groups before both":     {anything("a", alone, groups("readers")), anything("b", groups("readers")), false},
		"a deny of everything":   {deny("a"), anything("b", alone, groups("readers")), true},
		"a deny of all roles":    {deny("a", roles("*")), anything("b", alone, groups("readers")), false},
		"a deny of groups":       {deny("a", groups("*")), anything("b"), false},
		"a deny of these groups": {deny("a", groups("r*")), anything("b", alone, groups("readers")), true},
	} {
		_, problems := policy.Compile(base(x.first, x.second), "", newGroupWorld())
		covered := len(problems) == 1 && strings.Contains(problems[0].Message, "can never decide")
		if covered != x.covered || policy.Refused(problems) {
			t.Errorf("%s: %v, want covered %v", name, problems, x.covered)
		}
	}
}

// TestGroupTrialsAreSimulated.
func TestGroupTrialsAreSimulated(t *testing.T) {
	t.Parallel()
	w := newGroupWorld()
	before := compile(t, base(anything("dba", alone, groups("database-admins"))), w)
	after := compile(t, base(anything("dba", alone, groups("database-admins")), deny("no", roles("PowerUserAccess"))), w)
	diffs := policy.Simulate(before, after, w.catalog(t), w, []policy.Trial{{Query: join("ann", "g-dba")}})
	if len(diffs) != 1 || diffs[0].What != "now denied by rule “no”" || !diffs[0].Harder {
		t.Errorf("%+v", diffs)
	}
}
