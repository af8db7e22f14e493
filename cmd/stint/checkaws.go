package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/awsconn"
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
		mark := "ok  "
		if !portal.OK {
			mark = "?   "
		}
		fmt.Fprintf(std.out, "\n%s  %-54s %s\n", mark, portal.Name, portal.Detail)
		if portal.Hint != "" {
			fmt.Fprintf(std.out, "      next: %s\n", portal.Hint)
		}
	}
	fmt.Fprintf(std.out, "\n%d allowed, %d missing, %d not tried. Nothing was changed.\n", counts[awsconn.Allowed], counts[awsconn.Missing], counts[awsconn.Untried])
	if n := counts[awsconn.Missing]; n > 0 {
		return fault.Newf(fault.Forbidden, "cmd.check", "`stint setup aws` prints the policies of Stint's role; compare, and apply them anew.", "%d permission(s) are missing.", n)
	}
	return anchor
}

// anchor says whether the anchor group is there and empty; everybody in it would have every
// role that it anchors.
func (c *checkAWSCmd) anchor(ctx context.Context, std streams, connector *awsconn.Connector) error {
	if c.AnchorGroup == "" {
		return nil
	}
	facts, err := connector.GroupMembers(ctx, catalog.GroupID(c.AnchorGroup))
	if err == nil && len(facts.Members) > 0 {
		err = fault.Newf(fault.Conflict, "cmd.anchor", "Take everybody out of it: they have every role that it anchors.", "The anchor group %s is not empty: %d in it.", c.AnchorGroup, len(facts.Members))
	}
	if err != nil {
		fmt.Fprintf(std.out, "\nFAIL  %-54s %s\n", "Anchor group", err)
		return err
	}
	fmt.Fprintf(std.out, "\nok    %-54s %s is there and empty\n", "Anchor group", c.AnchorGroup)
	return nil
}
