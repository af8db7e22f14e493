package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Spec is the policy as people write it: plain data, in names. Its JSON has the shape
// of the YAML file.
type Spec struct {
	Settings SettingsSpec      `json:"settings,omitzero"`
	Channels []ChannelSpec     `json:"channels,omitempty"` // the first whose accounts match
	People   map[string]People `json:"people,omitempty"`   // named sets
	Rules    []RuleSpec        `json:"rules"`
	Expect   []Expectation     `json:"expect,omitempty"` // tests of the policy; they decide nothing
}

// SettingsSpec holds what is not about one rule. A rule may override the last five.
type SettingsSpec struct {
	Admins       People   `json:"admins,omitzero"`
	EmailDomains []string `json:"email_domains,omitempty"`
	TimeZone     string   `json:"time_zone,omitempty"` // IANA name; "" means UTC

	Durations     []Duration `json:"durations,omitempty"`     // default 30m, 1h, 4h
	MaxDuration   Duration   `json:"max_duration,omitzero"`   // default 8h
	MaxContinuous Duration   `json:"max_continuous,omitzero"` // default 24h, at least MaxDuration
	RequestTTL    Duration   `json:"request_ttl,omitzero"`    // default 8h
	Channel       string     `json:"channel,omitempty"`       // Slack channel name without #

	// SecondAdmin makes every change of a policy that is edited in Slack wait for another admin.
	SecondAdmin     bool     `json:"second_admin,omitempty"`
	RemindAfter     Duration `json:"remind_after,omitzero"`      // a pending request's first reminder; default 30m
	RemindBeforeEnd Duration `json:"remind_before_end,omitzero"` // before access ends; default 15m
}

// ChannelSpec sends the cards of some accounts to another channel.
type ChannelSpec struct {
	Accounts Accounts `json:"accounts,omitzero"`
	Channel  string   `json:"channel"`
}

// People is a set of people: the union of everything that it names.
type People struct {
	Users                []string `json:"users,omitempty"`                  // e-mail addresses
	SlackUserGroups      []string `json:"slack_usergroups,omitempty"`       // handles without @
	IdentityCenterGroups []string `json:"identity_center_groups,omitempty"` // display names
	SlackChannels        []string `json:"slack_channels,omitempty"`         // private ones, names without #

	OnCall OnCallSpec `json:"on_call,omitzero"` // who is on call now
}

// OnCallSpec is who is on call now under one schedule of one product.
type OnCallSpec struct {
	PagerDuty string `json:"pagerduty,omitempty"` // id of a schedule
	Opsgenie  string `json:"opsgenie,omitempty"`  // id or name of a schedule
	// Fallback is the people set that counts while nobody is on call, and beside who was on
	// call last while the product cannot be asked.
	Fallback string `json:"fallback,omitempty"`
}

// IsZero reports whether it names nobody.
func (p People) IsZero() bool {
	return len(p.Users)+len(p.SlackUserGroups)+len(p.IdentityCenterGroups)+len(p.SlackChannels) == 0 && p.OnCall == OnCallSpec{}
}

// RuleSpec is one rule: about Roles in Accounts, about membership in Groups, or about both.
// Of a deny only Name, Deny, Accounts, Roles, Groups, Requesters and When have a meaning;
// missing selectors mean any there, except that one with Groups alone is about groups alone.
type RuleSpec struct {
	Name       string   `json:"name"`
	Off        bool     `json:"off,omitempty"` // kept, and decides nothing
	Deny       bool     `json:"deny,omitempty"`
	Accounts   Accounts `json:"accounts,omitzero"`
	Roles      List     `json:"roles,omitzero"`      // globs or names of permission sets
	Groups     List     `json:"groups,omitzero"`     // globs or names of Identity Center groups: membership in them
	Requesters List     `json:"requesters,omitzero"` // names of people sets: who may hold it
	OnBehalf   List     `json:"on_behalf,omitzero"`  // names of people sets: who may ask for a requester
	When       string   `json:"when,omitempty"`      // CEL over what conditionNames lists

	Durations     []Duration `json:"durations,omitempty"`
	MaxDuration   Duration   `json:"max_duration,omitzero"`
	MaxContinuous Duration   `json:"max_continuous,omitzero"`
	RequestTTL    Duration   `json:"request_ttl,omitzero"`
	Channel       string     `json:"channel,omitempty"`

	Reason    ReasonSpec     `json:"reason,omitzero"`
	Ticket    *TicketSpec    `json:"ticket,omitempty"`
	Approval  ApprovalSpec   `json:"approval,omitzero"`
	InOrder   bool           `json:"in_order,omitempty"` // a step begins when the one before it is complete
	Escalate  *EscalateSpec  `json:"escalate,omitempty"`
	Emergency *EmergencySpec `json:"emergency,omitempty"`
}

// ReasonSpec says what a reason must look like.
type ReasonSpec struct {
	Pattern   string `json:"pattern,omitempty"`    // RE2, searched in the reason
	Hint      string `json:"hint,omitempty"`       // what the pattern wants, for people
	MinLength int    `json:"min_length,omitempty"` // in characters; default 1
}

// EscalateSpec says who may decide too when nobody has for a time.
type EscalateSpec struct {
	After   Duration `json:"after,omitzero"`    // after the card was posted
	To      []string `json:"to,omitempty"`      // names of people sets that then count in every step
	Channel string   `json:"channel,omitempty"` // Slack channel name that gets the card too
}

// TicketSpec asks for a ticket beside the reason; not in an emergency.
type TicketSpec struct {
	Pattern  string `json:"pattern,omitempty"`  // RE2, the whole ticket
	Hint     string `json:"hint,omitempty"`     // what it is, for people: "change number"
	Optional bool   `json:"optional,omitempty"` // it may be left out
	Check    bool   `json:"check,omitempty"`    // the ticket service is asked before anything is posted or granted
}

// EmergencySpec lets people in at once, on stricter terms, to be looked at afterwards.
type EmergencySpec struct {
	Requesters    List     `json:"requesters,omitzero"` // default: the rule's
	MaxDuration   Duration `json:"max_duration,omitzero"`
	MinReason     int      `json:"min_reason,omitempty"`    // characters
	PerDay        int      `json:"per_day,omitempty"`       // uses a person and day; 0 for no limit
	Notify        string   `json:"notify,omitempty"`        // Slack channel name
	DebriefBy     []string `json:"debrief_by,omitempty"`    // names of people sets
	DebriefWithin Duration `json:"debrief_within,omitzero"` // after its end; default 24h
}

// Version is a short hash of what the policy says; the order in which a file lists its
// people sets, its comments, its layout and its tests do not count.
func (s Spec) Version() string {
	s.Expect = nil
	if s.Rules == nil {
		s.Rules = []RuleSpec{}
	}
	data, err := json.Marshal(s)
	if err != nil {
		return "" // cannot happen: a Spec holds only strings, numbers and booleans
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}
