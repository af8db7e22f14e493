package access

import (
	"testing"
	"time"
)

// movedClock is a wall clock that somebody sets, without a monotonic part.
type movedClock struct{ now time.Time }

func (c *movedClock) Now() time.Time { return c.now }

func (c *movedClock) At(time.Time) (<-chan struct{}, func()) { return nil, func() {} }

func TestTimekeeperNeverGoesBack(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := &movedClock{noon}
	k := NewTimekeeper(c, time.Time{})
	c.now = noon.Add(time.Hour)
	if got := k.Now(); !got.Equal(c.now) {
		t.Errorf("%s, want the wall's %s", got, c.now)
	}
	c.now = noon // set back
	if got := k.Now(); got.Before(noon.Add(time.Hour)) {
		t.Errorf("went back to %s", got)
	}
	c.now = noon.Add(time.Minute) // and on from there
	if got, want := k.Now(), noon.Add(time.Hour+time.Minute); !got.Equal(want) {
		t.Errorf("%s, want what has elapsed added: %s", got, want)
	}
}

func TestTimekeeperStartsFromTheStoredTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	k := NewTimekeeper(&movedClock{noon}, noon.Add(3*time.Hour))
	if got := k.Now(); got.Before(noon.Add(3 * time.Hour)) {
		t.Errorf("%s, before what was stored", got)
	}
}

func TestTimekeeperBelievesAWSWhenItIsLater(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	k := NewTimekeeper(&movedClock{noon}, time.Time{})
	k.Observe(noon.Add(10 * time.Minute))
	if got := k.Now(); !got.Equal(noon.Add(10 * time.Minute)) {
		t.Errorf("%s", got)
	}
	if skew, ok := k.Skew(); !ok || skew != 10*time.Minute {
		t.Errorf("skew %s, %v", skew, ok)
	}
	k.Observe(noon.Add(-400 * time.Millisecond)) // the header is cut to seconds
	if skew, _ := k.Skew(); skew != 0 {
		t.Errorf("skew %s of a header that was only cut", skew)
	}
}
