package awsconn

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
)

// listStatuses reads one page of statuses by request id, and whether there are more pages.
func (c *Connector) listStatuses(ctx context.Context, here *place, kind access.OperationKind, onlyRunning bool) (map[string]types.StatusValues, bool, error) {
	var filter *types.OperationStatusFilter
	if onlyRunning {
		filter = &types.OperationStatusFilter{Status: types.StatusValuesInProgress}
	}
	var list []types.AccountAssignmentOperationStatusMetadata
	var next *string
	if kind == access.DeleteOperation {
		k := &call{service: c.services.sso, op: "ListAccountAssignmentDeletionStatus", priority: priorityOf(kind)}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentDeletionStatusOutput, error) {
			return here.sso.ListAccountAssignmentDeletionStatus(ctx, &ssoadmin.ListAccountAssignmentDeletionStatusInput{
				InstanceArn: &here.instance.ARN, Filter: filter, MaxResults: aws.Int32(100),
			}, attemptOnce)
		})
		if err != nil {
			return nil, false, err
		}
		list, next = out.AccountAssignmentsDeletionStatus, out.NextToken
	} else {
		k := &call{service: c.services.sso, op: "ListAccountAssignmentCreationStatus", priority: priorityOf(kind)}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentCreationStatusOutput, error) {
			return here.sso.ListAccountAssignmentCreationStatus(ctx, &ssoadmin.ListAccountAssignmentCreationStatusInput{
				InstanceArn: &here.instance.ARN, Filter: filter, MaxResults: aws.Int32(100),
			}, attemptOnce)
		})
		if err != nil {
			return nil, false, err
		}
		list, next = out.AccountAssignmentsCreationStatus, out.NextToken
	}
	statuses := make(map[string]types.StatusValues, len(list))
	for _, s := range list {
		statuses[aws.ToString(s.RequestId)] = s.Status
	}
	return statuses, aws.ToString(next) != "", nil
}

func (c *Connector) describeStatus(ctx context.Context, here *place, op access.Operation) (*types.AccountAssignmentOperationStatus, error) {
	var status *types.AccountAssignmentOperationStatus
	var k *call
	if op.Kind == access.DeleteOperation {
		k = &call{service: c.services.sso, op: "DescribeAccountAssignmentDeletionStatus", priority: priorityOf(op.Kind)}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.DescribeAccountAssignmentDeletionStatusOutput, error) {
			return here.sso.DescribeAccountAssignmentDeletionStatus(ctx, &ssoadmin.DescribeAccountAssignmentDeletionStatusInput{
				InstanceArn: &here.instance.ARN, AccountAssignmentDeletionRequestId: &op.ID,
			}, attemptOnce) // the next poll is the retry
		})
		if err != nil {
			return nil, err
		}
		status = out.AccountAssignmentDeletionStatus
	} else {
		k = &call{service: c.services.sso, op: "DescribeAccountAssignmentCreationStatus", priority: priorityOf(op.Kind)}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.DescribeAccountAssignmentCreationStatusOutput, error) {
			return here.sso.DescribeAccountAssignmentCreationStatus(ctx, &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
				InstanceArn: &here.instance.ARN, AccountAssignmentCreationRequestId: &op.ID,
			}, attemptOnce) // the next poll is the retry
		})
		if err != nil {
			return nil, err
		}
		status = out.AccountAssignmentCreationStatus
	}
	if status == nil || status.Status == "" {
		return nil, incomplete(k.service, k.op, fmt.Sprintf("no status of %s", op.ID))
	}
	return status, nil
}
