package awsconn

import (
	"context"
	"sync"
	"time"

	"stint/access"
	"stint/access/catalog"
)

// slots decides which assignment operation may start: AWS allows a number of them in
// flight, and works on one at a time in an account.
//
// Revokes go first, but leave keptSlots for grants; emergencies go before grants; syncs
// never hold more than half. Within one account a grant waits only for the operation
// that is running there: it goes before the revokes that wait for the same account,
// unless a grant has just done so, which means that no revoke is overtaken twice.
type slots struct {
	clock access.Clock
	total int

	mu       sync.Mutex
	running  int
	held     [priorities]int
	accounts map[catalog.AccountID]*accountTurn
	queues   [priorities]queue[catalog.AccountID]
}

// accountTurn is what is going on in one account; it is forgotten when nothing is.
type accountTurn struct {
	busy     bool
	waiting  [priorities]int
	overtook bool // the last grant here went before a waiting revoke
}

const keptSlots = 2

func newSlots(clock access.Clock, total int) *slots {
	return &slots{clock: clock, total: total, accounts: map[catalog.AccountID]*accountTurn{}}
}

// acquire waits for a slot in the account; it fails with ctx's error.
func (s *slots) acquire(ctx context.Context, p access.Priority, account catalog.AccountID) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	w := s.queues[p].push(account, s.clock.Now())
	s.turn(account).waiting[p]++
	s.serve()
	s.mu.Unlock()
	select {
	case <-w.served:
		return s.releaser(p, account), nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	if w.isServed() { // both at once: the slot goes back
		s.mu.Unlock()
		s.releaser(p, account)()
		return nil, ctx.Err()
	}
	s.queues[p].remove(w)
	s.turn(account).waiting[p]--
	s.serve() // who waited behind it in this account may go now
	s.forget(account)
	s.mu.Unlock()
	return nil, ctx.Err()
}

// try takes a slot if one may start now.
func (s *slots) try(p access.Priority, account catalog.AccountID) (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Whoever waits cannot start, or it would have: so nobody is overtaken here.
	if !s.mayStart(p, account) {
		s.forget(account)
		return nil, false
	}
	s.start(p, account)
	return s.releaser(p, account), true
}

func (s *slots) releaser(p access.Priority, account catalog.AccountID) func() {
	var once sync.Once
	return func() {
		once.Do(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.running--
			s.held[p]--
			s.turn(account).busy = false
			s.serve()
			s.forget(account)
		})
	}
}

// serve starts everything that may start, highest priority first.
func (s *slots) serve() {
	for s.running < s.total {
		p, w := s.next()
		if w == nil {
			return
		}
		s.turn(w.what).waiting[p]--
		s.start(access.Priority(p), w.what)
		s.queues[p].serve(w)
	}
}

// next finds who starts now, and under which priority.
func (s *slots) next() (int, *waiter[catalog.AccountID]) {
	for p := range s.queues {
		for w := range s.queues[p].all {
			if !s.mayStart(access.Priority(p), w.what) {
				continue
			}
			if access.Priority(p) == access.PriorityRevoke && s.grantFirst(w.what) {
				if q, g := s.grantOf(w.what); g != nil {
					return q, g
				}
			}
			return p, w
		}
	}
	return 0, nil
}

// grantFirst reports whether a grant that waits in the account goes before its revokes.
func (s *slots) grantFirst(account catalog.AccountID) bool {
	t := s.turn(account)
	return !t.overtook && t.waiting[access.PriorityEmergency]+t.waiting[access.PriorityGrant] > 0
}

func (s *slots) grantOf(account catalog.AccountID) (int, *waiter[catalog.AccountID]) {
	for _, p := range []access.Priority{access.PriorityEmergency, access.PriorityGrant} {
		for w := range s.queues[p].all {
			if w.what == account {
				return int(p), w
			}
		}
	}
	return 0, nil
}

// mayStart reports whether an operation of the priority could start in the account now.
func (s *slots) mayStart(p access.Priority, account catalog.AccountID) bool {
	if s.running >= s.total || s.turn(account).busy {
		return false
	}
	switch p {
	case access.PriorityRevoke:
		return s.held[p] < s.mostRevokes()
	case access.PrioritySync:
		return s.held[p] < max(1, s.total/2)
	case access.PriorityEmergency, access.PriorityGrant:
		// A revoke that was overtaken in this account comes first, if it can go at all.
		t := s.turn(account)
		return !t.overtook || t.waiting[access.PriorityRevoke] == 0 || s.held[access.PriorityRevoke] >= s.mostRevokes()
	}
	return true
}

func (s *slots) mostRevokes() int { return max(1, s.total-keptSlots) }

func (s *slots) start(p access.Priority, account catalog.AccountID) {
	t := s.turn(account)
	t.busy = true
	t.overtook = p != access.PriorityRevoke && p != access.PrioritySync && t.waiting[access.PriorityRevoke] > 0
	s.running++
	s.held[p]++
}

func (s *slots) turn(account catalog.AccountID) *accountTurn {
	t := s.accounts[account]
	if t == nil {
		t = &accountTurn{}
		s.accounts[account] = t
	}
	return t
}

// forget drops what is known of an account in which nothing goes on.
func (s *slots) forget(account catalog.AccountID) {
	if t := s.accounts[account]; t != nil && !t.busy && t.waiting == [priorities]int{} {
		delete(s.accounts, account)
	}
}

// queue is what there is to see: how many wait, how many run, since when the oldest waits.
func (s *slots) queue() (waiting, running int, oldest time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.queues {
		waiting += s.queues[p].waiting.Len()
		if !s.queues[p].empty() {
			if since := s.queues[p].first().since; oldest.IsZero() || since.Before(oldest) {
				oldest = since
			}
		}
	}
	return waiting, s.running, oldest
}
