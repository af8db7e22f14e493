package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"stint/access"
)

// dueSQL takes the first of each kind by its index and merges them: its cost does not
// depend on what is not due.
const dueSQL = `
	(SELECT due, 'request' AS kind, id, '' AS key FROM requests WHERE due <= $1 ORDER BY due LIMIT $2)
	UNION ALL
	(SELECT due, 'grant', id, key FROM grants WHERE due <= $1 ORDER BY due LIMIT $2)
	UNION ALL
	(SELECT due, 'assignment', '', key FROM assignments WHERE due <= $1 ORDER BY due LIMIT $2)
	ORDER BY due, kind, id, key LIMIT $2`

func (t *tx) Due(until time.Time, limit int) ([]access.Due, error) {
	const op = "postgres.Due"
	if err := t.alive(op, false); err != nil {
		return nil, err
	}
	rows, err := t.pg.Query(t.ctx, dueSQL, written(until), none(limit))
	if err != nil {
		return nil, t.fail(op, err)
	}
	type row struct{ due, kind, id, key string }
	found, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (x row, err error) {
		err = r.Scan(&x.due, &x.kind, &x.id, &x.key)
		return x, err
	})
	if err != nil {
		return nil, t.fail(op, err)
	}
	var list []access.Due
	for _, r := range found {
		d := access.Due{Kind: access.DueKind(r.kind)}
		if d.At, err = readStamp(op, &r.due); err != nil {
			return nil, err
		}
		switch d.Kind {
		case access.DueRequest:
			d.Request = access.RequestID(r.id)
		case access.DueGrant:
			d.Grant = access.GrantID(r.id)
		}
		if r.key != "" {
			if d.Key, err = access.ParseKey(r.key); err != nil {
				return nil, err
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// nextDueSQL is the first entry of each index after a time.
const nextDueSQL = `
	SELECT least(
		(SELECT due FROM requests WHERE due > $1 ORDER BY due LIMIT 1),
		(SELECT due FROM grants WHERE due > $1 ORDER BY due LIMIT 1),
		(SELECT due FROM assignments WHERE due > $1 ORDER BY due LIMIT 1))`

func (t *tx) NextDueAfter(after time.Time) (time.Time, error) {
	return t.firstTime("postgres.NextDueAfter", nextDueSQL, after)
}

func (t *tx) firstTime(op, sql string, after time.Time) (time.Time, error) {
	var at *string
	if _, err := t.scan(op, sql, []any{written(after)}, &at); err != nil {
		return time.Time{}, err
	}
	return readStamp(op, at)
}
