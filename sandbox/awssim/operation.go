package awssim

import (
	"slices"
	"time"
)

// OperationKind says whether an operation creates or deletes an assignment.
type OperationKind string

// The kinds of assignment operation.
const (
	OperationCreate OperationKind = "create"
	OperationDelete OperationKind = "delete"
)

// OperationStatus is AWS's own word for where an operation is.
type OperationStatus string

// The states of an operation.
const (
	InProgress OperationStatus = "IN_PROGRESS"
	Succeeded  OperationStatus = "SUCCEEDED"
	Failed     OperationStatus = "FAILED"
)

// operation is one accepted CreateAccountAssignment or DeleteAccountAssignment.
type operation struct {
	Assignment
	seq       uint64
	kind      OperationKind
	requestID string
	by        string // ARN of the caller
	accepted  time.Time
	started   time.Time // zero while it waits for its turn in the account
	ended     time.Time // zero while in flight
	duration  time.Duration
	status    OperationStatus
	reason    string // why it FAILED

	stuck       bool
	stuckBy     int    // id of the fault that holds it
	failReason  string // it will end FAILED for this, by fault
	afterEffect bool   // although it had its effect
}

// release lets a stuck operation go on from now.
func (op *operation) release(now time.Time) {
	if op.stuck {
		op.stuck = false
		op.duration = max(0, now.Sub(op.started))
		if op.started.IsZero() {
			op.duration = 0
		}
	}
}

// How long AWS remembers an operation, and how many are kept at most.
const (
	operationsKept    = 20_000
	operationsKeptFor = 7 * 24 * time.Hour
)

// accept queues an operation behind those that the account is busy with.
func (c *Cloud) accept(kind OperationKind, a Assignment, by string, now time.Time) *operation {
	action := "sso:CreateAccountAssignment"
	if kind == OperationDelete {
		action = "sso:DeleteAccountAssignment"
	}
	op := &operation{
		Assignment: a, seq: c.nextSeq(), kind: kind, requestID: c.uuid(), by: by, accepted: now,
		status: InProgress, duration: c.tuning.OperationMin,
	}
	if span := c.tuning.OperationMax - c.tuning.OperationMin; span > 0 {
		op.duration += time.Duration(c.rand.Int64N(int64(span) + 1))
	}
	if f := c.strike(action, a.AccountID, FaultSlow); f != nil {
		op.duration = f.Delay
	}
	if f := c.strike(action, a.AccountID, FaultStuck); f != nil {
		op.stuck, op.stuckBy = true, f.ID
	}
	if f := c.strike(action, a.AccountID, FaultFailed, FaultFailedAfterEffect); f != nil {
		op.failReason, op.afterEffect = f.Reason, f.Kind == FaultFailedAfterEffect
		if op.failReason == "" {
			op.failReason = ReasonInternal
		}
	}
	s := &c.state
	acc := s.account[a.AccountID]
	acc.queue = append(acc.queue, op)
	s.pending = append(s.pending, op)
	s.operations = append(s.operations, op)
	s.opByID[op.requestID] = op
	return op
}

// settle brings everything up to now: it ends the operations whose time has come,
// in the order in which they end, and forgets what listings no longer show.
func (c *Cloud) settle(now time.Time) {
	s := &c.state
	for {
		var next *operation
		var at time.Time
		for _, op := range s.pending {
			acc := s.account[op.AccountID]
			if acc.queue[0] != op {
				continue
			}
			if op.started.IsZero() {
				op.started = op.accepted
				if acc.idleSince.After(op.started) {
					op.started = acc.idleSince
				}
			}
			end := op.started.Add(op.duration)
			if op.stuck || end.After(now) {
				continue
			}
			if next == nil || end.Before(at) {
				next, at = op, end
			}
		}
		if next == nil {
			break
		}
		c.finish(next, at)
	}
	c.dropSpent()
	c.undoStrays(now)
	s.fading = slices.DeleteFunc(s.fading, func(a *assignment) bool { return !a.shown(now) })
	s.fadingMember = slices.DeleteFunc(s.fadingMember, func(m *membership) bool { return !m.shown(now) })
	drop := 0
	for drop < len(s.operations) {
		op := s.operations[drop]
		old := now.Sub(op.ended) > operationsKeptFor || len(s.operations)-drop > operationsKept
		if op.status == InProgress || !old {
			break
		}
		delete(s.opByID, op.requestID)
		if s.endedAt[op.Assignment].Equal(op.ended) {
			delete(s.endedAt, op.Assignment)
		}
		drop++
	}
	s.operations = s.operations[drop:]
}

// finish ends op at the given time.
func (c *Cloud) finish(op *operation, at time.Time) {
	s := &c.state
	acc := s.account[op.AccountID]
	acc.queue = acc.queue[1:]
	acc.idleSince = at
	s.pending = slices.DeleteFunc(s.pending, func(o *operation) bool { return o == op })
	op.ended = at
	s.endedAt[op.Assignment] = at
	op.status = Succeeded
	reason := op.failReason
	if reason == "" || op.afterEffect {
		if problem := c.effect(op, acc, at); problem != "" && reason == "" {
			reason = problem
		}
	}
	if reason != "" {
		op.status, op.reason = Failed, reason
	}
	c.notify()
}

// effect does what op is for, or returns why it cannot.
func (c *Cloud) effect(op *operation, acc *account, at time.Time) (problem string) {
	s := &c.state
	lag := at.Add(c.tuning.ListingLag)
	switch {
	case !acc.active():
		return ReasonDenied
	case s.setByARN[op.PermissionSetARN] == nil:
		return ReasonNotFound
	case op.kind == OperationDelete:
		if !c.unassign(op.Assignment, at, lag) {
			return ReasonNotFound
		}
	case !c.principalExists(op.PrincipalType, op.PrincipalID):
		return ReasonNotFound
	default:
		c.assign(op.Assignment, at, lag, op.requestID)
	}
	return ""
}

func (c *Cloud) principalExists(t PrincipalType, id string) bool {
	if t == PrincipalGroup {
		return c.state.groupByID[id] != nil
	}
	return c.state.userByID[id] != nil
}

// nextDue is when the next operation ends by itself.
func (c *Cloud) nextDue() (time.Time, bool) {
	var due time.Time
	found := false
	for _, op := range c.state.pending {
		if op.stuck || c.state.account[op.AccountID].queue[0] != op {
			continue
		}
		if end := op.started.Add(op.duration); !found || end.Before(due) {
			due, found = end, true
		}
	}
	return due, found
}

// inFlight returns an unfinished operation on the assignment, if any.
func (c *Cloud) inFlight(a Assignment) *operation {
	for _, op := range c.state.pending {
		if op.Assignment == a {
			return op
		}
	}
	return nil
}
