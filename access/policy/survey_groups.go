package policy

import (
	"stint/access/catalog"
)

// classifyGroups groups the groups that a rule of either side offers. A group has the bits of
// the allows that name it, and of the denies that name it or are about anything it brings.
func (s *survey) classifyGroups() {
	groups := s.c.Groups()
	offered := make(map[catalog.GroupID]bool)
	for _, d := range s.sides {
		for _, id := range d.p.GroupsOffered(s.c) {
			offered[id] = true
		}
	}
	if len(offered) == 0 {
		return
	}
	s.groups = classify(len(groups), s.words, func(i int) bool { return offered[groups[i].ID] && groups[i].Ungrantable == "" }, func(i int, out bitset) {
		for _, d := range s.sides {
			s.joinedBits(d, &groups[i], out[d.from:][:len(d.p.denies)])
		}
	})
}

// joinedBits sets the rules of a side that are about membership in a group. One of which it is
// not known what it brings is counted as open, by what is known: at most.
func (s *survey) joinedBits(d *side, g *catalog.Group, bits bitset) {
	j := d.p.joined(d.ix, g, s.at, true)
	if j.closed != "" && !j.doubt {
		return
	}
	allowed := false
	for i := range d.p.rules {
		r := &d.p.rules[i]
		switch {
		case r.off:
		case !r.deny && j.bits.has(i) && s.holdsOfGroup(d, i, &subject{e: s.groupEvaluation(d, g, nil)}) == True:
			bits.set(i)
			allowed = true
		case r.deny && !d.never.has(i) && s.deniesGroup(d, i, g, j):
			bits.set(i)
		}
	}
	d.atMost = d.atMost || j.closed != "" && allowed
}

// deniesGroup reports whether a deny is about a group or anything that it brings, as far as
// that does not depend on the person.
func (s *survey) deniesGroup(d *side, i int, g *catalog.Group, j *joined) bool {
	if j.bits.has(i) && s.holdsOfGroup(d, i, &subject{e: s.groupEvaluation(d, g, nil)}) != False {
		return true
	}
	if d.p.rules[i].when != nil && !s.affordBrings(d, len(j.brings)) {
		return false
	}
	for n := range j.brings {
		b := &j.brings[n]
		if b.match.truth(i) != False && b.role.has(i) && s.holdsOfGroup(d, i, &subject{e: s.groupEvaluation(d, g, b.account), role: b.name}) != False {
			return true
		}
	}
	return false
}

// affordBrings takes from the budget what it costs to ask about all that a group brings.
func (s *survey) affordBrings(d *side, n int) bool {
	if n > s.budget {
		d.atMost = true
		return false
	}
	s.budget -= n
	return true
}

// holdsOfGroup asks the conditions of rule i that are not about a person.
func (s *survey) holdsOfGroup(d *side, i int, about *subject) Truth {
	all := True
	for _, parts := range [][]*condition{d.wheres[i], d.whats[i]} {
		for _, c := range parts {
			if all = and(all, c.eval(about)); all == False {
				return False
			}
		}
	}
	return all
}

func (s *survey) groupEvaluation(d *side, g *catalog.Group, a *catalog.Account) *evaluation {
	e := s.evaluation(d, a)
	e.group = g
	return e
}
