package access_test

import (
	"testing"
	"time"

	"stint/access/policy"
)

func TestReviewSaysWhatBecomesOfAPendingRequest(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		h.submit(alice, "Admin") // for an hour
		pass(10 * time.Second)
		work := func(change func(*policy.Spec, *policy.RuleSpec)) policy.Spec {
			spec := basic()
			change(&spec, &spec.Rules[1])
			return spec
		}
		for name, c := range map[string]struct {
			spec policy.Spec
			want string
		}{
			"denied":  {denying("Admin"), "would be withdrawn: rule “never Admin” forbids it"},
			"gone":    {work(func(_ *policy.Spec, r *policy.RuleSpec) { r.Roles.Items = []string{"ReadOnly"} }), "would be withdrawn: no rule allows it"},
			"off":     {work(func(_ *policy.Spec, r *policy.RuleSpec) { r.Off = true }), "would be withdrawn: no rule allows it"},
			"more":    {work(func(_ *policy.Spec, r *policy.RuleSpec) { r.Approval.Steps[0].Count = 2 }), "would also need 2 of sre"},
			"shorter": {work(func(_ *policy.Spec, r *policy.RuleSpec) { r.MaxDuration = policy.Duration(30 * time.Minute) }), "would be shortened to 30\u00a0min"},
			"nobody": {
				work(func(s *policy.Spec, _ *policy.RuleSpec) {
					s.People["sre"] = policy.People{Users: []string{email(alice)}}
				}),
				"could no longer be approved: too few people could decide it",
			},
			"longer":    {work(func(_ *policy.Spec, r *policy.RuleSpec) { r.MaxDuration = policy.Duration(4 * time.Hour) }), ""},
			"automatic": {work(func(_ *policy.Spec, r *policy.RuleSpec) { r.Approval = policy.ApprovalSpec{Automatic: true} }), ""},
			"renamed":   {work(func(_ *policy.Spec, r *policy.RuleSpec) { r.Name = "labour" }), ""},
		} {
			h.edit(carol, c.spec)
			v, err := h.svc.ReviewDraft(ctx, carol)
			got := ""
			if len(v.Touched) > 0 {
				got = v.Touched[0].What
			}
			if err != nil || got != c.want || len(v.Changes) == 0 {
				t.Errorf("%s: %q, want %q (%d changes, %v)", name, got, c.want, len(v.Changes), err)
			}
		}
	})
}
