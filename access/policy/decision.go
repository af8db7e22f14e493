package policy

import (
	"time"

	"stint/access/catalog"
)

// Truth is the three-valued answer of a condition. An allow rule matches only on
// True; a deny rule matches on True and on Unknown.
type Truth int

// The three answers. The zero value is Unknown, so that forgetting to decide fails closed.
const (
	Unknown Truth = iota
	False
	True
)

// Query is one question to the policy: may Receiver hold Role in Account, or membership in
// Group where that is given, asked by Asker?
type Query struct {
	Asker     catalog.PersonID // who asks; the same as Receiver unless on behalf
	Receiver  catalog.PersonID // who would hold the access
	Account   catalog.AccountID
	Role      catalog.RoleARN
	Group     catalog.GroupID // instead of Account and Role
	At        time.Time
	Emergency bool
	Ticket    string // the ticket given, for conditions; "" for none
	// AnyAge takes what a group brings for known however long ago it was read: for questions
	// about the policy, which grant nothing.
	AnyAge bool
}

// Outcome is the answer of the policy as a whole.
type Outcome string

// The outcomes. The zero value "" is no outcome and allows nothing.
const (
	Allowed        Outcome = "allowed"         // Terms say on which terms
	Denied         Outcome = "denied"          // a deny rule matches; nothing overrides it
	NotRequestable Outcome = "not_requestable" // no rule allows it
)

// Passed says why a rule that stands before the deciding one, or any rule when none
// decides, did not decide.
type Passed struct {
	Rule string `json:"rule"`
	Why  string `json:"why"` // for people: "you are not among its requesters"
}

// Decision is what the policy says to a Query, with its reasons.
type Decision struct {
	Outcome       Outcome  `json:"outcome"`
	Rule          string   `json:"rule,omitempty"` // the deciding rule; "" when none
	PolicyVersion string   `json:"policy_version"`
	Why           string   `json:"why"` // one sentence for people
	Terms         Terms    `json:"terms,omitzero"`
	Passed        []Passed `json:"passed,omitempty"`
	// Certain is false when a deny matched only because something was Unknown, and when no
	// rule allows it but one might if more were known. A live grant ends by policy only on
	// a deny that is certain.
	Certain bool `json:"certain"`
}

// Step is one place or several places of an approval, each to be taken by a distinct person.
type Step struct {
	From  []string `json:"from"`  // names of people sets
	Count int      `json:"count"` // how many of them, at least 1
}

// ReasonTerms say what a reason must look like.
type ReasonTerms struct {
	Pattern   string `json:"pattern,omitempty"` // RE2, searched in the reason; "" for any
	Hint      string `json:"hint,omitempty"`    // what the pattern wants, for people: "incident number"
	MinLength int    `json:"min_length"`        // in characters after trimming; at least 1
}

// Terms are what a deciding rule asks for and allows. They are frozen in the request.
type Terms struct {
	Rule          string          `json:"rule"`
	PolicyVersion string          `json:"policy_version"`
	Automatic     bool            `json:"automatic,omitempty"` // no approval needed; Steps is empty
	Emergency     bool            `json:"emergency,omitempty"`
	Steps         []Step          `json:"steps,omitempty"`
	InOrder       bool            `json:"in_order,omitempty"`
	Durations     []time.Duration `json:"durations"` // presets, ascending, none above MaxDuration
	MaxDuration   time.Duration   `json:"max_duration"`
	MaxContinuous time.Duration   `json:"max_continuous"`
	RequestTTL    time.Duration   `json:"request_ttl"` // a pending request lapses after it
	Reason        ReasonTerms     `json:"reason"`
	Channel       string          `json:"channel"`              // Slack channel id where the card goes
	Ticket        *TicketTerms    `json:"ticket,omitempty"`     // nil: no ticket is asked for
	Escalation    *Escalation     `json:"escalation,omitempty"` // nil: it waits for its steps alone
	// What an emergency brings with it; zero without one.
	PerDay        int           `json:"per_day,omitempty"` // uses a person and day; 0 for no limit
	Notify        string        `json:"notify,omitempty"`  // Slack channel id that is told
	DebriefBy     []string      `json:"debrief_by,omitempty"`
	DebriefWithin time.Duration `json:"debrief_within,omitempty"` // 0: no debrief
}

// TicketTerms say what a ticket must look like, and whether it is checked.
type TicketTerms struct {
	Pattern  string `json:"pattern,omitempty"` // RE2, the whole ticket; "" for any
	Hint     string `json:"hint,omitempty"`    // what it wants, for people: "incident number"
	Optional bool   `json:"optional,omitempty"`
	Check    bool   `json:"check,omitempty"` // asked of the ticket service before anything is posted or granted
}

// Escalation says who may decide too when nobody has for a time.
type Escalation struct {
	After   time.Duration `json:"after"`             // after the card was posted
	To      []string      `json:"to,omitempty"`      // names of people sets that then count in every step
	Channel string        `json:"channel,omitempty"` // Slack channel id that gets the card too
}

// SourceKind is where the members of a people set come from.
type SourceKind string

// The sources. Ids, not names: names were resolved when the policy was loaded.
const (
	SourcePerson    SourceKind = "person"     // ID is a catalog.PersonID
	SourceUserGroup SourceKind = "user_group" // ID is a Slack user group id
	SourceGroup     SourceKind = "group"      // ID is an Identity Center group id
	SourceChannel   SourceKind = "channel"    // ID is a private Slack channel id
	SourceOnCall    SourceKind = "on_call"    // ID is "pagerduty/" or "opsgenie/" and a schedule
)

// Source is one origin of members.
type Source struct {
	Kind SourceKind `json:"kind"`
	ID   string     `json:"id"`
}

// Facts is what an evaluation may know of people, read before and not changing
// during it. Membership that could not be read is Unknown, never False.
type Facts interface {
	// In says whether the person is a member of the source.
	In(s Source, p catalog.PersonID) Truth
	// Members lists the persons of a source and reports whether the list is known.
	Members(s Source) (people []catalog.PersonID, known bool)
}

// Vote is one approving person, in the order in which they voted.
type Vote struct {
	Person catalog.PersonID
	At     time.Time
}

// StepProgress is how far one step is.
type StepProgress struct {
	Step    Step
	Taken   []catalog.PersonID // who fills its places in the best matching
	Missing int                // places still open
}

// Progress is how far an approval is, by the best one-to-one matching of votes to places.
type Progress struct {
	Complete bool
	Steps    []StepProgress
}
