package awsconn

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
	"stint/access/catalog"
)

var _ access.Scanner = (*Connector)(nil)

// Holds looks for one assignment, of a person or of a group; as Look, which it is for a person.
func (c *Connector) Holds(ctx context.Context, p access.Priority, a catalog.Assignment) (access.Observation, error) {
	if a.Group == "" {
		return c.Look(ctx, p, access.Key{Person: a.Person, Account: a.Account, Role: a.Role})
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

// Withdraw asks AWS to delete one assignment, of a person or of a group: one attempt, as in
// Unassign, which it is for a person.
func (c *Connector) Withdraw(ctx context.Context, a catalog.Assignment, fence func() error) (access.Operation, error) {
	key := access.Key{Person: a.Person, Account: a.Account, Role: a.Role}
	if a.Group == "" {
		return c.Unassign(ctx, key, fence)
	}
	here, err := c.place(ctx, access.PriorityRevoke)
	if err != nil {
		return access.Operation{}, err
	}
	k := &call{service: c.services.sso, op: "DeleteAccountAssignment", kind: deleteCall, priority: access.PriorityRevoke, fence: fence}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.DeleteAccountAssignmentOutput, error) {
		return here.sso.DeleteAccountAssignment(ctx, &ssoadmin.DeleteAccountAssignmentInput{
			InstanceArn: &here.instance.ARN, PermissionSetArn: aws.String(string(a.Role)),
			PrincipalId: aws.String(string(a.Group)), PrincipalType: types.PrincipalTypeGroup,
			TargetId: aws.String(string(a.Account)), TargetType: types.TargetTypeAwsAccount,
		}, attemptOnce)
	})
	if err != nil {
		return access.Operation{}, err
	}
	return c.accepted(k, access.DeleteOperation, key, out.AccountAssignmentDeletionStatus)
}
