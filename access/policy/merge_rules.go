package policy

// rules merges rules by name, and their order where there is only one way to.
func (m *merger) rules(base, mine, theirs []RuleSpec) []RuleSpec {
	for _, rules := range [][]RuleSpec{base, mine, theirs} {
		if name, ok := twice(rules); ok {
			m.conflict("two rules are called “%s”", name)
			return theirs
		}
	}
	o, a, b := byName(base), byName(mine), byName(theirs)
	var all []string // those of both sides, theirs first
	for _, r := range theirs {
		all = append(all, r.Name)
	}
	for _, r := range mine {
		if _, ok := b[r.Name]; !ok {
			all = append(all, r.Name)
		}
	}
	merged := map[string]RuleSpec{}
	var names []string
	for _, name := range all {
		before := len(m.conflicts)
		data := m.part(ruleTitle(name), ": ", o.rule(base, name), a.rule(mine, name), b.rule(theirs, name))
		if data == nil {
			continue
		}
		var r RuleSpec
		if len(m.conflicts) == before {
			m.into(&r, data)
		}
		names, merged[name] = append(names, name), r
	}
	order, ok := mergeOrder(names, o, a, b)
	if !ok {
		m.conflict("the order of the rules")
		return theirs
	}
	out := make([]RuleSpec, len(order))
	for i, n := range order {
		out[i] = merged[names[n]]
	}
	return out
}

func twice(rules []RuleSpec) (string, bool) {
	seen := map[string]bool{}
	for i := range rules {
		if seen[rules[i].Name] {
			return rules[i].Name, true
		}
		seen[rules[i].Name] = true
	}
	return "", false
}

// positions are the places of rules by name.
type positions map[string]int

func byName(rules []RuleSpec) positions {
	out := positions{}
	for i := range rules {
		out[rules[i].Name] = i
	}
	return out
}

func (p positions) rule(rules []RuleSpec, name string) []byte {
	i, ok := p[name]
	if !ok {
		return nil
	}
	return raw(&rules[i])
}

// before says how a stands to b: -1 before, 1 after, 0 when one of them is not there.
func (p positions) before(a, b string) int {
	i, ok := p[a]
	j, both := p[b]
	switch {
	case !ok || !both:
		return 0
	case i < j:
		return -1
	default:
		return 1
	}
}

// mergeOrder puts rules in the order that both sides want: each pair as the side has it that
// changed it. It fails where these wishes contradict one another. Only rules that the two
// sides added in the same place have no order; they stay as in names.
func mergeOrder(names []string, base, mine, theirs positions) (order []int, ok bool) {
	waits := make([]int, len(names)) // for how many
	then := make([][]int, len(names))
	for i := range names {
		for j := range i {
			first, second := j, i
			want, ok := pairOrder(names[j], names[i], base, mine, theirs)
			switch {
			case !ok:
				return nil, false
			case want == 0:
				continue
			case want > 0:
				first, second = i, j
			}
			waits[second]++
			then[first] = append(then[first], second)
		}
	}
	placed := make([]bool, len(names))
	for range names {
		next := -1
		for i := range names {
			if !placed[i] && waits[i] == 0 {
				next = i
				break
			}
		}
		if next < 0 {
			return nil, false
		}
		placed[next] = true
		order = append(order, next)
		for _, i := range then[next] {
			waits[i]--
		}
	}
	return order, true
}

// pairOrder is how a should stand to b: as the side has it that differs from base.
// Where base says nothing, both must agree.
func pairOrder(a, b string, base, mine, theirs positions) (order int, ok bool) {
	was, my, their := base.before(a, b), mine.before(a, b), theirs.before(a, b)
	switch {
	case my == 0:
		return their, true
	case their == 0, my == their:
		return my, true
	case was == 0:
		return 0, false
	case my != was:
		return my, true
	default:
		return their, true
	}
}
