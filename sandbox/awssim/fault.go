package awssim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// FaultKind is one way in which AWS misbehaves.
type FaultKind string

// The kinds of fault. Those that strike a call are decided when it arrives; those
// that strike an operation are decided when CreateAccountAssignment or
// DeleteAccountAssignment is accepted.
const (
	// FaultThrottle refuses with the service's throttling error, "Rate exceeded".
	FaultThrottle FaultKind = "throttle"
	// FaultTooManyProcessing refuses with "There are too many requests processing".
	FaultTooManyProcessing FaultKind = "too_many_processing"
	// FaultServerError answers 500 with the service's internal error, before any effect.
	FaultServerError FaultKind = "server_error"
	// FaultUnavailable answers 503 with no error code in it, as a load balancer does.
	FaultUnavailable FaultKind = "unavailable"
	// FaultAccessDenied refuses as if a policy said no.
	FaultAccessDenied FaultKind = "access_denied"
	// FaultConflict refuses with ConflictException.
	FaultConflict FaultKind = "conflict"
	// FaultNotFound refuses with the service's "not found".
	FaultNotFound FaultKind = "not_found"
	// FaultExpiredToken says that the credentials have expired.
	FaultExpiredToken FaultKind = "expired_token"
	// FaultDropBefore drops the connection; nothing has happened.
	FaultDropBefore FaultKind = "drop_before"
	// FaultDropAfter drops the connection; the call has had its effect.
	FaultDropAfter FaultKind = "drop_after"
	// FaultHangBefore never answers, until the client gives up; nothing has happened.
	FaultHangBefore FaultKind = "hang_before"
	// FaultHangAfter never answers, until the client gives up; the call has had its effect.
	FaultHangAfter FaultKind = "hang_after"
	// FaultLatency answers Delay later than usual, in real time; the effect comes first.
	FaultLatency FaultKind = "latency"
	// FaultGarbled answers 200 with a body that is cut off in the middle.
	FaultGarbled FaultKind = "garbled"
	// FaultShortPage returns fewer entries than asked for, and a token; every other time that a
	// listing is asked for, none at all.
	FaultShortPage FaultKind = "short_page"
	// FaultRepeatedToken returns the token that the call came with as the next one.
	FaultRepeatedToken FaultKind = "repeated_token"
	// FaultStuck leaves the operation IN_PROGRESS until the fault is cleared or
	// the operation is released (Cloud.Release).
	FaultStuck FaultKind = "stuck"
	// FaultSlow makes the operation take Delay.
	FaultSlow FaultKind = "slow"
	// FaultFailed ends the operation FAILED, without an effect, for Reason.
	FaultFailed FaultKind = "failed"
	// FaultFailedAfterEffect ends the operation FAILED for Reason although it had its effect.
	FaultFailedAfterEffect FaultKind = "failed_after_effect"
)

// FaultKinds lists every kind, for a page to offer.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultThrottle, FaultTooManyProcessing, FaultServerError, FaultUnavailable, FaultAccessDenied,
		FaultConflict, FaultNotFound, FaultExpiredToken, FaultDropBefore, FaultDropAfter, FaultHangBefore,
		FaultHangAfter, FaultLatency, FaultGarbled, FaultShortPage, FaultRepeatedToken, FaultStuck, FaultSlow,
		FaultFailed, FaultFailedAfterEffect,
	}
}

// Reasons that AWS gives for a FAILED operation.
const (
	// ReasonNotFound is how AWS says that what was to be deleted is gone.
	ReasonNotFound = "Received a 404 status error: Not Found"
	// ReasonInternal is worth another try.
	ReasonInternal = "An unexpected internal service exception was encountered"
	// ReasonDenied is AWS being refused by the target account's own IAM.
	ReasonDenied = "Received a 403 status error: Access denied by IAM. Please check your policy, or wait for role propagation to complete."
)

// Fault is something that goes wrong.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Action is the IAM action it strikes, like "sso:CreateAccountAssignment". A
	// trailing or lone "*" matches the rest; empty means "*".
	Action string `json:"action"`
	// AccountID narrows it to calls about this account, where the call names one.
	AccountID string `json:"account_id,omitempty"`
	// Times is how often it strikes before it is spent; 0 means until cleared.
	Times int `json:"times,omitempty"`
	// After is how many matching calls pass unharmed first.
	After int `json:"after,omitempty"`
	// Reason is the FailureReason of a failed operation, default ReasonInternal, or
	// the message of a refusal.
	Reason string `json:"reason,omitempty"`
	// Delay is for FaultLatency and FaultSlow.
	Delay time.Duration `json:"delay,omitempty"`
}

// ActiveFault is a fault that is set.
type ActiveFault struct {
	ID int `json:"id"`
	Fault
	Hits int `json:"hits"` // how often it has struck
	// Spent is set on a FaultStuck that strikes no more but still holds an operation.
	Spent  bool           `json:"spent,omitempty"`
	hitsOf map[string]int // by listing, whatever else it strikes in between
}

// even counts a hit on a listing, and reports whether it is the second, the fourth…
func (f *ActiveFault) even(listing string) bool {
	if f.hitsOf == nil {
		f.hitsOf = map[string]int{}
	}
	f.hitsOf[listing]++
	return f.hitsOf[listing]%2 == 0
}

type faultList struct {
	nextID int
	active []*ActiveFault
}

// Inject sets a fault and returns its id. An unknown kind or a delay that is
// missing is refused.
func (c *Cloud) Inject(f Fault) (int, error) {
	known := false
	for _, k := range FaultKinds() {
		known = known || k == f.Kind
	}
	switch {
	case !known:
		return 0, fmt.Errorf("fault: unknown kind %q; the kinds are %v", f.Kind, FaultKinds())
	case f.Times < 0 || f.After < 0:
		return 0, fmt.Errorf("fault %s: times and after must not be negative", f.Kind)
	case (f.Kind == FaultLatency || f.Kind == FaultSlow) && f.Delay <= 0:
		return 0, fmt.Errorf("fault %s: needs a delay above 0", f.Kind)
	}
	if f.Action == "" {
		f.Action = "*"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults.nextID++
	c.faults.active = append(c.faults.active, &ActiveFault{ID: c.faults.nextID, Fault: f})
	c.notify()
	return c.faults.nextID, nil
}

// Faults returns the faults that are set, oldest first.
func (c *Cloud) Faults() []ActiveFault {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]ActiveFault, 0, len(c.faults.active))
	for _, f := range c.faults.active {
		out = append(out, *f)
	}
	return out
}

// ClearFault takes a fault away and reports whether it was there. Operations that
// it held stuck go on.
func (c *Cloud) ClearFault(id int) bool {
	return c.clearFaults(func(f *ActiveFault) bool { return f.ID == id }) > 0
}

// ClearFaults takes every fault away.
func (c *Cloud) ClearFaults() { c.clearFaults(func(*ActiveFault) bool { return true }) }

func (c *Cloud) clearFaults(match func(*ActiveFault) bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	c.settle(now)
	var kept []*ActiveFault
	cleared := map[int]bool{}
	for _, f := range c.faults.active {
		if match(f) {
			cleared[f.ID] = true
		} else {
			kept = append(kept, f)
		}
	}
	c.faults.active = kept
	for _, op := range c.state.pending {
		if op.stuck && cleared[op.stuckBy] {
			op.release(now)
		}
	}
	c.notify()
	return len(cleared)
}

// strike returns the first fault of one of kinds that hits a call, and counts it.
func (c *Cloud) strike(action, accountID string, kinds ...FaultKind) *ActiveFault {
	for i, f := range c.faults.active {
		if f.Spent || !matchesAction(f.Action, action) || f.AccountID != "" && f.AccountID != accountID {
			continue
		}
		for _, k := range kinds {
			if f.Kind != k {
				continue
			}
			if f.After > 0 {
				f.After--
				break
			}
			f.Hits++
			c.notify()
			if f.Times > 0 {
				f.Times--
				switch {
				case f.Times > 0:
				case f.Kind == FaultStuck:
					f.Spent = true // clearing it releases what it holds
				default:
					c.faults.active = append(c.faults.active[:i:i], c.faults.active[i+1:]...)
				}
			}
			return f
		}
	}
	return nil
}

// dropSpent forgets the spent faults that hold no operation any more.
func (c *Cloud) dropSpent() {
	c.faults.active = slices.DeleteFunc(c.faults.active, func(f *ActiveFault) bool {
		return f.Spent && !slices.ContainsFunc(c.state.pending, func(op *operation) bool { return op.stuck && op.stuckBy == f.ID })
	})
}

func matchesAction(pattern, action string) bool {
	if head, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(action, head)
	}
	return pattern == action
}
