package postgres

import (
	"errors"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/store/record"
)

// load is rows for one table.
type load struct {
	table   string
	columns []string
	rows    [][]any
}

// Restore implements record.Tx: it copies each run of items of one kind in one statement.
func (t *tx) Restore(items []record.Item) error {
	const op = "postgres.Restore"
	if err := t.alive(op, true); err != nil {
		return err
	}
	for len(items) > 0 {
		n := 1
		for n < len(items) && items[n].Kind == items[0].Kind {
			n++
		}
		if err := t.restore(op, items[:n]); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// restore copies items of one kind.
func (t *tx) restore(op string, items []record.Item) error {
	kind := items[0].Kind
	into := load{table: tableOf(kind), columns: columnsOf(kind)}
	chain := load{table: "audit_chain", columns: []string{"seq", "prev", "hash"}}
	for _, i := range items {
		if err := named(op, string(kind), i.Key); err != nil {
			return err
		}
		row, link, err := rowOf(op, i)
		if err != nil {
			return err
		}
		into.rows = append(into.rows, row)
		if link != nil {
			chain.rows = append(chain.rows, link)
		}
	}
	for _, l := range []load{into, chain} {
		if len(l.rows) == 0 {
			continue
		}
		_, err := t.pg.CopyFrom(t.ctx, pgx.Identifier{l.table}, l.columns, pgx.CopyFromRows(l.rows))
		var e *pgconn.PgError
		if errors.As(err, &e) && e.Code == "23505" {
			t.broken = err
			return fault.Wrap(err, fault.Conflict, op, "Some of this is in the database already.", "Restore into an empty database.")
		}
		if err != nil {
			return t.fail(op, err)
		}
	}
	return nil
}

func tableOf(kind record.Kind) string {
	if kind == record.Event {
		return "audit"
	}
	return sourceOf(kind).table
}

func columnsOf(kind record.Kind) []string {
	return map[record.Kind][]string{
		record.Request:    {"id", "version", "state", "form_key", "asker", "receiver", "due", "data", "debrief"},
		record.Grant:      {"id", "version", "state", "key", "person", "request", "due", "data"},
		record.Assignment: {"key", "version", "state", "stuck", "due", "data"},
		record.Notice:     {"id", "next", "data"},
		record.Message:    {"key", "data"},
		record.Event:      {"seq", "data"},
		record.Pin:        {"slack", "person", "data"},
		record.Revision:   {"id", "version", "state", "data"},
		record.Meta:       {"name", "value"},
		record.Blob:       {"name", "value"},
	}[kind]
}

// rowOf is an item's row in the order of columnsOf, and of an event that is chained its
// row in the chain.
func rowOf(op string, i record.Item) (row, link []any, err error) {
	data := string(i.Value)
	switch i.Kind {
	case record.Request:
		var r access.Request
		r, err = record.Read(op, i, func(r access.Request) string { return string(r.ID) }, func(r access.Request) uint64 { return r.Version })
		var form *string
		if r.FormKey != "" {
			form = &r.FormKey
		}
		row = []any{string(r.ID), int64(r.Version), string(r.State), form, string(r.Asker.Person), string(r.Receiver.Person), stamp(r.DueAt()), data, r.Debrief.Open()}
	case record.Grant:
		var g access.Grant
		g, err = record.Read(op, i, func(g access.Grant) string { return string(g.ID) }, func(g access.Grant) uint64 { return g.Version })
		row = []any{string(g.ID), int64(g.Version), string(g.State), g.Key.String(), string(g.Key.Person), string(g.Request), stamp(g.DueAt()), data}
	case record.Assignment:
		var a access.Assignment
		a, err = record.Read(op, i, func(a access.Assignment) string { return a.Key.String() }, func(a access.Assignment) uint64 { return a.Version })
		row = []any{a.Key.String(), int64(a.Version), string(a.State), a.Stuck, stamp(a.DueAt()), data}
	case record.Notice:
		var n access.Notice
		n, err = record.Read(op, i, func(n access.Notice) string { return string(n.ID) }, nil)
		row = []any{string(n.ID), written(n.NextAt), data}
	case record.Message:
		var m access.Message
		m, err = record.Read(op, i, func(m access.Message) string { return m.Key }, nil)
		row = []any{m.Key, data}
	case record.Pin:
		var p identity.Pin
		p, err = record.Read(op, i, func(p identity.Pin) string { return string(p.Slack) }, nil)
		row = []any{string(p.Slack), string(p.Person), data}
	case record.Revision:
		var r access.Revision
		r, err = record.Read(op, i, func(r access.Revision) string { return string(r.ID) }, func(r access.Revision) uint64 { return r.Version })
		row = []any{string(r.ID), int64(r.Version), string(r.State), data}
	case record.Event:
		return eventRows(op, i)
	default:
		row = []any{i.Key, i.Value}
	}
	return row, nil, errors.Join(err, plainRow(op, row))
}

// eventRows are a line of the log and of its chain: see AppendAudit for what stands where.
func eventRows(op string, i record.Item) (row, link []any, err error) {
	e, err := record.Read(op, i, func(e access.AuditEvent) string { return record.Number(e.Seq) }, nil)
	if err != nil {
		return nil, nil, err
	}
	if e.Seq == 0 || e.Seq > math.MaxInt64 {
		return nil, nil, fault.Newf(fault.Invalid, op, "Events are numbered from 1 on.", "There can be no audit event %d.", e.Seq)
	}
	seq := int64(e.Seq)
	if e.Hash != "" {
		link = []any{seq, e.Prev, e.Hash}
	}
	e.Seq, e.Prev, e.Hash = 0, "", ""
	data, err := encoded(op, e)
	return []any{seq, data}, link, err
}

// plainRow refuses texts that a column cannot hold.
func plainRow(op string, row []any) error {
	for _, column := range row {
		text, ok := column.(string)
		if p, is := column.(*string); is && p != nil {
			text, ok = *p, true
		}
		if !ok {
			continue
		}
		if err := record.Plain(op, text); err != nil {
			return err
		}
	}
	return nil
}
