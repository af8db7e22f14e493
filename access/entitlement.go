package access

import (
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
)

// Entitlement is a role in an account, or membership in one Identity Center group: either
// Account and Role are set, or Group is.
type Entitlement struct {
	Account catalog.AccountID `json:"account,omitempty"`
	Role    catalog.RoleARN   `json:"role,omitempty"`
	Group   catalog.GroupID   `json:"group,omitempty"`
}

// RoleIn is a role in an account as an entitlement.
func RoleIn(account catalog.AccountID, role catalog.RoleARN) Entitlement {
	return Entitlement{Account: account, Role: role}
}

// MemberOf is membership in a group as an entitlement.
func MemberOf(group catalog.GroupID) Entitlement { return Entitlement{Group: group} }

// IsGroup reports whether it is membership in a group.
func (e Entitlement) IsGroup() bool { return e.Group != "" }

// For is the key of the entitlement for a person.
func (e Entitlement) For(person catalog.PersonID) Key {
	return Key{Person: person, Account: e.Account, Role: e.Role, Group: e.Group}
}

// Key names an Assignment: one person and one entitlement.
type Key struct {
	Person  catalog.PersonID  `json:"person"`
	Account catalog.AccountID `json:"account,omitempty"`
	Role    catalog.RoleARN   `json:"role,omitempty"`
	Group   catalog.GroupID   `json:"group,omitempty"`
}

// groupWord stands in a written key where otherwise the account's twelve digits are.
const groupWord = "group"

// String is the key as a store and a log write it: person/account/role or person/group/id.
func (k Key) String() string {
	if k.IsGroup() {
		return string(k.Person) + "/" + groupWord + "/" + string(k.Group)
	}
	return string(k.Person) + "/" + string(k.Account) + "/" + string(k.Role)
}

// IsGroup reports whether the key is about membership in a group.
func (k Key) IsGroup() bool { return k.Group != "" }

// Entitlement is what the key is about.
func (k Key) Entitlement() Entitlement {
	return Entitlement{Account: k.Account, Role: k.Role, Group: k.Group}
}

// Check refuses a key that is not whole, or that could be mistaken for another one when
// it is written.
func (k Key) Check() error {
	whole := k.Person != "" && !strings.Contains(string(k.Person)+string(k.Account), "/")
	if k.IsGroup() {
		whole = whole && k.Account == "" && k.Role == ""
	} else {
		whole = whole && k.Account != "" && k.Account != groupWord && k.Role != ""
	}
	if !whole {
		return fault.Newf(fault.Invalid, "access.Key", "A person is needed, and either account and role or a group; person and account hold no slash.", "The key %q cannot be stored.", k)
	}
	return nil
}

// ParseKey reads what String wrote of a key that passes Check.
func ParseKey(s string) (Key, error) {
	parts := strings.SplitN(s, "/", 3)
	if len(parts) != 3 {
		return Key{}, fault.Newf(fault.Internal, "access.ParseKey", "Was it changed by hand?", "%q stands where person/account/role or person/group/id was expected.", s)
	}
	if parts[1] == groupWord {
		return Key{Person: catalog.PersonID(parts[0]), Group: catalog.GroupID(parts[2])}, nil
	}
	return Key{Person: catalog.PersonID(parts[0]), Account: catalog.AccountID(parts[1]), Role: catalog.RoleARN(parts[2])}, nil
}
