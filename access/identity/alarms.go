package identity

import (
	"sync"
	"time"
)

// alarmPause keeps somebody who tries again and again from flooding the admins.
const alarmPause = time.Hour

type alarms struct {
	clock Clock
	tell  func(text string)
	mu    sync.Mutex
	last  map[string]time.Time
}

func (a *alarms) raise(text string) {
	if a.tell == nil {
		return
	}
	now := a.clock.Now()
	a.mu.Lock()
	for t, at := range a.last {
		if now.Sub(at) >= alarmPause {
			delete(a.last, t)
		}
	}
	_, told := a.last[text]
	if !told {
		a.last[text] = now
	}
	a.mu.Unlock()
	if !told {
		a.tell(text)
	}
}
