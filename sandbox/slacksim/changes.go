package slacksim

import (
	"context"
	"sync"
)

// changeCounter counts what people or an operator could see change, and wakes who waits for it. It has its own
// lock so that waiting never holds the workspace.
type changeCounter struct {
	mu      sync.Mutex
	version uint64
	next    chan struct{}
}

func (c *changeCounter) bump() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}

func (c *changeCounter) after(v uint64) (now uint64, wait <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version > v {
		return c.version, nil
	}
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.version, c.next
}

// Changes waits until something in the workspace has changed since version after, and returns the version it
// then has. Begin with 0. It returns ctx's error when ctx ends first.
func (w *Workspace) Changes(ctx context.Context, after uint64) (uint64, error) {
	now, wait := w.changes.after(after)
	if wait == nil {
		return now, nil
	}
	select {
	case <-wait:
		now, _ = w.changes.after(after)
		return now, nil
	case <-ctx.Done():
		return now, ctx.Err()
	case <-w.life.Done():
		return now, context.Canceled
	}
}

// Until waits until condition holds, looking again at each change. It is the test's way not to sleep.
// A condition that changes something itself, as a press does, is looked at again at once, until ctx ends.
func (w *Workspace) Until(ctx context.Context, condition func() bool) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, _ := w.changes.after(0)
		if condition() {
			return nil
		}
		if _, err := w.Changes(ctx, v); err != nil {
			return err
		}
	}
}
