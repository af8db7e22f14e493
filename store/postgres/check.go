package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// Check reads every record and lists everything that is wrong: what cannot be read, a
// column that says something else than its record, an audit log with gaps or a chain with
// holes. The error has code Internal and unwraps to one error a problem. It reads one
// snapshot and keeps nobody waiting.
func (db *DB) Check(ctx context.Context) error {
	const op = "postgres.Check"
	if err := db.usable(ctx, op); err != nil {
		return err
	}
	ptx, err := db.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginView})
	if err != nil {
		return db.failed(ctx, op, err)
	}
	defer rollback(ctx, ptx)
	c := &checker{ctx: ctx, tx: ptx}
	check(c, "requests", "id, version, state, coalesce(form_key, ''), asker, receiver, coalesce(due, ''), debrief", func(r access.Request) []any {
		return []any{string(r.ID), int64(r.Version), string(r.State), r.FormKey, string(r.Asker.Person), string(r.Receiver.Person), written0(stamp(r.DueAt())), r.Debrief.Open()}
	})
	check(c, "grants", "id, version, state, key, person, request, coalesce(due, '')", func(g access.Grant) []any {
		return []any{string(g.ID), int64(g.Version), string(g.State), g.Key.String(), string(g.Key.Person), string(g.Request), written0(stamp(g.DueAt()))}
	})
	check(c, "assignments", "key, version, state, stuck, coalesce(due, '')", func(a access.Assignment) []any {
		return []any{a.Key.String(), int64(a.Version), string(a.State), a.Stuck, written0(stamp(a.DueAt()))}
	})
	check(c, "notices", "id, next", func(n access.Notice) []any { return []any{string(n.ID), written(n.NextAt)} })
	check(c, "messages", "key", func(m access.Message) []any { return []any{m.Key} })
	check(c, "pins", "slack, person", func(p identity.Pin) []any { return []any{string(p.Slack), string(p.Person)} })
	check(c, "revisions", "id, version, state", func(r access.Revision) []any { return []any{string(r.ID), int64(r.Version), string(r.State)} })
	check(c, "audit", "0", func(access.AuditEvent) []any { return []any{int32(0)} })
	c.numbers("audit")
	c.numbers("audit_chain")
	if c.err != nil {
		return db.failed(ctx, op, c.err)
	}
	if len(c.problems) == 0 {
		return nil
	}
	return fault.Wrap(errors.Join(c.problems...), fault.Internal, op,
		fmt.Sprintf("The database is damaged; problems found: %d.", len(c.problems)),
		"Stop Stint and restore the newest backup, or find out who changed the tables by hand.")
}

func written0(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// checker gathers problems; err is the first failure of the engine.
type checker struct {
	ctx      context.Context //nolint:containedctx // it lives as long as one call
	tx       pgx.Tx
	problems []error
	err      error
}

// check compares the columns of a table with what its records say they are.
func check[R any](c *checker, table, columns string, want func(R) []any) {
	if c.err != nil {
		return
	}
	rows, err := c.tx.Query(c.ctx, "SELECT data, "+columns+" FROM "+table)
	if err != nil {
		c.err = err
		return
	}
	defer rows.Close()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			c.err = err
			return
		}
		raw := rows.RawValues()[0]
		r, err := decode[R]("postgres.Check", raw)
		if err != nil {
			c.problems = append(c.problems, fmt.Errorf("%s %v: %w", table, values[1], err))
			continue
		}
		for i, w := range want(r) {
			if values[i+1] != w {
				c.problems = append(c.problems, fmt.Errorf("%s %v: a column holds %v, the record says %v", table, values[1], values[i+1], w))
			}
		}
	}
	c.err = rows.Err()
}

// numbers finds gaps in a table that is numbered from 1 on.
func (c *checker) numbers(table string) {
	if c.err != nil {
		return
	}
	var n, least, most int64
	if c.err = c.tx.QueryRow(c.ctx, "SELECT count(*), coalesce(min(seq), 1), coalesce(max(seq), 0) FROM "+table).Scan(&n, &least, &most); c.err != nil {
		return
	}
	if n > 0 && (least != 1 || most != n) {
		c.problems = append(c.problems, fmt.Errorf("%s: %d lines, numbered from %d to %d", table, n, least, most))
	}
}
