package awsconn

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
)

const (
	awaitLimit = 5 * time.Minute
	// pollTogether is the pace of two or more operations: one listing serves all of a kind.
	pollTogether = 2 * time.Second
	// An operation alone is looked at after the larger of these two: people learn of its end
	// within 1.08 times of AWS's own time on average, with few calls for the slow ones.
	pollFirst    = 500 * time.Millisecond
	pollFraction = 0.15
	// forgottenAfter is how long AWS may not know an id that it gave us; its reads lag.
	forgottenAfter = 30 * time.Second
)

// poller follows the operations in flight for all who await one. Its goroutine lives
// while somebody waits.
type poller struct {
	c *Connector

	mu       sync.Mutex
	watches  map[*watch]struct{}
	wake     chan struct{} // closed when the set of watches changes
	running  bool
	lastPoll time.Time
	// history is set for a kind whose full listing turned out to be longer than a page, so
	// that only what is in progress is listed; denied where AWS refuses to list at all.
	history, denied map[access.OperationKind]bool
}

// watch is one operation that somebody awaits. The fields below done belong to the
// poller until done is closed.
type watch struct {
	op    access.Operation
	begin time.Time // of the waiting
	done  chan struct{}

	looked  time.Time // when it was last asked for
	unknown time.Time // since when AWS does not know it
	last    error     // of the newest poll; nil when that worked
	err     error
}

func newPoller(c *Connector) *poller {
	return &poller{
		c: c, watches: map[*watch]struct{}{}, wake: make(chan struct{}),
		history: map[access.OperationKind]bool{}, denied: map[access.OperationKind]bool{},
	}
}

// Await polls until the operation has ended, together with all others that are awaited.
// ClassUnknown when that took five minutes, when AWS has forgotten the operation, and
// when ctx ends: the operation goes on without us.
func (c *Connector) Await(ctx context.Context, op access.Operation) (access.Operation, error) {
	if op.Status == access.Succeeded || op.Status == access.Failed {
		return op, nil
	}
	if op.ID == "" {
		return op, &access.ConnectorError{Class: access.ClassUnknown, Op: "await " + string(op.Kind), Message: "Nothing is known of it that AWS could be asked about."}
	}
	op.Status = access.InProgress
	now := c.clock.Now()
	if op.SentAt.IsZero() || op.SentAt.After(now) {
		op.SentAt = now
	}
	w := &watch{op: op, begin: now, done: make(chan struct{}), looked: op.SentAt}
	c.poller.add(w)
	select {
	case <-w.done:
	case <-ctx.Done():
		if c.poller.remove(w) {
			return op, &access.ConnectorError{
				Class: access.ClassUnknown, Op: "await " + string(op.Kind), Message: "Stint stopped waiting; AWS goes on with it.", Err: ctx.Err(),
			}
		}
		<-w.done // it ended in the same moment
	}
	result := string(w.op.Status)
	if w.err != nil {
		result = string(access.ClassUnknown)
	}
	c.metrics.operation(w.op, c.clock.Now().Sub(w.op.SentAt), result)
	return w.op, w.err
}

func (p *poller) add(w *watch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watches[w] = struct{}{}
	p.changed()
	if !p.running {
		p.running = true
		go p.run()
	}
}

// remove takes a watch out and reports whether it was still there.
func (p *poller) remove(w *watch) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, there := p.watches[w]
	delete(p.watches, w)
	p.changed()
	return there
}

func (p *poller) changed() {
	close(p.wake)
	p.wake = make(chan struct{})
}

func (p *poller) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		p.mu.Lock()
		if len(p.watches) == 0 {
			p.running = false
			p.mu.Unlock()
			return
		}
		next, wake := p.next(), p.wake
		p.mu.Unlock()

		reached, stop := p.c.clock.At(next)
		select {
		case <-reached:
			p.poll(ctx, wake)
		case <-wake:
		}
		stop()
	}
}

// next is when to poll: at the common pace, or at the pace of the only one.
func (p *poller) next() time.Time {
	var next time.Time
	for w := range p.watches {
		pause := max(pollFirst, time.Duration(pollFraction*float64(w.looked.Sub(w.op.SentAt))))
		at := w.looked.Add(pause)
		if len(p.watches) > 1 {
			// The first look at a new one is not later than at the common pace, nor sooner.
			at = p.lastPoll.Add(pollTogether)
			if first := w.op.SentAt.Add(pollTogether); p.lastPoll.Before(w.op.SentAt) {
				at = first
			}
		}
		if limit := w.begin.Add(awaitLimit); limit.Before(at) {
			at = limit
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// poll asks AWS about everything that is watched, once. It gives up waiting for an
// answer when all who waited have gone.
func (p *poller) poll(ctx context.Context, wake <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finished := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { p.abandon(finished, wake, cancel) })

	p.mu.Lock()
	byKind := map[access.OperationKind][]*watch{}
	for w := range p.watches {
		byKind[w.op.Kind] = append(byKind[w.op.Kind], w)
	}
	p.mu.Unlock()
	for _, kind := range []access.OperationKind{access.DeleteOperation, access.CreateOperation} {
		if watches := byKind[kind]; len(watches) > 0 {
			p.pollKind(ctx, kind, watches)
		}
	}
	close(finished)
	watching.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.c.clock.Now()
	p.lastPoll = now
	for w := range p.watches {
		if w.op.Status == access.InProgress && w.err == nil && !now.Before(w.begin.Add(awaitLimit)) {
			w.err = p.unknown(w, "AWS has not finished it within five minutes. Stint goes on looking.")
		}
		if w.op.Status != access.InProgress || w.err != nil {
			delete(p.watches, w)
			close(w.done)
		}
	}
}

// abandon cancels a poll that nobody waits for any more.
func (p *poller) abandon(finished, wake <-chan struct{}, cancel context.CancelFunc) {
	for {
		select {
		case <-finished:
			return
		case <-wake:
		}
		p.mu.Lock()
		left := len(p.watches)
		wake = p.wake
		p.mu.Unlock()
		if left == 0 {
			cancel()
			return
		}
	}
}

func (p *poller) unknown(w *watch, message string) error {
	e := &access.ConnectorError{Class: access.ClassUnknown, Op: "await " + string(w.op.Kind), Message: message, Err: w.last}
	var last *access.ConnectorError
	if errors.As(w.last, &last) && last.Message != "" {
		e.Message = "Its end cannot be read: " + last.Message
	}
	return e
}

// pollKind asks about the operations of a kind: one listing for several, one description
// for one, and one for each whose listing says too little.
func (p *poller) pollKind(ctx context.Context, kind access.OperationKind, watches []*watch) {
	here, err := p.c.place(ctx, priorityOf(kind))
	if err != nil {
		p.note(watches, err)
		return
	}
	ask := watches
	if len(watches) > 1 && !p.denied[kind] {
		ask = p.list(ctx, here, kind, watches)
	}
	for _, w := range ask {
		p.describe(ctx, here, w)
	}
}

func (p *poller) note(watches []*watch, err error) {
	now := p.c.clock.Now()
	for _, w := range watches {
		w.looked, w.last = now, err
	}
}

// list settles what one listing can and returns what must be described.
func (p *poller) list(ctx context.Context, here *place, kind access.OperationKind, watches []*watch) (ask []*watch) {
	onlyRunning := p.history[kind]
	statuses, more, err := p.c.listStatuses(ctx, here, kind, onlyRunning)
	switch {
	case refused(err):
		p.denied[kind] = true // the listing is a permission of its own
		return watches
	case err != nil:
		p.note(watches, err)
		return nil
	}
	p.note(watches, nil)
	for _, w := range watches {
		status, listed := statuses[w.op.ID]
		switch {
		case status == types.StatusValuesSucceeded:
			settle(&w.op, status, "")
		case status == types.StatusValuesInProgress:
			w.unknown = time.Time{}
		default: // FAILED, whose reason is missing here, or not listed
			if !listed && more {
				p.history[kind] = true
			}
			ask = append(ask, w)
		}
	}
	return ask
}

func (p *poller) describe(ctx context.Context, here *place, w *watch) {
	status, err := p.c.describeStatus(ctx, here, w.op)
	now := p.c.clock.Now()
	w.looked, w.last = now, err
	var ce *access.ConnectorError
	switch {
	case err == nil:
		w.unknown = time.Time{}
		settle(&w.op, status.Status, aws.ToString(status.FailureReason))
	case errors.As(err, &ce) && ce.Class == access.ClassGone:
		// About the id, not about the assignment: reads lag behind the write.
		if w.unknown.IsZero() {
			w.unknown = now
		}
		if now.Sub(w.unknown) >= forgottenAfter {
			w.err = &access.ConnectorError{
				Class: access.ClassUnknown, Op: ce.Op, Message: "AWS no longer knows this operation. Stint looks at the assignment itself.", Err: err,
			}
		}
	}
}

func priorityOf(kind access.OperationKind) access.Priority {
	if kind == access.DeleteOperation {
		return access.PriorityRevoke
	}
	return access.PriorityGrant
}
