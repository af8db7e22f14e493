package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	_ "time/tzdata" // a policy must mean the same on a machine without a zone database
)

// Option changes how Compile works.
type Option func(*compiler)

// Since makes Compile compare with what the names meant at the last load: a name that means
// another id now is refused, and one that means nothing any more keeps its id.
func Since(b Bindings) Option { return func(c *compiler) { c.previous = b } }

// Compile checks a policy and resolves its names. It finds all problems at once; the
// policy is nil when any of them is more than a warning. An empty version stands for
// Spec.Version.
func Compile(spec Spec, version string, names Names, options ...Option) (*Policy, []Problem) {
	c := &compiler{spec: spec, names: names, bound: Bindings{}, conditions: map[string]*condition{}, p: &Policy{version: version, spec: spec}}
	if version == "" {
		c.p.version = spec.Version()
	}
	for _, o := range options {
		o(c)
	}
	if names == nil {
		return nil, []Problem{{Message: "there is nothing to resolve names with"}}
	}
	c.compileSettings()
	c.compilePeople()
	c.compileChannels()
	c.compileRules()
	c.checkExpectations()
	c.warnUnmatched()
	if Refused(c.problems) {
		return nil, c.problems
	}
	c.p.bindings = c.bound
	return c.p, c.problems
}

// compiler is one run of Compile.
type compiler struct {
	spec       Spec
	names      Names
	previous   Bindings
	bound      Bindings
	conditions map[string]*condition // by text
	problems   []Problem
	p          *Policy
}

func (c *compiler) problem(path, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *compiler) warn(path, hint, format string, args ...any) {
	c.problem(path, hint, format, args...)
	c.problems[len(c.problems)-1].Warning = true
}

func (c *compiler) compileChannels() {
	for i, s := range c.spec.Channels {
		path := fmt.Sprintf("channels[%d]", i)
		if s.Accounts.IsZero() {
			c.problem(path+".accounts", "say `all`, or list entries", "accounts is missing")
		}
		rule := channelRule{accounts: c.accounts(path+".accounts", s.Accounts)}
		if s.Channel == "" {
			c.problem(path+".channel", "", "channel is missing")
		} else {
			rule.id, _ = c.channel(path+".channel", s.Channel)
		}
		c.p.channels = append(c.p.channels, rule)
	}
}

func (c *compiler) compileRules() {
	if len(c.spec.Rules) == 0 {
		c.warn("rules", "add a rule", "there are no rules: nobody can request anything")
	}
	names := map[string]int{}
	for i := range c.spec.Rules {
		s := &c.spec.Rules[i]
		path := rulePath(i)
		if first, ok := names[s.Name]; ok && s.Name != "" {
			c.problem(path+".name", "give each rule its own name", "rule %d is called %q as well", first+1, s.Name)
		} else {
			names[s.Name] = i
		}
		c.p.rules = append(c.p.rules, c.rule(path, s))
	}
	c.p.denies, c.p.allows = newBitset(len(c.p.rules)), newBitset(len(c.p.rules))
	for i := range c.p.rules {
		switch r := &c.p.rules[i]; {
		case r.off:
		case r.deny:
			c.p.denies.set(i)
		default:
			c.p.allows.set(i)
		}
	}
	c.p.accounts = newAccountIndex(c.p.rules, c.spec.Rules)
	c.p.roles = newRoleIndex(c.p.rules)
	if !Refused(c.problems) {
		c.warnCovered()
	}
}

// warnUnmatched adds what matches nothing, except where something is wrong with it anyway.
func (c *compiler) warnUnmatched() {
	for _, w := range c.p.unmatched(c.names.Accounts(), c.names.Roles(), c.names.Groups()) {
		if !slices.ContainsFunc(c.problems, func(p Problem) bool { return !p.Warning && strings.HasPrefix(p.Path, w.Path) }) {
			c.problems = append(c.problems, w)
		}
	}
}

// Limits of the numbers in a policy; beyond them is a typing error.
const (
	minDuration  = time.Minute
	longest      = 365 * 24 * time.Hour
	maxNameRunes = 100
	maxStepCount = 20
	maxApproval  = 10 // steps
	maxMinReason = 1000
)

func (c *compiler) duration(path string, d Duration) bool {
	switch v := time.Duration(d); {
	case v < minDuration:
		c.problem(path, "write it like 30m, 1h or 2d", "%s is too short: at least %s", d, formatDuration(minDuration))
	case v > longest:
		c.problem(path, "write it like 30m, 1h or 2d", "%s is too long: at most 365d", d)
	default:
		return true
	}
	return false
}

// presets checks durations and returns them ascending, each once.
func (c *compiler) presets(path string, in []Duration, most time.Duration) []time.Duration {
	var out []time.Duration
	for i, d := range in {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !c.duration(at, d) {
			continue
		}
		if time.Duration(d) > most {
			c.problem(at, "", "%s is longer than max_duration, which is %s", d, formatDuration(most))
			continue
		}
		out = append(out, time.Duration(d))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// upTo keeps the presets that are not longer than most; most itself when none is left.
func upTo(presets []time.Duration, most time.Duration) []time.Duration {
	n, _ := slices.BinarySearch(presets, most+1)
	if n == 0 {
		return []time.Duration{most}
	}
	return slices.Clone(presets[:n])
}

func uniqueSources(in []Source) []Source {
	slices.SortFunc(in, compareSources)
	return slices.Compact(in)
}

func compareSources(a, b Source) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

func rulePath(i int) string { return fmt.Sprintf("rules[%d]", i) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
