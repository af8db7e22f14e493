package postgres

import (
	"math"

	"stint/access"
	"stint/access/fault"
)

func (t *tx) Request(id access.RequestID) (access.Request, error) {
	return one[access.Request](t, "postgres.Request", "request", `SELECT data FROM requests WHERE id = $1`, string(id))
}

// PutRequest stores the record in one statement, which touches no row when the version does
// not follow or another request has the form key.
func (t *tx) PutRequest(r access.Request) error {
	const op = "postgres.PutRequest"
	if err := named(op, "request", string(r.ID), string(r.State), r.FormKey, string(r.Asker.Person), string(r.Receiver.Person)); err != nil {
		return err
	}
	data, err := encoded(op, r)
	if err != nil {
		return err
	}
	if r.Version == 0 || r.Version > math.MaxInt64 {
		return changed(op, "request", r.Version)
	}
	var form *string
	if r.FormKey != "" {
		form = &r.FormKey
	}
	n, err := t.exec(op, `
		INSERT INTO requests (id, version, state, form_key, asker, receiver, due, data, debrief)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
		WHERE ($2::bigint = 1 OR EXISTS (SELECT FROM requests WHERE id = $1))
		  AND NOT EXISTS (SELECT FROM requests WHERE form_key = $4 AND id <> $1)
		ON CONFLICT (id) DO UPDATE
		SET version = EXCLUDED.version, state = EXCLUDED.state, form_key = EXCLUDED.form_key, asker = EXCLUDED.asker,
		    receiver = EXCLUDED.receiver, due = EXCLUDED.due, data = EXCLUDED.data, debrief = EXCLUDED.debrief
		WHERE requests.version = EXCLUDED.version - 1`,
		string(r.ID), int64(r.Version), string(r.State), form, string(r.Asker.Person), string(r.Receiver.Person), stamp(r.DueAt()), data, r.Debrief.Open())
	if err == nil && n == 0 {
		return changed(op, "request", r.Version)
	}
	return err
}

func (t *tx) RequestByForm(formKey string) (access.Request, error) {
	const op = "postgres.RequestByForm"
	if formKey == "" {
		return access.Request{}, fault.New(fault.NotFound, op, "No request was made with this form.", "Send the form.")
	}
	return one[access.Request](t, op, "request", `SELECT data FROM requests WHERE form_key = $1`, formKey)
}

func (t *tx) Requests(f access.RequestFilter) ([]access.Request, error) {
	q := query{order: "id DESC", limit: f.Limit}
	q.in("state", texts(f.States))
	if f.Person != "" {
		q.where("(asker = ? OR receiver = ?)", string(f.Person), string(f.Person))
	}
	if f.Debrief {
		q.where("debrief")
	}
	sql, args := q.sql("requests")
	return many[access.Request](t, "postgres.Requests", sql, args...)
}
