package policy

// maxExamples is how many examples a Shift has.
const maxExamples = 5

// examples are the first few of each pair of deciding rules, in the order in which they were
// found.
type examples struct {
	kinds [][]Example
	at    map[[2]string]int
}

// add takes as many as there is room for, and says how many.
func (e *examples) add(found []Example) (taken uint8) {
	key := [2]string{found[0].Before, found[0].After}
	at, ok := e.at[key]
	if !ok {
		if len(e.kinds) == maxExamples {
			return maxExamples
		}
		if e.at == nil {
			e.at = map[[2]string]int{}
		}
		at = len(e.kinds)
		e.at[key] = at
		e.kinds = append(e.kinds, nil)
	}
	have := e.kinds[at]
	n := min(len(found), maxExamples-len(have))
	e.kinds[at] = append(have, found[:n]...)
	return uint8(n)
}

// chosen takes one of each kind in turn.
func (e *examples) chosen() []Example {
	var out []Example
	for n := range maxExamples {
		for _, kind := range e.kinds {
			if n < len(kind) && len(out) < maxExamples {
				out = append(out, kind[n])
			}
		}
	}
	return out
}

// example names somebody of the people, and an entitlement, for a change.
func (t *tally) example(j *joint, people *class, after, before int) []Example {
	var x Example
	if j.group != none {
		x.Group = t.s.c.Groups()[j.group].ID
	} else {
		x.Account, x.Role = t.s.c.Accounts()[j.account].ID, t.s.c.Roles()[j.role].ARN
	}
	if after != none {
		x.After = t.s.sides[0].p.rules[after].name
	}
	if before != none {
		x.Before = t.s.sides[1].p.rules[before].name
	}
	var out []Example
	for _, i := range people.members[:min(len(people.members), maxExamples)] {
		x.Person = t.s.c.People()[i].ID
		out = append(out, x)
	}
	return out
}
