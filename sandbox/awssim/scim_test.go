package awssim_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"stint/sandbox/awssim"
)

// SCIM undoes what a call changed in its groups with its next cycle, and leaves others alone.
func TestSCIMOwnsItsGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.SetTuning(func(t *awssim.Tuning) { t.SCIMRevert = 40 * time.Minute }); err != nil {
		t.Fatal(err)
	}
	owned := awssim.Group{ID: "9067aaaaaa-01234567-89ab-cdef-0123-456789abcdef", DisplayName: "from-okta", ExternalID: "okta-1"}
	if err := w.AddGroup(owned); err != nil {
		t.Fatal(err)
	}
	cl, store, users := w.store(), &w.ids.IdentityStoreID, w.org.Users
	member := func(i int) idtypes.MemberId { return &idtypes.MemberIdMemberUserId{Value: users[i].ID} }
	is := func(group string, i int) bool {
		_, err := cl.GetGroupMembershipId(w.ctx(), &identitystore.GetGroupMembershipIdInput{IdentityStoreId: store, GroupId: &group, MemberId: member(i)})
		return err == nil
	}
	kept, err := w.AddMembership(owned.ID, users[3].ID) // SCIM's own
	if err != nil {
		t.Fatal(err)
	}
	own := w.group("sre")
	for _, group := range []string{owned.ID, own} {
		must(cl.CreateGroupMembership(w.ctx(), &identitystore.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: &group, MemberId: member(8)}))(t)
	}
	must(cl.DeleteGroupMembership(w.ctx(), &identitystore.DeleteGroupMembershipInput{IdentityStoreId: store, MembershipId: &kept}))(t)
	w.clock.Advance(39 * time.Minute)
	if !is(owned.ID, 8) || !is(own, 8) || is(owned.ID, 3) {
		t.Error("undone before the cycle")
	}
	w.clock.Advance(time.Minute)
	if is(owned.ID, 8) || !is(own, 8) || !is(owned.ID, 3) {
		t.Errorf("after the cycle: joined %v, in another group %v, taken out %v", is(owned.ID, 8), is(own, 8), is(owned.ID, 3))
	}
	d := must(cl.DescribeGroup(w.ctx(), &identitystore.DescribeGroupInput{IdentityStoreId: store, GroupId: &owned.ID}))(t)
	if len(d.ExternalIds) != 1 {
		t.Errorf("%+v", d)
	}
}
