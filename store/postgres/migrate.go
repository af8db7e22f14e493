package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"stint/access/fault"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one file of migrations/. Once released, it never changes; a change must be
// one that replicas of the version before can live with, because they still run.
type migration struct {
	number int
	name   string
	sql    string
}

// migrations are all, in order, numbered from 1 on without a gap.
func migrations() ([]migration, error) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(f, "migrations/"), ".sql")
		digits, _, _ := strings.Cut(name, "_")
		if n, err := strconv.Atoi(digits); err != nil || n != i+1 {
			return nil, fmt.Errorf("migration %s does not have the number %d", name, i+1)
		}
		text, err := migrationFiles.ReadFile(f)
		if err != nil {
			return nil, err
		}
		list = append(list, migration{i + 1, name, string(text)})
	}
	return list, nil
}

// migrate brings the schema to the newest version: all steps in one transaction, under an
// advisory lock, so that replicas that start together do it once. A schema that a newer
// Stint has brought further is used as it is: its changes are such that this one can, unless
// the format of the records says otherwise (format.go).
func migrate(ctx context.Context, conn *pgx.Conn, steps []migration) error {
	const op = "postgres.migrate"
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// Schemas of one database do not wait for each other.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('stint/' || current_schema(), 0))`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())`); err != nil {
			return err
		}
		var have int
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) FROM migrations`).Scan(&have); err != nil {
			return err
		}
		for _, m := range steps {
			if m.number <= have {
				continue
			}
			if _, err := tx.Exec(ctx, m.sql); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO migrations (number, name) VALUES ($1, $2)`, m.number, m.name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return nil
	}
	f := new(fault.Error)
	if !errors.As(explain(op, err), &f) || f.Code != fault.Internal {
		return f
	}
	return fault.Wrap(err, fault.Unavailable, op, "The database could not be brought to this version's tables: nothing was changed.",
		"The schema must belong to Stint alone: something of the same name is in it.")
}
