package policy

import "stint/access/catalog"

// RuleAnswer is what one rule says to a query.
type RuleAnswer struct {
	Rule    string `json:"rule"`
	Deny    bool   `json:"deny,omitempty"`
	Off     bool   `json:"off,omitempty"`
	Decides bool   `json:"decides,omitempty"`
	Why     string `json:"why"` // for people: why it decides, or why it does not
}

// Explanation is a Decision with the answer of every rule, in order: those below the
// deciding one too. There are none where the person, the account or the role is not known.
type Explanation struct {
	Decision Decision     `json:"decision"`
	Rules    []RuleAnswer `json:"rules"`
}

// Explain answers a query like Decide and says why each other rule did not decide.
func (p *Policy) Explain(c *catalog.Catalog, f Facts, q Query) Explanation {
	d, a := p.decide(c, f, q)
	out := Explanation{Decision: d, Rules: []RuleAnswer{}}
	if a == nil {
		return out
	}
	for i := range p.rules {
		r := &p.rules[i]
		out.Rules = append(out.Rules, RuleAnswer{
			Rule: r.name, Deny: r.deny, Off: r.off, Decides: i == a.decides, Why: a.explain(i, d.Outcome),
		})
	}
	return out
}

const (
	whyDenies       = "it denies, and a deny wins wherever it stands"
	whyMayDeny      = "it may deny, which is enough: "
	whyAllows       = "nothing denies, and it is the first rule from the top that allows it"
	whyAlone        = "it would allow it"
	whyAlsoAllows   = "it stands below the rule that decides; it would allow it as well"
	whyBelow        = "it stands below the rule that decides, and "
	whyOffOtherwise = "it is switched off; switched on, "
	whyOffDeny      = "it would deny"
	whyOffMayDeny   = "it might deny: "
)

// explain says for people why rule i decides, or why it does not. A deny has no place in the
// order, so only of an allow it is said that it stands below.
func (a *asked) explain(i int, outcome Outcome) string {
	r := &a.p.rules[i]
	if r.off {
		return whyOffOtherwise + a.switchedOn(i)
	}
	t := a.ask(i)
	why := a.why(i, t, a.results[i].at)
	switch {
	case i == a.decides && !r.deny:
		return whyAllows
	case i == a.decides && t == True:
		return whyDenies
	case i == a.decides:
		return whyMayDeny + whyUnknown(a.results[i].at, whyDenyUnknown)
	case r.deny || outcome == Denied || i < a.decides:
		return why
	case t == True:
		return whyAlsoAllows
	default:
		return whyBelow + why
	}
}

// switchedOn is what a rule that is switched off would say.
func (a *asked) switchedOn(i int) string {
	r := &a.p.rules[i]
	t, at := a.answerOn(i)
	switch {
	case t == True && r.deny:
		return whyOffDeny
	case t == Unknown && r.deny:
		return whyOffMayDeny + whyUnknown(at, whyDenyUnknown)
	case t == True:
		return whyAlone
	default:
		return a.why(i, t, at)
	}
}
