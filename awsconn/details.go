package awsconn

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"golang.org/x/sync/errgroup"

	"stint/access/catalog"
)

// A permission set's tags and policies take four calls, so they are no part of a sync:
// the first catalog is there sooner without them. RefreshRoles reads them afterwards,
// and again in turn. AWS does not say when a set was changed, so there is no shorter way.

// unreadEach is how many roles that nobody looked at before are read with one refresh:
// 200 calls, which take 20 seconds, and no more is lost if it breaks off.
const unreadEach = 50

// unread are the indices of the roles whose details were never read, at most unreadEach.
func unread(roles []catalog.Role) []int {
	var which []int
	for i := range roles {
		if !roles[i].DetailsRead() {
			which = append(which, i)
		}
	}
	return which[:min(len(which), unreadEach)]
}

// RoleDetails reads tags and policies of the roles that are wanted, four calls each. It returns
// data with what it found; data itself is not changed.
func (c *Connector) RoleDetails(ctx context.Context, data catalog.Data, wanted func(*catalog.Role) bool) (catalog.Data, error) {
	here, err := c.place(ctx, priorityPass)
	if err != nil {
		return catalog.Data{}, err
	}
	data.Roles = slices.Clone(data.Roles)
	var which []int
	for i := range data.Roles {
		if wanted(&data.Roles[i]) {
			which = append(which, i)
		}
	}
	if err := c.detailAll(ctx, here, which, data.Roles); err != nil {
		return catalog.Data{}, outermost(ctx, err)
	}
	return data, nil
}

// detailAll fills in the details of roles[i] for each i of which.
func (c *Connector) detailAll(ctx context.Context, here *place, which []int, roles []catalog.Role) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(describing)
	for _, i := range which {
		if roles[i].ARN != "" {
			g.Go(func() error { return c.detail(ctx, here, &roles[i]) })
		}
	}
	return g.Wait()
}

// detail reads the tags and the policies of one role. What AWS refuses to tell is named in
// Refused; a role that is gone stays as it was.
func (c *Connector) detail(ctx context.Context, here *place, r *catalog.Role) error {
	arn, fresh := string(r.ARN), *r
	fresh.Tags, fresh.TagsUnknown, fresh.Policies, fresh.Inline, fresh.Refused = nil, false, nil, &catalog.InlinePolicy{}, nil
	fresh.DetailsAsOf = c.clock.Now()
	for _, part := range []struct {
		action string
		read   func() error
	}{
		{"sso:ListTagsForResource", func() (err error) {
			fresh.Tags, err = c.roleTags(ctx, here, arn)
			fresh.TagsUnknown = refused(err)
			return err
		}},
		{"sso:ListManagedPoliciesInPermissionSet", func() error {
			names, err := c.managedPolicies(ctx, here, arn)
			fresh.Policies = append(fresh.Policies, names...)
			return err
		}},
		{"sso:ListCustomerManagedPolicyReferencesInPermissionSet", func() error {
			names, err := c.customerPolicies(ctx, here, arn)
			fresh.Policies = append(fresh.Policies, names...)
			return err
		}},
		{"sso:GetInlinePolicyForPermissionSet", func() error {
			text, err := c.inlinePolicy(ctx, here, arn)
			fresh.Inline = readInline(text)
			return err
		}},
	} {
		switch err := part.read(); {
		case isGone(err):
			return nil
		case refused(err):
			fresh.Refused = append(fresh.Refused, part.action)
		case err != nil:
			return err
		}
	}
	slices.Sort(fresh.Policies)
	*r = fresh
	return nil
}

func (c *Connector) roleTags(ctx context.Context, here *place, arn string) (map[string]string, error) {
	list, err := pages(ctx, "tags of a permission set", func(ctx context.Context, token *string) ([]types.Tag, *string, error) {
		k := &call{service: c.services.sso, op: "ListTagsForResource", priority: priorityPass}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListTagsForResourceOutput, error) {
			return here.sso.ListTagsForResource(ctx, &ssoadmin.ListTagsForResourceInput{InstanceArn: &here.instance.ARN, ResourceArn: &arn, NextToken: token})
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Tags, out.NextToken, nil
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	tags := make(map[string]string, len(list))
	for _, t := range list {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

// managedPolicies are the names of AWS's own policies that are attached.
func (c *Connector) managedPolicies(ctx context.Context, here *place, arn string) ([]string, error) {
	return pages(ctx, "policies of a permission set", func(ctx context.Context, token *string) ([]string, *string, error) {
		k := &call{service: c.services.sso, op: "ListManagedPoliciesInPermissionSet", priority: priorityPass}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListManagedPoliciesInPermissionSetOutput, error) {
			return here.sso.ListManagedPoliciesInPermissionSet(ctx, &ssoadmin.ListManagedPoliciesInPermissionSetInput{
				InstanceArn: &here.instance.ARN, PermissionSetArn: &arn, MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		return ids(out.AttachedManagedPolicies, func(p types.AttachedManagedPolicy) string { return aws.ToString(p.Name) }), out.NextToken, nil
	})
}

// customerPolicies are the names of the customer's own, with their path in front when that
// is not "/".
func (c *Connector) customerPolicies(ctx context.Context, here *place, arn string) ([]string, error) {
	return pages(ctx, "customer's policies of a permission set", func(ctx context.Context, token *string) ([]string, *string, error) {
		k := &call{service: c.services.sso, op: "ListCustomerManagedPolicyReferencesInPermissionSet", priority: priorityPass}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetOutput, error) {
			return here.sso.ListCustomerManagedPolicyReferencesInPermissionSet(ctx, &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{
				InstanceArn: &here.instance.ARN, PermissionSetArn: &arn, MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		return ids(out.CustomerManagedPolicyReferences, func(p types.CustomerManagedPolicyReference) string {
			return strings.TrimPrefix(aws.ToString(p.Path), "/") + aws.ToString(p.Name)
		}), out.NextToken, nil
	})
}
