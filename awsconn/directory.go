package awsconn

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// Person reads what Identity Center says of one person now. Somebody who does not exist
// any more is a fact (Gone), not an error. Errors are *fault.Error with Unavailable.
func (c *Connector) Person(ctx context.Context, id catalog.PersonID) (identity.PersonFacts, error) {
	facts := identity.PersonFacts{Person: catalog.Person{ID: id}, AsOf: c.clock.Now()}
	here, err := c.place(ctx, access.PriorityGrant)
	if err != nil {
		return identity.PersonFacts{}, unavailable("awsconn.Person", err)
	}
	k := &call{service: c.services.ids, op: "DescribeUser", priority: access.PriorityGrant}
	u, err := invoke(ctx, c, k, func(ctx context.Context) (*identitystore.DescribeUserOutput, error) {
		return here.ids.DescribeUser(ctx, &identitystore.DescribeUserInput{IdentityStoreId: &here.instance.IdentityStoreID, UserId: aws.String(string(id))})
	})
	if isGone(err) {
		facts.Gone = true
		return facts, nil
	}
	if err != nil {
		return identity.PersonFacts{}, unavailable("awsconn.Person", err)
	}
	facts.Person.UserName = aws.ToString(u.UserName)
	facts.Person.Name = nameOf(u.DisplayName, u.Name, u.UserName)
	facts.Person.Email = emailOf(u.Emails)
	facts.Person.Disabled = u.UserStatus == types.UserStatusDisabled
	return facts, nil
}

// Roll lists everybody as Identity Center has them now: one call for a hundred people.
func (c *Connector) Roll(ctx context.Context) ([]catalog.Person, error) {
	here, err := c.place(ctx, access.PrioritySync)
	if err != nil {
		return nil, unavailable("awsconn.Roll", err)
	}
	people, err := pages(ctx, "people", func(ctx context.Context, token *string) ([]catalog.Person, *string, error) {
		return c.listPeoplePage(ctx, here, token)
	})
	if err != nil {
		return nil, unavailable("awsconn.Roll", err)
	}
	return people, nil
}

// GroupMembers reads who is in a group now. A group that does not exist any more has no
// members: NotFound. Other errors are *fault.Error with Unavailable.
func (c *Connector) GroupMembers(ctx context.Context, id catalog.GroupID) (identity.GroupFacts, error) {
	facts := identity.GroupFacts{ID: id, AsOf: c.clock.Now()}
	here, err := c.place(ctx, access.PriorityGrant)
	if err != nil {
		return identity.GroupFacts{}, unavailable("awsconn.GroupMembers", err)
	}
	facts.Members, err = c.members(ctx, here, access.PriorityGrant, id)
	if isGone(err) {
		return identity.GroupFacts{}, fault.Wrap(err, fault.NotFound, "awsconn.GroupMembers", "This group is no longer in Identity Center.", "Name another group in the policy.")
	}
	if err != nil {
		return identity.GroupFacts{}, unavailable("awsconn.GroupMembers", err)
	}
	return facts, nil
}

// PersonByEmail finds the person with the e-mail, or with it as user name, without
// listing the directory. NotFound when there is nobody; else Unavailable.
func (c *Connector) PersonByEmail(ctx context.Context, email string) (catalog.PersonID, error) {
	here, err := c.place(ctx, access.PriorityGrant)
	if err != nil {
		return "", unavailable("awsconn.PersonByEmail", err)
	}
	email = strings.TrimSpace(email)
	for _, path := range []string{"emails.value", "userName"} {
		k := &call{service: c.services.ids, op: "GetUserId", priority: access.PriorityGrant}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*identitystore.GetUserIdOutput, error) {
			return here.ids.GetUserId(ctx, &identitystore.GetUserIdInput{
				IdentityStoreId: &here.instance.IdentityStoreID,
				AlternateIdentifier: &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{
					AttributePath: aws.String(path), AttributeValue: document.NewLazyDocument(email),
				}},
			})
		})
		if isGone(err) {
			continue
		}
		if err != nil {
			return "", unavailable("awsconn.PersonByEmail", err)
		}
		return catalog.PersonID(aws.ToString(out.UserId)), nil
	}
	return "", fault.New(fault.NotFound, "awsconn.PersonByEmail", "Nobody in Identity Center has this e-mail.", "Ask an administrator of Identity Center to add the person.")
}

func isGone(err error) bool {
	var ce *access.ConnectorError
	return errors.As(err, &ce) && ce.Class == access.ClassGone
}

// unavailable turns a failure to ask into "not now", with what an operator can do.
func unavailable(op string, err error) error {
	hint := "Try again in a minute."
	var ce *access.ConnectorError
	if errors.As(err, &ce) && ce.Message != "" {
		hint = ce.Message
	}
	return fault.Wrap(err, fault.Unavailable, op, "Identity Center cannot be asked now.", hint)
}
