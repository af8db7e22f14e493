package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"golang.org/x/sync/errgroup"

	"stint/examples"
	"stint/sandbox"
)

// sandboxCmd is `stint sandbox`.
type sandboxCmd struct {
	Listen   string `help:"Address of the page, on this machine only." placeholder:"127.0.0.1:7070"`
	Policy   string `help:"Policy file to start with; the example's when empty." type:"path"`
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
	policy := c.Policy
	if policy == "" {
		policy = filepath.Join(dir, "policy.yaml")
		if err := os.WriteFile(policy, examples.Policy, 0o600); err != nil {
			return err
		}
	}
	a, err := newSandboxApp(ctx, box, dir, policy, logTo(box, std.err, c.Verbose))
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "Open %s in a browser: a Slack workspace and an AWS organization, both simulated, with Stint between them.\n", box.URL())
	fmt.Fprintf(std.out, "Type /aws-access there. The policy is %s: edit it, it is read again at once.\nCtrl-C ends it; nothing is kept.\n", policy)
	var group errgroup.Group
	group.Go(func() error { return a.run(ctx) })
	return group.Wait()
}

// newSandboxApp wires the unmodified bot to a sandbox: only addresses, keys and the clock
// differ from serve.
func newSandboxApp(ctx context.Context, box *sandbox.Sandbox, dir, policy string, log io.Writer) (*app, error) {
	return newApp(ctx, appConfig{
		settings: settings{
			connection:    connection{SlackBotToken: box.BotToken(), SlackAPIURL: box.SlackAPIURL(), AWSRegion: box.AWSRegion()},
			SlackAppToken: box.AppToken(), Data: dir, Policy: policy,
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
