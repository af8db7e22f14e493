package awsconn

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"stint/access"
	"stint/access/catalog"
)

// Check asks AWS for everything that Stint reads, a page of one each, and says what
// works, what is missing, and what to do about it. It changes nothing, so whether Stint
// may assign shows only with the first grant. Since is left to the caller.
func (c *Connector) Check(ctx context.Context) []access.Check {
	var all []access.Check
	add := func(name string, err error, detail string) bool {
		all = append(all, result(name, err, detail))
		return err == nil
	}
	me, err := c.callerIdentity(ctx)
	if err != nil {
		add("AWS credentials", err, "")
		return all // nothing else would say more
	}
	add("AWS credentials", nil, "Stint is "+aws.ToString(me.Arn)+".")

	who, err := c.whoami(ctx)
	if add("AWS organization", err, "") {
		all[len(all)-1].Detail = fmt.Sprintf("Organization %s, management account %s.", who.organization, who.management)
		add("AWS accounts", c.tryAccounts(ctx), "Accounts and organizational units can be read.")
		all = append(all, c.checkTags(ctx, who))
	}
	here, err := c.place(ctx, access.PriorityGrant)
	if !add("IAM Identity Center", err, "") {
		return all
	}
	all[len(all)-1].Detail = fmt.Sprintf("Instance %s in %s.", here.instance.ARN, here.instance.Region)
	all = append(all, portalCheck(here.instance))
	for _, probe := range c.probes(here) {
		k := &call{service: probe.service, op: probe.op, priority: access.PriorityGrant}
		_, err := invoke(ctx, c, k, func(ctx context.Context) (struct{}, error) { return struct{}{}, probe.try(ctx) })
		if err != nil {
			add(probe.what, err, "")
		}
	}
	if who != nil {
		all = append(all, c.checkReach(ctx, who, here))
	}
	return all
}

// Portal says where people open AWS.
func (c *Connector) Portal(ctx context.Context) (access.Check, error) {
	here, err := c.place(ctx, access.PriorityGrant)
	if err != nil {
		return access.Check{}, err
	}
	return portalCheck(here.instance), nil
}

// portalCheck is not OK where the address of the portal is not known.
func portalCheck(in catalog.Instance) access.Check {
	check := access.Check{Name: "Access portal", OK: true, Detail: in.Portal()}
	if check.Detail == "" {
		check.OK, check.Detail = false, "The address of the access portal is not known in this partition. Messages leave the link out."
		check.Hint = "Copy it from the settings of IAM Identity Center into STINT_AWS_PORTAL_HOST, as a whole: https://…"
	}
	return check
}

// result turns an error into a line with its remedy.
func result(name string, err error, detail string) access.Check {
	check := access.Check{Name: name, OK: err == nil, Detail: detail}
	var ce *access.ConnectorError
	if errors.As(err, &ce) {
		check.Detail, check.Hint = ce.Op+" failed.", ce.Message
	} else if err != nil {
		check.Detail = err.Error()
	}
	return check
}

// checkReach says from which account we act and what cannot be granted because of it.
func (c *Connector) checkReach(ctx context.Context, me *standing, here *place) access.Check {
	check := access.Check{Name: "AWS reach", OK: true}
	if me.inManagement() {
		check.Detail = "Stint acts from the management account and can grant everywhere."
		return check
	}
	limits, err := c.restrictions(ctx, me, here, access.PriorityGrant)
	switch {
	case err != nil:
		return result(check.Name, err, "")
	case limits.unreadable != nil:
		check = result(check.Name, limits.unreadable, "")
		check.Detail = fmt.Sprintf("Stint acts from account %s. Permission sets that are also used in the management account cannot be granted from there, and which those are cannot be read.", me.account)
	default:
		check.Detail = fmt.Sprintf("Stint acts from account %s: it cannot grant in the management account, nor the permission sets that are also used there (%d).", me.account, len(limits.roles))
	}
	return check
}

// checkTags: where the tagging API does not list accounts, each is asked by itself.
func (c *Connector) checkTags(ctx context.Context, me *standing) access.Check {
	const name = "AWS account tags"
	k := &call{service: c.services.tag, op: "GetResources", priority: access.PriorityGrant}
	listed, err := invoke(ctx, c, k, func(ctx context.Context) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
		return c.tag.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{accountType}, ResourcesPerPage: aws.Int32(1)})
	})
	if err == nil && (me.inManagement() || len(listed.ResourceTagMappingList) > 0) {
		return access.Check{Name: name, OK: true, Detail: "Account tags can be read, 100 accounts a call."}
	}
	if err != nil && !refused(err) {
		return result(name, err, "")
	}
	one := &catalog.Account{ID: me.account}
	if err := c.readTags(ctx, one); err != nil {
		return result(name, err, "")
	}
	if one.TagsUnknown {
		return access.Check{
			Name: name, Detail: "Account tags cannot be read: rules that deny by tag deny, rules that allow by tag do not match.",
			Hint: "Allow Stint's role tag:GetResources and organizations:ListTagsForResource.",
		}
	}
	return access.Check{Name: name, OK: true, Detail: "Account tags are read account by account, which takes a fifth of a second each."}
}

func (c *Connector) tryAccounts(ctx context.Context) error {
	one := aws.Int32(1)
	if _, err := read(ctx, c, "ListAccounts", func(ctx context.Context) (*organizations.ListAccountsOutput, error) {
		return c.org.ListAccounts(ctx, &organizations.ListAccountsInput{MaxResults: one})
	}); err != nil {
		return err
	}
	roots, err := read(ctx, c, "ListRoots", func(ctx context.Context) (*organizations.ListRootsOutput, error) {
		return c.org.ListRoots(ctx, &organizations.ListRootsInput{})
	})
	if err != nil || len(roots.Roots) == 0 {
		return err
	}
	root := roots.Roots[0].Id
	if _, err = read(ctx, c, "ListOrganizationalUnitsForParent", func(ctx context.Context) (*organizations.ListOrganizationalUnitsForParentOutput, error) {
		return c.org.ListOrganizationalUnitsForParent(ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: root, MaxResults: one})
	}); err != nil {
		return err
	}
	_, err = read(ctx, c, "ListAccountsForParent", func(ctx context.Context) (*organizations.ListAccountsForParentOutput, error) {
		return c.org.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: root, MaxResults: one})
	})
	return err
}

// probe is one thing that Stint must be able to read of Identity Center.
type probe struct {
	what    string // when it is missing
	service *service
	op      string
	try     func(context.Context) error
}

func (c *Connector) probes(here *place) []probe {
	one, instance, store := aws.Int32(1), &here.instance.ARN, &here.instance.IdentityStoreID
	return []probe{
		{"Permission sets", c.services.sso, "ListPermissionSets", func(ctx context.Context) error {
			_, err := here.sso.ListPermissionSets(ctx, &ssoadmin.ListPermissionSetsInput{InstanceArn: instance, MaxResults: one})
			return err
		}},
		{"Progress of creates", c.services.sso, "ListAccountAssignmentCreationStatus", func(ctx context.Context) error {
			_, err := here.sso.ListAccountAssignmentCreationStatus(ctx, &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: instance, MaxResults: one})
			return err
		}},
		{"Progress of deletes", c.services.sso, "ListAccountAssignmentDeletionStatus", func(ctx context.Context) error {
			_, err := here.sso.ListAccountAssignmentDeletionStatus(ctx, &ssoadmin.ListAccountAssignmentDeletionStatusInput{InstanceArn: instance, MaxResults: one})
			return err
		}},
		{"People", c.services.ids, "ListUsers", func(ctx context.Context) error {
			_, err := here.ids.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: store, MaxResults: one})
			return err
		}},
		{"Groups", c.services.ids, "ListGroups", func(ctx context.Context) error {
			_, err := here.ids.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: store, MaxResults: one})
			return err
		}},
	}
}
