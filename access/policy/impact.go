package policy

import (
	"time"

	"stint/access/catalog"
)

// Opening is how much a policy lets people ask for, by one catalog and the facts of now. A
// pair is one person and one entitlement that they may request for themselves. What nobody
// can be granted (a suspended account, somebody who is disabled) does not count.
type Opening struct {
	Pairs        int64 `json:"pairs"`
	Entitlements int   `json:"entitlements"` // that at least one person may request
	Accounts     int   `json:"accounts"`
	Roles        int   `json:"roles"`
	Groups       int   `json:"groups"` // of the entitlements, those that are membership in one
	People       int   `json:"people"`
	// AtMost is set when conditions that depend on the time, the ticket, on several things
	// together or on too many people were counted as if they held for an allow and did not for
	// a deny, and when it is not known in full what a group brings.
	AtMost bool `json:"at_most,omitempty"`
}

// Shift is what a change of policy does to some pairs.
type Shift struct {
	Pairs        int64     `json:"pairs"`
	Entitlements int       `json:"entitlements"`
	Groups       int       `json:"groups"` // among the entitlements
	People       int       `json:"people"`
	Examples     []Example `json:"examples,omitempty"` // at most 5, from different rules first
}

// Example is one pair and which rules decide it.
type Example struct {
	Person  catalog.PersonID  `json:"person"`
	Account catalog.AccountID `json:"account,omitempty"`
	Role    catalog.RoleARN   `json:"role,omitempty"`
	Group   catalog.GroupID   `json:"group,omitempty"`  // instead of Account and Role
	Before  string            `json:"before,omitempty"` // the rule that decided; "" for none
	After   string            `json:"after,omitempty"`
}

// Impact is what a change of policy means for everybody.
type Impact struct {
	Before, After Opening
	Gained        Shift // requestable now, not before
	Lost          Shift
	Eased         Shift // requestable both times, now with fewer or no approvals, or for longer
	Tightened     Shift // the other way round, or on terms that cannot be compared
}

// Opens counts what the policy lets people ask for.
func (p *Policy) Opens(c *catalog.Catalog, f Facts, now time.Time) Opening {
	return Compare(nil, p, c, f, now).After
}

// Compare counts what changes from before, which may be nil, to after. It works on classes
// of people, accounts, roles and groups that the rules cannot tell apart, not on every pair.
func Compare(before, after *Policy, c *catalog.Catalog, f Facts, now time.Time) Impact {
	policies := []*Policy{after}
	if before != nil {
		policies = append(policies, before)
	}
	s := newSurvey(policies, c, f, now)
	t := newTally(s)
	t.count()
	out := Impact{
		After:  t.opening(openAfter, s.sides[0]),
		Gained: t.shift(shiftGained), Lost: t.shift(shiftLost), Eased: t.shift(shiftEased), Tightened: t.shift(shiftTightened),
	}
	if before != nil {
		out.Before = t.opening(openBefore, s.sides[1])
	}
	return out
}
