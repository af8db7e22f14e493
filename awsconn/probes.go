package awsconn

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
	"stint/access/catalog"
)

// tried is one call of a probe. It is a read for the table of failures even where the
// operation writes: it is about nothing that exists.
func tried[O any](ctx context.Context, c *Connector, s *service, op string, fn func(context.Context) (O, error)) error {
	_, err := invoke(ctx, c, &call{service: s, op: op, priority: access.PriorityGrant}, fn)
	return err
}

// somePage is the first accounts of the organization.
func (c *Connector) somePage(ctx context.Context) ([]orgtypes.Account, error) {
	out, err := read(ctx, c, "ListAccounts", func(ctx context.Context) (*organizations.ListAccountsOutput, error) {
		return c.org.ListAccounts(ctx, &organizations.ListAccountsInput{MaxResults: aws.Int32(20)})
	})
	if err != nil {
		return nil, err
	}
	return out.Accounts, nil
}

// probes are the ways to try each permission, by action.
func (x *examiner) probes() map[string]func(context.Context) error {
	all := map[string]func(context.Context) error{}
	add := func(action, need, name string, try func(context.Context) error) {
		all[action] = func(ctx context.Context) error {
			if need == "" {
				return x.nothing("%s", name)
			}
			return try(ctx)
		}
	}
	x.organizationProbes(add)
	x.eventProbes(add)
	all["sso:ListInstances"] = func(context.Context) error { return x.missing }
	if x.here == nil {
		return all
	}
	x.instanceProbes(add)
	x.setProbes(add)
	x.writeProbes(add)
	x.peopleProbes(add)
	x.groupProbes(add)
	return all
}

// adder adds the probe of an action that needs something to try it on, which is "" when
// there is none; what says what.
type adder func(action, need, what string, try func(context.Context) error)

func (x *examiner) organizationProbes(add adder) {
	c, one := x.c, aws.Int32(1)
	account := ""
	if x.me != nil {
		account = string(x.me.account)
	}
	add("organizations:DescribeOrganization", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, c.services.org, "DescribeOrganization", func(ctx context.Context) (*organizations.DescribeOrganizationOutput, error) {
			return c.org.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
		})
	})
	add("organizations:ListAccounts", "-", "", func(ctx context.Context) error {
		_, err := c.somePage(ctx)
		return err
	})
	add("organizations:ListRoots", "-", "", func(ctx context.Context) error {
		_, err := c.roots(ctx)
		return err
	})
	add("organizations:ListOrganizationalUnitsForParent", x.root, "the root of the organization cannot be read", func(ctx context.Context) error {
		return tried(ctx, c, c.services.org, "ListOrganizationalUnitsForParent", func(ctx context.Context) (*organizations.ListOrganizationalUnitsForParentOutput, error) {
			return c.org.ListOrganizationalUnitsForParent(ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &x.root, MaxResults: one})
		})
	})
	add("organizations:ListAccountsForParent", x.root, "the root of the organization cannot be read", func(ctx context.Context) error {
		return tried(ctx, c, c.services.org, "ListAccountsForParent", func(ctx context.Context) (*organizations.ListAccountsForParentOutput, error) {
			return c.org.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: &x.root, MaxResults: one})
		})
	})
	add("organizations:ListTagsForResource", account, "the own account is not known", func(ctx context.Context) error {
		return tried(ctx, c, c.services.org, "ListTagsForResource", func(ctx context.Context) (*organizations.ListTagsForResourceOutput, error) {
			return c.org.ListTagsForResource(ctx, &organizations.ListTagsForResourceInput{ResourceId: &account})
		})
	})
	add("tag:GetResources", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, c.services.tag, "GetResources", func(ctx context.Context) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
			return c.tag.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{accountType}, ResourcesPerPage: one})
		})
	})
	partition := ""
	if x.me != nil {
		partition = x.me.partition()
	}
	listRoles := func(ctx context.Context) (assumed bool, err error) {
		reader := c.readers.of(c, partition, x.member)
		err = tried(ctx, c, c.services.iam, "ListRoles", func(ctx context.Context) (*iam.ListRolesOutput, error) {
			return reader.ListRoles(ctx, &iam.ListRolesInput{MaxItems: one})
		})
		return !insideSTS(failure{err: err}), err
	}
	const noMember = "no active member account can be read"
	add("sts:AssumeRole", string(x.member), noMember, func(ctx context.Context) error {
		assumed, err := listRoles(ctx)
		if assumed && refused(err) {
			return nil // what that role may do is the next probe's
		}
		if f := (failure{err: err}).answer(); !assumed && f.code == "AccessDenied" {
			return &access.ConnectorError{Class: access.ClassRefused, Op: "sts AssumeRole", Err: err, Message: fmt.Sprintf(
				"AWS does not let Stint's role take on %s in account %s. Check that the StackSet has brought that role there with this external id, and that Stint's role has the policy for it.", c.cfg.ReaderRole, x.member)}
		}
		return err
	})
	add("iam:ListRoles", string(x.member), noMember, func(ctx context.Context) error {
		assumed, err := listRoles(ctx)
		if !assumed {
			return x.nothing("the reader role cannot be taken on")
		}
		return err
	})
}

func (x *examiner) instanceProbes(add adder) {
	c, here, one := x.c, x.here, aws.Int32(1)
	arn := &here.instance.ARN
	management := ""
	if x.me != nil {
		management = string(x.me.management)
	}
	sso := c.services.sso
	add("sso:ListPermissionSets", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListPermissionSets", func(ctx context.Context) (*ssoadmin.ListPermissionSetsOutput, error) {
			return here.sso.ListPermissionSets(ctx, &ssoadmin.ListPermissionSetsInput{InstanceArn: arn, MaxResults: one})
		})
	})
	add("sso:ListAccountAssignmentsForPrincipal", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListAccountAssignmentsForPrincipal", func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsForPrincipalOutput, error) {
			return here.sso.ListAccountAssignmentsForPrincipal(ctx, &ssoadmin.ListAccountAssignmentsForPrincipalInput{
				InstanceArn: arn, PrincipalId: aws.String(nobody), PrincipalType: types.PrincipalTypeUser, MaxResults: one,
			})
		})
	})
	add("sso:ListAccountAssignmentCreationStatus", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListAccountAssignmentCreationStatus", func(ctx context.Context) (*ssoadmin.ListAccountAssignmentCreationStatusOutput, error) {
			return here.sso.ListAccountAssignmentCreationStatus(ctx, &ssoadmin.ListAccountAssignmentCreationStatusInput{InstanceArn: arn, MaxResults: one})
		})
	})
	add("sso:ListAccountAssignmentDeletionStatus", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListAccountAssignmentDeletionStatus", func(ctx context.Context) (*ssoadmin.ListAccountAssignmentDeletionStatusOutput, error) {
			return here.sso.ListAccountAssignmentDeletionStatus(ctx, &ssoadmin.ListAccountAssignmentDeletionStatusInput{InstanceArn: arn, MaxResults: one})
		})
	})
	for _, kind := range []access.OperationKind{access.CreateOperation, access.DeleteOperation} {
		action := "sso:DescribeAccountAssignmentCreationStatus"
		if kind == access.DeleteOperation {
			action = "sso:DescribeAccountAssignmentDeletionStatus"
		}
		add(action, "-", "", func(ctx context.Context) error {
			_, err := c.describeStatus(ctx, here, access.Operation{ID: nobody, Kind: kind})
			return err
		})
	}
	add("sso:ListPermissionSetsProvisionedToAccount", management, "the management account is not known", func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListPermissionSetsProvisionedToAccount", func(ctx context.Context) (*ssoadmin.ListPermissionSetsProvisionedToAccountOutput, error) {
			return here.sso.ListPermissionSetsProvisionedToAccount(ctx, &ssoadmin.ListPermissionSetsProvisionedToAccountInput{InstanceArn: arn, AccountId: &management, MaxResults: one})
		})
	})
	add("sso:ListAccountAssignments", x.set, "no permission set can be read", func(ctx context.Context) error {
		account := cmp.Or(string(x.member), management, noAccount)
		return tried(ctx, c, sso, "ListAccountAssignments", func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsOutput, error) {
			return here.sso.ListAccountAssignments(ctx, &ssoadmin.ListAccountAssignmentsInput{InstanceArn: arn, AccountId: &account, PermissionSetArn: &x.set, MaxResults: one})
		})
	})
}

func (x *examiner) setProbes(add adder) {
	c, here, one := x.c, x.here, aws.Int32(1)
	arn, sso := &here.instance.ARN, x.c.services.sso
	const none = "no permission set can be read"
	add("sso:DescribePermissionSet", x.set, none, func(ctx context.Context) error {
		_, err := c.describeRole(ctx, here, access.PriorityGrant, x.set)
		return err
	})
	add("sso:ListTagsForResource", x.set, none, func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListTagsForResource", func(ctx context.Context) (*ssoadmin.ListTagsForResourceOutput, error) {
			return here.sso.ListTagsForResource(ctx, &ssoadmin.ListTagsForResourceInput{InstanceArn: arn, ResourceArn: &x.set})
		})
	})
	add("sso:ListManagedPoliciesInPermissionSet", x.set, none, func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListManagedPoliciesInPermissionSet", func(ctx context.Context) (*ssoadmin.ListManagedPoliciesInPermissionSetOutput, error) {
			return here.sso.ListManagedPoliciesInPermissionSet(ctx, &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: arn, PermissionSetArn: &x.set, MaxResults: one})
		})
	})
	add("sso:ListCustomerManagedPolicyReferencesInPermissionSet", x.set, none, func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListCustomerManagedPolicyReferencesInPermissionSet", func(ctx context.Context) (*ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetOutput, error) {
			return here.sso.ListCustomerManagedPolicyReferencesInPermissionSet(ctx, &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: arn, PermissionSetArn: &x.set, MaxResults: one})
		})
	})
	add("sso:GetInlinePolicyForPermissionSet", x.set, none, func(ctx context.Context) error {
		_, err := c.inlinePolicy(ctx, here, x.set)
		return err
	})
	add("sso:ListAccountsForProvisionedPermissionSet", x.set, none, func(ctx context.Context) error {
		return tried(ctx, c, sso, "ListAccountsForProvisionedPermissionSet", func(ctx context.Context) (*ssoadmin.ListAccountsForProvisionedPermissionSetOutput, error) {
			return here.sso.ListAccountsForProvisionedPermissionSet(ctx, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: arn, PermissionSetArn: &x.set, MaxResults: one})
		})
	})
}

// writeProbes are about an account that no organization has: what may be written in
// accounts that are named one by one cannot be tried without writing there.
func (x *examiner) writeProbes(add adder) {
	c, here := x.c, x.here
	none := "no permission set carries the tag " + c.cfg.GrantTag.String() + ", so nothing can be granted"
	if c.cfg.GrantTag.Key == "" {
		none = "no permission set can be read"
	}
	once := func(o *ssoadmin.Options) { o.Retryer = aws.NopRetryer{} }
	add("sso:CreateAccountAssignment", x.tagged, none, func(ctx context.Context) error {
		return tried(ctx, c, c.services.sso, "CreateAccountAssignment", func(ctx context.Context) (*ssoadmin.CreateAccountAssignmentOutput, error) {
			return here.sso.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
				InstanceArn: &here.instance.ARN, PermissionSetArn: &x.tagged, PrincipalId: aws.String(nobody), PrincipalType: types.PrincipalTypeUser,
				TargetId: aws.String(noAccount), TargetType: types.TargetTypeAwsAccount,
			}, once)
		})
	})
	add("sso:DeleteAccountAssignment", x.tagged, none, func(ctx context.Context) error {
		return tried(ctx, c, c.services.sso, "DeleteAccountAssignment", func(ctx context.Context) (*ssoadmin.DeleteAccountAssignmentOutput, error) {
			return here.sso.DeleteAccountAssignment(ctx, &ssoadmin.DeleteAccountAssignmentInput{
				InstanceArn: &here.instance.ARN, PermissionSetArn: &x.tagged, PrincipalId: aws.String(nobody), PrincipalType: types.PrincipalTypeUser,
				TargetId: aws.String(noAccount), TargetType: types.TargetTypeAwsAccount,
			}, once)
		})
	})
}

func (x *examiner) peopleProbes(add adder) {
	c, here, one := x.c, x.here, aws.Int32(1)
	store, ids := &here.instance.IdentityStoreID, x.c.services.ids
	add("identitystore:ListUsers", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, ids, "ListUsers", func(ctx context.Context) (*identitystore.ListUsersOutput, error) {
			return here.ids.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: store, MaxResults: one})
		})
	})
	add("identitystore:DescribeUser", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, ids, "DescribeUser", func(ctx context.Context) (*identitystore.DescribeUserOutput, error) {
			return here.ids.DescribeUser(ctx, &identitystore.DescribeUserInput{IdentityStoreId: store, UserId: aws.String(nobody)})
		})
	})
	add("identitystore:GetUserId", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, ids, "GetUserId", func(ctx context.Context) (*identitystore.GetUserIdOutput, error) {
			return here.ids.GetUserId(ctx, &identitystore.GetUserIdInput{
				IdentityStoreId: store, AlternateIdentifier: &idtypes.AlternateIdentifierMemberUniqueAttribute{Value: idtypes.UniqueAttribute{
					AttributePath: aws.String("userName"), AttributeValue: document.NewLazyDocument(noEmail),
				}},
			})
		})
	})
	add("identitystore:ListGroups", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, ids, "ListGroups", func(ctx context.Context) (*identitystore.ListGroupsOutput, error) {
			return here.ids.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: store, MaxResults: one})
		})
	})
	add("identitystore:ListGroupMemberships", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, ids, "ListGroupMemberships", func(ctx context.Context) (*identitystore.ListGroupMembershipsOutput, error) {
			return here.ids.ListGroupMemberships(ctx, &identitystore.ListGroupMembershipsInput{IdentityStoreId: store, GroupId: aws.String(nobody), MaxResults: one})
		})
	})
}

// groupProbes try every named group, with a person who does not exist.
func (x *examiner) groupProbes(add adder) {
	c, here := x.c, x.here
	each := func(try func(context.Context, catalog.GroupID) error) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, g := range x.groups {
				if err := try(ctx, g); err != nil && !isGone(err) {
					return err
				}
			}
			return nil
		}
	}
	once := func(o *identitystore.Options) { o.Retryer = aws.NopRetryer{} }
	member := &idtypes.MemberIdMemberUserId{Value: nobody}
	add("identitystore:GetGroupMembershipId", "-", "", each(func(ctx context.Context, g catalog.GroupID) error {
		_, err := c.LookGroup(ctx, access.PriorityGrant, nobody, g)
		return err
	}))
	add("identitystore:CreateGroupMembership", "-", "", each(func(ctx context.Context, g catalog.GroupID) error {
		return tried(ctx, c, c.services.ids, "CreateGroupMembership", func(ctx context.Context) (*identitystore.CreateGroupMembershipOutput, error) {
			return here.ids.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{
				IdentityStoreId: &here.instance.IdentityStoreID, GroupId: aws.String(string(g)), MemberId: member,
			}, once)
		})
	}))
	add("identitystore:DeleteGroupMembership", "-", "", func(ctx context.Context) error {
		return tried(ctx, c, c.services.ids, "DeleteGroupMembership", func(ctx context.Context) (*identitystore.DeleteGroupMembershipOutput, error) {
			return here.ids.DeleteGroupMembership(ctx, &identitystore.DeleteGroupMembershipInput{
				IdentityStoreId: &here.instance.IdentityStoreID, MembershipId: aws.String(nobody),
			}, once)
		})
	})
}
