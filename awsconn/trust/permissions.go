package trust

// Feature is a part of Stint that needs permissions of its own.
type Feature string

// The features. Core is what Stint cannot work without; the others are policies apart,
// attached only where the feature is used.
const (
	Core     Feature = "core"
	Groups   Feature = "groups"    // membership of named groups for a time
	IAMRoles Feature = "iam-roles" // lists the IAM roles of member accounts
	Events   Feature = "events"    // reads changes that others make from a queue
	Anchors  Feature = "anchors"   // keeps the ARNs of roles with a group that nobody is in
)

// Optional lists the features beside Core.
func Optional() []Feature { return []Feature{Groups, IAMRoles, Events, Anchors} }

// Permission is one action with what it is for.
type Permission struct {
	Action string
	For    string // what Stint does with it
	Lost   string // what does not work without it
}

// statement is one line of the table. Its resources hold placeholders in braces, which
// are filled from an Installation; "{accounts}" and "{groups}" stand for one resource
// each, so that such a statement has no other.
type statement struct {
	sid       string
	feature   Feature
	deny      bool
	actions   []Permission
	resources []string
	// byTag limits it to resources that carry the installation's tag.
	byTag bool
	// inOrganization limits it to resources of the own organization.
	inOrganization bool
}

// ARNs, with placeholders.
const (
	anything      = "*"
	instance      = "arn:{partition}:sso:::instance/{instance}"
	permissionSet = "arn:{partition}:sso:::permissionSet/{instance}/*"
	anyAccount    = "arn:{partition}:sso:::account/*"
	listedAccount = "arn:{partition}:sso:::account/{accounts}"
	store         = "arn:{partition}:identitystore::{management}:identitystore/{store}"
	anyUser       = "arn:{partition}:identitystore:::user/*"
	anyGroup      = "arn:{partition}:identitystore:::group/*"
	listedGroup   = "arn:{partition}:identitystore:::group/{groups}"
	anchorGroup   = "arn:{partition}:identitystore:::group/{anchor}"
	anyMembership = "arn:{partition}:identitystore:::membership/*"
	orgRoot       = "arn:{partition}:organizations::{management}:root/{organization}/r-*"
	orgUnit       = "arn:{partition}:organizations::{management}:ou/{organization}/ou-*"
	orgAccount    = "arn:{partition}:organizations::{management}:account/{organization}/*"
	ownRole       = "arn:{partition}:iam::{account}:role/{role}"
	readerRoles   = "arn:{partition}:iam::*:role/{reader}"
	eventQueue    = "arn:{partition}:sqs:{region}:{account}:{queue}"
)

// assignments are the two actions that grant and revoke.
func assignments() []Permission {
	return []Permission{
		{"sso:CreateAccountAssignment", "grants access", "granting access"},
		{"sso:DeleteAccountAssignment", "takes access away at its end", "taking access away"},
	}
}

func memberships() []Permission {
	return []Permission{
		{"identitystore:CreateGroupMembership", "puts somebody into a group for a time", "granting group membership"},
		{"identitystore:DeleteGroupMembership", "takes them out at the end", "taking group membership away"},
		{"identitystore:GetGroupMembershipId", "looks whether somebody is in the group already", "group membership: what stands already would be taken for Stint's own"},
	}
}

// table is the one source of what Stint may do.
func table() []statement {
	return append(append(coreTable(), optionalTable()...), denyTable()...)
}

func coreTable() []statement {
	return []statement{
		{sid: "FindIdentityCenter", feature: Core, resources: []string{anything}, actions: []Permission{ // AWS knows no resource for it
			{"sso:ListInstances", "finds IAM Identity Center", "everything"},
		}},
		{sid: "ReadInstance", feature: Core, resources: []string{instance}, actions: []Permission{
			{"sso:ListPermissionSets", "lists the roles that can be asked for", "the catalog: nothing can be asked for"},
			{"sso:ListAccountAssignmentsForPrincipal", "looks at one person where a listing is long; lists assignments by person", "nothing: Stint reads longer listings instead, which costs more calls"},
			{"sso:ListAccountAssignmentCreationStatus", "follows several grants with one call", "nothing: Stint asks for each operation by itself, which costs more calls"},
			{"sso:ListAccountAssignmentDeletionStatus", "follows several revokes with one call", "nothing: Stint asks for each operation by itself, which costs more calls"},
			{"sso:DescribeAccountAssignmentCreationStatus", "follows one grant", "telling when access is there"},
			{"sso:DescribeAccountAssignmentDeletionStatus", "follows one revoke", "telling when access is gone"},
		}},
		{sid: "ReadPermissionSets", feature: Core, resources: []string{instance, permissionSet}, actions: []Permission{
			{"sso:DescribePermissionSet", "reads name, description and session duration of a role", "the catalog: nothing can be asked for"},
			{"sso:ListTagsForResource", "reads the tags of a role, and so which roles it may grant", "tags of roles: a role that Stint may not grant shows only when it fails"},
			{"sso:ListManagedPoliciesInPermissionSet", "names the AWS policies of a role", "the policy names of roles in the catalog"},
			{"sso:ListCustomerManagedPolicyReferencesInPermissionSet", "names the customer's own policies of a role", "the policy names of roles in the catalog"},
			{"sso:GetInlinePolicyForPermissionSet", "reads the policy that is written into a role", "what such a policy allows: people who decide see that it was not read"},
			{"sso:ListAccountsForProvisionedPermissionSet", "finds where a role is in use", "the comparison with AWS: access outside Stint is not found"},
		}},
		{sid: "ReadAccounts", feature: Core, resources: []string{instance, anyAccount}, actions: []Permission{
			{"sso:ListPermissionSetsProvisionedToAccount", "finds the roles of the management account, which a delegated administrator cannot grant", "knowing beforehand which roles cannot be granted"},
		}},
		{sid: "ReadAssignments", feature: Core, resources: []string{instance, permissionSet, anyAccount}, actions: []Permission{
			{"sso:ListAccountAssignments", "looks what somebody has before granting, so that standing access is never taken away", "granting access"},
		}},
		{sid: "GrantOnInstance", feature: Core, resources: []string{instance}, actions: assignments()},
		{sid: "GrantTaggedSets", feature: Core, resources: []string{permissionSet}, byTag: true, actions: assignments()},
		{sid: "GrantInAccounts", feature: Core, resources: []string{listedAccount}, actions: assignments()},
		{sid: "ReadPeople", feature: Core, resources: []string{store, anyUser}, actions: []Permission{
			{"identitystore:ListUsers", "lists the people", "the catalog: nobody can ask"},
			{"identitystore:DescribeUser", "asks whether a person is still there and active", "granting access: people cannot be checked"},
			{"identitystore:GetUserId", "finds a person by e-mail", "binding Slack users to people who joined since the last sync"},
		}},
		{sid: "ReadGroups", feature: Core, resources: []string{store, anyGroup}, actions: []Permission{
			{"identitystore:ListGroups", "lists the groups", "the catalog, and people sets that name groups"},
		}},
		{sid: "ReadMembers", feature: Core, resources: []string{store, anyGroup, anyMembership}, actions: []Permission{
			{"identitystore:ListGroupMemberships", "reads who is in a group that the policy names", "people sets that name groups"},
		}},
		{sid: "ReadOrganization", feature: Core, resources: []string{anything}, actions: []Permission{ // AWS knows no resource for these
			{"organizations:DescribeOrganization", "finds the management account", "everything"},
			{"organizations:ListAccounts", "lists the accounts", "the catalog: nothing can be asked for"},
			{"organizations:ListRoots", "finds the root of the organizational units", "the catalog: nothing can be asked for"},
			{"tag:GetResources", "reads the tags of 100 accounts a call", "nothing: Stint asks account by account, which takes a fifth of a second each"},
		}},
		{sid: "ReadUnits", feature: Core, resources: []string{orgRoot, orgUnit}, actions: []Permission{
			{"organizations:ListOrganizationalUnitsForParent", "reads the tree of organizational units", "the catalog: nothing can be asked for"},
			{"organizations:ListAccountsForParent", "finds the unit of each account where AWS does not say it with the account", "the catalog, where AWS does not say the unit with the account"},
		}},
		{sid: "ReadAccountTags", feature: Core, resources: []string{orgAccount}, actions: []Permission{
			{"organizations:ListTagsForResource", "reads the tags of an account where the tagging API does not know it", "tags of accounts from a delegated administrator: rules that deny by tag deny, rules that allow by tag do not match"},
		}},
	}
}

func optionalTable() []statement {
	return []statement{
		{sid: "ChangeMembers", feature: Groups, resources: []string{store, anyUser, anyMembership}, actions: memberships()},
		{sid: "ChangeNamedGroups", feature: Groups, resources: []string{listedGroup}, actions: memberships()},
		{sid: "TakeReaderRole", feature: IAMRoles, resources: []string{readerRoles}, inOrganization: true, actions: []Permission{
			{"sts:AssumeRole", "takes on the reader role of a member account", "the IAM roles of member accounts in the catalog"},
		}},
		{sid: "ReadEvents", feature: Events, resources: []string{eventQueue}, actions: []Permission{
			{"sqs:ReceiveMessage", "hears of changes that others make", "hearing of changes within seconds; the nightly comparison still finds them"},
			{"sqs:DeleteMessage", "takes what it has read off the queue", "hearing of changes within seconds; the nightly comparison still finds them"},
			{"sqs:GetQueueAttributes", "tells how many changes wait to be read", "hearing of changes within seconds; the nightly comparison still finds them"},
		}},
	}
}

// denyTable is what Stint must never do, whatever else the role is allowed.
func denyTable() []statement {
	never := func(actions ...string) []Permission {
		list := make([]Permission, 0, len(actions))
		for _, a := range actions {
			list = append(list, Permission{Action: a})
		}
		return list
	}
	return []statement{
		{sid: "NeverChangeRoles", feature: Core, deny: true, resources: []string{anything}, actions: never(
			"sso:CreatePermissionSet", "sso:UpdatePermissionSet", "sso:DeletePermissionSet", "sso:ProvisionPermissionSet",
			"sso:Put*", "sso:Attach*", "sso:Detach*", "sso:TagResource", "sso:UntagResource",
			"sso:DeleteInlinePolicyFromPermissionSet", "sso:DeletePermissionsBoundaryFromPermissionSet",
		)},
		{sid: "NeverChangePeople", feature: Core, deny: true, resources: []string{anything}, actions: never(
			"identitystore:CreateUser", "identitystore:UpdateUser", "identitystore:DeleteUser",
			"identitystore:CreateGroup", "identitystore:UpdateGroup", "identitystore:DeleteGroup",
		)},
		{sid: "NeverTheseAccounts", feature: Core, deny: true, resources: []string{"arn:{partition}:sso:::account/{denied}"}, actions: never(
			"sso:CreateAccountAssignment", "sso:DeleteAccountAssignment",
		)},
		// The anchor group has every role that Stint ever granted. Assigning it and reading that
		// it is empty need no more than Core.
		{sid: "NeverIntoTheAnchor", feature: Anchors, deny: true, resources: []string{anchorGroup}, actions: never("identitystore:CreateGroupMembership")},
		{sid: "NeverItself", feature: Core, deny: true, resources: []string{ownRole}, actions: never("iam:*", "sts:AssumeRole")},
	}
}

// Permissions lists what a feature is allowed, each action once.
func Permissions(f Feature) []Permission {
	var all []Permission
	seen := map[string]bool{}
	for _, s := range table() {
		if s.feature != f || s.deny {
			continue
		}
		for _, p := range s.actions {
			if !seen[p.Action] {
				seen[p.Action] = true
				all = append(all, p)
			}
		}
	}
	return all
}

// ReaderPermission is the one thing that the reader role of member accounts may do.
func ReaderPermission() Permission { return reader().actions[0] }

// reader is what the reader role of a member account may do.
func reader() statement {
	return statement{sid: "ListRoles", resources: []string{"arn:{partition}:iam::{member}:role/*"}, actions: []Permission{
		{"iam:ListRoles", "lists the roles of the account with their trust policies", "the IAM roles of this account in the catalog"},
	}}
}
