package policy

import (
	"slices"
	"strings"
)

// OfAnother is the explanation as it is told to somebody who asks about another person:
// the policy's own sentences speak to whoever would hold the access.
func (e Explanation) OfAnother() Explanation {
	e.Decision.Why = ofAnother(e.Decision.Why)
	e.Decision.Passed = slices.Clone(e.Decision.Passed)
	for i := range e.Decision.Passed {
		e.Decision.Passed[i].Why = ofAnother(e.Decision.Passed[i].Why)
	}
	e.Rules = slices.Clone(e.Rules)
	for i := range e.Rules {
		e.Rules[i].Why = ofAnother(e.Rules[i].Why)
	}
	return e
}

// ofAnother turns what the policy says to a person into what it says of them.
func ofAnother(why string) string {
	return strings.NewReplacer(
		"you are not among its requesters", "they are not among its requesters",
		"it is not about you", "it is not about them",
		"you may not ask for others under it", "they may not ask for others under it",
		"lets you request", "lets them request",
		"lets you in", "lets them in",
	).Replace(why)
}
