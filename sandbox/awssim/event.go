package awssim

import (
	"encoding/json"
	"strings"
	"time"
)

// identity is who CloudTrail says did something.
func (k *accessKey) identity() map[string]any {
	out := map[string]any{"type": "IAMUser", "principalId": k.userID, "arn": k.PrincipalARN, "accountId": k.accountID, "accessKeyId": k.ID}
	if k.roleARN == "" {
		return out
	}
	role := k.roleARN[strings.LastIndexByte(k.roleARN, '/')+1:]
	out["type"] = "AssumedRole"
	out["sessionContext"] = map[string]any{"sessionIssuer": map[string]any{
		"type": "Role", "principalId": strings.SplitN(k.userID, ":", 2)[0], "arn": k.roleARN, "accountId": k.accountID, "userName": role,
	}}
	return out
}

// somebody is who changes assignments by hand: an administrator from the access portal.
func (c *Cloud) somebody() map[string]any {
	account := c.state.ids.ManagementAccountID
	const role, session = "AWSReservedSSO_AdministratorAccess_0123456789abcdef", "ada@example.com"
	return map[string]any{
		"type": "AssumedRole", "principalId": "AROAEXAMPLEEXAMPLE000:" + session, "arn": c.arn("sts", account, "assumed-role/"+role+"/"+session), "accountId": account,
		"sessionContext": map[string]any{"sessionIssuer": map[string]any{
			"type": "Role", "arn": c.arn("iam", account, "role/aws-reserved/sso.amazonaws.com/"+role), "accountId": account, "userName": role,
		}},
	}
}

// emit sends what EventBridge makes of CloudTrail's record of a write into every queue.
func (c *Cloud) emit(kind OperationKind, a Assignment, by map[string]any, operation string, now time.Time) {
	if len(c.state.queues) == 0 {
		return
	}
	if operation == "" {
		operation = c.uuid()
	}
	ids := &c.state.ids
	name, status := "CreateAccountAssignment", "accountAssignmentCreationStatus"
	if kind == OperationDelete {
		name, status = "DeleteAccountAssignment", "accountAssignmentDeletionStatus"
	}
	at := now.UTC().Truncate(time.Second).Format(time.RFC3339)
	event, err := json.Marshal(map[string]any{
		"version": "0", "id": c.uuid(), "detail-type": "AWS API Call via CloudTrail", "source": "aws.sso",
		"account": by["accountId"], "time": at, "region": ids.Region, "resources": []string{},
		"detail": map[string]any{
			"eventVersion": "1.11", "userIdentity": by, "eventTime": at, "eventSource": "sso.amazonaws.com", "eventName": name,
			"awsRegion": ids.Region, "sourceIPAddress": "198.51.100.7", "userAgent": "aws-sdk",
			"requestParameters": map[string]any{
				"instanceArn": ids.InstanceARN, "targetId": a.AccountID, "targetType": "AWS_ACCOUNT",
				"permissionSetArn": a.PermissionSetARN, "principalType": a.PrincipalType, "principalId": a.PrincipalID,
			},
			"responseElements": map[string]any{status: map[string]any{
				"status": InProgress, "requestId": operation, "targetId": a.AccountID, "targetType": "AWS_ACCOUNT",
				"permissionSetArn": a.PermissionSetARN, "principalType": a.PrincipalType, "principalId": a.PrincipalID,
			}},
			"requestID": c.uuid(), "eventID": c.uuid(), "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true,
			"recipientAccountId": by["accountId"], "eventCategory": "Management",
		},
	})
	if err != nil { // it is made of plain values
		return
	}
	for _, q := range c.state.queues {
		c.enqueue(q, string(event), q.Delay)
	}
}
