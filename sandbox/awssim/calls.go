package awssim

import (
	"maps"
	"time"
)

// Call is one call that a client made.
type Call struct {
	// Action is the IAM action, like "sso:CreateAccountAssignment".
	Action string `json:"action"`
	// Principal is the caller's ARN; empty when the signature did not verify.
	Principal string        `json:"principal"`
	At        time.Time     `json:"at"` // by Config.Now
	Took      time.Duration `json:"took"`
	Status    int           `json:"status"`          // HTTP status; 0 when there was no answer
	Error     string        `json:"error,omitempty"` // error code, empty on success
	RequestID string        `json:"request_id"`
	AccountID string        `json:"account_id,omitempty"` // the account the call is about, where it names one
}

type callLog struct {
	ring   []Call
	next   int
	full   bool
	counts map[string]int
	errors map[string]int
}

func (l *callLog) init(size int) {
	l.ring = make([]Call, size)
	l.counts, l.errors = map[string]int{}, map[string]int{}
}

func (l *callLog) add(call Call) {
	l.ring[l.next] = call
	l.next++
	if l.next == len(l.ring) {
		l.next, l.full = 0, true
	}
	l.counts[call.Action]++
	if call.Error != "" {
		l.errors[call.Error]++
	}
}

// RecentCalls returns the last calls, newest first, at most n (0: all that are kept).
func (c *Cloud) RecentCalls(n int) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &c.calls
	have := l.next
	if l.full {
		have = len(l.ring)
	}
	if n <= 0 || n > have {
		n = have
	}
	out := make([]Call, 0, n)
	for i := range n {
		out = append(out, l.ring[(l.next-1-i+len(l.ring))%len(l.ring)])
	}
	return out
}

// Counts returns how many calls of each action have come in since the last
// ResetCounts, refused ones too: what a quota would count.
func (c *Cloud) Counts() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls.counts)
}

// Count returns how many calls of the action have come in; "sso:*" counts a whole service.
func (c *Cloud) Count(action string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for a, k := range c.calls.counts {
		if matchesAction(action, a) {
			n += k
		}
	}
	return n
}

// ErrorCounts returns how often each error code was answered.
func (c *Cloud) ErrorCounts() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls.errors)
}

// ResetCounts sets every counter to zero.
func (c *Cloud) ResetCounts() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.calls.counts)
	clear(c.calls.errors)
}
