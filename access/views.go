package access

import (
	"time"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// Human is a person as messages name them.
type Human struct {
	Person catalog.PersonID
	Slack  identity.SlackUserID // "" when no Slack user is bound yet
	Name   string
	For    string // the name of the approver for whom they stand in; "" for themself
}

func (h Human) actor() Actor { return Actor{Person: h.Person, Slack: h.Slack, Name: h.Name} }

// Submission is a filled form.
type Submission struct {
	FormKey string // the same for the same form sent again: user + view id + state
	User    identity.SlackUserID
	For     identity.SlackUserID // who receives it; "" or User: who asks
	// Entitlements are what is asked for, at most MaxEntitlements, each once. Those that one
	// rule decides under the same terms become one request; the requests of a form are tied.
	Entitlements []Entitlement
	Duration     time.Duration
	Reason       string
	StartAt      time.Time // zero: once approved
	Ticket       string
	Link         string // of the message that it was asked from
	Emergency    bool
	Extends      GrantID // the live grant that it prolongs
}

// ReviewInput is one press of Approve or Deny.
type ReviewInput struct {
	Request RequestID
	User    identity.SlackUserID
	Verdict Verdict
	Comment string
	// Duration and StartAt narrow what an approval gives: shorter, later; zero as it is.
	Duration time.Duration
	StartAt  time.Time
}

// RequestView is a request with what is needed to show it.
type RequestView struct {
	Request Request
	Items   []ItemView // one an entitlement
	Grants  []GrantView
	// Approvers may still decide it; Progress is how far it is. Only while pending.
	Approvers []Human
	Progress  policy.Progress
	// Later could decide it once it escalates, where only that completes it; nil otherwise.
	Later []Human
	// Deciders are all whom the terms of a tied request name; only in a card's view.
	Deciders []Human
	// Lost are the entitlements of Request.Dropped, in that order.
	Lost []ItemView
	// PolicyGone is set when today's policy would no longer allow it.
	PolicyGone string
	// Debriefers may look back at it, while its debrief is open.
	Debriefers []Human
	// Prolongs is the live access that a pending extension would prolong, and until when at the
	// latest; nil for other requests, and when that has ended.
	Prolongs *Prolongs
}

// Prolongs is what a pending extension is about.
type Prolongs struct {
	Since time.Time // without a break
	Until time.Time // as it is
	Then  time.Time // if it is approved as it was asked for
}

// ItemView is an entitlement with its names.
type ItemView struct {
	Entitlement Entitlement
	Account     catalog.Account // with only the ID when it left the catalog
	Role        catalog.Role    // with only the ARN when it left the catalog
	// Group is what membership is in, where the entitlement is that; Account is zero then, and
	// Role has only the longest session of what the group brings. Brings are the first 30 of its roles in accounts, by account; Group.Brings has all.
	Group  catalog.Group
	Brings []ItemView
}

// Phase is what people see of a grant: derived from grant and assignment, never stored.
type Phase string

// The phases.
const (
	PhaseScheduled Phase = "scheduled" // waits for its start
	PhaseStarting  Phase = "starting"  // live, AWS is not done yet
	PhaseActive    Phase = "active"    // live and present in AWS
	PhaseEnding    Phase = "ending"    // ended, AWS has not confirmed the removal yet
	PhaseEnded     Phase = "ended"     // ended and gone, or never there
)

// GrantView is a grant with what is needed to show it.
type GrantView struct {
	Grant      Grant
	Request    Request
	Item       ItemView
	Phase      Phase
	Assignment Assignment
	// Remaining names other live grants of the holder that still open the same account; of a
	// group, an account in which it brings a role.
	Remaining []ItemView
	Instance  catalog.Instance // for the portal link and CLI lines
	// Until is when live access of the same key ends at the latest, over all its grants; zero
	// when none is live.
	Until time.Time
	// Prolonged says that it came to its end and that live access of the key goes on from there.
	Prolonged bool
	// Extension is the pending request that would prolong it; "" for none.
	Extension RequestID
	// Wait is, while it is starting, how long other work goes first, by estimate; 0 when that
	// is no more than a moment.
	Wait time.Duration
}

// HomeView is what the Home tab shows.
type HomeView struct {
	Human   Human
	Admin   bool
	Active  []GrantView   // scheduled, starting, active, ending
	Pending []RequestView // asked by this person
	Waiting []RequestView // this person may decide them, oldest first
	// Debriefs are emergencies that this person is to look back at, oldest first.
	Debriefs []RequestView
	Recent   []GrantView // ended lately, newest first, at most 5
	// Favourites are what this person marked; Approver says that they may see who has access.
	Favourites []ItemView
	Approver   bool
	// Delegations are those by or to this person, in force.
	Delegations []Delegation
	// Contested are, for admins, the newest grants that somebody else gave in AWS too, at most 3
	// of ContestedCount.
	Contested      []GrantView
	ContestedCount int
}

// Check is one line of health.
type Check struct {
	Name   string // "Slack", "AWS", "Policy", "Store", "Messages", "Clock"
	OK     bool
	Detail string // what is, in words
	Hint   string // the next step when not OK
	Since  time.Time
}

// RuleView is a rule with what it matches today.
type RuleView struct {
	policy.RuleSummary
	policy.RuleReach
	Off bool
}

// ConfigView is what /jit-config shows to admins.
type ConfigView struct {
	Human         Human
	Checks        []Check
	CatalogAsOf   time.Time
	Syncing       bool
	Progress      SyncProgress
	LastSyncError string
	Accounts      int
	Roles         int
	People        int
	Groups        int
	PolicyVersion string
	PolicyFile    string
	PolicyAt      time.Time
	PolicyProblem string // why the newest file was refused and the old policy stays; "" when none
	Rules         []RuleView
	Live          []GrantView // live and ending, soonest end first
	Pending       int
	Backlog       int // AWS work waiting or running
	// Queue is what waits for its turn at AWS; nil when that is not known.
	Queue       *Backlog
	Stuck       int
	Undelivered int // notices waiting

	// Editable says that the policy is edited in Slack; else PolicyFile says where it lives.
	Editable bool
	// Settings are those in force; zero when no policy is.
	Settings policy.SettingsSpec
	// Bootstrap are the admins that the configuration names, whatever the policy says.
	Bootstrap []Human
	// FirstRun is set when the policy is edited in Slack and none was ever in force.
	FirstRun bool
	InForce  *RevisionSummary // nil when FirstRun, and when the policy is a file
	Draft    *RevisionSummary // this admin's own, nil when none
	Proposed []RevisionSummary
	Paused   *Pause     // nil when not paused
	Endings  []EndOrder // mass ends that run, and the last one that ran
	// Held counts the live grants that today's policy would end, and what people who left have
	// (grants, planned ones too, and requests), when that is so much that it waits for EndHeld;
	// 0 when nothing waits.
	Held int
	// Loss is a sync that found so much gone that it waits for AcceptLoss; nil when none does.
	Loss     *CatalogLoss
	Debriefs int // emergencies at which nobody has looked back yet
	Overdue  int // of these
	Drift    DriftSummary
	Troubles int // links that are unlinked, ambiguous or changed
}
