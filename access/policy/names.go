package policy

import "stint/access/catalog"

// Names resolves what people write to ids, from what is known of the organization and
// of the workspace now. Suggestions are names that somebody may have meant, best first.
type Names interface {
	PersonByEmail(email string) (catalog.PersonID, bool)
	GroupByName(name string) (id catalog.GroupID, ok bool, suggestions []string)
	UserGroupByHandle(handle string) (id string, ok bool, suggestions []string)
	ChannelByName(name string) (info ChannelInfo, ok bool, suggestions []string)
	// Accounts and Roles are the organization as last read; empty when it never was. They
	// only serve to warn of selectors that match nothing.
	Accounts() []catalog.Account
	Roles() []catalog.Role
	// Groups are the Identity Center groups as last read, likewise.
	Groups() []catalog.Group
}

// ChannelInfo is what a policy must know of a Slack channel.
type ChannelInfo struct {
	ID       string
	Private  bool
	Shared   bool // with another organization
	Archived bool
	Joined   bool // Stint is a member
}

// Bindings say which id a name meant when a policy was loaded: "user_group:sre" → "S0123".
// They are stored, so that a name that later means another id is found.
type Bindings map[string]string
