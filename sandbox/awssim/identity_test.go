package awssim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"stint/sandbox/awssim"
)

func unique(path, value string) idtypes.AlternateIdentifier {
	return &idtypes.AlternateIdentifierMemberUniqueAttribute{Value: idtypes.UniqueAttribute{
		AttributePath: &path, AttributeValue: document.NewLazyDocument(value),
	}}
}

func TestPagesOfUsers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ people, pages int }{{1, 1}, {99, 1}, {100, 1}, {101, 2}, {250, 3}} {
		t.Run(fmt.Sprint(tt.people), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sized(3, 3, tt.people))
			n, pages := 0, 0
			p := identitystore.NewListUsersPaginator(w.store(), &identitystore.ListUsersInput{IdentityStoreId: &w.ids.IdentityStoreID})
			for p.HasMorePages() {
				for _, u := range must(p.NextPage(w.ctx()))(t).Users {
					if *u.UserId != w.org.Users[n].ID {
						t.Fatalf("user %d is %s", n, *u.UserName)
					}
					n++
				}
				pages++
			}
			if n != tt.people || pages != tt.pages {
				t.Errorf("%d users on %d pages", n, pages)
			}
		})
	}
}

func TestFindUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, store := w.store(), &w.ids.IdentityStoreID
	ada := w.person("ada.okafor")
	if err := w.EditUser(ada, func(u *awssim.User) { u.Email, u.ExternalID = "ada@example.com", "scim-1" }); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]idtypes.AlternateIdentifier{
		"user name": unique("userName", "ada.okafor@example.com"),
		"e-mail":    unique("emails.value", "Ada@Example.com"),
		"external id": &idtypes.AlternateIdentifierMemberExternalId{Value: idtypes.ExternalId{
			Issuer: aws.String("https://scim.example.com"), Id: aws.String("scim-1"),
		}},
	} {
		got, err := cl.GetUserId(w.ctx(), &identitystore.GetUserIdInput{IdentityStoreId: store, AlternateIdentifier: id})
		if err != nil || aws.ToString(got.UserId) != ada {
			t.Errorf("by %s: %v, %v", name, got, err)
		}
	}
	for name, id := range map[string]idtypes.AlternateIdentifier{
		"former e-mail": unique("emails.value", "ada.okafor@example.com"),
		"nobody":        unique("userName", "nobody"),
		"external id of another issuer": &idtypes.AlternateIdentifierMemberExternalId{Value: idtypes.ExternalId{
			Issuer: aws.String("https://other.example.com"), Id: aws.String("scim-1"),
		}},
	} {
		_, err := cl.GetUserId(w.ctx(), &identitystore.GetUserIdInput{IdentityStoreId: store, AlternateIdentifier: id})
		e := wantError[*idtypes.ResourceNotFoundException](t, err, 400)
		if e.ResourceType != idtypes.ResourceTypeUser || e.ErrorMessage() != "USER not found." {
			t.Errorf("%s: %s %s", name, e.ResourceType, e.ErrorMessage())
		}
	}
	_, err := cl.GetUserId(w.ctx(), &identitystore.GetUserIdInput{IdentityStoreId: store, AlternateIdentifier: unique("title", "Boss")})
	wantError[*idtypes.ValidationException](t, err, 400)

	found := must(cl.ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: store, Filters: []idtypes.Filter{{
		AttributePath: aws.String("UserName"), AttributeValue: aws.String("ada.okafor@example.com"),
	}}}))(t).Users
	if len(found) != 1 || *found[0].UserId != ada {
		t.Errorf("filtered: %+v", found)
	}
}

func TestDescribeUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, ben := w.store(), w.person("ben.larsen")
	describe := func() (*identitystore.DescribeUserOutput, error) {
		return cl.DescribeUser(w.ctx(), &identitystore.DescribeUserInput{IdentityStoreId: &w.ids.IdentityStoreID, UserId: &ben})
	}
	got := must(describe())(t)
	if *got.UserName != "ben.larsen@example.com" || got.UserStatus != idtypes.UserStatusEnabled || len(got.Emails) != 1 || !got.Emails[0].Primary ||
		*got.Emails[0].Value != "ben.larsen@example.com" || *got.Name.GivenName != "Ben" || *got.DisplayName != "Ben Larsen" {
		t.Errorf("%+v", got)
	}
	if err := w.EditUser(ben, func(u *awssim.User) { u.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	if got := must(describe())(t); got.UserStatus != idtypes.UserStatusDisabled || !got.UpdatedAt.Equal(w.clock.Now()) {
		t.Errorf("disabled: %s %s", got.UserStatus, got.UpdatedAt)
	}
	a := w.triple()
	must(w.AddAssignment(a))(t)
	if err := w.DeleteUser(ben); err != nil {
		t.Fatal(err)
	}
	_, err := describe()
	if e := wantError[*idtypes.ResourceNotFoundException](t, err, 400); aws.ToString(e.ResourceId) != ben {
		t.Errorf("resource id %s", aws.ToString(e.ResourceId))
	}
	if len(w.listed(a)) != 1 {
		t.Error("the assignment of a deleted user vanished")
	}
	if v := w.Assignments(awssim.AssignmentFilter{PrincipalID: ben}); len(v) != 1 || v[0].PrincipalName != "" {
		t.Errorf("view %+v", v)
	}
	// It can still be taken away.
	op := must(w.delete(w.sso(), a))(t)
	w.clock.Advance(5 * time.Second)
	if w.deletion(op.RequestId).Status != "SUCCEEDED" || w.Assigned(a) {
		t.Error("could not be deleted")
	}
}

func TestMemberships(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, store := w.store(), &w.ids.IdentityStoreID
	sre, ines := w.group("sre"), w.person("ines.castro")
	member := &idtypes.MemberIdMemberUserId{Value: ines}
	members := func() (ids []string) {
		for _, m := range must(cl.ListGroupMemberships(w.ctx(), &identitystore.ListGroupMembershipsInput{IdentityStoreId: store, GroupId: &sre}))(t).GroupMemberships {
			ids = append(ids, m.MemberId.(*idtypes.MemberIdMemberUserId).Value)
		}
		return ids
	}
	before := members()
	if len(before) != 3 {
		t.Fatalf("sre has %d members", len(before))
	}
	_, err := cl.GetGroupMembershipId(w.ctx(), &identitystore.GetGroupMembershipIdInput{IdentityStoreId: store, GroupId: &sre, MemberId: member})
	if e := wantError[*idtypes.ResourceNotFoundException](t, err, 400); e.ResourceType != idtypes.ResourceTypeGroupMembership {
		t.Error(e.ResourceType)
	}
	in := &identitystore.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: &sre, MemberId: member}
	made := must(cl.CreateGroupMembership(w.ctx(), in))(t)
	_, err = cl.CreateGroupMembership(w.ctx(), in)
	if e := wantError[*idtypes.ConflictException](t, err, 400); e.Reason != idtypes.ConflictExceptionReasonUniquenessConstraintViolation {
		t.Error(e.Reason)
	}
	if got := members(); len(got) != 4 || got[3] != ines {
		t.Errorf("members %v", got)
	}
	in2 := &identitystore.IsMemberInGroupsInput{IdentityStoreId: store, MemberId: member, GroupIds: []string{sre, w.group("security")}}
	results := must(cl.IsMemberInGroups(w.ctx(), in2))(t).Results
	if len(results) != 2 || !results[0].MembershipExists || results[1].MembershipExists {
		t.Errorf("results %+v", results)
	}
	mine := must(cl.ListGroupMembershipsForMember(w.ctx(), &identitystore.ListGroupMembershipsForMemberInput{IdentityStoreId: store, MemberId: member}))(t).GroupMemberships
	if len(mine) != 2 {
		t.Errorf("memberships of ines: %+v", mine)
	}
	id := must(cl.GetGroupMembershipId(w.ctx(), &identitystore.GetGroupMembershipIdInput{IdentityStoreId: store, GroupId: &sre, MemberId: member}))(t)
	described := must(cl.DescribeGroupMembership(w.ctx(), &identitystore.DescribeGroupMembershipInput{IdentityStoreId: store, MembershipId: id.MembershipId}))(t)
	if *id.MembershipId != *made.MembershipId || *described.GroupId != sre {
		t.Errorf("%s, %s in %s", *id.MembershipId, *made.MembershipId, *described.GroupId)
	}

	if err := w.SetTuning(func(t *awssim.Tuning) { t.ListingLag = 10 * time.Second }); err != nil {
		t.Fatal(err)
	}
	del := &identitystore.DeleteGroupMembershipInput{IdentityStoreId: store, MembershipId: id.MembershipId}
	must(cl.DeleteGroupMembership(w.ctx(), del))(t)
	if len(members()) != 4 {
		t.Error("the listing did not lag behind the delete")
	}
	must(cl.CreateGroupMembership(w.ctx(), in))(t)
	if len(members()) != 4 {
		t.Errorf("%d rows while two versions of one membership fade over", len(members()))
	}
	w.clock.Advance(10 * time.Second)
	if len(members()) != 4 {
		t.Error("not listed after the lag")
	}
	_, err = cl.DeleteGroupMembership(w.ctx(), del)
	wantError[*idtypes.ResourceNotFoundException](t, err, 400)
	if !w.RemoveMembership(sre, ines) || w.RemoveMembership(sre, ines) {
		t.Error("removing by hand")
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl, store := w.store(), &w.ids.IdentityStoreID
	sre := w.group("sre")
	got := must(cl.GetGroupId(w.ctx(), &identitystore.GetGroupIdInput{IdentityStoreId: store, AlternateIdentifier: unique("displayName", "sre")}))(t)
	if *got.GroupId != sre {
		t.Errorf("group id %s", *got.GroupId)
	}
	_, err := cl.GetGroupId(w.ctx(), &identitystore.GetGroupIdInput{IdentityStoreId: store, AlternateIdentifier: unique("displayName", "none")})
	wantError[*idtypes.ResourceNotFoundException](t, err, 400)
	d := must(cl.DescribeGroup(w.ctx(), &identitystore.DescribeGroupInput{IdentityStoreId: store, GroupId: &sre}))(t)
	if *d.DisplayName != "sre" || *d.Description != "Site reliability engineering" {
		t.Errorf("%+v", d)
	}
	all := must(cl.ListGroups(w.ctx(), &identitystore.ListGroupsInput{IdentityStoreId: store}))(t).Groups
	one := must(cl.ListGroups(w.ctx(), &identitystore.ListGroupsInput{IdentityStoreId: store, Filters: []idtypes.Filter{{AttributePath: aws.String("DisplayName"), AttributeValue: aws.String("sre")}}}))(t).Groups
	if len(all) != len(w.org.Groups) || len(one) != 1 {
		t.Errorf("%d groups, %d called sre", len(all), len(one))
	}
}

func TestIdentityStoreElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cl := identitystore.NewFromConfig(w.config(w.management(), "us-east-1"))
	_, err := cl.ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: &w.ids.IdentityStoreID})
	if e := wantError[*idtypes.ResourceNotFoundException](t, err, 400); e.ResourceType != idtypes.ResourceTypeIdentityStore {
		t.Error(e.ResourceType)
	}
	_, err = w.store().ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: aws.String("d-0000000000")})
	wantError[*idtypes.ResourceNotFoundException](t, err, 400)
	_, err = w.store().ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: aws.String("store")})
	wantError[*idtypes.ValidationException](t, err, 400)
	_, err = w.store().ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: &w.ids.IdentityStoreID, MaxResults: aws.Int32(101)})
	wantError[*idtypes.ValidationException](t, err, 400)
}
