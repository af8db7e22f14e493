package policy_test

import (
	"strings"
	"testing"
	"time"

	"stint/access/policy"
)

// TestReminders: they have defaults, and one that would never come is warned of.
func TestReminders(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := compile(t, base(), w).Settings()
	equal(t, []any{false, 30 * time.Minute, 15 * time.Minute}, []any{s.SecondAdmin, s.RemindAfter, s.RemindBeforeEnd})
	spec := base()
	spec.Settings.SecondAdmin = true
	spec.Settings.RemindAfter, spec.Settings.RemindBeforeEnd = policy.Duration(2*time.Hour), policy.Duration(time.Hour)
	s = compile(t, spec, w).Settings()
	equal(t, []any{true, 2 * time.Hour, time.Hour}, []any{s.SecondAdmin, s.RemindAfter, s.RemindBeforeEnd})
	spec.Settings.RequestTTL, spec.Settings.MaxDuration = policy.Duration(time.Hour), policy.Duration(time.Hour)
	p, problems := policy.Compile(spec, "", w)
	var warned []string
	for _, problem := range problems {
		if problem.Warning && strings.HasPrefix(problem.Path, "settings.remind") {
			warned = append(warned, problem.Path)
		}
	}
	equal(t, []string{"settings.remind_after", "settings.remind_before_end"}, warned)
	equal(t, true, p != nil)
}

// TestOffIsChecked: a rule that is switched off is checked like any other, covers nothing, is
// covered by nothing, and alarms nobody but for a deny that then protects nothing.
func TestOffIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld()
	off := func(r *policy.RuleSpec) { r.Off = true }
	_, problems := policy.Compile(base(anything("a", off, when("1 +"))), "", w)
	equal(t, true, policy.Refused(problems))

	p, problems := policy.Compile(base(anything("all", off), anything("all too"), anything("covered", off),
		deny("never", off, accounts(entry{Name: "nowhere"})), anything("many", off, steps(step(9, "sre")))), "", w)
	var got []string
	for _, problem := range append(problems, p.CheckMembers(w)...) {
		got = append(got, problem.String())
	}
	equal(t, []string{
		"rules[3].off: warning: this deny is switched off and protects nothing (remove the rule, or remove off)",
		"rules[3].accounts[0]: warning: this matches no account today",
	}, got)
	equal(t, true, p.Rules()[0].Off && !p.Rules()[1].Off)
}
