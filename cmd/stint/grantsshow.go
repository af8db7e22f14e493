package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stint/access"
	"stint/access/fault"
)

// grantsShowCmd is `stint grants show`.
type grantsShowCmd struct {
	Grant string `arg:"" help:"Its id, as stint grants export prints it."`
	location
	format
}

// Help documents the JSON.
func (grantsShowCmd) Help() string {
	return `With --format json: the fields of a line of stint grants export --format json.`
}

// Run prints one grant.
func (c *grantsShowCmd) Run(ctx context.Context, std streams) error {
	var found *grantLine
	if err := readGrants(ctx, &c.location, true, "", func(l grantLine) error {
		if string(l.ID) == c.Grant {
			found = &l
		}
		return nil
	}); err != nil {
		return err
	}
	if found == nil {
		return fault.New(fault.NotFound, "stint grants show", "There is no grant "+visible(c.Grant)+".", "`stint grants export --all` lists them with their ids.")
	}
	if c.json() {
		return printJSON(std.out, found)
	}
	for _, line := range found.said() {
		fmt.Fprintf(std.out, "%-12s %s\n", line[0]+":", visible(line[1]))
	}
	return nil
}

// said is a grant in lines for people: what, and its value.
func (l *grantLine) said() (lines [][2]string) {
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, [2]string{name, value})
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.DateTime) + " UTC"
	}
	add("Grant", string(l.ID)+", of request "+string(l.Request))
	add("State", string(l.State))
	add("Who", l.Name)
	if l.Group != "" {
		add("What", "membership in "+l.Group)
	} else {
		add("What", l.Role+" in "+l.AccountName+" ("+string(l.Account)+")")
	}
	add("From", at(l.Start))
	add("Until", at(l.End))
	if l.State == access.Ended {
		add("Ended", at(l.EndedAt)+", "+string(l.EndReason))
	}
	add("Asked by", l.AskedBy)
	add("Approved by", strings.Join(l.ApprovedBy, ", "))
	add("Rule", l.Rule)
	add("Ticket", l.Ticket)
	add("Reason", l.Reason)
	if l.Emergency {
		add("Emergency", "yes")
	}
	if l.ContestedBy != "" {
		add("Given twice", "in AWS too, by "+l.ContestedBy+". AWS keeps one assignment for both: it goes when this grant ends. If it is meant to stay, give it again in AWS after that.")
	}
	return lines
}
