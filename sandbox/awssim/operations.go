package awssim

// operations is everything that is simulated, by IAM action. What is not here is
// an UnknownOperationException or InvalidAction.
var operations = map[string]call{
	"sso:ListInstances":                           listInstances,
	"sso:ListPermissionSets":                      listPermissionSets,
	"sso:DescribePermissionSet":                   describePermissionSet,
	"sso:ListTagsForResource":                     listSSOTags,
	"sso:ListManagedPoliciesInPermissionSet":      listManagedPolicies,
	"sso:GetInlinePolicyForPermissionSet":         getInlinePolicy,
	"sso:ListPermissionSetsProvisionedToAccount":  listSetsProvisioned,
	"sso:ListAccountsForProvisionedPermissionSet": listAccountsProvisioned,
	"sso:ListAccountAssignments":                  listAssignments,
	"sso:ListAccountAssignmentsForPrincipal":      listAssignmentsForPrincipal,
	"sso:CreateAccountAssignment":                 createAssignment,
	"sso:DeleteAccountAssignment":                 deleteAssignment,
	"sso:DescribeAccountAssignmentCreationStatus": describeCreation,
	"sso:DescribeAccountAssignmentDeletionStatus": describeDeletion,
	"sso:ListAccountAssignmentCreationStatus":     listCreations,
	"sso:ListAccountAssignmentDeletionStatus":     listDeletions,
	"sso:ProvisionPermissionSet":                  provisionSet,
	"sso:DescribePermissionSetProvisioningStatus": describeProvisioning,

	"identitystore:ListUsers":                     listUsers,
	"identitystore:DescribeUser":                  describeUser,
	"identitystore:GetUserId":                     getUserID,
	"identitystore:ListGroups":                    listGroups,
	"identitystore:DescribeGroup":                 describeGroup,
	"identitystore:GetGroupId":                    getGroupID,
	"identitystore:ListGroupMemberships":          listMemberships,
	"identitystore:ListGroupMembershipsForMember": listMembershipsForMember,
	"identitystore:GetGroupMembershipId":          getMembershipID,
	"identitystore:DescribeGroupMembership":       describeMembership,
	"identitystore:CreateGroupMembership":         createMembership,
	"identitystore:DeleteGroupMembership":         deleteMembership,
	"identitystore:IsMemberInGroups":              isMemberInGroups,

	"organizations:DescribeOrganization":             describeOrganization,
	"organizations:ListAccounts":                     listAccounts,
	"organizations:DescribeAccount":                  describeAccount,
	"organizations:ListRoots":                        listRoots,
	"organizations:ListOrganizationalUnitsForParent": listOUs,
	"organizations:DescribeOrganizationalUnit":       describeOU,
	"organizations:ListAccountsForParent":            listAccountsForParent,
	"organizations:ListChildren":                     listChildren,
	"organizations:ListParents":                      listParents,
	"organizations:ListTagsForResource":              listOrganizationsTags,
	"organizations:ListDelegatedAdministrators":      listDelegatedAdministrators,

	"tag:GetResources": getResources,

	"sts:AssumeRole":        assumeRole,
	"sts:GetCallerIdentity": getCallerIdentity,

	"iam:ListRoles":    listRoles,
	"iam:GetRole":      getRole,
	"iam:ListRoleTags": listRoleTags,
}
