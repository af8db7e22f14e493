package awsconn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/sandbox/awssim"
)

// cloud is AWS as far as a flood meets it: 20 calls a second with a burst of as many, 10
// operations at a time, one in an account, 5 to 30 s each.
type cloud struct {
	t *testing.T

	mu       sync.Mutex
	r        *rand.Rand
	tokens   float64
	at       time.Time
	ends     map[catalog.AccountID]time.Time
	calls    int
	refusals int
	work     time.Duration // of the revokes
	longest  map[catalog.AccountID]time.Duration
}

func newCloud(t *testing.T) *cloud {
	return &cloud{
		t: t, r: rand.New(rand.NewPCG(1, 2)), tokens: 20, at: time.Now(), //nolint:gosec // a test
		ends: map[catalog.AccountID]time.Time{}, longest: map[catalog.AccountID]time.Duration{},
	}
}

// call spends a token, or is refused.
func (c *cloud) call() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spend()
}

func (c *cloud) spend() bool {
	now := time.Now()
	c.tokens, c.at = min(20, c.tokens+20*now.Sub(c.at).Seconds()), now
	c.calls++
	if c.tokens < 1-1e-9 {
		c.refusals++
		return false
	}
	c.tokens--
	return true
}

// begin starts an operation and says when it ends.
func (c *cloud) begin(account catalog.AccountID, revoke bool) (end time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.spend() {
		return time.Time{}, false
	}
	now := time.Now()
	running := 0
	for _, e := range c.ends {
		if e.After(now) {
			running++
		}
	}
	if running >= 10 || c.ends[account].After(now) {
		c.t.Errorf("%d operations run, until %v in %s", running, c.ends[account], account)
	}
	took := 5*time.Second + time.Duration(c.r.Int64N(int64(25*time.Second)))
	c.ends[account] = now.Add(took)
	if revoke {
		c.work += took
		c.longest[account] += took
	}
	return c.ends[account], true
}

// busyFor is how long the operation that runs in the account goes on.
func (c *cloud) busyFor(account catalog.AccountID) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(0, time.Until(c.ends[account]))
}

// storm is what the connector does for each operation, with its own slots and bucket.
type storm struct {
	*cloud
	slots  *slots
	bucket *bucket
}

// ask makes a call through the bucket until AWS takes it.
func (s *storm) ask(p access.Priority, call func() bool) {
	for {
		if s.bucket.take(context.Background(), p) != nil {
			return
		}
		if call() {
			return
		}
		s.bucket.throttled()
		time.Sleep(time.Second)
	}
}

// operate begins an operation and follows it to its end, which the shared poll sees within
// two seconds.
func (s *storm) operate(p access.Priority, account catalog.AccountID) {
	var end time.Time
	s.ask(p, func() (ok bool) {
		end, ok = s.begin(account, p == access.PriorityRevoke)
		return ok
	})
	time.Sleep(time.Until(end.Truncate(pollTogether).Add(pollTogether)))
}

// poll is the listing that follows all operations of a kind.
func (s *storm) poll(ctx context.Context, p access.Priority) {
	for ctx.Err() == nil {
		s.ask(p, s.call)
		time.Sleep(pollTogether)
	}
}

// 2,500 grants end in the same second, 10,000 with STINT_FULL, while grants keep coming.
func TestStorm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &storm{cloud: newCloud(t), slots: newSlots(wallClock{}, defaultSlots), bucket: newBucket(wallClock{}, defaultCalls, 0.5)}
		const accounts = 200
		ends := 2500
		if os.Getenv("STINT_FULL") != "" {
			ends = 10_000
		}
		begin := time.Now()
		var revokes, others sync.WaitGroup
		done := 0
		for i := range ends {
			account := catalog.AccountID(fmt.Sprint(i % accounts))
			if i%10 == 0 { // a tenth in one account, which takes nearly as long as all the others together
				account = "hot"
			}
			revokes.Go(func() {
				release, err := s.slots.acquire(t.Context(), access.PriorityRevoke, account)
				if err != nil {
					t.Error(err)
					return
				}
				s.operate(access.PriorityRevoke, account)
				release()
				s.mu.Lock()
				defer s.mu.Unlock()
				done++
			})
		}
		synctest.Wait()
		if b := s.slots.backlog(); b.Revokes != ends-8 || b.Running != 8 {
			t.Errorf("%+v", b)
		}
		ctx, over := context.WithCancel(t.Context())
		others.Go(func() { s.poll(ctx, access.PriorityRevoke) })
		others.Go(func() { s.poll(ctx, access.PriorityGrant) })
		grants := 0
		others.Go(func() {
			r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test
			for ctx.Err() == nil {
				account := catalog.AccountID(fmt.Sprint(r.IntN(accounts)))
				p := access.PriorityGrant
				if r.IntN(5) == 0 {
					p = access.PriorityEmergency
				}
				grants++
				others.Go(func() {
					asked, running := time.Now(), s.busyFor(account)
					release, err := s.slots.acquire(t.Context(), p, account)
					if err != nil {
						t.Error(err)
						return
					}
					defer release()
					s.ask(p, s.call) // the look
					if waited := time.Since(asked); waited > time.Minute+running+pollTogether {
						t.Errorf("a grant waited %v behind an operation of %v", waited, running)
					}
					s.operate(p, account)
				})
				time.Sleep(15 * time.Second)
			}
		})
		revokes.Wait()
		took := time.Since(begin)
		over()
		others.Wait()

		var longest time.Duration
		for _, d := range s.longest {
			longest = max(longest, d)
		}
		least := max(s.work/8, longest, time.Duration(s.calls)*time.Second/20)
		if done != ends || float64(took) > 1.1*float64(least) {
			t.Errorf("%d of %d ended in %v; AWS itself needs %v", done, ends, took, least)
		}
		if s.refusals*100 > s.calls {
			t.Errorf("%d of %d calls were refused", s.refusals, s.calls)
		}
		if grants < ends/10 {
			t.Errorf("only %d grants came in between", grants)
		}
		if b := s.slots.backlog(); b.Waiting()+b.Running != 0 || len(s.slots.accounts) != 0 {
			t.Errorf("left over: %+v", b)
		}
	})
}

// The whole connector in a small storm, against AWS's own limits.
func TestStormOverTheWire(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, ordinary, sized(60, 10, 12), func(s *setting) {
			s.tuning.OperationMin, s.tuning.OperationMax = 5*time.Second, 30*time.Second
			s.aws.Organization = awssim.Generate(s.gen)
			org := s.aws.Organization
			for i := range 150 {
				org.Assignments = append(org.Assignments, awssim.Assignment{
					AccountID: org.Accounts[1+i%30].ID, PermissionSetARN: org.PermissionSets[i/30].ARN, PrincipalType: awssim.PrincipalUser, PrincipalID: org.Users[3].ID,
				})
			}
		})
		begin := time.Now()
		var wg sync.WaitGroup
		for i := range 150 {
			key := access.Key{
				Person: catalog.PersonID(w.org.Users[3].ID), Account: catalog.AccountID(w.org.Accounts[1+i%30].ID), Role: catalog.RoleARN(w.org.PermissionSets[i/30].ARN),
			}
			wg.Go(func() {
				release, err := w.Acquire(t.Context(), access.PriorityRevoke, key.Account)
				if err != nil {
					t.Error(err)
					return
				}
				defer release()
				op, err := w.Unassign(t.Context(), key, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if op = w.await(op); op.Status != access.Succeeded {
					t.Errorf("%+v", op)
				}
			})
		}
		wg.Wait()
		var work time.Duration
		for _, op := range w.Operations(0) {
			work += op.Ended.Sub(op.Started)
		}
		if took, least := time.Since(begin), work/8; took > least*12/10 { // the last ones do not fill the slots
			t.Errorf("took %v, AWS itself needs %v", took, least)
		}
		if len(w.ErrorCounts()) != 0 {
			t.Errorf("AWS refused %v", w.ErrorCounts())
		}
	})
}
