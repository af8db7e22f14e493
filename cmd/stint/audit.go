package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"stint/access"
	"stint/access/fault"
)

// auditCmd is `stint audit`.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Replay the log and compare it with the store: exit code 0 when they agree."`
	Export auditExportCmd `cmd:"" help:"Print the log as JSON, a line an event."`
}

type auditVerifyCmd struct{ location }

type auditExportCmd struct{ location }

// Run verifies the chain of hashes and that replaying the log gives what the store holds.
func (c *auditVerifyCmd) Run(ctx context.Context, std streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := access.VerifyAudit(ctx, db); err != nil {
		return err
	}
	return db.View(ctx, func(tx access.Tx) error {
		seq, hash, err := tx.ChainHead()
		if err == nil {
			fmt.Fprintf(std.out, "ok: %d events, none changed, missing or inserted; the log leads to what the store holds.\nhead: %s\n", seq, hash)
		}
		return err
	})
}

// Run prints every event.
func (c *auditExportCmd) Run(ctx context.Context, std streams) error {
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	enc := json.NewEncoder(std.out)
	return db.View(ctx, func(tx access.Tx) error {
		events, err := tx.Audit(0, 0)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// sentence is what an error says to people, and its next step.
func sentence(err error) (what, next string) {
	var c *access.ConnectorError
	if errors.As(err, &c) && c.Message != "" {
		return c.Message, ""
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Message != "" {
		return f.Message, f.Hint
	}
	return err.Error(), ""
}
