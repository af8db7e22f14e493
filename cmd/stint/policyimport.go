package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

// policyImportCmd is `stint policy import`.
type policyImportCmd struct {
	File   string `arg:"" help:"Policy file (YAML)."`
	Author string `required:"" help:"Who puts it in force, for the history: a name or an e-mail address." placeholder:"WHO"`
	Reason string `required:"" help:"Why, for the history." placeholder:"WHY"`
	location
	format
}

// Help says what is checked.
func (policyImportCmd) Help() string {
	return `The policy is checked against what the store knows of Slack and AWS, and refused when it does not fit. On a database, every replica must be stopped. A store that knows nothing yet takes names unchecked, and this says so: stint serve then tells what is wrong with it.`
}

// imported is the answer for programs.
type imported struct {
	Revision uint64           `json:"revision"`
	Version  string           `json:"version"`
	Changed  bool             `json:"changed"` // false: it was in force already
	Problems []policy.Problem `json:"problems"`
	Names    *lookedUp        `json:"names"` // null: names were not looked up
}

// Run puts the policy in force.
func (c *policyImportCmd) Run(ctx context.Context, std streams) error {
	if _, err := os.Stat(c.File); err != nil { // before a store is made
		return fault.Wrap(unwrapPath(err), fault.NotFound, "cmd.import", "The policy file "+c.File+" cannot be read.", "")
	}
	db, err := c.openOrMake(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	alone, err := c.alone(ctx, db, std.err)
	if err != nil {
		return err
	}
	defer alone()
	l, o, err := c.load(ctx, db)
	if err != nil {
		return err
	}
	if o != nil {
		defer o.close()
	}
	before, err := keptRevision(ctx, db, 0)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	r, err := access.ImportPolicy(ctx, db, l.policy.Spec(), access.Actor{Name: c.Author}, c.Reason, time.Now())
	if err != nil {
		return err
	}
	out := imported{Revision: r.Number, Version: r.Spec.Version(), Changed: r.ID != before.ID, Problems: l.problems, Names: o.lookedUp()}
	if out.Problems == nil {
		out.Problems = []policy.Problem{}
	}
	if c.json() {
		return printJSON(std.out, out)
	}
	for _, p := range l.problems {
		fmt.Fprintln(std.out, p)
	}
	switch {
	case !out.Changed:
		fmt.Fprintf(std.out, "Nothing changed: revision %d says the same.\n", r.Number)
	case o == nil:
		fmt.Fprintf(std.out, "Revision %d is in force from the next start on. The store does not know Slack and AWS yet, so names were not looked up: see what stint serve says of it.\n", r.Number)
	default:
		fmt.Fprintf(std.out, "Revision %d is in force from the next start on. Names: %s.\n", r.Number, o.said(time.Now()))
	}
	return nil
}

// alone keeps the replicas of a database from leading while the policy is put in force. A
// data directory is this process's own.
func (c *policyImportCmd) alone(ctx context.Context, db store, say io.Writer) (end func(), err error) {
	if c.Database == "" {
		return func() {}, nil
	}
	giveBack, err := access.Alone(ctx, db, wallClock{}, "stint policy import", func(holder string) {
		fmt.Fprintf(say, "Replica %s led last and has not said that it stopped: looking for 20 s whether it still runs.\n", holder)
	})
	if err != nil {
		return nil, err
	}
	return func() {
		if err := giveBack(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(say, "The lease could not be given back: a replica that starts now leads in 20 s.")
		}
	}, nil
}

// load compiles the file by what the store knows; the organization is nil when it knows none.
func (c *policyImportCmd) load(ctx context.Context, db store) (*loaded, *organization, error) {
	o, err := storedOrganization(ctx, db, c.name())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, nil, err
	}
	var options []policy.Option
	if o != nil {
		bound, err := keptBindings(ctx, db)
		if err != nil {
			o.close()
			return nil, nil, err
		}
		options = append(options, policy.Since(bound))
	}
	l, err := loadPolicy(ctx, c.File, o, options...)
	if err == nil && l.policy == nil {
		err = l.refused()
	}
	if err != nil && o != nil {
		o.close()
	}
	return l, o, err
}

// keptBindings are the ids that the names of the policy in the store mean.
func keptBindings(ctx context.Context, store access.Store) (b policy.Bindings, err error) {
	err = store.View(ctx, func(tx access.Tx) error {
		v, err := tx.Meta("policy/bindings")
		if err != nil || v == "" {
			return err
		}
		if err := json.Unmarshal([]byte(v), &b); err != nil {
			return errors.Join(errors.New("the stored policy/bindings cannot be read"), err)
		}
		return nil
	})
	return b, err
}
