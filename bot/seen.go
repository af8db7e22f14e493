package bot

import (
	"slices"
	"sync"
	"time"
)

// seen remembers envelope ids for longer than Slack retries (at once, after one minute,
// after five), up to a bound. It saves work; nothing relies on it.
type seen struct {
	keep  time.Duration
	limit int

	mu    sync.Mutex
	ids   map[string]struct{}
	order []seenID // oldest first
}

type seenID struct {
	id string
	at time.Time
}

func newSeen(keep time.Duration, limit int) *seen {
	return &seen{keep: keep, limit: limit, ids: map[string]struct{}{}}
}

// first reports whether the id was not seen before, and remembers it.
func (s *seen) first(id string, now time.Time) bool {
	if id == "" {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) > 0 && (len(s.order) >= s.limit || now.Sub(s.order[0].at) > s.keep) {
		delete(s.ids, s.order[0].id)
		s.order = s.order[1:]
	}
	if _, ok := s.ids[id]; ok {
		return false
	}
	s.ids[id] = struct{}{}
	s.order = append(s.order, seenID{id, now})
	return true
}

// forget makes the id new again.
func (s *seen) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ids, id)
	s.order = slices.DeleteFunc(s.order, func(o seenID) bool { return o.id == id })
}
