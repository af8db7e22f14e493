package page

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// versions say what has changed: who sees a number grow fetches that part again.
type versions struct {
	Slack uint64 `json:"slack"`
	AWS   uint64 `json:"aws"`
	Clock uint64 `json:"clock"`
	Log   uint64 `json:"log"`
}

// settleFor gathers changes that come together into one event; a keystroke alone makes three.
const settleFor = 25 * time.Millisecond

// events streams versions as server-sent events, once at the beginning and then at every change.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	slack := make(chan uint64)
	go s.followSlack(ctx, slack)

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	send := func(v versions) bool {
		data, _ := json.Marshal(v)
		_, err := fmt.Fprintf(w, "event: change\ndata: %s\n\n", data)
		return err == nil && out.Flush() == nil
	}
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()

	v := versions{}
	aws, jumped := s.cfg.AWS.Changes(), s.cfg.Clock.Jumped()
	written, logged := s.cfg.Log.Changes()
	v.Log = written
	due, stopDue := s.nextDue()
	defer func() { stopDue() }()
	if !send(v) {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-alive.C:
			if _, err := fmt.Fprint(w, ": alive\n\n"); err != nil || out.Flush() != nil {
				return
			}
			continue
		case v.Slack = <-slack:
		case <-aws:
		case <-due:
		case <-jumped:
		case <-logged:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(settleFor):
		}
		// What has changed is read off here, at the end of the pause, or what changes within it would be lost.
		if closed(aws) || closed(due) {
			v.AWS++
		}
		if closed(jumped) {
			v.Clock++
			v.AWS++
		}
		stopDue()
		aws, jumped = s.cfg.AWS.Changes(), s.cfg.Clock.Jumped()
		v.Log, logged = s.cfg.Log.Changes()
		due, stopDue = s.nextDue()
		if !send(v) {
			return
		}
	}
}

// followSlack hands on the workspace's versions until ctx ends.
func (s *Server) followSlack(ctx context.Context, to chan<- uint64) {
	v := uint64(0)
	for {
		now, err := s.cfg.Slack.Changes(ctx, v)
		if err != nil {
			return
		}
		v = now
		select {
		case to <- now:
		case <-ctx.Done():
			return
		}
	}
}

// nextDue is when AWS next changes by itself.
func (s *Server) nextDue() (<-chan struct{}, func()) {
	at, ok := s.cfg.AWS.NextDue()
	if !ok {
		return nil, func() {}
	}
	return s.cfg.Clock.At(at)
}

func closed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
