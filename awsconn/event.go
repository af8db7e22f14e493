package awsconn

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
)

// event is what EventBridge makes of CloudTrail's record of a call, as far as it matters here.
type event struct {
	Source string `json:"source"`
	Detail struct {
		EventSource string    `json:"eventSource"`
		EventName   string    `json:"eventName"`
		EventTime   time.Time `json:"eventTime"`
		ErrorCode   string    `json:"errorCode"`
		Identity    struct {
			ARN      string `json:"arn"`
			UserName string `json:"userName"`
		} `json:"userIdentity"`
		Request struct {
			InstanceARN      string `json:"instanceArn"`
			TargetID         string `json:"targetId"`
			PermissionSetARN string `json:"permissionSetArn"`
			PrincipalType    string `json:"principalType"`
			PrincipalID      string `json:"principalId"`
		} `json:"requestParameters"`
	} `json:"detail"`
}

// readEvent reads a message of the queue. news is false for an event that concerns us not:
// a call that AWS refused, or another Identity Center instance.
func readEvent(body, instance, me string) (h access.Hint, news bool, err error) {
	var e event
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return h, false, fmt.Errorf("it is no event: %w", err)
	}
	d, r := &e.Detail, &e.Detail.Request
	if e.Source != "aws.sso" || d.EventSource != "sso.amazonaws.com" {
		return h, false, fmt.Errorf("it is of %q, not of aws.sso", e.Source)
	}
	switch d.EventName {
	case "CreateAccountAssignment":
		h.Kind = access.CreateOperation
	case "DeleteAccountAssignment":
		h.Kind = access.DeleteOperation
	default:
		return h, false, fmt.Errorf("it is about %q", d.EventName)
	}
	if d.ErrorCode != "" || r.InstanceARN != "" && r.InstanceARN != instance {
		return h, false, nil
	}
	if r.TargetID == "" || r.PermissionSetARN == "" || r.PrincipalID == "" || d.EventTime.IsZero() {
		return h, false, fmt.Errorf("it does not say about which assignment")
	}
	h.Assignment = catalog.Assignment{Account: catalog.AccountID(r.TargetID), Role: catalog.RoleARN(r.PermissionSetARN)}
	switch r.PrincipalType {
	case "USER":
		h.Assignment.Person = catalog.PersonID(r.PrincipalID)
	case "GROUP":
		h.Assignment.Group = catalog.GroupID(r.PrincipalID)
	default:
		return h, false, fmt.Errorf("it is about a principal of type %q", r.PrincipalType)
	}
	h.At, h.By = d.EventTime, callerName(d.Identity.ARN)
	if h.By == "" {
		h.By = d.Identity.UserName
	}
	h.Ours = sameCaller(d.Identity.ARN, me)
	return h, true, nil
}

// sameCaller reports whether two ARNs are of the same caller. Sessions of one role are: ours
// have the name of a machine, and the one that asked may be gone by now.
func sameCaller(a, b string) bool { return a != "" && withoutSession(a) == withoutSession(b) }

func withoutSession(arn string) string {
	head, rest, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return arn
	}
	role, _, _ := strings.Cut(rest, "/")
	return head + ":assumed-role/" + role
}

// portalRole is the name of the permission set, where a role is one that Identity Center made of
// it: "AWSReservedSSO_ReadOnly_0123456789abcdef".
func portalRole(role string) string {
	name, ok := strings.CutPrefix(role, "AWSReservedSSO_")
	if i := strings.LastIndexByte(name, '_'); ok && i > 0 {
		return name[:i]
	}
	return role
}

// callerName is how people know a caller: the name of the session, which is a person's where
// they came through the access portal, with the role; or the name of the user.
func callerName(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	if rest, ok := strings.CutPrefix(parts[5], "assumed-role/"); ok {
		role, session, _ := strings.Cut(rest, "/")
		if session == "" {
			return role
		}
		return session + " (" + portalRole(role) + ")"
	}
	return parts[5][strings.LastIndexByte(parts[5], '/')+1:]
}
