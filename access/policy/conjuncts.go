package policy

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// need is what the answer of a condition depends on.
type need uint8

const (
	needAccount need = 1 << iota
	needRole
	needPerson // who it is
	needGroups // in which sets they are
	needMoment // the time, or the ticket
	needGroup  // which group is asked for
	// Whether it is an emergency is not listed: of many people at once, only ordinary
	// requests are asked.
)

func needsOf(a *ast.AST) need {
	var n need
	for _, r := range a.ReferenceMap() {
		name, _, _ := strings.Cut(r.Name, ".")
		switch name {
		case "account":
			n |= needAccount
		case "role":
			n |= needRole
		case "person":
			n |= needPerson
		case "groups":
			n |= needGroups
		case "group":
			n |= needGroup
		case "now", "ticket":
			n |= needMoment
		}
	}
	return n
}

// split takes a condition apart where everything must hold ("a && b"), because the parts
// often depend on different things: on the account alone, on the person alone. A condition
// holds as its parts do, Unknown included.
func (c *condition) split(a *ast.AST, sets func(string) bool) []*condition {
	var out []*condition
	for _, e := range operands(a.Expr()) {
		text, err := cel.ExprToString(e, a.SourceInfo())
		if err != nil {
			return []*condition{c}
		}
		part, err := compileCondition(text, sets)
		if err != nil {
			return []*condition{c}
		}
		if c.groups == groupsWhole && part.groups == groupsByName {
			part.groups = groupsWhole // what is not known of one set counts in every part, as it does in the whole
		}
		out = append(out, part)
	}
	if len(out) < 2 {
		return []*condition{c}
	}
	return out
}

func operands(e ast.Expr) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.LogicalAnd {
		return []ast.Expr{e}
	}
	var out []ast.Expr
	for _, arg := range e.AsCall().Args() {
		out = append(out, operands(arg)...)
	}
	return out
}
