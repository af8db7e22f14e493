package policy

import (
	"time"

	"stint/access/catalog"
)

// RoleDecision is a role with what the policy says of it.
type RoleDecision struct {
	Role catalog.Role
	Decision
}

// Roles decides every role of the catalog for one asker, receiver and account, in the
// catalog's order. The decisions are those of Decide without Terms and Passed, and Why
// is short: a list needs none of them.
func (p *Policy) Roles(c *catalog.Catalog, f Facts, asker, receiver catalog.PersonID, account catalog.AccountID, at time.Time) []RoleDecision {
	ix := p.index(c)
	roles := c.Roles()
	out := make([]RoleDecision, len(roles))
	a, ok := c.Account(account)
	var e *evaluation
	if ok && asker != "" && receiver != "" {
		e = p.evaluation(ix, a, f, Query{Asker: asker, Receiver: receiver, At: at})
		e.conditions = make([]answer, len(p.rules)*len(e.people))
	}
	for i := range roles {
		out[i].Role = roles[i]
		out[i].Decision = p.outcome(e, ix.roles[i], roles[i].Name)
	}
	return out
}

// outcome is Decide without reasons: it looks only at rules whose selectors match. A nil
// evaluation is of somebody or something that is not known.
func (p *Policy) outcome(e *evaluation, role bitset, name string) Decision {
	d := Decision{Outcome: NotRequestable, PolicyVersion: p.version, Certain: true, Why: "No rule lets you request it here."}
	if e == nil {
		return d
	}
	deny, certain, allow, unknown := -1, False, -1, false
	for w := range role {
		candidates := role[w] & (e.match.yes[w] | e.match.unknown[w])
		each(w, candidates&p.denies[w], func(i int) bool {
			if t, _ := e.consider(i, role, name); t != False && certain != True {
				if deny < 0 || t == True {
					deny, certain = i, t
				}
			}
			return certain != True
		})
		if certain == True {
			break
		}
	}
	if deny >= 0 {
		p.deny(&d, deny, certain)
		return d
	}
	for w := range role {
		candidates := role[w] & (e.match.yes[w] | e.match.unknown[w]) & p.allows[w]
		if !each(w, candidates, func(i int) bool {
			t, _ := e.consider(i, role, name)
			if t == True {
				allow = i
				return false
			}
			unknown = unknown || t == Unknown
			return true
		}) {
			break
		}
	}
	if allow < 0 {
		d.Certain = !unknown
		return d
	}
	d.Outcome, d.Rule, d.Why = Allowed, p.rules[allow].name, p.rules[allow].text.allows
	return d
}
