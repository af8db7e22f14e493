package sandbox_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stint/sandbox"
)

func reached(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func TestClockWakesWhenTimePasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c sandbox.Clock
		start := c.Now()
		ch, stop := c.At(start.Add(time.Hour))
		defer stop()
		time.Sleep(time.Hour - time.Nanosecond)
		synctest.Wait()
		if reached(ch) {
			t.Fatal("woken before its time")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if !reached(ch) {
			t.Fatal("not woken at its time")
		}
	})
}

func TestClockAdvanceWakesAtOnceAndShortensTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c sandbox.Clock
		start := c.Now()
		soon, stopSoon := c.At(start.Add(time.Hour))
		later, stopLater := c.At(start.Add(3 * time.Hour))
		defer stopSoon()
		defer stopLater()
		c.Advance(time.Hour)
		if !reached(soon) {
			t.Error("a jump to the very time did not wake")
		}
		if reached(later) {
			t.Error("woken two hours early")
		}
		time.Sleep(2*time.Hour - time.Second)
		synctest.Wait()
		if reached(later) {
			t.Error("woken a second early")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !reached(later) {
			t.Error("the timer was not shortened by the jump")
		}
		if got := c.Offset(); got != time.Hour {
			t.Errorf("offset %s, want 1h", got)
		}
		if got := c.Now().Sub(start); got != 3*time.Hour {
			t.Errorf("the clock moved by %s, want 3h", got)
		}
	})
}

func TestClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	var c sandbox.Clock
	c.Advance(time.Hour)
	c.Advance(-30 * time.Minute)
	c.Advance(0)
	if got := c.Offset(); got != time.Hour {
		t.Errorf("offset %s, want 1h", got)
	}
}

func TestClockStopReleases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c sandbox.Clock
		ch, stop := c.At(c.Now().Add(time.Minute))
		stop()
		stop()
		c.Advance(time.Hour)
		time.Sleep(time.Hour)
		synctest.Wait()
		if reached(ch) {
			t.Error("a waiter that was stopped is woken")
		}
		past, stopPast := c.At(c.Now().Add(-time.Minute))
		stopPast()
		if !reached(past) {
			t.Error("a time that has passed is not reached at once")
		}
	})
}

func TestClockFromManyGoroutines(t *testing.T) {
	t.Parallel()
	var c sandbox.Clock
	start := c.Now()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			ch, stop := c.At(start.Add(time.Duration(i) * time.Hour))
			defer stop()
			if i%2 == 0 {
				<-ch
			}
		})
		wg.Go(func() { c.Advance(time.Hour) })
	}
	wg.Wait()
	if got := c.Offset(); got != 50*time.Hour {
		t.Errorf("offset %s, want 50h", got)
	}
}
