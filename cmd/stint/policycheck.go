package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"stint/access/fault"
	"stint/access/policy"
)

// policyCheckCmd is `stint policy check`.
type policyCheckCmd struct {
	File string `arg:"" help:"Policy file (YAML)."`
	source
	format
}

// Help says what is checked with what.
func (policyCheckCmd) Help() string {
	return `Without --catalog, --data or --live everything is checked that needs no names: the form of the file, durations, patterns, conditions, rules that can never decide. With one of them also the names of people, groups, channels, accounts and roles, whether approvals can be completed, and the tests that stand under expect: in the file.

Exit codes: 0 fine, warnings or not; 1 refused, or an expectation fails; 2 the command line makes no sense.`
}

// checked is the answer for programs.
type checked struct {
	File     string           `json:"file"`
	OK       bool             `json:"ok"`
	Version  string           `json:"version,omitempty"` // "" when it is refused
	Rules    int              `json:"rules"`
	Problems []policy.Problem `json:"problems"`
	// Names is where names were looked up; null: they were not.
	Names  *lookedUp `json:"names"`
	Expect expected  `json:"expect"`
}

// expected is how the tests in a policy went.
type expected struct {
	Total  int         `json:"total"`
	Run    bool        `json:"run"`
	Failed []misplaced `json:"failed"`
}

// misplaced is an expectation that does not hold, and where it stands.
type misplaced struct {
	policy.Failure
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Run checks and prints every problem.
func (c *policyCheckCmd) Run(ctx context.Context, std streams) error {
	if err := c.one(false); err != nil {
		return err
	}
	o, ctx, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	l, err := loadPolicy(ctx, c.File, o)
	if err != nil {
		return err
	}
	out := checked{File: c.File, Problems: l.problems, Names: o.lookedUp(), Expect: expected{Failed: []misplaced{}}}
	if l.policy != nil {
		spec := l.policy.Spec()
		out.Version, out.Rules, out.Expect.Total = l.policy.Version(), len(spec.Rules), len(spec.Expect)
		if o != nil {
			if err := out.test(ctx, l, o); err != nil {
				return err
			}
		}
	}
	if out.Problems == nil {
		out.Problems = []policy.Problem{}
	}
	out.OK = l.policy != nil && len(out.Expect.Failed) == 0
	if c.json() {
		err = printJSON(std.out, out)
	} else {
		out.print(std.out, o)
	}
	if err != nil || out.OK {
		return err
	}
	return out.failed()
}

// test runs what needs to know who is in which set.
func (out *checked) test(ctx context.Context, l *loaded, o *organization) error {
	facts, err := o.facts(ctx, l.policy)
	if err != nil {
		return err
	}
	for _, w := range l.policy.CheckMembers(facts) {
		out.Problems = append(out.Problems, l.file.Locate(w))
	}
	out.Expect.Run = true
	for _, f := range l.policy.Test(o.catalog, facts, time.Now()) {
		at := l.file.Locate(policy.Problem{Path: f.Path})
		out.Expect.Failed = append(out.Expect.Failed, misplaced{f, at.Line, at.Column})
	}
	return nil
}

func (out *checked) print(w io.Writer, o *organization) {
	for _, p := range out.Problems {
		fmt.Fprintln(w, p)
	}
	for _, f := range out.Expect.Failed {
		fmt.Fprintf(w, "%s:%d:%d: expected: %s\n  but: %s\n", out.File, f.Line, f.Column, f.Want, f.Got)
	}
	if !out.OK {
		return
	}
	fmt.Fprintf(w, "ok: %s, version %s", plural(out.Rules, "rule", "rules"), out.Version)
	switch {
	case o == nil:
		fmt.Fprint(w, ". Names were not looked up")
		if out.Expect.Total > 0 {
			fmt.Fprintf(w, " and %s not run", plural(out.Expect.Total, "expectation was", "expectations were"))
		}
		fmt.Fprintln(w, ": give --catalog FILE, --data DIR or --live.")
	case out.Expect.Total > 0:
		fmt.Fprintf(w, "; %s. Names: %s.\n", plural(out.Expect.Total, "expectation holds", "expectations hold"), o.said(time.Now()))
	default:
		fmt.Fprintf(w, ". Names: %s.\n", o.said(time.Now()))
	}
}

func (out *checked) failed() error {
	const op = "cmd.check"
	if n := len(out.Expect.Failed); n > 0 {
		return fault.Newf(fault.Invalid, op, "Mend the rules, or what is expected of them.", "%d of %s.", n, plural(out.Expect.Total, "expectation fails", "expectations fail"))
	}
	n := 0
	for _, p := range out.Problems {
		if !p.Warning {
			n++
		}
	}
	return fault.Newf(fault.Invalid, op, "", "%s is refused: %s.", out.File, plural(n, "problem", "problems"))
}
