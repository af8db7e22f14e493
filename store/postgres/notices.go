package postgres

import (
	"time"

	"stint/access"
)

func (t *tx) PutNotice(n access.Notice) error {
	const op = "postgres.PutNotice"
	if err := named(op, "notice", string(n.ID)); err != nil {
		return err
	}
	data, err := encoded(op, n)
	if err != nil {
		return err
	}
	_, err = t.exec(op, `INSERT INTO notices (id, next, data) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET next = EXCLUDED.next, data = EXCLUDED.data`, string(n.ID), written(n.NextAt), data)
	return err
}

// DeleteNotice of one that is not there changes nothing: it was delivered already.
func (t *tx) DeleteNotice(id access.NoticeID) error {
	_, err := t.exec("postgres.DeleteNotice", `DELETE FROM notices WHERE id = $1`, string(id))
	return err
}

func (t *tx) DueNotices(until time.Time, limit int) ([]access.Notice, error) {
	return many[access.Notice](t, "postgres.DueNotices", `SELECT data FROM notices WHERE next <= $1 ORDER BY id LIMIT $2`, written(until), none(limit))
}

func (t *tx) NextNoticeAfter(after time.Time) (time.Time, error) {
	return t.firstTime("postgres.NextNoticeAfter", `SELECT min(next) FROM notices WHERE next > $1`, after)
}

func (t *tx) Notices() (n int, err error) {
	_, err = t.scan("postgres.Notices", `SELECT count(*) FROM notices`, nil, &n)
	return n, err
}
