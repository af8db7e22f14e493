package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"golang.org/x/sync/errgroup"

	"stint/access"
	"stint/access/policy/policyfile"
	"stint/examples"
	"stint/sandbox"
	"stint/store/bolt"
)

// sandboxCmd is `stint sandbox`.
type sandboxCmd struct {
	Listen   string `help:"Address of the page, on this machine only." placeholder:"127.0.0.1:7070"`
	Policy   string `help:"Policy file, which Slack then shows read-only. Empty: the example's policy, to be edited with /jit-config." type:"path" placeholder:"FILE" xor:"policy"`
	FirstRun bool   `help:"Start without a policy: Carol sets it up with /jit-config." xor:"policy"`
	NoBot    bool   `help:"Start the simulators alone and print how to reach them."`
	Accounts int    `help:"How many AWS accounts." default:"24"`
	Roles    int    `help:"How many roles (permission sets)." default:"12"`
	People   int    `help:"How many people." default:"40"`
	Seed     uint64 `help:"Another number makes another organization." default:"1"`
	Verbose  bool   `help:"Print the bot's log here too." short:"v"`
}

// Run starts simulators, page and bot in one process, until SIGINT or SIGTERM.
func (c *sandboxCmd) Run(ctx context.Context, std streams) error {
	for name, n := range map[string][2]int{"--accounts": {c.Accounts, 10_000}, "--roles": {c.Roles, 3_500}, "--people": {c.People, 100_000}} {
		if n[0] < 1 || n[0] > n[1] {
			return settingsError{fmt.Sprintf("%s must be between 1 and %d, which is what AWS allows.", name, n[1])}
		}
	}
	box, err := sandbox.Start(ctx, sandbox.Options{Listen: c.Listen, Accounts: c.Accounts, Roles: c.Roles, People: c.People, Seed: c.Seed})
	if err != nil {
		return err
	}
	defer func() { _ = box.Close() }()
	if c.NoBot {
		fmt.Fprintf(std.out, "The simulators run without a bot. Open %s\n\nPoint any Slack or AWS client at them:\n", box.URL())
		for _, s := range box.Connect() {
			fmt.Fprintf(std.out, "  export %s=%s\n", s.Name, s.Value)
		}
		fmt.Fprintln(std.out, "\nCtrl-C ends them.")
		<-ctx.Done()
		return nil
	}
	dir, err := os.MkdirTemp("", "stint-sandbox-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	how := sandboxMode{dir: dir, policy: c.Policy}
	switch {
	case c.FirstRun:
		how.admins = []string{castAdmin}
	case c.Policy == "":
		if err := importExample(ctx, box, dir); err != nil {
			return err
		}
	}
	a, err := newSandboxApp(ctx, box, how, logTo(box, std.err, c.Verbose))
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "Open %s in a browser: a Slack workspace and an AWS organization, both simulated, with Stint between them.\n", box.URL())
	fmt.Fprintf(std.out, "%s\nCtrl-C ends it; nothing is kept.\n", how.said())
	var group errgroup.Group
	group.Go(func() error { return a.run(ctx) })
	return group.Wait()
}

// castAdmin is the address of the cast's admin, Carol.
const castAdmin = "lead@example.com"

// sandboxMode is where the policy of a sandbox is.
type sandboxMode struct {
	dir    string   // of the store
	policy string   // file; "" when the policy is edited in Slack
	admins []string // bootstrap admins, for a start without a policy
}

// said is what to do first.
func (m sandboxMode) said() string {
	switch {
	case m.policy != "":
		return "Type /aws-access there. The policy is " + m.policy + ": edit it, it is read again at once."
	case len(m.admins) > 0:
		return "There is no policy yet. Act as Carol, the admin, and type /jit-config there to set one up."
	default:
		return "Type /aws-access there. The policy is edited in Slack: act as Carol, the admin, and type /jit-config."
	}
}

// importExample puts the example's policy in force in a new store, as its first revision.
func importExample(ctx context.Context, box *sandbox.Sandbox, dir string) error {
	f, problems := policyfile.Parse("examples/policy.yaml", examples.Policy)
	if len(problems) > 0 {
		return errors.New(problemLines(problems))
	}
	db, err := bolt.Open((&settings{Data: dir}).storePath(), bolt.Options{})
	if err != nil {
		return err
	}
	_, err = access.ImportPolicy(ctx, db, f.Spec, access.Actor{Name: "Stint"}, "The example to start with", box.Clock().Now())
	return errors.Join(err, db.Close())
}

// newSandboxApp wires the unmodified bot to a sandbox: only addresses, keys and the clock
// differ from serve.
func newSandboxApp(ctx context.Context, box *sandbox.Sandbox, how sandboxMode, log io.Writer) (*app, error) {
	return newApp(ctx, appConfig{
		settings: settings{
			connection:    connection{SlackBotToken: box.BotToken(), SlackAPIURL: box.SlackAPIURL(), awsConnection: awsConnection{AWSRegion: box.AWSRegion(), AWSEventsQueue: box.AWSEventsQueue()}},
			SlackAppToken: box.AppToken(), Data: how.dir, Policy: how.policy, Admins: how.admins,
			SyncAt: "@every 15m", ReconcileAt: "30 2 * * *",
		},
		clock: box.Clock(),
		log:   newLogger(log, "info", "text"),
		aws: []func(*awsconfig.LoadOptions) error{
			awsconfig.WithBaseEndpoint(box.AWSEndpointURL()),
			awsconfig.WithRegion(box.AWSRegion()),
			awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(box.AWSAccessKeyID(), box.AWSSecretAccessKey(), "")),
			// The sandbox must not pick up settings of whoever runs it.
			awsconfig.WithSharedConfigFiles([]string{}), awsconfig.WithSharedCredentialsFiles([]string{}),
		},
	})
}

// logTo is the page's log panel, and the terminal too when asked for.
func logTo(box *sandbox.Sandbox, terminal io.Writer, verbose bool) io.Writer {
	if verbose {
		return io.MultiWriter(box.Log(), terminal)
	}
	return box.Log()
}
