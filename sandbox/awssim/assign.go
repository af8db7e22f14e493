package awssim

import (
	"fmt"
	"slices"
	"time"
)

// assign adds an assignment and reports whether it was not there before. The
// first one of a set in an account provisions the set: its role gets a new suffix.
func (c *Cloud) assign(a Assignment, at, shownFrom time.Time, by string) bool {
	s := &c.state
	if s.assignments[a] != nil {
		return false
	}
	n := &assignment{Assignment: a, seq: c.nextSeq(), created: at, by: by, window: window{shownFrom: shownFrom}}
	s.assignments[a] = n
	key := accountSet{a.AccountID, a.PermissionSetARN}
	s.byAccount[key] = append(s.byAccount[key], n)
	s.byPrincipal[a.PrincipalID] = append(s.byPrincipal[a.PrincipalID], n)
	acc := s.account[a.AccountID]
	if acc.provisioned == nil {
		acc.provisioned = map[string]*provisionedSet{}
	}
	p := acc.provisioned[a.PermissionSetARN]
	if p == nil {
		p = &provisionedSet{roleSuffix: c.hex(16), since: at}
		acc.provisioned[a.PermissionSetARN] = p
		acc.roles = nil
	}
	p.count++
	return true
}

// unassign removes an assignment and reports whether it was there. The last one
// of a set in an account takes the role away.
func (c *Cloud) unassign(a Assignment, at, hiddenFrom time.Time) bool {
	s := &c.state
	n := s.assignments[a]
	if n == nil {
		return false
	}
	delete(s.assignments, a)
	is := func(x *assignment) bool { return x == n }
	key := accountSet{a.AccountID, a.PermissionSetARN}
	if s.byAccount[key] = slices.DeleteFunc(s.byAccount[key], is); len(s.byAccount[key]) == 0 {
		delete(s.byAccount, key)
	}
	if s.byPrincipal[a.PrincipalID] = slices.DeleteFunc(s.byPrincipal[a.PrincipalID], is); len(s.byPrincipal[a.PrincipalID]) == 0 {
		delete(s.byPrincipal, a.PrincipalID)
	}
	acc := s.account[a.AccountID]
	if p := acc.provisioned[a.PermissionSetARN]; p != nil {
		if p.count--; p.count == 0 {
			delete(acc.provisioned, a.PermissionSetARN)
			acc.roles = nil
		}
	}
	n.deletedFlag, n.hiddenFrom = true, hiddenFrom
	if hiddenFrom.After(at) {
		s.fading = append(s.fading, n)
	}
	return true
}

// listed returns what a listing shows now out of live, plus what match finds
// among those that are deleted but still shown.
func (c *Cloud) listed(live []*assignment, now time.Time, match func(*assignment) bool) []*assignment {
	var out []*assignment
	for _, a := range live {
		if a.shown(now) {
			out = append(out, a)
		}
	}
	for _, a := range c.state.fading {
		if match(a) && a.shown(now) && !slices.ContainsFunc(out, func(x *assignment) bool { return x.Assignment == a.Assignment }) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(x, y *assignment) int { return compareSeq(x.seq, y.seq) })
	return out
}

func compareSeq(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// addMembership puts a user into a group.
func (c *Cloud) addMembership(m Membership, at, shownFrom time.Time) (*membership, error) {
	s := &c.state
	g, u := s.groupByID[m.GroupID], s.userByID[m.UserID]
	switch {
	case g == nil:
		return nil, fmt.Errorf("membership: unknown group %q", m.GroupID)
	case u == nil:
		return nil, fmt.Errorf("membership of group %s: unknown user %q", m.GroupID, m.UserID)
	case g.members[m.UserID] != nil:
		return nil, fmt.Errorf("membership: user %s is in group %s already", m.UserID, m.GroupID)
	}
	if m.ID == "" {
		m.ID = c.uuid()
	}
	n := &membership{Membership: m, seq: c.nextSeq(), created: at, window: window{shownFrom: shownFrom}}
	s.memberships[m.ID] = n
	g.members[m.UserID] = n
	g.ordered = append(g.ordered, n)
	u.memberships = append(u.memberships, n)
	return n, nil
}

// removeMembership takes a membership away.
func (c *Cloud) removeMembership(m *membership, at, hiddenFrom time.Time) {
	s := &c.state
	is := func(x *membership) bool { return x == m }
	delete(s.memberships, m.ID)
	if g := s.groupByID[m.GroupID]; g != nil {
		delete(g.members, m.UserID)
		g.ordered = slices.DeleteFunc(g.ordered, is)
	}
	if u := s.userByID[m.UserID]; u != nil {
		u.memberships = slices.DeleteFunc(u.memberships, is)
	}
	m.deletedFlag, m.hiddenFrom = true, hiddenFrom
	if hiddenFrom.After(at) {
		s.fadingMember = append(s.fadingMember, m)
	}
}
