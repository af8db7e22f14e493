package awsconn

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
)

// Assign asks AWS to create the assignment: one attempt, since AWS takes no client token
// and a create that is repeated after a lost answer could land after its own delete.
// Whoever wants another try decides that with a fresh fence.
func (c *Connector) Assign(ctx context.Context, p access.Priority, key access.Key, fence func() error) (access.Operation, error) {
	if key.IsGroup() {
		return c.join(ctx, p, key, fence)
	}
	here, err := c.place(ctx, p)
	if err != nil {
		return access.Operation{}, err
	}
	k := &call{service: c.services.sso, op: "CreateAccountAssignment", kind: createCall, priority: p, fence: fence}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.CreateAccountAssignmentOutput, error) {
		return here.sso.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
			InstanceArn: &here.instance.ARN, PermissionSetArn: aws.String(string(key.Role)),
			PrincipalId: aws.String(string(key.Person)), PrincipalType: types.PrincipalTypeUser,
			TargetId: aws.String(string(key.Account)), TargetType: types.TargetTypeAwsAccount,
		}, attemptOnce)
	})
	if err != nil {
		return access.Operation{}, err
	}
	return c.accepted(k, access.CreateOperation, key, out.AccountAssignmentCreationStatus)
}

// Unassign asks AWS to delete the assignment: one attempt, as in Assign, because a delete
// that is late could take away what was granted again.
func (c *Connector) Unassign(ctx context.Context, key access.Key, fence func() error) (access.Operation, error) {
	if key.IsGroup() {
		return c.leaveGroup(ctx, key, fence)
	}
	return c.delete(ctx, key, types.PrincipalTypeUser, string(key.Person), fence)
}

// delete asks AWS to take the role in the account of a key from a principal.
func (c *Connector) delete(ctx context.Context, key access.Key, kind types.PrincipalType, id string, fence func() error) (access.Operation, error) {
	here, err := c.place(ctx, access.PriorityRevoke)
	if err != nil {
		return access.Operation{}, err
	}
	k := &call{service: c.services.sso, op: "DeleteAccountAssignment", kind: deleteCall, priority: access.PriorityRevoke, fence: fence}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.DeleteAccountAssignmentOutput, error) {
		return here.sso.DeleteAccountAssignment(ctx, &ssoadmin.DeleteAccountAssignmentInput{
			InstanceArn: &here.instance.ARN, PermissionSetArn: aws.String(string(key.Role)),
			PrincipalId: &id, PrincipalType: kind,
			TargetId: aws.String(string(key.Account)), TargetType: types.TargetTypeAwsAccount,
		}, attemptOnce)
	})
	if err != nil {
		return access.Operation{}, err
	}
	return c.accepted(k, access.DeleteOperation, key, out.AccountAssignmentDeletionStatus)
}

func attemptOnce(o *ssoadmin.Options) { o.Retryer = aws.NopRetryer{} }

// accepted reads the reply to a create or delete; it may be final already.
func (c *Connector) accepted(k *call, kind access.OperationKind, key access.Key, status *types.AccountAssignmentOperationStatus) (access.Operation, error) {
	op := access.Operation{Kind: kind, Key: key, SentAt: k.sentAt, ServerTime: k.serverTime}
	if status == nil || aws.ToString(status.RequestId) == "" {
		return access.Operation{}, &access.ConnectorError{
			Class: access.ClassUnknown, Op: k.service.name + " " + k.op, Message: "AWS accepted the change but did not say under which id. Stint looks again by itself.",
		}
	}
	op.ID = *status.RequestId
	settle(&op, status.Status, aws.ToString(status.FailureReason))
	if op.Status != access.InProgress {
		c.metrics.operation(op, c.clock.Now().Sub(op.SentAt), string(op.Status))
	}
	return op, nil
}

// settle puts AWS's status into the operation.
func settle(op *access.Operation, status types.StatusValues, reason string) {
	switch status {
	case types.StatusValuesSucceeded:
		op.Status = access.Succeeded
	case types.StatusValuesFailed:
		op.Status = access.Failed
		op.Reason = reason
		op.Failure = classifyReason(op.Kind, reason)
		op.Message = ReasonMessage(*op)
	default:
		op.Status = access.InProgress
	}
}
