package policy

import (
	"time"

	"stint/access/catalog"
)

// survey is a catalog and the facts of now as one or two policies see them, in classes. An
// allow matches a person, an account and a role when each of the three matches it for
// certain, a deny when none of them excludes it; so each class has one bit a rule, and
// rules match where the bits of all three are set.
type survey struct {
	c     *catalog.Catalog
	f     Facts
	at    time.Time
	sides []*side
	words int

	accounts, roles, people []class
	groups                  []class            // that may be asked for
	budget                  int                // evaluations of conditions that are left
	answers                 map[string][]Truth // of conditions that need no sets, by text: see cached
}

// side is one policy of a survey.
type side struct {
	p      *Policy
	ix     *index
	from   int // its first word
	atMost bool
	wheres [][]*condition // the conditions of each rule, by what they need
	whos   [][]*condition
	whats  [][]*condition
	never  bitset // denies that are counted as if they did not hold
}

// maxEvaluations bounds what a survey spends on conditions: about a second.
const maxEvaluations = 400_000

func newSurvey(policies []*Policy, c *catalog.Catalog, f Facts, at time.Time) *survey {
	s := &survey{c: c, f: f, at: at, budget: maxEvaluations, answers: map[string][]Truth{}}
	for _, p := range policies {
		d := &side{p: p, ix: p.index(c), from: s.words, never: newBitset(len(p.rules))}
		s.words += len(p.denies)
		d.sortConditions(s)
		s.sides = append(s.sides, d)
	}
	s.classifyAccounts()
	s.classifyRoles()
	s.classifyGroups()
	s.classifyPeople()
	return s
}

// sortConditions gives each part of each condition to what it is about. What depends on the
// moment, or on several things together, or on too many people, is taken to hold in an
// allow and not to hold in a deny.
func (d *side) sortConditions(s *survey) {
	n := len(d.p.rules)
	d.wheres, d.whats, d.whos = make([][]*condition, n), make([][]*condition, n), make([][]*condition, n)
	for i := range d.p.rules {
		r := &d.p.rules[i]
		if r.off || r.when == nil {
			continue
		}
		for _, part := range r.when.parts() {
			needs := part.needs
			if needs&(needPerson|needGroups) == 0 {
				needs &^= needGroup // people are asked once for everything, groups one by one
			}
			switch {
			case needs&^needAccount == 0 && s.afford(part, len(s.c.Accounts())):
				d.wheres[i] = append(d.wheres[i], part)
			case needs == needRole && s.afford(part, len(s.c.Roles())):
				d.whats[i] = append(d.whats[i], part)
			case needs == needGroups, needs&^(needPerson|needGroups) == 0 && s.afford(part, len(s.c.People())):
				d.whos[i] = append(d.whos[i], part)
			default:
				d.atMost = true
				if r.deny {
					d.never.set(i)
				}
			}
		}
	}
}

// afford takes from the budget what a condition costs, once for each text.
func (s *survey) afford(c *condition, n int) bool {
	if _, ok := s.answers[c.text]; ok && c.needs&needGroups == 0 {
		return true
	}
	if n > s.budget {
		return false
	}
	s.budget -= n
	s.answers[c.text] = nil
	return true
}

// grantable says whether anybody can be let into an account at all.
func grantable(a *catalog.Account) bool {
	return a.State == catalog.AccountActive && a.Ungrantable == ""
}

func (s *survey) classifyAccounts() {
	accounts := s.c.Accounts()
	s.accounts = classify(len(accounts), s.words, func(i int) bool { return grantable(&accounts[i]) }, func(i int, out bitset) {
		for _, d := range s.sides {
			m := d.ix.account(d.p, &accounts[i])
			bits := out[d.from:][:len(d.p.denies)]
			d.p.accountBits(m, bits)
			bits.without(d.never)
			s.hold(d, d.wheres, bits, func(c *condition) Truth {
				return s.cached(c, i, len(accounts), func() *subject { return &subject{e: s.evaluation(d, &accounts[i])} })
			})
		}
	})
}

func (s *survey) classifyRoles() {
	roles := s.c.Roles()
	s.roles = classify(len(roles), s.words, func(i int) bool { return roles[i].Ungrantable == "" }, func(i int, out bitset) {
		for _, d := range s.sides {
			bits := out[d.from:][:len(d.p.denies)]
			copy(bits, d.ix.roles[i])
			s.hold(d, d.whats, bits, func(c *condition) Truth {
				return s.cached(c, i, len(roles), func() *subject { return &subject{e: s.evaluation(d, nil), role: roles[i].Name} })
			})
		}
	})
}

// hold clears the bits of rules whose conditions do not hold.
func (s *survey) hold(d *side, conditions [][]*condition, bits bitset, ask func(*condition) Truth) {
	for w := range bits {
		each(w, bits[w], func(i int) bool {
			for _, c := range conditions[i] {
				if t := ask(c); t == False || t == Unknown && !d.p.rules[i].deny {
					bits[w] &^= 1 << (i % 64)
					break
				}
			}
			return true
		})
	}
}

// cached asks a condition that needs no sets once for each thing i of n: two policies mostly
// share theirs.
func (s *survey) cached(c *condition, i, n int, about func() *subject) Truth {
	answers := s.answers[c.text]
	if answers == nil {
		answers = make([]Truth, 2*n)
		s.answers[c.text] = answers
	}
	if answers[n+i] == Unknown { // not asked yet
		answers[i], answers[n+i] = c.eval(about()), True
	}
	return answers[i]
}

func (s *survey) evaluation(d *side, a *catalog.Account) *evaluation {
	return &evaluation{p: d.p, catalog: s.c, account: a, facts: s.f, at: s.at}
}
