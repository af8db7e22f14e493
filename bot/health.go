package bot

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"stint/access"
)

// Health is how the connection to Slack is.
type Health struct {
	Connected int       // sockets that said hello and have not ended
	Sockets   int       // sockets that should be
	LastHello time.Time // zero: never
	LastError string    // the newest failure, in words; "" when there was none since the last hello
	Hint      string    // what to do about it
	Fatal     bool      // retrying does not mend it
	ErrorAt   time.Time
}

// OK reports whether Slack can reach the bot.
func (h Health) OK() bool { return h.Connected > 0 }

// Check is the health as a line for admins.
func (h Health) Check() access.Check {
	c := access.Check{Name: "Slack", OK: h.OK(), Since: h.LastHello}
	switch {
	case h.OK() && h.Connected < h.Sockets:
		c.Detail = fmt.Sprintf("connected, %d of %d connections", h.Connected, h.Sockets)
	case h.OK():
		c.Detail = fmt.Sprintf("connected, %d connections", h.Connected)
	case h.LastError != "":
		c.Detail, c.Hint, c.Since = "not connected: "+h.LastError, h.Hint, h.ErrorAt
	default:
		c.Detail, c.Hint = "not connected yet", "It is tried again."
	}
	return c
}

// health collects what the sockets report.
type health struct {
	gauge interface{ Set(float64) }

	mu        sync.Mutex
	up        map[int]bool
	sockets   int
	lastHello time.Time
	last      trouble
	errorAt   time.Time
	changed   chan struct{} // closed and replaced at each change
}

func newHealth(sockets int, gauge interface{ Set(float64) }) *health {
	return &health{up: map[int]bool{}, sockets: sockets, gauge: gauge, changed: make(chan struct{})}
}

func (h *health) hello(socket int) {
	h.change(func() {
		h.up[socket] = true
		h.lastHello = time.Now()
		h.last = trouble{}
	})
}

func (h *health) down(socket int) {
	h.change(func() { delete(h.up, socket) })
}

func (h *health) fail(t trouble) {
	h.change(func() { h.last, h.errorAt = t, time.Now() })
}

func (h *health) change(fn func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fn()
	h.gauge.Set(float64(len(h.up)))
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *health) snapshot() Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Health{
		Connected: len(h.up),
		Sockets:   h.sockets,
		LastHello: h.lastHello,
		LastError: strings.TrimSpace(h.last.problem),
		Hint:      h.last.hint,
		Fatal:     h.last.fatal,
		ErrorAt:   h.errorAt,
	}
}
