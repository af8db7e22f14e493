package policy

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// groupUse is how a condition uses the variable groups.
type groupUse int

const (
	groupsUnused groupUse = iota
	groupsByName          // only as `"name" in groups`: each membership is asked for on its own
	groupsWhole           // anything else: every membership must be known
)

// groupUses finds how an expression uses groups, and the names it looks for in it.
func groupUses(a *ast.AST) (use groupUse, names []string) {
	total, named := 0, 0
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch {
		case isGroups(e):
			total++
		case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.In && isGroups(e.AsCall().Args()[1]):
			left := e.AsCall().Args()[0]
			if left.Kind() != ast.LiteralKind {
				return
			}
			if s, ok := left.AsLiteral().(types.String); ok {
				named++
				names = append(names, string(s))
			}
		}
	}))
	switch {
	case total == 0:
		return groupsUnused, nil
	case total == named:
		return groupsByName, names
	default:
		return groupsWhole, names
	}
}

func isGroups(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == "groups" }

// groups resolves the variable: the names of the people sets that the person is in. It is
// not found where a membership that matters is Unknown, so that neither `in` nor
// `!(… in …)` is taken for true.
func (s *subject) groups(use groupUse) (any, bool) {
	if use == groupsByName {
		return &groupList{Val: emptyGroups, s: s}, true
	}
	names := []string{}
	for i := range s.e.p.sets {
		switch s.e.member(i, s.person) {
		case True:
			names = append(names, s.e.p.sets[i].name)
		case Unknown:
			return nil, false
		}
	}
	return names, true
}

// groupList answers `"name" in groups` and nothing else.
type groupList struct {
	ref.Val
	s *subject
}

var (
	_ traits.Container = (*groupList)(nil)

	emptyGroups = types.NewStringList(types.DefaultTypeAdapter, nil)
)

// Contains asks for one membership.
func (g *groupList) Contains(value ref.Val) ref.Val {
	name, ok := value.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(value)
	}
	i, ok := g.s.e.p.setByName[string(name)]
	if !ok {
		return types.NewErr("no people set %q", string(name))
	}
	switch g.s.e.member(i, g.s.person) {
	case True:
		return types.True
	case False:
		return types.False
	default:
		return types.NewErr("the members of %q are not known", string(name))
	}
}
