package main

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// person finds a person by e-mail address, user name or id.
func (o *organization) person(name string) (*catalog.Person, error) {
	if p, ok := o.catalog.PersonByEmail(name); ok {
		return p, nil
	}
	if p, ok := o.catalog.Person(catalog.PersonID(name)); ok {
		return p, nil
	}
	people := o.catalog.People()
	for i := range people {
		if strings.EqualFold(people[i].UserName, name) {
			return &people[i], nil
		}
	}
	return nil, o.unknown("person", name, func(yield func(string) bool) {
		for i := range people {
			if !yield(people[i].Email) {
				return
			}
		}
	})
}

// named is a person by id, who may be gone by now.
func (o *organization) named(id catalog.PersonID) named {
	if p, ok := o.catalog.Person(id); ok {
		return namedPerson(p)
	}
	return named{ID: string(id), Name: o.directory.PersonName(id)}
}

// account finds an account by id or by a name that no other has.
func (o *organization) account(name string) (*catalog.Account, error) {
	if a, ok := o.catalog.Account(catalog.AccountID(name)); ok {
		return a, nil
	}
	var found []*catalog.Account
	accounts := o.catalog.Accounts()
	for i := range accounts {
		if strings.EqualFold(accounts[i].Name, name) {
			found = append(found, &accounts[i])
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fault.Newf(fault.Invalid, "cmd.lookup", "Give the id of the one that you mean.", "%d accounts are called %s.", len(found), name)
	}
	return nil, o.unknown("account", name, func(yield func(string) bool) {
		for i := range accounts {
			if !yield(accounts[i].Name) {
				return
			}
		}
	})
}

// group finds an Identity Center group by id or by a name that no other has.
func (o *organization) group(name string) (*catalog.Group, error) {
	if g, ok := o.catalog.GroupByName(name); ok {
		return g, nil
	}
	if g, ok := o.catalog.Group(catalog.GroupID(name)); ok {
		return g, nil
	}
	groups := o.catalog.Groups()
	return nil, o.unknown("group", name, func(yield func(string) bool) {
		for i := range groups {
			if !yield(groups[i].Name) {
				return
			}
		}
	})
}

// brought names the roles in accounts that a group brings, by account.
func (o *organization) brought(g *catalog.Group) []string {
	out := make([]string, 0, len(g.Brings))
	for _, b := range g.Brings {
		out = append(out, o.entitlement(policy.Example{Account: b.Account, Role: b.Role}))
	}
	slices.Sort(out)
	return out
}

// role finds a role by name or ARN.
func (o *organization) role(name string) (*catalog.Role, error) {
	if r, ok := o.catalog.RoleByName(name); ok {
		return r, nil
	}
	if r, ok := o.catalog.Role(catalog.RoleARN(name)); ok {
		return r, nil
	}
	return nil, o.unknown("role", name, func(yield func(string) bool) {
		for _, r := range o.catalog.Roles() {
			if !yield(r.Name) {
				return
			}
		}
	})
}

// unknown is the error for a name that nothing has, with what may have been meant.
func (o *organization) unknown(what, name string, all iter.Seq[string]) error {
	hint := "`stint catalog list` shows what there is."
	if near := catalog.Nearest(name, all); len(near) > 0 {
		hint = "Did you mean " + strings.Join(near, " or ") + "?"
	}
	return fault.New(fault.NotFound, "cmd.lookup", fmt.Sprintf("No %s in %s is called %q.", what, o.from, name), hint)
}
