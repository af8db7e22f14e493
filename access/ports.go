package access

import (
	"context"
	"time"

	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// Clock is where time comes from. Nothing in access or store asks the operating system.
type Clock interface {
	// Now is the wall time. Readings of a real clock carry a monotonic part.
	Now() time.Time
	// At returns a channel that is closed once Now is not before t, and a function that
	// releases what waits for it; calling it twice is fine.
	At(t time.Time) (reached <-chan struct{}, stop func())
}

// Store keeps everything that must survive a crash. Every method of Tx is part of the
// transaction it came from; a transaction is all or nothing and durable when Update
// returns nil. No I/O other than the store's own happens inside fn, and fn may be run
// again by a store that retries.
type Store interface {
	// View runs fn on one consistent state.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn and commits it, unless fn or the commit fails.
	Update(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction. Get methods return a *fault.Error with code NotFound when the
// record does not exist. Put methods replace the record whole, refuse with code
// Conflict unless its Version is exactly one more than the stored one (1 for a new
// record), and keep every index, in the same transaction. Records passed in and out
// are copies.
type Tx interface {
	Request(RequestID) (Request, error)
	PutRequest(Request) error
	// RequestByForm finds a request by its form key.
	RequestByForm(formKey string) (Request, error)
	// Requests lists newest first; the zero filter lists all.
	Requests(RequestFilter) ([]Request, error)

	Grant(GrantID) (Grant, error)
	PutGrant(Grant) error
	// Grants lists newest first; the zero filter lists all.
	Grants(GrantFilter) ([]Grant, error)

	// Assignment of a key that has no record is the zero Assignment with that Key,
	// State Absent and Version 0.
	Assignment(Key) (Assignment, error)
	PutAssignment(Assignment) error
	// Assignments lists by key; the zero filter lists all.
	Assignments(AssignmentFilter) ([]Assignment, error)

	// Due lists records whose DueAt is not zero and not after until, soonest first, at most
	// limit (≤0: no limit), by index: its cost does not depend on what is not due.
	Due(until time.Time, limit int) ([]Due, error)
	// NextDueAfter is the soonest DueAt after t; zero when nothing is due after it.
	NextDueAfter(t time.Time) (time.Time, error)

	PutNotice(Notice) error // new or replaced by ID; no version check
	DeleteNotice(NoticeID) error
	// DueNotices lists notices whose NextAt is not after until, in order of ID, at most limit.
	DueNotices(until time.Time, limit int) ([]Notice, error)
	// NextNoticeAfter is the soonest NextAt after t; zero when there is none.
	NextNoticeAfter(t time.Time) (time.Time, error)
	// Notices counts what is still to be delivered.
	Notices() (int, error)

	// Message finds where a surface was posted; code NotFound when it was not.
	Message(key string) (Message, error)
	PutMessage(Message) error
	// Messages lists those whose key begins with the prefix, by key.
	Messages(prefix string) ([]Message, error)

	// AppendAudit stores an event under the next Seq and returns it with that Seq.
	AppendAudit(AuditEvent) (AuditEvent, error)
	// Audit lists events with Seq > after in order, at most limit (≤0: no limit).
	Audit(after uint64, limit int) ([]AuditEvent, error)
	// ChainHead is the last chained Seq and its hash; 0 and "" when none is chained.
	ChainHead() (uint64, string, error)
	// PutChained stores events with their Prev and Hash and moves the head to the last.
	PutChained([]AuditEvent) error

	Pin(identity.SlackUserID) (identity.Pin, error)
	PinOf(catalog.PersonID) (identity.Pin, error)
	PutPin(identity.Pin) error            // refuses with Conflict to change either side of a stored pin
	DeletePin(identity.SlackUserID) error // of none is no error
	Pins() ([]identity.Pin, error)

	Revision(RevisionID) (Revision, error)
	PutRevision(Revision) error
	// Revisions lists newest first, by ID; the zero filter lists all.
	Revisions(RevisionFilter) ([]Revision, error)

	// Meta is a small named value; "" when not set.
	Meta(name string) (string, error)
	PutMeta(name, value string) error
	// Blob is a large named value (the catalog); nil when not set.
	Blob(name string) ([]byte, error)
	PutBlob(name string, value []byte) error
}

// RequestFilter selects requests; zero fields select all.
type RequestFilter struct {
	States []RequestState
	Person catalog.PersonID // asks or receives
	// Debrief selects only those at which somebody still has to look back.
	Debrief bool
	Limit   int
}

// GrantFilter selects grants; zero fields select all.
type GrantFilter struct {
	States  []GrantState
	Key     Key // whole key or zero
	Person  catalog.PersonID
	Request RequestID
	Limit   int
}

// AssignmentFilter selects assignments; zero fields select all.
type AssignmentFilter struct {
	States []AssignmentState
	Stuck  bool // only those that are stuck
	Limit  int
}

// DueKind says what kind of record is due.
type DueKind string

// The kinds.
const (
	DueRequest    DueKind = "request"
	DueGrant      DueKind = "grant"
	DueAssignment DueKind = "assignment"
)

// Due is one record that wants to be looked at.
type Due struct {
	Kind    DueKind
	At      time.Time
	Request RequestID // for DueRequest
	Grant   GrantID   // for DueGrant
	Key     Key       // for DueGrant and DueAssignment
}

// DueAt is when the request needs the service; zero when it never does again.
func (r Request) DueAt() time.Time {
	switch {
	case r.State == Approved && r.Debrief.Open():
		return r.Debrief.dueAt()
	case r.State != Pending:
		return time.Time{}
	case r.CheckedAt.IsZero():
		return r.CheckAt
	}
	next := r.ExpiresAt
	for _, at := range []time.Time{r.RemindAt, r.EscalateAt} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// DueAt is when the grant needs the worker; zero when it never does again.
func (g Grant) DueAt() time.Time {
	switch g.State {
	case Scheduled:
		if g.RetryAt.After(g.Start) {
			return g.RetryAt
		}
		return g.Start
	case Live:
		switch {
		case g.ConfirmedAt.IsZero() && g.Deadline.Before(g.End):
			return g.Deadline
		case !g.RemindAt.IsZero() && g.RemindAt.Before(g.End):
			return g.RemindAt
		}
		return g.End
	}
	return time.Time{}
}

// DueAt is when the assignment needs the worker; zero when only a change of wanted does.
func (a Assignment) DueAt() time.Time { return a.NextAt }

// Class says what an error of the connector means for what is done next.
type Class string

// The classes. A connector maps every error of AWS to exactly one.
const (
	ClassRetry    Class = "retry"    // nothing happened (throttled, not sent, conflict still propagating): again after a pause
	ClassUnknown  Class = "unknown"  // it may have happened: the answer was lost
	ClassGone     Class = "gone"     // AWS says there is no such assignment
	ClassRefused  Class = "refused"  // refused for good: permission, validation, suspended, no such role
	ClassFenced   Class = "fenced"   // Fence forbade it right before sending; nothing happened
	ClassCanceled Class = "canceled" // ctx ended before it was sent; nothing happened
)

// ConnectorError is what every method of Connector fails with.
type ConnectorError struct {
	Class   Class
	Op      string // "sso-admin CreateAccountAssignment"
	Message string // for people: what AWS refused and what to do
	Err     error
}

func (e *ConnectorError) Error() string {
	s := e.Op + ": " + string(e.Class)
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *ConnectorError) Unwrap() error { return e.Err }

// OperationKind is create or delete.
type OperationKind string

// The kinds of operation.
const (
	CreateOperation OperationKind = "create"
	DeleteOperation OperationKind = "delete"
)

// OperationStatus is AWS's status of an asynchronous operation.
type OperationStatus string

// The statuses.
const (
	InProgress OperationStatus = "in_progress"
	Succeeded  OperationStatus = "succeeded"
	Failed     OperationStatus = "failed"
)

// Operation is an asynchronous change that AWS accepted.
type Operation struct {
	ID     string
	Kind   OperationKind
	Key    Key
	Status OperationStatus
	// Failure classes a Failed operation (ClassRetry, ClassGone, ClassRefused); Reason is AWS's
	// text, Message what it means for people.
	Failure Class
	Reason  string
	Message string
	// SentAt is when the call was sent, by the clock; ServerTime is AWS's Date header, zero if none.
	SentAt     time.Time
	ServerTime time.Time
}

// Observation is what a look found.
type Observation struct {
	Found      bool      // a direct user assignment for the key, or the membership
	At         time.Time // when the look began, by the clock
	ServerTime time.Time // AWS's Date header, zero if none
}

// Priority orders work for AWS when there is not enough of it to go round.
type Priority int

// The priorities, highest first. Some slots and calls are kept for grants.
const (
	PriorityRevoke Priority = iota
	PriorityEmergency
	PriorityGrant
	PrioritySync
)

// Connector talks to AWS. All errors are *ConnectorError. It owns the limiter, the
// outstanding slots and the per-account lock; it never retries a write whose outcome
// is unknown.
type Connector interface {
	// Acquire waits for a slot and for the account's turn, by priority. The caller holds
	// both until it calls release, which it does once the operation ended or is given up.
	// Membership in a group needs neither: with "" as account it never waits.
	// ClassCanceled when ctx ends first.
	Acquire(ctx context.Context, p Priority, account catalog.AccountID) (release func(), err error)
	// TryAcquire is Acquire without waiting.
	TryAcquire(p Priority, account catalog.AccountID) (release func(), ok bool)
	// Look asks AWS whether the person holds the role there directly: one call when the
	// listing fits a page. Of a group it asks whether the person is a member.
	Look(ctx context.Context, p Priority, key Key) (Observation, error)
	// Assign asks AWS to create the assignment, or to put the person into the group, once.
	// fence runs right before the request is signed and sent; its error becomes ClassFenced.
	// A membership is there when it returns: the operation has succeeded.
	Assign(ctx context.Context, p Priority, key Key, fence func() error) (Operation, error)
	// Unassign asks AWS to delete the assignment, once; fence as in Assign.
	Unassign(ctx context.Context, key Key, fence func() error) (Operation, error)
	// Await polls until the operation is no longer in progress (5 minutes at most; then
	// ClassUnknown), together with others in flight. A failed operation is no error.
	Await(ctx context.Context, op Operation) (Operation, error)
	// Catalog reads the organization. prev, when not nil, saves calls; groups are those
	// whose members are needed. Progress is called from time to time.
	Catalog(ctx context.Context, prev *catalog.Data, groups []catalog.GroupID, progress func(SyncProgress)) (catalog.Data, error)
	// RefreshRoles reads n roles of data again, in turn: Catalog takes over from prev what
	// it knows of a role, and session durations change.
	RefreshRoles(ctx context.Context, data catalog.Data, n int) (catalog.Data, error)
	// Brings reads which roles in accounts members of the groups have, and notes it in data.
	// Nothing is read, or all of it.
	Brings(ctx context.Context, data catalog.Data, groups []catalog.GroupID) (catalog.Data, error)
}

// SyncProgress tells how far a sync is.
type SyncProgress struct {
	Stage string // "accounts", "tags", "roles", "people", "groups"
	Done  int
	Calls int
}

// Directory says who people are, from facts not older than maxAge. It is implemented
// by identity.Directory.
type Directory interface {
	// Resolve turns a Slack user into the person it is bound to, or refuses with Forbidden
	// (why, and what to do) or Unavailable ("not now").
	Resolve(ctx context.Context, user identity.SlackUserID, maxAge time.Duration) (identity.Bound, error)
	// Person reads Identity Center's facts of one person.
	Person(ctx context.Context, person catalog.PersonID, maxAge time.Duration) (identity.PersonFacts, error)
	// Refresh makes every named source no older than maxAge, or fails with Unavailable.
	Refresh(ctx context.Context, sources []policy.Source, maxAge time.Duration) error
	// Channel reads what Slack says of a channel.
	Channel(ctx context.Context, id identity.ChannelID, maxAge time.Duration) (identity.ChannelFacts, error)
	// Snapshot is the facts as they are, for an evaluation that must not wait.
	Snapshot() *identity.Snapshot
	// SlackOf is the Slack user bound to a person, if known.
	SlackOf(person catalog.PersonID) (identity.SlackUserID, bool)
	// Meet finds the Slack user of a person who may never have used Stint. Errors: NotFound,
	// Unavailable.
	Meet(ctx context.Context, person catalog.PersonID, maxAge time.Duration) (identity.SlackUserID, error)
	// Names resolves the names of a policy, from lists not older than maxAge.
	Names(ctx context.Context, maxAge time.Duration) (*identity.Names, error)
	// Links is what is known of who is who: pairs, and Slack users that are nobody yet.
	Links() []identity.Link
	// SlackUser is what was last read of a Slack user, however old, with its ID at least.
	SlackUser(user identity.SlackUserID) (f identity.SlackFacts, known bool)
	// Linkable reads a Slack user whom an admin wants to link by hand, or refuses with
	// Forbidden (why they can be nobody) or Unavailable.
	Linkable(ctx context.Context, user identity.SlackUserID, maxAge time.Duration) (identity.SlackFacts, error)
	// Recheck reads again, as cheaply as it can, whether people are still here, where that is
	// known no younger than maxAge.
	Recheck(ctx context.Context, people []identity.Human, maxAge time.Duration) identity.Rechecked
	// Left says from memory how a human left; what was read before since does not count.
	Left(h identity.Human, since time.Time) identity.Departure
	// ReloadPins reads the stored pairs anew, after a link was made or taken away.
	ReloadPins(ctx context.Context) error
}

// Notifier delivers notices; implemented by bot.
type Notifier interface {
	// Deliver renders the notice from the records as they are now and posts or edits. It
	// stores the message references through the Service. A nil error means delivered or no longer true.
	Deliver(ctx context.Context, n Notice) error
}

// DeliveryError is what Deliver fails with when the notice should be tried again.
type DeliveryError struct {
	RetryAfter time.Duration // at least this long; zero: the outbox's own backoff
	Permanent  bool          // trying again cannot help: drop it and tell the admins
	Away       bool          // nobody answers: no other notice can be delivered either
	Err        error
}

func (e *DeliveryError) Error() string { return e.Err.Error() }
func (e *DeliveryError) Unwrap() error { return e.Err }
