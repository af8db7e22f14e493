package postgres

import (
	"fmt"
	"strconv"
	"strings"
)

// query builds the SELECT of a filter: only the conditions that are asked for, so that
// the planner sees them.
type query struct {
	conditions []string
	args       []any
	order      string
	limit      int // ≤0: no limit
}

// where adds a condition; each ? stands for an argument.
func (q *query) where(condition string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.conditions = append(q.conditions, condition)
}

// in lets one of several values pass; none given lets all.
func (q *query) in(column string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		q.where(column+" = ?", values[0])
	default:
		q.where(column+" = ANY (?)", values)
	}
}

func (q *query) sql(table string) (string, []any) {
	s := "SELECT data FROM " + table
	if len(q.conditions) > 0 {
		s += " WHERE " + strings.Join(q.conditions, " AND ")
	}
	s += " ORDER BY " + q.order
	if q.limit > 0 {
		s += fmt.Sprintf(" LIMIT %d", q.limit)
	}
	return s, q.args
}

// texts are values as plain strings.
func texts[S ~string](values []S) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
