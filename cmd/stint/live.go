package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/awsconn"
	"stint/bot"
)

// liveOrganization reads accounts, roles, people and groups from AWS, and opens Slack.
// It needs no store and may run beside a bot.
func liveOrganization(ctx context.Context, conn *connection) (*organization, *bot.Workspace, error) {
	if err := conn.wrong().orNil(); err != nil {
		return nil, nil, err
	}
	clock := wallClock{}
	connector, err := awsconn.New(ctx, conn.awsConfig(), awsconn.Deps{Clock: clock, Logger: zerolog.Nop()})
	if err != nil {
		return nil, nil, err
	}
	data, err := connector.Catalog(ctx, nil, nil, func(access.SyncProgress) {})
	if err != nil {
		return nil, nil, notRead(err)
	}
	c, err := catalog.New(data)
	if err != nil {
		return nil, nil, err
	}
	workspace, err := bot.NewWorkspace(conn.slackOptions(clock))
	if err != nil {
		return nil, nil, err
	}
	d, err := identity.New(ctx, identity.Options{Slack: workspace, Center: connector, Pins: fixedPins(nil), Clock: clock})
	if err != nil {
		workspace.Close()
		return nil, nil, err
	}
	d.SetCatalog(c)
	done := func() { d.Close(); workspace.Close() }
	return &organization{catalog: c, directory: d, from: "Slack and AWS", asOf: c.AsOf(), live: true, brings: connector.Brings, details: connector.RoleDetails, close: done}, workspace, nil
}

// notRead is why AWS could not be read, for people.
func notRead(err error) error {
	what, next := sentence(err)
	if next == "" {
		next = "Run `stint check` with the same settings."
	}
	return fault.Wrap(err, fault.Unavailable, "cmd.live", "The organization cannot be read from AWS: "+what, next)
}

// meet reads the members of the sources and who they are, at the pace that Slack allows,
// until all are known or ctx ends.
func meet(ctx context.Context, d *identity.Directory, sources []policy.Source) error {
	if err := d.Refresh(ctx, sources, liveAge); err != nil {
		return err
	}
	d.Watch(sources)
	reading, stop := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { d.Run(reading) })
	defer run.Wait()
	defer stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		missing := strangers(d)
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fault.Wrap(ctx.Err(), fault.Unavailable, "cmd.meet", "Slack could not say in time who is in "+strings.Join(missing, ", ")+".", "Give it more time with --timeout.")
		}
	}
}

// strangers names the watched sources with members of whom nothing is known yet.
func strangers(d *identity.Directory) (names []string) {
	for _, s := range d.Health().Sources {
		if s.Readable && s.Unresolved > 0 {
			names = append(names, s.Name)
		}
	}
	return names
}

// everySource lists all that a policy could name as a set of people: user groups that are
// not disabled, private channels that Stint is in, and all groups of Identity Center.
func everySource(ctx context.Context, workspace *bot.Workspace, c *catalog.Catalog) ([]policy.Source, error) {
	var out []policy.Source
	groups, err := workspace.UserGroups(ctx)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "cmd.everySource", "Slack cannot be asked for its user groups.", "Run `stint check` with the same settings.")
	}
	for _, g := range groups {
		if !g.Deleted {
			out = append(out, policy.Source{Kind: policy.SourceUserGroup, ID: string(g.ID)})
		}
	}
	channels, err := workspace.Channels(ctx)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "cmd.everySource", "Slack cannot be asked for its channels.", "Run `stint check` with the same settings.")
	}
	for _, ch := range channels {
		if ch.Private && ch.Joined && !ch.Shared && !ch.Archived {
			out = append(out, policy.Source{Kind: policy.SourceChannel, ID: string(ch.ID)})
		}
	}
	for _, g := range c.Groups() {
		out = append(out, policy.Source{Kind: policy.SourceGroup, ID: string(g.ID)})
	}
	return out, nil
}
