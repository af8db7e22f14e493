package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/identity"
	"stint/sandbox/awssim"
)

// plans asks for access that begins in some hours, and waits until it is approved by the rule.
func (r *rig) plans(t *testing.T, user identity.SlackUserID, in time.Duration, form string) access.GrantID {
	t.Helper()
	req, err := r.svc.Submit(context.Background(), access.Submission{
		FormKey: form, User: user, Entitlements: []access.Entitlement{access.RoleIn(prod, roleARN("ReadOnly"))}, Duration: time.Hour,
		StartAt: r.svc.Now().Add(in), Reason: "INC-1 the disk is full",
	})
	if err != nil {
		t.Fatal(err)
	}
	pass(15 * time.Second)
	v := r.view(req.ID)
	if len(v.Grants) != 1 || v.Grants[0].Phase != access.PhaseScheduled {
		t.Fatalf("not planned: %s %q", v.Request.State, v.Request.Outcome)
	}
	return v.Grants[0].Grant.ID
}

// What somebody planned ends when they leave, and never begins; nothing is asked of AWS for it.
func TestWhoLeavesLosesWhatWasPlanned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leave func(t *testing.T, r *rig)
		says  string
	}{
		"disabled in Identity Center": {func(t *testing.T, r *rig) { r.disable(t, personID("alice"), true) }, "disabled in AWS Identity Center"},
		"deleted from Identity Center": {func(t *testing.T, r *rig) {
			if err := r.cloud.DeleteUser(string(personID("alice"))); err != nil {
				t.Fatal(err)
			}
		}, "no longer lists"},
		"deactivated in Slack": {func(_ *testing.T, r *rig) { r.deactivate(alice, true) }, "Slack account is deactivated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, func(t *testing.T, r *rig) {
				mine, other := r.plans(t, alice, 3*time.Hour, "f1"), r.plans(t, bob, 3*time.Hour, "f2")
				pass(7 * time.Minute)
				c.leave(t, r)
				pass(lookedAt)
				if v := r.grant(t, mine); v.Grant.EndReason != access.EndOffboarded || !strings.Contains(v.Grant.EndNote, c.says) {
					t.Errorf("%s %s %q", v.Phase, v.Grant.EndReason, v.Grant.EndNote)
				}
				if !r.adminsTold("alice: ") || !r.adminsTold("1 grant ended, 0 pending requests withdrawn") {
					t.Error("nobody was told")
				}
				r.cloud.ResetCounts()
				pass(3 * time.Hour)
				if v := r.grant(t, other); v.Phase != access.PhaseActive {
					t.Errorf("who stayed: %s %s", v.Phase, v.Grant.EndReason)
				}
				if n := r.cloud.Count("sso:CreateAccountAssignment"); n != 1 || len(r.cloud.Assignments(awssim.AssignmentFilter{PrincipalID: string(personID("alice"))})) != 0 {
					t.Errorf("%d creates", n)
				}
			})
		})
	}
}

// More than five who leave at once and only planned something wait for an admin's word like
// those who hold something, and the admins hear of it.
func TestWhatManyPlannedWaits(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		planned := make([]access.GrantID, 7)
		for i := range planned {
			planned[i] = r.plans(t, crowdUser(i), 3*time.Hour, fmt.Sprint("f", i))
		}
		pass(2 * time.Minute) // so that one look finds them all
		for i := range 6 {
			r.disable(t, crowdPerson(i), true)
		}
		pass(lookedAt)
		for i, id := range planned {
			if v := r.grant(t, id); v.Phase != access.PhaseScheduled {
				t.Fatalf("%d: %s %s", i, v.Phase, v.Grant.EndReason)
			}
		}
		if c, err := r.svc.Config(ctx, carol); err != nil || c.Held != 6 || !r.adminsTold("6 grants and requests") {
			t.Errorf("%d wait, %v", c.Held, err)
		}
		if _, err := r.svc.EndHeld(ctx, carol, "they did leave"); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		for i, id := range planned {
			want := access.EndOffboarded
			if i == 6 {
				want = ""
			}
			if v := r.grant(t, id); v.Grant.EndReason != want {
				t.Errorf("%d: %s %s", i, v.Phase, v.Grant.EndReason)
			}
		}
	}, crowd(7))
}

// Nobody's word is needed to keep what was planned from beginning: who left is asked about again
// when it would.
func TestWhatIsHeldDoesNotBegin(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		for i := range 6 {
			r.plans(t, crowdUser(i), 30*time.Minute, fmt.Sprint("f", i))
		}
		pass(2 * time.Minute) // so that one look finds them all
		for i := range 6 {
			r.disable(t, crowdPerson(i), true)
		}
		pass(time.Hour)
		if n := len(r.cloud.Assignments(awsRequested())); n != 0 {
			t.Errorf("AWS holds %d of people who left", n)
		}
	}, crowd(6))
}
