package awsconn

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"stint/access"
)

const (
	// eventsWait is how long one call waits for messages; an attempt may take 15 s.
	eventsWait = 10 * time.Second
	// eventsEach is how many messages are taken at once, and so how many a crash repeats.
	eventsEach = 10
	// eventTries is how often a message that cannot be used comes before it is dropped. What it
	// told, the nightly scan finds.
	eventTries = 5
	// eventsPause is the longest pause after a failure.
	eventsPause = time.Minute
	// depthEvery is how often the depth of the queue is read.
	depthEvery = time.Minute
)

// eventsPulse is how reading the queue goes.
type eventsPulse struct {
	mu      sync.Mutex
	problem string
	since   time.Time // of the problem
	read    time.Time // when the queue answered last
	depth   int
}

// Events reads the queue of events and calls handle for each change that AWS tells of, one
// after the other, until ctx ends. A message is deleted when it was handled; one that cannot
// be read or handled comes again, a few times, and is dropped then. Without a queue it
// returns at once.
func (c *Connector) Events(ctx context.Context, handle func(context.Context, access.Hint) error) {
	if c.cfg.EventsQueue == "" {
		return
	}
	r := &eventReader{c: c, handle: handle, queue: c.queueClient()}
	for failures := 0; ctx.Err() == nil; {
		err := r.read(ctx)
		if err == nil {
			failures = 0
			c.events.well(c.clock.Now())
			continue
		}
		if ctx.Err() != nil {
			return
		}
		failures++
		if c.events.unwell(c.clock.Now(), err) {
			c.log.Warn().Err(err).Msg("the queue of events cannot be read; it is tried again")
		}
		c.pauseEvents(ctx, failures)
	}
}

// pauseEvents waits after a failure: from a second up to a minute, with full jitter.
func (c *Connector) pauseEvents(ctx context.Context, failures int) {
	top := min(eventsPause, time.Second<<min(failures, 6))
	reached, stop := c.clock.At(c.clock.Now().Add(time.Second + rand.N(top)))
	defer stop()
	select {
	case <-ctx.Done():
	case <-reached:
	}
}

// eventReader reads one queue.
type eventReader struct {
	c      *Connector
	queue  *sqs.Client
	handle func(context.Context, access.Hint) error
	asked  time.Time // for the depth
}

// read waits for messages and handles them.
func (r *eventReader) read(ctx context.Context) error {
	c := r.c
	me, err := c.whoami(ctx)
	if err != nil {
		return err
	}
	here, err := c.place(ctx, priorityPass)
	if err != nil {
		return err
	}
	if now := c.clock.Now(); now.Sub(r.asked) >= depthEvery {
		if err := r.depth(ctx); err != nil {
			return err
		}
		r.asked = now
	}
	k := &call{service: c.services.sqs, op: "ReceiveMessage", priority: priorityPass}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*sqs.ReceiveMessageOutput, error) {
		return r.queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &c.cfg.EventsQueue, MaxNumberOfMessages: eventsEach, WaitTimeSeconds: int32(eventsWait.Seconds()),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount},
		})
	})
	if err != nil {
		return err
	}
	for i := range out.Messages {
		if err := r.take(ctx, &out.Messages[i], here.instance.ARN, me.arn); err != nil {
			return err
		}
	}
	return nil
}

// take handles one message, and deletes it unless it should come again.
func (r *eventReader) take(ctx context.Context, m *types.Message, instance, me string) error {
	h, news, err := readEvent(aws.ToString(m.Body), instance, me)
	if err == nil && news {
		err = r.handle(ctx, h)
	}
	result := "handled"
	switch tries, _ := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)]); {
	case ctx.Err() != nil:
		return nil //nolint:nilerr // it comes again, to whoever leads then
	case err != nil && tries < eventTries:
		r.c.metrics.event("again")
		return nil
	case err != nil:
		result = "dropped"
		r.c.log.Error().Err(err).Str("message", aws.ToString(m.MessageId)).Int("tries", tries).Msg("an event could not be used and is dropped; the next scan finds what it told")
	case !news:
		result = "other"
	case h.Ours:
		result = "ours"
	}
	k := &call{service: r.c.services.sqs, op: "DeleteMessage", priority: priorityPass}
	_, err = invoke(ctx, r.c, k, func(ctx context.Context) (*sqs.DeleteMessageOutput, error) {
		return r.queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &r.c.cfg.EventsQueue, ReceiptHandle: m.ReceiptHandle})
	})
	if err == nil {
		r.c.metrics.event(result)
	}
	return err
}

// depth reads how many messages wait.
func (r *eventReader) depth(ctx context.Context) error {
	k := &call{service: r.c.services.sqs, op: "GetQueueAttributes", priority: priorityPass}
	out, err := invoke(ctx, r.c, k, func(ctx context.Context) (*sqs.GetQueueAttributesOutput, error) {
		return r.queue.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: &r.c.cfg.EventsQueue, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages},
		})
	})
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)])
	p := &r.c.events
	p.mu.Lock()
	defer p.mu.Unlock()
	p.depth = n
	return nil
}

func (p *eventsPulse) well(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problem, p.since, p.read = "", time.Time{}, now
}

// unwell notes a failure and reports whether it is a new one.
func (p *eventsPulse) unwell(now time.Time, err error) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if news = p.problem == ""; news {
		p.since = now
	}
	p.problem = result("", err, "").Detail
	return news
}

// EventsCheck is the health of reading events, by who leads; ok is false without a queue.
func (c *Connector) EventsCheck() (check access.Check, ok bool) {
	if c.cfg.EventsQueue == "" {
		return check, false
	}
	p := &c.events
	p.mu.Lock()
	defer p.mu.Unlock()
	check = access.Check{Name: "AWS events", OK: p.problem == "", Detail: "not read yet, or by another replica"}
	switch {
	case p.problem != "":
		check.Detail, check.Since = p.problem, p.since
		check.Hint = "Changes that others make are found by the nightly scan until then. `stint check aws` says which permission is missing."
	case !p.read.IsZero():
		check.Detail = "read " + p.read.UTC().Format("15:04:05") + " UTC, " + strconv.Itoa(p.depth) + " waiting"
	}
	return check, true
}
