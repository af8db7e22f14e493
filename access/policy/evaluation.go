package policy

import (
	"cmp"
	"time"

	"stint/access/catalog"
)

// evaluation is one asker, receiver and account at one moment. It remembers what it
// asked the facts and the conditions, so that five hundred roles cost little more than one.
type evaluation struct {
	p         *Policy
	catalog   *catalog.Catalog
	account   *catalog.Account // nil where it is about a group as such
	group     *catalog.Group   // what is asked for, or what brings the account's role; nil for none
	match     *accountMatch
	facts     Facts
	people    []catalog.PersonID // the receiver, and the asker if that is somebody else
	at        time.Time          // in the time zone of the settings
	emergency bool
	ticket    string

	members    []answer // by set and person
	conditions []answer // by rule and person, where the role does not matter; nil: not kept
}

// answer is a Truth that may not have been asked for yet.
type answer uint8

func known(t Truth) answer          { return answer(t) + 1 }
func (a answer) get() (Truth, bool) { return Truth(a - 1), a != 0 }

func (p *Policy) evaluation(ix *index, account *catalog.Account, f Facts, q Query) *evaluation {
	e := &evaluation{
		p: p, catalog: ix.catalog, account: account, match: ix.account(p, account), facts: f,
		people: []catalog.PersonID{q.Receiver}, at: q.At.In(p.settings.TimeZone),
		emergency: q.Emergency, ticket: q.Ticket,
	}
	if q.Asker != q.Receiver {
		e.people = append(e.people, q.Asker)
	}
	e.members = make([]answer, len(p.sets)*len(e.people))
	return e
}

// receiver is the name of whom somebody else asks for; "" when who asks receives it.
func (e *evaluation) receiver() string {
	if len(e.people) < 2 {
		return ""
	}
	if p, ok := e.catalog.Person(e.people[0]); ok {
		return cmp.Or(p.Name, p.UserName, string(p.ID))
	}
	return string(e.people[0])
}

// member says whether the person, one of e.people, is in the set.
func (e *evaluation) member(set int, person catalog.PersonID) Truth {
	at := set * len(e.people)
	if person != e.people[0] {
		at++
	}
	if t, ok := e.members[at].get(); ok {
		return t
	}
	t := e.p.sets[set].has(e.facts, person)
	e.members[at] = known(t)
	return t
}

func (e *evaluation) in(w *who, person catalog.PersonID) Truth {
	if w.all {
		return True
	}
	t := False
	for _, s := range w.sets {
		if t = or(t, e.member(s, person)); t == True {
			break
		}
	}
	return t
}

// condition answers the `when` of rule i about the person at index n of e.people.
func (e *evaluation) condition(i, n int, role string) Truth {
	c := e.p.rules[i].when
	keep := e.conditions != nil && c.needs&needRole == 0
	if keep {
		if t, ok := e.conditions[i*len(e.people)+n].get(); ok {
			return t
		}
	}
	t := c.eval(&subject{e: e, person: e.people[n], role: role})
	if keep {
		e.conditions[i*len(e.people)+n] = known(t)
	}
	return t
}

// consider says whether rule i matches, and if not, by which part of it. Only a part that
// is False excludes a rule for sure; the first part that is Unknown is named otherwise.
func (e *evaluation) consider(i int, role bitset, roleName string) (Truth, part) {
	if e.p.rules[i].off {
		return False, partOff
	}
	return e.considerOn(i, role, roleName)
}

// considerOn is consider, as if the rule were not switched off.
func (e *evaluation) considerOn(i int, role bitset, roleName string) (Truth, part) {
	r := &e.p.rules[i]
	account := e.match.truth(i)
	switch {
	case account == False:
		return False, partAccounts
	case !role.has(i):
		return False, partRoles
	case r.deny:
		return e.considerDeny(i, account, roleName)
	default:
		return e.considerAllow(i, account, roleName)
	}
}

func (e *evaluation) considerAllow(i int, account Truth, role string) (Truth, part) {
	r := &e.p.rules[i]
	requesters := &r.requesters
	if e.emergency {
		if r.emergency == nil {
			return False, partEmergency
		}
		requesters = &r.emergency.requesters
	}
	result, at := account, partAccounts
	narrow := func(t Truth, p part) bool {
		if result == True || t == False {
			result, at = t, p
		}
		return result != False
	}
	if !narrow(e.in(requesters, e.people[0]), partRequesters) {
		return result, at
	}
	if len(e.people) > 1 && !narrow(e.in(&r.onBehalf, e.people[1]), partOnBehalf) {
		return result, at
	}
	if r.when != nil {
		narrow(e.condition(i, 0, role), partWhen)
	}
	if result == True {
		at = partNone
	}
	return result, at
}

// considerDeny looks at the receiver and at the asker, each on their own: the rule
// matches when it matches either.
func (e *evaluation) considerDeny(i int, account Truth, role string) (Truth, part) {
	r := &e.p.rules[i]
	result, at := False, partRequesters
	for n, person := range e.people {
		t, doubt := e.in(&r.requesters, person), partRequesters
		if t != False && r.when != nil {
			if w := e.condition(i, n, role); t == True || w == False {
				t, doubt = w, partWhen
			}
		}
		if t == True && account == Unknown {
			t, doubt = Unknown, partAccounts
		}
		if result = or(result, t); result == True {
			return True, partNone
		}
		if t == result && (t == Unknown || doubt == partWhen) {
			at = doubt
		}
	}
	return result, at
}
