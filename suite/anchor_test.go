package suite

import (
	"testing"
	"time"

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

// What was granted is anchored while it is live, stays so when the last access ends, and is
// neither made twice nor taken for drift.
func TestAnchorStays(t *testing.T) {
	t.Parallel()
	live(t, func(t *testing.T, r *rig) {
		g := r.active(t, "ReadOnly", 30*time.Minute, "f1")
		pass(2 * time.Minute)
		if !r.cloud.Assigned(anchorRow("ReadOnly")) || r.cloud.Assigned(anchorRow("AdministratorAccess")) {
			t.Fatal("exactly what was granted is to be anchored")
		}
		pass(time.Until(g.End) + 2*time.Minute)
		if r.holds(g.Key) || !r.cloud.Assigned(anchorRow("ReadOnly")) {
			t.Error("the anchor went with the access")
		}
		if !r.logged(t, "anchor.created") {
			t.Error("it is not in the audit log")
		}
		creates := r.cloud.Count("sso:CreateAccountAssignment")
		r.active(t, "ReadOnly", 30*time.Minute, "f2")
		pass(5 * time.Minute)
		if n := r.cloud.Count("sso:CreateAccountAssignment") - creates; n != 1 {
			t.Errorf("%d creates for a role that is anchored", n)
		}
		if c := r.check1(t, "Anchor group"); !c.OK {
			t.Errorf("%+v", c)
		}
	}, anchored)
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
