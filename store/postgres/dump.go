package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"stint/access/fault"
	"stint/store/record"
)

var _ record.Tx = (*tx)(nil)

const (
	// dumpPage is how many rows are read at once: a statement ends before its time is up,
	// however slow whoever takes the rows is.
	dumpPage = 500
	// dumpIdle is how long a View may stand still between two pages: what is read is written
	// elsewhere meanwhile.
	dumpIdle = 10 * time.Minute
)

// source is where the items of a kind are.
type source struct {
	table, key, value string
	page              int
}

func sourceOf(kind record.Kind) source {
	return map[record.Kind]source{
		record.Request:    {"requests", "id", "data", dumpPage},
		record.Grant:      {"grants", "id", "data", dumpPage},
		record.Assignment: {"assignments", "key", "data", dumpPage},
		record.Notice:     {"notices", "id", "data", dumpPage},
		record.Message:    {"messages", "key", "data", dumpPage},
		record.Pin:        {"pins", "slack", "data", dumpPage},
		record.Revision:   {"revisions", "id", "data", dumpPage},
		record.Meta:       {"meta", "name", "value", dumpPage},
		record.Blob:       {"blobs", "name", "value", 1}, // a catalog has many megabytes
	}[kind]
}

// Dump implements record.Tx. Tables that only a newer Stint knows are not left out
// silently: it refuses.
func (t *tx) Dump(fn func(record.Item) error) error {
	const op = "postgres.Dump"
	if err := t.known(op); err != nil {
		return err
	}
	if !t.writes {
		if _, err := t.pg.Exec(t.ctx, "SET LOCAL idle_in_transaction_session_timeout = "+milliseconds(dumpIdle)); err != nil {
			return t.fail(op, err)
		}
	}
	for _, kind := range record.Kinds() {
		dump := t.dumpTable
		if kind == record.Event {
			dump = t.dumpAudit
		}
		if err := dump(op, kind, fn); err != nil {
			return err
		}
	}
	return nil
}

// known refuses a schema that a newer Stint has brought further.
func (t *tx) known(op string) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	var have int
	if _, err := t.scan(op, `SELECT coalesce(max(number), 0) FROM migrations`, nil, &have); err != nil {
		return err
	}
	if have > len(steps) {
		return fault.Newf(fault.Invalid, op, "Use the newer version for this.",
			"A newer Stint wrote this database (tables %d, this one knows %d): something might be left behind.", have, len(steps))
	}
	return nil
}

func (t *tx) dumpTable(op string, kind record.Kind, fn func(record.Item) error) error {
	s := sourceOf(kind)
	sql := "SELECT " + s.key + ", " + s.value + " FROM " + s.table + " WHERE " + s.key + " > $1 ORDER BY " + s.key + " LIMIT $2"
	for after := ""; ; {
		rows, err := t.pg.Query(t.ctx, sql, after, s.page)
		if err != nil {
			return t.fail(op, err)
		}
		list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (record.Item, error) {
			i := record.Item{Kind: kind}
			return i, r.Scan(&i.Key, &i.Value)
		})
		if err != nil {
			return t.fail(op, err)
		}
		for _, i := range list {
			if err := fn(i); err != nil {
				return err
			}
			after = i.Key
		}
		if len(list) < s.page {
			return nil
		}
	}
}

func (t *tx) dumpAudit(op string, _ record.Kind, fn func(record.Item) error) error {
	for after := uint64(0); ; {
		list, err := t.Audit(after, dumpPage)
		if err != nil {
			return err
		}
		for _, e := range list {
			i, err := record.OfEvent(op, e)
			if err != nil {
				return err
			}
			if err := fn(i); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(list) < dumpPage {
			return nil
		}
	}
}
