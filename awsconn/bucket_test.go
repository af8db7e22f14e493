package awsconn

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
)

// flood makes n callers of a priority wait and counts who came through.
func flood(ctx context.Context, b *bucket, p access.Priority, n int, through *order, name string, wg *sync.WaitGroup) {
	for range n {
		wg.Go(func() {
			if b.take(ctx, p) == nil {
				through.add(name)
			}
		})
	}
}

func count(names []string, name string) int {
	n := 0
	for _, s := range names {
		if s == name {
			n++
		}
	}
	return n
}

func TestBucketRate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBucket(wallClock{}, 20, 0.5)
		begin := time.Now()
		var wg sync.WaitGroup
		var o order
		flood(t.Context(), b, access.PriorityGrant, 105, &o, "grant", &wg)
		wg.Wait()
		// Five at once, a hundred at 20 a second: exactly, since tokens are whole nanoseconds.
		if d := time.Since(begin); d != 5*time.Second {
			t.Errorf("105 calls took %v, want 5s", d)
		}
	})
}

// Revokes leave four calls a second, passes take half at most, and the order is kept.
func TestBucketShares(t *testing.T) {
	for name, tc := range map[string]struct {
		load map[access.Priority]int
		want map[string][2]int // by name: least and most in ten seconds
	}{
		"revokes alone":    {map[access.Priority]int{access.PriorityRevoke: 500}, map[string][2]int{"revoke": {160, 165}}},
		"syncs alone":      {map[access.Priority]int{access.PrioritySync: 500}, map[string][2]int{"sync": {199, 206}}},
		"passes alone":     {map[access.Priority]int{priorityPass: 500}, map[string][2]int{"pass": {100, 103}}},
		"syncs, passes":    {map[access.Priority]int{access.PrioritySync: 500, priorityPass: 500}, map[string][2]int{"sync": {199, 206}, "pass": {0, 0}}},
		"revokes, grants":  {map[access.Priority]int{access.PriorityRevoke: 500, access.PriorityGrant: 500}, map[string][2]int{"revoke": {159, 165}, "grant": {39, 46}}},
		"grants, syncs":    {map[access.Priority]int{access.PriorityGrant: 500, access.PrioritySync: 500}, map[string][2]int{"grant": {199, 206}, "sync": {0, 0}}},
		"revokes, syncs":   {map[access.Priority]int{access.PriorityRevoke: 500, access.PrioritySync: 500}, map[string][2]int{"revoke": {159, 165}, "sync": {38, 46}}},
		"few grants":       {map[access.Priority]int{access.PriorityRevoke: 500, access.PriorityGrant: 20, access.PrioritySync: 500}, map[string][2]int{"revoke": {159, 165}, "grant": {20, 20}, "sync": {19, 26}}},
		"emergency, grant": {map[access.Priority]int{access.PriorityEmergency: 500, access.PriorityGrant: 500}, map[string][2]int{"emergency": {199, 206}, "grant": {0, 0}}},
	} {
		bubbleRun(t, name, func(t *testing.T) {
			b := newBucket(wallClock{}, 20, 0.5)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			var wg sync.WaitGroup
			var o order
			// The lowest first: whoever comes later must still go before.
			for p := priorityPass; p >= access.PriorityRevoke; p-- {
				flood(ctx, b, p, tc.load[p], &o, [...]string{"revoke", "emergency", "grant", "sync", "pass"}[p], &wg)
				synctest.Wait()
			}
			wg.Wait()
			for name, want := range tc.want {
				if n := count(o.list(), name); n < want[0] || n > want[1]+5 {
					t.Errorf("%s: %d in ten seconds, want %d to %d", name, n, want[0], want[1])
				}
			}
		})
	}
}

func TestBucketFirstComeFirstServed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBucket(wallClock{}, 1, 1)
		var wg sync.WaitGroup
		var o order
		names := []string{"a", "b", "c", "d", "e"}
		for _, name := range names {
			flood(t.Context(), b, access.PriorityGrant, 1, &o, name, &wg)
			synctest.Wait()
		}
		wg.Wait()
		for i, got := range o.list() {
			if got != names[i] {
				t.Errorf("came through as %v", o.list())
				break
			}
		}
	})
}

func TestBucketCancelledLeavesTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBucket(wallClock{}, 1, 1)
		if err := b.take(t.Context(), access.PriorityGrant); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := b.take(ctx, access.PriorityGrant); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		begin := time.Now()
		if err := b.take(t.Context(), access.PriorityGrant); err != nil || time.Since(begin) != 500*time.Millisecond {
			t.Errorf("%v after %v: the token went to who had left", err, time.Since(begin))
		}
	})
}

func TestBucketClockThatJumps(t *testing.T) {
	t.Parallel()
	begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	m := newMeter(begin, 10)
	for m.wait(begin, 1) == 0 {
		m.spend(1)
	}
	if d := m.wait(begin.Add(-time.Hour), 1); d != 50*time.Millisecond { // 250 ms were there, two tokens are spent
		t.Errorf("after a jump back: %v", d)
	}
	if d := m.wait(begin.Add(-time.Hour+100*time.Millisecond), 1); d != 0 {
		t.Errorf("a jump back stops the tokens: %v", d)
	}
	m.wait(begin.Add(100*24*time.Hour), 1)
	n := 0
	for now := begin.Add(100 * 24 * time.Hour); m.wait(now, 1) == 0; n++ {
		m.spend(1)
	}
	if n > 3 {
		t.Errorf("a jump forward gave %d tokens at once", n)
	}
}
