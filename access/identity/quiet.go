package identity

import (
	"context"
	"errors"
	"time"
)

// hush keeps all reads of this kind quiet for a while.
func (c *cache[K, V]) hush(wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quiet != nil {
		return
	}
	over := make(chan struct{})
	c.quiet = over
	time.AfterFunc(wait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.quiet = nil
		close(over)
	})
}

// silence waits until nobody asked for quiet any more.
func (c *cache[K, V]) silence(ctx context.Context) error {
	for {
		c.mu.Lock()
		over := c.quiet
		c.mu.Unlock()
		if over == nil {
			return nil
		}
		select {
		case <-over:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func retryAfter(err error) (time.Duration, bool) {
	var limited interface{ RetryAfter() time.Duration }
	if !errors.As(err, &limited) {
		return 0, false
	}
	return max(limited.RetryAfter(), time.Second), true
}
