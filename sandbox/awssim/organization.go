package awssim

import "time"

// Organization is what a Cloud starts with. It can be written by hand in a test
// or come from Generate.
type Organization struct {
	ID                  string // "o-" and 10 to 32 characters
	RootID              string // "r-" and 4 to 32 characters
	ManagementAccountID string
	// DelegatedAdminAccountID is the member account that administers Identity Center, or empty.
	DelegatedAdminAccountID string
	InstanceARN             string
	IdentityStoreID         string
	Region                  string // Identity Center's home region

	OUs            []OU
	Accounts       []Account
	PermissionSets []PermissionSet
	Users          []User
	Groups         []Group
	Memberships    []Membership
	Assignments    []Assignment // standing ones, there before anybody asked
	Principals     []Principal
}

// OU is an organizational unit. A parent comes before its children.
type OU struct {
	ID       string
	Name     string
	ParentID string // the root's or another OU's id
	Tags     map[string]string
}

// AccountState is Organizations' Account.State.
type AccountState string

// The states that an account can be in.
const (
	AccountPendingActivation AccountState = "PENDING_ACTIVATION"
	AccountActive            AccountState = "ACTIVE"
	AccountSuspended         AccountState = "SUSPENDED"
	AccountPendingClosure    AccountState = "PENDING_CLOSURE"
	AccountClosed            AccountState = "CLOSED"
)

// Account is a member account, or the management account.
type Account struct {
	ID       string
	Name     string
	Email    string
	State    AccountState // empty means ACTIVE
	ParentID string       // the root or an OU
	Tags     map[string]string
	Joined   time.Time
	Roles    []IAMRole // beside those that Identity Center itself creates
}

// IAMRole is a role of a member account.
type IAMRole struct {
	Name        string
	Path        string // default "/"
	Description string
	// Trust is the trust policy, JSON: who may assume the role, and under which external id.
	Trust string
	// Policy is what the role may do, JSON. Empty means everything.
	Policy     string
	MaxSession time.Duration // default 1 h
	Tags       map[string]string
}

// PermissionSet is a role that Identity Center can provision into accounts.
type PermissionSet struct {
	ARN             string
	Name            string
	Description     string
	SessionDuration time.Duration // 1 h to 12 h, default 1 h
	RelayState      string
	Tags            map[string]string
	ManagedPolicies []string // ARNs
	// CustomerPolicies are the names of the customer's own policies, with their path in
	// front unless that is "/".
	CustomerPolicies []string
	InlinePolicy     string
	Created          time.Time
}

// User is a person in the Identity Store.
type User struct {
	ID          string
	UserName    string
	GivenName   string
	FamilyName  string
	DisplayName string
	Email       string
	Disabled    bool
	Title       string
	ExternalID  string // set where SCIM owns the user
}

// Group is a group in the Identity Store.
type Group struct {
	ID          string
	DisplayName string
	Description string
	ExternalID  string // set where SCIM owns the group
}

// Membership puts a user into a group.
type Membership struct {
	ID      string // generated when empty
	GroupID string
	UserID  string
}

// PrincipalType is USER or GROUP.
type PrincipalType string

// The kinds of principal that an assignment can name.
const (
	PrincipalUser  PrincipalType = "USER"
	PrincipalGroup PrincipalType = "GROUP"
)

// Assignment gives a principal a permission set in an account.
type Assignment struct {
	AccountID        string        `json:"account_id"`
	PermissionSetARN string        `json:"permission_set_arn"`
	PrincipalType    PrincipalType `json:"principal_type"`
	PrincipalID      string        `json:"principal_id"`
}

// Principal is an IAM user or role with an access key of its own: who calls.
type Principal struct {
	AccountID string
	Name      string // the user's name
	// Policy is what the principal may do, JSON. Empty means everything.
	Policy          string
	AccessKeyID     string // generated when empty
	SecretAccessKey string // generated when empty
}
