package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

// tx is one transaction.
type tx struct {
	ctx    context.Context //nolint:containedctx // access.Tx has none: a transaction is one call
	pg     pgx.Tx          // nil once the transaction ended
	writes bool
	broken error // of the engine; the transaction can only be rolled back
}

var _ access.Tx = (*tx)(nil)

func (t *tx) end() { t.pg = nil }

func (t *tx) alive(op string, write bool) error {
	switch {
	case t.pg == nil:
		return fault.New(fault.Internal, op, "A transaction was used after its end.", "This is a defect of Stint; report it.")
	case write && !t.writes:
		return fault.New(fault.Internal, op, "A View tried to write.", "This is a defect of Stint; report it.")
	case t.broken != nil:
		return explain(op, t.broken)
	}
	return nil
}

// fail keeps the first error of the engine.
func (t *tx) fail(op string, err error) error {
	if t.broken == nil {
		t.broken = err
	}
	if t.ctx.Err() != nil && !answered(err) {
		return t.ctx.Err()
	}
	return explain(op, err)
}

// exec runs a statement that writes and tells how many rows it was about.
func (t *tx) exec(op, sql string, args ...any) (int64, error) {
	if err := t.alive(op, true); err != nil {
		return 0, err
	}
	tag, err := t.pg.Exec(t.ctx, sql, args...)
	if err != nil {
		return 0, t.fail(op, err)
	}
	return tag.RowsAffected(), nil
}

// scan reads one row; found is false when there is none.
func (t *tx) scan(op, sql string, args []any, into ...any) (found bool, err error) {
	if err := t.alive(op, false); err != nil {
		return false, err
	}
	err = t.pg.QueryRow(t.ctx, sql, args...).Scan(into...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, t.fail(op, err)
	}
	return true, nil
}

// one decodes the record of the only row; NotFound when there is none.
func one[R any](t *tx, op, what, sql string, args ...any) (r R, err error) {
	var data []byte
	found, err := t.scan(op, sql, args, &data)
	if err != nil {
		return r, err
	}
	if !found {
		return r, fault.Newf(fault.NotFound, op, "It may have been removed; look at the newest state.", "There is no such %s.", what)
	}
	return decode[R](op, data)
}

// many decodes the records of all rows.
func many[R any](t *tx, op, sql string, args ...any) ([]R, error) {
	if err := t.alive(op, false); err != nil {
		return nil, err
	}
	rows, err := t.pg.Query(t.ctx, sql, args...)
	if err != nil {
		return nil, t.fail(op, err)
	}
	raw, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, t.fail(op, err)
	}
	var list []R
	for _, data := range raw {
		r, err := decode[R](op, data)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func decode[R any](op string, data []byte) (r R, err error) {
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fault.Wrap(err, fault.Internal, op, "The database holds something that Stint cannot read.",
			"Was it changed by hand, or by a newer Stint? The audit log tells what it held.")
	}
	return r, nil
}

// encoded is a record as JSON, for a column of that type.
func encoded[R any](op string, r R) (string, error) {
	raw, err := record.Encode(op, record.InUTC(r))
	return string(raw), err
}

// stamp is a time as the columns due and next hold it; nil for one that never comes.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := written(t)
	return &s
}

func written(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// readStamp reads what stamp wrote; the zero time for none.
func readStamp(op string, s *string) (time.Time, error) {
	if s == nil {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, *s)
	if err != nil {
		return t, fault.Wrap(err, fault.Internal, op, "The database holds a time that Stint cannot read.", "Was it changed by hand?")
	}
	return t, nil
}

// named refuses ids and keys that are empty or cannot be stored.
func named(op, what string, key string, others ...string) error {
	if key == "" || len(key) > 2000 { // an index entry holds 2,700 bytes
		return fault.Newf(fault.Invalid, op, "Ids and keys have 1 to 2000 bytes.", "A %s with a key of %d bytes cannot be stored.", what, len(key))
	}
	return record.Plain(op, append(others, key)...)
}

// changed is what a versioned Put that touched no row means.
func changed(op, what string, version uint64) error {
	return fault.Newf(fault.Conflict, op, "Look at its newest state and try again.", "This %s has changed in the meantime (version %d does not follow).", what, version)
}

// none makes a limit that is none of ≤0.
func none(limit int) *int {
	if limit <= 0 {
		return nil
	}
	return &limit
}
