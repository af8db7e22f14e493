package access_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/policy"
)

func asFault(err error, to **fault.Error) bool { return errors.As(err, to) }

var ctx = context.Background()

func TestBeforeTheFirstPolicyOnlyBootstrapAdminsMayBegin(t *testing.T) {
	inHouse(t, func(h *house) {
		v, err := h.svc.Config(ctx, boot)
		h.want(err, "", "")
		if !v.FirstRun || !v.Editable || v.InForce != nil || v.Draft != nil {
			t.Errorf("config before the first policy: %+v", v)
		}
		_, err = h.svc.Draft(ctx, carol)
		h.want(err, fault.Unavailable, "", "boot can set it up")
		d, err := h.svc.Draft(ctx, boot)
		h.want(err, "", "")
		if got := d.Revision.Spec.Settings; got.EmailDomains[0] != "example.com" || got.Admins.Users[0] != email(boot) {
			t.Errorf("the first draft begins with %+v", got)
		}
		if h.svc.Policy() != nil {
			t.Error("a draft is in force")
		}
	})
}

func TestDraftIsBegunFromWhatIsInForce(t *testing.T) {
	inHouse(t, func(h *house) {
		first := h.mustApply(boot, basic())
		d, err := h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		if d.Revision.Base != first.ID || len(d.Revision.Spec.Rules) != 2 || len(d.Rules) != 2 || policy.Refused(d.Problems) {
			t.Errorf("draft %+v", d)
		}
		again, err := h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		if again.Revision.ID != d.Revision.ID || again.Revision.Version != d.Revision.Version {
			t.Error("asking twice changed the draft")
		}
		// It changes nothing yet, so it follows what comes into force.
		second := h.mustApply(dana, denying("Admin"))
		d, err = h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		if d.Revision.Base != second.ID || d.Stale != nil || len(d.Revision.Spec.Rules) != 3 {
			t.Errorf("a draft without changes stays behind: %+v", d)
		}
	})
}

func TestEditKeepsWhatIsWrongAndRefusesAnOldWindow(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		d, err := h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		broken := basic()
		broken.People["sre"] = policy.People{SlackUserGroups: []string{"sry"}}
		v, err := h.svc.EditDraft(ctx, carol, d.Revision.Version, broken)
		h.want(err, "", "")
		if !policy.Refused(v.Problems) || v.Revision.Spec.People["sre"].SlackUserGroups[0] != "sry" || v.Rules[0].Name != "look" {
			t.Errorf("after a wrong edit: %+v", v)
		}
		_, err = h.svc.EditDraft(ctx, carol, d.Revision.Version, basic())
		h.want(err, fault.Conflict, "", "another window")
		_, err = h.svc.ApplyDraft(ctx, carol, v.Revision.Version, "because", false)
		h.want(err, fault.Invalid, "", "sry", "did you mean")
		problems, err := h.svc.CheckSpec(ctx, carol, broken)
		h.want(err, "", "")
		if !policy.Refused(problems) {
			t.Error("CheckSpec finds nothing wrong")
		}
		h.want(h.svc.DiscardDraft(ctx, carol), "", "")
		h.want(h.svc.DiscardDraft(ctx, carol), "", "") // without one it does nothing
		_, err = h.svc.EditDraft(ctx, carol, v.Revision.Version, basic())
		h.want(err, fault.Conflict, "", "gone")
		for _, r := range h.revisions(access.Discarded) {
			if len(r.Spec.Rules) > 0 {
				t.Error("a discarded draft keeps what it said")
			}
		}
	})
}

func TestNewNamesOfSlackAreFound(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		h.edit(carol, denying("Admin")) // reads Slack's lists
		h.out.change(func(o *outside) { o.groups["SNEW"] = nil })
		time.Sleep(10 * time.Second)
		spec := basic()
		spec.People["new"] = policy.People{SlackUserGroups: []string{"new"}}
		if d := h.edit(carol, spec); policy.Refused(d.Problems) {
			t.Errorf("a group that was made a moment ago: %v", d.Problems)
		}
	})
}

func TestDraftIsShownWhileSlackIsAway(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		h.edit(carol, denying("Admin"))
		h.out.change(func(o *outside) { o.away = true })
		time.Sleep(10 * time.Minute) // Slack's lists are old now, who carol is is not
		d, err := h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		if len(d.Rules) != 3 || len(d.Problems) != 1 || !d.Problems[0].Warning {
			t.Errorf("draft %+v", d)
		}
		_, err = h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", false)
		h.want(err, fault.Unavailable, "")
	})
}

func TestOthersChangesAreJoinedOrNamed(t *testing.T) {
	inHouse(t, func(h *house) {
		h.mustApply(boot, basic())
		mine := basic()
		mine.Rules[0].MaxDuration = policy.Duration(time.Hour)
		d := h.edit(carol, mine)
		theirs := h.mustApply(dana, denying("Admin"))
		_, err := h.svc.ApplyDraft(ctx, carol, d.Revision.Version, "because", false)
		h.want(err, fault.Conflict, "", "dana put version 2")
		if d, err = h.svc.Draft(ctx, carol); err != nil || d.Stale == nil || d.Stale.ID != theirs.ID {
			t.Fatalf("stale %+v, %v", d.Stale, err)
		}
		d, err = h.svc.RebaseDraft(ctx, carol)
		h.want(err, "", "")
		if d.Stale != nil || d.Revision.Base != theirs.ID || len(d.Revision.Spec.Rules) != 3 || d.Revision.Spec.Rules[1].MaxDuration == 0 {
			t.Fatalf("rebased to %+v", d.Revision)
		}
		// The same rule changed by both.
		other := denying("Admin")
		other.Rules[1].MaxDuration = policy.Duration(2 * time.Hour)
		h.mustApply(dana, other)
		before, err := h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		_, err = h.svc.RebaseDraft(ctx, carol)
		h.want(err, fault.Conflict, "", "look")
		after, err := h.svc.Draft(ctx, carol)
		h.want(err, "", "")
		if after.Revision.Version != before.Revision.Version {
			t.Error("a rebase that failed changed the draft")
		}
	})
}

func TestPolicyInAFileIsNotEdited(t *testing.T) {
	inHouse(t, func(h *house) {
		p, problems, err := h.svc.Compile(ctx, basic())
		if p == nil || err != nil {
			t.Fatal(problems, err)
		}
		h.want(h.svc.SetPolicy(ctx, p), "", "")
		const says = "The policy lives in policy.yaml; change it there."
		_, err = h.svc.Draft(ctx, carol)
		h.want(err, fault.Conflict, "", says)
		_, err = h.svc.EditDraft(ctx, carol, 1, basic())
		h.want(err, fault.Conflict, "", says)
		_, err = h.svc.RebaseDraft(ctx, carol)
		h.want(err, fault.Conflict, "", says)
		h.want(h.svc.DiscardDraft(ctx, carol), fault.Conflict, "", says)
		_, err = h.svc.ReviewDraft(ctx, carol)
		h.want(err, fault.Conflict, "", says)
		_, err = h.svc.ApplyDraft(ctx, carol, 1, "because", false)
		h.want(err, fault.Conflict, "", says)
		_, err = h.svc.DecideRevision(ctx, carol, "x", true, "")
		h.want(err, fault.Conflict, "", says)
		_, err = h.svc.RollBack(ctx, carol, "x")
		h.want(err, fault.Conflict, "", says)
		_, err = h.svc.Setup(ctx, carol, access.SetupInput{})
		h.want(err, fault.Conflict, "", says)
		_, err = h.svc.Simulate(ctx, carol)
		h.want(err, fault.Conflict, "", says)
		// A stranger learns nothing, not even where it lives.
		_, err = h.svc.Draft(ctx, alice)
		h.want(err, fault.Forbidden, "")

		list, total, err := h.svc.Revisions(ctx, carol, 0, 10)
		if err != nil || total != 0 || len(list) != 0 {
			t.Errorf("revisions %v, %v", list, err)
		}
		v, err := h.svc.Config(ctx, carol)
		if err != nil || v.Editable || v.FirstRun || v.PolicyFile != "policy.yaml" || len(v.Rules) != 2 {
			t.Errorf("config %+v, %v", v, err)
		}
		e, err := h.svc.Explain(ctx, carol, access.ExplainInput{Account: prod, Role: arn("Admin")})
		if err != nil || e.Explanation.Decision.Rule != "work" || e.Number != 0 {
			t.Errorf("explanation %+v, %v", e, err)
		}
	}, func(h *house) { h.file = "policy.yaml" })
}
