package access

import (
	"fmt"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// orderScope finds what an order is about: of its scope, and asked for before it. An id is
// a ULID, so that what came before the order has a smaller one.
type orderScope struct {
	s     *Service
	order EndOrder
	world *world // for what is held; nil when there is none, or another policy is in force
}

func (s *Service) scoped(o EndOrder) orderScope {
	in := orderScope{s: s, order: o}
	if w := s.world.Load(); w.policy != nil && w.catalog != nil {
		in.world = w
	}
	return in
}

// before reports whether a request is older than the order.
func (in orderScope) before(id RequestID) bool {
	return in.order.ID == "" || string(id) < in.order.ID
}

// judge is why a held grant ends; "" when it does not.
func (in orderScope) judge(r Request, g Grant) (EndReason, string) {
	if in.world == nil || in.world.policy.Version() != in.order.Policy {
		return "", ""
	}
	return in.s.judge(in.world, r, g)
}

// grants lists the live and scheduled grants in the scope.
func (in orderScope) grants(tx Tx) ([]Grant, error) {
	scope := in.order.Scope
	grants, err := tx.Grants(GrantFilter{States: []GrantState{Live, Scheduled}, Person: scope.Person})
	if err != nil {
		return nil, err
	}
	out := grants[:0]
	for _, g := range grants {
		if !in.before(g.Request) || (scope.Account != "" && !in.s.opensAny(g.Key.Entitlement(), []catalog.AccountID{scope.Account})) {
			continue
		}
		if scope.Held {
			r, err := tx.Request(g.Request)
			if err != nil {
				return nil, err
			}
			if reason, _ := in.judge(r, g); reason == "" {
				continue
			}
		}
		out = append(out, g)
	}
	return out, nil
}

// requests lists the pending requests for access in the scope.
func (in orderScope) requests(tx Tx) ([]Request, error) {
	scope := in.order.Scope
	if scope.Held {
		return in.leftRequests(tx)
	}
	pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}, Person: scope.Person})
	if err != nil {
		return nil, err
	}
	out := pending[:0]
	for _, r := range pending {
		about := scope.Account == ""
		for _, e := range r.Entitlements {
			about = about || in.s.opensAny(e, []catalog.AccountID{scope.Account})
		}
		if about && in.before(r.ID) && (scope.Person == "" || r.Receiver.Person == scope.Person) {
			out = append(out, r)
		}
	}
	return out, nil
}

// leftRequests lists the pending requests of people who left. What a policy now forbids is
// judged anew at its next vote.
func (in orderScope) leftRequests(tx Tx) (out []Request, err error) {
	pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}})
	for _, r := range pending {
		if who, _ := in.s.leftAsking(r); who != "" && in.before(r.ID) {
			out = append(out, r)
		}
	}
	return out, err
}

// checkScope refuses a scope that says nothing, or two things.
func (s *Service) checkScope(scope EndScope) error {
	said := 0
	for _, given := range []bool{scope.Person != "", scope.Account != "", scope.All, scope.Held} {
		if given {
			said++
		}
	}
	if said != 1 {
		return fault.New(fault.Invalid, "access.EndAll", "Choose whose access is to end.", "A person, an account, or all of it.")
	}
	return nil
}

// scopeName is a scope in a word or two.
func (s *Service) scopeName(scope EndScope) string {
	switch {
	case scope.Person != "":
		return s.human(scope.Person).Name
	case scope.Account != "":
		return s.item(Entitlement{Account: scope.Account}).Account.Name
	case scope.Held:
		return "what the policy or the directory no longer allows"
	}
	return "all live access"
}

// scopePhrase is a scope as a sentence names it.
func (s *Service) scopePhrase(scope EndScope) string {
	switch {
	case scope.Person != "":
		return "all access of " + s.scopeName(scope)
	case scope.Account != "":
		return "all access to " + s.scopeName(scope)
	}
	return s.scopeName(scope)
}

// orderNote says to people why their access or request ended.
func (s *Service) orderNote(o EndOrder) string {
	return fmt.Sprintf("%s ended %s: %s", o.By.Name, s.scopePhrase(o.Scope), o.Reason)
}

// unremoved lists what AWS still holds although nobody wants it, as far as it is known:
// what is being deleted, and what the worker has yet to look at.
func unremoved(tx Tx, now time.Time) ([]Assignment, error) {
	deleting, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Deleting}})
	if err != nil {
		return nil, err
	}
	var out []Assignment
	for _, a := range deleting {
		if a.GoneAt.IsZero() {
			out = append(out, a)
		}
	}
	due, err := tx.Due(now, 0)
	if err != nil {
		return nil, err
	}
	for _, d := range due {
		if d.Kind != DueAssignment {
			continue
		}
		a, err := tx.Assignment(d.Key)
		if err != nil {
			return nil, err
		}
		if until, _, err := peekWanted(tx, d.Key, now); err != nil {
			return nil, err
		} else if until.IsZero() && (a.State == Present || a.State == Creating) {
			out = append(out, a)
		}
	}
	return out, nil
}

// endedBy is a grant of the key that the order ended.
func endedBy(tx Tx, key Key, order string) (g Grant, found bool, err error) {
	grants, err := tx.Grants(GrantFilter{States: []GrantState{Ended}, Key: key, Limit: redraws})
	for _, g := range grants {
		if g.EndOrder == order {
			return g, true, err
		}
	}
	return Grant{}, false, err
}

// shownOrders are the orders that run, and the last one that ran.
func shownOrders(tx Tx) ([]EndOrder, error) {
	orders, err := readOrders(tx)
	var out []EndOrder
	over := false
	for _, o := range orders {
		if o.DoneAt.IsZero() || !over {
			out = append(out, o)
		}
		over = over || !o.DoneAt.IsZero()
	}
	return out, err
}

// counted is "1 grant", "12 grants" or "12 people".
func counted(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case one == "person":
		return fmt.Sprintf("%d people", n)
	case strings.HasSuffix(one, "cy"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(one, "y"))
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
