package postgres

import (
	"math"

	"stint/access"
	"stint/store/record"
)

func (t *tx) Grant(id access.GrantID) (access.Grant, error) {
	return one[access.Grant](t, "postgres.Grant", "grant", `SELECT data FROM grants WHERE id = $1`, string(id))
}

func (t *tx) PutGrant(g access.Grant) error {
	const op = "postgres.PutGrant"
	if err := named(op, "grant", string(g.ID), string(g.State), string(g.Request)); err != nil {
		return err
	}
	if err := record.WholeKey(op, g.Key); err != nil {
		return err
	}
	data, err := encoded(op, g)
	if err != nil {
		return err
	}
	if g.Version == 0 || g.Version > math.MaxInt64 {
		return changed(op, "grant", g.Version)
	}
	n, err := t.exec(op, `
		INSERT INTO grants (id, version, state, key, person, request, due, data)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8
		WHERE $2::bigint = 1 OR EXISTS (SELECT FROM grants WHERE id = $1)
		ON CONFLICT (id) DO UPDATE
		SET version = EXCLUDED.version, state = EXCLUDED.state, key = EXCLUDED.key, person = EXCLUDED.person,
		    request = EXCLUDED.request, due = EXCLUDED.due, data = EXCLUDED.data
		WHERE grants.version = EXCLUDED.version - 1`,
		string(g.ID), int64(g.Version), string(g.State), g.Key.String(), string(g.Key.Person), string(g.Request), stamp(g.DueAt()), data)
	if err == nil && n == 0 {
		return changed(op, "grant", g.Version)
	}
	return err
}

func (t *tx) Grants(f access.GrantFilter) ([]access.Grant, error) {
	q := query{order: "id DESC", limit: f.Limit}
	if f.Request != "" {
		q.where("request = ?", string(f.Request))
	}
	if (f.Key != access.Key{}) {
		q.where("key = ?", f.Key.String())
	}
	if f.Person != "" {
		q.where("person = ?", string(f.Person))
	}
	q.in("state", texts(f.States))
	sql, args := q.sql("grants")
	return many[access.Grant](t, "postgres.Grants", sql, args...)
}
