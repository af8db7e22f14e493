package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
)

// driftCmd is `stint drift`.
type driftCmd struct {
	List   driftListCmd   `cmd:"" help:"List what AWS holds and nobody granted through Stint, as the last scan found it."`
	Snooze driftSnoozeCmd `cmd:"" help:"Hide open findings until a day: those of an account, a role, a person or a group, or all."`
	Ignore driftIgnoreCmd `cmd:"" help:"Say that open findings are as they should be, and why."`
	Export driftExportCmd `cmd:"" help:"Print all of it for other programs, a line an assignment."`
}

// driftListCmd is `stint drift list`.
type driftListCmd struct {
	State string `help:"open, snoozed, ignored, removing, or expected: what was there before Stint looked first." enum:"open,snoozed,ignored,removing,expected" default:"open"`
	Match string `help:"Words that must be in the names of account, role, or person or group." placeholder:"WORDS"`
	location
	format
}

// Help documents the JSON.
func (driftListCmd) Help() string {
	return `With --format json: {"scanned_at", "expected", "open", "snoozed", "ignored", "removing", "assignments": [...]}, each entry as a line of stint drift export --format json.`
}

// driftExportCmd is `stint drift export`.
type driftExportCmd struct {
	Format string `help:"csv or json." enum:"csv,json" default:"csv"`
	Match  string `help:"Words that must be in the names of account, role, or person or group." placeholder:"WORDS"`
	location
}

// Help documents the columns.
func (driftExportCmd) Help() string {
	return `The columns, and the fields of JSON lines: state, account, account_name, role, role_arn, kind (person, group, or membership: a person in a group), id, name, email, found_at, by (who gave it, where AWS said so), until (of a snooze), decided_by, reason, group, group_name (of a membership; account and role are empty then). Findings come first, then what is expected.`
}

// driftLine is one assignment for programs.
type driftLine struct {
	State       access.FindingState `json:"state"`
	Account     catalog.AccountID   `json:"account"`
	AccountName string              `json:"account_name"`
	Role        string              `json:"role"`
	RoleARN     catalog.RoleARN     `json:"role_arn"`
	Kind        string              `json:"kind"`
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Email       string              `json:"email,omitempty"`
	FoundAt     time.Time           `json:"found_at,omitzero"`
	By          string              `json:"by,omitempty"`
	Until       time.Time           `json:"until,omitzero"`
	DecidedBy   string              `json:"decided_by,omitempty"`
	Reason      string              `json:"reason,omitempty"`
	Group       catalog.GroupID     `json:"group,omitempty"`
	GroupName   string              `json:"group_name,omitempty"`
}

func lineOf(v access.FindingView) driftLine {
	a, f := v.Assignment, v.Finding
	l := driftLine{
		State: v.State, Account: a.Account, AccountName: v.Item.Account.Name, Role: v.Item.Role.Name, RoleARN: a.Role,
		Kind: "person", ID: string(a.Person), Name: v.Who, Email: v.WhoDetail, FoundAt: f.FoundAt, By: f.By,
	}
	switch {
	case a.IsMembership():
		l.Kind, l.Group, l.GroupName = "membership", a.Group, v.Item.Group.Name
	case a.Group != "":
		l.Kind, l.ID, l.Email = "group", string(a.Group), ""
	}
	switch {
	case v.State == access.FindingSnoozed:
		l.Until, l.DecidedBy = f.Snoozed.Until, f.Snoozed.By.Name
	case v.State == access.FindingIgnored:
		l.DecidedBy, l.Reason = f.Ignored.By.Name, f.Ignored.Reason
	case v.State == access.FindingRemoving:
		l.DecidedBy, l.Reason = f.Removal.By.Name, f.Removal.Reason
	}
	return l
}

// what is the role, or the group that the person is in.
func (l driftLine) what() string {
	if l.Kind == "membership" {
		return "member of " + l.GroupName
	}
	return l.Role
}

// columns are the line's fields in the order of driftHeader.
func (l driftLine) columns() []string {
	at := stamp
	return []string{
		string(l.State), string(l.Account), l.AccountName, l.Role, string(l.RoleARN), l.Kind, l.ID, l.Name, l.Email,
		at(l.FoundAt), l.By, at(l.Until), l.DecidedBy, l.Reason, string(l.Group), l.GroupName,
	}
}

func driftHeader() []string {
	return []string{"state", "account", "account_name", "role", "role_arn", "kind", "id", "name", "email", "found_at", "by", "until", "decided_by", "reason", "group", "group_name"}
}

// readDrift calls each for what a store holds in a state, and returns how far the search is.
func readDrift(ctx context.Context, l *location, q access.DriftQuery, states []access.FindingState, each func(access.FindingView) error) (d access.DriftState, err error) {
	db, err := l.open(ctx)
	if err != nil {
		return d, err
	}
	defer func() { _ = db.Close() }()
	err = db.View(ctx, func(tx access.Tx) error {
		c, err := storedCatalog(tx)
		if err != nil {
			return err
		}
		for _, q.State = range states {
			list, err := access.ListDrift(tx, c, time.Now(), q)
			if err != nil {
				return err
			}
			d = list.State
			for i := range list.Len() {
				if err := each(list.At(i)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return d, err
}

// storedCatalog is what a bot read last; nil where it has not yet.
func storedCatalog(tx access.Tx) (*catalog.Catalog, error) {
	packed, err := tx.Blob(blobCatalog)
	if err != nil || len(packed) == 0 {
		return nil, err
	}
	data, err := catalog.Decode(packed)
	if err != nil {
		return nil, err
	}
	return catalog.New(*data)
}

// Run lists one state.
func (c *driftListCmd) Run(ctx context.Context, std streams) error {
	var lines []driftLine
	d, err := readDrift(ctx, &c.location, access.DriftQuery{Text: c.Match}, []access.FindingState{access.FindingState(c.State)}, func(v access.FindingView) error {
		lines = append(lines, lineOf(v))
		return nil
	})
	if err != nil {
		return err
	}
	if c.json() {
		return printJSON(std.out, map[string]any{
			"scanned_at": d.Last.Finished, "expected": d.Expected, "open": d.Counts.Open, "snoozed": d.Counts.Snoozed,
			"ignored": d.Counts.Ignored, "removing": d.Counts.Removing, "assignments": append([]driftLine{}, lines...),
		})
	}
	var t table
	for _, l := range lines {
		note := l.Reason
		if !l.Until.IsZero() {
			note = "until " + l.Until.UTC().Format(time.DateOnly)
		}
		found := ""
		if !l.FoundAt.IsZero() {
			found = l.FoundAt.UTC().Format(time.DateTime)
		}
		t.line(visible(l.Name), visible(l.what()), visible(l.AccountName), string(l.Account), l.Kind, found, visible(note))
	}
	t.print(std.out)
	scanned := "AWS has not been searched yet: start a scan with /jit-config drift"
	if !d.Last.Finished.IsZero() {
		scanned = "last scan " + d.Last.Finished.UTC().Format(time.DateTime) + " UTC"
	}
	fmt.Fprintf(std.err, "%d %s, %s\n", len(t), c.State, scanned)
	return nil
}

// visible is typed text without what controls a terminal.
func visible(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }), " ")
}

// Run prints everything.
func (c *driftExportCmd) Run(ctx context.Context, std streams) error {
	states := []access.FindingState{access.FindingOpen, access.FindingSnoozed, access.FindingIgnored, access.FindingRemoving, access.FindingExpected}
	lines := func(each func(driftLine) error) error {
		_, err := readDrift(ctx, &c.location, access.DriftQuery{Text: c.Match}, states, func(v access.FindingView) error { return each(lineOf(v)) })
		return err
	}
	if c.Format == "csv" {
		return tabled(std.out, driftHeader(), driftLine.columns, lines)
	}
	return jsonLines(std.out, lines)
}
