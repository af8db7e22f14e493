package main

import (
	"context"
	"errors"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
	"stint/awsconn"
	"stint/bot"
	"stint/ticket"
)

// app is the whole bot, wired: the same for serve, for the sandbox and for tests.
type app struct {
	store     store
	connector *awsconn.Connector
	workspace *bot.Workspace
	directory *identity.Directory
	service   *access.Service
	bot       *bot.Bot
	policy    *policyFile
	resting   *access.Check  // a policy edited in Slack that a file is in the place of; nil for none
	tickets   *ticket.Client // nil: no ticket service is set up
	operators *operators     // nil when nothing is listened on
	clock     access.Clock
	log       zerolog.Logger
	jobs      []job
}

// appConfig is what differs between serve, the sandbox and tests.
type appConfig struct {
	settings
	clock access.Clock
	log   zerolog.Logger
	// aws is appended to the SDK's own chain; empty for serve.
	aws []func(*awsconfig.LoadOptions) error
	// trace is given to the service; nil but in tests and benchmarks.
	trace func(point string, key access.Key)
}

// newApp opens the store and wires every part. It asks neither Slack nor AWS for
// anything: a bot that starts while one of them is away still takes access away.
func newApp(ctx context.Context, cfg appConfig) (a *app, err error) {
	a = &app{clock: cfg.clock, log: cfg.log}
	defer func(opened *app) { // a is nil again where an error is returned
		if err != nil {
			opened.close()
		}
	}(a)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.store, err = cfg.open(ctx); err != nil {
		return nil, err
	}
	if a.connector, err = awsconn.New(ctx, cfg.awsConfig(), awsconn.Deps{
		Clock: cfg.clock, Logger: part(cfg.log, "aws"), Metrics: registry, Scratch: scratch{a.store}, LoadOptions: cfg.aws,
	}); err != nil {
		return nil, err
	}
	slack := cfg.slackOptions(cfg.clock)
	slack.AppToken = cfg.SlackAppToken
	if a.workspace, err = bot.NewWorkspace(slack); err != nil {
		return nil, err
	}
	onCall, err := cfg.onCallSources(cfg.clock)
	if err != nil {
		return nil, err
	}
	if a.directory, err = identity.New(ctx, identity.Options{
		Slack: a.workspace, Center: access.Standing{Center: a.connector, Store: a.store}, Pins: access.Pins{Store: a.store, Clock: cfg.clock}, Clock: cfg.clock, Domains: cfg.adminDomains(),
		OnCall: onCall,
		Alarm:  func(text string) { a.service.Alarm(text) }, // nobody is identified before there is a service
	}); err != nil {
		return nil, err
	}
	if err := a.loadFacts(ctx); err != nil {
		return nil, err
	}
	a.policy = &policyFile{path: cfg.Policy, log: part(cfg.log, "policy"), again: make(chan struct{}, 1)}
	if a.resting, err = a.restingPolicy(ctx); err != nil {
		return nil, err
	}
	if a.resting != nil {
		a.policy.log.Warn().Str("file", cfg.Policy).Msg(a.resting.Detail)
	}
	if a.tickets, err = cfg.ticketClient(cfg.clock); err != nil {
		return nil, err
	}
	a.bot = bot.New(bot.Options{
		Workspace: a.workspace, Log: part(cfg.log, "slack"), Registry: registry,
		Invalidate: a.invalidate, FallbackChannel: a.fallbackChannel,
	})
	options := access.Options{
		Store: a.store, Clock: cfg.clock, Connector: a.connector, Scanner: a.connector, ScanFirst: true, Hints: a.connector.Events, Directory: a.directory, Log: part(cfg.log, "access"),
		OnCatalog: func(c *catalog.Catalog) { a.directory.SetCatalog(c); a.policy.reload() },
		OnPolicy: func(p *policy.Policy) {
			a.directory.SetDomains(p.Settings().EmailDomains)
			a.directory.SetFallbacks(p.Fallbacks())
			a.directory.Watch(p.Sources())
			if cfg.Policy == "" {
				a.policy.log.Info().Str("version", p.Version()).Int("rules", len(p.Rules())).Msg("policy in force")
			}
		},
		Health:     a.health,
		IAMRoles:   cfg.iamRoles(a.connector),
		Anchor:     access.AnchorOptions{Connector: a.connector, Group: catalog.GroupID(cfg.AnchorGroup)},
		PolicyFile: cfg.Policy, BootstrapAdmins: cfg.Admins, Trace: cfg.trace,
		Replica: cfg.replica(), OnLead: func() { a.policy.reload() },
	}
	if a.tickets != nil {
		options.Tickets = a.tickets
	}
	if a.service, err = access.New(ctx, options); err != nil {
		return nil, err
	}
	a.policy.service = a.service
	a.bot.Bind(a.service)
	registry.MustRegister(newDriftMetrics(a.service.DriftSummary))
	if a.jobs, err = a.schedule(cfg.settings); err != nil {
		return nil, err
	}
	if cfg.Listen != "" {
		if a.operators, err = newOperators(ctx, cfg.Listen, registry, a.service.Checks); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func part(log zerolog.Logger, name string) zerolog.Logger {
	return log.With().Str("part", name).Logger()
}

// schedule makes the cron jobs: sync and reconcile as set, the others fixed.
func (a *app) schedule(s settings) ([]job, error) {
	syncAt, err := schedule(s.SyncAt)
	if err != nil {
		return nil, err
	}
	reconcileAt, err := schedule(s.ReconcileAt)
	if err != nil {
		return nil, err
	}
	return []job{
		{"sync", syncAt, a.leads(a.service.Sync)},
		{"roles", cron.Every(15 * time.Minute), a.leads(a.service.RefreshRoles)},
		{"reconcile", reconcileAt, a.leads(a.service.Compare)},
		{"iam-roles", cron.Every(15 * time.Minute), a.leads(a.service.ReadIAMRoles)},
		{"sweep", cron.Every(time.Minute), a.leads(a.service.Sweep)},
		{"facts", cron.Every(5 * time.Minute), a.keepFacts},
	}, nil
}

// invalidate passes on what Slack said has changed.
func (a *app) invalidate(c bot.Change) {
	switch {
	case c.User != "":
		a.directory.InvalidateUser(c.User)
		a.service.SlackUserChanged(c.User)
	case c.UserGroup != "":
		a.directory.InvalidateUserGroup(c.UserGroup)
	case c.Channel != "":
		a.directory.InvalidateChannel(c.Channel)
	}
}

// fallbackChannel is the policy's default channel.
func (a *app) fallbackChannel() identity.ChannelID {
	if p := a.service.Policy(); p != nil {
		return identity.ChannelID(p.Settings().Channel)
	}
	return ""
}

// run works until ctx ends, then drains: Slack first, so that nothing new comes in, then
// what was begun. It closes the store last.
func (a *app) run(ctx context.Context) error {
	defer a.close()
	inner, stopInner := context.WithCancel(context.WithoutCancel(ctx))
	defer stopInner()
	var group errgroup.Group
	group.Go(func() error { return a.service.Run(inner, a.bot) })
	group.Go(func() error { a.directory.Run(inner); return nil })
	group.Go(func() error { a.policy.run(inner); return nil })
	if a.service.Replica == "" { // else whoever is elected reads the organization
		group.Go(func() error { a.firstSync(inner); return nil })
	}
	group.Go(func() error { runCron(inner, a.clock, part(a.log, "cron"), a.jobs); return nil })
	if a.operators != nil {
		group.Go(func() error { return a.operators.run(inner) })
		a.log.Info().Str("address", a.operators.addr()).Msg("listening for /healthz, /readyz and /metrics")
	}
	group.Go(func() error {
		defer stopInner()
		a.awaitPolicy(ctx)
		return a.bot.Run(ctx)
	})
	err := group.Wait()
	if e := a.keepFacts(context.WithoutCancel(ctx)); e != nil {
		a.log.Warn().Err(e).Msg("what is known of people could not be stored")
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// awaitPolicy keeps Slack waiting while a process that knows the organization reads its
// policy: as soon as it is connected Slack hands it every other press, and without a policy
// it would refuse what the replica beside it grants. It waits for ten seconds at most; then
// people are told what is missing. Before the first sync nobody is kept waiting.
func (a *app) awaitPolicy(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for a.service.Catalog() != nil && a.service.Policy() == nil && a.service.PolicyProblem() == "" {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// firstSync reads the organization as soon as AWS answers; cron takes over from there.
func (a *app) firstSync(ctx context.Context) {
	for {
		err := a.service.Sync(ctx)
		if err == nil {
			a.firstDetails(ctx)
			if err := a.service.ReadIAMRoles(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn().Err(err).Msg("the IAM roles of member accounts could not be read; it is tried again")
			}
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		a.log.Error().Err(err).Msg("the organization could not be read; trying again")
		reached, stop := a.clock.At(a.clock.Now().Add(10 * time.Second))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-reached:
		}
		stop()
	}
}

// firstDetails reads what a sync leaves out of roles that are new, tags and policies. What
// cannot be read now the next refresh reads.
func (a *app) firstDetails(ctx context.Context) {
	unread := func() (n int) {
		for _, r := range a.service.Catalog().Roles() {
			if !r.DetailsRead() {
				n++
			}
		}
		return n
	}
	for before := unread(); before > 0 && ctx.Err() == nil; {
		if err := a.service.RefreshRoles(ctx); err != nil {
			a.log.Warn().Err(err).Msg("tags and policies of roles could not be read; the next refresh tries again")
			return
		}
		now := unread()
		if now >= before {
			return
		}
		before = now
	}
}

// close releases what newApp opened, in the opposite order.
func (a *app) close() {
	if a.operators != nil {
		_ = a.operators.listener.Close()
	}
	if a.directory != nil {
		a.directory.Close()
	}
	if a.tickets != nil {
		a.tickets.Close()
	}
	if a.workspace != nil {
		a.workspace.Close()
	}
	if a.store != nil {
		if err := a.store.Close(); err != nil {
			a.log.Error().Err(err).Msg("the store did not close cleanly")
		}
	}
}
