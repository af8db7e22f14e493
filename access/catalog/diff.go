package catalog

import (
	"fmt"
	"strings"

	"stint/access/fault"
)

// Change counts what came and went.
type Change struct {
	Added, Removed int
}

// Diff is what changed from one catalog to the next, for logs.
type Diff struct {
	Accounts, Roles, People, Groups Change
}

// Compare counts what is in one and not in the other, by id.
func Compare(old, next *Data) Diff {
	return Diff{
		Accounts: change(old.Accounts, next.Accounts, func(a *Account) AccountID { return a.ID }),
		Roles:    change(old.Roles, next.Roles, func(r *Role) RoleARN { return r.ARN }),
		People:   change(old.People, next.People, func(p *Person) PersonID { return p.ID }),
		Groups:   change(old.Groups, next.Groups, func(g *Group) GroupID { return g.ID }),
	}
}

func change[T any, K comparable](old, next []T, id func(*T) K) Change {
	before := make(map[K]struct{}, len(old))
	for i := range old {
		before[id(&old[i])] = struct{}{}
	}
	var c Change
	for i := range next {
		k := id(&next[i])
		if _, stayed := before[k]; stayed {
			delete(before, k)
		} else {
			c.Added++
		}
	}
	c.Removed = len(before)
	return c
}

// A sync may lose this many of a kind; more, when it is also more than a fifth, is
// rather a listing that broke off than an organization that shrank.
const maxLoss = 10

// Loss is how much of a kind a catalog has lost.
type Loss struct {
	What string `json:"what"` // "accounts", "roles", "people"
	Lost int    `json:"lost"`
	Of   int    `json:"of"`
}

// Losses lists the kinds of which next lost more than a fifth and more than 10.
func Losses(old, next *Data) []Loss {
	d := Compare(old, next)
	var out []Loss
	for _, l := range []Loss{
		{"accounts", d.Accounts.Removed, len(old.Accounts)},
		{"roles", d.Roles.Removed, len(old.Roles)},
		{"people", d.People.Removed, len(old.People)},
	} {
		if l.Lost > maxLoss && l.Lost*5 > l.Of {
			out = append(out, l)
		}
	}
	return out
}

// CheckLoss refuses, with code Conflict, a next catalog that lost more than a fifth and
// more than 10 of the accounts, roles or people. The old one stays in use until an
// admin confirms.
func CheckLoss(old, next *Data) error {
	losses := Losses(old, next)
	if len(losses) == 0 {
		return nil
	}
	words := make([]string, len(losses))
	for i, l := range losses {
		words[i] = fmt.Sprintf("%d of %d %s", l.Lost, l.Of, l.What)
	}
	return fault.New(fault.Conflict, "catalog.CheckLoss",
		fmt.Sprintf("The sync found %s gone, so the catalog from before stays in use.", strings.Join(words, ", ")),
		"If they are really gone, accept it in /jit-config; otherwise check what Stint's role may list, and sync again.")
}
