package awsconn

import (
	"context"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
	"stint/access/catalog"
)

var _ access.Scanner = (*Connector)(nil)

// keyOf is the key of what a person has: a role in an account, or membership in a group.
func keyOf(a catalog.Assignment) access.Key {
	return access.Key{Person: a.Person, Account: a.Account, Role: a.Role, Group: a.Group}
}

// Holds looks for one assignment, of a person or of a group, or for a membership; as Look,
// which it is for what a person has.
func (c *Connector) Holds(ctx context.Context, p access.Priority, a catalog.Assignment) (access.Observation, error) {
	if a.Person != "" {
		return c.Look(ctx, p, keyOf(a))
	}
	here, err := c.place(ctx, p)
	if err != nil {
		return access.Observation{}, err
	}
	seen := access.Observation{At: c.clock.Now()}
	rows, err := pages(ctx, "assignments", func(ctx context.Context, token *string) ([]types.AccountAssignment, *string, error) {
		k := &call{service: c.services.sso, op: "ListAccountAssignments", priority: p}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsOutput, error) {
			return here.sso.ListAccountAssignments(ctx, &ssoadmin.ListAccountAssignmentsInput{
				InstanceArn: &here.instance.ARN, AccountId: aws.String(string(a.Account)), PermissionSetArn: aws.String(string(a.Role)),
				MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		if token == nil {
			seen.ServerTime = k.serverTime
		}
		for _, row := range out.AccountAssignments {
			if row.PrincipalType == types.PrincipalTypeGroup && aws.ToString(row.PrincipalId) == string(a.Group) {
				return []types.AccountAssignment{row}, nil, nil // no need for the rest
			}
		}
		return nil, out.NextToken, nil
	})
	seen.Found = len(rows) > 0
	return seen, err
}

// Withdraw asks AWS to delete one assignment, of a person or of a group, or a membership: one
// attempt, as in Unassign, which it is for what a person has.
func (c *Connector) Withdraw(ctx context.Context, a catalog.Assignment, fence func() error) (access.Operation, error) {
	if a.Person != "" {
		return c.Unassign(ctx, keyOf(a), fence)
	}
	return c.delete(ctx, access.Key{Account: a.Account, Role: a.Role}, types.PrincipalTypeGroup, string(a.Group), fence)
}

// ScanMembers reads who is in a group, as part of a scan: with at most half the quota, and
// behind everything else.
func (c *Connector) ScanMembers(ctx context.Context, group catalog.GroupID) (people []catalog.PersonID, calls int, err error) {
	here, err := c.place(ctx, priorityPass)
	if err != nil {
		return nil, 0, err
	}
	var n atomic.Int64
	people, err = c.members(counted(ctx, &n), here, priorityPass, group)
	return people, int(n.Load()), err
}
