package awsconn

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"stint/access"
	"stint/access/catalog"
)

// people lists the people and groups, and the members of the groups that are needed.
func (c *Connector) people(ctx context.Context, here *place, prev *catalog.Data, needed []catalog.GroupID, report func(string, int)) ([]catalog.Person, []catalog.Group, error) {
	people, err := c.listPeople(ctx, here, report)
	if err != nil {
		return nil, nil, err
	}
	personID := func(p catalog.Person) string { return string(p.ID) }
	people = unique(people, personID)
	if err := c.believe("people", ids(prev.People, personID), ids(people, personID)); err != nil {
		return nil, nil, err
	}
	groups, err := c.listGroups(ctx, here, report)
	if err != nil {
		return nil, nil, err
	}
	groupID := func(g catalog.Group) string { return string(g.ID) }
	groups = unique(groups, groupID)
	if err := c.believe("groups", ids(prev.Groups, groupID), ids(groups, groupID)); err != nil {
		return nil, nil, err
	}
	want := make(map[catalog.GroupID]bool, len(needed))
	for _, id := range needed {
		want[id] = true
	}
	gone := map[catalog.GroupID]bool{}
	for i := range groups {
		g := &groups[i]
		if !want[g.ID] {
			continue
		}
		g.MembersAsOf = c.clock.Now()
		g.Members, err = c.members(ctx, here, access.PrioritySync, g.ID)
		var ce *access.ConnectorError
		if errors.As(err, &ce) && ce.Class == access.ClassGone {
			gone[g.ID] = true // deleted since the listing
		} else if err != nil {
			return nil, nil, err
		}
	}
	return people, slices.DeleteFunc(groups, func(g catalog.Group) bool { return gone[g.ID] }), nil
}

func (c *Connector) listPeople(ctx context.Context, here *place, report func(string, int)) ([]catalog.Person, error) {
	n := len(partOf[catalog.Person](ctx, &c.draft, "people").Items)
	return listing(ctx, c, "people", func(ctx context.Context, token *string) ([]catalog.Person, *string, error) {
		people, next, err := c.listPeoplePage(ctx, here, token)
		n += len(people)
		report("people", n)
		return people, next, err
	})
}

func (c *Connector) listPeoplePage(ctx context.Context, here *place, token *string) ([]catalog.Person, *string, error) {
	k := &call{service: c.services.ids, op: "ListUsers", priority: access.PrioritySync}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*identitystore.ListUsersOutput, error) {
		return here.ids.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: &here.instance.IdentityStoreID, MaxResults: aws.Int32(100), NextToken: token})
	})
	if err != nil {
		return nil, nil, err
	}
	people := make([]catalog.Person, 0, len(out.Users))
	for _, u := range out.Users {
		people = append(people, catalog.Person{
			ID: catalog.PersonID(aws.ToString(u.UserId)), UserName: aws.ToString(u.UserName),
			Name: nameOf(u.DisplayName, u.Name, u.UserName), Email: emailOf(u.Emails), Disabled: u.UserStatus == types.UserStatusDisabled,
		})
	}
	return people, out.NextToken, nil
}

func (c *Connector) listGroups(ctx context.Context, here *place, report func(string, int)) ([]catalog.Group, error) {
	n := len(partOf[catalog.Group](ctx, &c.draft, "groups").Items)
	return listing(ctx, c, "groups", func(ctx context.Context, token *string) ([]catalog.Group, *string, error) {
		k := &call{service: c.services.ids, op: "ListGroups", priority: access.PrioritySync}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*identitystore.ListGroupsOutput, error) {
			return here.ids.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: &here.instance.IdentityStoreID, MaxResults: aws.Int32(100), NextToken: token})
		})
		if err != nil {
			return nil, nil, err
		}
		groups := make([]catalog.Group, 0, len(out.Groups))
		for _, g := range out.Groups {
			groups = append(groups, groupFrom(g))
		}
		n += len(groups)
		report("groups", n)
		return groups, out.NextToken, nil
	})
}

// groupFrom takes over a group. One that has an id elsewhere is kept in step with that place,
// by SCIM or from a directory, and what we changed would be undone.
func groupFrom(in types.Group) catalog.Group {
	g := catalog.Group{ID: catalog.GroupID(aws.ToString(in.GroupId)), Name: aws.ToString(in.DisplayName)}
	if len(in.ExternalIds) > 0 {
		g.Ungrantable = g.Name + " is kept in step with your identity provider, which would undo what Stint changes in it."
	}
	return g
}

// members lists who is in a group.
func (c *Connector) members(ctx context.Context, here *place, p access.Priority, id catalog.GroupID) ([]catalog.PersonID, error) {
	members, err := pages(ctx, "members of a group", func(ctx context.Context, token *string) ([]catalog.PersonID, *string, error) {
		k := &call{service: c.services.ids, op: "ListGroupMemberships", priority: p}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*identitystore.ListGroupMembershipsOutput, error) {
			return here.ids.ListGroupMemberships(ctx, &identitystore.ListGroupMembershipsInput{
				IdentityStoreId: &here.instance.IdentityStoreID, GroupId: aws.String(string(id)), MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		var members []catalog.PersonID
		for _, m := range out.GroupMemberships {
			if user, ok := m.MemberId.(*types.MemberIdMemberUserId); ok {
				members = append(members, catalog.PersonID(user.Value))
			}
		}
		return members, out.NextToken, nil
	})
	return unique(members, func(p catalog.PersonID) string { return string(p) }), err
}

// nameOf is what people call somebody.
func nameOf(display *string, name *types.Name, userName *string) string {
	if s := strings.TrimSpace(aws.ToString(display)); s != "" {
		return s
	}
	if name != nil {
		if s := strings.TrimSpace(aws.ToString(name.GivenName) + " " + aws.ToString(name.FamilyName)); s != "" {
			return s
		}
	}
	return aws.ToString(userName)
}

// emailOf is the primary e-mail, or the only one. Several without a primary are
// ambiguous, and whom an address belongs to decides who somebody is: none then.
func emailOf(emails []types.Email) string {
	for _, e := range emails {
		if e.Primary {
			return strings.ToLower(strings.TrimSpace(aws.ToString(e.Value)))
		}
	}
	if len(emails) == 1 {
		return strings.ToLower(strings.TrimSpace(aws.ToString(emails[0].Value)))
	}
	return ""
}
