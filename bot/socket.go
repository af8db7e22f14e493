package bot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	// sockets is how many connections are held: with two, Slack can refresh one without a
	// gap. It gives each envelope to one of them and allows ten.
	sockets = 2
	// ackQueue is how many acknowledgements may wait for a connection that is being renewed.
	ackQueue = 256
	// readLimit bounds one frame of Slack; the largest honest one carries a view of 250 kB.
	readLimit = 4 << 20
	// restartAfter is the pause after an error that the library takes for final. The process
	// lives on: it still has to take access away.
	restartAfter = time.Minute
)

// socket is one Socket Mode connection, renewed for as long as it runs.
type socket struct {
	client *socketmode.Client
	http   *http.Client
	health *health
	log    zerolog.Logger
	number int
	acks   chan string // envelope ids to acknowledge without an answer
	// restart is restartAfter; tests shorten it.
	restart time.Duration
}

func newSocket(w *Workspace, number int, h *health, l zerolog.Logger) *socket {
	hc := &http.Client{Transport: &openGuard{next: newTransport(), timeout: callTimeout}}
	api := slack.New(w.botToken,
		slack.OptionAppLevelToken(w.appToken),
		slack.OptionAPIURL(w.endpoint),
		slack.OptionHTTPClient(hc),
		slack.OptionLog(log.New(io.Discard, "", 0)),
	)
	return &socket{
		client: socketmode.New(api,
			socketmode.OptionReadLimit(readLimit),
			socketmode.OptionLog(log.New(io.Discard, "", 0)),
			socketmode.OptionDialer(&websocket.Dialer{
				Proxy:            http.ProxyFromEnvironment,
				HandshakeTimeout: callTimeout,
				// Slack does not put continuation frames together: one answer is one frame.
				WriteBufferSize: 32 << 10,
			}),
		),
		http:    hc,
		health:  h,
		log:     l.With().Int("socket", number).Logger(),
		number:  number,
		acks:    make(chan string, ackQueue),
		restart: restartAfter,
	}
}

// run holds the connection until ctx ends. Every event goes to handle, which must not block.
func (s *socket) run(ctx context.Context, handle func(*socket, socketmode.Event)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer s.http.CloseIdleConnections()
	inner, stop := context.WithCancel(ctx)
	defer stop()
	wg.Go(func() { s.read(inner, handle) })
	wg.Go(func() { s.acknowledge(inner) })
	for {
		err := s.client.RunContext(ctx)
		s.health.down(s.number)
		if ctx.Err() != nil {
			return
		}
		s.failed(err)
		if !pause(ctx, s.restart) {
			return
		}
	}
}

// read takes events from the library as fast as they come.
func (s *socket) read(ctx context.Context, handle func(*socket, socketmode.Event)) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.client.Events:
			switch e.Type {
			case socketmode.EventTypeHello:
				s.health.hello(s.number)
				s.log.Info().Msg("connected to Slack")
			case socketmode.EventTypeConnecting:
				s.health.down(s.number)
			case socketmode.EventTypeConnectionError:
				if ce, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
					s.failed(ce.ErrorObj)
				}
			case socketmode.EventTypeErrorBadMessage:
				// The library does not acknowledge what it cannot read, and Slack would send it again.
				if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
					var head struct {
						EnvelopeID string `json:"envelope_id"`
						Type       string `json:"type"`
					}
					_ = json.Unmarshal(bad.Message, &head)
					s.log.Warn().Err(bad.Cause).Str("type", head.Type).Msg("unreadable envelope acknowledged")
					s.ack(head.EnvelopeID)
				}
				handle(s, e)
			default:
				handle(s, e)
			}
		}
	}
}

func (s *socket) failed(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	t := classify(err)
	s.health.fail(t)
	level := zerolog.WarnLevel
	if t.fatal {
		level = zerolog.ErrorLevel
	}
	s.log.WithLevel(level).Err(err).Str("problem", t.problem).Str("hint", t.hint).Msg("Slack connection failed")
}

// ack queues an acknowledgement without an answer. It never blocks; when the queue is
// full because Slack is away, the acknowledgement is lost, which is allowed.
func (s *socket) ack(envelopeID string) {
	if envelopeID == "" {
		return
	}
	select {
	case s.acks <- envelopeID:
	default:
		s.log.Warn().Msg("acknowledgement dropped: too many wait for the connection")
	}
}

func (s *socket) acknowledge(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-s.acks:
			_ = s.client.AckCtx(ctx, id, nil) // fails only when ctx ends
		}
	}
}

// answer acknowledges with a payload, within the time in which Slack still wants it.
func (s *socket) answer(ctx context.Context, envelopeID string, payload any) error {
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	return s.client.AckCtx(ctx, envelopeID, payload)
}

// openGuard slows down apps.connections.open when connections end as soon as they began:
// Slack then disconnects right after hello, and the library would come back at once, a
// hundred times a second.
type openGuard struct {
	next    http.RoundTripper
	timeout time.Duration

	mu    sync.Mutex
	last  time.Time
	quick int
}

const (
	quickAfter = 10 * time.Second // a connection shorter than this was no connection
	quickFree  = 2                // so many in a row are forgiven
	quickMax   = time.Minute
)

func (g *openGuard) RoundTrip(r *http.Request) (*http.Response, error) {
	if wait := g.wait(time.Now()); wait > 0 && !pause(r.Context(), wait) {
		return nil, r.Context().Err()
	}
	g.mu.Lock()
	g.last = time.Now()
	g.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.Context(), g.timeout)
	resp, err := g.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &cancelBody{ReadCloser: resp.Body, cancel: cancel}
	return resp, nil
}

// CloseIdleConnections passes on what http.Client asks of its transport.
func (g *openGuard) CloseIdleConnections() {
	if c, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// wait counts opens that follow one another too quickly and says how long to hold this one.
func (g *openGuard) wait(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last.IsZero() || now.Sub(g.last) > quickAfter {
		g.quick = 0
		return 0
	}
	g.quick++
	if g.quick <= quickFree {
		return 0
	}
	return min(500*time.Millisecond<<min(g.quick-quickFree, 10), quickMax)
}

// cancelBody releases the timeout of a request once its answer was read.
type cancelBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
