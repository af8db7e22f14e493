package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
)

// grantsCmd is `stint grants`.
type grantsCmd struct {
	List   grantsListCmd   `cmd:"" help:"List who has access through Stint now, soonest end first."`
	Show   grantsShowCmd   `cmd:"" help:"Show one grant: who decided it, until when, and what else there is to know."`
	Export grantsExportCmd `cmd:"" help:"Print it for other programs, a line a grant; with --all everything that was ever granted."`
}

// grantsListCmd is `stint grants list`.
type grantsListCmd struct {
	Match string `help:"Words that must be in the names of account, role or group, or person." placeholder:"WORDS"`
	location
}

// grantsExportCmd is `stint grants export`.
type grantsExportCmd struct {
	Format string `help:"csv or json." enum:"csv,json" default:"csv"`
	All    bool   `help:"Everything that was ever granted, not only what is held now."`
	Match  string `help:"Words that must be in the names of account, role or group, or person." placeholder:"WORDS"`
	location
}

// Help documents the columns.
func (grantsExportCmd) Help() string {
	return `The columns, and the fields of JSON lines: id, state, person, name, account, account_name, role, group, start, end, ended_at, end_reason, asked_by, approved_by (names, with commas; empty where no approval was asked for), rule, emergency, ticket, reason, request, contested_by (who gave the same in AWS while it was there; "somebody" where AWS does not say).`
}

// grantLine is one grant for programs.
type grantLine struct {
	ID          access.GrantID    `json:"id"`
	State       access.GrantState `json:"state"`
	Person      catalog.PersonID  `json:"person"`
	Name        string            `json:"name"`
	Account     catalog.AccountID `json:"account,omitempty"`
	AccountName string            `json:"account_name,omitempty"`
	Role        string            `json:"role,omitempty"`
	Group       string            `json:"group,omitempty"`
	Start       time.Time         `json:"start"`
	End         time.Time         `json:"end"`
	EndedAt     time.Time         `json:"ended_at,omitzero"`
	EndReason   access.EndReason  `json:"end_reason,omitempty"`
	AskedBy     string            `json:"asked_by"`
	ApprovedBy  []string          `json:"approved_by,omitempty"`
	Rule        string            `json:"rule"`
	Emergency   bool              `json:"emergency,omitempty"`
	Ticket      string            `json:"ticket,omitempty"`
	Reason      string            `json:"reason"`
	Request     access.RequestID  `json:"request"`
	ContestedBy string            `json:"contested_by,omitempty"`
}

func grantLineOf(g access.Grant, it access.ItemView, r access.Request) grantLine {
	l := grantLine{
		ID: g.ID, State: g.State, Person: g.Key.Person, Name: g.Holder.Name, Start: g.Start, End: g.End, EndedAt: g.EndedAt, EndReason: g.EndReason,
		AskedBy: r.Asker.Name, Rule: r.Terms.Rule, Emergency: r.Terms.Emergency, Ticket: r.Ticket, Reason: r.Reason, Request: r.ID,
	}
	if g.Key.IsGroup() {
		l.Group = it.Group.Name
	} else {
		l.Account, l.AccountName, l.Role = g.Key.Account, it.Account.Name, it.Role.Name
	}
	for _, v := range r.Reviews {
		if v.Verdict == access.Approve {
			l.ApprovedBy = append(l.ApprovedBy, v.By.Name)
		}
	}
	return l
}

func grantHeader() []string {
	return []string{
		"id", "state", "person", "name", "account", "account_name", "role", "group", "start", "end", "ended_at", "end_reason",
		"asked_by", "approved_by", "rule", "emergency", "ticket", "reason", "request", "contested_by",
	}
}

// columns are the line's fields in the order of grantHeader.
func (l grantLine) columns() []string {
	emergency := ""
	if l.Emergency {
		emergency = "yes"
	}
	return []string{
		string(l.ID), string(l.State), string(l.Person), l.Name, string(l.Account), l.AccountName, l.Role, l.Group, stamp(l.Start), stamp(l.End), stamp(l.EndedAt), string(l.EndReason),
		l.AskedBy, strings.Join(l.ApprovedBy, ", "), l.Rule, emergency, l.Ticket, l.Reason, string(l.Request), l.ContestedBy,
	}
}

// contestedBy is who gave in AWS what a grant gives, while it is there; "" for nobody.
func contestedBy(tx access.Tx, g access.Grant) (string, error) {
	a, err := tx.Assignment(g.Key)
	if err != nil || g.State != access.Live || !a.Contested {
		return "", err
	}
	return cmp.Or(a.ContestedBy, "somebody"), nil
}

// stamp is a time for programs; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// readGrants calls each for the grants of a store that match.
func readGrants(ctx context.Context, l *location, all bool, match string, each func(grantLine) error) error {
	db, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.View(ctx, func(tx access.Tx) error {
		c, err := storedCatalog(tx)
		if err != nil {
			return err
		}
		return access.ListGrants(tx, c, all, func(g access.Grant, it access.ItemView, r access.Request) error {
			line := grantLineOf(g, it, r)
			if line.ContestedBy, err = contestedBy(tx, g); err != nil {
				return err
			}
			names := strings.ToLower(strings.Join([]string{line.Name, line.AccountName, string(line.Account), line.Role, line.Group}, " "))
			for _, word := range strings.Fields(strings.ToLower(match)) {
				if !strings.Contains(names, word) {
					return nil
				}
			}
			return each(line)
		})
	})
}

// Run lists who has access now.
func (c *grantsListCmd) Run(ctx context.Context, std streams) error {
	var t table
	now := time.Now()
	err := readGrants(ctx, &c.location, false, c.Match, func(l grantLine) error {
		what, until := l.Role+" in "+l.AccountName, "until "+l.End.UTC().Format(time.DateTime)
		if l.Group != "" {
			what = "group " + l.Group
		}
		switch {
		case l.State == access.Ended:
			until = "ended " + l.EndedAt.UTC().Format(time.DateTime) + ", being taken away"
		case l.Start.After(now):
			until = "from " + l.Start.UTC().Format(time.DateTime) + " " + until
		}
		note := visible(l.Reason)
		if l.ContestedBy != "" {
			note = "given in AWS too, by " + visible(l.ContestedBy) + "; " + note
		}
		t.line(visible(l.Name), visible(what), string(l.Account), until, note)
		return nil
	})
	if err != nil {
		return err
	}
	t.print(std.out)
	fmt.Fprintf(std.err, "%d in all, times in UTC\n", len(t))
	return nil
}

// Run prints grants for programs.
func (c *grantsExportCmd) Run(ctx context.Context, std streams) error {
	lines := func(each func(grantLine) error) error {
		return readGrants(ctx, &c.location, c.All, c.Match, each)
	}
	if c.Format == "csv" {
		return tabled(std.out, grantHeader(), grantLine.columns, lines)
	}
	return jsonLines(std.out, lines)
}
