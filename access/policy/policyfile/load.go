package policyfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"stint/access/policy"
)

// Load reads a policy and compiles it. The policy is nil when any problem is more than a
// warning. Problems come in the order of the file; name is what they call the file.
func Load(name string, data []byte, names policy.Names, options ...policy.Option) (*policy.Policy, []policy.Problem) {
	f, problems := Parse(name, data)
	if f == nil {
		return nil, problems
	}
	p, more := policy.Compile(f.Spec, "", names, options...)
	for _, m := range more {
		if !f.explained(m.Path) {
			problems = append(problems, f.Locate(m))
		}
	}
	problems = inOrder(problems)
	if policy.Refused(problems) {
		return nil, problems
	}
	return p, problems
}

// File is a policy as it was read, with the place of everything in it.
type File struct {
	Name string
	Spec policy.Spec
	at   map[string]position
	bad  []string // paths that a problem of the reader is about
}

type position struct{ line, column int }

// Locate fills in file, line and column of a problem: the place of its path or, for what is
// missing, of what it is missing in.
func (f *File) Locate(p policy.Problem) policy.Problem {
	p.File = f.Name
	for path := p.Path; ; path = parent(path) {
		if at, ok := f.at[path]; ok {
			p.Line, p.Column = at.line, at.column
			return p
		}
		if path == "" {
			return p
		}
	}
}

// parent cuts the last step off a path.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// explained reports whether a problem of the reader already says what is wrong around a
// path: what could not be read is not also reported as missing, and nothing is asked of a
// rule that is not known to allow or to deny.
func (f *File) explained(path string) bool {
	return slices.ContainsFunc(f.bad, func(bad string) bool {
		rule, isDeny := strings.CutSuffix(bad, ".deny")
		return within(path, bad) || within(bad, path) || isDeny && within(path, rule)
	})
}

// within reports whether path is outer or lies in it.
func within(path, outer string) bool {
	return outer == "" || strings.HasPrefix(path, outer) &&
		(len(path) == len(outer) || path[len(outer)] == '.' || path[len(outer)] == '[')
}

// inOrder sorts problems by place. What is wrong with a value that several aliases stand
// for is told once, and of very many only the first.
func inOrder(problems []policy.Problem) []policy.Problem {
	slices.SortStableFunc(problems, func(a, b policy.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	problems = slices.CompactFunc(problems, func(a, b policy.Problem) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
	if len(problems) <= maxProblems {
		return problems
	}
	left := problems[maxProblems-1:]
	return append(problems[:maxProblems-1:maxProblems-1], policy.Problem{
		File: left[0].File, Line: left[0].Line, Column: left[0].Column,
		Message: fmt.Sprintf("and %d more", len(left)), Warning: !policy.Refused(left),
	})
}
