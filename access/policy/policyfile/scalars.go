package policyfile

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"stint/access/policy"
)

// wrong reports a value of another type than was wanted.
func (r *reader) wrong(path string, n ast.Node, want, hint string) {
	r.problem(start(n), path, hint, "this must be %s, and is %s", want, kind(n))
}

func kind(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode:
		return "a number"
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number that is not whole"
	case *ast.BoolNode:
		return "true or false"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	default:
		return "something else"
	}
}

// text reads a string. A number or a boolean is refused and not taken for its letters: YAML
// reads 012345678901 as an octal number and the letters are lost.
func (r *reader) text(path string, n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value != nil {
			return n.Value.Value, true
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		r.wrong(path, n, "text", `write it in quotes: "`+n.GetToken().Value+`"`)
		return "", false
	}
	r.wrong(path, n, "text", "")
	return "", false
}

func integer(n ast.Node) (int64, bool) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	switch v := i.Value.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(min(v, math.MaxInt64)), true
	}
	return 0, false
}

const durationHint = "write it like 30m, 1h or 2d"

func (r *reader) duration(path string, n ast.Node, out *policy.Duration) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		r.wrong(path, n, "a duration", durationHint)
		return
	}
	d, err := policy.ParseDuration(s.Value)
	if err != nil {
		r.problem(start(n), path, durationHint, "%v", err)
		return
	}
	if d == 0 {
		r.problem(start(n), path, durationHint, "a duration must be longer than nothing")
		return
	}
	*out = d
}

const momentHint = "write it like 2026-11-23T12:00:00+01:00"

func (r *reader) moment(path string, n ast.Node, out *time.Time) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		r.wrong(path, n, "a time", momentHint)
		return
	}
	t, err := time.Parse(time.RFC3339, s.Value)
	if err != nil || t.IsZero() {
		r.problem(start(n), path, momentHint, "%q is no time", s.Value)
		return
	}
	*out = t
}

// union reads one word or a list.
func (r *reader) union(path string, n ast.Node, word string, is *bool, list reflect.Value) {
	s, ok := n.(*ast.StringNode)
	switch {
	case !ok:
		if _, isList := n.(*ast.SequenceNode); !isList {
			r.wrong(path, n, "`"+word+"` or a list", "")
			return
		}
		r.list(path, n, list)
	case s.Value == word:
		*is = true
	default:
		hint := "`" + word + "` is written in lower case, without quotes"
		switch {
		case strings.EqualFold(s.Value, word):
		case list.Type().Elem() == reflect.TypeFor[string]():
			hint = "write it in brackets: [" + s.Value + "]"
		case list.Type().Elem() == reflect.TypeFor[policy.AccountMatch]():
			hint = "write it like [{ name: " + s.Value + " }]"
		default:
			hint = "list steps like { from: [sre], count: 1 }"
		}
		r.problem(start(n), path, hint, "this must be `%s` or a list, and is `%s`", word, s.Value)
	}
}

func sorted(keys map[string]int) []string { return slices.Sorted(maps.Keys(keys)) }
