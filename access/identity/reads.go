package identity

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Bounds of a read. They are real time, as Slack's own timers are, whatever the clock says.
const (
	attemptTimeout = 15 * time.Second // one call
	readTimeout    = 2 * time.Minute  // with the pauses that a 429 asks for
)

// reads owns the goroutines that read.
type reads struct {
	ctx    context.Context // ends at Close
	cancel context.CancelFunc
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

var errClosed = errors.New("the directory is closed")

func (r *reads) begin() (context.Context, func(), error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, errClosed
	}
	r.wg.Add(1)
	ctx, cancel := context.WithTimeout(r.ctx, readTimeout)
	return ctx, func() { cancel(); r.wg.Done() }, nil
}

func (r *reads) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.wg.Wait()
}
