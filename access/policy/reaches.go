package policy

import (
	"fmt"

	"stint/access/catalog"
)

// RuleReach is what a rule is about today.
type RuleReach struct {
	Accounts, Roles int
	Groups          int  // Identity Center groups that it names
	People          int  // among its requesters
	PeopleKnown     bool // false when some members could not be read
}

// Reaches counts for each rule in order, the switched off ones too. It looks at every
// account and is meant for overviews, not for each key stroke.
func (p *Policy) Reaches(c *catalog.Catalog, f Facts) []RuleReach {
	out := make([]RuleReach, len(p.rules))
	ix := p.index(c)
	count := func(b bitset, add func(r *RuleReach)) {
		for w := range b {
			each(w, b[w], func(i int) bool { add(&out[i]); return true })
		}
	}
	for _, b := range ix.roles {
		count(b, func(r *RuleReach) { r.Roles++ })
	}
	accounts := c.Accounts()
	for a := range accounts {
		count(ix.account(p, &accounts[a]).yes, func(r *RuleReach) { r.Accounts++ })
	}
	groups := c.Groups()
	for i := range p.rules {
		m := &p.rules[i].groups
		for g := range groups {
			if p.spec.Rules[i].Groups.IsZero() {
				break // a deny of everything names none
			}
			if m.match(&groups[g]) {
				out[i].Groups++
			}
		}
	}
	everybody := 0
	for _, x := range c.People() {
		if !x.Disabled {
			everybody++
		}
	}
	members := make([][]catalog.PersonID, len(p.sets))
	known := make([]bool, len(p.sets))
	for i := range p.sets {
		known[i] = p.sets[i].members(f, func(id catalog.PersonID) { members[i] = append(members[i], id) })
	}
	unions := map[string]int{} // rules share what they ask for
	for i := range p.rules {
		r := &out[i]
		if r.People, r.PeopleKnown = everybody, true; p.rules[i].requesters.all {
			continue
		}
		for _, s := range p.rules[i].requesters.sets {
			r.PeopleKnown = r.PeopleKnown && known[s]
		}
		key := fmt.Sprint(p.rules[i].requesters.sets)
		n, ok := unions[key]
		if !ok {
			n = union(members, p.rules[i].requesters.sets)
			unions[key] = n
		}
		r.People = n
	}
	return out
}

// union counts who is in any of the sets.
func union(members [][]catalog.PersonID, sets []int) int {
	found := map[catalog.PersonID]bool{}
	for _, s := range sets {
		for _, id := range members[s] {
			found[id] = true
		}
	}
	return len(found)
}
