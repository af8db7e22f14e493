package awsconn

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"stint/access"
	"stint/access/catalog"
)

// restrictions are what AWS does not let us grant from where we are. They matter only
// to a delegated administrator: it cannot assign in the management account, and a
// permission set that is used there too fails for every account.
type restrictions struct {
	accounts map[catalog.AccountID]string
	roles    map[catalog.RoleARN]string
	// unreadable is why the sets used in the management account are not known; nil when they are.
	unreadable error
}

// restrictions finds them out once; RefreshRoles looks again.
func (c *Connector) restrictions(ctx context.Context, me *standing, here *place, p access.Priority) (*restrictions, error) {
	return once(ctx, c, &c.limits, func(ctx context.Context) (*restrictions, error) { return c.findRestrictions(ctx, me, here, p) })
}

func (c *Connector) findRestrictions(ctx context.Context, me *standing, here *place, p access.Priority) (*restrictions, error) {
	r := &restrictions{accounts: map[catalog.AccountID]string{}, roles: map[catalog.RoleARN]string{}}
	if me.inManagement() {
		return r, nil
	}
	r.accounts[me.management] = "Stint runs in Identity Center's delegated administrator account, and AWS lets nobody but the management account grant access to the management account."
	arns, err := pages(ctx, "permission sets of the management account", func(ctx context.Context, token *string) ([]string, *string, error) {
		k := &call{service: c.services.sso, op: "ListPermissionSetsProvisionedToAccount", priority: p}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListPermissionSetsProvisionedToAccountOutput, error) {
			return here.sso.ListPermissionSetsProvisionedToAccount(ctx, &ssoadmin.ListPermissionSetsProvisionedToAccountInput{
				InstanceArn: &here.instance.ARN, AccountId: aws.String(string(me.management)), MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		return out.PermissionSets, out.NextToken, nil
	})
	if refused(err) {
		// Not known beforehand then: such a grant fails with AWS's reason, and Check says so.
		r.unreadable = err
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	for _, arn := range arns {
		r.roles[catalog.RoleARN(arn)] = fmt.Sprintf("This permission set is also used in the management account (%s), and AWS lets nobody but the management account assign such a set, in any account. A copy of it under another name can be granted.", me.management)
	}
	return r, nil
}

// restrict writes the reasons into the catalog: AWS's own, and our role's tag.
func (c *Connector) restrict(data *catalog.Data, r *restrictions) {
	for i := range data.Accounts {
		data.Accounts[i].Ungrantable = r.accounts[data.Accounts[i].ID]
	}
	for i := range data.Roles {
		data.Roles[i].Ungrantable = cmp.Or(r.roles[data.Roles[i].ARN], c.untagged(data.Roles[i]))
	}
}
