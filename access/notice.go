package access

import (
	"time"

	"stint/access/identity"
)

// NoticeKind says what a notice is about; the notifier renders it from the records as
// they are at delivery.
type NoticeKind string

// The kinds. "Surface" notices show a record's newest state in one message that is
// edited in place, so only the newest of a key need be delivered: the latest state wins,
// and however many were stored while Slack was slow or away, one edit is sent. "Story"
// notices are said once each, those of a key in order; a surface never waits for a story.
// What several grants of one request have to tell is put together before it is stored
// (together.go).
const (
	// NoticeCard is the approval card of a request, in Terms.Channel and, for
	// approvers outside that channel, in direct messages (surface).
	NoticeCard NoticeKind = "card"
	// NoticeThread is one line of story in the thread of a card; Event says which (story).
	NoticeThread NoticeKind = "thread"
	// NoticeAsker is the requester's own message, one for all that a form asked for (surface).
	NoticeAsker NoticeKind = "asker"
	// NoticeReceiver is the message of a person for whom somebody else asked (surface).
	NoticeReceiver NoticeKind = "receiver"
	// NoticeGrant is the holder's message about a grant: active, ended. It is about all grants
	// of Request when Grant is "" (surface).
	NoticeGrant NoticeKind = "grant"
	// NoticeTell is a direct message said once to the holder: ended, failed, with the next step (story).
	NoticeTell NoticeKind = "tell"
	// NoticeHome refreshes one person's Home tab (surface).
	NoticeHome NoticeKind = "home"
	// NoticeDebrief is what asks for the look back at an emergency: in the thread of its card,
	// and in a direct message to each who may (surface).
	NoticeDebrief NoticeKind = "debrief"
	// NoticeRevision is the card of a proposed change of policy, a copy to each other admin
	// (surface).
	NoticeRevision NoticeKind = "revision"
	// NoticeChannel tells the policy's default channel what concerns everybody: a pause and
	// its end (story).
	NoticeChannel NoticeKind = "channel"
	// NoticeAdmins tells the admins something they must know; Text says what (story).
	NoticeAdmins NoticeKind = "admins"
)

// Surface reports whether a newer notice of the same key replaces an older one.
func (k NoticeKind) Surface() bool {
	switch k {
	case NoticeCard, NoticeAsker, NoticeReceiver, NoticeGrant, NoticeHome, NoticeDebrief, NoticeRevision:
		return true
	}
	return false
}

// Event names what happened, for a story line.
type Event string

// The events that threads and direct messages tell.
const (
	EventSubmitted Event = "submitted"
	EventApproved  Event = "approved"  // one approving review; the card shows whether it is complete
	EventDecided   Event = "decided"   // approved in full, denied, cancelled, lapsed, withdrawn
	EventActive    Event = "active"    // AWS holds it
	EventEnded     Event = "ended"     // the grant ended; without Grant: the last of several ended as planned
	EventCut       Event = "cut"       // of several grants more than a few ended before their time
	EventRemoved   Event = "removed"   // AWS no longer holds it
	EventStuck     Event = "stuck"     // AWS has not taken it away for five minutes
	EventContested Event = "contested" // somebody gave it in AWS too
	EventReminder  Event = "reminder"  // a pending request waits; those who can still decide are mentioned
	EventEnding    Event = "ending"    // access ends soon
	EventPaused    Event = "paused"    // new grants are held; Text says why
	EventResumed   Event = "resumed"   // they are held no more
	EventClaimed   Event = "claimed"   // somebody looks at a pending request
	EventUnclaimed Event = "unclaimed" // they do so no more
	EventHanded    Event = "handed"    // By handed it to who claims it now
	EventReplied   Event = "replied"   // By said Text about a request
	EventEscalated Event = "escalated" // others may decide too
	EventDelegated Event = "delegated" // somebody stands in for an approver until a date
	// EventDelegationOver says that By ended it before.
	EventDelegationOver Event = "delegation_over"
	EventDropped        Event = "dropped" // part of a pending request fell away; Text says what and why
	// Of emergencies: somebody let themselves in; nobody has looked back yet, Number says which
	// reminder it is; somebody did, and Text says what they found.
	EventEmergency  Event = "emergency"
	EventDebriefDue Event = "debrief_due"
	EventDebriefed  Event = "debriefed"
	EventReport     Event = "report" // for admins: what was done, nothing to do
)

// Notice is a message to deliver, stored in the transaction that caused it.
type Notice struct {
	ID   NoticeID   `json:"id"`
	Kind NoticeKind `json:"kind"`
	// Key is the message that a surface notice is about: "card/<request>". Two notices
	// of one key are delivered in order of ID, never at once.
	Key      string     `json:"key"`
	Request  RequestID  `json:"request,omitempty"`
	Grant    GrantID    `json:"grant,omitempty"`
	Revision RevisionID `json:"revision,omitempty"`
	// Delegation is the one that began or ended: what is over is kept nowhere else.
	Delegation *Delegation          `json:"delegation,omitempty"`
	To         identity.SlackUserID `json:"to,omitempty"`
	Event      Event                `json:"event,omitempty"`
	Number     int                  `json:"number,omitempty"` // which reminder of the request it is
	By         Actor                `json:"by,omitzero"`
	At         time.Time            `json:"at"`             // when it happened
	Text       string               `json:"text,omitempty"` // for NoticeAdmins and comments; plain, not yet escaped
	// NextAt is when it is tried next; Attempts how often it was.
	NextAt    time.Time `json:"next_at"`
	Attempts  int       `json:"attempts,omitempty"`
	LastError string    `json:"last_error,omitempty"`
	// ClaimedBy is the replica that delivers it, until NextAt at the latest.
	ClaimedBy string `json:"claimed_by,omitempty"`
}

// Message is where a surface was posted, so that it can be edited. Slack knows a
// message by its conversation and timestamp, nothing else.
type Message struct {
	Key     string             `json:"key"` // the notice key, and "/<channel>" for further copies
	Channel identity.ChannelID `json:"channel"`
	TS      string             `json:"ts"`
	Hash    string             `json:"hash,omitempty"` // of what was posted last; the same again is not sent
}
