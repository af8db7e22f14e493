package policy

import (
	"time"

	"stint/access/catalog"
)

// Openings say which roles may be asked for in some accounts.
type Openings struct {
	// In counts for each role, in the catalog's order, the accounts in which it may be asked for.
	In []int
	// Forbids is the rule that denies every role in all of the accounts; "" for none.
	Forbids string
}

// Open counts what the receiver may hold in the accounts if the asker asks. It says what
// Roles says of each account, but asks once for all roles that no rule tells apart.
func (p *Policy) Open(c *catalog.Catalog, f Facts, asker, receiver catalog.PersonID, accounts []catalog.AccountID, at time.Time) Openings {
	out := Openings{In: make([]int, len(c.Roles()))}
	if asker == "" || receiver == "" {
		return out
	}
	ix := p.index(c)
	classes, roles := ix.classesOfRoles(p), c.Roles()
	denied, decided := 0, 0
	for _, id := range accounts {
		a, ok := c.Account(id)
		if !ok {
			decided++
			continue
		}
		e := p.evaluation(ix, a, f, Query{Asker: asker, Receiver: receiver, At: at})
		e.conditions = make([]answer, len(p.rules)*len(e.people))
		count := func(d Decision, members []int32) {
			decided += len(members)
			switch d.Outcome {
			case Denied:
				denied += len(members)
				out.Forbids = d.Rule
			case Allowed:
				for _, i := range members {
					out.In[i]++
				}
			}
		}
		for _, class := range classes {
			if !p.roleMatters(e, class.bits) {
				count(p.outcome(e, class.bits, roles[class.members[0]].Name), class.members)
				continue
			}
			for n, i := range class.members {
				count(p.outcome(e, class.bits, roles[i].Name), class.members[n:n+1])
			}
		}
	}
	if denied < decided {
		out.Forbids = ""
	}
	return out
}

// roleMatters reports whether a condition of the rules about these roles in the account
// asks which role it is.
func (p *Policy) roleMatters(e *evaluation, role bitset) bool {
	for w := range role {
		if !each(w, role[w]&(e.match.yes[w]|e.match.unknown[w]), func(i int) bool {
			when := p.rules[i].when
			return when == nil || when.needs&needRole == 0
		}) {
			return true
		}
	}
	return false
}
