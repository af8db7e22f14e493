package catalog

import "time"

// Assignment is one row of what AWS holds: a role in an account, given to a person or to
// a group; or, with neither account nor role, a person in a group. It does not say who gave
// it, nor since when.
type Assignment struct {
	Account AccountID `json:"account,omitempty"`
	Role    RoleARN   `json:"role,omitempty"`
	Person  PersonID  `json:"person,omitempty"` // one of these two; both of a membership
	Group   GroupID   `json:"group,omitempty"`
}

// IsMembership reports whether it is a person in a group.
func (a Assignment) IsMembership() bool { return a.Person != "" && a.Group != "" }

// ScanBy is how assignments are listed.
type ScanBy string

// The two ways: every account in which a role is in use, or everything that a person or
// a group has.
const (
	ByRole      ScanBy = "role"
	ByPrincipal ScanBy = "principal"
)

// Scan says how far a reading of all assignments is. The zero Scan begins one. It is
// plain data: kept with what was found so far, in one transaction, it lets the reading go
// on after a crash, or after AWS could not be asked, without reading anything twice.
type Scan struct {
	By    ScanBy    `json:"by,omitempty"` // "" until it is chosen
	Begun time.Time `json:"begun,omitzero"`
	// Pairs is how many (account, role) pairs were in use when that was last counted; the
	// next scan chooses by it.
	Pairs int `json:"pairs,omitempty"`
	// Last is what was read last, in order; Done of Total are read.
	Last  string `json:"last,omitempty"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Calls int    `json:"calls"` // to AWS so far
	// Unreadable counts pairs that AWS does not let a delegated administrator list: those of
	// the management account.
	Unreadable int       `json:"unreadable,omitempty"`
	Finished   time.Time `json:"finished,omitzero"`
}

// AccountRoles is what one account answered when it was asked for its IAM roles.
type AccountRoles struct {
	Account AccountID `json:"account"`
	Roles   []IAMRole `json:"roles,omitempty"`
	// Problem says for people why the roles could not be read; "" when they were.
	Problem string `json:"problem,omitempty"`
}

// Membership is a person in a group, under the name that AWS has for that; ID is "" when
// the person is not in it.
type Membership struct {
	ID     string    `json:"id,omitempty"`
	Person PersonID  `json:"person"`
	Group  GroupID   `json:"group"`
	At     time.Time `json:"at"` // when it was asked or done, by the clock
}
