package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
)

const (
	// BringsAge is how old the word about what a group brings may be for somebody to join it.
	BringsAge = 24 * time.Hour
	// MostOffered is how many groups rules may offer: what each brings is read with every sync.
	MostOffered = 200
)

// groupMatcher is a compiled list of Identity Center groups. The zero value matches nothing.
type groupMatcher struct {
	all      bool
	ids      []catalog.GroupID // of the names without wildcards
	patterns []glob
}

func (m *groupMatcher) match(g *catalog.Group) bool {
	return m.all || slices.Contains(m.ids, g.ID) ||
		slices.ContainsFunc(m.patterns, func(p glob) bool { return p.match(g.Name) })
}

// GroupDecision is a group with what the policy says of membership in it.
type GroupDecision struct {
	Group *catalog.Group // read only
	Decision
}

// Groups decides membership in every group that a rule offers, in the catalog's order.
func (p *Policy) Groups(c *catalog.Catalog, f Facts, asker, receiver catalog.PersonID, at time.Time) []GroupDecision {
	offered := p.index(c).offered(p)
	out := make([]GroupDecision, len(offered))
	for i, n := range offered {
		g := &c.Groups()[n]
		out[i] = GroupDecision{g, p.Decide(c, f, Query{Asker: asker, Receiver: receiver, Group: g.ID, At: at})}
	}
	return out
}

// GroupsOffered lists the groups whose membership a rule lets people ask for, at most
// MostOffered by name: what they bring must be read. Groups whose members count in a people
// set are not among them.
func (p *Policy) GroupsOffered(c *catalog.Catalog) []catalog.GroupID {
	var out []catalog.GroupID
	for _, n := range p.index(c).offered(p) {
		if g := &c.Groups()[n]; len(out) < MostOffered && p.countsIn(g.ID) == "" {
			out = append(out, g.ID)
		}
	}
	return out
}

// offered are the groups that an allow is about, by position in the catalog.
func (ix *index) offered(p *Policy) []int {
	ix.offer.Do(func() {
		var rules []*groupMatcher
		for i := range p.rules {
			if r := &p.rules[i]; p.allows.has(i) && (len(r.groups.ids) > 0 || len(r.groups.patterns) > 0) {
				rules = append(rules, &r.groups)
			}
		}
		if len(rules) == 0 {
			return
		}
		groups := ix.catalog.Groups()
		for n := range groups {
			if slices.ContainsFunc(rules, func(m *groupMatcher) bool { return m.match(&groups[n]) }) {
				ix.offers = append(ix.offers, n)
			}
		}
	})
	return ix.offers
}

// countsIn names who counts the members of a group: a people set, or the admins; "" for nobody.
func (p *Policy) countsIn(id catalog.GroupID) string {
	source := Source{SourceGroup, string(id)}
	for i := range p.sets {
		if slices.Contains(p.sets[i].sources, source) {
			return "the people set `" + p.sets[i].name + "`"
		}
	}
	if slices.Contains(p.settings.Admins, source) {
		return "the set of admins"
	}
	return ""
}

// joined is a group as a query is about it.
type joined struct {
	group  *catalog.Group
	bits   bitset // the rules that name it
	brings []brought
	// closed says for people why nobody may ask for it, whatever the rules say; "" when they
	// decide. doubt is set when that may be otherwise once more is known.
	closed string
	doubt  bool
}

// brought is a role in an account that members of a group have.
type brought struct {
	account *catalog.Account
	match   *accountMatch
	role    bitset
	name    string
}

// joined looks at a group at a moment; what it brings must have been read within BringsAge
// unless anyAge is set.
func (p *Policy) joined(ix *index, g *catalog.Group, at time.Time, anyAge bool) *joined {
	j := &joined{group: g, bits: newBitset(len(p.rules))}
	for i := range p.rules {
		if p.rules[i].groups.match(g) {
			j.bits.set(i)
		}
	}
	strange := false
	for _, b := range g.Brings {
		account, known := ix.catalog.Account(b.Account)
		n, exists := ix.byARN[b.Role]
		if !known || !exists {
			strange = true
			continue
		}
		j.brings = append(j.brings, brought{account, ix.account(p, account), ix.roles[n], ix.catalog.Roles()[n].Name})
	}
	age := at.Sub(g.BringsAsOf)
	switch by := p.countsIn(g.ID); {
	case by != "":
		j.closed = fmt.Sprintf("Who is in %s counts in %s, so nobody can ask for membership in it.", g.Name, by)
	case g.BringsAsOf.IsZero():
		j.closed, j.doubt = fmt.Sprintf("What %s brings has not been read from AWS yet, so nobody can ask for it now.", g.Name), true
	case g.BringsProblem != "":
		j.closed, j.doubt = fmt.Sprintf("What %s brings is not known in full, so nobody can ask for it: %s", g.Name, g.BringsProblem), true
	case age > BringsAge && !anyAge:
		j.closed, j.doubt = fmt.Sprintf("What %s brings was last read %s ago, which is too long, so nobody can ask for it now.", g.Name, spell(age.Truncate(time.Minute))), true
	case strange:
		j.closed, j.doubt = fmt.Sprintf("%s brings access in an account, or a role, that Stint has not read yet, so nobody can ask for it now.", g.Name), true
	}
	return j
}

// channel is where cards about the group go unless a rule says otherwise: where all that it
// brings belongs, or the default.
func (j *joined) channel(p *Policy) string {
	if len(j.brings) == 0 {
		return p.settings.Channel
	}
	channel := j.brings[0].match.channel
	for i := range j.brings {
		if j.brings[i].match.channel != channel {
			return p.settings.Channel
		}
	}
	return channel
}

// decideGroup is decide for membership in a group.
func (p *Policy) decideGroup(ix *index, f Facts, q Query) (Decision, *asked) {
	d := Decision{Outcome: NotRequestable, PolicyVersion: p.version, Certain: true}
	g, ok := ix.catalog.Group(q.Group)
	if !ok {
		d.Why = "This group is not known."
		return d, nil
	}
	if q.Asker == "" || q.Receiver == "" {
		d.Why = unknownPerson
		return d, nil
	}
	j := p.joined(ix, g, q.At, q.AnyAge)
	e := p.evaluation(ix, nil, f, q)
	e.group, e.match = g, &accountMatch{channel: j.channel(p)}
	return p.settle(d, &asked{evaluation: e, joined: j, results: make([]result, len(p.rules)), decides: len(p.rules)})
}

// considerGroup says whether rule i matches membership in a group: an allow that names it, and
// a deny that names it or is about anything that it brings.
func (e *evaluation) considerGroup(i int, j *joined) (Truth, part) {
	r := &e.p.rules[i]
	switch {
	case !r.deny && j.bits.has(i):
		return e.considerAllow(i, True, "")
	case !r.deny:
		return False, partGroup
	}
	if !slices.ContainsFunc(e.people, func(who catalog.PersonID) bool { return e.in(&r.requesters, who) != False }) {
		return False, partRequesters
	}
	result, at := False, partGroup
	look := func(account Truth, about *evaluation, role string) {
		t, where := about.considerDeny(i, account, role)
		if before := result; or(before, t) != before || at == partGroup {
			at = where
		}
		result = or(result, t)
	}
	if j.bits.has(i) {
		look(True, e, "")
	}
	for n := range j.brings {
		if result == True {
			return True, partNone
		}
		b := &j.brings[n]
		account := b.match.truth(i)
		if account == False || !b.role.has(i) {
			continue
		}
		there := *e
		there.account, there.match = b.account, b.match
		look(account, &there, b.name)
	}
	return result, at
}

// groups compiles the Identity Center groups of a rule. A deny that says nothing at all is
// about every group too.
func (c *compiler) groups(path string, s *RuleSpec) groupMatcher {
	if s.Groups.IsZero() {
		return groupMatcher{all: s.Deny && s.Accounts.IsZero() && s.Roles.IsZero()}
	}
	if !s.Groups.All && len(s.Groups.Items) == 0 {
		c.problem(path, "list names of Identity Center groups", "groups is empty")
	}
	const hint = "list names; * in a name stands for any characters"
	if s.Groups.All && !s.Deny {
		c.problem(path, hint, "groups cannot be `all` in an allow: a group that is made tomorrow could be asked for at once")
	}
	m := groupMatcher{all: s.Groups.All && s.Deny}
	for i, name := range s.Groups.Items {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case strings.TrimSpace(name) == "":
			c.problem(at, hint, "a group has no name")
		case strings.Trim(name, "*?") == "" && !s.Deny:
			c.problem(at, hint, "%q is every group: one that is made tomorrow could be asked for at once", name)
		case isGlob(name):
			g := newGlob(name)
			m.patterns = append(m.patterns, g)
			c.warnCounted(at, &g, s.Deny)
		default:
			if id, ok := c.groupOf(at, name, s.Deny); ok {
				m.ids = append(m.ids, id)
			}
		}
	}
	return m
}

// groupOf resolves a group by its name. An allow may not name one whose members count in a
// people set: whoever joined it could decide about others.
func (c *compiler) groupOf(path, name string, deny bool) (catalog.GroupID, bool) {
	id, ok, near := c.names.GroupByName(name)
	bound, ok := c.bindTo(path, "group", name, "Identity Center group", string(id), ok, didYouMean(near), "nobody can ask for it")
	if !ok {
		return "", false
	}
	if by := c.p.countsIn(catalog.GroupID(bound)); by != "" && !deny {
		c.problem(path, "name another group here, or in the set",
			"membership in `%s` cannot be asked for: its members count in %s, so whoever joined it could decide about others", name, by)
		return "", false
	}
	return catalog.GroupID(bound), true
}

// warnCounted warns of groups that a pattern matches and that cannot be asked for all the same.
func (c *compiler) warnCounted(path string, pattern *glob, deny bool) {
	if deny {
		return
	}
	groups := c.names.Groups()
	for i := range groups {
		if by := c.p.countsIn(groups[i].ID); by != "" && pattern.match(groups[i].Name) {
			c.warn(path, "", "this matches `%s`, which cannot be asked for: its members count in %s", groups[i].Name, by)
		}
	}
}

// onlyGroups reports whether a rule is about groups and about no role in any account.
func (s *RuleSpec) onlyGroups() bool {
	return !s.Groups.IsZero() && s.Accounts.IsZero() && s.Roles.IsZero()
}
