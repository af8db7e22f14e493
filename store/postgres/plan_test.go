package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stint/access"
)

// fill puts n requests and grants and as many lines and notices into a store, most of them
// of the past, as years of use leave them.
func fill(t testing.TB, url string, n int) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, sql := range []string{
		`INSERT INTO requests SELECT 'R' || lpad(i::text, 9, '0'), 1, CASE WHEN i % 500 = 0 THEN 'pending' ELSE 'approved' END, 'form' || i, 'p' || i % 3000, 'p' || i % 3000,
			CASE WHEN i % 500 = 0 THEN '2026-03-01T12:00:00.' || lpad(i::text, 9, '0') || 'Z' END, '{}' FROM generate_series(1, $1) i`,
		`INSERT INTO grants SELECT 'G' || lpad(i::text, 9, '0'), 1, CASE WHEN i % 100 = 0 THEN 'live' ELSE 'ended' END, 'p' || i % 3000 || '/a/r' || i % 50, 'p' || i % 3000, 'R' || lpad(i::text, 9, '0'),
			CASE WHEN i % 100 = 0 THEN '2026-03-01T12:00:00.' || lpad(i::text, 9, '0') || 'Z' END, '{}' FROM generate_series(1, $1) i`,
		`INSERT INTO assignments SELECT 'p' || i || '/a/r', 1, CASE WHEN i % 100 = 0 THEN 'present' ELSE 'absent' END, i % 10000 = 0,
			CASE WHEN i % 1000 = 0 THEN '2026-03-01T12:00:00.' || lpad(i::text, 9, '0') || 'Z' END, '{}' FROM generate_series(1, $1) i`,
		`INSERT INTO notices SELECT 'N' || lpad(i::text, 9, '0'), '2026-03-01T12:00:00.' || lpad(i::text, 9, '0') || 'Z', '{}' FROM generate_series(1, $1) i`,
		`INSERT INTO messages SELECT 'card/' || i, '{}' FROM generate_series(1, $1) i`,
		`INSERT INTO audit SELECT i, '{}' FROM generate_series(1, $1) i`,
		`INSERT INTO audit_chain SELECT i, 'p', 'h' FROM generate_series(1, $1 - 3) i`,
	} {
		if _, err := conn.Exec(context.Background(), sql, n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := conn.Exec(context.Background(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
}

// TestHotStatementsUseIndexes reads the plans of what is asked all the time: none of them
// may read a table from end to end.
func TestHotStatementsUseIndexes(t *testing.T) {
	t.Parallel()
	url := newSchema(t)
	openWith(t, url, Options{})
	fill(t, url, 20_000)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	filter := func(table, order string, limit int, build func(*query)) (string, []any) {
		q := query{order: order, limit: limit}
		build(&q)
		return q.sql(table)
	}
	type statement struct {
		sql  string
		args []any
	}
	hot := map[string]statement{
		"a request":           {`SELECT data FROM requests WHERE id = $1`, []any{"R000000007"}},
		"a form":              {`SELECT data FROM requests WHERE form_key = $1`, []any{"form7"}},
		"what is due":         {dueSQL, []any{"2026-03-01T12:00:00.000001000Z", 100}},
		"the next due":        {nextDueSQL, []any{"2026-03-01T12:00:00.000001000Z"}},
		"an assignment":       {`SELECT data FROM assignments WHERE key = $1`, []any{"p7/a/r"}},
		"due notices":         {`SELECT data FROM notices WHERE next <= $1 ORDER BY id LIMIT $2`, []any{"2026-03-01T12:00:00.000000010Z", 100}},
		"the next notice":     {`SELECT min(next) FROM notices WHERE next > $1`, []any{"2026-03-01T12:00:00.000010000Z"}},
		"messages of a card":  {`SELECT data FROM messages WHERE key >= $1 AND key < $2 ORDER BY key`, []any{"card/77", "card/77\U0010FFFF"}},
		"the chain's head":    {`SELECT seq, hash FROM audit_chain ORDER BY seq DESC LIMIT 1`, nil},
		"lines to be chained": {auditSQL, []any{19_997, 100}},
		"the last line":       {`SELECT coalesce(max(seq), 0) + 1 FROM audit`, nil},
	}
	add := func(name, table, order string, limit int, build func(*query)) {
		sql, args := filter(table, order, limit, build)
		hot[name] = statement{sql, args}
	}
	add("pending requests", "requests", "id DESC", 0, func(q *query) { q.in("state", []string{string(access.Pending)}) })
	add("a person's requests", "requests", "id DESC", 30, func(q *query) { q.where("(asker = ? OR receiver = ?)", "p7", "p7") })
	add("open debriefs", "requests", "id DESC", 0, func(q *query) { q.where("debrief") })
	add("live grants of a key", "grants", "id DESC", 0, func(q *query) { q.where("key = ?", "p7/a/r7"); q.in("state", []string{"live", "scheduled"}) })
	add("grants of a person", "grants", "id DESC", 100, func(q *query) { q.where("person = ?", "p7") })
	add("grants of a request", "grants", "id DESC", 0, func(q *query) { q.where("request = ?", "R000000007") })
	add("live grants", "grants", "id DESC", 0, func(q *query) { q.in("state", []string{"live"}) })
	add("stuck assignments", "assignments", "key", 0, func(q *query) { q.where("stuck") })
	const control = "no index"
	hot[control] = statement{`SELECT data FROM requests WHERE data::text LIKE $1`, []any{"%x%"}}
	for name, s := range hot {
		var raw []byte
		if err := conn.QueryRow(t.Context(), "EXPLAIN (FORMAT JSON) "+s.sql, s.args...).Scan(&raw); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if plan, found := fullScan(t, raw); found != (name == control) {
			t.Errorf("%s reads a whole table: %v\n%s", name, found, plan)
		}
	}
}

// fullScan finds a sequential scan in a plan.
func fullScan(t *testing.T, raw []byte) (string, bool) {
	t.Helper()
	type node struct {
		Type  string `json:"Node Type"`
		Table string `json:"Relation Name"`
		Plans []node
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal(raw, &plans); err != nil || len(plans) != 1 {
		t.Fatalf("a plan that cannot be read: %v\n%s", err, raw)
	}
	var b strings.Builder
	found := false
	var walk func(n node, depth int)
	walk = func(n node, depth int) {
		fmt.Fprintf(&b, "%s%s %s\n", strings.Repeat("  ", depth), n.Type, n.Table)
		found = found || n.Type == "Seq Scan"
		for _, p := range n.Plans {
			walk(p, depth+1)
		}
	}
	walk(plans[0].Plan, 0)
	return b.String(), found
}
