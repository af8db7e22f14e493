package suite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/sandbox/awssim"
)

var errCrashed = errors.New("the process is dead")

// fuse stops a process at one of its points: the moments before and after each store
// transaction and each call to AWS. Once blown nothing of that process has any effect.
type fuse struct {
	mu    sync.Mutex
	armed bool
	n     int // points passed since it was armed
	txs   int
	calls int
	// effects are the calls that AWS did not refuse.
	effects int
	at      int // the point to blow at, from 1; 0: never
	blown   chan struct{}
	name    string // what it blew at
}

func newFuse(at int) *fuse { return &fuse{at: at, blown: make(chan struct{})} }

func (f *fuse) dead() bool {
	select {
	case <-f.blown:
		return true
	default:
		return false
	}
}

// point passes one point, or blows at it.
func (f *fuse) point(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead() {
		return errCrashed
	}
	if !f.armed {
		return nil
	}
	f.n++
	if f.n == f.at {
		f.name = name
		close(f.blown)
		return errCrashed
	}
	return nil
}

// count notes one transaction or call of a run.
func (f *fuse) count(n *int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.armed {
		*n++
	}
}

// fused is a store whose process can die before and after each transaction.
type fused struct {
	access.Store
	fuse *fuse
}

func (s fused) View(ctx context.Context, fn func(access.Tx) error) error {
	if s.fuse.dead() {
		return errCrashed
	}
	return s.Store.View(ctx, fn)
}

func (s fused) Update(ctx context.Context, fn func(access.Tx) error) error {
	s.fuse.count(&s.fuse.txs)
	if err := s.fuse.point("before a transaction"); err != nil {
		return err
	}
	err := s.Store.Update(ctx, fn)
	if dead := s.fuse.point("after a transaction"); dead != nil {
		return dead // committed, and nobody lives to hear it
	}
	return err
}

// intercept is the fuse on the wire to AWS.
func (f *fuse) intercept(call awssim.Call, after bool) error {
	when := "before"
	if after {
		when = "after"
		f.count(&f.effects)
	} else {
		f.count(&f.calls)
	}
	return f.point(when + " " + call.Action)
}

// job is what is asked for in the script: at once, and with an approval.
type job struct {
	automatic, approved access.Entitlement
	options             []rigOption
	// steps are what its people do, where that is not the main job.
	steps func(*rig) []func() error
}

func rolesJob() job {
	return job{automatic: access.RoleIn(prod, roleARN("ReadOnly")), approved: access.RoleIn(prod, roleARN("AdministratorAccess"))}
}

// script is the main job as its people live it. It can be run again from the start after
// a crash: forms and buttons that were sent already change nothing.
func script(r *rig, j job, tick func(time.Duration) bool) error {
	ask := func(do func() error) error {
		for range 20 {
			err := do()
			if err == nil || errors.Is(err, errCrashed) || fault.Is(err, fault.Conflict) {
				return err
			}
			if !tick(3 * time.Second) {
				return errCrashed
			}
		}
		return nil // refused for good, as it may be after a crash: its time is over
	}
	var automatic, approved access.Request
	steps := []func() error{
		func() (err error) {
			automatic, err = r.ask(alice, j.automatic, 10*time.Minute, "form-1")
			return err
		},
		func() (err error) {
			approved, err = r.ask(bob, j.approved, 10*time.Minute, "form-2")
			return err
		},
		func() error {
			_, err := r.svc.Claim(context.Background(), carol, approved.ID)
			return err
		},
		func() error {
			_, err := r.svc.Reply(context.Background(), carol, approved.ID, "Dana decides it for me.")
			return err
		},
		func() error {
			_, err := r.svc.Delegate(context.Background(), carol, access.DelegationInput{To: dana, Until: time.Now().Add(24 * time.Hour)})
			return err
		},
		func() error { // for carol, and for less
			_, err := r.svc.Review(context.Background(), access.ReviewInput{Request: approved.ID, User: dana, Verdict: access.Approve, Duration: 5 * time.Minute})
			return err
		},
		func() error {
			v, err := r.svc.RequestView(context.Background(), automatic.ID)
			if err != nil || len(v.Grants) == 0 {
				return err
			}
			_, err = r.svc.EndGrant(context.Background(), v.Grants[0].Grant.ID, alice)
			return err
		},
		func() error { // asked again within a minute of the removal: the listing may still lag
			_, err := r.ask(alice, j.automatic, 5*time.Minute, "form-3")
			return err
		},
	}
	if j.steps != nil {
		steps = j.steps(r)
	}
	for _, step := range steps {
		if err := ask(step); errors.Is(err, errCrashed) {
			return err
		}
		if !tick(25 * time.Second) {
			return errCrashed
		}
	}
	if !tick(40 * time.Minute) {
		return errCrashed
	}
	return nil
}

// crashRun plays the script, dies at one point, starts again on the same store, heals, plays
// on, and checks. It returns the fuse.
func crashRun(t *testing.T, open func() (keptStore, error), j job, at int) (f *fuse, err error) {
	f = newFuse(at)
	r := newRig(t, append(j.options, func(r *rig, cfg *awssim.Config) {
		cfg.Tuning.ListingLag = 20 * time.Second
		cfg.Tuning.OperationMin, cfg.Tuning.OperationMax = 3*time.Second, 3*time.Second
		cfg.Intercept = func(c awssim.Call, after bool) error {
			if f == nil {
				return nil
			}
			return f.intercept(c, after)
		}
		r.wrap = func(s access.Store) access.Store { return fused{s, f} }
		r.open = open
	})...)
	r.start()
	pass(time.Minute)
	f.armed = true
	var broken error
	tick := func(d time.Duration) bool {
		begun := time.Now()
		for end := begun.Add(d); time.Now().Before(end); {
			pause := 5 * time.Second
			if !full() && time.Since(begun) > 10*time.Minute { // everything has ended long ago
				pause = time.Minute
			}
			select {
			case <-f.blown:
			case <-time.After(min(pause, time.Until(end))):
			}
			synctest.Wait()
			if f.dead() {
				return false
			}
			if err := r.invariants(time.Now()); err != nil && broken == nil {
				broken = err
			}
		}
		return true
	}
	err = script(r, j, tick)
	for extra := 0; err == nil && at > 0; extra++ {
		// How many notices become one delivery differs a little from run to run: a late point
		// is reached by asking for a little more.
		_, err = r.submit(alice, staging, "ReadOnly", 5*time.Minute, fmt.Sprint("extra-", extra))
		if err == nil && !tick(20*time.Minute) {
			err = errCrashed
		}
	}
	if errors.Is(err, errCrashed) {
		r.cancel()
		<-r.stopped
		r.dir.Close()
		if err := r.db.Close(); err != nil {
			return f, err
		}
		pass(10 * time.Second) // down for a while
		dead := f
		f = newFuse(0)
		r.start()
		pass(5 * time.Second)
		if err := script(r, j, tick); err != nil {
			return dead, err
		}
		f = dead
	}
	if broken != nil {
		return f, broken
	}
	left := len(r.cloud.Assignments(awsRequested()))
	if r.anchor != "" {
		if err := r.anchorsAgree(); err != nil {
			return f, err
		}
		left -= len(r.cloud.Assignments(awssim.AssignmentFilter{PrincipalID: string(r.anchor)}))
	}
	if n := left + len(r.joined()); n != 0 {
		return f, fmt.Errorf("I2: %d assignments or memberships outlive everything", n)
	}
	if err := r.settled(); err != nil {
		return f, err
	}
	if err := r.everythingTold(); err != nil {
		return f, err
	}
	if err := r.db.Check(context.Background()); err != nil {
		return f, err
	}
	if err := access.VerifyAudit(context.Background(), r.db); err != nil {
		return f, fmt.Errorf("I6: %w", err)
	}
	r.stop()
	return f, nil
}

// settled states that nothing is left half done.
func (r *rig) settled() error {
	return r.db.View(context.Background(), func(tx access.Tx) error {
		open, err := tx.Assignments(access.AssignmentFilter{States: []access.AssignmentState{access.Creating, access.Present, access.Deleting}})
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return fmt.Errorf("%s is still %s: %s", open[0].Key, open[0].State, open[0].LastError)
		}
		n, err := tx.Notices()
		if err == nil && n > 0 {
			err = fmt.Errorf("%d notices were never delivered", n)
		}
		return err
	})
}

// everythingTold states that no message was lost: each decision and each end was told.
func (r *rig) everythingTold() error {
	type story struct {
		kind  access.NoticeKind
		event access.Event
		about string
	}
	told := map[story]bool{}
	r.told.mu.Lock()
	for _, n := range r.told.notices {
		told[story{n.Kind, n.Event, string(n.Request)}] = true
		told[story{n.Kind, n.Event, string(n.Grant)}] = true
	}
	r.told.mu.Unlock()
	return r.db.View(context.Background(), func(tx access.Tx) error {
		requests, err := tx.Requests(access.RequestFilter{})
		if err != nil {
			return err
		}
		for _, q := range requests {
			if q.State != access.Pending && !q.CheckedAt.IsZero() && !q.Terms.Automatic && !told[story{access.NoticeThread, access.EventDecided, string(q.ID)}] {
				return fmt.Errorf("nobody was told that request %s is %s", q.ID, q.State)
			}
		}
		grants, err := tx.Grants(access.GrantFilter{States: []access.GrantState{access.Ended}})
		if err != nil {
			return err
		}
		prolonged := map[access.GrantID]bool{}
		for _, g := range grants {
			prolonged[g.Extends] = prolonged[g.Extends] || !g.ConfirmedAt.IsZero()
		}
		for _, g := range grants {
			if g.EndReason == access.EndExpired && prolonged[g.ID] {
				continue // it went on
			}
			if !told[story{access.NoticeTell, access.EventEnded, string(g.ID)}] {
				return fmt.Errorf("nobody was told that grant %s ended", g.ID)
			}
		}
		return nil
	})
}

// TestCrashAtEveryPoint stops the process before and after every store transaction and
// every call to AWS of the main job, and heals it from the store.
func TestCrashAtEveryPoint(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, e engine) {
		// Odd, so that points before and after a call take turns.
		crashAtPoints(t, e, rolesJob(), stride(map[string]int{onBolt.name: 19, onPostgres.name: 91}[e.name]))
	})
}

// stride is from how many points one is tried: all of them with STINT_FULL=1. The race detector
// makes each cost five times as much and finds nothing in the twentieth that it did not see
// in the first, so there are fewer under it; make test walks these once more without it.
func stride(ordinary int) int {
	switch {
	case full():
		return 1
	case raced:
		return 5 * ordinary
	default:
		return ordinary
	}
}

// crashAtPoints crashes at every step-th point.
func crashAtPoints(t *testing.T, e engine, j job, step int) {
	var points int
	open := e.empty(t)
	synctest.Test(t, func(t *testing.T) {
		f, err := crashRun(t, open, j, 0)
		if err != nil {
			t.Fatal("dry run:", err)
		}
		points = f.n
		if none := f.calls - f.effects; points != 2*(f.txs+f.calls)-none { // a call that AWS refuses has no moment after its effect
			t.Fatalf("%d points, but %d transactions and %d calls", points, f.txs, f.calls)
		}
		t.Logf("%d points: before and after %d transactions and %d calls to AWS", points, f.txs, f.calls)
	})
	if step > 1 {
		t.Logf("every %dth point; all of them with STINT_FULL=1", step)
	}
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for at := range next {
				t.Run(fmt.Sprint(at), func(t *testing.T) {
					open := e.empty(t)
					synctest.Test(t, func(t *testing.T) {
						f, err := crashRun(t, open, j, at)
						if err != nil {
							t.Errorf("killed at point %d, %s: %v", at, f.name, err)
						}
						if !f.dead() {
							t.Errorf("point %d was not reached", at)
						}
					})
				})
			}
		})
	}
	for at := 1; at <= points; at += step {
		next <- at
	}
	close(next)
	group.Wait()
}
