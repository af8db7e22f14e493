package policy

import (
	"cmp"
	"fmt"

	"stint/access/catalog"
)

// result is what a rule said.
type result struct {
	truth Truth
	at    part
}

// Decide answers a query. A deny that matches wins; of several, one that is certain. Then
// the first allow from the top that matches decides. What the Decision holds is shared
// and not to be changed.
func (p *Policy) Decide(c *catalog.Catalog, f Facts, q Query) Decision {
	d, _ := p.decide(c, f, q)
	return d
}

// decide is Decide, with what it took to answer; nil where somebody or something is not known.
func (p *Policy) decide(c *catalog.Catalog, f Facts, q Query) (Decision, *asked) {
	d := Decision{Outcome: NotRequestable, PolicyVersion: p.version, Certain: true}
	ix := p.index(c)
	if q.Group != "" {
		return p.decideGroup(ix, f, q)
	}
	account, ok := c.Account(q.Account)
	if !ok {
		d.Why = "This account is not known."
		return d, nil
	}
	at, ok := ix.byARN[q.Role]
	if !ok {
		d.Why = "This role is not known."
		return d, nil
	}
	if q.Asker == "" || q.Receiver == "" {
		d.Why = unknownPerson
		return d, nil
	}
	return p.settle(d, &asked{
		evaluation: p.evaluation(ix, account, f, q),
		role:       &c.Roles()[at], bits: ix.roles[at],
		results: make([]result, len(p.rules)), decides: len(p.rules),
	})
}

const unknownPerson = "The person is not known in Identity Center."

// settle lets the rules decide what is asked.
func (p *Policy) settle(d Decision, a *asked) (Decision, *asked) {
	if i, t := p.firstDeny(a.ask); i >= 0 {
		a.decides = i
		p.deny(&d, i, t)
		d.Passed = a.passed()
		return d, a
	}
	if a.closed() {
		d.Why, d.Certain, d.Passed = a.joined.closed, !a.joined.doubt, a.passed()
		return d, a
	}
	for i := range p.rules {
		if !p.rules[i].deny && a.ask(i) == True {
			a.decides = i
			p.allow(&d, i, a.evaluation)
			d.Passed = a.passed()
			return d, a
		}
	}
	d.Passed = a.passed()
	closest, unknown := p.closest(a.results)
	d.Certain = !unknown
	var rule *rule
	why := ""
	if closest >= 0 {
		rule, why = &p.rules[closest], d.Passed[closest].Why
	}
	d.Why = notRequestable(a.what(), a.receiver(), rule, why, unknown)
	return d, a
}

// asked is a query on its way through the rules.
type asked struct {
	*evaluation
	role    *catalog.Role
	bits    bitset
	joined  *joined  // instead of role and bits
	results []result // of the rules that were asked
	decides int      // the rule that decides; as many as there are rules for none
}

// ask asks rule i, once.
func (a *asked) ask(i int) Truth {
	if a.results[i] == (result{}) {
		t, at := a.answer(i)
		a.results[i] = result{t, at}
	}
	return a.results[i].truth
}

// what names what is asked for.
func (a *asked) what() string {
	if a.joined != nil {
		return "membership in " + a.joined.group.Name
	}
	return a.role.Name + " in " + a.account.Name
}

// closed reports whether it is a group that nobody may ask for, whatever the rules say.
func (a *asked) closed() bool { return a.joined != nil && a.joined.closed != "" }

// answer is what rule i says; of one that is switched off, that it is.
func (a *asked) answer(i int) (Truth, part) {
	if a.p.rules[i].off {
		return False, partOff
	}
	return a.answerOn(i)
}

// answerOn is answer, as if the rule were not switched off.
func (a *asked) answerOn(i int) (Truth, part) {
	if a.joined != nil {
		return a.considerGroup(i, a.joined)
	}
	return a.considerOn(i, a.bits, a.role.Name)
}

// why is evaluation.why, where nothing lets a rule decide.
func (a *asked) why(i int, t Truth, at part) string {
	if a.closed() && t == True && !a.p.rules[i].deny {
		return whyClosed
	}
	return a.evaluation.why(i, t, at)
}

// passed says why the rules before the deciding one did not decide.
func (a *asked) passed() []Passed {
	if a.decides == 0 {
		return nil
	}
	out := make([]Passed, a.decides)
	for i := range out {
		a.ask(i) // it was not yet where a deny decided first
		out[i] = Passed{Rule: a.p.rules[i].name, Why: a.why(i, a.results[i].truth, a.results[i].at)}
	}
	return out
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
		d.Terms = r.emergency.terms
		d.Why = fmt.Sprintf("Rule “%s” lets %s in at once in an emergency, for %s at most.", r.name, cmp.Or(e.receiver(), "you"), spell(d.Terms.MaxDuration))
	}
	d.Terms.Channel = r.channel
	if r.channel == "" {
		d.Terms.Channel = e.match.channel
	}
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
