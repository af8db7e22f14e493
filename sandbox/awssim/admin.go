package awssim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// This file is the console: what an administrator does by hand, at once, past all
// limits, and behind the back of whoever uses the API.

// change runs f under the lock with everything settled, and announces it.
func (c *Cloud) change(f func(s *state, now time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	c.settle(now)
	if err := f(&c.state, now); err != nil {
		return err
	}
	c.notify()
	return nil
}

// EditAccount lets edit change an account's name, e-mail, state, parent, tags or
// roles. Its id and what it was given before stay.
func (c *Cloud) EditAccount(id string, edit func(*Account)) error {
	return c.change(func(s *state, _ time.Time) error {
		a := s.account[id]
		if a == nil {
			return fmt.Errorf("account %q is unknown", id)
		}
		n := a.Account
		n.Tags, n.Roles = maps.Clone(n.Tags), slices.Clone(n.Roles)
		edit(&n)
		parent := s.ouByID[n.ParentID]
		if parent == nil {
			return fmt.Errorf("account %s: parent %q is unknown", id, n.ParentID)
		}
		n.ID = id
		if err := checkRoles(n); err != nil {
			return err
		}
		if parent != a.parent {
			a.parent.accounts = slices.DeleteFunc(a.parent.accounts, func(x *account) bool { return x == a })
			parent.accounts = append(parent.accounts, a)
			slices.SortFunc(parent.accounts, func(x, y *account) int { return compareSeq(x.seq, y.seq) })
			a.parent = parent
		}
		a.Account, a.roles = n, nil
		return nil
	})
}

// SuspendAccount suspends an account: assignments there can no longer be changed.
func (c *Cloud) SuspendAccount(id string) error {
	return c.EditAccount(id, func(a *Account) { a.State = AccountSuspended })
}

// EditRole lets edit change a role of a member account, its trust policy above all.
func (c *Cloud) EditRole(accountID, roleName string, edit func(*IAMRole)) error {
	found := false
	err := c.EditAccount(accountID, func(a *Account) {
		for i := range a.Roles {
			if a.Roles[i].Name == roleName {
				edit(&a.Roles[i])
				found = true
			}
		}
	})
	if err == nil && !found {
		return fmt.Errorf("account %s has no role %q", accountID, roleName)
	}
	return err
}

// AddPermissionSet creates a permission set.
func (c *Cloud) AddPermissionSet(p PermissionSet) error {
	return c.change(func(_ *state, now time.Time) error {
		if p.Created.IsZero() {
			p.Created = now
		}
		return c.loadIdentityCenter(&Organization{PermissionSets: []PermissionSet{p}}, now)
	})
}

// EditPermissionSet lets edit change a permission set; its ARN and name stay.
func (c *Cloud) EditPermissionSet(arn string, edit func(*PermissionSet)) error {
	return c.change(func(s *state, _ time.Time) error {
		p := s.setByARN[arn]
		if p == nil {
			return fmt.Errorf("permission set %q is unknown", arn)
		}
		n := p.PermissionSet
		n.Tags, n.ManagedPolicies = maps.Clone(n.Tags), slices.Clone(n.ManagedPolicies)
		edit(&n)
		n.ARN, n.Name = p.ARN, p.Name
		p.PermissionSet = n
		return nil
	})
}

// DeletePermissionSet removes a permission set with all its assignments, as the
// console does step by step. Operations in flight on it will fail.
func (c *Cloud) DeletePermissionSet(arn string) error {
	return c.change(func(s *state, now time.Time) error {
		p := s.setByARN[arn]
		if p == nil {
			return fmt.Errorf("permission set %q is unknown", arn)
		}
		for a := range maps.Clone(s.assignments) {
			if a.PermissionSetARN == arn {
				c.unassign(a, now, now)
			}
		}
		delete(s.setByARN, arn)
		s.sets = slices.DeleteFunc(s.sets, func(x *permissionSet) bool { return x == p })
		return nil
	})
}

// AddAssignment makes a standing assignment and reports whether it was not there.
func (c *Cloud) AddAssignment(a Assignment) (added bool, err error) {
	err = c.change(func(s *state, now time.Time) error {
		switch {
		case s.account[a.AccountID] == nil:
			return fmt.Errorf("account %q is unknown", a.AccountID)
		case s.setByARN[a.PermissionSetARN] == nil:
			return fmt.Errorf("permission set %q is unknown", a.PermissionSetARN)
		case !c.principalExists(a.PrincipalType, a.PrincipalID):
			return fmt.Errorf("%s %q is unknown", a.PrincipalType, a.PrincipalID)
		}
		added = c.assign(a, now, now.Add(c.tuning.ListingLag), "")
		c.emit(OperationCreate, a, c.somebody(), "", now)
		return nil
	})
	return added, err
}

// RemoveAssignment removes an assignment, whoever made it, and reports whether it was there.
func (c *Cloud) RemoveAssignment(a Assignment) (removed bool) {
	_ = c.change(func(_ *state, now time.Time) error {
		removed = c.unassign(a, now, now.Add(c.tuning.ListingLag))
		c.emit(OperationDelete, a, c.somebody(), "", now)
		return nil
	})
	return removed
}

// Release lets an operation that is stuck go on, and reports whether it was stuck.
func (c *Cloud) Release(requestID string) (released bool) {
	_ = c.change(func(s *state, now time.Time) error {
		if op := s.opByID[requestID]; op != nil && op.stuck {
			op.release(now)
			released = true
		}
		return nil
	})
	return released
}

// AddUser creates a user.
func (c *Cloud) AddUser(u User) error {
	return c.change(func(s *state, now time.Time) error {
		if err := c.loadIdentityStore(&Organization{Users: []User{u}}, now); err != nil {
			return err
		}
		n := s.userByID[u.ID]
		n.created, n.updated = now, now
		return nil
	})
}

// EditUser lets edit change a user, to disable it for one; its id stays.
func (c *Cloud) EditUser(id string, edit func(*User)) error {
	return c.change(func(s *state, now time.Time) error {
		u := s.userByID[id]
		if u == nil {
			return fmt.Errorf("user %q is unknown", id)
		}
		n := u.User
		edit(&n)
		n.ID = id
		if other := s.userByName[strings.ToLower(n.UserName)]; n.UserName == "" || other != nil && other != u {
			return fmt.Errorf("user %s: user name %q is empty or taken", id, n.UserName)
		}
		if other := s.userByEmail[strings.ToLower(n.Email)]; n.Email != "" && other != nil && other != u {
			return fmt.Errorf("user %s: e-mail %q is taken", id, n.Email)
		}
		c.forgetUserNames(u)
		u.User, u.updated = n, now
		s.userByName[strings.ToLower(n.UserName)] = u
		if n.Email != "" {
			s.userByEmail[strings.ToLower(n.Email)] = u
		}
		return nil
	})
}

func (c *Cloud) forgetUserNames(u *user) {
	s := &c.state
	delete(s.userByName, strings.ToLower(u.UserName))
	if s.userByEmail[strings.ToLower(u.Email)] == u {
		delete(s.userByEmail, strings.ToLower(u.Email))
	}
}

// DeleteUser deletes a user and its memberships. Its assignments stay, naming
// nobody, as they do on AWS.
func (c *Cloud) DeleteUser(id string) error {
	return c.change(func(s *state, now time.Time) error {
		u := s.userByID[id]
		if u == nil {
			return fmt.Errorf("user %q is unknown", id)
		}
		for _, m := range slices.Clone(u.memberships) {
			c.removeMembership(m, now, now)
		}
		c.forgetUserNames(u)
		delete(s.userByID, id)
		s.users = slices.DeleteFunc(s.users, func(x *user) bool { return x == u })
		return nil
	})
}

// AddGroup creates a group.
func (c *Cloud) AddGroup(g Group) error {
	return c.change(func(_ *state, now time.Time) error {
		return c.loadIdentityStore(&Organization{Groups: []Group{g}}, now)
	})
}

// AddMembership puts a user into a group and returns the membership's id.
func (c *Cloud) AddMembership(groupID, userID string) (id string, err error) {
	err = c.change(func(_ *state, now time.Time) error {
		m, err := c.addMembership(Membership{GroupID: groupID, UserID: userID}, now, now.Add(c.tuning.ListingLag))
		if err == nil {
			id = m.ID
		}
		return err
	})
	return id, err
}

// RemoveMembership takes a user out of a group and reports whether it was in it.
func (c *Cloud) RemoveMembership(groupID, userID string) (removed bool) {
	_ = c.change(func(s *state, now time.Time) error {
		if g := s.groupByID[groupID]; g != nil && g.members[userID] != nil {
			c.removeMembership(g.members[userID], now, now.Add(c.tuning.ListingLag))
			removed = true
		}
		return nil
	})
	return removed
}

// AddOU creates an organizational unit.
func (c *Cloud) AddOU(o OU) error {
	return c.change(func(s *state, _ time.Time) error {
		parent := s.ouByID[o.ParentID]
		if !reOUID.MatchString(o.ID) || s.ouByID[o.ID] != nil || parent == nil {
			return fmt.Errorf("OU %q: bad or taken id, or unknown parent %q", o.ID, o.ParentID)
		}
		n := &ou{OU: o, seq: c.nextSeq(), parent: parent}
		parent.children = append(parent.children, n)
		s.ouByID[o.ID] = n
		s.ous = append(s.ous, n)
		return nil
	})
}
