package bot

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestLeaveWaitsForWhatIsOwed: the sockets stay open while Slack waits for an answer, and
// not for ever.
func TestLeaveWaitsForWhatIsOwed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &Bot{owed: &owed{}}
		env := &envelope{owed: b.owed}
		b.owed.add(1)
		time.AfterFunc(2*time.Second, env.settle)
		begun := time.Now()
		b.leave(t.Context())
		if took := time.Since(begun); took < 2*time.Second+flushWithin || took > 3*time.Second {
			t.Errorf("it left after %s; the answer was given after 2 s", took)
		}
		env.settle()
		if b.owed.count != 0 {
			t.Errorf("%d are owed: settled twice", b.owed.count)
		}
		b.owed.add(1)
		begun = time.Now()
		b.leave(t.Context())
		if took := time.Since(begun); took != leaveWithin {
			t.Errorf("it waited %s for an answer that never came", took)
		}
	})
}
