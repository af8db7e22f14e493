package postgres

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"stint/access"
	"stint/access/fault"
	"stint/store/postgres/pgtest"
)

// cutting is a network that is lost around a commit.
type cutting struct {
	before, after atomic.Bool // lose the next commit before or after it reached the server
}

func (c *cutting) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	return &cutConn{conn, c}, err
}

type cutConn struct {
	net.Conn
	c *cutting
}

func (c *cutConn) Write(b []byte) (int, error) {
	if !bytes.Contains(b, []byte("commit\x00")) {
		return c.Conn.Write(b)
	}
	if c.c.before.CompareAndSwap(true, false) {
		_ = c.Close()
		return 0, errors.New("the network is gone")
	}
	if c.c.after.CompareAndSwap(true, false) {
		n, err := c.Conn.Write(b)
		answer := make([]byte, 1) // the server has begun to answer: it is committed
		_, _ = c.Read(answer)
		_ = c.Close()
		return n, err
	}
	return c.Conn.Write(b)
}

func openWith(t *testing.T, url string, opts Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func put(db *DB, value string) error {
	return db.Update(context.Background(), func(tx access.Tx) error { return tx.PutMeta("x", value) })
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func stored(t *testing.T, db *DB) (value string) {
	t.Helper()
	if err := db.View(t.Context(), func(tx access.Tx) (err error) { value, err = tx.Meta("x"); return err }); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestCommitWhoseAnswerIsLostIsReadBack(t *testing.T) {
	t.Parallel()
	for range 5 {
		cut := &cutting{}
		db := openWith(t, newSchema(t), Options{dial: cut.dial})
		cut.after.Store(true)
		if err := put(db, "landed"); err != nil {
			t.Errorf("it was committed, and Update says %v", err)
		}
		if got := stored(t, db); got != "landed" {
			t.Errorf("stored %q", got)
		}
		cut.before.Store(true)
		if err := put(db, "lost"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("it never reached the server, and Update says %v", err)
		}
		if got := stored(t, db); got != "landed" {
			t.Errorf("stored %q", got)
		}
	}
}

func TestServerThatCrashesAndComesBack(t *testing.T) {
	t.Parallel()
	own, err := pgtest.Start("fsync=on", "synchronous_commit=on", "full_page_writes=on")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Stop() })
	url, err := own.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := openWith(t, url, Options{outcome: 200 * time.Millisecond})
	// What was acknowledged when the server is killed under writers is there afterwards.
	var acked atomic.Int64
	var writers sync.WaitGroup
	begun := make(chan struct{}, 1)
	for range 4 {
		writers.Go(func() {
			for {
				err := db.Update(context.Background(), func(tx access.Tx) error {
					e, err := tx.AppendAudit(access.AuditEvent{At: time.Now(), Action: "test"})
					if err == nil && e.Seq == 20 {
						begun <- struct{}{}
					}
					return err
				})
				if err != nil {
					if !fault.Is(err, fault.Unavailable) {
						t.Errorf("a server that is gone is %q: %v", fault.CodeOf(err), err)
					}
					return
				}
				acked.Add(1)
			}
		})
	}
	<-begun
	own.Kill()
	writers.Wait()
	if err := put(db, "x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a server: %v", err)
	}
	if err := own.Run(); err != nil {
		t.Fatal(err)
	}
	var lines []access.AuditEvent
	if err := db.View(t.Context(), func(tx access.Tx) (err error) { lines, err = tx.Audit(0, 0); return err }); err != nil {
		t.Fatal(err)
	}
	if n := int64(len(lines)); n < acked.Load() {
		t.Errorf("%d lines after %d were acknowledged", n, acked.Load())
	}
	for i, e := range lines {
		if e.Seq != uint64(i)+1 {
			t.Fatalf("line %d has the number %d", i, e.Seq)
		}
	}
	if err := put(db, "back"); err != nil {
		t.Error(err)
	}
}

func TestStandbyReadsAndTakesOver(t *testing.T) {
	t.Parallel()
	primary, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = primary.Stop() })
	first := openWith(t, primary.URL(), Options{})
	if err := put(first, "one"); err != nil {
		t.Fatal(err)
	}
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standby.Stop() })
	if _, err := Open(t.Context(), standby.URL(), Options{}); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "standby") {
		t.Errorf("opening a standby: %v", err)
	}
	// Both hosts in one address, as during a failover: the one that can be written is used.
	both := "postgres://stint@" + host(t, primary.URL()) + "," + host(t, standby.URL()) + "/postgres?sslmode=disable&target_session_attrs=read-write"
	db := openWith(t, both, Options{})
	if got := stored(t, db); got != "one" {
		t.Errorf("stored %q", got)
	}
	primary.Kill()
	if err := standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for err = put(db, "two"); err != nil; err = put(db, "two") {
		if !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			t.Fatalf("after the failover: %v", err)
		}
	}
	if got := stored(t, db); got != "two" {
		t.Errorf("stored %q", got)
	}
}

func host(t *testing.T, url string) string {
	t.Helper()
	_, rest, _ := strings.Cut(url, "@")
	h, _, found := strings.Cut(rest, "/")
	if !found {
		t.Fatalf("no host in %s", url)
	}
	return h
}

// A replica that stalls within a transaction does not hold up the others, and what it
// does when it wakes is refused.
func TestStalledWriterIsEnded(t *testing.T) {
	t.Parallel()
	url := newSchema(t)
	stalled, other := openWith(t, url, Options{idle: 300 * time.Millisecond}), openWith(t, url, Options{})
	err := stalled.Update(t.Context(), func(tx access.Tx) error {
		if err := tx.PutMeta("x", "stalled"); err != nil {
			return err
		}
		if err := put(other, "other"); err != nil { // waits for the lock until Postgres takes it away
			t.Errorf("the other replica: %v", err)
		}
		return tx.PutMeta("x", "late")
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("the stalled replica: %v", err)
	}
	if got := stored(t, other); got != "other" {
		t.Errorf("stored %q", got)
	}
}

// Two replicas write to one store: nothing is lost, and no number is given twice.
func TestTwoReplicasWrite(t *testing.T) {
	t.Parallel()
	url := newSchema(t)
	const rounds = 40
	var group sync.WaitGroup
	for range 3 {
		db := openWith(t, url, Options{})
		for range 2 {
			group.Go(func() {
				for range rounds {
					if err := db.Update(context.Background(), func(tx access.Tx) error {
						text, err := tx.Meta("x")
						if err != nil {
							return err
						}
						n, _ := strconv.Atoi(text)
						e, err := tx.AppendAudit(access.AuditEvent{Action: "test"})
						if err != nil {
							return err
						}
						if e.Seq != uint64(n)+1 {
							t.Errorf("line %d at count %d", e.Seq, n)
						}
						return tx.PutMeta("x", strconv.Itoa(n+1))
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Wait()
	if got := stored(t, openWith(t, url, Options{})); got != strconv.Itoa(6*rounds) {
		t.Errorf("counted to %s", got)
	}
}

func TestReplicasThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	url := newSchema(t)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			db, err := Open(t.Context(), url, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			_ = db.Close()
		})
	}
	group.Wait()
}

// All connections taken: an Update waits for one until its context ends, and does nothing.
func TestExhaustedPoolWaits(t *testing.T) {
	t.Parallel()
	db := openWith(t, newSchema(t), Options{MaxConns: minConns})
	release := make(chan struct{})
	var views sync.WaitGroup
	var inside sync.WaitGroup
	inside.Add(minConns)
	for range minConns {
		views.Go(func() {
			if err := db.View(context.Background(), func(access.Tx) error { inside.Done(); <-release; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	inside.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := db.Update(ctx, func(access.Tx) error { t.Error("it was run"); return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	close(release)
	views.Wait()
	if err := put(db, "then"); err != nil {
		t.Error(err)
	}
}

// TestWhatPostgresSays: each failure of the engine has words of its own.
func TestWhatPostgresSays(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"53100": "disk", "53300": "room", "57P01": "stopping", "57P03": "starting", "57014": "too long", "55P03": "Another replica", "25006": "standby",
		"25P03": "stood still", "28P01": "does not let Stint in", "3D000": "no such database", "42501": "may not",
	} {
		err := explain("test", &pgconn.PgError{Code: code})
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := explain("test", &pgconn.PgError{Code: "42601"}); !fault.Is(err, fault.Internal) {
		t.Errorf("a defect of ours is %v", err)
	}
	const secret = "hunter2"
	_, err := Open(t.Context(), "postgres://u:"+secret+"@127.0.0.1:port/db", Options{})
	if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), secret) {
		t.Errorf("a bad address: %v", err)
	}
	if _, err := Open(t.Context(), "postgres://u@127.0.0.1:1/db", Options{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}
