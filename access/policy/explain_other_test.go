package policy

import (
	"regexp"
	"slices"
	"testing"
)

// Every sentence that speaks to a person has one that speaks of them: a new one that is
// forgotten fails here.
func TestOfAnotherSpeaksOfThem(t *testing.T) {
	t.Parallel()
	people := List{Items: []string{"sre"}}
	var said []string
	for _, s := range []RuleSpec{{Name: "a", Requesters: people, OnBehalf: people}, {Name: "b", Deny: true, Requesters: people}} {
		x := describe(&s, &rule{})
		others := "Erin" + x.others
		if s.Deny {
			others = x.others + "Erin"
		}
		said = append(said, x.summary, x.allows, x.denies, x.perhaps, x.requesters, x.onBehalf, others)
	}
	said = append(said,
		whyAccounts, whyDenyAccounts, whyRoles, whyDenyRoles, whyEmergency, whyWhen, whyWhenUnknown,
		whyDenies, whyMayDeny, whyAllows, whyAlone, whyAlsoAllows, whyBelow, whyOffOtherwise, whyOffDeny, whyOffMayDeny,
		notRequestable("ReadOnly in prod", "", nil, "", true), notRequestable("membership in dba", "Erin", nil, "", false))
	you := regexp.MustCompile(`(?i)\byour?s?\b`)
	if !slices.ContainsFunc(said, you.MatchString) {
		t.Error("nothing speaks to a person: this tests nothing")
	}
	for _, s := range said {
		if of := (Explanation{Decision: Decision{Why: s}}).OfAnother().Decision.Why; you.MatchString(of) {
			t.Errorf("%q still speaks to them", of)
		}
		if of := (Decision{Why: s}).Of("Dana").Why; you.MatchString(of) || of == s && you.MatchString(s) {
			t.Errorf("%q does not name who asks", of)
		}
	}
	e := Explanation{Rules: []RuleAnswer{{Why: "you are not among its requesters (sre)"}}, Decision: Decision{Passed: []Passed{{Why: "it is not about you"}}}}
	got := e.OfAnother()
	if got.Rules[0].Why != "they are not among its requesters (sre)" || got.Decision.Passed[0].Why != "it is not about them" || e.Rules[0].Why == got.Rules[0].Why {
		t.Errorf("%+v of %+v", got, e)
	}
}
