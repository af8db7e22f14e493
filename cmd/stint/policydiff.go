package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/policy"
)

// policyDiffCmd is `stint policy diff`.
type policyDiffCmd struct {
	Old      string `arg:"" help:"Policy file before."`
	New      string `arg:"" help:"Policy file after."`
	ExitCode bool   `help:"Exit with 3 when they differ."`
	source
	format
}

// Help says what needs an organization.
func (policyDiffCmd) Help() string {
	return `Without --catalog, --data or --live it says what differs in the files. With one of them also what that means: how many people may request what they could not before, and the other way round.`
}

// differing is the answer for programs.
type differing struct {
	Old     fileVersion     `json:"old"`
	New     fileVersion     `json:"new"`
	Changes []policy.Change `json:"changes"`
	// Impact is null without an organization.
	Impact *impact   `json:"impact"`
	Names  *lookedUp `json:"names"`
}

type fileVersion struct {
	File    string `json:"file"`
	Version string `json:"version"`
}

// impact is policy.Impact with names for its fields.
type impact struct {
	Before    policy.Opening `json:"before"`
	After     policy.Opening `json:"after"`
	Gained    policy.Shift   `json:"gained"`
	Lost      policy.Shift   `json:"lost"`
	Eased     policy.Shift   `json:"eased"`
	Tightened policy.Shift   `json:"tightened"`
}

// Run compares.
func (c *policyDiffCmd) Run(ctx context.Context, std streams) error {
	if err := c.one(false); err != nil {
		return err
	}
	o, ctx, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	before, err := mustLoad(ctx, c.Old, o)
	if err != nil {
		return err
	}
	after, err := mustLoad(ctx, c.New, o)
	if err != nil {
		return err
	}
	out := differing{
		Old: fileVersion{c.Old, before.policy.Version()}, New: fileVersion{c.New, after.policy.Version()},
		Changes: policy.Diff(before.policy.Spec(), after.policy.Spec()), Names: o.lookedUp(),
	}
	if out.Changes == nil {
		out.Changes = []policy.Change{}
	}
	if o != nil {
		facts, err := o.facts(ctx, before.policy, after.policy)
		if err != nil {
			return err
		}
		i := impact(policy.Compare(before.policy, after.policy, o.catalog, facts, time.Now()))
		out.Impact = &i
	}
	if c.json() {
		err = printJSON(std.out, out)
	} else {
		out.print(std.out, o)
	}
	if err == nil && c.ExitCode && len(out.Changes) > 0 {
		err = errAnswer
	}
	return err
}

func (out *differing) print(w io.Writer, o *organization) {
	if len(out.Changes) == 0 {
		fmt.Fprintln(w, "The policies say the same.")
		return
	}
	for _, c := range out.Changes {
		printChange(w, c)
	}
	if out.Impact == nil {
		fmt.Fprintln(w, "What that means for people: give --catalog FILE, --data DIR or --live.")
		return
	}
	fmt.Fprintf(w, "\nbefore     %s\nafter      %s\n", opening(out.Impact.Before), opening(out.Impact.After))
	for _, s := range []struct {
		name  string
		shift policy.Shift
	}{{"gained", out.Impact.Gained}, {"lost", out.Impact.Lost}, {"eased", out.Impact.Eased}, {"tightened", out.Impact.Tightened}} {
		printShift(w, o, s.name, s.shift)
	}
	fmt.Fprintf(w, "names: %s\n", o.said(time.Now()))
}

// wide is how long a line may be before the two values of a change get one each.
const wide = 120

// printChange writes a change on a line, or on three when its values are long.
func printChange(w io.Writer, c policy.Change) {
	line := fmt.Sprintf("%-8s %s: ", c.Kind, c.Title)
	switch {
	case c.Before == "" || c.After == "":
		fmt.Fprintf(w, "%s%s\n", line, c.Before+c.After)
	case utf8.RuneCountInString(line+c.Before+c.After) > wide:
		fmt.Fprintf(w, "%s\n    - %s\n    + %s\n", strings.TrimRight(line, " "), c.Before, c.After)
	default:
		fmt.Fprintf(w, "%s%s → %s\n", line, c.Before, c.After)
	}
}

// opening is "212 entitlements in 14 accounts for 86 people".
func opening(n policy.Opening) string {
	most := ""
	if n.AtMost {
		most = "at most "
	}
	in := plural(n.Accounts, "account", "accounts")
	switch {
	case n.Groups > 0 && n.Accounts > 0:
		in += " and " + plural(n.Groups, "group", "groups")
	case n.Groups > 0:
		in = plural(n.Groups, "group", "groups")
	}
	return fmt.Sprintf("%s%s in %s for %s", most, plural(n.Entitlements, "entitlement", "entitlements"), in, plural(n.People, "person", "people"))
}

func printShift(w io.Writer, o *organization, name string, s policy.Shift) {
	if s.Pairs == 0 {
		fmt.Fprintf(w, "%-10s nothing\n", name)
		return
	}
	groups := ""
	if s.Groups > 0 {
		groups = fmt.Sprintf(" (of them %s)", plural(s.Groups, "group", "groups"))
	}
	fmt.Fprintf(w, "%-10s %s%s for %s\n", name, plural(s.Entitlements, "entitlement", "entitlements"), groups, plural(s.People, "person", "people"))
	for _, e := range s.Examples {
		fmt.Fprintf(w, "           %s, %s", o.directory.PersonName(e.Person), o.entitlement(e))
		switch {
		case e.Before != "" && e.After != "" && e.Before != e.After:
			fmt.Fprintf(w, ": “%s” → “%s”", e.Before, e.After)
		case e.Before+e.After != "":
			fmt.Fprintf(w, ": “%s”", cmp.Or(e.Before, e.After))
		}
		fmt.Fprintln(w)
	}
}

// entitlement is "ReadOnly in prod-billing"; ids where a name is not known any more.
func (o *organization) entitlement(e policy.Example) string {
	if e.Group != "" {
		name := string(e.Group)
		if g, ok := o.catalog.Group(e.Group); ok {
			name = g.Name
		}
		return "membership in " + name
	}
	role, account := string(e.Role), string(e.Account)
	if r, ok := o.catalog.Role(e.Role); ok {
		role = r.Name
	}
	if a, ok := o.catalog.Account(e.Account); ok {
		account = a.Name
	}
	return role + " in " + account
}
