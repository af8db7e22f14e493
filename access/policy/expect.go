package policy

import (
	"cmp"
	"time"
)

// Expectation is a test that a policy carries: what somebody may or may not have. Names
// are as people write them; of May, MayNot, MayJoin and MayNotJoin exactly one is given.
type Expectation struct {
	Person     string       `json:"person"`             // e-mail address or Identity Center user name: who receives
	AskedBy    string       `json:"asked_by,omitempty"` // who asks for them; default: Person
	May        string       `json:"may,omitempty"`      // name of a role
	MayNot     string       `json:"may_not,omitempty"`
	MayJoin    string       `json:"may_join,omitempty"` // name of an Identity Center group
	MayNotJoin string       `json:"may_not_join,omitempty"`
	In         string       `json:"in,omitempty"`      // account id or name; none with a group
	For        Duration     `json:"for,omitzero"`      // may: at least this long; may not: not this long
	Rule       string       `json:"rule,omitempty"`    // the rule that must decide
	Approval   ApprovalWant `json:"approval,omitzero"` // automatic, or the sets of the steps in order
	At         time.Time    `json:"at,omitzero"`       // for conditions on the time; default: now
	Emergency  bool         `json:"emergency,omitempty"`
	Ticket     string       `json:"ticket,omitempty"`
}

// allows reports whether it says what somebody may, not what they may not.
func (x *Expectation) allows() bool { return x.MayNot == "" && x.MayNotJoin == "" }

// role is the role that it is about; "" for none.
func (x *Expectation) role() string { return cmp.Or(x.May, x.MayNot) }

// group is the group that it is about; "" for none.
func (x *Expectation) group() string { return cmp.Or(x.MayJoin, x.MayNotJoin) }

// ApprovalWant is who must approve: automatic, or for each step the names of its sets. The
// zero value wants nothing.
type ApprovalWant struct {
	Automatic bool
	Sets      []string // each set that takes part, in the order of the steps
}

// IsZero reports whether nothing was said of the approval.
func (a ApprovalWant) IsZero() bool { return !a.Automatic && a.Sets == nil }

// MarshalJSON writes "automatic" or the sets.
func (a ApprovalWant) MarshalJSON() ([]byte, error) {
	return marshalUnion(a.Automatic, automatic, a.Sets)
}

// UnmarshalJSON reads "automatic" or a list of sets.
func (a *ApprovalWant) UnmarshalJSON(data []byte) error {
	return unmarshalUnion(data, automatic, &a.Automatic, &a.Sets)
}

// Failure is an expectation that does not hold.
type Failure struct {
	Index int    `json:"index"` // in Spec.Expect
	Path  string `json:"path"`  // "expect[2]"
	Want  string `json:"want"`  // "alice@example.com may have ReadOnly in prod-billing for 2 h"
	Got   string `json:"got"`   // what the policy says, and why
}
