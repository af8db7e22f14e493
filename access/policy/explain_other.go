package policy

import (
	"slices"
	"strings"
)

// OfAnother is the explanation as it is told to somebody who asks about another person:
// the policy's own sentences speak to who would ask.
func (e Explanation) OfAnother() Explanation {
	e.Decision = e.Decision.of("they are", "they", "them")
	e.Rules = slices.Clone(e.Rules)
	for i := range e.Rules {
		e.Rules[i].Why = ofAnother(e.Rules[i].Why, "they are", "they", "them")
	}
	return e
}

// Of is the decision as it is told to others than the one who asks, who is named.
func (d Decision) Of(asker string) Decision { return d.of(asker+" is", asker, asker) }

func (d Decision) of(are, they, them string) Decision {
	d.Why = ofAnother(d.Why, are, they, them)
	d.Passed = slices.Clone(d.Passed)
	for i := range d.Passed {
		d.Passed[i].Why = ofAnother(d.Passed[i].Why, are, they, them)
	}
	return d
}

// ofAnother turns what the policy says to a person into what it says of them.
func ofAnother(why, are, they, them string) string {
	return strings.NewReplacer(
		"you are not among its requesters", are+" not among its requesters",
		"it is not about you", "it is not about "+them,
		"it is about neither you nor", "it is about neither "+them+" nor",
		"you may not ask for others under it", they+" may not ask for others under it",
		"lets you request", "lets "+them+" request",
		"lets you in", "lets "+them+" in",
	).Replace(why)
}
