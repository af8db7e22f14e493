package trust

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stint/access/fault"
)

// Installation is what the policies are filled with: one Stint in one organization.
type Installation struct {
	// Partition is "aws", "aws-us-gov" or "aws-cn"; that of InstanceARN when empty.
	Partition string
	// Account holds the connector's role: the management account or Identity Center's
	// delegated administrator.
	Account string
	// Management is the organization's management account; Account when empty.
	Management   string
	Organization string // "o-…"
	// InstanceARN and IdentityStoreID are as `aws sso-admin list-instances` prints them.
	InstanceARN     string
	IdentityStoreID string
	// Region is Identity Center's; only the event queue needs it.
	Region string
	// Principal is the ARN of who Stint runs as and takes on the role from; the root of
	// Account when empty, which leaves the choice to that account's own policies.
	Principal string
	// ExternalID must be named by whoever takes on the role; see NewExternalID.
	ExternalID string
	// TagKey and TagValue mark the permission sets that may be granted.
	TagKey, TagValue string
	// Accounts are those in which may be granted; all when empty.
	Accounts []string
	// DeniedAccounts are never granted in; the management account, Account and the
	// account of Principal always are among them.
	DeniedAccounts []string
	// Groups are the ids of the groups whose membership may be granted (feature Groups).
	Groups []string
	// AnchorGroup is the id of the group that nobody is ever in (feature Anchors).
	AnchorGroup string
	// Units are the organizational units, or the root, in whose accounts the reader role is
	// rolled out (feature IAMRoles).
	Units []string
	// RoleName and ReaderRoleName name the two roles, QueueName the queue.
	RoleName, ReaderRoleName, QueueName string
	// Features are the optional ones that are used.
	Features []Feature
}

// What the roles and the queue are called unless the installation says otherwise.
const (
	DefaultRoleName   = "stint-connector"
	DefaultReaderRole = "stint-role-reader"
	DefaultQueueName  = "stint-events"
	DefaultTagKey     = "jit"
	DefaultTagValue   = "true"
)

// externalIDLength is how long a generated external id is; AWS asks for at least 2, and
// 40 letters and digits of 5 bits each cannot be guessed.
const externalIDLength = 40

// NewExternalID makes an external id: one an installation, kept as long as it lives. It
// is no password, but whoever does not know it cannot make Stint's role act for them.
func NewExternalID() string {
	return (rand.Text() + rand.Text())[:externalIDLength]
}

var (
	twelveDigits = regexp.MustCompile(`^\d{12}$`)
	organization = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	instanceID   = regexp.MustCompile(`^arn:(aws[a-z-]*):sso:::instance/((?:sso)?ins-[a-zA-Z0-9.-]{16})$`)
	storeID      = regexp.MustCompile(`^(d-[0-9a-f]{10}|[0-9a-f-]{36})$`)
	principal    = regexp.MustCompile(`^arn:aws[a-z-]*:(iam|sts)::(\d{12}):[\w+=,.@:/-]+$`)
	regionName   = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-\d+$`)
	externalID   = regexp.MustCompile(`^[\w+=,.@:/-]{32,256}$`)
	tagText      = regexp.MustCompile(`^[\w .:/=+@-]{1,128}$`)
	groupID      = regexp.MustCompile(`^([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}$`)
	unitID       = regexp.MustCompile(`^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)
	iamName      = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	queueName    = regexp.MustCompile(`^[\w-]{1,80}$`)
)

// Complete fills the defaults and refuses, with code Invalid, what cannot be right,
// naming all of it at once.
func (in Installation) Complete() (Installation, error) {
	var wrong []string
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	need := func(what, value string, form *regexp.Regexp, where string) {
		switch {
		case value == "":
			add("%s is missing (%s)", what, where)
		case !form.MatchString(value):
			add("%s %q does not look like one (%s)", what, value, where)
		}
	}
	in.fillDefaults()
	need("the account", in.Account, twelveDigits, "the twelve digits of the account that holds Stint's role")
	need("the management account", in.Management, twelveDigits, "MasterAccountId of `aws organizations describe-organization`")
	need("the organization", in.Organization, organization, "Id of `aws organizations describe-organization`")
	need("the instance", in.InstanceARN, instanceID, "InstanceArn of `aws sso-admin list-instances`")
	need("the identity store", in.IdentityStoreID, storeID, "IdentityStoreId of `aws sso-admin list-instances`")
	need("the external id", in.ExternalID, externalID, "at least 32 characters; leave it out to have one made")
	need("the principal", in.Principal, principal, "the ARN of the role or user that Stint runs as")
	need("the tag key", in.TagKey, tagText, "the tag of permission sets that may be granted")
	need("the tag value", in.TagValue, tagText, "the tag of permission sets that may be granted")
	need("the role name", in.RoleName, iamName, "letters, digits and +=,.@-_")
	need("the reader role name", in.ReaderRoleName, iamName, "letters, digits and +=,.@-_")
	need("the queue name", in.QueueName, queueName, "letters, digits, - and _")
	if m := instanceID.FindStringSubmatch(in.InstanceARN); m != nil && m[1] != in.Partition {
		add("the partition %q is not that of the instance %s", in.Partition, in.InstanceARN)
	}
	if !slices.Contains([]string{"aws", "aws-us-gov", "aws-cn"}, in.Partition) {
		add("the partition %q is not aws, aws-us-gov or aws-cn", in.Partition)
	}
	for _, id := range append(slices.Clone(in.Accounts), in.DeniedAccounts...) {
		if !twelveDigits.MatchString(id) {
			add("%q is not an account id (twelve digits)", id)
		}
	}
	for _, id := range in.Groups {
		if !groupID.MatchString(id) {
			add("%q is not a group id (`aws identitystore list-groups`)", id)
		}
	}
	if in.Has(Groups) != (len(in.Groups) > 0) {
		add("the feature %s goes with the ids of the groups whose membership may be granted, and the other way round", Groups)
	}
	if in.AnchorGroup != "" && !groupID.MatchString(in.AnchorGroup) {
		add("the anchor group %q is not a group id (`aws identitystore list-groups`)", in.AnchorGroup)
	}
	if in.Has(Anchors) != (in.AnchorGroup != "") {
		add("the feature %s goes with the id of the anchor group, and the other way round", Anchors)
	}
	if in.AnchorGroup != "" && slices.Contains(in.Groups, in.AnchorGroup) {
		add("membership of the anchor group %s must not be granted: whoever is in it has every role that it keeps", in.AnchorGroup)
	}
	for _, id := range in.Units {
		if !unitID.MatchString(id) {
			add("%q is neither an organizational unit nor a root (`aws organizations list-roots`)", id)
		}
	}
	if in.Has(IAMRoles) != (len(in.Units) > 0) {
		add("the feature %s goes with the organizational units (or the root) whose accounts get the reader role, and the other way round", IAMRoles)
	}
	if in.Has(Events) && !regionName.MatchString(in.Region) {
		add("the feature %s needs Identity Center's region", Events)
	}
	for _, f := range in.Features {
		if !slices.Contains(Optional(), f) {
			add("%q is no feature; there are %v", f, Optional())
		}
	}
	if len(wrong) > 0 {
		return Installation{}, fault.New(fault.Invalid, "trust.Complete", "The AWS setup is not complete: "+strings.Join(wrong, "; ")+".",
			"Give or mend these, and run it again.")
	}
	return in, nil
}

func (in *Installation) fillDefaults() {
	or := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	if m := instanceID.FindStringSubmatch(in.InstanceARN); m != nil {
		or(&in.Partition, m[1])
	}
	or(&in.Partition, "aws")
	or(&in.Management, in.Account)
	or(&in.Principal, "arn:"+in.Partition+":iam::"+in.Account+":root")
	or(&in.TagKey, DefaultTagKey)
	or(&in.TagValue, DefaultTagValue)
	or(&in.RoleName, DefaultRoleName)
	or(&in.ReaderRoleName, DefaultReaderRole)
	or(&in.QueueName, DefaultQueueName)
	denied := append([]string{in.Management, in.Account}, in.DeniedAccounts...)
	if m := principal.FindStringSubmatch(in.Principal); m != nil {
		denied = append(denied, m[2])
	}
	slices.Sort(denied)
	in.DeniedAccounts = slices.Compact(denied)
}

// Has reports whether an optional feature is used.
func (in *Installation) Has(f Feature) bool { return slices.Contains(in.Features, f) }

// Instance is the id in the instance's ARN.
func (in *Installation) Instance() string {
	return in.InstanceARN[strings.LastIndexByte(in.InstanceARN, '/')+1:]
}

// RoleARN is the connector's role, which is what STINT_AWS_ROLE_ARN is set to.
func (in *Installation) RoleARN() string {
	return "arn:" + in.Partition + ":iam::" + in.Account + ":role/" + in.RoleName
}
