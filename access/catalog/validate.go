package catalog

import (
	"fmt"
	"strings"

	"stint/access/fault"
)

// maxProblems bounds how many places one error names.
const maxProblems = 10

// ValidAccountID reports whether s is an AWS account id: exactly twelve digits.
func ValidAccountID(s AccountID) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// problems collects what is wrong, each with its place.
type problems struct {
	list []string
	more int
}

func (p *problems) add(format string, args ...any) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, fmt.Sprintf(format, args...))
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	text := strings.Join(p.list, "; ")
	if p.more > 0 {
		text += fmt.Sprintf("; and %d more", p.more)
	}
	return fault.New(fault.Invalid, "catalog.New", "The catalog is not consistent: "+text+".",
		"Run the sync again; if it stays, what AWS lists is wrong at the place named.")
}

func validate(d *Data) error {
	var p problems
	if d.ManagementAccount != "" && !ValidAccountID(d.ManagementAccount) {
		p.add("management_account: %q is not an account id (twelve digits)", d.ManagementAccount)
	}
	accounts := make(map[AccountID]int, len(d.Accounts))
	for i := range d.Accounts {
		a := &d.Accounts[i]
		place := fmt.Sprintf("accounts[%d] (%s)", i, a.Name)
		if !ValidAccountID(a.ID) {
			p.add("%s: %q is not an account id (twelve digits)", place, a.ID)
		} else {
			unique(&p, accounts, a.ID, i, place)
		}
		if strings.TrimSpace(a.Name) == "" {
			p.add("accounts[%d] (%s): the name is empty", i, a.ID)
		}
		if !strings.HasPrefix(a.OUPath, "/") || (len(a.OUPath) > 1 && strings.HasSuffix(a.OUPath, "/")) {
			p.add("%s: the OU path %q must begin with / and not end with it", place, a.OUPath)
		}
	}
	roles := make(map[RoleARN]int, len(d.Roles))
	for i := range d.Roles {
		r := &d.Roles[i]
		named(&p, roles, r.ARN, i, "roles", r.Name)
	}
	people := make(map[PersonID]int, len(d.People))
	for i := range d.People {
		person := &d.People[i]
		named(&p, people, person.ID, i, "people", person.UserName)
	}
	groups := make(map[GroupID]int, len(d.Groups))
	for i := range d.Groups {
		g := &d.Groups[i]
		named(&p, groups, g.ID, i, "groups", g.Name)
	}
	return p.err()
}

func named[ID ~string](p *problems, seen map[ID]int, id ID, i int, list, name string) {
	if id == "" {
		p.add("%s[%d] (%s): the id is empty", list, i, name)
	} else {
		unique(p, seen, id, i, fmt.Sprintf("%s[%d] (%s)", list, i, name))
	}
	if strings.TrimSpace(name) == "" {
		p.add("%s[%d] (%s): the name is empty", list, i, id)
	}
}

func unique[ID ~string](p *problems, seen map[ID]int, id ID, i int, place string) {
	if first, taken := seen[id]; taken {
		p.add("%s: the id %s is there already, at index %d", place, id, first)
		return
	}
	seen[id] = i
}
