package postgres

import (
	"math"

	"stint/access"
)

func (t *tx) Revision(id access.RevisionID) (access.Revision, error) {
	return one[access.Revision](t, "postgres.Revision", "revision", `SELECT data FROM revisions WHERE id = $1`, string(id))
}

func (t *tx) PutRevision(r access.Revision) error {
	const op = "postgres.PutRevision"
	if err := named(op, "revision", string(r.ID), string(r.State)); err != nil {
		return err
	}
	data, err := encoded(op, r)
	if err != nil {
		return err
	}
	if r.Version == 0 || r.Version > math.MaxInt64 {
		return changed(op, "revision", r.Version)
	}
	n, err := t.exec(op, `
		INSERT INTO revisions (id, version, state, data) SELECT $1, $2, $3, $4
		WHERE $2::bigint = 1 OR EXISTS (SELECT FROM revisions WHERE id = $1)
		ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version, state = EXCLUDED.state, data = EXCLUDED.data
		WHERE revisions.version = EXCLUDED.version - 1`,
		string(r.ID), int64(r.Version), string(r.State), data)
	if err == nil && n == 0 {
		return changed(op, "revision", r.Version)
	}
	return err
}

func (t *tx) Revisions(f access.RevisionFilter) ([]access.Revision, error) {
	q := query{order: "id DESC", limit: f.Limit}
	q.in("state", texts(f.States))
	sql, args := q.sql("revisions")
	return many[access.Revision](t, "postgres.Revisions", sql, args...)
}
