package policy

import "stint/access/catalog"

// classifyPeople groups people first by the sources that they are in, of which there are few
// combinations, and only then asks what concerns them one by one.
func (s *survey) classifyPeople() {
	people := s.c.People()
	active := func(i int) bool { return !people[i].Disabled }
	m := s.newMembership()
	alike := classify(len(people), m.words, active, func(i int, out bitset) { m.of(s.f, people[i].ID, out) })
	groups := make([]int32, len(people))
	bits := make([]bitset, len(alike))
	for n := range alike {
		bits[n] = s.groupBits(m, alike[n].bits, people[alike[n].members[0]].ID)
		for _, i := range alike[n].members {
			groups[i] = int32(n)
		}
	}
	s.people = classify(len(people), s.words, active, func(i int, out bitset) {
		copy(out, bits[groups[i]])
		for _, d := range s.sides {
			s.hold(d, d.whos, out[d.from:][:len(d.p.denies)], func(c *condition) Truth {
				if c.needs&needPerson == 0 {
					return True // held already by all who are in the same sources
				}
				return s.askPerson(d, c, i, people)
			})
		}
	})
}

func (s *survey) askPerson(d *side, c *condition, i int, people []catalog.Person) Truth {
	about := func() *subject {
		return &subject{e: s.evaluation(d, nil), person: people[i].ID}
	}
	if c.needs&needGroups == 0 {
		return s.cached(c, i, len(people), about)
	}
	sub := about()
	sub.e.people = []catalog.PersonID{people[i].ID}
	sub.e.members = make([]answer, len(d.p.sets))
	return c.eval(sub)
}

// groupBits says which rules are for people who are in sources as membership says, one of
// whom is person, and whose sets satisfy the conditions that ask only for those.
func (s *survey) groupBits(m *membership, bits bitset, person catalog.PersonID) bitset {
	out := make(bitset, s.words)
	for side, d := range s.sides {
		members := m.sets(side, bits, person)
		e := s.evaluation(d, nil)
		e.people, e.members = []catalog.PersonID{person}, members
		bits := out[d.from:][:len(d.p.denies)]
		for i := range d.p.rules {
			r := &d.p.rules[i]
			if t := e.in(&r.requesters, person); !r.off && (t == True || t == Unknown && r.deny) {
				bits.set(i)
			}
		}
		s.hold(d, d.whos, bits, func(c *condition) Truth {
			if c.needs&needPerson != 0 {
				return True // asked of each person
			}
			return c.eval(&subject{e: e, person: person})
		})
	}
	return out
}
