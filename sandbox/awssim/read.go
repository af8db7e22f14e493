package awssim

import (
	"slices"
	"time"
)

// AssignmentView is an assignment as an administrator's page shows it.
type AssignmentView struct {
	Assignment
	AccountName       string    `json:"account_name"`
	PermissionSetName string    `json:"permission_set_name"`
	PrincipalName     string    `json:"principal_name"` // user name or group name; empty when it was deleted
	RoleARN           string    `json:"role_arn"`       // of the role in the account
	Created           time.Time `json:"created"`
	// CreatedBy is the request id of the operation that made it; empty when it was
	// there from the start or was added by hand.
	CreatedBy string `json:"created_by,omitempty"`
	// Last is the newest operation on it, if one is remembered.
	Last *OperationView `json:"last,omitempty"`
}

// OperationView is an assignment operation as an administrator's page shows it.
type OperationView struct {
	Assignment
	RequestID string          `json:"request_id"`
	Kind      OperationKind   `json:"kind"`
	Status    OperationStatus `json:"status"`
	Reason    string          `json:"reason,omitempty"` // why it FAILED
	Caller    string          `json:"caller"`           // ARN
	Accepted  time.Time       `json:"accepted"`
	Started   time.Time       `json:"started,omitzero"` // zero while it waits for its turn in the account
	Ended     time.Time       `json:"ended,omitzero"`
	Stuck     bool            `json:"stuck,omitempty"` // in progress until released
}

// AssignmentFilter narrows Assignments; an empty field matches everything.
type AssignmentFilter struct {
	AccountID        string
	PermissionSetARN string
	PrincipalID      string
	// Requested leaves out what was there from the start or was added by hand and
	// no operation has touched.
	Requested bool
}

// Assignments returns what is really assigned now, without any listing lag, in
// the order in which it was made.
func (c *Cloud) Assignments(f AssignmentFilter) []AssignmentView {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	s := &c.state
	last := make(map[Assignment]*operation, len(s.operations))
	for _, op := range s.operations {
		last[op.Assignment] = op
	}
	var found []*assignment
	add := func(a *assignment) {
		if (f.AccountID == "" || f.AccountID == a.AccountID) &&
			(f.PermissionSetARN == "" || f.PermissionSetARN == a.PermissionSetARN) &&
			(f.PrincipalID == "" || f.PrincipalID == a.PrincipalID) &&
			(!f.Requested || a.by != "" || last[a.Assignment] != nil) {
			found = append(found, a)
		}
	}
	if f.PrincipalID != "" {
		for _, a := range s.byPrincipal[f.PrincipalID] {
			add(a)
		}
	} else {
		for _, a := range s.assignments {
			add(a)
		}
	}
	slices.SortFunc(found, func(x, y *assignment) int { return compareSeq(x.seq, y.seq) })
	out := make([]AssignmentView, 0, len(found))
	for _, a := range found {
		v := AssignmentView{Assignment: a.Assignment, Created: a.created, CreatedBy: a.by}
		acc, set := s.account[a.AccountID], s.setByARN[a.PermissionSetARN]
		v.AccountName = acc.Name
		if set != nil {
			v.PermissionSetName = set.Name
			v.RoleARN = c.reservedRoleARN(acc, set)
		}
		v.PrincipalName = c.principalName(a.PrincipalType, a.PrincipalID)
		if op := last[a.Assignment]; op != nil {
			ov := op.view()
			v.Last = &ov
		}
		out = append(out, v)
	}
	return out
}

// MembershipView is a user in a group as an administrator's page shows it.
type MembershipView struct {
	GroupID   string    `json:"group_id"`
	GroupName string    `json:"group_name"`
	UserID    string    `json:"user_id"`
	UserName  string    `json:"user_name"`
	Created   time.Time `json:"created"`
	// CreatedBy is the ARN of the caller that made it; empty when it was there from the start
	// or was added by hand.
	CreatedBy string `json:"created_by,omitempty"`
	// Standing says that it was there from the start.
	Standing bool `json:"standing,omitempty"`
	// Brings is how many roles in accounts the group has.
	Brings int `json:"brings"`
}

// Memberships lists who really is in which group now, as they came. Those that were there from
// the start are left out unless standing is asked for.
func (c *Cloud) Memberships(standing bool) []MembershipView {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	s := &c.state
	var found []*membership
	for _, m := range s.memberships {
		if standing || !m.first {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(x, y *membership) int { return compareSeq(x.seq, y.seq) })
	out := make([]MembershipView, 0, len(found))
	for _, m := range found {
		out = append(out, MembershipView{
			GroupID: m.GroupID, GroupName: c.principalName(PrincipalGroup, m.GroupID), UserID: m.UserID, UserName: c.principalName(PrincipalUser, m.UserID),
			Created: m.created, CreatedBy: m.by, Standing: m.first, Brings: len(s.byPrincipal[m.GroupID]),
		})
	}
	return out
}

// Assigned reports whether the assignment really exists now, whatever listings say.
func (c *Cloud) Assigned(a Assignment) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	return c.state.assignments[a] != nil
}

// Operations returns the assignment operations that are remembered, newest first,
// at most n (0: all).
func (c *Cloud) Operations(n int) []OperationView {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	ops := c.state.operations
	if n <= 0 || n > len(ops) {
		n = len(ops)
	}
	out := make([]OperationView, 0, n)
	for _, op := range slices.Backward(ops[len(ops)-n:]) {
		out = append(out, op.view())
	}
	return out
}

// InFlight returns the operations that have not ended, in the order they were accepted.
func (c *Cloud) InFlight() []OperationView {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	out := make([]OperationView, 0, len(c.state.pending))
	for _, op := range c.state.pending {
		out = append(out, op.view())
	}
	return out
}

func (op *operation) view() OperationView {
	return OperationView{
		Assignment: op.Assignment, RequestID: op.requestID, Kind: op.kind, Status: op.status, Reason: op.reason,
		Caller: op.by, Accepted: op.accepted, Started: op.started, Ended: op.ended, Stuck: op.stuck,
	}
}

func (c *Cloud) principalName(t PrincipalType, id string) string {
	if t == PrincipalGroup {
		if g := c.state.groupByID[id]; g != nil {
			return g.DisplayName
		}
	} else if u := c.state.userByID[id]; u != nil {
		return u.UserName
	}
	return ""
}

// Snapshot returns what the organization holds now, in the form that New takes;
// roles that Identity Center created itself and principals are left out.
func (c *Cloud) Snapshot() Organization {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	s := &c.state
	org := Organization{
		ID: s.ids.OrganizationID, RootID: s.ids.RootID, ManagementAccountID: s.ids.ManagementAccountID,
		DelegatedAdminAccountID: s.ids.DelegatedAdminAccountID, InstanceARN: s.ids.InstanceARN,
		IdentityStoreID: s.ids.IdentityStoreID, Region: s.ids.Region,
	}
	for _, o := range s.ous {
		org.OUs = append(org.OUs, o.OU)
	}
	for _, a := range s.accounts {
		org.Accounts = append(org.Accounts, a.Account)
	}
	for _, p := range s.sets {
		org.PermissionSets = append(org.PermissionSets, p.PermissionSet)
	}
	for _, u := range s.users {
		org.Users = append(org.Users, u.User)
	}
	for _, g := range s.groups {
		org.Groups = append(org.Groups, g.Group)
		for _, m := range g.ordered {
			org.Memberships = append(org.Memberships, m.Membership)
		}
	}
	standing := make([]*assignment, 0, len(s.assignments))
	for _, a := range s.assignments {
		standing = append(standing, a)
	}
	slices.SortFunc(standing, func(x, y *assignment) int { return compareSeq(x.seq, y.seq) })
	for _, a := range standing {
		org.Assignments = append(org.Assignments, a.Assignment)
	}
	return org
}

// OUPath returns the path of names of the account's OU, "/Production/Payments",
// or "/" when it is right under the root; false for an unknown account.
func (c *Cloud) OUPath(accountID string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.state.account[accountID]
	if a == nil {
		return "", false
	}
	return a.parent.namePath(), true
}
