package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

// policySimulateCmd is `stint policy simulate`.
type policySimulateCmd struct {
	File     string `arg:"" help:"Policy file to try (YAML)."`
	Against  string `help:"Policy file to compare with. The policy that is kept in the store when not given." placeholder:"OLD"`
	Requests string `help:"Where the requests are: a data directory that no bot runs on, or a backup of its store. The database when not given." placeholder:"DIR_OR_BACKUP"`
	Days     int    `help:"How many days back." default:"90"`
	ExitCode bool   `help:"Exit with 3 when a request comes out differently."`
	source
	format
}

// Help says what is looked up where.
func (policySimulateCmd) Help() string {
	return `Each request is decided again by both policies, with the organization and the people of today and at the time of the request. Names are looked up where the requests are, unless --catalog, --data or --live says otherwise.`
}

// simulated is the answer for programs.
type simulated struct {
	Since       time.Time   `json:"since"`
	Requests    int         `json:"requests"` // looked at
	Differences []different `json:"differences"`
	Names       *lookedUp   `json:"names"`
}

// different is a request that comes out differently, for one of its entitlements.
type different struct {
	Request string    `json:"request"`
	At      time.Time `json:"at"`
	Person  named     `json:"person"`
	Account *named    `json:"account,omitempty"`
	Role    *named    `json:"role,omitempty"`
	Group   *named    `json:"group,omitempty"` // instead of account and role
	For     string    `json:"for"`
	What    string    `json:"what"`
	Harder  bool      `json:"harder"`
	Before  decided   `json:"before"`
	After   decided   `json:"after"`
	what    string    // "ReadOnly in prod-billing"
}

type decided struct {
	Outcome policy.Outcome `json:"outcome"`
	Rule    string         `json:"rule,omitempty"`
}

// Run decides again.
func (c *policySimulateCmd) Run(ctx context.Context, std streams) error {
	if c.Days < 1 {
		return usage{errors.New("--days must be at least 1")}
	}
	// A database that is not typed beside --requests is not meant; without, it is first of all
	// where the requests are.
	if c.Requests != "" && !c.named {
		c.Database = ""
	}
	c.named = c.named && c.Requests != ""
	if err := c.one(false); err != nil {
		return err
	}
	db, closeStore, err := c.record(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	o, ctx, done, err := c.openOr(ctx, db)
	if err != nil {
		return err
	}
	defer done()
	after, err := mustLoad(ctx, c.File, o)
	if err != nil {
		return err
	}
	before, err := c.before(ctx, db, o)
	if err != nil {
		return err
	}
	facts, err := o.facts(ctx, before, after.policy)
	if err != nil {
		return err
	}
	out := simulated{Since: time.Now().AddDate(0, 0, -c.Days).UTC(), Differences: []different{}, Names: o.lookedUp()}
	asked, err := requestsSince(ctx, db, out.Since)
	if err != nil {
		return err
	}
	out.Requests = len(asked)
	out.decide(before, after.policy, o, facts, asked)
	if c.json() {
		err = printJSON(std.out, out)
	} else {
		out.print(std.out, c.Days)
		fmt.Fprintf(std.err, "names: %s\n", o.said(time.Now()))
	}
	if err == nil && c.ExitCode && len(out.Differences) > 0 {
		err = errAnswer
	}
	return err
}

// record opens where the requests are.
func (c *policySimulateCmd) record(ctx context.Context) (db store, done func(), err error) {
	if c.Requests != "" {
		return openRecord(c.Requests)
	}
	if c.Database == "" {
		return nil, nil, usage{errors.New("give --requests DIR_OR_BACKUP, or --database-url URL")}
	}
	if db, err = (&location{database: c.database}).open(ctx); err != nil {
		return nil, nil, err
	}
	return db, func() { _ = db.Close() }, nil
}

// openOr opens the named organization, or the one beside the requests.
func (c *policySimulateCmd) openOr(ctx context.Context, db store) (*organization, context.Context, func(), error) {
	o, bounded, done, err := c.open(ctx)
	if err != nil || o != nil {
		return o, bounded, done, err
	}
	done()
	if o, err = storedOrganization(ctx, db, "the store in "+c.Requests); err != nil {
		return nil, nil, nil, err
	}
	return o, ctx, o.close, nil
}

// before is the policy to compare with.
func (c *policySimulateCmd) before(ctx context.Context, db store, o *organization) (*policy.Policy, error) {
	if c.Against != "" {
		l, err := mustLoad(ctx, c.Against, o)
		if err != nil {
			return nil, err
		}
		return l.policy, nil
	}
	r, err := keptRevision(ctx, db, 0)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.Wrap(err, fault.NotFound, "cmd.simulate", "The store keeps no policy to compare with.", "Give --against FILE.")
	}
	if err != nil {
		return nil, err
	}
	names, err := o.names(ctx)
	if err != nil {
		return nil, err
	}
	p, problems := policy.Compile(r.Spec, "", names)
	if p == nil {
		return nil, fmt.Errorf("the policy in force does not fit the organization any more:\n%s", problemLines(problems))
	}
	return p, nil
}

// requestsSince lists requests, newest first.
func requestsSince(ctx context.Context, db store, since time.Time) (asked []access.Request, err error) {
	err = db.View(ctx, func(tx access.Tx) error {
		all, err := tx.Requests(access.RequestFilter{})
		for _, r := range all {
			if !r.SubmittedAt.Before(since) {
				asked = append(asked, r)
			}
		}
		return err
	})
	return asked, err
}

func (out *simulated) decide(before, after *policy.Policy, o *organization, facts policy.Facts, asked []access.Request) {
	var trials []policy.Trial
	var of []access.Request // whose each trial is
	for _, r := range asked {
		for _, e := range r.Entitlements {
			q := policy.Query{
				Asker: r.Asker.Person, Receiver: r.Receiver.Person, Account: e.Account, Role: e.Role, Group: e.Group,
				At: r.SubmittedAt, Emergency: r.Terms.Emergency, Ticket: r.Ticket, AnyAge: true,
			}
			trials, of = append(trials, policy.Trial{Query: q, Duration: r.Duration, Reason: r.Reason}), append(of, r)
		}
	}
	for _, d := range policy.Simulate(before, after, o.catalog, facts, trials) {
		t, r := trials[d.Index], of[d.Index]
		x := different{
			Request: string(r.ID), At: r.SubmittedAt.UTC(), Person: o.named(t.Query.Receiver),
			For:  policy.Duration(t.Duration).String(),
			What: d.What, Harder: d.Harder, Before: decided{d.Before.Outcome, d.Before.Rule}, After: decided{d.After.Outcome, d.After.Rule},
		}
		x.about(o, t.Query)
		out.Differences = append(out.Differences, x)
	}
}

// about names what was asked for; what left the catalog keeps its id.
func (x *different) about(o *organization, q policy.Query) {
	if q.Group != "" {
		x.Group = &named{ID: string(q.Group)}
		if g, ok := o.catalog.Group(q.Group); ok {
			x.Group.Name = g.Name
		}
	} else {
		x.Account, x.Role = &named{ID: string(q.Account)}, &named{ID: string(q.Role)}
		if a, ok := o.catalog.Account(q.Account); ok {
			x.Account.Name = a.Name
		}
		if role, ok := o.catalog.Role(q.Role); ok {
			x.Role.Name = role.Name
		}
	}
	x.what = o.entitlement(policy.Example{Account: q.Account, Role: q.Role, Group: q.Group})
}

func (out *simulated) print(w io.Writer, days int) {
	fmt.Fprintf(w, "%s of the last %s, %s differently\n", plural(out.Requests, "request", "requests"), plural(days, "day", "days"), plural(len(out.Differences), "comes out", "come out"))
	for _, d := range out.Differences {
		fmt.Fprintf(w, "  %s  %s, %s for %s: %s\n", d.At.Format("2006-01-02 15:04"), d.Person.Name, d.what, d.For, d.What)
	}
}
