package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Catalog is an immutable snapshot of the organization with its indexes. It is safe
// for use by many goroutines; nothing that it returns may be changed.
type Catalog struct {
	data     Data
	accounts map[AccountID]int32
	roles    map[RoleARN]int32
	people   map[PersonID]int32
	groups   map[GroupID]int32

	// By name. A name that several share leads to shared: it finds nobody.
	roleNames  map[string]int32
	groupNames map[string]int32
	emails     map[string]int32

	ouPaths     []string
	warnings    []string
	accountKeys searcher
	roleKeys    searcher
}

// shared marks a name that more than one carries.
const shared = -1

// New checks the data and builds the indexes. It copies what it keeps, lower-cases
// e-mails, and sorts everything by name, so that equal data gives equal catalogs. Data
// that is wrong (an id twice, an empty name, an account id that is none) is refused
// with a *fault.Error of code Invalid that names every place.
func New(d Data) (*Catalog, error) {
	if err := validate(&d); err != nil {
		return nil, err
	}
	c := &Catalog{data: normalize(d)}
	c.indexIDs()
	c.roleNames = byName(c, c.data.Roles, func(r *Role) string { return r.Name }, "roles have the name")
	c.groupNames = byName(c, c.data.Groups, func(g *Group) string { return g.Name }, "groups have the name")
	c.emails = byName(c, c.data.People, func(p *Person) string { return p.Email }, "people have the e-mail")
	c.ouPaths = ouPaths(c.data.Accounts)
	c.accountKeys = newSearcher(len(c.data.Accounts),
		func(i int) string { return c.data.Accounts[i].Name },
		func(i int) document {
			a := &c.data.Accounts[i]
			return document{id: string(a.ID), more: accountFields(a)}
		})
	c.roleKeys = newSearcher(len(c.data.Roles),
		func(i int) string { return c.data.Roles[i].Name },
		func(i int) document { return document{more: []string{c.data.Roles[i].Description}} })
	return c, nil
}

// Empty is a catalog without anything in it: what is known before the first sync.
func Empty() *Catalog {
	c, _ := New(Data{}) // nothing in it could be wrong
	return c
}

// normalize copies what New keeps. Words that repeat (OU paths, tags) become one
// string each: in a large organization they are most of the bytes.
func normalize(d Data) Data {
	words := make(map[string]string)
	one := func(s string) string {
		if w, ok := words[s]; ok {
			return w
		}
		words[s] = s
		return s
	}
	d.Accounts = slices.Clone(d.Accounts)
	for i := range d.Accounts {
		a := &d.Accounts[i]
		a.OUPath = one(a.OUPath)
		a.State = AccountState(one(string(a.State)))
		a.Ungrantable = one(a.Ungrantable)
		if len(a.Tags) > 0 {
			tags := make(map[string]string, len(a.Tags))
			for k, v := range a.Tags {
				tags[one(k)] = one(v)
			}
			a.Tags = tags
		}
	}
	d.Roles = slices.Clone(d.Roles)
	d.People = slices.Clone(d.People)
	for i := range d.People {
		p := &d.People[i]
		p.Email = Email(p.Email)
		if p.UserName == p.Email {
			p.UserName = p.Email // one string instead of two
		}
		if p.Name == "" {
			p.Name = p.UserName
		}
	}
	d.Groups = slices.Clone(d.Groups)
	for i := range d.Groups {
		d.Groups[i].Members = slices.Clone(d.Groups[i].Members)
		d.Groups[i].Brings = slices.Clone(d.Groups[i].Brings)
	}
	slices.SortFunc(d.Accounts, func(a, b Account) int { return byFolded(a.Name, b.Name, string(a.ID), string(b.ID)) })
	slices.SortFunc(d.Roles, func(a, b Role) int { return byFolded(a.Name, b.Name, string(a.ARN), string(b.ARN)) })
	slices.SortFunc(d.People, func(a, b Person) int { return byFolded(a.Name, b.Name, string(a.ID), string(b.ID)) })
	slices.SortFunc(d.Groups, func(a, b Group) int { return byFolded(a.Name, b.Name, string(a.ID), string(b.ID)) })
	return d
}

func byFolded(name, otherName, id, otherID string) int {
	return cmp.Or(compareFold(name, otherName), strings.Compare(id, otherID))
}

func (c *Catalog) indexIDs() {
	c.accounts = make(map[AccountID]int32, len(c.data.Accounts))
	for i := range c.data.Accounts {
		c.accounts[c.data.Accounts[i].ID] = int32(i)
	}
	c.roles = make(map[RoleARN]int32, len(c.data.Roles))
	for i := range c.data.Roles {
		c.roles[c.data.Roles[i].ARN] = int32(i)
	}
	c.people = make(map[PersonID]int32, len(c.data.People))
	for i := range c.data.People {
		c.people[c.data.People[i].ID] = int32(i)
	}
	c.groups = make(map[GroupID]int32, len(c.data.Groups))
	for i := range c.data.Groups {
		c.groups[c.data.Groups[i].ID] = int32(i)
	}
}

// byName indexes by a name and warns of every name that several share. The empty
// name is no name.
func byName[T any](c *Catalog, all []T, name func(*T) string, have string) map[string]int32 {
	index := make(map[string]int32, len(all))
	twice := make(map[string]int)
	for i := range all {
		n := name(&all[i])
		if n == "" {
			continue
		}
		if _, taken := index[n]; taken {
			index[n] = shared
			twice[n] = max(twice[n], 1) + 1
			continue
		}
		index[n] = int32(i)
	}
	for _, n := range slices.Sorted(maps.Keys(twice)) {
		c.warnings = append(c.warnings, fmt.Sprintf("%d %s %q: it finds none of them", twice[n], have, n))
	}
	return index
}

// ouPaths lists every OU that holds an account, directly or below.
func ouPaths(accounts []Account) []string {
	seen := make(map[string]bool)
	for i := range accounts {
		for p := accounts[i].OUPath; !seen[p]; {
			seen[p] = true
			if cut := strings.LastIndexByte(p, '/'); cut > 0 {
				p = p[:cut]
			} else {
				p = "/"
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Email is an e-mail address in the one spelling in which it is compared.
func Email(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// AsOf is when the sync that read the catalog began; zero for an empty one.
func (c *Catalog) AsOf() time.Time { return c.data.AsOf }

// Data is the whole catalog as plain data, sorted by name. Read only.
func (c *Catalog) Data() *Data { return &c.data }

// Warnings names, for admins, what is odd in the data without being wrong: names and
// e-mails that several share.
func (c *Catalog) Warnings() []string { return c.warnings }
