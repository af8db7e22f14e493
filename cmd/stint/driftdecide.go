package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
)

// driftScope says which open findings are decided.
type driftScope struct {
	All     bool   `help:"Everything that is open."`
	Account string `help:"Only in this account: its id or name." placeholder:"ACCOUNT"`
	Role    string `help:"Only of this role: its name or ARN." placeholder:"ROLE"`
	Person  string `help:"Only of this person: e-mail address, user name or id." placeholder:"WHO"`
	Group   string `help:"Only of this group, and who is in it: its name or id." placeholder:"GROUP"`
	Match   string `help:"Only with these words in the names of account, role, or person or group." placeholder:"WORDS"`
	Author  string `required:"" help:"Who decides, for the record: a name or an e-mail address." placeholder:"WHO"`
	Yes     bool   `help:"Do it. Without this the findings are only listed."`
	location
}

// driftSnoozeCmd is `stint drift snooze`.
type driftSnoozeCmd struct {
	Until string `required:"" help:"The day until whose morning (9:00 UTC) they are hidden: 2026-12-01." placeholder:"DAY"`
	driftScope
}

// driftIgnoreCmd is `stint drift ignore`.
type driftIgnoreCmd struct {
	Reason string `required:"" help:"Why they are as they should be, for the record." placeholder:"WHY"`
	driftScope
}

// snoozeMorning is the hour at which a snooze ends on its day.
const snoozeMorning = 9 * time.Hour

// Run hides findings.
func (c *driftSnoozeCmd) Run(ctx context.Context, std streams) error {
	day, err := time.Parse(time.DateOnly, c.Until)
	if err != nil {
		return settingsError{"--until is a day like 2026-12-01."}
	}
	return c.decide(ctx, std, access.DriftDecision{Until: day.Add(snoozeMorning)}, "hidden until "+c.Until)
}

// Run ignores findings.
func (c *driftIgnoreCmd) Run(ctx context.Context, std streams) error {
	return c.decide(ctx, std, access.DriftDecision{Reason: c.Reason}, "ignored")
}

// decide lists what is decided, and does it when that was said.
func (c *driftScope) decide(ctx context.Context, std streams, d access.DriftDecision, done string) error {
	narrowed := c.Account+c.Role+c.Person+c.Group+c.Match != ""
	if narrowed == c.All {
		return settingsError{"Say which findings: --all, or what they have in common (--account, --role, --person, --group, --match)."}
	}
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	now := time.Now()
	var cat *catalog.Catalog
	var many access.DriftMany
	if err := db.View(ctx, func(tx access.Tx) error {
		if cat, err = storedCatalog(tx); err != nil {
			return err
		}
		scope, err := c.scope(cat)
		if err != nil {
			return err
		}
		many, err = access.OpenDrift(tx, cat, now, scope)
		return err
	}); err != nil {
		return err
	}
	var t table
	for _, f := range many.First {
		l := lineOf(f)
		t.line(visible(l.Name), visible(l.what()), visible(l.AccountName), string(l.Account))
	}
	t.print(std.out)
	if more := many.Total - len(many.First); more > 0 {
		fmt.Fprintf(std.out, "and %d more\n", more)
	}
	if !c.Yes || many.Total == 0 {
		fmt.Fprintf(std.err, "%d open. Nothing was changed; --yes does it.\n", many.Total)
		return nil
	}
	n, err := access.DecideDrift(ctx, db, cat, many.Scope, d, access.Actor{Name: c.Author}, now)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%d %s\n", n, done)
	return nil
}

// scope finds what the flags name.
func (c *driftScope) scope(cat *catalog.Catalog) (sc access.DriftScope, err error) {
	sc.Text = c.Match
	if cat == nil {
		return sc, fault.New(fault.Unavailable, "cmd.drift", "The store does not know the AWS organization yet.", "Start the bot once.")
	}
	data := cat.Data()
	for _, one := range []struct {
		flag, typed string
		find        func() (found bool)
	}{
		{"account", c.Account, func() (found bool) {
			for i := range data.Accounts {
				if a := &data.Accounts[i]; string(a.ID) == c.Account || a.Name == c.Account {
					found, sc.Account = sc.Account == "", a.ID
				}
			}
			return found
		}},
		{"role", c.Role, func() (found bool) {
			for i := range data.Roles {
				if r := &data.Roles[i]; string(r.ARN) == c.Role || r.Name == c.Role {
					found, sc.Role = sc.Role == "", r.ARN
				}
			}
			return found
		}},
		{"person", c.Person, func() (found bool) {
			for i := range data.People {
				if p := &data.People[i]; string(p.ID) == c.Person || strings.EqualFold(p.UserName, c.Person) || strings.EqualFold(p.Email, c.Person) {
					found, sc.Person = sc.Person == "", p.ID
				}
			}
			return found
		}},
		{"group", c.Group, func() (found bool) {
			for i := range data.Groups {
				if g := &data.Groups[i]; string(g.ID) == c.Group || g.Name == c.Group {
					found, sc.Group = sc.Group == "", g.ID
				}
			}
			return found
		}},
	} {
		if one.typed != "" && !one.find() {
			return sc, fault.Newf(fault.NotFound, "cmd.drift", "Give the id instead; stint catalog lists them.", "There is no --%s %q, or there are several.", one.flag, visible(one.typed))
		}
	}
	return sc, nil
}
