// Package replicas holds the suites of several replicas on one database: processes that are
// killed, stopped and cut off under load, and histories of many clients checked for
// linearizability.
package replicas

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"stint/store/postgres/pgtest"
)

// TestMain starts and stops them.
var (
	server  *pgtest.Server // the Postgres of this package's tests
	scratch string         // a directory for the program that they run
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if scratch, err = os.MkdirTemp("", "stint"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if server, err = pgtest.Start(); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	return m.Run(), nil
}

// full reports whether the long suites were asked for (make test-full).
func full() bool { return os.Getenv("STINT_FULL") != "" }

// schema is the address of an empty database.
func schema(t *testing.T) string {
	t.Helper()
	url, err := server.Schema(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return url
}
