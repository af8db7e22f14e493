package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"stint/access/catalog"
)

// What a condition may cost. A real one costs some tens; the limits keep a written
// mistake from slowing down every form.
const (
	maxConditionLength = 1000 // characters
	maxConditionCost   = 10_000
)

// conditionNames are what a `when` may speak of. The duration is not among them: it is
// limited by the rule that decides and never selects one.
var conditionNames = []struct {
	name string
	kind *cel.Type
}{
	{"person.id", cel.StringType},
	{"person.name", cel.StringType},
	{"person.email", cel.StringType},
	{"person.user_name", cel.StringType},
	{"groups", cel.ListType(cel.StringType)}, // names of the people sets that the person is in
	{"account.id", cel.StringType},
	{"account.name", cel.StringType},
	{"account.ou", cel.StringType}, // "/Production/Payments"
	{"account.tags", cel.MapType(cel.StringType, cel.StringType)},
	{"role", cel.StringType},  // its name
	{"group", cel.StringType}, // name of the Identity Center group that is asked for; "" for a role
	{"now", cel.TimestampType},
	{"emergency", cel.BoolType},
	{"ticket", cel.StringType}, // "" when none was given
}

// condition is a compiled `when`.
type condition struct {
	program cel.Program
	text    string
	groups  groupUse
	needs   need // what the answer depends on
	parts   func() []*condition
}

// conditionEnv is the language of conditions: CEL's standard library and macros, and
//
//	now.weekday()   ISO day of the week, Monday is 1 and Sunday 7
//
// in the time zone of the settings, as for now.getHours() and the other accessors when no
// zone is given to them. It is built once: that takes milliseconds, and it never changes.
var conditionEnv = sync.OnceValues(func() (*cel.Env, error) {
	opts := []cel.EnvOption{
		cel.DefaultUTCTimeZone(false), // a timestamp carries its zone
		cel.ParserExpressionSizeLimit(maxConditionLength),
		cel.ParserRecursionLimit(50),
		cel.ExpressionNodeLimit(2_000),
		cel.RegexProgramSizeLimit(1_000),
		cel.Function("weekday", cel.MemberOverload("timestamp_iso_weekday",
			[]*cel.Type{cel.TimestampType}, cel.IntType, cel.UnaryBinding(weekday))),
	}
	for _, n := range conditionNames {
		opts = append(opts, cel.Variable(n.name, n.kind))
	}
	return cel.NewEnv(opts...)
})

func weekday(v ref.Val) ref.Val {
	t, ok := v.(types.Timestamp)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	return types.Int((int(t.Weekday())+6)%7 + 1)
}

// compileCondition checks the types; sets are the names that groups can hold. Its errors
// are for people.
func compileCondition(text string, sets func(string) bool) (*condition, error) {
	env, err := conditionEnv()
	if err != nil {
		return nil, fmt.Errorf("conditions are not available: %w", err)
	}
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, conditionError(issues)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("a condition must be true or false, this one is of type %s", strings.TrimPrefix(checked.OutputType().String(), "google.protobuf."))
	}
	native := checked.NativeRep()
	use, named := groupUses(native)
	for _, name := range named {
		if !sets(name) { // it could never be true, and its negation would always be
			return nil, &unknownGroupError{name}
		}
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize),
		cel.CostLimit(maxConditionCost), cel.InterruptCheckFrequency(100))
	if err != nil {
		return nil, err
	}
	c := &condition{program: program, text: text, groups: use, needs: needsOf(native)}
	c.parts = sync.OnceValue(func() []*condition { return c.split(native, sets) })
	return c, nil
}

type unknownGroupError struct{ name string }

func (e *unknownGroupError) Error() string {
	return fmt.Sprintf("no people set `%s`; `groups` holds the names under people", e.name)
}

func conditionError(issues *cel.Issues) error {
	var parts []string
	for _, e := range issues.Errors() {
		text := fmt.Sprintf("%s, at character %d", e.Message, e.Location.Column()+1)
		if e.Location.Line() > 1 {
			text += fmt.Sprintf(" of line %d", e.Location.Line())
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(parts) > 3 {
		parts = append(parts[:3], fmt.Sprintf("and %d more", len(parts)-3))
	}
	return errors.New(strings.Join(parts, "; "))
}

// subject is what a condition is asked about. It is the activation of the evaluation:
// nothing is converted that the expression does not read.
type subject struct {
	e      *evaluation
	person catalog.PersonID
	role   string
	use    groupUse
}

var _ cel.Activation = (*subject)(nil)

// ResolveName finds a variable; one that cannot be known is not found, which makes the
// expression fail, and the condition Unknown.
func (s *subject) ResolveName(name string) (any, bool) {
	account := s.e.account
	if s.e.group != nil && account == nil && (name == "role" || strings.HasPrefix(name, "account.")) {
		return nil, false // a group has neither
	}
	switch name {
	case "person.id":
		return types.String(s.person), true
	case "person.name", "person.email", "person.user_name":
		return s.personField(name)
	case "groups":
		return s.groups(s.use)
	case "account.id":
		return types.String(account.ID), true
	case "account.name":
		return types.String(account.Name), true
	case "account.ou":
		return types.String(account.OUPath), true
	case "account.tags":
		if account.TagsUnknown {
			return nil, false
		}
		return account.Tags, true
	case "role":
		return types.String(s.role), true
	case "group":
		if s.e.group == nil {
			return types.String(""), true
		}
		return types.String(s.e.group.Name), true
	case "now":
		return types.Timestamp{Time: s.e.at}, true
	case "emergency":
		return types.Bool(s.e.emergency), true
	case "ticket":
		return types.String(s.e.ticket), true
	}
	return nil, false
}

func (s *subject) personField(name string) (any, bool) {
	p, ok := s.e.catalog.Person(s.person)
	if !ok {
		return nil, false
	}
	switch name {
	case "person.name":
		return types.String(p.Name), true
	case "person.email":
		return types.String(p.Email), true
	default:
		return types.String(p.UserName), true
	}
}

// Parent is nothing: there is one level of names.
func (*subject) Parent() cel.Activation { return nil }

// eval answers the condition; everything that goes wrong is Unknown.
func (c *condition) eval(s *subject) Truth {
	s.use = c.groups
	v, _, err := c.program.Eval(s)
	if err != nil {
		return Unknown
	}
	b, ok := v.(types.Bool)
	if !ok {
		return Unknown
	}
	return truth(bool(b))
}
