// Command stint gives people time-boxed access to AWS from Slack.
//
// Each subcommand has a file of its own and only wires: what Stint does lives in the
// packages it imports. main delegates to run, so that tests start the same program in
// their own process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the container image has no zone files

	"github.com/alecthomas/kong"

	"stint/access/fault"
)

// cli is every subcommand with its flags; kong reads it.
type cli struct {
	Serve   serveCmd         `cmd:"" help:"Run the bot against Slack and AWS."`
	Sandbox sandboxCmd       `cmd:"" help:"Try it in a browser, with a simulated Slack and AWS. Needs no account anywhere."`
	Check   checkCmds        `cmd:"" help:"Check settings, Slack, AWS, the policy file and the data directory, and say what to mend; or every permission in AWS."`
	Setup   setupCmd         `cmd:"" help:"Print what to set up where Stint shall work."`
	Policy  policyCmd        `cmd:"" help:"Check, explain, compare and simulate policies; take them out of a store and put them in."`
	Catalog catalogCmd       `cmd:"" help:"Save the organization in a file, and look accounts, roles and people up."`
	Grants  grantsCmd        `cmd:"" help:"List and export who has access through Stint."`
	Link    linkCmd          `cmd:"" help:"Print, for a runbook, the line that asks for access and the link to Stint in Slack."`
	Drift   driftCmd         `cmd:"" help:"Look up what AWS holds and nobody granted through Stint."`
	Audit   auditCmd         `cmd:"" help:"Verify or print the audit log."`
	Migrate migrateCmd       `cmd:"" help:"Move everything from one store to another: from a file to Postgres, or back."`
	Version kong.VersionFlag `help:"Print the version."`
}

// streams are where a command reads and writes.
type streams struct{ out, err io.Writer }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr}))
}

// usage is a command line that was read and makes no sense.
type usage struct{ error }

// errAnswer is the answer that somebody asked to see in the exit code: a difference, or a
// no. It was printed.
var errAnswer = errors.New("the answer is in the exit code")

// run parses and executes one command line and returns the exit code: 0 done, 1 failed,
// 2 not understood, 3 the answer that --exit-code asks for.
func run(ctx context.Context, args []string, std streams) int {
	var c cli
	exited, code := false, 0
	parser, err := kong.New(&c,
		kong.Name("stint"),
		kong.Description("Just-in-time access to AWS from Slack. Start with `stint sandbox`."),
		kong.UsageOnError(),
		kong.Writers(std.out, std.err),
		kong.Exit(func(c int) { exited, code = true, c }),
		kong.Vars{"version": version()},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		fmt.Fprintln(std.err, "stint:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited { // --help, --version
		return code
	}
	if err != nil {
		fmt.Fprintf(std.err, "stint: %v\nRun `stint --help` for the commands and their flags.\n", err)
		return 2
	}
	err = k.Run()
	var misused usage
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return 0
	case errors.Is(err, errAnswer):
		return 3
	case errors.As(err, &misused):
		fmt.Fprintf(std.err, "stint: %v\nRun `stint %s --help` for the flags.\n", err, strings.SplitN(k.Command(), " <", 2)[0])
		return 2
	}
	report(std.err, err)
	return 1
}

// report prints an error as people read it: what, what to do, and the cause.
func report(w io.Writer, err error) {
	var list settingsError
	if errors.As(err, &list) {
		fmt.Fprint(w, list.Error())
		return
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Message == "" {
		fmt.Fprintln(w, "stint:", err)
		return
	}
	fmt.Fprintln(w, "stint:", f.Message)
	if f.Hint != "" {
		fmt.Fprintln(w, "  next: ", f.Hint)
	}
	if f.Err != nil {
		fmt.Fprintln(w, "  cause:", f.Err)
	}
}
