package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/awsconn"
	"stint/awsconn/trust"
)

// checkAWSCmd is `stint check aws`. It needs no Slack, no policy and no store, so that it
// can be run where the role in AWS is set up.
type checkAWSCmd struct {
	awsConnection
	Groups  []string      `help:"Ids of the groups whose membership may be granted."`
	Timeout time.Duration `help:"How long all checks together may take." default:"2m"`
}

// Run tries every permission and says what each missing one turns off.
func (c *checkAWSCmd) Run(ctx context.Context, std streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	connector, err := awsconn.New(ctx, c.awsConfig(), awsconn.Deps{Clock: wallClock{}, Logger: zerolog.Nop()})
	if err != nil {
		return err
	}
	groups := make([]catalog.GroupID, 0, len(c.Groups))
	for _, g := range c.Groups {
		groups = append(groups, catalog.GroupID(g))
	}
	checks, err := connector.CheckPermissions(ctx, groups)
	if err != nil {
		return err
	}
	counts := map[awsconn.PermissionState]int{}
	var feature string
	for _, check := range checks {
		counts[check.State]++
		if f := string(check.Feature); f != feature {
			feature = f
			fmt.Fprintf(std.out, "\n%s\n", feature)
		}
		mark := map[awsconn.PermissionState]string{awsconn.Allowed: "ok  ", awsconn.Missing: "FAIL", awsconn.Untried: "?   "}[check.State]
		fmt.Fprintf(std.out, "%s  %-54s %s\n", mark, check.Action, check.For)
		if check.State != awsconn.Allowed {
			fmt.Fprintf(std.out, "      %s\n", check.Note)
		}
		if check.State == awsconn.Missing {
			fmt.Fprintf(std.out, "      lost: %s\n", check.Lost)
		}
	}
	anchor := c.anchor(ctx, std, connector)
	if portal, err := connector.Portal(ctx); err == nil {
		fmt.Fprintln(std.out)
		printCheck(std.out, portal, "?   ")
	}
	fmt.Fprintf(std.out, "\n%d allowed, %d missing, %d not tried. Nothing was changed.\n", counts[awsconn.Allowed], counts[awsconn.Missing], counts[awsconn.Untried])
	if n := counts[awsconn.Missing]; n > 0 {
		return fault.Newf(fault.Forbidden, "cmd.check", "`stint setup aws` prints the policies of Stint's role; compare, and apply them anew.", "%d permission(s) are missing.", n)
	}
	return anchor
}

// anchor says whether the anchor group is as it must be; the error is that it is not.
func (c *checkAWSCmd) anchor(ctx context.Context, std streams, connector *awsconn.Connector) error {
	if c.AnchorGroup == "" {
		return nil
	}
	checks := connector.CheckAnchor(ctx, catalog.GroupID(c.AnchorGroup))
	fmt.Fprintf(std.out, "\n%s\n", trust.Anchors)
	for i, check := range checks {
		wrong := "FAIL"
		if i > 0 {
			wrong = "?   " // works all the same
		}
		printCheck(std.out, check, wrong)
	}
	if first := checks[0]; !first.OK {
		return fault.New(fault.Conflict, "cmd.anchor", first.Detail, first.Hint)
	}
	return nil
}

// printCheck writes a check with its mark, wrong when it is not OK, and what to do.
func printCheck(w io.Writer, check access.Check, wrong string) {
	mark := "ok  "
	if !check.OK {
		mark = wrong
	}
	fmt.Fprintf(w, "%s  %-54s %s\n", mark, check.Name, check.Detail)
	if check.Hint != "" {
		fmt.Fprintf(w, "      next: %s\n", check.Hint)
	}
}
