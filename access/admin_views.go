package access

import (
	"time"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// RevisionSummary is a revision without its Spec, for lists.
type RevisionSummary struct {
	ID         RevisionID
	Version    uint64
	State      RevisionState
	Number     uint64 // 0 before it came into force
	BaseNumber uint64 // the Number that it was edited from; 0 for none
	Restores   uint64
	Author     Actor
	Reason     string
	At         time.Time // of its state: last edit, proposal, in force
	DecidedBy  Actor
	Note       string
	Changes    int // how many differences to what it was edited from
}

// RevisionView is a revision with what it changes.
type RevisionView struct {
	RevisionSummary
	Spec    policy.Spec
	Changes []policy.Change // to the one that it was edited from
	// MayDecide is set when this admin may approve or refuse it: proposed, and by another.
	MayDecide bool
	// Impact and Ends are what it would do now; only while it is proposed.
	// At most 20 grants are listed; EndsTotal is how many there are.
	Impact    *policy.Impact
	Ends      []GrantView
	EndsTotal int
}

// DraftView is an admin's draft as it is now.
type DraftView struct {
	Revision Revision
	// Problems are what Compile says of it; those that are no warning keep it from being applied.
	Problems []policy.Problem
	// Rules are the draft's, by today's catalog; zero reaches while it does not compile.
	Rules []RuleView
	// Stale says that another revision came into force since the draft was begun.
	Stale *RevisionSummary
}

// DraftReview is what an admin sees before a draft is applied.
type DraftReview struct {
	Draft   DraftView
	Changes []policy.Change // to what is in force
	Impact  policy.Impact
	// Warnings are rules that can never decide and steps that cannot be met.
	Warnings []policy.Problem
	// Ends are live and scheduled grants that the draft would end: an explicit deny hits them.
	// At most 20 are listed; EndsTotal is how many there are, EndsLive how many of these are
	// live: more than five are ended only when ApplyDraft is told so.
	Ends                []GrantView
	EndsTotal, EndsLive int
	// Touched are pending requests that would be withdrawn or need other approvals.
	// At most 20 are listed.
	Touched      []TouchedRequest
	TouchedTotal int
	// NeedsSecond says that another admin must approve it. Alone is set when there is none.
	NeedsSecond, Alone bool
	// LosesAdmins is set when nobody, or not this admin, would be an admin afterwards.
	LosesAdmins bool
}

// TouchedRequest is a pending request that a change of policy touches.
type TouchedRequest struct {
	Request RequestView
	What    string // "would be withdrawn: …", "would also need 1 of security"
}

// SetupInput is the one form of the first run.
type SetupInput struct {
	AllAccounts bool
	OUs         []string // when not all: "/Production"
	Roles       []string // names or globs; empty: all
	Requesters  policy.People
	Everyone    bool // whoever is in Identity Center may request
	MaxDuration time.Duration
	Channel     identity.ChannelID
	Approvers   policy.People
	// EmailDomains identify people; empty: the domain of this admin's own address.
	EmailDomains []string
	TimeZone     string
}

// ExplainInput is a question to the policy.
type ExplainInput struct {
	Person    catalog.PersonID // "": who asks the question
	Account   catalog.AccountID
	Role      catalog.RoleARN
	Group     catalog.GroupID // instead of Account and Role
	Duration  time.Duration   // 0: none in particular
	Emergency bool
	Draft     bool // by this admin's draft instead of what is in force
}

// ExplainView is the answer.
type ExplainView struct {
	Person      Human
	Item        ItemView
	Duration    time.Duration
	Explanation policy.Explanation
	// Number is that of the policy that was asked; 0 for a draft or a policy file.
	Number uint64
	// Problem is why it cannot be asked for although a rule decides: too long, a step that
	// cannot be met, an account that cannot be granted; "" when it can.
	Problem   string
	Approvers []Human
	At        time.Time
}

// SimulationView is what a draft would have decided differently.
type SimulationView struct {
	Impact      policy.Impact // today's whole catalog
	Since       time.Time
	Requests    int // looked at
	Differences []SimulatedRequest
	// Left is how many differences are not in Differences.
	Left int
}

// ExampleView is an example of an impact, with its names.
type ExampleView struct {
	Person        Human
	Item          ItemView
	Before, After string // the rules that decide; "" for none
}

// SimulatedRequest is a request of the past that a draft decides differently.
type SimulatedRequest struct {
	Request RequestView
	What    string
	Harder  bool
}

// Pause holds all new grants. Removal goes on.
type Pause struct {
	By     Actor     `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// EndScope is whose access is ended at once: a person's, an account's, all, or what waits
// for an admin's word. Exactly one is given.
type EndScope struct {
	Person  catalog.PersonID  `json:"person,omitempty"`
	Account catalog.AccountID `json:"account,omitempty"`
	All     bool              `json:"all,omitempty"`
	// Held is what today's policy or directory would end, when that is so much that it waits.
	Held bool `json:"held,omitempty"`
}

// EndOrder is an admin's word that all access in a scope ends. It is stored before the
// first grant is ended, and a restart goes on with it.
type EndOrder struct {
	ID     string    `json:"id"`
	Scope  EndScope  `json:"scope"`
	By     Actor     `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Total  int       `json:"total"` // grants in the scope when it was given
	Ended  int       `json:"ended"` // grants ended so far by it
	DoneAt time.Time `json:"done_at,omitzero"`
	// Policy is the version that decides what Held ends; another one ends nothing more.
	Policy string `json:"policy,omitempty"`
	// Withdrawn counts the pending requests in the scope that it withdrew.
	Withdrawn int `json:"withdrawn"`
}

// EndOrderView is an EndOrder with what AWS still holds of it.
type EndOrderView struct {
	Order    EndOrder
	Name     string      // "Alice Example", "prod-billing", "all live access"
	Removing int         // ended, and AWS has not confirmed the removal yet
	Stuck    []GrantView // AWS refuses the removal; at most 20
}

// PeopleQuery selects links for the admins' list.
type PeopleQuery struct {
	State identity.LinkState // "": all
	Text  string             // in name, e-mail, id
	Page  int                // from 0
}

// PeopleView is a page of who is who.
type PeopleView struct {
	Links  []LinkView
	Total  int
	Page   int
	Pages  int
	Counts map[identity.LinkState]int // of all, before State and Text
}

// LinkView is a Link with its names.
type LinkView struct {
	identity.Link
	PersonName  string
	PersonEmail string
}

// ChoiceKind says what an admin chooses from.
type ChoiceKind string

// The kinds. What is chosen goes by Value into a policy.Spec.
const (
	ChooseAccount   ChoiceKind = "account"    // value: account id
	ChooseOU        ChoiceKind = "ou"         // value: OU path
	ChooseTag       ChoiceKind = "tag"        // value: "key=value"
	ChooseRole      ChoiceKind = "role"       // value: role name
	ChooseRoleARN   ChoiceKind = "role_arn"   // value: role ARN
	ChoosePerson    ChoiceKind = "person"     // value: e-mail address
	ChoosePersonID  ChoiceKind = "person_id"  // value: person id
	ChooseUserGroup ChoiceKind = "user_group" // value: handle
	ChooseGroup     ChoiceKind = "group"      // value: display name
	ChooseChannel   ChoiceKind = "channel"    // value: name; public ones too, Detail says so
)

// Choice is one entry of a searchable select.
type Choice struct {
	Value  string
	Label  string
	Detail string // "111111111111 · /Production", "42 members"; "" for none
}

// Choices are the entries that fit what was typed.
type Choices struct {
	Choices []Choice
	Total   int
}
