package page

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"stint/sandbox/awssim"
	"stint/sandbox/slacksim"
)

// Clock is the sandbox's time, as the page needs it.
type Clock interface {
	Now() time.Time
	Offset() time.Duration
	At(t time.Time) (reached <-chan struct{}, stop func())
	// Advance moves the clock forward.
	Advance(d time.Duration)
	// Jumped returns a channel that is closed at the next Advance.
	Jumped() <-chan struct{}
}

// Config is what a page shows. All fields but Log, Cast and Connect are needed.
type Config struct {
	Slack *slacksim.Workspace
	AWS   *awssim.Cloud
	Clock Clock
	// Log is what the app says; nil shows an empty one.
	Log *Log
	// Cast are the Slack user ids of the people offered first, in that order.
	Cast []string
	// Connect are the settings by which a client reaches the simulators, shown for copying.
	Connect []Setting
}

// Setting is one environment variable for a client.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Server is the page of one sandbox.
type Server struct {
	cfg   Config
	token string
	cast  map[string]int
	mux   *http.ServeMux
	ctx   context.Context
	jumps jumps
	named names
	hands hands
}

// New makes the page. Event streams and what follows the clock end with ctx; everything else ends with its
// request.
func New(ctx context.Context, cfg Config) *Server {
	if cfg.Log == nil {
		cfg.Log = NewLog(1)
	}
	s := &Server{cfg: cfg, token: rand.Text(), cast: map[string]int{}, mux: http.NewServeMux(), ctx: ctx}
	s.jumps.note(time.Time{}, cfg.Clock.Offset())
	go s.followClock(cfg.Clock.Jumped())
	for i, id := range cfg.Cast {
		s.cast[id] = i
	}
	for _, r := range s.routes() {
		s.mux.Handle(r.method+" "+r.path, s.answer(r.handle))
	}
	s.mux.HandleFunc("GET /api/events", s.events)
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, notFound("There is no call "+r.Method+" "+r.URL.Path+".", "API.md lists every call."))
	})
	s.mux.Handle("/", assets())
	return s
}

// Token is what every POST must carry in the header X-Sandbox-Token. It is made anew at each start.
func (s *Server) Token() string { return s.token }

// Handler serves the page and its API behind the guard.
func (s *Server) Handler() http.Handler { return s.guard(s.mux) }
