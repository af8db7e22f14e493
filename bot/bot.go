package bot

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

const (
	// ackWithin is Slack's patience; after it the person sees that something went wrong.
	ackWithin = 3 * time.Second
	// answerWithin is when an answer that is not ready is replaced by "Working…": early
	// enough to reach Slack in time.
	answerWithin = 1800 * time.Millisecond
	// openWithin is how long the form waits for an identity before it opens as "One moment".
	openWithin = 400 * time.Millisecond
	// suggestWithin bounds what a keystroke may wait for.
	suggestWithin = 2 * time.Second
	// workWithin bounds everything that one press starts.
	workWithin = time.Minute
	// drainWithin bounds how long Run waits for handlers once it was told to end.
	drainWithin = 10 * time.Second
	// flushWithin is given to the last acknowledgement before the sockets close.
	flushWithin = 100 * time.Millisecond
	// rememberFor is longer than Slack's last retry, after five minutes.
	rememberFor   = 15 * time.Minute
	rememberCount = 20_000
)

// Change names what Slack said has changed; the facts about it are to be read again.
// Exactly one field is set.
type Change struct {
	User      identity.SlackUserID
	UserGroup identity.UserGroupID
	Channel   identity.ChannelID
}

// Options are what a Bot needs.
type Options struct {
	Workspace *Workspace
	// Service may be set later, by Bind, because the service in turn delivers through the bot.
	Service  Service
	Log      zerolog.Logger
	Registry prometheus.Registerer // nil: no metrics
	// Invalidate is told what changed in Slack; nil: nobody is.
	Invalidate func(Change)
	// FallbackChannel is where a card goes whose own channel is gone; nil or "": nowhere.
	FallbackChannel func() identity.ChannelID
}

// Bot is Stint in Slack.
type Bot struct {
	ws       *Workspace
	api      *slack.Client
	service  Service
	log      zerolog.Logger
	metrics  *metrics
	health   *health
	seen     *seen
	pace     *pacer
	keys     *keyed
	told     *seen // what admins were told already
	changed  func(Change)
	fallback func() identity.ChannelID
	members  *membership
	jobs     *dispatcher
	owed     *owed
	ending   <-chan struct{} // closed when Run was told to end
	// openAfter and answerAfter are openWithin and answerWithin; tests of slow services shorten them.
	openAfter, answerAfter time.Duration
	progress               time.Duration // progressEvery
	homes                  *published
	areas                  map[string]area
}

var _ access.Notifier = (*Bot)(nil)

// New makes a bot that is not connected yet. It can already deliver.
func New(o Options) *Bot {
	m := newMetrics(o.Registry)
	b := &Bot{
		ws:          o.Workspace,
		api:         o.Workspace.api,
		service:     o.Service,
		log:         o.Log,
		metrics:     m,
		health:      newHealth(sockets, m.connected),
		seen:        newSeen(rememberFor, rememberCount),
		pace:        newPacer(),
		keys:        newKeyed(),
		told:        newSeen(time.Hour, 1000),
		changed:     o.Invalidate,
		fallback:    o.FallbackChannel,
		openAfter:   openWithin,
		answerAfter: answerWithin,
		progress:    progressEvery,
		homes:       newPublished(),
		owed:        &owed{},
	}
	b.members = newMembership(o.Workspace.Channel)
	b.areas = b.findAreas()
	if b.changed == nil {
		b.changed = func(Change) {}
	}
	if b.fallback == nil {
		b.fallback = func() identity.ChannelID { return "" }
	}
	return b
}

// Bind sets the service. It is called once, before Run and before the first Deliver.
func (b *Bot) Bind(s Service) { b.service = s }

// Health is how the connection to Slack is now.
func (b *Bot) Health() Health { return b.health.snapshot() }

// Run receives from Slack until ctx ends, then lets what was begun finish, within ten
// seconds, and returns when every goroutine has ended. It does not return because Slack
// refuses: that is in Health, and tried again.
func (b *Bot) Run(ctx context.Context) error {
	base := context.WithoutCancel(ctx)
	work, stopWork := context.WithCancel(base)
	defer stopWork()
	link, unlink := context.WithCancel(base)
	defer unlink()

	b.jobs, b.ending = newDispatcher(work), ctx.Done()
	var wg sync.WaitGroup
	for i := range sockets {
		s := newSocket(b.ws, i+1, b.health, b.log)
		wg.Go(func() { s.run(link, b.receive) })
	}

	<-ctx.Done()
	b.log.Info().Msg("finishing what was begun in Slack")
	limit, cancel := context.WithTimeout(base, drainWithin)
	defer cancel()
	b.leave(limit)
	unlink()
	wg.Wait()
	b.jobs.drain(limit)
	stopWork()
	b.jobs.wait()
	b.ws.Close()
	return nil
}
