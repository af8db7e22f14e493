package policyfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"stint/access/catalog"
	"stint/access/policy"
)

// reader fills a Spec from a syntax tree and notes the place of everything. The shape of
// the file is that of the JSON tags.
type reader struct {
	file     *File
	problems []policy.Problem
	anchors  map[string]*ast.AnchorNode
	open     []string // anchors that are being read
	nodes    int
	depth    int
	hopeless bool // so much is wrong that names need not be resolved
}

func newReader(name string) *reader {
	return &reader{file: &File{Name: name, at: map[string]position{}}, anchors: map[string]*ast.AnchorNode{}}
}

// problem notes what is wrong at a path, and that the path needs no other explanation.
func (r *reader) problem(where position, path, hint, format string, args ...any) {
	r.problems = append(r.problems, policy.Problem{
		Path: path, File: r.file.Name, Line: where.line, Column: where.column,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
	r.file.bad = append(r.file.bad, path)
	if !strings.ContainsAny(path, ".[") {
		r.hopeless = true
	}
}

// read reads a node into a value of any type that a Spec is made of.
func (r *reader) read(path string, n ast.Node, v reflect.Value) {
	r.nodes++
	r.depth++
	defer func() { r.depth-- }()
	if r.nodes > maxNodes || r.depth > maxDepth {
		if !r.hopeless {
			r.problem(start(n), "", "", "the file is too large or too deeply nested")
		}
		return
	}
	if _, ok := r.file.at[path]; !ok {
		r.file.at[path] = start(n)
	}
	n, done := r.resolve(path, n)
	defer done()
	if n == nil {
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *policy.Duration:
		r.duration(path, n, p)
	case *policy.Accounts:
		r.union(path, n, "all", &p.All, reflect.ValueOf(&p.Entries).Elem())
	case *policy.List:
		r.union(path, n, "all", &p.All, reflect.ValueOf(&p.Items).Elem())
	case *policy.ApprovalSpec:
		r.union(path, n, "automatic", &p.Automatic, reflect.ValueOf(&p.Steps).Elem())
	case *policy.ApprovalWant:
		r.union(path, n, "automatic", &p.Automatic, reflect.ValueOf(&p.Sets).Elem())
	case *time.Time:
		r.moment(path, n, p)
	default:
		r.readKind(path, n, v)
	}
}

func (r *reader) readKind(path string, n ast.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.readKind(path, n, v.Elem())
	case reflect.Struct:
		r.object(path, n, v)
	case reflect.Map:
		r.dictionary(path, n, v)
	case reflect.Slice:
		r.list(path, n, v)
	case reflect.String:
		if s, ok := r.text(path, n); ok {
			v.SetString(s)
		}
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
		} else {
			r.wrong(path, n, "true or false", "write true or false")
		}
	case reflect.Int:
		if i, ok := integer(n); ok {
			v.SetInt(i)
		} else {
			r.wrong(path, n, "a whole number", "")
		}
	}
}

// resolve follows anchors and aliases; nil when there is nothing to read. The caller calls
// done when it has read what was returned.
func (r *reader) resolve(path string, n ast.Node) (_ ast.Node, done func()) {
	opened := len(r.open)
	done = func() { r.open = r.open[:opened] }
	for {
		switch x := n.(type) {
		case *ast.AnchorNode:
			name := x.Name.GetToken().Value
			r.anchors[name] = x
			r.open = append(r.open, name)
			n = x.Value
		case *ast.AliasNode:
			name := x.Value.GetToken().Value
			anchor, ok := r.anchors[name]
			switch {
			case !ok:
				r.problem(start(n), path, "put &"+name+" before what it stands for, further up", "there is no anchor %q", name)
				return nil, done
			case slices.Contains(r.open, name):
				r.problem(start(n), path, "", "anchor %q contains itself", name)
				return nil, done
			}
			r.open = append(r.open, name)
			n = anchor.Value
		case *ast.TagNode:
			r.problem(start(n), path, "remove it; quote what should be text", "types like %s are not used here", x.GetToken().Value)
			return nil, done
		case nil:
			return nil, done
		case *ast.NullNode:
			r.problem(start(n), path, "give one, or remove the key", "there is no value")
			return nil, done
		default:
			return n, done
		}
	}
}

// object reads the fields of a struct.
func (r *reader) object(path string, n ast.Node, v reflect.Value) {
	keys := map[string]int{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		keys[name] = i
	}
	r.fields(path, n, func(key string, where position, value ast.Node) {
		i, ok := keys[key]
		if !ok {
			r.unknown(join(path, key), path, key, where, sorted(keys))
			return
		}
		r.read(join(path, key), value, v.Field(i))
	})
}

// unknown reports a key that has no meaning. What it was probably meant to be is explained
// with it.
func (r *reader) unknown(at, path, key string, where position, known []string) {
	near := catalog.Nearest(key, slices.Values(known))
	hint := "known here are " + strings.Join(known, ", ")
	if len(near) > 0 {
		hint = "did you mean `" + near[0] + "`?"
		r.file.bad = append(r.file.bad, join(path, near[0]))
	}
	r.problem(where, at, hint, "there is no key `%s` here", key)
}

// dictionary reads a map whose keys people choose.
func (r *reader) dictionary(path string, n ast.Node, v reflect.Value) {
	m := reflect.MakeMap(v.Type())
	r.fields(path, n, func(key string, _ position, value ast.Node) {
		item := reflect.New(v.Type().Elem()).Elem()
		r.read(join(path, key), value, item)
		m.SetMapIndex(reflect.ValueOf(key), item)
	})
	v.Set(m)
}

// fields walks the pairs of a mapping, each key once.
func (r *reader) fields(path string, n ast.Node, field func(key string, where position, value ast.Node)) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		r.wrong(path, n, "keys with values", "")
		return
	}
	first := map[string]int{}
	for _, p := range pairs {
		where := start(p.Key)
		var key string
		switch k := p.Key.(type) {
		case *ast.StringNode:
			key = k.Value
		case *ast.MergeKeyNode:
			r.problem(where, join(path, "<<"), "write the keys out, or use an alias for a whole value", "merge keys are not used here")
			continue
		default:
			key = p.Key.GetToken().Value // tags may well be called 1 or true
		}
		if line, ok := first[key]; ok {
			r.problem(where, join(path, key), "remove one of them", "`%s` is there already, in line %d", key, line)
			continue
		}
		first[key] = where.line
		field(key, where, p.Value)
	}
}

// list reads a sequence; an empty one is not nil.
func (r *reader) list(path string, n ast.Node, v reflect.Value) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		hint := ""
		if s, isText := n.(*ast.StringNode); isText {
			hint = "write it in brackets: [" + s.Value + "]"
		}
		r.wrong(path, n, "a list", hint)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		r.read(fmt.Sprintf("%s[%d]", path, i), item, out.Index(i))
	}
	v.Set(out)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
