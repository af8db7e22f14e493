package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/policy"
)

// policyExplainCmd is `stint policy explain`.
type policyExplainCmd struct {
	File      string    `arg:"" help:"Policy file (YAML)."`
	Person    string    `required:"" help:"Who would have the access: e-mail address, user name or id." placeholder:"WHO"`
	Account   string    `help:"Id or name of the account." placeholder:"ACCOUNT"`
	Role      string    `help:"Name or ARN of the role." placeholder:"ROLE"`
	Group     string    `help:"Name or id of an Identity Center group, instead of account and role: membership in it." placeholder:"GROUP"`
	For       string    `required:"" help:"How long: 30m, 2h, 1d." placeholder:"DURATION"`
	At        time.Time `help:"When, like 2026-05-04T09:00:00+02:00, for conditions on the time. Now when not given."`
	Emergency bool      `help:"As an emergency."`
	AskedBy   string    `help:"Who asks, when somebody asks for another." placeholder:"WHO"`
	Ticket    string    `help:"The ticket given, for conditions on it."`
	ExitCode  bool      `help:"Exit with 3 when it cannot be requested."`
	source
	format
}

// explained is the answer for programs.
type explained struct {
	Person      named  `json:"person"`
	AskedBy     *named `json:"asked_by,omitempty"`
	Account     *named `json:"account,omitempty"`
	Role        *named `json:"role,omitempty"`
	Group       *joins `json:"group,omitempty"` // instead of account and role
	For         string `json:"for"`
	At          string `json:"at"`
	Emergency   bool   `json:"emergency"`
	Requestable bool   `json:"requestable"`
	// Problem is why it cannot be requested although a rule decides.
	Problem   string              `json:"problem,omitempty"`
	Outcome   policy.Outcome      `json:"outcome"`
	Why       string              `json:"why"`
	Rule      string              `json:"rule,omitempty"`
	Certain   bool                `json:"certain"`
	Terms     *terms              `json:"terms,omitempty"`
	Approvers []named             `json:"approvers,omitempty"`
	Rules     []policy.RuleAnswer `json:"rules"`
	Names     *lookedUp           `json:"names"`
}

// joins is a group with what it brings.
type joins struct {
	named
	Brings []string `json:"brings"` // "ReadOnly in prod-billing"
}

// named is somebody or something with its name.
type named struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty"` // of a person
}

// terms are policy.Terms with durations as people write them.
type terms struct {
	Automatic     bool          `json:"automatic"`
	Steps         []policy.Step `json:"steps,omitempty"`
	InOrder       bool          `json:"in_order,omitempty"`
	MaxDuration   string        `json:"max_duration"`
	MaxContinuous string        `json:"max_continuous"`
	RequestTTL    string        `json:"request_ttl"`
	ReasonPattern string        `json:"reason_pattern,omitempty"`
	ReasonHint    string        `json:"reason_hint,omitempty"`
	MinReason     int           `json:"min_reason"`
	EscalateAfter string        `json:"escalate_after,omitempty"`
	EscalateTo    []string      `json:"escalate_to,omitempty"`
}

func termsOf(t policy.Terms) *terms {
	out := &terms{
		Automatic: t.Automatic, Steps: t.Steps, InOrder: t.InOrder,
		MaxDuration: policy.Duration(t.MaxDuration).String(), MaxContinuous: policy.Duration(t.MaxContinuous).String(), RequestTTL: policy.Duration(t.RequestTTL).String(),
		ReasonPattern: t.Reason.Pattern, ReasonHint: t.Reason.Hint, MinReason: t.Reason.MinLength,
	}
	if t.Escalation != nil {
		out.EscalateAfter, out.EscalateTo = policy.Duration(t.Escalation.After).String(), t.Escalation.To
	}
	return out
}

// Run answers one question.
func (c *policyExplainCmd) Run(ctx context.Context, std streams) error {
	length, err := policy.ParseDuration(c.For)
	if err != nil {
		return usage{fmt.Errorf("--for: %w: write it like 30m, 2h or 1d", err)}
	}
	if (c.Group == "") == (c.Account == "" && c.Role == "") || (c.Account == "") != (c.Role == "") {
		return usage{errors.New("give --account and --role, or --group")}
	}
	if err := c.one(true); err != nil {
		return err
	}
	o, ctx, done, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	l, err := mustLoad(ctx, c.File, o)
	if err != nil {
		return err
	}
	facts, err := o.facts(ctx, l.policy)
	if err != nil {
		return err
	}
	out, q, err := c.question(o)
	if err != nil {
		return err
	}
	out.answer(l.policy, o, facts, q, time.Duration(length))
	if c.json() {
		err = printJSON(std.out, out)
	} else {
		out.print(std.out)
		fmt.Fprintf(std.err, "names: %s\n", o.said(time.Now()))
	}
	if err == nil && c.ExitCode && !out.Requestable {
		err = errAnswer
	}
	return err
}

// question looks up what the flags name.
func (c *policyExplainCmd) question(o *organization) (*explained, policy.Query, error) {
	person, err := o.person(c.Person)
	if err != nil {
		return nil, policy.Query{}, err
	}
	asker, err := o.person(cmp.Or(c.AskedBy, c.Person))
	if err != nil {
		return nil, policy.Query{}, err
	}
	at := c.At
	if at.IsZero() {
		at = time.Now()
	}
	q := policy.Query{Asker: asker.ID, Receiver: person.ID, At: at, Emergency: c.Emergency, Ticket: c.Ticket, AnyAge: true}
	out := &explained{Person: namedPerson(person), At: at.Format(time.RFC3339), Emergency: c.Emergency, Names: o.lookedUp()}
	if asker.ID != person.ID {
		by := namedPerson(asker)
		out.AskedBy = &by
	}
	return out, q, c.entitlement(o, out, &q)
}

// entitlement looks up what is asked for: a role in an account, or a group.
func (c *policyExplainCmd) entitlement(o *organization, out *explained, q *policy.Query) error {
	if c.Group != "" {
		g, err := o.group(c.Group)
		if err != nil {
			return err
		}
		q.Group = g.ID
		out.Group = &joins{named: named{ID: string(g.ID), Name: g.Name}, Brings: o.brought(g)}
		return nil
	}
	account, err := o.account(c.Account)
	if err != nil {
		return err
	}
	role, err := o.role(c.Role)
	if err != nil {
		return err
	}
	q.Account, q.Role = account.ID, role.ARN
	out.Account, out.Role = &named{ID: string(account.ID), Name: account.Name}, &named{ID: string(role.ARN), Name: role.Name}
	return nil
}

func namedPerson(p *catalog.Person) named { return named{string(p.ID), p.Name, p.Email} }

// address is how the command line calls somebody.
func (n named) address() string { return cmp.Or(n.Email, n.Name) }

// answer asks the policy. What a rule allows may still be too long, or have too few
// people to approve it.
func (out *explained) answer(p *policy.Policy, o *organization, facts policy.Facts, q policy.Query, length time.Duration) {
	e := p.Explain(o.catalog, facts, q)
	d := e.Decision
	out.For = policy.Duration(length).String()
	out.Outcome, out.Why, out.Rule, out.Certain, out.Rules = d.Outcome, d.Why, d.Rule, d.Certain, e.Rules
	if d.Outcome != policy.Allowed {
		return
	}
	out.Terms = termsOf(d.Terms)
	for _, id := range p.Approvers(facts, d.Terms, q.Asker, q.Receiver) {
		out.Approvers = append(out.Approvers, o.named(id))
	}
	shut := o.shut(q)
	switch err := p.Feasible(facts, d.Terms, q.Asker, q.Receiver); {
	case length > d.Terms.MaxDuration:
		out.Problem = fmt.Sprintf("%s is too long: rule “%s” allows %s at most.", out.For, d.Rule, out.Terms.MaxDuration)
	case err != nil:
		out.Problem, _ = sentence(err)
	default:
		out.Problem = shut
	}
	out.Requestable = out.Problem == ""
}

// shut is why AWS would refuse it whatever the policy says; "" when it would not.
func (o *organization) shut(q policy.Query) string {
	if g, ok := o.catalog.Group(q.Group); ok {
		return g.Ungrantable
	}
	account, _ := o.catalog.Account(q.Account)
	if state := accountState(account); state != "" {
		return "Stint cannot grant anything in " + account.Name + ": " + state
	}
	role, _ := o.catalog.Role(q.Role)
	return role.Ungrantable
}

// what is "ReadOnly in prod-billing (111111111111)", or "membership in dba".
func (out *explained) what() string {
	if out.Group != nil {
		return "membership in " + out.Group.Name
	}
	return fmt.Sprintf("%s in %s (%s)", out.Role.Name, out.Account.Name, out.Account.ID)
}

func (out *explained) print(w io.Writer) {
	who := out.Person.address()
	if out.AskedBy != nil {
		who = out.AskedBy.address() + " for " + who
	}
	verdict := "no"
	if out.Requestable {
		verdict = "yes"
	}
	fmt.Fprintf(w, "%s: %s for %s at %s: %s\n%s\n", who, out.what(), out.For, out.At, verdict, out.Why)
	if out.Group != nil && len(out.Group.Brings) > 0 {
		fmt.Fprintf(w, "it brings: %s\n", strings.Join(out.Group.Brings, ", "))
	}
	if out.Problem != "" {
		fmt.Fprintln(w, out.Problem)
	}
	if len(out.Approvers) > 0 {
		names := make([]string, len(out.Approvers))
		for i, a := range out.Approvers {
			names[i] = a.Name
		}
		fmt.Fprintf(w, "who can approve: %s\n", strings.Join(names, ", "))
	}
	var t table
	for i, r := range out.Rules {
		mark := " "
		if r.Decides {
			mark = "→"
		}
		t.line(mark, fmt.Sprintf("%d. %s", i+1, r.Rule), r.Why)
	}
	t.print(w)
}
