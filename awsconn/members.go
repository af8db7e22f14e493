package awsconn

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"stint/access"
	"stint/access/catalog"
)

// LookGroup asks whether the person is in the group. ClassGone means that AWS no longer
// knows the person or the group. One call.
func (c *Connector) LookGroup(ctx context.Context, p access.Priority, person catalog.PersonID, group catalog.GroupID) (catalog.Membership, error) {
	m, _, err := c.lookGroup(ctx, p, person, group)
	return m, err
}

// lookGroup is LookGroup with AWS's time.
func (c *Connector) lookGroup(ctx context.Context, p access.Priority, person catalog.PersonID, group catalog.GroupID) (catalog.Membership, time.Time, error) {
	m := catalog.Membership{Person: person, Group: group, At: c.clock.Now()}
	here, err := c.place(ctx, p)
	if err != nil {
		return m, time.Time{}, err
	}
	k := &call{service: c.services.ids, op: "GetGroupMembershipId", priority: p}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*identitystore.GetGroupMembershipIdOutput, error) {
		return here.ids.GetGroupMembershipId(ctx, &identitystore.GetGroupMembershipIdInput{
			IdentityStoreId: &here.instance.IdentityStoreID, GroupId: aws.String(string(group)), MemberId: &types.MemberIdMemberUserId{Value: string(person)},
		})
	})
	if aboutMembership(err) {
		return m, k.serverTime, nil
	}
	if err != nil {
		return m, k.serverTime, err
	}
	m.ID = aws.ToString(out.MembershipId)
	return m, k.serverTime, nil
}

// aboutMembership reports whether what AWS does not know is the membership, and not the
// person or the group.
func aboutMembership(err error) bool {
	var gone *types.ResourceNotFoundException
	return errors.As(err, &gone) && (gone.ResourceType == types.ResourceTypeGroupMembership || gone.ResourceType == "")
}

// JoinGroup puts the person into the group: one attempt, as in Assign. It is done when
// it returns; AWS has no operation to follow. ClassRetry when the person is in it
// already: look again.
func (c *Connector) JoinGroup(ctx context.Context, p access.Priority, person catalog.PersonID, group catalog.GroupID, fence func() error) (catalog.Membership, error) {
	here, err := c.place(ctx, p)
	if err != nil {
		return catalog.Membership{}, err
	}
	k := &call{service: c.services.ids, op: "CreateGroupMembership", kind: createCall, priority: p, fence: fence}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*identitystore.CreateGroupMembershipOutput, error) {
		return here.ids.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{
			IdentityStoreId: &here.instance.IdentityStoreID, GroupId: aws.String(string(group)), MemberId: &types.MemberIdMemberUserId{Value: string(person)},
		}, func(o *identitystore.Options) { o.Retryer = aws.NopRetryer{} })
	})
	var conflict *types.ConflictException
	if errors.As(err, &conflict) && conflict.Reason == types.ConflictExceptionReasonUniquenessConstraintViolation {
		return catalog.Membership{}, &access.ConnectorError{
			Class: access.ClassRetry, Op: k.service.name + " " + k.op, Message: "The person is in the group already. Stint looks again by itself.", Err: err,
		}
	}
	if err != nil {
		return catalog.Membership{}, err
	}
	return catalog.Membership{ID: aws.ToString(out.MembershipId), Person: person, Group: group, At: k.sentAt}, nil
}

// LeaveGroup takes the person out of the group: one attempt. ClassGone when the
// membership is no longer there.
func (c *Connector) LeaveGroup(ctx context.Context, m catalog.Membership, fence func() error) error {
	here, err := c.place(ctx, access.PriorityRevoke)
	if err != nil {
		return err
	}
	k := &call{service: c.services.ids, op: "DeleteGroupMembership", kind: deleteCall, priority: access.PriorityRevoke, fence: fence}
	_, err = invoke(ctx, c, k, func(ctx context.Context) (*identitystore.DeleteGroupMembershipOutput, error) {
		return here.ids.DeleteGroupMembership(ctx, &identitystore.DeleteGroupMembershipInput{
			IdentityStoreId: &here.instance.IdentityStoreID, MembershipId: &m.ID,
		}, func(o *identitystore.Options) { o.Retryer = aws.NopRetryer{} })
	})
	return err
}
