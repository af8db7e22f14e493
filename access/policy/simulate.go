package policy

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/catalog"
)

// Trial is one ask of the past, to be decided again.
type Trial struct {
	Query    Query
	Duration time.Duration // 0: none in particular
	Reason   string        // "": not known any more
}

// Difference is a Trial that two policies decide differently.
type Difference struct {
	Index  int // of the trial
	Before Decision
	After  Decision
	// What is the difference in a few words: "no longer requestable", "now needs two approvals
	// from sre", "now automatic", "shortened to 1 h", "the reason lacks: incident number".
	What string
	// Harder is false when After asks for less than Before.
	Harder bool
}

// Simulate decides the trials by both policies, with the catalog and the facts of today and
// the time of each trial, and lists those that come out differently. Who is refused by both
// is no difference, and neither is another rule with the same terms.
func Simulate(before, after *Policy, c *catalog.Catalog, f Facts, trials []Trial) []Difference {
	var out []Difference
	s := simulation{patterns: map[string]*regexp.Regexp{}}
	for i := range trials {
		t := &trials[i]
		d := Difference{Index: i, Before: before.Decide(c, f, t.Query), After: after.Decide(c, f, t.Query)}
		what, harder := s.compare(t, &d.Before, &d.After)
		if len(what) > 0 {
			d.What, d.Harder = strings.Join(what, "; "), harder
			out = append(out, d)
		}
	}
	return out
}

type simulation struct{ patterns map[string]*regexp.Regexp }

func (s *simulation) compare(t *Trial, before, after *Decision) (what []string, harder bool) {
	was, is := before.Outcome == Allowed, after.Outcome == Allowed
	switch {
	case !was && !is:
		return nil, false
	case was && after.Outcome == Denied:
		return []string{"now denied by rule “" + after.Rule + "”"}, true
	case was && !is:
		return []string{"no longer requestable"}, true
	case is && !was:
		return []string{"now requestable " + withApproval(&after.Terms)}, false
	}
	switch compareSteps(&before.Terms, &after.Terms) {
	case easeSame:
	case eased:
		what = append(what, nowNeeds(&after.Terms))
	default:
		what, harder = append(what, nowNeeds(&after.Terms)), true
	}
	switch e := compareEscalation(before.Terms.Escalation, after.Terms.Escalation); {
	case e == easeSame:
	case after.Terms.Escalation == nil:
		what, harder = append(what, "no longer escalates"), true
	default:
		what, harder = append(what, "now "+after.Terms.Escalation.describe()), harder || e != eased
	}
	if t.Duration > 0 {
		had, gets := min(t.Duration, before.Terms.MaxDuration), min(t.Duration, after.Terms.MaxDuration)
		switch {
		case gets < had:
			what, harder = append(what, "shortened to "+spell(gets)), true
		case gets > had:
			what = append(what, "no longer shortened to "+spell(had))
		}
	}
	if t.Reason != "" {
		lacked, lacks := s.lacks(before.Terms.Reason, t.Reason), s.lacks(after.Terms.Reason, t.Reason)
		switch {
		case lacks != "" && lacked == "":
			what, harder = append(what, lacks), true
		case lacks == "" && lacked != "":
			what = append(what, "the reason now suffices")
		}
	}
	return what, harder
}

func withApproval(t *Terms) string {
	if t.Automatic {
		return "without approval"
	}
	return "with " + describeSteps(t.Steps, t.InOrder)
}

func nowNeeds(t *Terms) string {
	if t.Automatic {
		return "now automatic"
	}
	return "now needs " + describeSteps(t.Steps, t.InOrder)
}

// lacks says what a reason lacks; "" for nothing.
func (s *simulation) lacks(t ReasonTerms, reason string) string {
	if utf8.RuneCountInString(strings.TrimSpace(reason)) < t.MinLength {
		return fmt.Sprintf("the reason is shorter than %d characters", t.MinLength)
	}
	if t.Pattern == "" {
		return ""
	}
	pattern, ok := s.patterns[t.Pattern]
	if !ok {
		pattern, _ = regexp.Compile(t.Pattern) // Compile refuses one that is none
		s.patterns[t.Pattern] = pattern
	}
	switch {
	case pattern == nil || pattern.MatchString(reason):
		return ""
	case t.Hint != "":
		return "the reason lacks: " + t.Hint
	default:
		return "the reason does not match " + t.Pattern
	}
}
