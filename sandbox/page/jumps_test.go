package page

import (
	"testing"
	"time"
)

// TestJumpsTellTheClock finds the offset that was in force, whoever noticed the jump first.
func TestJumpsTellTheClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	j := &jumps{}
	j.note(time.Time{}, 0)
	j.note(at(11), time.Hour)
	j.note(at(10), time.Hour) // the same jump, known better
	j.note(at(20), 26*time.Hour)
	j.note(at(21), 26*time.Hour)
	j.note(at(22), time.Hour) // late
	for _, c := range []struct {
		wall int
		want time.Duration
	}{{-100, 0}, {9, 0}, {10, time.Hour}, {19, time.Hour}, {20, 26 * time.Hour}, {500, 26 * time.Hour}} {
		if got, want := j.clock(at(c.wall)), at(c.wall).Add(c.want); !got.Equal(want) {
			t.Errorf("second %d by the wall is %s, want %s", c.wall, got, want)
		}
	}
	for i := range 10 * keptJumps {
		j.note(at(100+i), time.Duration(i)*time.Minute)
	}
	if n := len(j.list); n > 2*keptJumps {
		t.Errorf("%d jumps are kept", n)
	}
}
