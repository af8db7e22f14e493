package catalog

import (
	"strings"
	"time"
)

// AccountID is the twelve digits of an AWS account.
type AccountID string

// RoleARN is the ARN of a permission set.
type RoleARN string

// PersonID is an Identity Center user id (identitystore UserId).
type PersonID string

// GroupID is an Identity Center group id (identitystore GroupId).
type GroupID string

// AccountState is Organizations' Account.State.
type AccountState string

// The states that Organizations knows. Only active accounts can be asked for.
const (
	AccountActive            AccountState = "ACTIVE"
	AccountSuspended         AccountState = "SUSPENDED"
	AccountPendingClosure    AccountState = "PENDING_CLOSURE"
	AccountPendingActivation AccountState = "PENDING_ACTIVATION"
	AccountClosed            AccountState = "CLOSED"
)

// Account is one AWS account of the organization.
type Account struct {
	ID    AccountID    `json:"id"`
	Name  string       `json:"name"`
	Email string       `json:"email,omitempty"`
	State AccountState `json:"state"`
	// OUPath is "/" for an account directly under the root, else "/Production/Payments".
	OUPath string            `json:"ou_path"`
	Tags   map[string]string `json:"tags,omitempty"`
	// TagsUnknown is set when tags could not be read; a deny by tag then matches (Unknown).
	TagsUnknown bool `json:"tags_unknown,omitempty"`
	// Ungrantable says for people why Stint cannot grant anything here; "" when it can.
	Ungrantable string `json:"ungrantable,omitempty"`
}

// Role is what a person can ask for in an account: a permission set.
type Role struct {
	ARN         RoleARN `json:"arn"`
	Name        string  `json:"name"`
	Description string  `json:"description,omitempty"`
	// SessionDuration is how long an issued session lasts and so may outlive a grant.
	SessionDuration time.Duration `json:"session_duration"`
	// Tags; Policies, the names of the attached policies, the customer's own with their path;
	// and Inline, the policy that is written into the role. All were read at DetailsAsOf; zero:
	// not yet. Inline is nil too where an older version read them.
	Tags        map[string]string `json:"tags,omitempty"`
	Policies    []string          `json:"policies,omitempty"`
	Inline      *InlinePolicy     `json:"inline,omitempty"`
	DetailsAsOf time.Time         `json:"details_as_of,omitzero"`
	// TagsUnknown is set when the tags could not be read.
	TagsUnknown bool `json:"tags_unknown,omitempty"`
	// Refused are the IAM actions that AWS did not let Stint do when it read the details, so
	// that what they would tell is not known: "sso:GetInlinePolicyForPermissionSet".
	Refused []string `json:"refused,omitempty"`
	// Ungrantable says for people why Stint cannot grant this role; "" when it can.
	Ungrantable string `json:"ungrantable,omitempty"`
}

// DetailsRead reports whether all details were read, or tried.
func (r *Role) DetailsRead() bool { return !r.DetailsAsOf.IsZero() && r.Inline != nil }

// IAMRole is a role of a member account, listed for information: Stint does not grant it.
type IAMRole struct {
	Account     AccountID `json:"account"`
	Name        string    `json:"name"`
	Path        string    `json:"path,omitempty"` // "" for "/"
	Description string    `json:"description,omitempty"`
	// Trusts are who may take it on, as its trust policy names them; sorted.
	Trusts []string `json:"trusts,omitempty"`
}

// Person is one human as Identity Center knows them.
type Person struct {
	ID       PersonID `json:"id"`
	UserName string   `json:"user_name"`
	Name     string   `json:"name"`
	Email    string   `json:"email,omitempty"` // primary, lower case
	Disabled bool     `json:"disabled,omitempty"`
}

// Group is an Identity Center group. Members are read only for groups that the
// policy names; MembersAsOf is zero when they were never read. Brings likewise is read only
// for groups whose membership a rule lets people ask for.
type Group struct {
	ID          GroupID    `json:"id"`
	Name        string     `json:"name"`
	Members     []PersonID `json:"members,omitempty"`
	MembersAsOf time.Time  `json:"members_as_of,omitzero"`
	// Brings are the roles in accounts that members have, as of BringsAsOf (zero: never
	// read). BringsProblem says for people why they are not all; "" when they are.
	Brings        []RoleIn  `json:"brings,omitempty"`
	BringsAsOf    time.Time `json:"brings_as_of,omitzero"`
	BringsProblem string    `json:"brings_problem,omitempty"`
	// Ungrantable says for people why Stint cannot put anybody into it; "" when it can.
	Ungrantable string `json:"ungrantable,omitempty"`
}

// RoleIn is a role in an account.
type RoleIn struct {
	Account AccountID `json:"account"`
	Role    RoleARN   `json:"role"`
}

// Instance is the Identity Center instance that everything hangs on.
type Instance struct {
	ARN             string `json:"arn"`
	IdentityStoreID string `json:"identity_store_id"`
	Region          string `json:"region"`
	// PortalHost is the host of the access portal, "d-1234567890.awsapps.com" by default; ""
	// where it is not known, as outside the partition aws.
	PortalHost string `json:"portal_host"`
	// PortalURL is the whole address of the portal, where it is not https://<host>/start.
	PortalURL string `json:"portal_url,omitempty"`
}

// Portal is the address of the access portal, without a slash at its end; "" when it is not
// known, so that nobody is sent to a wrong place.
func (i Instance) Portal() string {
	switch {
	case i.PortalURL != "":
		return strings.TrimRight(i.PortalURL, "/")
	case i.PortalHost != "":
		return "https://" + i.PortalHost + "/start"
	}
	return ""
}

// Data is a catalog as plain data: what a sync reads, what the store keeps.
type Data struct {
	AsOf              time.Time `json:"as_of"` // when the sync that read it began
	Organization      string    `json:"organization"`
	ManagementAccount AccountID `json:"management_account"`
	Instance          Instance  `json:"instance"`
	Accounts          []Account `json:"accounts"`
	Roles             []Role    `json:"roles"`
	People            []Person  `json:"people"`
	Groups            []Group   `json:"groups"`
}
