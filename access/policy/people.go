package policy

import "stint/access/catalog"

// set is a people set with its names resolved.
type set struct {
	name    string
	sources []Source
}

// has says whether the person is in the set: in any of its sources.
func (s *set) has(f Facts, p catalog.PersonID) Truth { return inAny(f, s.sources, p) }

func inAny(f Facts, sources []Source, p catalog.PersonID) Truth {
	if p == "" {
		return False
	}
	t := False
	for _, src := range sources {
		if t = or(t, in(f, src, p)); t == True {
			break
		}
	}
	return t
}

// in asks the facts: of a person who is named, too, it is they who know whether that person
// can act.
func in(f Facts, s Source, p catalog.PersonID) Truth {
	if s.Kind == SourcePerson && s.ID != string(p) {
		return False
	}
	return f.In(s, p)
}

// members adds everybody who is certainly in the set and reports whether all of its
// members are known.
func (s *set) members(f Facts, add func(catalog.PersonID)) (known bool) {
	known = true
	for _, src := range s.sources {
		people, ok := f.Members(src)
		known = known && ok
		if !ok {
			continue
		}
		for _, p := range people {
			add(p)
		}
	}
	return known
}

// who is a compiled requesters or on_behalf. The zero value is nobody.
type who struct {
	all  bool
	sets []int // indexes of the policy's sets
}
