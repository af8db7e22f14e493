// Package replicas holds the suites of several replicas on one database: processes that are
// killed, stopped and cut off under load, and histories of many clients checked for
// linearizability.
package replicas

import (
	"context"
	"fmt"
	"os"
	"testing"

	_ "github.com/anishathalye/porcupine" // histories

	"stint/store/postgres/pgtest"
)

// server is the Postgres of this package's tests; TestMain starts and stops it.
var server *pgtest.Server

func TestMain(m *testing.M) {
	var err error
	if server, err = pgtest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		os.Exit(1)
	}
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = 1
	}
	os.Exit(code)
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
