package page

import (
	"net/http"
	"time"
)

// said is a line of the app's log with the sandbox's time of it.
type said struct {
	Line
	Clock time.Time `json:"clock"`
}

// log is what the app has said, oldest first.
func (s *Server) log(r *http.Request) (any, error) {
	after, err := number(r, "after", 0)
	if err != nil {
		return nil, err
	}
	lines := []said{}
	for _, l := range s.cfg.Log.Lines(uint64(after)) {
		lines = append(lines, said{Line: l, Clock: s.jumps.clock(l.At)})
	}
	return map[string]any{"lines": lines}, nil
}
