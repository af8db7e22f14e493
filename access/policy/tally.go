package policy

// mark says what holds for at least one of something.
type mark uint8

const (
	openAfter mark = 1 << iota
	openBefore
	shiftGained
	shiftLost
	shiftEased
	shiftTightened
)

var marks = [...]mark{openAfter, openBefore, shiftGained, shiftLost, shiftEased, shiftTightened}

// none is no deciding rule.
const none = -1

// joint are all entitlements that no rule tells apart: pairs of an account class and a role
// class with the same bits, or a class of groups.
type joint struct {
	bits          bitset
	weight        int64 // how many
	account, role int32 // the first of them; none where they are groups
	group         int32 // likewise
	marks         mark
}

// kind is what becomes of what two rules decide.
type kind struct {
	marks mark
	known bool
	shown uint8 // how many examples of it were taken
}

// tally counts what a survey found.
type tally struct {
	s       *survey
	joints  []joint
	jointAt []int32 // by account class and role class; none where no rule matches
	people  []mark  // by class
	pairs   [len(marks)]int64
	kinds   []kind // by the two deciding rules
	shown   [len(marks)]examples
}

func newTally(s *survey) *tally {
	t := &tally{s: s, people: make([]mark, len(s.people))}
	t.kinds = make([]kind, (len(s.sides[0].p.rules)+1)*t.width())
	t.jointAt = make([]int32, 0, len(s.accounts)*len(s.roles))
	known := map[string]int32{}
	scratch := make(bitset, s.words)
	var key []byte
	for _, a := range s.accounts {
		for _, r := range s.roles {
			any := uint64(0)
			for w := range scratch {
				scratch[w] = a.bits[w] & r.bits[w]
				any |= scratch[w]
			}
			if any == 0 {
				t.jointAt = append(t.jointAt, none)
				continue
			}
			key = scratch.appendTo(key[:0])
			at, ok := known[string(key)]
			if !ok {
				at = int32(len(t.joints))
				known[string(key)] = at
				t.joints = append(t.joints, joint{bits: append(bitset(nil), scratch...), account: a.members[0], role: r.members[0], group: none})
			}
			t.joints[at].weight += int64(len(a.members)) * int64(len(r.members))
			t.jointAt = append(t.jointAt, at)
		}
	}
	for _, g := range s.groups {
		t.joints = append(t.joints, joint{bits: g.bits, weight: int64(len(g.members)), account: none, role: none, group: g.members[0]})
	}
	return t
}

// width is how many answers the policy before has.
func (t *tally) width() int {
	if len(t.s.sides) == 1 {
		return 1
	}
	return len(t.s.sides[1].p.rules) + 1
}

// count decides for every joint and every class of people.
func (t *tally) count() {
	concerned := newConcerned(t.s.people, t.s.words)
	for j := range t.joints {
		joint := &t.joints[j]
		for _, q := range concerned.by(joint.bits) {
			people := &t.s.people[q]
			after, before := t.s.sides[0].decides(joint.bits, people.bits), none
			if len(t.s.sides) > 1 {
				before = t.s.sides[1].decides(joint.bits, people.bits)
			}
			if after == none && before == none {
				continue
			}
			found := t.kind(after, before)
			joint.marks |= found.marks
			t.people[q] |= found.marks
			for i, m := range marks {
				if found.marks&m == 0 {
					continue
				}
				t.pairs[i] += joint.weight * int64(len(people.members))
				if m >= shiftGained && found.shown < maxExamples {
					found.shown += t.shown[i].add(t.example(joint, people, after, before))
				}
			}
		}
	}
}

// decides finds the rule that decides where the bits of entitlement and person meet.
func (d *side) decides(a, b bitset) int {
	first := none
	a, b = a[d.from:], b[d.from:]
	for w, deny := range d.p.denies {
		both := a[w] & b[w]
		if both&deny != 0 {
			return none
		}
		if both != 0 && first == none {
			each(w, both, func(i int) bool { first = i; return false })
		}
	}
	return first
}

func (t *tally) kind(after, before int) *kind {
	k := &t.kinds[(after+1)*t.width()+before+1]
	if k.known {
		return k
	}
	k.known = true
	switch {
	case after == none:
		k.marks = openBefore | shiftLost
	case before == none:
		k.marks = openAfter | shiftGained
	default:
		k.marks = openBefore | openAfter
		switch compareTerms(&t.s.sides[1].p.rules[before].terms, &t.s.sides[0].p.rules[after].terms) {
		case easeSame:
		case eased:
			k.marks |= shiftEased
		default:
			k.marks |= shiftTightened
		}
	}
	return k
}

// with counts what is marked: entitlements, the groups among them, and people.
func (t *tally) with(m mark) (entitlements, groups, people int) {
	for j := range t.joints {
		if t.joints[j].marks&m == 0 {
			continue
		}
		entitlements += int(t.joints[j].weight)
		if t.joints[j].group != none {
			groups += int(t.joints[j].weight)
		}
	}
	for q := range t.people {
		if t.people[q]&m != 0 {
			people += len(t.s.people[q].members)
		}
	}
	return entitlements, groups, people
}

func (t *tally) pairsOf(m mark) int64 {
	for i := range marks {
		if marks[i] == m {
			return t.pairs[i]
		}
	}
	return 0
}

func (t *tally) opening(m mark, d *side) Opening {
	o := Opening{Pairs: t.pairsOf(m), AtMost: d.atMost}
	o.Entitlements, o.Groups, o.People = t.with(m)
	roles := make([]bool, len(t.s.roles))
	for a := range t.s.accounts {
		open := false
		for r := range t.s.roles {
			if at := t.jointAt[a*len(t.s.roles)+r]; at != none && t.joints[at].marks&m != 0 {
				open, roles[r] = true, true
			}
		}
		if open {
			o.Accounts += len(t.s.accounts[a].members)
		}
	}
	for r, open := range roles {
		if open {
			o.Roles += len(t.s.roles[r].members)
		}
	}
	return o
}

func (t *tally) shift(m mark) Shift {
	s := Shift{Pairs: t.pairsOf(m)}
	s.Entitlements, s.Groups, s.People = t.with(m)
	for i := range marks {
		if marks[i] == m {
			s.Examples = t.shown[i].chosen()
		}
	}
	return s
}
