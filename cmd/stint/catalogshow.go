package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// catalogShowCmd is `stint catalog show`.
type catalogShowCmd struct {
	What string `arg:"" help:"Id, name or e-mail address of an account, a role, a person or a group."`
	source
	format
}

// Help documents the JSON.
func (catalogShowCmd) Help() string {
	return `Whatever has exactly this id, name or e-mail address is shown; where an account and a role share a name, both. With --format json: the shape of stint catalog list, with "accounts", "roles", "people" and "groups" as far as something was found.`
}

// Run shows what has this id or name.
func (c *catalogShowCmd) Run(ctx context.Context, std streams) error {
	if err := c.one(true); err != nil {
		return err
	}
	o, _, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.EqualFold(n, c.What) })
	}
	out := listing{
		From: o.from, AsOf: o.asOf,
		Accounts: kept(o.catalog.Accounts(), func(a *catalog.Account) bool { return is(string(a.ID), a.Name) }),
		Roles:    kept(o.catalog.Roles(), func(r *catalog.Role) bool { return is(string(r.ARN), r.Name) }),
		People:   kept(o.catalog.People(), func(p *catalog.Person) bool { return is(string(p.ID), p.UserName, p.Name, p.Email) }),
		Groups:   kept(o.catalog.Groups(), func(g *catalog.Group) bool { return is(string(g.ID), g.Name) }),
	}
	if len(out.Accounts)+len(out.Roles)+len(out.People)+len(out.Groups) == 0 {
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
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-12s %s\n", name, value)
		}
	}
	for i := range l.Accounts {
		a := &l.Accounts[i]
		fmt.Fprintf(w, "account %s\n", a.Name)
		line("id", string(a.ID))
		line("OU", a.OUPath)
		line("tags", tags(a))
		line("state", string(a.State))
		line("cannot", a.Ungrantable)
	}
	for i := range l.Roles {
		r := &l.Roles[i]
		fmt.Fprintf(w, "role %s\n", r.Name)
		line("arn", string(r.ARN))
		line("description", r.Description)
		line("sessions", policy.Duration(r.SessionDuration).String())
		line("cannot", r.Ungrantable)
	}
	for i := range l.People {
		p := &l.People[i]
		fmt.Fprintf(w, "person %s\n", p.Name)
		line("id", string(p.ID))
		line("e-mail", p.Email)
		line("user name", p.UserName)
		line("state", disabled(p))
	}
	for i := range l.Groups {
		g := &l.Groups[i]
		fmt.Fprintf(w, "group %s\n", g.Name)
		line("id", string(g.ID))
		line("members", o.members(g))
	}
}

// members names who is in an Identity Center group, as far as it was read.
func (o *organization) members(g *catalog.Group) string {
	ids, known := o.directory.Snapshot().Members(policy.Source{Kind: policy.SourceGroup, ID: string(g.ID)})
	if !known {
		return "(not read)"
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = o.directory.PersonName(id)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
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
