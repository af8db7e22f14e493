package policy

import "stint/access/catalog"

// Receivers says for whom besides themself the asker may ask under any rule; nil for nobody.
// Conditions, accounts and roles are left out: it says at most, and Decide has the last word.
func (p *Policy) Receivers(f Facts, asker catalog.PersonID) func(receiver catalog.PersonID) bool {
	var sets []int
	seen := make([]bool, len(p.sets))
	all, any := false, false
	take := func(w *who) {
		all = all || w.all
		for _, s := range w.sets {
			if !seen[s] {
				seen[s], sets = true, append(sets, s)
			}
		}
	}
	for i := range p.rules {
		r := &p.rules[i]
		if r.off || r.deny || !p.in(&r.onBehalf, f, asker) {
			continue
		}
		any = true
		take(&r.requesters)
		if r.emergency != nil {
			take(&r.emergency.requesters)
		}
	}
	if !any || asker == "" {
		return nil
	}
	return func(receiver catalog.PersonID) bool {
		if receiver == "" || receiver == asker {
			return false
		}
		return all || p.in(&who{sets: sets}, f, receiver)
	}
}

// in reports whether the person is certainly one of those.
func (p *Policy) in(w *who, f Facts, person catalog.PersonID) bool {
	if w.all {
		return true
	}
	for _, s := range w.sets {
		if p.sets[s].has(f, person) == True {
			return true
		}
	}
	return false
}

// Emergencies reports whether any rule lets people in at once in an emergency.
func (p *Policy) Emergencies() bool {
	for i := range p.rules {
		if p.rules[i].emergency != nil && !p.rules[i].off {
			return true
		}
	}
	return false
}
