package policy

import (
	"slices"

	"stint/access/catalog"
)

// membership says in which sources somebody is, as bits: two for each source that has
// members, and for who is named by e-mail a number of their own. Of those there may be
// thousands, each a source for one person alone.
type membership struct {
	words   int
	sources []Source
	number  map[catalog.PersonID]uint64
	sides   []sideMembership
}

// sideMembership says how the sets of one policy are made of sources.
type sideMembership struct {
	places [][]int                    // of the sources of each set
	named  map[catalog.PersonID][]int // sets that name somebody by e-mail
}

func (s *survey) newMembership() *membership {
	m := &membership{number: map[catalog.PersonID]uint64{}}
	for _, d := range s.sides {
		for i := range d.p.sets {
			for _, src := range d.p.sets[i].sources {
				if src.Kind != SourcePerson {
					m.sources = append(m.sources, src)
				} else if id := catalog.PersonID(src.ID); m.number[id] == 0 {
					m.number[id] = uint64(len(m.number) + 1)
				}
			}
		}
	}
	m.sources = uniqueSources(m.sources)
	m.words = 1 + (2*len(m.sources)+63)/64
	for _, d := range s.sides {
		side := sideMembership{make([][]int, len(d.p.sets)), map[catalog.PersonID][]int{}}
		for i := range d.p.sets {
			for _, src := range d.p.sets[i].sources {
				if id := catalog.PersonID(src.ID); src.Kind == SourcePerson {
					side.named[id] = append(side.named[id], i)
					continue
				}
				n, _ := slices.BinarySearchFunc(m.sources, src, compareSources)
				side.places[i] = append(side.places[i], n)
			}
		}
		m.sides = append(m.sides, side)
	}
	return m
}

// of asks the facts for one person.
func (m *membership) of(f Facts, person catalog.PersonID, out bitset) {
	out[0] = m.number[person]
	for n, src := range m.sources {
		out[1+2*n/64] |= uint64(in(f, src, person)) << (2 * n % 64)
	}
}

// sets says of each set of a side whether somebody with these bits is in it.
func (m *membership) sets(side int, bits bitset, person catalog.PersonID) []answer {
	of := &m.sides[side]
	members := make([]answer, len(of.places))
	for i, places := range of.places {
		t := False
		for _, n := range places {
			t = or(t, Truth(bits[1+2*n/64]>>(2*n%64)&3))
		}
		members[i] = known(t)
	}
	for _, i := range of.named[person] {
		members[i] = known(True)
	}
	return members
}
