package policy

import "stint/access/catalog"

// Unmeetable lists, as warnings, the rules whose approval nobody could complete now: too
// few people in the sets of a step. A requester does not count for their own request. Where
// members cannot be read, nothing is said.
func (p *Policy) Unmeetable(f Facts) []Problem {
	var out []Problem
	for i := range p.rules {
		r := &p.rules[i]
		if r.off || r.deny || r.terms.Automatic {
			continue
		}
		step, alone, unmet := p.unmet(f, r)
		if !unmet {
			continue
		}
		message := "nobody can complete the approval of rule “" + r.name + "”: it wants " + describeStep(r.terms.Steps[step])
		if alone {
			message += ", and whoever asks does not count"
		}
		out = append(out, Problem{
			Path: rulePath(i) + ".approval", Message: message,
			Hint: "add people to " + quoteAll(r.terms.Steps[step].From), Warning: true,
		})
	}
	return out
}

// unmet finds a step that cannot be met, whoever asks; alone is set when it could be, were
// it not for who asks.
func (p *Policy) unmet(f Facts, r *rule) (step int, alone, unmet bool) {
	terms := r.terms.Escalated() // late is not never
	short, unread, ok := p.shortStep(f, terms, nil)
	if !ok || unread || r.requesters.all {
		return short.index, false, !ok && !unread
	}
	approvers := map[catalog.PersonID]bool{}
	for _, id := range p.Approvers(f, terms) {
		approvers[id] = true
	}
	asks := map[catalog.PersonID]bool{}
	for _, s := range r.requesters.sets {
		if !p.sets[s].members(f, func(id catalog.PersonID) { asks[id] = true }) {
			return 0, false, false
		}
	}
	for id := range asks {
		if !approvers[id] {
			return 0, false, false
		}
	}
	// All who may ask are needed as approvers too. Who is in the same sets is the same here.
	tried := map[uint64]bool{}
	for _, id := range p.Approvers(f, terms) {
		sets := uint64(0)
		for n, s := range terms.Steps[:min(len(terms.Steps), maxSteps)] {
			if p.MayVote(f, s.From, id) == True {
				sets |= 1 << n
			}
		}
		if !asks[id] || tried[sets] {
			continue
		}
		tried[sets] = true
		if short, _, ok = p.shortStep(f, terms, []catalog.PersonID{id}); ok {
			return 0, false, false
		}
	}
	return short.index, true, len(tried) > 0
}
