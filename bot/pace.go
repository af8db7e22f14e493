package bot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"stint/access"
)

// Slack's rates, kept a little below what it allows: within a minute the burst and what
// refills stay under the limit together.
const (
	postEvery     = time.Second // a channel
	postBurst     = 2
	updatesBurst  = 10
	updatesMinute = 40 // Slack: 50
	homesBurst    = 20
	homesMinute   = 80 // Slack: 100

	// patience is how long a delivery waits for its turn itself; a longer wait goes back to
	// the outbox, which has others to deliver.
	patience = 1200 * time.Millisecond
	// maxLanes bounds the channels whose pace is remembered.
	maxLanes = 1024
)

// pacer keeps to Slack's rates, and leaves a method alone that Slack asked to leave alone.
type pacer struct {
	updates *rate.Limiter
	homes   *rate.Limiter

	mu      sync.Mutex
	posts   map[string]*rate.Limiter // by channel
	blocked map[string]time.Time     // by method or method and channel, until when
}

func newPacer() *pacer {
	return &pacer{
		updates: rate.NewLimiter(rate.Every(time.Minute/updatesMinute), updatesBurst),
		homes:   rate.NewLimiter(rate.Every(time.Minute/homesMinute), homesBurst),
		posts:   map[string]*rate.Limiter{},
		blocked: map[string]time.Time{},
	}
}

// post, update and home wait for the turn of one call. They fail with
// *access.DeliveryError and its RetryAfter when that takes too long.
func (p *pacer) post(ctx context.Context, channel string) error {
	return p.turn(ctx, "post/"+channel, p.lane(channel))
}

func (p *pacer) update(ctx context.Context) error { return p.turn(ctx, "update", p.updates) }

func (p *pacer) home(ctx context.Context) error { return p.turn(ctx, "home", p.homes) }

func (p *pacer) lane(channel string) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.posts[channel]
	if !ok {
		if len(p.posts) >= maxLanes {
			for c, idle := range p.posts {
				if idle.Tokens() >= postBurst {
					delete(p.posts, c)
				}
			}
		}
		l = rate.NewLimiter(rate.Every(postEvery), postBurst)
		p.posts[channel] = l
	}
	return l
}

func (p *pacer) turn(ctx context.Context, what string, l *rate.Limiter) error {
	p.mu.Lock()
	left := time.Until(p.blocked[what])
	if left <= 0 {
		delete(p.blocked, what)
	}
	p.mu.Unlock()
	if left > 0 {
		return &access.DeliveryError{RetryAfter: left, Err: errPaced}
	}
	r := l.Reserve()
	wait := r.Delay()
	if wait > patience {
		r.Cancel()
		return &access.DeliveryError{RetryAfter: wait, Err: errPaced}
	}
	if wait > 0 && !pause(ctx, wait) {
		r.Cancel()
		return ctx.Err()
	}
	return nil
}

// block notes that Slack answered 429.
func (p *pacer) block(what string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked[what] = time.Now().Add(wait)
}

type pacedError struct{}

func (pacedError) Error() string { return "waiting for its turn under Slack's rate limits" }

// errPaced is why a delivery goes back to the outbox without having asked Slack.
var errPaced error = pacedError{}
