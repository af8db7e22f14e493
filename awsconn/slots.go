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
//
// Among revokes that came within a minute of each other the account with the longest
// queue goes first, since its operations can only go one after another: so a flood of
// ends is over soonest. Else it is first come, first served.
type slots struct {
	clock access.Clock
	total int

	mu       sync.Mutex
	crowd    crowding
	running  int
	came     uint64 // counts who came, for the order
	held     [priorities]int
	waiting  [priorities]int
	accounts map[catalog.AccountID]*accountTurn
	took     pastOperations
}

// accountTurn is what is going on in one account; it is forgotten when nothing is.
type accountTurn struct {
	busy     bool
	since    time.Time // when it became busy
	queues   [priorities]queue[arrival]
	overtook bool // the last grant here went before a waiting revoke
}

// arrival is where and when somebody came, and in which order.
type arrival struct {
	account catalog.AccountID
	order   uint64
}

const (
	keptSlots = 2
	// sameFlood is how much later somebody may come and still go first.
	sameFlood = time.Minute
)

func newSlots(clock access.Clock, total int) *slots {
	return &slots{clock: clock, total: total, accounts: map[catalog.AccountID]*accountTurn{}, took: pastOperations{mean: usualOperation}}
}

// acquire waits for a slot in the account; it fails with ctx's error.
func (s *slots) acquire(ctx context.Context, p access.Priority, account catalog.AccountID) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	w := s.arrive(p, account)
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
	s.turn(account).queues[p].remove(w)
	s.waiting[p]--
	s.serve() // who waited behind it in this account may go now
	s.forget(account)
	s.mu.Unlock()
	return nil, ctx.Err()
}

// arrive puts somebody into the queue, and starts whoever may start.
func (s *slots) arrive(p access.Priority, account catalog.AccountID) *waiter[arrival] {
	s.came++
	w := s.turn(account).queues[p].push(arrival{account, s.came}, s.clock.Now())
	s.waiting[p]++
	s.serve()
	return w
}

// try takes a slot if one may start now.
func (s *slots) try(p access.Priority, account catalog.AccountID) (release func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Whoever waits cannot start, or it would have: so nobody is overtaken here.
	t := s.turn(account)
	if s.running >= s.most() || !s.mayStart(p, t) {
		s.forget(account)
		return nil, false
	}
	s.start(p, t)
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
			t := s.turn(account)
			t.busy = false
			s.took.add(s.clock.Now().Sub(t.since))
			s.serve()
			s.forget(account)
		})
	}
}

// serve starts everything that may start, highest priority first.
func (s *slots) serve() {
	for s.running < s.most() {
		p, w := s.next()
		if w == nil {
			return
		}
		t := s.turn(w.what.account)
		s.waiting[p]--
		s.start(p, t, w)
	}
}

// next finds who starts now, and under which priority.
func (s *slots) next() (access.Priority, *waiter[arrival]) {
	for p := range access.Priority(priorities) {
		w := s.best(p)
		if w == nil {
			continue
		}
		if p == access.PriorityRevoke {
			if q, g := grantFirst(s.turn(w.what.account)); g != nil {
				return q, g
			}
		}
		return p, w
	}
	return 0, nil
}

// best is who of a priority starts first, of those that may start.
func (s *slots) best(p access.Priority) *waiter[arrival] {
	if s.waiting[p] == 0 {
		return nil
	}
	var oldest *waiter[arrival]
	for _, t := range s.accounts {
		if w := s.eligible(p, t); w != nil && (oldest == nil || w.what.order < oldest.what.order) {
			oldest = w
		}
	}
	if p != access.PriorityRevoke || oldest == nil {
		return oldest
	}
	best, longest := oldest, 0
	for _, t := range s.accounts {
		w := s.eligible(p, t)
		if w == nil || w.since.Sub(oldest.since) > sameFlood {
			continue
		}
		if n := t.queues[p].waiting.Len(); n > longest || n == longest && w.what.order < best.what.order {
			best, longest = w, n
		}
	}
	return best
}

// eligible is the first of an account, if an operation may start there.
func (s *slots) eligible(p access.Priority, t *accountTurn) *waiter[arrival] {
	if t.queues[p].empty() || !s.mayStart(p, t) {
		return nil
	}
	return t.queues[p].first()
}

// grantFirst is the grant that goes before the account's revokes, if one does.
func grantFirst(t *accountTurn) (access.Priority, *waiter[arrival]) {
	if t.overtook {
		return 0, nil
	}
	for _, p := range []access.Priority{access.PriorityEmergency, access.PriorityGrant} {
		if !t.queues[p].empty() {
			return p, t.queues[p].first()
		}
	}
	return 0, nil
}

// mayStart reports whether an operation of the priority could start in the account, if
// there is a slot.
func (s *slots) mayStart(p access.Priority, t *accountTurn) bool {
	if t.busy {
		return false
	}
	switch p {
	case access.PriorityRevoke:
		return s.held[p] < s.mostRevokes()
	case access.PrioritySync, priorityPass:
		return s.held[p] < max(1, s.most()/2)
	case access.PriorityEmergency, access.PriorityGrant:
		// A revoke that was overtaken in this account comes first, if it can go at all.
		return !t.overtook || t.queues[access.PriorityRevoke].empty() || s.held[access.PriorityRevoke] >= s.mostRevokes()
	}
	return true
}

// most is how many operations may be in flight now.
func (s *slots) most() int { return s.crowd.most(s.clock.Now(), s.total) }

func (s *slots) mostRevokes() int { return max(1, s.most()-keptSlots) }

func (s *slots) start(p access.Priority, t *accountTurn, w ...*waiter[arrival]) {
	for _, w := range w {
		t.queues[p].serve(w)
	}
	t.busy, t.since = true, s.clock.Now()
	t.overtook = p != access.PriorityRevoke && p != access.PrioritySync && !t.queues[access.PriorityRevoke].empty()
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
	t := s.accounts[account]
	if t == nil || t.busy {
		return
	}
	for p := range t.queues {
		if !t.queues[p].empty() {
			return
		}
	}
	delete(s.accounts, account)
}

// crowded tells that AWS works on as many operations as it does at a time, with those of
// others; who waits for a slot waits longer then.
func (s *slots) crowded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crowd.leave(s.clock.Now(), s.total, s.running-1) // the one that was refused does not count
}
