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
	updatesBurst  = 8
	updatesMinute = 41 // Slack: 50
	homesBurst    = 20
	homesMinute   = 75 // Slack: 100, of which presses take some

	// patience is how long a delivery waits for its turn itself, when nobody else does; a
	// longer wait goes back to the outbox, which has others to deliver.
	patience = 1200 * time.Millisecond
	// maxLanes bounds the channels whose pace is remembered.
	maxLanes = 1024
)

// pacer keeps to Slack's rates, and leaves a method alone that Slack asked to leave alone.
// Who cannot have a turn yet is told when to come back and has a place in the queue until
// then: however many wait, each comes back about once, and the first to come is first served.
type pacer struct {
	mu      sync.Mutex
	updates *lineUp
	homes   *lineUp
	posts   map[string]*channelLane
	blocked map[string]time.Time // by method or method and channel, until when
}

// channelLane is the pace of one channel. Cards go before what is said under them: a card
// is decided on, a line in a thread can be read later.
type channelLane struct {
	cards, stories *lineUp // with one limiter
}

func newPacer() *pacer {
	return &pacer{
		updates: newLineUp(time.Minute/updatesMinute, updatesBurst),
		homes:   newLineUp(time.Minute/homesMinute, homesBurst),
		posts:   map[string]*channelLane{},
		blocked: map[string]time.Time{},
	}
}

// post, story, update and home wait for the turn of one call. They fail with
// *access.DeliveryError and its RetryAfter when that takes too long. key names what is sent,
// the same when it comes back for its turn.
func (p *pacer) post(ctx context.Context, channel, key string) error {
	l := p.lane(channel)
	return p.turn(ctx, "post/"+channel, l.cards, nil, key)
}

func (p *pacer) story(ctx context.Context, channel, key string) error {
	l := p.lane(channel)
	return p.turn(ctx, "post/"+channel, l.stories, l.cards, key)
}

func (p *pacer) update(ctx context.Context, key string) error {
	return p.turn(ctx, "update", p.updates, nil, key)
}

func (p *pacer) home(ctx context.Context, key string) error {
	return p.turn(ctx, "home", p.homes, nil, key)
}

func (p *pacer) lane(channel string) *channelLane {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.posts[channel]
	if !ok {
		if len(p.posts) >= maxLanes {
			for c, idle := range p.posts {
				if idle.cards.limiter.Tokens() >= postBurst {
					delete(p.posts, c)
				}
			}
		}
		cards := newLineUp(postEvery, postBurst)
		l = &channelLane{cards: cards, stories: &lineUp{limiter: cards.limiter, every: postEvery, promised: map[string]time.Time{}}}
		p.posts[channel] = l
	}
	return l
}

// turn waits for a turn in a line, or says when to come back. Nobody in line has a turn
// while somebody in the line before it waits for one.
func (p *pacer) turn(ctx context.Context, what string, line, before *lineUp, key string) error {
	p.mu.Lock()
	now := time.Now()
	left := p.blocked[what].Sub(now)
	if left <= 0 {
		delete(p.blocked, what)
		left = 0
	}
	if left == 0 && before != nil {
		left = before.behind(now)
	}
	wait, ok := line.ask(now, left, key)
	p.mu.Unlock()
	if !ok {
		return &access.DeliveryError{RetryAfter: wait, Err: errPaced}
	}
	if wait > 0 && !pause(ctx, wait) {
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

// lineUp is a rate with those who wait for it, each of whom was promised a time.
type lineUp struct {
	limiter  *rate.Limiter
	every    time.Duration
	promised map[string]time.Time
	last     time.Time // the latest promise
}

func newLineUp(every time.Duration, burst int) *lineUp {
	return &lineUp{limiter: rate.NewLimiter(rate.Every(every), burst), every: every, promised: map[string]time.Time{}}
}

// late is how long after its promised time somebody who does not come keeps a place. What
// became unnecessary meanwhile never comes.
const late = 3 * time.Second

// ask gives the turn after wait, or, when ok is false, a promise to come back after wait.
// left is how long the line stands still.
func (l *lineUp) ask(now time.Time, left time.Duration, key string) (wait time.Duration, ok bool) {
	ahead := l.ahead(now, key)
	at, promised := l.promised[key]
	if promised && at.Sub(now) > l.every/4 {
		return at.Sub(now), false
	}
	if left == 0 {
		// A token for everybody who is about to come, and one more.
		if free := l.limiter.TokensAt(now); promised && free >= 1 || free >= float64(ahead+1) {
			l.limiter.AllowN(now, 1)
			delete(l.promised, key)
			return 0, true
		}
		r := l.limiter.ReserveN(now, 1)
		if wait = r.DelayFrom(now); wait <= patience && (promised || len(l.promised) == 0) {
			delete(l.promised, key)
			return wait, true
		}
		r.CancelAt(now)
	}
	at = now.Add(max(wait, left, l.every))
	if next := l.last.Add(l.every); next.After(at) {
		at = next
	}
	l.promised[key], l.last = at, at
	return at.Sub(now), false
}

// ahead counts those who are promised a turn by about now, and forgets who did not come.
func (l *lineUp) ahead(now time.Time, but string) (n int) {
	for key, at := range l.promised {
		switch {
		case now.Sub(at) > late:
			delete(l.promised, key)
		case key != but && at.Sub(now) <= l.every:
			n++
		}
	}
	return n
}

// behind is how long until those who wait in this line have had their turns; 0 when nobody
// waits.
func (l *lineUp) behind(now time.Time) time.Duration {
	l.ahead(now, "")
	if len(l.promised) == 0 {
		return 0
	}
	return max(l.last.Sub(now), 0) + l.every
}

type pacedError struct{}

func (pacedError) Error() string { return "waiting for its turn under Slack's rate limits" }

// errPaced is why a delivery goes back to the outbox without having asked Slack.
var errPaced error = pacedError{}
