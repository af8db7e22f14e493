package policy

import "stint/access/catalog"

// result is what a rule said.
type result struct {
	truth Truth
	at    part
}

// Decide answers a query. A deny that matches wins; of several, one that is certain. Then
// the first allow from the top that matches decides. What the Decision holds is shared
// and not to be changed.
func (p *Policy) Decide(c *catalog.Catalog, f Facts, q Query) Decision {
	d := Decision{Outcome: NotRequestable, PolicyVersion: p.version, Certain: true}
	ix := p.index(c)
	account, ok := c.Account(q.Account)
	if !ok {
		d.Why = "This account is not known."
		return d
	}
	at, ok := ix.byARN[q.Role]
	if !ok {
		d.Why = "This role is not known."
		return d
	}
	if q.Asker == "" || q.Receiver == "" {
		d.Why = "The person is not known in Identity Center."
		return d
	}
	role, bits := &c.Roles()[at], ix.roles[at]
	e := p.evaluation(ix, account, f, q)
	results := make([]result, len(p.rules))
	consider := func(i int) Truth {
		t, at := e.consider(i, bits, role.Name)
		results[i] = result{t, at}
		return t
	}
	if i, t := p.firstDeny(consider); i >= 0 {
		p.deny(&d, i, t)
		d.Passed = e.passed(results, i, bits, role.Name)
		return d
	}
	for i := range p.rules {
		if !p.rules[i].deny && consider(i) == True {
			p.allow(&d, i, e)
			d.Passed = e.passed(results, i, bits, role.Name)
			return d
		}
	}
	d.Passed = e.passed(results, len(p.rules), bits, role.Name)
	closest, unknown := p.closest(results)
	d.Certain = !unknown
	var rule *rule
	why := ""
	if closest >= 0 {
		rule, why = &p.rules[closest], d.Passed[closest].Why
	}
	d.Why = notRequestable(role, account, rule, why, unknown)
	return d
}

// firstDeny finds the first deny that is True or, if there is none, the first that is
// Unknown; -1 when none matches.
func (p *Policy) firstDeny(consider func(int) Truth) (int, Truth) {
	perhaps := -1
	for i := range p.rules {
		if !p.rules[i].deny {
			continue
		}
		switch consider(i) {
		case True:
			return i, True
		case Unknown:
			if perhaps < 0 {
				perhaps = i
			}
		}
	}
	return perhaps, Unknown
}

func (p *Policy) deny(d *Decision, i int, t Truth) {
	r := &p.rules[i]
	d.Outcome, d.Rule, d.Certain, d.Why = Denied, r.name, t == True, r.text.denies
	if t != True {
		d.Why = r.text.perhaps
	}
}

func (p *Policy) allow(d *Decision, i int, e *evaluation) {
	r := &p.rules[i]
	d.Outcome, d.Rule, d.Terms, d.Why = Allowed, r.name, r.terms, r.text.allows
	if e.emergency {
		d.Terms, d.Why = r.emergency.terms, r.emergency.why
	}
	d.Terms.Channel = r.channel
	if r.channel == "" {
		d.Terms.Channel = e.match.channel
	}
}

// passed says why the rules before end did not decide.
func (e *evaluation) passed(results []result, end int, role bitset, roleName string) []Passed {
	if end == 0 {
		return nil
	}
	out := make([]Passed, end)
	for i := range out {
		if results[i] == (result{}) { // not looked at: a deny decided first
			results[i].truth, results[i].at = e.consider(i, role, roleName)
		}
		out[i] = Passed{Rule: e.p.rules[i].name, Why: e.why(i, results[i].truth, results[i].at)}
	}
	return out
}

// closest finds the first of the allows that came closest to deciding, if any is about
// this role in this account, and whether an allow would match if more were known.
func (p *Policy) closest(results []result) (rule int, unknown bool) {
	rule, best := -1, partRoles
	for i, r := range results {
		if p.rules[i].deny {
			continue
		}
		unknown = unknown || r.truth == Unknown
		if r.at != partEmergency && nearer(r.at, best) {
			rule, best = i, r.at
		}
	}
	return rule, unknown
}
