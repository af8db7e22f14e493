package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy/policyfile"
)

// checkCmds are `stint check` and what it can look at more closely.
type checkCmds struct {
	All checkCmd    `cmd:"" default:"withargs" help:"Settings, Slack, AWS, the policy and the data directory."`
	AWS checkAWSCmd `cmd:"" name:"aws" help:"Every permission in AWS, tried without changing anything."`
}

// checkCmd is `stint check`.
type checkCmd struct {
	settings
	Timeout time.Duration `help:"How long all checks together may take." default:"1m"`
}

// Run asks every part once and prints a line each. It changes nothing but, where the
// data directory is new, makes it. The bot must not be running on the same directory.
func (c *checkCmd) Run(ctx context.Context, std streams) error {
	if err := c.validate(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	c.Listen = ""
	a, err := newApp(ctx, appConfig{settings: c.settings, clock: wallClock{}, log: zerolog.Nop()})
	if err != nil {
		return err
	}
	defer a.close()
	checks := []access.Check{storeCheck(ctx, a.store)}
	team, enterprise, err := a.workspace.Home(ctx)
	checks = append(checks, result("Slack", err, "workspace "+team+suffix(" of ", enterprise)))
	checks = append(checks, a.connector.Check(ctx)...)
	// In a database that replicas share, the one that leads reads the organization.
	if c.Database != "" && a.service.Catalog() == nil {
		checks = append(checks, result("Catalog", nil, "not read yet: the replica that leads does it"))
	} else if err := a.read(ctx); err != nil {
		checks = append(checks, result("Catalog", err, ""))
	} else {
		n := a.service.Catalog().Counts()
		checks = append(checks, result("Catalog", nil, fmt.Sprintf("%d accounts, %d roles, %d people", n.Accounts, n.Roles, n.People)))
		checks = append(checks, a.policyCheck(ctx, c.Policy))
		checks = append(checks, a.adminChecks(c.Admins)...)
	}
	failed := 0
	for _, check := range checks {
		mark := "ok  "
		if !check.OK {
			mark = "FAIL"
			failed++
		}
		fmt.Fprintf(std.out, "%s  %-22s %s\n", mark, check.Name, check.Detail)
		if !check.OK && check.Hint != "" {
			fmt.Fprintf(std.out, "      next: %s\n", check.Hint)
		}
	}
	if failed > 0 {
		return fault.Newf(fault.Unavailable, "cmd.check", "Mend them from the top: later ones often follow from earlier ones.", "%d of %d checks failed.", failed, len(checks))
	}
	return nil
}

// read reads the organization, unless replicas share the store.
func (a *app) read(ctx context.Context) error {
	if a.service.Replica != "" {
		return nil
	}
	return a.service.Sync(ctx)
}

func suffix(with, s string) string {
	if s == "" {
		return ""
	}
	return with + s
}

// result is one line from an error.
func result(name string, err error, detail string) access.Check {
	c := access.Check{Name: name, OK: err == nil, Detail: detail}
	if err != nil {
		c.Detail, c.Hint = sentence(err)
	}
	return c
}

func storeCheck(ctx context.Context, db store) access.Check {
	if err := db.Check(ctx); err != nil {
		return result("Store", err, "")
	}
	return result("Store", access.VerifyAudit(ctx, db), "whole, and its audit log leads to what it holds")
}

// policyCheck compiles the policy, from its file or from the store, against the catalog
// and the workspace.
func (a *app) policyCheck(ctx context.Context, path string) access.Check {
	if path == "" {
		return a.keptPolicyCheck(ctx)
	}
	names, err := a.directory.Names(ctx, time.Minute)
	if err != nil {
		return result("Policy", err, "")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return result("Policy", err, "")
	}
	p, problems := policyfile.Load(path, data, names)
	if p == nil {
		return access.Check{Name: "Policy", Detail: problemLines(problems), Hint: "Mend the file; nothing was changed."}
	}
	return result("Policy", nil, fmt.Sprintf("%s, version %s", plural(len(p.Rules()), "rule", "rules"), p.Version()))
}

func (a *app) keptPolicyCheck(ctx context.Context) access.Check {
	r, err := keptRevision(ctx, a.store, 0)
	if fault.Is(err, fault.NotFound) {
		return result("Policy", nil, "none yet: an admin sets it up with /jit-config")
	}
	if err != nil {
		return result("Policy", err, "")
	}
	p, problems, err := a.service.Compile(ctx, r.Spec)
	if err != nil {
		return result("Policy", err, "")
	}
	if p == nil {
		return access.Check{Name: "Policy", Detail: problemLines(problems), Hint: "Change it with /jit-config, or restore what it names."}
	}
	return result("Policy", nil, fmt.Sprintf("%s, revision %d, edited in Slack by %s", plural(len(p.Rules()), "rule", "rules"), r.Number, r.Author.Name))
}

// adminChecks says whether the people who are admins whatever the policy says exist.
func (a *app) adminChecks(addresses []string) []access.Check {
	var wrong []string
	for _, address := range addresses {
		if p, ok := a.service.Catalog().PersonByEmail(address); !ok || p.Disabled {
			wrong = append(wrong, address)
		}
	}
	switch {
	case len(addresses) == 0:
		return nil
	case len(wrong) > 0:
		return []access.Check{{
			Name: "Admins", Detail: "Identity Center has no active user with the e-mail " + strings.Join(wrong, ", "),
			Hint: "Set STINT_ADMINS to the primary addresses of people in Identity Center.",
		}}
	default:
		return []access.Check{result("Admins", nil, strings.Join(addresses, ", "))}
	}
}
