package postgres

import (
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

// AppendAudit numbers the event by the last one: the writer's lock makes that gapless, and
// an event that is rolled back takes no number.
func (t *tx) AppendAudit(e access.AuditEvent) (access.AuditEvent, error) {
	const op = "postgres.AppendAudit"
	e = record.InUTC(e)
	e.Seq, e.Prev, e.Hash = 0, "", "" // the number is a column, the rest is the chainer's
	data, err := encoded(op, e)
	if err != nil {
		return access.AuditEvent{}, err
	}
	if err := t.alive(op, true); err != nil {
		return access.AuditEvent{}, err
	}
	var seq int64
	if _, err := t.scan(op, `INSERT INTO audit (seq, data) SELECT coalesce(max(seq), 0) + 1, $1 FROM audit RETURNING seq`, []any{data}, &seq); err != nil {
		return access.AuditEvent{}, err
	}
	e.Seq = uint64(seq)
	return e, nil
}

const auditSQL = `
	SELECT a.seq, a.data, coalesce(c.prev, ''), coalesce(c.hash, '')
	FROM audit a LEFT JOIN audit_chain c USING (seq)
	WHERE a.seq > $1 ORDER BY a.seq LIMIT $2`

func (t *tx) Audit(after uint64, limit int) ([]access.AuditEvent, error) {
	const op = "postgres.Audit"
	if after >= math.MaxInt64 {
		return nil, nil
	}
	if err := t.alive(op, false); err != nil {
		return nil, err
	}
	rows, err := t.pg.Query(t.ctx, auditSQL, int64(after), none(limit))
	if err != nil {
		return nil, t.fail(op, err)
	}
	var bad error
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (e access.AuditEvent, err error) {
		var seq int64
		var data []byte
		var prev, hash string
		if err := r.Scan(&seq, &data, &prev, &hash); err != nil {
			return e, err
		}
		if e, err = decode[access.AuditEvent](op, data); err != nil && bad == nil {
			bad = err
		}
		e.Seq, e.Prev, e.Hash = uint64(seq), prev, hash
		return e, nil
	})
	if err != nil {
		return nil, t.fail(op, err)
	}
	return list, bad
}

func (t *tx) ChainHead() (seq uint64, hash string, err error) {
	var n int64
	_, err = t.scan("postgres.ChainHead", `SELECT seq, hash FROM audit_chain ORDER BY seq DESC LIMIT 1`, nil, &n, &hash)
	return uint64(n), hash, err
}

// PutChained takes only what continues the chain: the events right behind the head, as
// they were stored, each with the hash of the one before it. Anything else is a Conflict.
func (t *tx) PutChained(list []access.AuditEvent) error {
	const op = "postgres.PutChained"
	if err := t.alive(op, true); err != nil || len(list) == 0 {
		return err
	}
	head, hash, err := t.ChainHead()
	if err != nil {
		return err
	}
	stored, err := t.Audit(head, len(list))
	if err != nil {
		return err
	}
	var seqs []int64
	var prevs, hashes []string
	for i, e := range list {
		switch {
		case e.Seq != head+1:
			return chainFault(op, fmt.Errorf("event %d does not follow the head %d", e.Seq, head))
		case e.Hash == "" || head > 0 && e.Prev != hash:
			return chainFault(op, fmt.Errorf("event %d has prev %q and hash %q, the head has hash %q", e.Seq, e.Prev, e.Hash, hash))
		case i >= len(stored):
			return fault.New(fault.NotFound, op, "There is no such audit event.", "Read the log again.")
		}
		if err := same(op, stored[i], e); err != nil {
			return err
		}
		head, hash = e.Seq, e.Hash
		seqs, prevs, hashes = append(seqs, int64(e.Seq)), append(prevs, e.Prev), append(hashes, e.Hash)
	}
	_, err = t.exec(op, `INSERT INTO audit_chain (seq, prev, hash) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])`, seqs, prevs, hashes)
	return err
}

// same refuses an event that is not what was stored.
func same(op string, stored, e access.AuditEvent) error {
	stored.Prev, stored.Hash = e.Prev, e.Hash
	was, err := encoded(op, stored)
	if err != nil {
		return err
	}
	now, err := encoded(op, e)
	if err != nil {
		return err
	}
	if was != now {
		return chainFault(op, fmt.Errorf("event %d is not what was stored", e.Seq))
	}
	return nil
}

func chainFault(op string, err error) error {
	return fault.Wrap(err, fault.Conflict, op, "The audit log went on in the meantime.", "Read its head again.")
}
