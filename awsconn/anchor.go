package awsconn

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
	"stint/access/catalog"
)

var _ access.Anchors = (*Connector)(nil)

// Anchor asks AWS to assign a role in an account to a group: one attempt, as in Assign.
func (c *Connector) Anchor(ctx context.Context, e access.Entitlement, group catalog.GroupID, fence func() error) (access.Operation, error) {
	here, err := c.place(ctx, access.PrioritySync)
	if err != nil {
		return access.Operation{}, err
	}
	k := &call{service: c.services.sso, op: "CreateAccountAssignment", kind: createCall, priority: access.PrioritySync, fence: fence}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.CreateAccountAssignmentOutput, error) {
		return here.sso.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
			InstanceArn: &here.instance.ARN, PermissionSetArn: aws.String(string(e.Role)),
			PrincipalId: aws.String(string(group)), PrincipalType: types.PrincipalTypeGroup,
			TargetId: aws.String(string(e.Account)), TargetType: types.TargetTypeAwsAccount,
		}, attemptOnce)
	})
	if err != nil {
		return access.Operation{}, err
	}
	return c.accepted(k, access.CreateOperation, e.For(catalog.PersonID(group)), out.AccountAssignmentCreationStatus)
}
