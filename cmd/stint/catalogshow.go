package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
)

// catalogShowCmd is `stint catalog show`.
type catalogShowCmd struct {
	What string `arg:"" help:"Id, name or e-mail address of an account, an OU (/Production), a role, a person, a group or an IAM role."`
	source
	format
}

// Help documents the JSON.
func (catalogShowCmd) Help() string {
	return `Whatever has exactly this id, name or e-mail address is shown; where an account and a role share a name, both. With --format json: the shape of stint catalog list, with "accounts", "ous", "roles", "people", "groups" and "iam_roles" as far as something was found.`
}

// Run shows what has this id or name.
func (c *catalogShowCmd) Run(ctx context.Context, std streams) error {
	if err := c.one(true); err != nil {
		return err
	}
	o, ctx, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.EqualFold(n, c.What) })
	}
	isRole := func(r *catalog.Role) bool { return is(string(r.ARN), r.Name) }
	if o.catalog, err = o.withDetails(ctx, isRole); err != nil {
		return err
	}
	out := listing{
		From: o.from, AsOf: o.asOf,
		Accounts: kept(o.catalog.Accounts(), func(a *catalog.Account) bool { return is(string(a.ID), a.Name) }),
		Roles:    kept(o.catalog.Roles(), isRole),
		People:   kept(o.catalog.People(), func(p *catalog.Person) bool { return is(string(p.ID), p.UserName, p.Name, p.Email) }),
		Groups:   kept(o.catalog.Groups(), func(g *catalog.Group) bool { return is(string(g.ID), g.Name) }),
		OUs:      kept(o.catalog.OUPaths(), func(path *string) bool { return is(*path) }),
	}
	for _, a := range o.iam.Accounts {
		out.IAMRoles = append(out.IAMRoles, kept(a.Roles, func(r *catalog.IAMRole) bool { return is(r.Name, string(a.Account)+"/"+r.Name) })...)
	}
	if len(out.Accounts)+len(out.OUs)+len(out.IAMRoles)+len(out.Roles)+len(out.People)+len(out.Groups) == 0 {
		return o.nothing(c.What)
	}
	if c.json() {
		return printJSON(std.out, &out)
	}
	out.details(std.out, o)
	fmt.Fprintf(std.err, "from %s\n", o.said(time.Now()))
	return nil
}

// details writes all that is known, a line a fact.
func (l *listing) details(w io.Writer, o *organization) {
	b := o.browser()
	show := func(kind access.CatalogKind, what, id string) {
		d, err := b.Detail(kind, id)
		if err != nil {
			return
		}
		fmt.Fprintf(w, "%s %s\n", what, d.Name)
		for _, f := range d.Fields {
			value := f.Value
			switch {
			case f.Text != "":
				fmt.Fprintf(w, "  %s\n    %s\n", f.Label, strings.ReplaceAll(strings.TrimRight(f.Text, "\n"), "\n", "\n    "))
				continue
			case !f.At.IsZero():
				value = f.At.UTC().Format("2006-01-02 15:04 UTC")
			case len(f.Values) > 0:
				value = strings.Join(f.Values, ", ")
				if f.Left > 0 {
					value += fmt.Sprintf(" and %d more", f.Left)
				}
			}
			fmt.Fprintf(w, "  %-22s %s\n", f.Label, value)
		}
	}
	for i := range l.Accounts {
		show(access.KindAccount, "account", string(l.Accounts[i].ID))
	}
	for _, path := range l.OUs {
		show(access.KindOU, "OU", path)
	}
	for i := range l.Roles {
		show(access.KindRole, "role", string(l.Roles[i].ARN))
	}
	for i := range l.People {
		show(access.KindPerson, "person", string(l.People[i].ID))
	}
	for i := range l.Groups {
		show(access.KindGroup, "group", string(l.Groups[i].ID))
	}
	for i := range l.IAMRoles {
		show(access.KindIAMRole, "IAM role", string(l.IAMRoles[i].Account)+"/"+l.IAMRoles[i].Name)
	}
}

// nothing is the error for a name that nothing has, with what may have been meant.
func (o *organization) nothing(name string) error {
	near := catalog.Nearest(name, func(yield func(string) bool) {
		for _, a := range o.catalog.Accounts() {
			if !yield(a.Name) {
				return
			}
		}
		for _, r := range o.catalog.Roles() {
			if !yield(r.Name) {
				return
			}
		}
		for _, p := range o.catalog.People() {
			if !yield(p.Email) {
				return
			}
		}
		for _, g := range o.catalog.Groups() {
			if !yield(g.Name) {
				return
			}
		}
	})
	hint := "stint catalog list shows what there is."
	if len(near) > 0 {
		hint = "Did you mean " + strings.Join(near, " or ") + "?"
	}
	return fault.New(fault.NotFound, "cmd.show", fmt.Sprintf("Nothing in %s, is called %q.", o.said(time.Now()), name), hint)
}
