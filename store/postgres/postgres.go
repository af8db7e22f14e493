package postgres

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stint/access"
	"stint/access/fault"
)

// The limits of one statement and one transaction. A stalled replica must not keep the
// writer's lock: Postgres ends its transaction after idleTimeout and the others go on.
const (
	connectTimeout   = 5 * time.Second
	statementTimeout = 15 * time.Second
	lockTimeout      = 10 * time.Second
	idleTimeout      = 5 * time.Second
	// outcomeWithin bounds the question what became of a commit: others wait for the writer.
	outcomeWithin = 10 * time.Second
)

// minConns is the smallest pool that cannot wait for itself: Update within View within
// Update, and one to ask what became of a commit.
const minConns = 4

// Options tune a store; the zero value is what production uses.
type Options struct {
	// MaxConns bounds the pool; zero means 10, and less than 4 means 4.
	MaxConns int
	// For tests: dial replaces the network, idle is the time after which a stalled
	// transaction is ended, outcome replaces outcomeWithin.
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	idle    time.Duration
	outcome time.Duration
}

// DB is an access.Store in Postgres. It is safe for concurrent use.
type DB struct {
	pool *pgxpool.Pool
	// writer is held by the one Update of this process that runs or waits for the others:
	// the rest wait here, without a connection.
	writer chan struct{}
	closed atomic.Bool
	// channel is where a commit leaves word, and origin names this process in it.
	channel, origin string
	// outcomeWithin is the constant of that name, or what a test set.
	outcomeWithin time.Duration
}

var _ access.Store = (*DB)(nil)

// Open connects and brings the tables to this version. The tables live in the first schema
// of the connection's search_path. Errors: Invalid for a URL that is none, Unavailable when
// the database cannot be reached or does not let us.
func Open(ctx context.Context, url string, opts Options) (*DB, error) {
	const op = "postgres.Open"
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The library's text may hold the password.
		return nil, fault.New(fault.Invalid, op, "STINT_DATABASE_URL is no address of a Postgres database.",
			"Write it like postgres://user:password@host:5432/database?sslmode=verify-full.")
	}
	configure(cfg, opts)
	steps, err := migrations()
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, op, "The migrations of this build are not in order.", "")
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, explain(op, err)
	}
	db := &DB{pool: pool, writer: make(chan struct{}, 1), origin: newOrigin(), outcomeWithin: outcomeWithin}
	if opts.outcome > 0 {
		db.outcomeWithin = opts.outcome
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		pool.Close()
		return nil, explain(op, err)
	}
	defer conn.Release()
	if err = migrate(ctx, conn.Conn(), steps); err == nil {
		err = conn.QueryRow(ctx, `SELECT $1 || current_schema()`, notifyChannel).Scan(&db.channel)
	}
	if err != nil {
		conn.Release()
		pool.Close()
		return nil, explained(op, err)
	}
	return db, nil
}

func configure(cfg *pgxpool.Config, opts Options) {
	cfg.MaxConns = int32(max(minConns, opts.MaxConns))
	if opts.MaxConns == 0 {
		cfg.MaxConns = 10
	}
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.HealthCheckPeriod = 30 * time.Second
	c := cfg.ConnConfig
	c.ConnectTimeout = connectTimeout
	if opts.dial != nil {
		c.DialFunc = opts.dial
	}
	idle := idleTimeout
	if opts.idle > 0 {
		idle = opts.idle
	}
	for name, value := range map[string]string{
		"application_name":                    "stint",
		"timezone":                            "UTC",
		"statement_timeout":                   milliseconds(statementTimeout),
		"lock_timeout":                        milliseconds(lockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(idle),
	} {
		if c.RuntimeParams[name] == "" {
			c.RuntimeParams[name] = value
		}
	}
}

// Close waits for running transactions and makes every later call fail with Unavailable.
// Closing twice is fine.
func (db *DB) Close() error {
	if !db.closed.CompareAndSwap(false, true) {
		return nil
	}
	db.pool.Close()
	return nil
}

// beginView takes the snapshot at once and in one round trip: Postgres itself would wait for
// the first thing that is read.
const beginView = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT`

// View runs fn on one consistent state, that of the last Update that was committed.
func (db *DB) View(ctx context.Context, fn func(access.Tx) error) error {
	const op = "postgres.View"
	if err := db.usable(ctx, op); err != nil {
		return err
	}
	ptx, err := db.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginView})
	if err != nil {
		return db.failed(ctx, op, err)
	}
	t := &tx{ctx: ctx, pg: ptx}
	defer func() {
		t.end()
		rollback(ctx, ptx)
	}()
	return fn(t)
}

// beginUpdate takes the writer's lock, learns the transaction's id and what writers must know,
// and leaves word for the other replicas, which goes out with the commit.
const beginUpdate = `SELECT pg_current_xact_id()::text, pg_notify($1, $2), format FROM writer FOR UPDATE`

// Update runs fn and commits it; one Update runs at a time in all replicas. A context
// that ends while it waits its turn ends the wait before fn is run. fn is run once: what
// fails before it is tried again by the caller, and what fails after it is not assumed.
//
// When the connection is lost during the commit, the outcome is read back. If even that
// fails for ten seconds, or until ctx ends, the code is Unavailable and nobody knows: every
// change has a key under which it is asked for again.
func (db *DB) Update(ctx context.Context, fn func(access.Tx) error) error {
	const op = "postgres.Update"
	if err := db.usable(ctx, op); err != nil {
		return err
	}
	select {
	case db.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-db.writer }()
	if err := ctx.Err(); err != nil {
		return err
	}
	ptx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return db.failed(ctx, op, err)
	}
	t := &tx{ctx: ctx, pg: ptx, writes: true}
	committed := false
	defer func() {
		t.end()
		if !committed {
			rollback(ctx, ptx)
		}
	}()
	var id string
	var have int
	if err := ptx.QueryRow(ctx, beginUpdate, db.channel, db.origin).Scan(&id, nil, &have); err != nil {
		return db.failed(ctx, op, err)
	}
	if err := writable(op, have); err != nil {
		return err
	}
	if err := fn(t); err != nil {
		return err
	}
	if t.broken != nil { // fn went on after an error that ended the transaction
		return db.failed(ctx, op, t.broken)
	}
	committed = true // or not: in either case there is nothing left to roll back
	if err := ptx.Commit(ctx); err != nil {
		return db.outcome(ctx, id, err)
	}
	return nil
}

// outcome finds out what became of a commit that returned an error.
func (db *DB) outcome(ctx context.Context, id string, cause error) error {
	const op = "postgres.Update"
	if answered(cause) { // Postgres said no
		return db.failed(ctx, op, cause)
	}
	ctx, cancel := context.WithTimeout(ctx, db.outcomeWithin)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		var status *string
		err := db.pool.QueryRow(ctx, `SELECT pg_xact_status($1::xid8)`, id).Scan(&status)
		switch {
		case err == nil && status != nil && *status == "committed":
			return nil
		case err == nil && status != nil && *status == "aborted":
			return fault.Wrap(cause, fault.Unavailable, op, "The database was lost before it could store this: nothing was changed.", "Try again.")
		case err == nil && status == nil, err != nil && answered(err):
			return unknown(op, errors.Join(cause, err))
		}
		select {
		case <-ctx.Done():
			return unknown(op, errors.Join(cause, err, ctx.Err()))
		case <-time.After(wait): // still in progress, or still not reachable
		}
	}
}

func unknown(op string, err error) error {
	return fault.Wrap(err, fault.Unavailable, op, "The database was lost while it stored this, and cannot say whether it did.",
		"Look at its newest state before you try again.")
}

func (db *DB) usable(ctx context.Context, op string) error {
	if db.closed.Load() {
		return fault.New(fault.Unavailable, op, "The store is closed.", "Stint is stopping; try again when it is back.")
	}
	return ctx.Err()
}

// failed explains an error of the engine; that of a context that ended is given as it is.
func (db *DB) failed(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil && !answered(err) {
		return ctx.Err()
	}
	if db.closed.Load() {
		return db.usable(ctx, op)
	}
	return explain(op, err)
}

// rollback ends a transaction that is not committed, whatever became of ctx.
func rollback(ctx context.Context, ptx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	_ = ptx.Rollback(ctx) // a connection that fails here is thrown away by the pool
}
