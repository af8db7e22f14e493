package awsconn

import (
	"time"

	"stint/access"
	"stint/access/catalog"
)

const (
	// usualOperation is how long an operation takes until we know better.
	usualOperation = 10 * time.Second
	// callsEach is what a revoke costs: the call itself, and its part of the shared polls.
	callsEach = 2
)

// pastOperations is how long operations took lately.
type pastOperations struct{ mean time.Duration }

// add takes one in; a tenth of the weight is the newest's.
func (o *pastOperations) add(took time.Duration) {
	o.mean += (min(max(took, 0), awaitLimit) - o.mean) / 10
}

// Backlog tells what waits for AWS and how long that will take. It asks nobody.
func (c *Connector) Backlog() access.Backlog {
	b := c.slots.backlog()
	b.Pace, b.CallsWaiting = c.services.sso.bucket.state()
	if calls := float64(b.Waiting()*callsEach) / (c.cfg.CallsPerSecond * b.Pace * (1 - keptForGrants)); b.Waiting() > 0 {
		b.Drain = max(b.Drain, time.Duration(calls*float64(time.Second)))
	}
	return b
}

// Wait estimates how long an operation that is asked for now would wait for its turn; 0
// when it would start at once. Who asks is told when that is more than a moment.
func (c *Connector) Wait(p access.Priority, account catalog.AccountID) time.Duration {
	return c.slots.wait(p, account)
}

func (s *slots) backlog() access.Backlog {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := access.Backlog{
		Running: s.running, Slots: s.most(), Each: s.took.mean,
		Revokes: s.waiting[access.PriorityRevoke], Emergencies: s.waiting[access.PriorityEmergency], Grants: s.waiting[access.PriorityGrant],
		Others: s.waiting[access.PrioritySync] + s.waiting[priorityPass],
	}
	longest := 0
	for _, t := range s.accounts {
		n := 0
		for p := range t.queues {
			n += t.queues[p].waiting.Len()
			if !t.queues[p].empty() {
				if since := t.queues[p].first().since; b.Oldest.IsZero() || since.Before(b.Oldest) {
					b.Oldest = since
				}
			}
		}
		longest = max(longest, n)
	}
	if n := b.Waiting(); n > 0 {
		each := max(s.took.mean, time.Second)
		lanes := b.Slots
		if n == b.Revokes {
			lanes = s.mostRevokes()
		}
		b.Drain = max(time.Duration(n)*each/time.Duration(lanes), time.Duration(longest)*each) + each // those that run end first
	}
	return b
}

// wait counts what goes before: in the account the operation that runs there, and for a
// slot those of the same or a higher priority.
func (s *slots) wait(p access.Priority, account catalog.AccountID) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.took.mean
	t := s.turn(account)
	defer s.forget(account)
	if s.running < s.most() && s.mayStart(p, t) {
		return 0
	}
	var here time.Duration
	if t.busy {
		here = max(each-s.clock.Now().Sub(t.since), time.Second)
	}
	ahead := 0
	for q := access.PriorityRevoke; q <= p; q++ {
		here += time.Duration(t.queues[q].waiting.Len()) * each
		if q != access.PriorityRevoke || p == access.PriorityRevoke { // revokes leave slots for the others
			ahead += s.waiting[q]
		}
	}
	if p != access.PriorityRevoke && p <= access.PriorityGrant { // and go after a grant within an account
		here -= time.Duration(t.queues[access.PriorityRevoke].waiting.Len()) * each
	}
	lanes := keptSlots
	if p == access.PriorityRevoke {
		lanes = s.mostRevokes()
	}
	return max(here, time.Duration(ahead+1)*each/time.Duration(lanes))
}

// queue is what there is to see: how many wait, how many run, since when the oldest waits.
func (s *slots) queue() (waiting, running int, oldest time.Time) {
	b := s.backlog()
	return b.Waiting(), b.Running, b.Oldest
}
