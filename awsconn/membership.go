package awsconn

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"stint/access"
)

// Membership in a group as what a key holds. AWS changes it at once: what it accepts is done,
// and there is no operation to follow.

func (c *Connector) lookMember(ctx context.Context, p access.Priority, key access.Key) (access.Observation, error) {
	m, at, err := c.lookGroup(ctx, p, key.Person, key.Group)
	return access.Observation{Found: m.ID != "", At: m.At, ServerTime: at}, err
}

// join puts the person into the group. Whoever is in it already counts as put there by us: the
// look before the stored intent did not find them.
func (c *Connector) join(ctx context.Context, p access.Priority, key access.Key, fence func() error) (access.Operation, error) {
	begun := c.clock.Now()
	m, err := c.JoinGroup(ctx, p, key.Person, key.Group, fence)
	var conflict *types.ConflictException
	if errors.As(err, &conflict) {
		there, lookErr := c.LookGroup(ctx, p, key.Person, key.Group)
		if lookErr != nil || there.ID == "" {
			return access.Operation{}, err
		}
		m, err = there, nil
		m.At = begun
	}
	if err != nil {
		return access.Operation{}, err
	}
	return c.done(access.Operation{ID: m.ID, Kind: access.CreateOperation, Key: key, SentAt: m.At}), nil
}

// leaveGroup takes the person out of the group, under the name that AWS has for the membership now.
func (c *Connector) leaveGroup(ctx context.Context, key access.Key, fence func() error) (access.Operation, error) {
	m, err := c.LookGroup(ctx, access.PriorityRevoke, key.Person, key.Group)
	if err != nil {
		return access.Operation{}, err
	}
	if m.ID == "" {
		return access.Operation{}, &access.ConnectorError{
			Class: access.ClassGone, Op: c.services.ids.name + " GetGroupMembershipId", Message: "The person is not in the group.",
		}
	}
	sent := c.clock.Now()
	if err := c.LeaveGroup(ctx, m, fence); err != nil {
		return access.Operation{}, err
	}
	return c.done(access.Operation{ID: m.ID, Kind: access.DeleteOperation, Key: key, SentAt: sent}), nil
}

func (c *Connector) done(op access.Operation) access.Operation {
	op.Status = access.Succeeded
	c.metrics.operation(op, c.clock.Now().Sub(op.SentAt), string(op.Status))
	return op
}
