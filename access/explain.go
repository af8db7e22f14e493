package access

import (
	"context"
	"fmt"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// Explain answers for everybody about themselves, and for admins about anybody. An admin's
// draft may answer in the place of what is in force.
func (s *Service) Explain(ctx context.Context, user identity.SlackUserID, in ExplainInput) (ExplainView, error) {
	const op = "access.Explain"
	who, err := s.Who(ctx, user)
	if err != nil {
		return ExplainView{}, err
	}
	if in.Person == "" {
		in.Person = who.Person
	}
	if in.Person != who.Person || in.Draft {
		if err := s.mustBeAdmin(ctx, who.Person); err != nil {
			if fault.Is(err, fault.Forbidden) && !in.Draft {
				err = fault.New(fault.Forbidden, op, "Only admins of Stint may ask this about somebody else.", "Ask about yourself: leave the person empty.")
			}
			return ExplainView{}, err
		}
	}
	w := s.world.Load()
	if in.Draft {
		p, err := s.draftPolicy(ctx, op, who.Person)
		if err != nil {
			return ExplainView{}, err
		}
		w = &world{catalog: w.catalog, policy: p}
	}
	if w.catalog == nil || w.policy == nil {
		_, err := s.ready()
		return ExplainView{}, err
	}
	e := Entitlement{Account: in.Account, Role: in.Role, Group: in.Group}
	shut, err := known(w.catalog, e)
	if err != nil {
		return ExplainView{}, err
	}
	if _, ok := w.catalog.Person(in.Person); !ok {
		return ExplainView{}, fault.New(fault.NotFound, op, "This person is not in IAM Identity Center.", "Choose another one.").In("person")
	}
	facts := s.Directory.Snapshot()
	v := ExplainView{
		Person: s.human(in.Person), Item: s.item(e),
		Duration: in.Duration, At: s.Now(),
	}
	if !in.Draft {
		if v.Number, err = s.numberOf(ctx, w.policy); err != nil {
			return ExplainView{}, err
		}
	}
	v.Explanation = w.policy.Explain(w.catalog, facts, policy.Query{
		Asker: in.Person, Receiver: in.Person, Account: e.Account, Role: e.Role, Group: e.Group, At: v.At, Emergency: in.Emergency,
	})
	if in.Person != who.Person {
		v.Explanation = v.Explanation.OfAnother()
	}
	d := v.Explanation.Decision
	if d.Outcome != policy.Allowed {
		return v, nil
	}
	if !d.Terms.Automatic {
		v.Approvers = s.humans(w.policy.Approvers(facts, d.Terms, in.Person))
	}
	if shut != nil {
		v.Problem = said(shut)
	} else if in.Duration > d.Terms.MaxDuration {
		v.Problem = fmt.Sprintf("The rule “%s” allows at most %s.", d.Terms.Rule, spell(d.Terms.MaxDuration))
	} else if err := w.policy.Feasible(facts, d.Terms, in.Person); err != nil {
		v.Problem = said(err)
	}
	return v, nil
}

// known refuses an entitlement of which the catalog knows nothing. shut says why AWS would
// refuse it whatever the policy says; nil when it would not.
func known(c *catalog.Catalog, e Entitlement) (shut, err error) {
	const op, hint = "access.Explain", "Choose another one."
	if e.IsGroup() {
		g, ok := c.Group(e.Group)
		switch {
		case !ok:
			return nil, fault.New(fault.NotFound, op, "This group does not exist.", hint).In("group")
		case g.Ungrantable != "":
			return fault.New(fault.Forbidden, op, g.Ungrantable, "Choose another group.").In("group"), nil
		}
		return nil, nil
	}
	a, ok := c.Account(e.Account)
	if !ok {
		return nil, fault.New(fault.NotFound, op, "This account is not part of the organization.", hint).In("account")
	}
	r, ok := c.Role(e.Role)
	if !ok {
		return nil, fault.New(fault.NotFound, op, "This role does not exist.", hint).In("role")
	}
	return ungrantable(a, r), nil
}
