package access

import (
	"time"

	"stint/access/policy"
)

// RevisionID is a ULID.
type RevisionID string

// RevisionState is a state of a Revision.
type RevisionState string

// The states. Editing, Proposed and InForce have ways out.
const (
	Editing   RevisionState = "editing"   // its author's draft; one an author
	Proposed  RevisionState = "proposed"  // waits for a second admin
	InForce   RevisionState = "in_force"  // the policy; one at a time
	Replaced  RevisionState = "replaced"  // was in force
	Refused   RevisionState = "refused"   // the second admin said no
	Discarded RevisionState = "discarded" // its author gave it up; its Spec is dropped
)

// Revision is one version of a policy that is edited in Slack, from its draft on. What
// came into force never changes again.
type Revision struct {
	ID      RevisionID    `json:"id"`
	Version uint64        `json:"version"` // grows by one with each stored change
	State   RevisionState `json:"state"`
	// Number counts what came into force: 1, 2, 3… 0 before.
	Number uint64 `json:"number,omitempty"`
	// Base is the revision that it was edited from; "" for the first.
	Base RevisionID  `json:"base,omitempty"`
	Spec policy.Spec `json:"spec"`
	// Restores is the Number that it was rolled back to; 0 for none.
	Restores uint64 `json:"restores,omitempty"`
	Author   Actor  `json:"author"`
	// Reason is why, as the author said when proposing or applying it.
	Reason string `json:"reason,omitempty"`
	// EndsLive is set when its author knows that it ends many live grants at once.
	EndsLive  bool      `json:"ends_live,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"` // the last edit
	// ProposedAt is zero when no second admin was needed.
	ProposedAt time.Time `json:"proposed_at,omitzero"`
	// DecidedBy is the second admin, with DecisionNote; zero when none was needed.
	DecidedBy    Actor     `json:"decided_by,omitzero"`
	DecisionNote string    `json:"decision_note,omitempty"`
	InForceAt    time.Time `json:"in_force_at,omitzero"`
	EndedAt      time.Time `json:"ended_at,omitzero"` // replaced, refused or discarded
}

// RevisionFilter selects revisions; zero fields select all.
type RevisionFilter struct {
	States []RevisionState
	Limit  int
}
