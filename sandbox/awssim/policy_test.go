package awssim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"stint/sandbox/awssim"
)

// TestPolicy is a role like the product's own: it may read, may assign sets that are
// tagged for it, and may not touch one account.
func TestPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	forbidden := w.account("prod-billing")
	key := must(w.AddPrincipal(awssim.Principal{AccountID: w.ids.ManagementAccountID, Name: "stint", Policy: `{
		"Version": "2012-10-17",
		"Statement": [
			{"Effect": "Allow", "Action": ["sso:List*", "sso:Describe*"], "Resource": "*"},
			{"Effect": "Allow", "Action": "sso:CreateAccountAssignment", "Resource": ["arn:aws:sso:::instance/*", "arn:aws:sso:::account/*"]},
			{"Effect": "Allow", "Action": "sso:CreateAccountAssignment", "Resource": "arn:aws:sso:::permissionSet/*/*",
				"Condition": {"StringEquals": {"aws:ResourceTag/jit": "true"}}},
			{"Effect": "Deny", "Action": "sso:*AccountAssignment", "Resource": "arn:aws:sso:::account/` + forbidden + `"}
		]}`}))(t)
	cl := w.ssoAs(key)
	if _, err := cl.ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN}); err != nil {
		t.Errorf("allowed: %v", err)
	}
	if _, err := w.create(cl, w.triple()); err != nil {
		t.Errorf("allowed by tag: %v", err)
	}
	untagged := w.triple()
	untagged.PermissionSetARN = w.set("OrganizationAdmin")
	_, err := w.create(cl, untagged)
	if e := wantError[*ssotypes.AccessDeniedException](t, err, 400); !strings.Contains(e.ErrorMessage(), "not authorized to perform: sso:CreateAccountAssignment on resource: "+untagged.PermissionSetARN+" because no identity-based policy allows") {
		t.Error(e)
	}
	there := w.triple()
	there.AccountID = forbidden
	_, err = w.create(cl, there)
	if e := wantError[*ssotypes.AccessDeniedException](t, err, 400); !strings.Contains(e.ErrorMessage(), "explicit deny") {
		t.Error(e)
	}
	_, err = w.delete(cl, w.triple())
	wantError[*ssotypes.AccessDeniedException](t, err, 400)
	_, err = organizations.NewFromConfig(w.config(key, "us-east-1")).ListAccounts(w.ctx(), &organizations.ListAccountsInput{})
	wantError[*orgtypes.AccessDeniedException](t, err, 400)
	who := must(sts.NewFromConfig(w.config(key, "us-east-1")).GetCallerIdentity(w.ctx(), nil))(t)
	if *who.Arn != key.PrincipalARN {
		t.Errorf("caller %s", *who.Arn)
	}

	if err := w.SetPolicy(key.ID, `{"Statement":{"Effect":"Allow","NotAction":"sso:Create*","Resource":"*"}}`); err != nil {
		t.Fatal(err)
	}
	_, err = w.create(cl, untagged)
	wantError[*ssotypes.AccessDeniedException](t, err, 400)
	if _, err := organizations.NewFromConfig(w.config(key, "us-east-1")).ListAccounts(w.ctx(), &organizations.ListAccountsInput{}); err != nil {
		t.Error(err)
	}
	if !w.RevokeKey(key.ID) || w.RevokeKey(key.ID) {
		t.Error("revoking the key")
	}
	_, err = cl.ListInstances(w.ctx(), nil)
	wantCode(t, err, "UnrecognizedClientException", 400)
}

// TestAssumedPrincipal is a program in an account of its own that assumes a role in
// the management account, with an external id, and from there the reader roles.
func TestAssumedPrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tools := w.account("security-tooling")
	task := must(w.AddPrincipal(awssim.Principal{AccountID: tools, Name: "task", Policy: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/Stint"}}`}))(t)
	stint := "arn:aws:iam::" + w.ids.ManagementAccountID + ":role/Stint"
	err := w.EditAccount(w.ids.ManagementAccountID, func(a *awssim.Account) {
		a.Roles = append(a.Roles, awssim.IAMRole{
			Name:  "Stint",
			Trust: `{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + task.PrincipalARN + `"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"installation"}}}}`,
			Policy: `{"Statement":[
				{"Effect":"Allow","Action":["sso:List*","sso:Describe*","organizations:List*","organizations:Describe*","tag:GetResources"],"Resource":"*"},
				{"Effect":"Allow","Action":["identitystore:ListUsers","identitystore:ListGroups","identitystore:ListGroupMemberships","identitystore:GetUserId","identitystore:DescribeUser"],
					"Resource":["arn:aws:identitystore::` + w.ids.ManagementAccountID + `:identitystore/*","arn:aws:identitystore:::user/*","arn:aws:identitystore:::group/*","arn:aws:identitystore:::membership/*"]},
				{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/OrganizationRoleReader"},
				{"Effect":"Deny","Action":"organizations:*","Resource":"arn:aws:organizations::*:account/*","Condition":{"StringEquals":{"aws:ResourceTag/env":"staging"}}}
			]}`,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	from := func(k awssim.AccessKey, arn, external string) (awssim.AccessKey, error) {
		out, err := sts.NewFromConfig(w.config(k, "us-east-1")).AssumeRole(w.ctx(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test"), ExternalId: &external})
		if err != nil {
			return awssim.AccessKey{}, err
		}
		c := out.Credentials
		return awssim.AccessKey{ID: *c.AccessKeyId, Secret: *c.SecretAccessKey, SessionToken: *c.SessionToken}, nil
	}
	_, err = from(task, stint, "another-installation")
	wantCode(t, err, "AccessDenied", 403)
	_, err = from(task, readerARN(tools), awssim.DefaultExternalID)
	wantCode(t, err, "AccessDenied", 403) // its own policy does not allow that
	session := must(from(task, stint, "installation"))(t)

	ben, sre := w.person("ben.larsen"), w.group("sre")
	store := identitystore.NewFromConfig(w.config(session, w.ids.Region))
	must(w.ssoAs(session).ListPermissionSets(w.ctx(), &ssoadmin.ListPermissionSetsInput{InstanceArn: &w.ids.InstanceARN}))(t)
	must(store.ListUsers(w.ctx(), &identitystore.ListUsersInput{IdentityStoreId: &w.ids.IdentityStoreID}))(t)
	must(store.DescribeUser(w.ctx(), &identitystore.DescribeUserInput{IdentityStoreId: &w.ids.IdentityStoreID, UserId: &ben}))(t)
	must(store.ListGroupMemberships(w.ctx(), &identitystore.ListGroupMembershipsInput{IdentityStoreId: &w.ids.IdentityStoreID, GroupId: &sre}))(t)
	must(store.GetUserId(w.ctx(), &identitystore.GetUserIdInput{IdentityStoreId: &w.ids.IdentityStoreID, AlternateIdentifier: unique("userName", "ben.larsen@example.com")}))(t)
	_, err = store.GetGroupId(w.ctx(), &identitystore.GetGroupIdInput{IdentityStoreId: &w.ids.IdentityStoreID, AlternateIdentifier: unique("displayName", "sre")})
	wantError[*idtypes.AccessDeniedException](t, err, 400)
	org := organizations.NewFromConfig(w.config(session, "us-east-1"))
	prod, staging := w.account("prod-web"), w.account("staging-web")
	must(org.DescribeAccount(w.ctx(), &organizations.DescribeAccountInput{AccountId: &prod}))(t)
	_, err = org.DescribeAccount(w.ctx(), &organizations.DescribeAccountInput{AccountId: &staging})
	wantError[*orgtypes.AccessDeniedException](t, err, 400)
	reader := must(from(session, readerARN(prod), awssim.DefaultExternalID))(t)
	must(w.iamAs(reader).ListRoles(w.ctx(), nil))(t)

	// A trust policy may name the role behind a session, too.
	err = w.EditRole(prod, awssim.DefaultReaderRole, func(r *awssim.IAMRole) {
		r.Trust = `{"Statement":{"Effect":"Allow","Principal":{"AWS":["` + stint + `"]},"Action":"sts:AssumeRole"}}`
	})
	if err != nil {
		t.Fatal(err)
	}
	must(from(session, readerARN(prod), "whatever"))(t)
	_, err = from(w.management(), readerARN(prod), "whatever")
	wantCode(t, err, "AccessDenied", 403)
}

// TestRoleIsLimitedByItsPolicy: the reader role lists roles and nothing else.
func TestRoleIsLimitedByItsPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := must(w.assume(readerARN(w.account("prod-web")), awssim.DefaultExternalID, 0))(t)
	must(w.iamAs(k).ListRoles(w.ctx(), nil))(t)
	_, err := w.ssoAs(k).ListInstances(w.ctx(), nil)
	wantError[*ssotypes.AccessDeniedException](t, err, 400)
}

func TestPolicyEvaluation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		document, action, resource string
		keys                       map[string]string
		want                       string
	}{
		"empty allows":              {"", "sso:X", "r", nil, "allow"},
		"nothing said":              {`{"Statement":[]}`, "sso:X", "r", nil, "no"},
		"one statement, not a list": {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, "sso:X", "r", nil, "allow"},
		"actions fold case":         {`{"Statement":{"Effect":"Allow","Action":"SSO:listx","Resource":"*"}}`, "sso:ListX", "r", nil, "allow"},
		"resources do not":          {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"R"}}`, "sso:X", "r", nil, "no"},
		"question mark":             {`{"Statement":{"Effect":"Allow","Action":"sso:?","Resource":"a?c"}}`, "sso:X", "abc", nil, "allow"},
		"star in the middle":        {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"a*c*e"}}`, "sso:X", "abcde", nil, "allow"},
		"star must end right":       {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"a*c"}}`, "sso:X", "abcd", nil, "no"},
		"deny wins":                 {`{"Statement":[{"Effect":"Deny","Action":"sso:X","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}`, "sso:X", "r", nil, "deny"},
		"not resource":              {`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"r"}}`, "sso:X", "r", nil, "no"},
		"condition holds":           {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"k":["a","b"]}}}}`, "sso:X", "r", map[string]string{"k": "b"}, "allow"},
		"condition fails":           {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"k":"a"}}}}`, "sso:X", "r", map[string]string{"k": "b"}, "no"},
		"key is missing":            {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"k":"*"}}}}`, "sso:X", "r", nil, "no"},
		"if it exists":              {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"k":"a"}}}}`, "sso:X", "r", nil, "allow"},
		"negated, one equal":        {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"k":["a","b"]}}}}`, "sso:X", "r", map[string]string{"k": "b"}, "no"},
		"negated, missing":          {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"k":"a"}}}}`, "sso:X", "r", nil, "allow"},
	} {
		if got := awssim.EvaluatePolicy(t, tt.document, tt.action, tt.resource, tt.keys); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	w := newWorld(t)
	for name, document := range map[string]string{
		"not JSON":          `{`,
		"no effect":         `{"Statement":{"Action":"*","Resource":"*"}}`,
		"no action":         `{"Statement":{"Effect":"Allow","Resource":"*"}}`,
		"unknown condition": `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}`,
	} {
		if err := w.SetPolicy(w.management().ID, document); err == nil {
			t.Errorf("took a policy with %s", name)
		}
	}
}
