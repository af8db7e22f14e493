package main

import (
	"context"
	"fmt"
	"io"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy/policyfile"
)

// policyExportCmd is `stint policy export`.
type policyExportCmd struct {
	Revision uint64 `help:"An earlier revision by its number, instead of the one in force." placeholder:"N"`
	Out      string `help:"File to write; standard output when empty." placeholder:"FILE"`
	location
	format
}

// exported is the answer for programs.
type exported struct {
	Revision uint64 `json:"revision"`
	Version  string `json:"version"`
	Author   string `json:"author"`
	Reason   string `json:"reason"`
	At       string `json:"at"`
	YAML     string `json:"yaml"`
}

// Run prints the policy as a file that says the same.
func (c *policyExportCmd) Run(ctx context.Context, std streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	r, err := keptRevision(ctx, db, c.Revision)
	if err != nil {
		return err
	}
	yaml, err := policyfile.Format(r.Spec)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		if c.json() {
			return printJSON(w, exported{r.Number, r.Spec.Version(), r.Author.Name, r.Reason, r.InForceAt.UTC().Format("2006-01-02T15:04:05Z"), string(yaml)})
		}
		_, err := w.Write(yaml)
		return err
	}
	if c.Out == "" {
		return write(std.out)
	}
	if err := replaceFile(c.Out, write); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "revision %d by %s is in %s\n", r.Number, r.Author.Name, c.Out)
	return nil
}

// keptRevision is a revision that is or was in force in a store, by number; 0: the one in force.
func keptRevision(ctx context.Context, store access.Store, number uint64) (found access.Revision, err error) {
	const op = "cmd.keptRevision"
	var all []access.Revision
	err = store.View(ctx, func(tx access.Tx) (err error) {
		all, err = tx.Revisions(access.RevisionFilter{States: []access.RevisionState{access.InForce, access.Replaced}})
		return err
	})
	if err != nil {
		return found, err
	}
	if len(all) == 0 {
		return found, fault.New(fault.NotFound, op, "The store keeps no policy.", "Where a file is the policy, it is in that file.")
	}
	var newest uint64
	for _, r := range all {
		if r.Number == number || number == 0 && r.State == access.InForce {
			return r, nil
		}
		newest = max(newest, r.Number)
	}
	return found, fault.Newf(fault.NotFound, op, fmt.Sprintf("The newest is %d.", newest), "The store keeps no revision %d.", number)
}
