package postgres

import (
	"math"

	"stint/access"
	"stint/store/record"
)

func (t *tx) Assignment(key access.Key) (access.Assignment, error) {
	const op = "postgres.Assignment"
	var data []byte
	found, err := t.scan(op, `SELECT data FROM assignments WHERE key = $1`, []any{key.String()}, &data)
	if err != nil {
		return access.Assignment{}, err
	}
	if !found {
		return access.Assignment{Key: key, State: access.Absent}, nil
	}
	return decode[access.Assignment](op, data)
}

func (t *tx) PutAssignment(a access.Assignment) error {
	const op = "postgres.PutAssignment"
	if err := record.WholeKey(op, a.Key); err != nil {
		return err
	}
	key := a.Key.String()
	if err := named(op, "assignment", key, string(a.State)); err != nil {
		return err
	}
	data, err := encoded(op, a)
	if err != nil {
		return err
	}
	if a.Version == 0 || a.Version > math.MaxInt64 {
		return changed(op, "assignment", a.Version)
	}
	n, err := t.exec(op, `
		INSERT INTO assignments (key, version, state, stuck, due, data)
		SELECT $1, $2, $3, $4, $5, $6
		WHERE $2::bigint = 1 OR EXISTS (SELECT FROM assignments WHERE key = $1)
		ON CONFLICT (key) DO UPDATE
		SET version = EXCLUDED.version, state = EXCLUDED.state, stuck = EXCLUDED.stuck, due = EXCLUDED.due, data = EXCLUDED.data
		WHERE assignments.version = EXCLUDED.version - 1`,
		key, int64(a.Version), string(a.State), a.Stuck, stamp(a.DueAt()), data)
	if err == nil && n == 0 {
		return changed(op, "assignment", a.Version)
	}
	return err
}

func (t *tx) Assignments(f access.AssignmentFilter) ([]access.Assignment, error) {
	q := query{order: "key", limit: f.Limit}
	q.in("state", texts(f.States))
	if f.Stuck {
		q.where("stuck")
	}
	sql, args := q.sql("assignments")
	return many[access.Assignment](t, "postgres.Assignments", sql, args...)
}
