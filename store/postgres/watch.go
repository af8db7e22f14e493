package postgres

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/jackc/pgx/v5"
)

// notifyChannel is where each commit says that it was, one a schema: Postgres delivers it
// to whoever listens once the transaction is committed, and not at all when it is rolled back.
const notifyChannel = "stint/"

// rewatch is the pause before a lost listener connects again.
const rewatch = time.Second

// newOrigin names this process among those that listen.
func newOrigin() string { return rand.Text() }

// Watch implements access.Watcher: changed is called after another process committed, and
// after the listener was connected anew, because it may have missed something.
func (db *DB) Watch(ctx context.Context, changed func()) {
	for ctx.Err() == nil && !db.closed.Load() {
		db.listen(ctx, changed)
		select {
		case <-ctx.Done():
		case <-time.After(rewatch):
		}
	}
}

// listen returns when the connection is lost.
func (db *DB) listen(ctx context.Context, changed func()) {
	pooled, err := db.pool.Acquire(ctx)
	if err != nil {
		return
	}
	conn := pooled.Hijack() // it listens for good; the pool makes another in its place
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{db.channel}.Sanitize()); err != nil {
		return
	}
	changed()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return
		}
		if n.Payload != db.origin {
			changed()
		}
	}
}
