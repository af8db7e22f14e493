package policyfile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"stint/access/policy"
)

// Limits of a file. A thousand rules need two thirds of them; beyond, somebody gave the wrong
// file.
const (
	maxBytes    = 512 << 10
	maxNodes    = 200_000
	maxDepth    = 50
	maxProblems = 100 // told of one file
)

// Parse reads a policy without resolving anything. It returns a file even when there are
// problems, holding what could be read, unless nothing sensible could be: then the file is nil.
func Parse(name string, data []byte) (*File, []policy.Problem) {
	if len(data) > maxBytes {
		return nil, []policy.Problem{{File: name, Message: fmt.Sprintf("the file is larger than %d KiB", maxBytes>>10)}}
	}
	r := newReader(name)
	root, problem := syntax(name, data)
	if problem != nil {
		return nil, []policy.Problem{*problem}
	}
	if root == nil {
		return nil, []policy.Problem{{File: name, Line: 1, Column: 1, Message: "the file is empty", Hint: "start from examples/policy.yaml"}}
	}
	r.read("", root, reflect.ValueOf(&r.file.Spec).Elem())
	problems := inOrder(r.problems)
	if r.hopeless {
		return nil, problems
	}
	return r.file, problems
}

// syntax parses YAML and returns the root of its one document; nil for an empty one.
func syntax(name string, data []byte) (root ast.Node, problem *policy.Problem) {
	defer func() {
		// The parser of the library is not safe against every input.
		if v := recover(); v != nil {
			root, problem = nil, &policy.Problem{File: name, Line: 1, Column: 1, Message: "this cannot be read as YAML"}
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if tk := tooDeep(tokens); tk != nil {
		at := at(tk)
		return nil, &policy.Problem{File: name, Line: at.line, Column: at.column, Message: "the file is too deeply nested"}
	}
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		p := policy.Problem{File: name, Line: 1, Column: 1, Message: "this is not YAML: " + firstLine(err.Error())}
		if e := yaml.Error(nil); errors.As(err, &e) {
			p.Message = "this is not YAML: " + e.GetMessage()
			if tk := e.GetToken(); tk != nil && tk.Position != nil {
				p.Line, p.Column = tk.Position.Line, tk.Position.Column
			}
		}
		if strings.Contains(p.Message, "cannot start any token") && strings.ContainsRune(string(data), '\t') {
			p.Hint = "YAML is indented with spaces, not tabs"
		}
		return nil, &p
	}
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			at := start(doc.Body)
			return nil, &policy.Problem{File: name, Line: at.line, Column: at.column, Message: "the file holds a second document", Hint: "remove --- and what follows it"}
		}
		root = doc.Body
	}
	return root, nil
}

// tooDeep finds where brackets, or marks like - on one line, are nested deeper than any policy
// is. The parser of the library takes quadratic time for them.
func tooDeep(tokens token.Tokens) *token.Token {
	flow, line, marks := 0, 0, 0
	for _, tk := range tokens {
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow = max(flow-1, 0)
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType, token.TagType, token.AnchorType:
			if tk.Position.Line != line {
				line, marks = tk.Position.Line, 0
			}
			if flow == 0 {
				marks++
			}
		}
		if flow > maxDepth || marks > maxDepth {
			return tk
		}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// start is where a node begins.
func start(n ast.Node) position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	case *ast.SequenceNode:
		if !n.IsFlowStyle && len(n.Entries) > 0 && n.Entries[0].Start != nil {
			return at(n.Entries[0].Start)
		}
	}
	return at(n.GetToken())
}

func at(tk *token.Token) position {
	if tk == nil || tk.Position == nil {
		return position{1, 1}
	}
	return position{tk.Position.Line, tk.Position.Column}
}
