package blockkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

type object = map[string]any

// checker gathers the problems of one payload.
type checker struct {
	rules    Rules
	surface  Surface
	problems []Problem
	blockIDs map[string]bool
	focused  bool
	inputs   []string // pointers of the input blocks met
}

func (c *checker) add(pointer, code, message string, constraint object) {
	c.problems = append(c.problems, Problem{Pointer: pointer, Code: code, Message: message, Constraint: constraint})
}

func (c *checker) fail(pointer, format string, args ...any) {
	c.add(pointer, "failed_constraint", fmt.Sprintf(format, args...), nil)
}

// noSchema is how Slack introduces the problems of something that may have several shapes.
const noSchema = "failed to match all allowed schemas"

// nested runs a check whose own problems Slack introduces by saying that no schema fitted at pointer.
func (c *checker) nested(pointer string, check func()) {
	at := len(c.problems)
	check()
	if len(c.problems) > at {
		c.problems = slices.Insert(c.problems, at, Problem{
			Pointer: pointer, Code: "failed_constraint", Message: noSchema,
		})
	}
}

// object asserts that v is an object with the fields named and no others. A name ending in "!" must be there.
func (c *checker) object(pointer string, v any, fields ...string) (object, bool) {
	m, ok := v.(object)
	if !ok {
		c.add(pointer, "invalid_type", "must provide an object", object{"type": "object"})
		return nil, false
	}
	c.fields(pointer, m, fields...)
	return m, true
}

func (c *checker) fields(pointer string, m object, fields ...string) {
	known := make(map[string]bool, len(fields))
	for _, f := range fields {
		name, required := strings.CutSuffix(f, "!")
		known[name] = true
		if _, there := m[name]; required && !there {
			c.add(pointer, "missing_field", "missing required field: "+name, object{"type": "required", "expected": name})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !known[name] {
			c.add(pointer, "unexpected_field", "invalid additional property: "+name, object{"type": "unexpected", "got": name})
		}
	}
}

// str checks a string field that may be absent: between least and most characters. It returns "" when the
// field is absent or wrong.
func (c *checker) str(pointer string, m object, name string, least, most int) string {
	v, there := m[name]
	if !there {
		return ""
	}
	return c.strValue(pointer+"/"+name, v, least, most)
}

func (c *checker) strValue(pointer string, v any, least, most int) string {
	s, ok := v.(string)
	if !ok {
		c.add(pointer, "invalid_type", "must provide a string", object{"type": "string"})
		return ""
	}
	n := utf8.RuneCountInString(s)
	if n < least {
		c.add(pointer, "failed_constraint", fmt.Sprintf("must be more than %d characters", least-1), object{"type": "min_length", "expected": least})
	}
	if most > 0 && n > most {
		c.add(pointer, "failed_constraint", fmt.Sprintf("must be less than %d characters", most+1), object{"type": "max_length", "expected": most})
	}
	return s
}

func (c *checker) enum(pointer string, m object, name string, allowed ...string) {
	v, there := m[name]
	if !there {
		return
	}
	pointer += "/" + name
	if s := c.strValue(pointer, v, 0, 0); s != "" && !slices.Contains(allowed, s) {
		c.add(pointer, "failed_constraint", "must be a valid enum value", object{"type": "enum", "expected": allowed, "got": s})
	} else if v == "" {
		c.add(pointer, "failed_constraint", "must be a valid enum value", object{"type": "enum", "expected": allowed, "got": ""})
	}
}

func (c *checker) flag(pointer string, m object, names ...string) {
	for _, name := range names {
		if v, there := m[name]; there {
			if _, ok := v.(bool); !ok {
				c.add(pointer+"/"+name, "invalid_type", "must provide a boolean", object{"type": "boolean"})
			}
		}
	}
}

// whole checks an integer field that may be absent and returns it with whether it is there and right.
func (c *checker) whole(pointer string, m object, name string, least, most int64) (int64, bool) {
	v, there := m[name]
	if !there {
		return 0, false
	}
	pointer += "/" + name
	num, ok := v.(json.Number)
	n, err := strconv.ParseInt(string(num), 10, 64)
	if !ok || err != nil {
		c.add(pointer, "invalid_type", "must provide an integer", object{"type": "integer"})
		return 0, false
	}
	if n < least {
		c.fail(pointer, "must be greater than %d", least-1)
		return n, false
	}
	if most > 0 && n > most {
		c.fail(pointer, "must be less than %d", most+1)
		return n, false
	}
	return n, true
}

// list checks an array field that may be absent and returns its items.
func (c *checker) list(pointer string, m object, name string, least, most int) []any {
	v, there := m[name]
	if !there {
		return nil
	}
	return c.listValue(pointer+"/"+name, v, least, most)
}

func (c *checker) listValue(pointer string, v any, least, most int) []any {
	items, ok := v.([]any)
	if !ok {
		c.add(pointer, "invalid_type", "must provide an array", object{"type": "array"})
		return nil
	}
	if len(items) < least {
		c.add(pointer, "failed_constraint", fmt.Sprintf("no less than %d items allowed", least), object{"type": "min_items", "expected": least})
	}
	if most > 0 && len(items) > most {
		c.add(pointer, "failed_constraint", fmt.Sprintf("no more than %d items allowed", most), object{"type": "max_items", "expected": most})
	}
	return items
}

func (c *checker) strings(pointer string, m object, name string, least, most int) []string {
	var out []string
	for i, v := range c.list(pointer, m, name, least, most) {
		out = append(out, c.strValue(fmt.Sprintf("%s/%s/%d", pointer, name, i), v, 1, 0))
	}
	return out
}

func (c *checker) unsupported(pointer string, got any, allowed ...string) {
	s, ok := got.(string)
	if !ok {
		c.add(pointer+"/type", "invalid_type", "must provide a string", object{"type": "string"})
		return
	}
	c.add(pointer+"/type", "failed_constraint", "unsupported type: "+s, object{"type": "enum", "expected": allowed, "got": s})
}

func child(pointer, name string, i int) string { return pointer + "/" + name + "/" + strconv.Itoa(i) }
