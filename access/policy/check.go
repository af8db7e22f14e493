package policy

import "stint/access/catalog"

// CheckMembers finds people sets that nobody is in or whose members cannot be read, and
// approvals that all of today's members together could not complete. All are warnings: they come
// and go while the policy stays.
func (p *Policy) CheckMembers(f Facts) []Problem {
	var out []Problem
	warn := func(path, message, hint string) {
		out = append(out, Problem{Path: path, Message: message, Hint: hint, Warning: true})
	}
	for i := range p.sets {
		s := &p.sets[i]
		n := 0
		switch known := s.members(f, func(catalog.PersonID) { n++ }); {
		case !known:
			warn("people."+s.name, "the members of the set `"+s.name+"` cannot be read now",
				"they count as nobody for an allow, and as anybody for a deny")
		case n == 0:
			warn("people."+s.name, "the set `"+s.name+"` has no members now", "")
		}
	}
	return append(out, p.Unmeetable(f)...)
}
