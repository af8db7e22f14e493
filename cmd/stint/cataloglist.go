package main

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/policy"
)

// catalogListCmd is `stint catalog list`.
type catalogListCmd struct {
	What  string `arg:"" enum:"accounts,ous,roles,people,groups,iam-roles" help:"accounts, ous, roles, people, groups or iam-roles."`
	In    string `help:"Only accounts below this OU, or IAM roles of this account." placeholder:"OU|ACCOUNT"`
	Match string `help:"Only names that match: * stands for any characters, ? for one." placeholder:"GLOB"`
	source
	format
}

// Help documents the JSON.
func (catalogListCmd) Help() string {
	return `With --format json: {"from", "as_of", "accounts" | "ous" | "roles" | "people" | "groups" | "iam_roles": [...]}, each entry as in the file of stint catalog export; an OU is its path.`
}

// listing is the answer of list and show for programs; one of the lists is set.
type listing struct {
	From     string            `json:"from"`
	AsOf     time.Time         `json:"as_of"`
	Accounts []catalog.Account `json:"accounts,omitempty"`
	Roles    []catalog.Role    `json:"roles,omitempty"`
	People   []catalog.Person  `json:"people,omitempty"`
	Groups   []catalog.Group   `json:"groups,omitempty"`
	OUs      []string          `json:"ous,omitempty"`
	IAMRoles []catalog.IAMRole `json:"iam_roles,omitempty"`
}

// Run lists what matches, by name.
func (c *catalogListCmd) Run(ctx context.Context, std streams) error {
	if err := c.one(true); err != nil {
		return err
	}
	o, _, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	out := listing{From: o.from, AsOf: o.asOf}
	match := wildcard(c.Match).MatchString
	switch c.What {
	case "accounts":
		out.Accounts = kept(o.catalog.Accounts(), func(a *catalog.Account) bool { return match(a.Name) && under(a.OUPath, c.In) })
	case "ous":
		out.OUs = kept(o.catalog.OUPaths(), func(path *string) bool { return match(*path) })
	case "iam-roles":
		for _, a := range o.iam.Accounts {
			if c.In == "" || string(a.Account) == c.In || accountName(o, a.Account) == c.In {
				out.IAMRoles = append(out.IAMRoles, kept(a.Roles, func(r *catalog.IAMRole) bool { return match(r.Name) })...)
			}
		}
	case "roles":
		out.Roles = kept(o.catalog.Roles(), func(r *catalog.Role) bool { return match(r.Name) })
	case "people":
		out.People = kept(o.catalog.People(), func(p *catalog.Person) bool { return match(p.Name) || match(p.Email) })
	case "groups":
		out.Groups = kept(o.catalog.Groups(), func(g *catalog.Group) bool { return match(g.Name) })
	}
	if c.json() {
		return printJSON(std.out, &out)
	}
	out.print(std, o)
	return nil
}

// under reports whether an account is in an OU or below it; no OU holds all.
func under(path, ou string) bool {
	ou = strings.TrimSuffix(ou, "/")
	return ou == "" || path == ou || strings.HasPrefix(path, ou+"/")
}

// accountName is an account by its name.
func accountName(o *organization, id catalog.AccountID) string {
	if a, ok := o.catalog.Account(id); ok {
		return a.Name
	}
	return ""
}

// wildcard reads a pattern without regard to case, as people do; an empty one matches all.
func wildcard(pattern string) *regexp.Regexp {
	if pattern == "" {
		pattern = "*"
	}
	return regexp.MustCompile("(?is)^" + strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern)) + "$")
}

func kept[T any](all []T, keep func(*T) bool) []T {
	out := []T{}
	for i := range all {
		if keep(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// print writes a line an entry.
func (l *listing) print(std streams, o *organization) {
	var t table
	for i := range l.Accounts {
		a := &l.Accounts[i]
		t.line(a.Name, string(a.ID), a.OUPath, tags(a), accountState(a))
	}
	for i := range l.Roles {
		r := &l.Roles[i]
		t.line(r.Name, string(r.ARN), policy.Duration(r.SessionDuration).String(), r.Ungrantable)
	}
	for i := range l.People {
		p := &l.People[i]
		t.line(p.Name, p.Email, string(p.ID), disabled(p))
	}
	for i := range l.Groups {
		t.line(l.Groups[i].Name, string(l.Groups[i].ID))
	}
	for _, path := range l.OUs {
		t.line(path)
	}
	for i := range l.IAMRoles {
		r := &l.IAMRoles[i]
		t.line(r.Name, string(r.Account), accountName(o, r.Account), strings.Join(r.Trusts, " "))
	}
	t.print(std.out)
	fmt.Fprintf(std.err, "%d, from %s\n", len(t), o.said(time.Now()))
}

func tags(a *catalog.Account) string {
	if a.TagsUnknown {
		return "(tags could not be read)"
	}
	out := make([]string, 0, len(a.Tags))
	for _, k := range slices.Sorted(maps.Keys(a.Tags)) {
		out = append(out, k+"="+a.Tags[k])
	}
	return strings.Join(out, " ")
}

func disabled(p *catalog.Person) string {
	if p.Disabled {
		return "disabled"
	}
	return ""
}
