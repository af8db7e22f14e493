package page

import (
	"sync"
	"time"
)

// jumps remember how far the sandbox's clock was ahead of the wall at which time. Logs are kept by the wall, for
// a log must not depend on a clock that is a toy; people read them beside messages that run by that clock.
type jumps struct {
	mu   sync.Mutex
	list []jump // oldest first
}

// jump is the offset from a time by the wall on.
type jump struct {
	from   time.Time
	offset time.Duration
}

// keptJumps bounds the memory of somebody who moves the clock in a loop.
const keptJumps = 1000

// note says that the offset holds from that time on. Of a jump that is known already the earlier time is right;
// who comes late with the jump before it says nothing new, for the clock never goes back.
func (j *jumps) note(from time.Time, offset time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.list); n > 0 && offset <= j.list[n-1].offset {
		if last := &j.list[n-1]; offset == last.offset && from.Before(last.from) {
			last.from = from
		}
		return
	}
	if len(j.list) >= 2*keptJumps {
		j.list = append(j.list[:0], j.list[len(j.list)-keptJumps:]...)
	}
	j.list = append(j.list, jump{from, offset})
}

// clock is the sandbox's time at a time by the wall.
func (j *jumps) clock(wall time.Time) time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	offset := time.Duration(0)
	for i := len(j.list) - 1; i >= 0; i-- {
		offset = j.list[i].offset
		if !wall.Before(j.list[i].from) {
			break
		}
	}
	return wall.Add(offset)
}

// followClock notes the jumps that others than the page make, until the page ends.
func (s *Server) followClock(jumped <-chan struct{}) {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-jumped:
		}
		from := time.Now()
		jumped = s.cfg.Clock.Jumped()
		s.jumps.note(from, s.cfg.Clock.Offset())
	}
}
