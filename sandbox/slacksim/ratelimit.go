package slacksim

import (
	"time"

	"golang.org/x/time/rate"
)

// bucket counts the calls of one method, or of chat.postMessage to one channel.
type bucket struct{ limiter *rate.Limiter }

// limited counts a call and returns how long to wait if it comes too soon. It is called with w.mu held.
func (w *Workspace) limited(c *call, m method) time.Duration {
	if !w.switches.RateLimits || m.perMinute == 0 {
		return 0
	}
	key, every, burst := c.name, time.Minute/time.Duration(m.perMinute), m.perMinute
	if c.name == "chat.postMessage" {
		key, every, burst = c.name+" "+c.args.str("channel"), time.Second, max(w.switches.PostBurst, 1)
	}
	b := w.buckets[key]
	if b == nil {
		b = &bucket{limiter: rate.NewLimiter(rate.Every(every), burst)}
		w.buckets[key] = b
	}
	now := w.wall()
	r := b.limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
