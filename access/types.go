package access

import (
	"time"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// RequestID, GrantID and NoticeID are ULIDs: opaque, unique, ordered by creation.
type (
	RequestID string
	GrantID   string
	NoticeID  string
)

// Actor is who did something: a person with their Slack user, or Stint itself.
type Actor struct {
	Person catalog.PersonID     `json:"person,omitempty"`
	Slack  identity.SlackUserID `json:"slack,omitempty"`
	Name   string               `json:"name,omitempty"` // for messages only
}

// System is the actor of what nobody pressed a button for.
var System = Actor{Name: "Stint"}

// RequestState is a state of a Request.
type RequestState string

// The states of a Request; only Pending has ways out.
const (
	Pending   RequestState = "pending"   // waits for its check, then for reviews
	Approved  RequestState = "approved"  // approvals complete; its grants were created in the same transaction
	Denied    RequestState = "denied"    // one reviewer said no
	Cancelled RequestState = "cancelled" // the requester took it back
	Lapsed    RequestState = "lapsed"    // nobody decided in time
	Withdrawn RequestState = "withdrawn" // policy or person changed, or it could not be checked within two minutes
)

// Request is one ask, for entitlements that one rule decides under one set of terms.
type Request struct {
	ID      RequestID    `json:"id"`
	Version uint64       `json:"version"` // grows by one with each stored change
	State   RequestState `json:"state"`
	// FormKey makes a form that is sent twice one request.
	FormKey string `json:"form_key"`
	// Tied are the requests of one form, this one included, in order; nil when it is alone.
	// Each is decided for itself.
	Tied []RequestID `json:"tied,omitempty"`
	// Card is the request on whose card it is shown: the first of those tied with it that go
	// to the same channel; "" is its own.
	Card         RequestID     `json:"card,omitempty"`
	Asker        Actor         `json:"asker"`
	Receiver     Actor         `json:"receiver"`
	Entitlements []Entitlement `json:"entitlements"`
	Duration     time.Duration `json:"duration"`
	Reason       string        `json:"reason"`
	Terms        policy.Terms  `json:"terms"` // frozen at submission
	SubmittedAt  time.Time     `json:"submitted_at"`
	// Dropped are entitlements that were asked for too and fell away while it was pending.
	Dropped []Dropped `json:"dropped,omitempty"`
	// StartAt is when the access is wanted from; zero: once it is approved. Its window does
	// not move: approved within it, the access ends when the window does.
	StartAt time.Time `json:"start_at,omitzero"`
	// Ticket is the ticket that was named, and TicketNote what the check said of it, for people.
	Ticket     string `json:"ticket,omitempty"`
	TicketNote string `json:"ticket_note,omitempty"`
	// Standing is set when it was withdrawn because AWS holds all of it already, without Stint.
	Standing bool `json:"standing,omitempty"`
	// Link is the message that it was asked from; "" for none.
	Link string `json:"link,omitempty"`
	// Extends is the live grant that it prolongs; "" for none.
	Extends GrantID `json:"extends,omitempty"`
	// Claim says who looks at it; nil: nobody said so.
	Claim *Claim `json:"claim,omitempty"`
	// EscalateAt is when it goes to those of Terms.Escalation too; EscalatedAt when it did.
	EscalateAt  time.Time `json:"escalate_at,omitzero"`
	EscalatedAt time.Time `json:"escalated_at,omitzero"`
	// Replies is what those who decide and those who asked said to one another.
	Replies []Reply `json:"replies,omitempty"`
	// FactsAt is when the oldest facts of Slack were read by which an emergency was granted
	// although Slack could not be asked; zero for all others.
	FactsAt time.Time `json:"facts_at,omitzero"`
	// Debrief is the look back at an emergency; nil when there is none to be.
	Debrief *Debrief `json:"debrief,omitempty"`
	// CheckedAt is when the live identity check passed; zero until then, and nothing is
	// posted or granted before.
	CheckedAt time.Time `json:"checked_at,omitzero"`
	// CheckAt is when an unchecked request is checked next.
	CheckAt time.Time `json:"check_at,omitzero"`
	// ReleasedAt is when a pause that held it was over; the time for its check counts from then.
	ReleasedAt time.Time `json:"released_at,omitzero"`
	// RemindAt is when those who can decide are reminded next; zero: not any more. Reminders
	// counts how often they were.
	RemindAt  time.Time `json:"remind_at,omitzero"`
	Reminders int       `json:"reminders,omitempty"`
	ExpiresAt time.Time `json:"expires_at"` // lapses then
	Reviews   []Review  `json:"reviews,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	// Outcome says for people why it ended as it did; "" while pending.
	Outcome string    `json:"outcome,omitempty"`
	Grants  []GrantID `json:"grants,omitempty"`
}

// Dropped is an entitlement that fell away from a request, and why, for people.
type Dropped struct {
	Entitlement
	Why string `json:"why"`
}

// Claim says who looks at a request, so that others need not.
type Claim struct {
	By   Actor     `json:"by"`
	From Actor     `json:"from,omitzero"` // who handed it over; zero when taken
	At   time.Time `json:"at"`
}

// Reply is something that was said about a request.
type Reply struct {
	By   Actor     `json:"by"`
	Text string    `json:"text"` // as typed
	At   time.Time `json:"at"`
}

// Debrief is the look back at an emergency: somebody named by the rule says whether it was
// justified.
type Debrief struct {
	Due time.Time `json:"due"`
	// RemindAt is when those who look back are reminded next; zero: not any more.
	RemindAt  time.Time `json:"remind_at,omitzero"`
	Reminders int       `json:"reminders,omitempty"`
	// OverdueAt is when the admins were told that it is overdue.
	OverdueAt time.Time `json:"overdue_at,omitzero"`
	// Justified, Note and By are the outcome, once ClosedAt is set.
	Justified bool      `json:"justified,omitempty"`
	Note      string    `json:"note,omitempty"`
	By        Actor     `json:"by,omitzero"`
	ClosedAt  time.Time `json:"closed_at,omitzero"`
}

// Open reports whether nobody has given its outcome yet.
func (d *Debrief) Open() bool { return d != nil && d.ClosedAt.IsZero() }

// Verdict is what a review says.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Deny    Verdict = "deny"
)

// Review is one person's verdict on a request.
type Review struct {
	By      Actor     `json:"by"`
	Verdict Verdict   `json:"verdict"`
	Comment string    `json:"comment,omitempty"` // why it was denied
	At      time.Time `json:"at"`
	// For is the approver for whom By stood in, as a delegate: the vote counts as theirs. Zero:
	// for nobody.
	For Actor `json:"for,omitzero"`
	// Duration and StartAt are what the reviewer narrowed it to; zero: nothing.
	Duration time.Duration `json:"duration,omitempty"`
	StartAt  time.Time     `json:"start_at,omitzero"`
}

// GrantState is a state of a Grant.
type GrantState string

// The states of a Grant; Ended is final.
const (
	Scheduled GrantState = "scheduled" // has its end, waits for its start and the check at the start
	Live      GrantState = "live"      // the person has the right; the worker makes AWS agree
	Ended     GrantState = "ended"     // for the reason in EndReason
)

// EndReason is why a grant ended.
type EndReason string

// The reasons.
const (
	EndExpired        EndReason = "expired"         // its end came
	EndEarly          EndReason = "ended_early"     // the holder or an admin ended it
	EndDenied         EndReason = "denied"          // an explicit deny of today's policy matches
	EndOffboarded     EndReason = "offboarded"      // the person is gone or disabled
	EndAlreadyHas     EndReason = "already_has"     // AWS holds it for this person without us; untouched
	EndRefused        EndReason = "refused"         // refused at the check at its start
	EndUnchecked      EndReason = "unchecked"       // the check at its start could not be made in time
	EndFailed         EndReason = "failed"          // AWS refused for good, or was not done in time
	EndRemovedOutside EndReason = "removed_outside" // somebody took it away in AWS
)

// Grant is the right: one person, one entitlement, a start and an end.
type Grant struct {
	ID       GrantID       `json:"id"`
	Version  uint64        `json:"version"`
	State    GrantState    `json:"state"`
	Request  RequestID     `json:"request"`
	Key      Key           `json:"key"`
	Holder   Actor         `json:"holder"`
	Start    time.Time     `json:"start"`
	Deadline time.Time     `json:"deadline"` // ends as failed or unchecked when not present in AWS by then
	Duration time.Duration `json:"duration"`
	// End is on disk before the access exists: approval + duration + start deadline,
	// moved once, earlier only, when AWS confirms. Never later.
	End time.Time `json:"end"`
	// Extends is the grant that it prolongs; "" for none.
	Extends GrantID `json:"extends,omitempty"`
	// ConfirmedAt is when AWS confirmed and End moved; zero until then.
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	// RetryAt is when the check at the start is tried again.
	RetryAt time.Time `json:"retry_at,omitzero"`
	// RemindAt is when the holder is told that it ends soon; zero: not yet known, or told.
	RemindAt  time.Time `json:"remind_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	EndReason EndReason `json:"end_reason,omitempty"`
	EndedBy   Actor     `json:"ended_by,omitzero"`
	EndNote   string    `json:"end_note,omitempty"` // for people, with the next step
	// EndOrder is the mass end that ended it; "" for none.
	EndOrder string `json:"end_order,omitempty"`
}

// AssignmentState is a state of an Assignment.
type AssignmentState string

// The states of an Assignment.
const (
	Absent   AssignmentState = "absent"   // nothing of ours in AWS
	Creating AssignmentState = "creating" // intent stored; a create may be on its way
	Present  AssignmentState = "present"  // AWS confirmed it
	Deleting AssignmentState = "deleting" // nobody wants it; until AWS proves it gone
)

// Assignment is what AWS holds for one key, as far as Stint knows.
type Assignment struct {
	Key     Key             `json:"key"`
	Version uint64          `json:"version"`
	State   AssignmentState `json:"state"`
	Foreign bool            `json:"foreign,omitempty"` // AWS holds it without us; never deleted
	Stuck   bool            `json:"stuck,omitempty"`   // deleting for more than five minutes: visible, alarmed
	// Contested is set when somebody else gave the same while AWS may hold it for us. It goes
	// at the end all the same: an assignment has no owner.
	Contested bool `json:"contested,omitempty"`
	// ContestedBy is who did, as AWS names them ("" where it does not say), and ContestedAt when.
	ContestedBy string    `json:"contested_by,omitempty"`
	ContestedAt time.Time `json:"contested_at,omitzero"`
	// LookedAt and IntentAt are the look of Absent → Creating and that transition.
	LookedAt time.Time `json:"looked_at,omitzero"`
	IntentAt time.Time `json:"intent_at,omitzero"`
	// SentAt is when the create that is running or succeeded was sent.
	SentAt time.Time `json:"sent_at,omitzero"`
	// Operation is AWS's id of the create or delete that is running; "" when none is known.
	Operation string `json:"operation,omitempty"`
	// Unsettled is set while a create whose outcome was lost may still land. Only the
	// look 20 minutes after the end clears it.
	Unsettled bool `json:"unsettled,omitempty"`
	// ConfirmedAt is when AWS confirmed the create.
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	// UnwantedAt is when it was found to be wanted no more; late looks count from it.
	UnwantedAt time.Time `json:"unwanted_at,omitzero"`
	// DeleteSent is set from the moment a delete may have been sent until it is known to be refused.
	DeleteSent bool `json:"delete_sent,omitempty"`
	// FirstDeleteAt is the first delete call of this Deleting.
	FirstDeleteAt time.Time `json:"first_delete_at,omitzero"`
	// LateLooks counts the looks made 1, 6 and 20 minutes after the end.
	LateLooks int `json:"late_looks,omitempty"`
	// GoneAt is when our own delete was proven; no look is believed for 60 s after it.
	GoneAt time.Time `json:"gone_at,omitzero"`
	// DeleteLostAt is when the answer to a delete of ours was lost last: it may still land.
	DeleteLostAt time.Time `json:"delete_lost_at,omitzero"`
	// MissingAt is the first of two looks that did not find a Present assignment.
	MissingAt time.Time `json:"missing_at,omitzero"`
	// Restored is set once a Present was created again after a late delete of our own.
	Restored bool `json:"restored,omitempty"`
	// Attempts counts the failed calls of this state, for the backoff.
	Attempts int `json:"attempts,omitempty"`
	// NextAt is when the worker looks at it next; zero: only when wanted changes.
	NextAt time.Time `json:"next_at,omitzero"`
	// LastError is the newest failure, for operators and for "why does it take so long".
	LastError string `json:"last_error,omitempty"`
}
