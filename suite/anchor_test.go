package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

const anchorGroup = "aaaaaaaa-1111-4111-8111-111111111111"

func anchored(r *rig, cfg *awssim.Config) {
	r.anchor = anchorGroup
	cfg.Organization.Groups = append(cfg.Organization.Groups, awssim.Group{ID: anchorGroup, DisplayName: "stint-anchor"})
}

func anchorRow(role string) awssim.Assignment {
	return awssim.Assignment{AccountID: string(prod), PermissionSetARN: string(roleARN(role)), PrincipalType: "GROUP", PrincipalID: anchorGroup}
}

// roleARNOf is the ARN of a role in an account, as resource policies there name it.
func (r *rig) roleARNOf(t *testing.T, role string) string {
	t.Helper()
	for _, a := range r.cloud.Assignments(awssim.AssignmentFilter{AccountID: string(prod), PermissionSetARN: string(roleARN(role))}) {
		return a.RoleARN
	}
	t.Fatalf("nobody has %s", role)
	return ""
}

// A role is anchored before it is granted for the first time, and stays so when the last
// access ends: its ARN is the one that the first grant had. It is neither made twice nor taken
// for drift, by the scan or by an event.
func TestAnchorStays(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 30*time.Minute, "f1")
		ops := r.cloud.Operations(0) // the newest first
		if len(ops) != 2 || ops[1].Assignment != anchorRow("ReadOnly") || ops[0].Started.Before(ops[1].Ended) {
			t.Fatalf("want the anchor, then the grant: %+v", ops)
		}
		arn := r.roleARNOf(t, "ReadOnly")
		pass(time.Until(g.End) + 2*time.Minute)
		if r.holds(g.Key) || !r.cloud.Assigned(anchorRow("ReadOnly")) || r.cloud.Assigned(anchorRow("AdministratorAccess")) {
			t.Fatal("exactly what was granted is to stay anchored")
		}
		creates := r.cloud.Count("sso:CreateAccountAssignment")
		r.active(t, "ReadOnly", 30*time.Minute, "f2")
		pass(5 * time.Minute)
		if n := r.cloud.Count("sso:CreateAccountAssignment") - creates; n != 1 {
			t.Errorf("%d creates for a role that is anchored", n)
		}
		if now := r.roleARNOf(t, "ReadOnly"); now != arn {
			t.Errorf("the role was %s and is %s", arn, now)
		}
		if c := r.check1(t, "Anchor group"); !c.OK {
			t.Errorf("%+v", c)
		}
		r.scanned(t)
		if found := r.openFindings(t); len(found) != 0 {
			t.Errorf("taken for drift: %+v", found)
		}
		if r.adminsTold("gave in AWS") {
			t.Error("our own anchor is taken for somebody else's doing")
		}
	}, anchored, hearing)
}

// Who leaves loses what they have; the anchor is nobody's.
func TestAnchorIsNotOffboarded(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 4*time.Hour, "f1")
		r.disable(t, personID("alice"), true)
		pass(lookedAt)
		if r.holds(g.Key) || !r.cloud.Assigned(anchorRow("ReadOnly")) {
			t.Error("the access was to go, and the anchor to stay")
		}
	}, anchored)
}

// An emergency does not wait for an anchor; it is made right behind it.
func TestAnchorKeepsNoEmergencyWaiting(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.mustEmergency(t, alice, time.Hour, "f1")
		pass(2 * time.Minute)
		ops := r.cloud.Operations(0)
		if len(ops) != 2 || ops[0].Assignment != anchorRow("AdministratorAccess") {
			t.Errorf("want the grant, then the anchor: %+v", ops)
		}
	}, anchored, func(r *rig, _ *awssim.Config) { r.policy = emergencyPolicy })
}

// What AWS refuses keeps no grant from being made; it is told where the health is, and tried
// again.
func TestAnchorThatAWSRefuses(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.inject(t, awssim.Fault{Kind: awssim.FaultFailed, Action: "sso:CreateAccountAssignment", Reason: awssim.ReasonDenied, Times: 1})
		r.active(t, "ReadOnly", 4*time.Hour, "f1")
		pass(30 * time.Minute)
		if n := r.cloud.Count("sso:CreateAccountAssignment"); n != 2 {
			t.Errorf("%d creates: it is tried again before the hour is over", n)
		}
		if c := r.check1(t, "Anchor group"); c.OK || !strings.Contains(c.Detail, "1 role could not be anchored. ReadOnly in prod-billing: AWS could not change this account") {
			t.Errorf("%+v", c)
		}
		pass(time.Hour)
		if c := r.check1(t, "Anchor group"); !c.OK || !r.cloud.Assigned(anchorRow("ReadOnly")) {
			t.Errorf("%+v", c)
		}
	}, anchored)
}

// While new access is paused nothing is anchored either.
func TestAnchorWaitsForAPause(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.mustEmergency(t, alice, time.Hour, "f1")
		pass(15 * time.Second)
		if _, err := r.svc.Pause(context.Background(), carol, "look first"); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Minute)
		if r.cloud.Assigned(anchorRow("AdministratorAccess")) {
			t.Error("anchored during a pause")
		}
		if err := r.svc.Resume(context.Background(), carol); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		if !r.cloud.Assigned(anchorRow("AdministratorAccess")) {
			t.Error("not anchored after it")
		}
	}, anchored, func(r *rig, _ *awssim.Config) { r.policy = emergencyPolicy })
}

// Whoever is in the anchor group has every role that it keeps, so nobody can ask for it,
// whatever a rule says.
func TestAnchorGroupCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		_, err := r.ask(alice, access.MemberOf(anchorGroup), time.Hour, "f1")
		if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "must stay empty") {
			t.Errorf("got %v", err)
		}
		r.stop()
		r.start() // from the stored catalog
		if _, err := r.ask(alice, access.MemberOf(anchorGroup), time.Hour, "f2"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("after a restart: %v", err)
		}
	}, anchored, func(r *rig, _ *awssim.Config) {
		r.policy += "\n  - { name: all groups, groups: [\"stint-*\"], requesters: all, approval: automatic }\n"
	})
}

// The process is stopped at every point of a grant that is anchored first: once healed, AWS
// holds the anchor, and it is on record once.
func TestCrashWhileAnchoring(t *testing.T) {
	t.Parallel()
	j := rolesJob()
	j.options = []rigOption{anchored}
	j.steps = func(r *rig) []func() error {
		return []func() error{func() error {
			_, err := r.ask(alice, j.automatic, 10*time.Minute, "form-1")
			return err
		}}
	}
	step := 11
	if full() {
		step = 1
	}
	crashAtPoints(t, onBolt, j, step)
}

// anchorsAgree states that what was granted is anchored, and that it is on record, once.
func (r *rig) anchorsAgree() error {
	created, intended := 0, 0
	if err := r.db.View(context.Background(), func(tx access.Tx) error {
		events, err := tx.Audit(0, 0)
		for _, e := range events {
			switch e.Action {
			case "anchor.created":
				created++
			case "anchor.intended":
				intended++
			}
		}
		return err
	}); err != nil {
		return err
	}
	if held := r.cloud.Assignments(awssim.AssignmentFilter{PrincipalID: anchorGroup}); len(held) == 0 || created != len(held) || intended != len(held) {
		return fmt.Errorf("AWS holds %d anchors; %d were intended and %d made on record", len(held), intended, created)
	}
	return nil
}

// Somebody in the anchor group would have everything: then nothing more is anchored, and the
// admins hear of it.
func TestAnchorThatIsNotEmpty(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		if _, err := r.cloud.AddMembership(anchorGroup, string(personID("bob"))); err != nil {
			t.Fatal(err)
		}
		r.active(t, "ReadOnly", time.Hour, "f1")
		pass(3 * time.Minute)
		if r.cloud.Assigned(anchorRow("ReadOnly")) {
			t.Fatal("bob was given the role by the anchor")
		}
		if c := r.check1(t, "Anchor group"); c.OK || !r.adminsTold("anchor group must be empty") {
			t.Errorf("%+v", c)
		}
		r.cloud.RemoveMembership(anchorGroup, string(personID("bob")))
		pass(3 * time.Minute)
		if !r.cloud.Assigned(anchorRow("ReadOnly")) {
			t.Error("not anchored once it was empty")
		}
		r.inject(t, awssim.Fault{Kind: awssim.FaultAccessDenied, Action: "identitystore:ListGroupMemberships"})
		pass(15 * time.Minute)
		if c := r.check1(t, "Anchor group"); c.OK {
			t.Error("a group that cannot be read counts as empty")
		}
		r.cloud.ClearFaults()
	}, anchored)
}

// A group that is not there, perhaps misspelt, is told as such; nothing is anchored, and
// nobody waits for it.
func TestAnchorGroupThatIsNotThere(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		r.active(t, "ReadOnly", time.Hour, "f1")
		if c := r.check1(t, "Anchor group"); c.OK || !strings.Contains(c.Detail, "has no such group") {
			t.Errorf("%+v", c)
		}
	}, func(r *rig, _ *awssim.Config) { r.anchor = "bbbbbbbb-1111-4111-8111-111111111111" })
}
