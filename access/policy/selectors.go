package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// all is how a selector says that it means everything.
const all = "all"

// Accounts selects accounts: all of them, or those that any entry matches. The zero
// value is a selector that was left out, which is not the same as an empty one.
type Accounts struct {
	All     bool
	Entries []AccountMatch
}

// AccountMatch matches an account when all its fields do and no entry of Except does.
type AccountMatch struct {
	ID     string            `json:"id,omitempty"`   // twelve digits
	Name   string            `json:"name,omitempty"` // glob
	OU     string            `json:"ou,omitempty"`   // "/Path": everything below it
	Tags   map[string]string `json:"tags,omitempty"` // values are globs
	Except []AccountMatch    `json:"except,omitempty"`
}

// List selects by name: everything, or what any item names. The zero value is a
// selector that was left out.
type List struct {
	All   bool
	Items []string
}

// ApprovalSpec is automatic, or the steps that must be complete. The zero value is an
// approval that was left out.
type ApprovalSpec struct {
	Automatic bool
	Steps     []Step
}

// IsZero reports whether the selector was left out.
func (a Accounts) IsZero() bool { return !a.All && a.Entries == nil }

// IsZero reports whether the selector was left out.
func (l List) IsZero() bool { return !l.All && l.Items == nil }

// IsZero reports whether the approval was left out.
func (a ApprovalSpec) IsZero() bool { return !a.Automatic && a.Steps == nil }

// MarshalJSON writes "all" or the entries.
func (a Accounts) MarshalJSON() ([]byte, error) { return marshalUnion(a.All, all, a.Entries) }

// MarshalJSON writes "all" or the items.
func (l List) MarshalJSON() ([]byte, error) { return marshalUnion(l.All, all, l.Items) }

// MarshalJSON writes "automatic" or the steps.
func (a ApprovalSpec) MarshalJSON() ([]byte, error) {
	return marshalUnion(a.Automatic, automatic, a.Steps)
}

// UnmarshalJSON reads "all" or a list of entries.
func (a *Accounts) UnmarshalJSON(data []byte) error {
	return unmarshalUnion(data, all, &a.All, &a.Entries)
}

// UnmarshalJSON reads "all" or a list of names.
func (l *List) UnmarshalJSON(data []byte) error { return unmarshalUnion(data, all, &l.All, &l.Items) }

// UnmarshalJSON reads "automatic" or a list of steps.
func (a *ApprovalSpec) UnmarshalJSON(data []byte) error {
	return unmarshalUnion(data, automatic, &a.Automatic, &a.Steps)
}

const automatic = "automatic"

func marshalUnion[T any](is bool, word string, list []T) ([]byte, error) {
	if is {
		return json.Marshal(word)
	}
	if list == nil {
		list = []T{}
	}
	return json.Marshal(list)
}

func unmarshalUnion[T any](data []byte, word string, is *bool, list *[]T) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		if s != word {
			return fmt.Errorf("%q: want %q or a list", s, word)
		}
		*is, *list = true, nil
		return nil
	}
	*is, *list = false, []T{}
	return json.Unmarshal(data, list)
}
