package policy

import (
	"slices"

	"stint/access/catalog"
)

// classifyPeople groups people first by the sources that they are in, of which there are few
// combinations, and only then asks what concerns them one by one.
func (s *survey) classifyPeople() {
	people := s.c.People()
	var sources []Source
	for _, d := range s.sides {
		for i := range d.p.sets {
			sources = append(sources, d.p.sets[i].sources...)
		}
	}
	sources = uniqueSources(sources)
	words := (2*len(sources) + 63) / 64
	alike := classify(len(people), words,
		func(i int) bool { return !people[i].Disabled },
		func(i int, out bitset) {
			for n, src := range sources {
				out[2*n/64] |= uint64(in(s.f, src, people[i].ID)) << (2 * n % 64)
			}
		})
	groups := make([]int32, len(people))
	bits := make([]bitset, len(alike))
	places := s.sourcePlaces(sources)
	for n := range alike {
		bits[n] = s.groupBits(places, alike[n].bits)
		for _, i := range alike[n].members {
			groups[i] = int32(n)
		}
	}
	s.people = classify(len(people), s.words,
		func(i int) bool { return !people[i].Disabled },
		func(i int, out bitset) {
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

// sourcePlaces says where the sources of each set of each side stand among all.
func (s *survey) sourcePlaces(sources []Source) [][][]int {
	out := make([][][]int, len(s.sides))
	for i, d := range s.sides {
		out[i] = make([][]int, len(d.p.sets))
		for j := range d.p.sets {
			for _, src := range d.p.sets[j].sources {
				n, _ := slices.BinarySearchFunc(sources, src, compareSources)
				out[i][j] = append(out[i][j], n)
			}
		}
	}
	return out
}

// groupBits says which rules are for people who are in sources as membership says, two bits
// a source, and whose sets satisfy the conditions that ask only for those.
func (s *survey) groupBits(places [][][]int, membership bitset) bitset {
	out := make(bitset, s.words)
	for side, d := range s.sides {
		members := make([]answer, len(d.p.sets))
		for i := range d.p.sets {
			t := False
			for _, n := range places[side][i] {
				t = or(t, Truth(membership[2*n/64]>>(2*n%64)&3))
			}
			members[i] = known(t)
		}
		e := s.evaluation(d, nil)
		e.people, e.members = []catalog.PersonID{"-"}, members // who it is does not matter: all of members is known
		bits := out[d.from:][:len(d.p.denies)]
		for i := range d.p.rules {
			r := &d.p.rules[i]
			if t := e.in(&r.requesters, "-"); !r.off && (t == True || t == Unknown && r.deny) {
				bits.set(i)
			}
		}
		s.hold(d, d.whos, bits, func(c *condition) Truth {
			if c.needs&needPerson != 0 {
				return True // asked of each person
			}
			return c.eval(&subject{e: e, person: "-"})
		})
	}
	return out
}
