package bot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Jobs of one lane run in order, one at a time; lanes run side by side.
func TestLanesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(t.Context())
		var mu sync.Mutex
		got := map[string][]int{}
		const lanes, each = 20, 10
		begin := time.Now()
		for i := range each {
			for l := range lanes {
				key := fmt.Sprint("lane", l)
				if !d.submit(key, func(context.Context) {
					time.Sleep(time.Second)
					mu.Lock()
					defer mu.Unlock()
					got[key] = append(got[key], i)
				}) {
					t.Fatal("a job was refused")
				}
			}
		}
		d.drain(t.Context())
		if took := time.Since(begin); took != each*time.Second {
			t.Errorf("took %s: lanes waited for one another, or did not wait within", took)
		}
		for key, order := range got {
			if len(order) != each || !slices.IsSorted(order) {
				t.Errorf("%s ran %v", key, order)
			}
		}
		if len(got) != lanes {
			t.Errorf("%d lanes ran", len(got))
		}
	})
}

// The pool is bounded, and so is what waits for it; nothing is left behind.
func TestDispatcherIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(t.Context())
		gate := make(chan struct{})
		var running, most, ran atomic.Int32
		taken, refused := 0, 0
		for range maxRunning + maxWaiting + 50 {
			if d.submit("", func(context.Context) {
				n := running.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				<-gate
				running.Add(-1)
				ran.Add(1)
			}) {
				taken++
			} else {
				refused++
			}
		}
		if taken != maxRunning+maxWaiting || refused != 50 {
			t.Errorf("%d taken, %d refused", taken, refused)
		}
		close(gate)
		d.drain(t.Context())
		if most.Load() > maxRunning || int(ran.Load()) != taken {
			t.Errorf("%d at once, %d ran", most.Load(), ran.Load())
		}
		if d.running != 0 || d.waiting != 0 || len(d.lanes) != 0 || len(d.ready) != 0 {
			t.Errorf("left behind: %d running, %d waiting, %d lanes, %d ready", d.running, d.waiting, len(d.lanes), len(d.ready))
		}
		if d.submit("late", func(context.Context) {}) {
			t.Error("a job was taken after the end")
		}
	})
}

// A busy lane does not keep others from the pool.
func TestBusyLaneGivesWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(t.Context())
		for i := range maxRunning {
			for range 5 {
				d.submit(fmt.Sprint("busy", i), func(context.Context) { time.Sleep(time.Second) })
			}
		}
		begin := time.Now()
		var waited time.Duration
		d.submit("other", func(context.Context) { waited = time.Since(begin) })
		d.drain(t.Context())
		if waited > time.Second {
			t.Errorf("waited %s behind busy lanes", waited)
		}
	})
}

func TestSeen(t *testing.T) {
	t.Parallel()
	s := newSeen(10*time.Minute, 3)
	now := time.Now()
	if !s.first("a", now) || s.first("a", now.Add(9*time.Minute)) {
		t.Error("an id within the time is not known")
	}
	if !s.first("a", now.Add(11*time.Minute)) {
		t.Error("an id is known for ever")
	}
	s.forget("a")
	if !s.first("a", now.Add(11*time.Minute)) || s.first("a", now.Add(11*time.Minute)) {
		t.Error("a forgotten id is known, or not learnt again")
	}
	for _, id := range []string{"b", "c", "d"} {
		s.first(id, now.Add(11*time.Minute))
	}
	if len(s.ids) > 3 || len(s.order) > 3 {
		t.Errorf("remembers %d ids", len(s.ids))
	}
	for range 2 {
		if !s.first("", now) {
			t.Error("no id is taken for an id")
		}
	}
}
