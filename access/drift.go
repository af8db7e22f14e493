package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"stint/access/catalog"
)

// Drift is the difference between what AWS holds and what Stint knows of.
//
// An assignment of AWS has no owner and no date. So it is ours only by our records: while its
// record is not Absent. Whatever else AWS holds, nobody granted through Stint, even if Stint
// did once: a record becomes Absent only when AWS proved the assignment gone and nothing of
// ours could land any more, so that what stands there later was put there by somebody else,
// most often because a person who needed access for a while now has it for good. It is
// reported, and never taken away but by an admin's own word for this one assignment.
//
// The first scan makes the baseline: an organization has assignments of its own, and they
// are no news. What a later scan finds beyond it is a finding, told once.

// Scanner reads what AWS holds, and removes one assignment on an admin's word. Errors are
// *ConnectorError, or those of each.
type Scanner interface {
	// ScanAssignments reads all assignments of data's roles, or people and groups, with at
	// most half the quota. each gets whole listings with the scan as it is then; who stores
	// both together can go on from that scan.
	ScanAssignments(ctx context.Context, data *catalog.Data, scan catalog.Scan, each func(catalog.Scan, []catalog.Assignment) error) (catalog.Scan, error)
	// ScanMembers reads who is in a group, behind everything else, and says how many calls that took.
	ScanMembers(ctx context.Context, group catalog.GroupID) (people []catalog.PersonID, calls int, err error)
	// Holds looks for one assignment, of a person or of a group, or for a membership.
	Holds(ctx context.Context, p Priority, a catalog.Assignment) (Observation, error)
	// Withdraw asks AWS to delete one assignment, of a person or of a group, or a membership,
	// once; fence as in Connector.Assign. The operation is awaited as any other.
	Withdraw(ctx context.Context, a catalog.Assignment, fence func() error) (Operation, error)
}

// FindingID names a finding by what it is about: the same assignment has the same id.
type FindingID string

// FindingOf is the id of an assignment.
func FindingOf(a catalog.Assignment) FindingID {
	sum := sha256.Sum256([]byte(string(a.Account) + "/" + string(a.Role) + "/" + string(a.Person) + "/" + string(a.Group)))
	return FindingID(hex.EncodeToString(sum[:12]))
}

// Finding is an assignment or a membership in AWS that nobody granted through Stint, and that was not there
// when Stint looked first. It ends when AWS no longer holds it; what comes back is new.
type Finding struct {
	ID         FindingID          `json:"id"`
	Assignment catalog.Assignment `json:"assignment"`
	FoundAt    time.Time          `json:"found_at"`
	// By is who gave it, as AWS's event names them; "" when a scan found it.
	By string `json:"by,omitempty"`
	// AgainAt is when it was given once more, as AWS's event says, and AgainBy by whom; zero when
	// no event told so.
	AgainAt time.Time `json:"again_at,omitzero"`
	AgainBy string    `json:"again_by,omitempty"`
	// Untold is set until the admins were told of it.
	Untold  bool     `json:"untold,omitempty"`
	Snoozed *Snooze  `json:"snoozed,omitempty"`
	Ignored *Ignored `json:"ignored,omitempty"`
	Removal *Removal `json:"removal,omitempty"`
	// Refused is why AWS did not remove it when an admin ordered that last.
	Refused string `json:"refused,omitempty"`
}

// Snooze hides a finding until a time; then it is told again.
type Snooze struct {
	By    Actor     `json:"by"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

// Ignored is an admin's word that a finding is as it should be.
type Ignored struct {
	By     Actor     `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Removal is an admin's order to remove what was found. It is stored before AWS is asked,
// and carried out until AWS confirms or refuses it.
type Removal struct {
	By       Actor     `json:"by"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
	Attempts int       `json:"attempts,omitempty"`
	NextAt   time.Time `json:"next_at,omitzero"`
	Problem  string    `json:"problem,omitempty"` // of the newest attempt
}

// FindingState is where a finding is shown.
type FindingState string

// The states of a finding, derived from it and the time.
const (
	FindingOpen     FindingState = "open"
	FindingSnoozed  FindingState = "snoozed"
	FindingIgnored  FindingState = "ignored"
	FindingRemoving FindingState = "removing"
	// Expected is no finding: it was there when Stint looked first.
	FindingExpected FindingState = "expected"
)

// State is the state at a time.
func (f Finding) State(now time.Time) FindingState {
	switch {
	case f.Removal != nil:
		return FindingRemoving
	case f.Ignored != nil:
		return FindingIgnored
	case f.Snoozed != nil && now.Before(f.Snoozed.Until):
		return FindingSnoozed
	}
	return FindingOpen
}

// DriftState is how far the search for drift is.
type DriftState struct {
	// Asked is who asked for a scan that has not ended yet, and when; nil when none waits or
	// runs. System for the nightly one.
	Asked *DriftAsk `json:"asked,omitempty"`
	// Scan is the one that runs, stored with what it found so far in Chunks.
	Scan   catalog.Scan `json:"scan,omitzero"`
	Chunks int          `json:"chunks,omitempty"`
	// Attempts counts the failures of the scan that runs, Problem is the newest one's reason,
	// and RetryAt when it goes on.
	Attempts int       `json:"attempts,omitempty"`
	Problem  string    `json:"problem,omitempty"`
	RetryAt  time.Time `json:"retry_at,omitzero"`

	// BaselineAt is when the first scan ended; zero before.
	BaselineAt time.Time    `json:"baseline_at,omitzero"`
	Last       DriftReport  `json:"last,omitzero"`
	Counts     DriftCounts  `json:"counts"`
	Pairs      int          `json:"pairs,omitempty"`   // of the last scan: the next one chooses by it
	Doubted    bool         `json:"doubted,omitempty"` // the last scan found so much gone that it was not believed
	Expected   int          `json:"expected"`          // rows that were there before, and still are
	Packed     int          `json:"packed,omitempty"`  // blobs that hold them
	ToldAt     time.Time    `json:"told_at,omitzero"`  // when the admins were told last of what events led to
	Wake       DriftWakings `json:"wake,omitzero"`
}

// DriftWakings are when something is due without a scan.
type DriftWakings struct {
	Snooze time.Time `json:"snooze,omitzero"` // the soonest end of one
	Tell   time.Time `json:"tell,omitzero"`   // of what events led to
	Remove time.Time `json:"remove,omitzero"` // the next attempt
}

// DriftAsk is a wish for a scan.
type DriftAsk struct {
	By Actor     `json:"by"`
	At time.Time `json:"at"`
}

// DriftReport is what a scan that ended found.
type DriftReport struct {
	By         Actor     `json:"by"` // who asked for it
	Begun      time.Time `json:"begun"`
	Finished   time.Time `json:"finished"`
	Calls      int       `json:"calls"`                   // to AWS
	Unreadable int       `json:"unreadable"`              // listings that AWS refuses
	Rows       int       `json:"rows"`                    // assignments and memberships in all
	Ours       int       `json:"ours"`                    // of them, by our records
	Leftover   int       `json:"leftover"`                // ours that nobody wants any more: being taken away
	Missing    int       `json:"missing"`                 // ours that AWS did not list: looked at again, twice
	Orphans    int       `json:"orphans"`                 // of people and groups that are gone
	Groups     int       `json:"groups,omitempty"`        // whose members were read
	Unread     int       `json:"groups_unread,omitempty"` // groups whose members AWS does not let Stint read
	New        int       `json:"new"`                     // findings that were not there at the last scan
	Gone       int       `json:"gone"`                    // findings that AWS no longer holds
	Left       int       `json:"left"`                    // new ones for which there is no room; the next scan finds them
	Doubted    int       `json:"doubted"`                 // rows that were missing in a scan that lost too much to be believed
}

// DriftCounts counts findings by their state. Snoozed includes those whose time is over and
// that were not counted anew yet.
type DriftCounts struct {
	Open     int `json:"open"`
	Snoozed  int `json:"snoozed"`
	Ignored  int `json:"ignored"`
	Removing int `json:"removing"`
}
