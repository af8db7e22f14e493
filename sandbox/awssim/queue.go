package awssim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// QueueOptions say where the queue of events is and how it behaves.
type QueueOptions struct {
	AccountID string // whose it is; the management account when empty
	Region    string // Identity Center's when empty
	Name      string
	// Delay is how long an event is on its way; two seconds when zero.
	Delay time.Duration
	// Visibility hides what was received and not deleted; one minute when zero.
	Visibility time.Duration
	// Retention is how long a message is kept; one hour when zero.
	Retention time.Duration
}

// queue is one SQS queue.
type queue struct {
	QueueOptions
	url, arn string
	messages []*message
	deleted  int
}

// message is one message in a queue.
type message struct {
	id, body string
	sent     time.Time
	shown    time.Time // not before then
	received int
	first    time.Time // received
	handle   string    // of its newest receipt
}

var reQueueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// AddQueue makes a queue to which EventBridge sends every CreateAccountAssignment and
// DeleteAccountAssignment from now on, whoever calls it, and returns its URL.
func (c *Cloud) AddQueue(o QueueOptions) (url string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := &c.state.ids
	if o.AccountID == "" {
		o.AccountID = ids.ManagementAccountID
	}
	if o.Region == "" {
		o.Region = ids.Region
	}
	for at, standard := range map[*time.Duration]time.Duration{&o.Delay: 2 * time.Second, &o.Visibility: time.Minute, &o.Retention: time.Hour} {
		if *at == 0 {
			*at = standard
		}
	}
	if !reQueueName.MatchString(o.Name) {
		return "", fmt.Errorf("queue: name %q does not match %s", o.Name, reQueueName)
	}
	if c.state.account[o.AccountID] == nil {
		return "", fmt.Errorf("queue: account %q is unknown", o.AccountID)
	}
	suffix := "amazonaws.com"
	if ids.Partition == "aws-cn" {
		suffix += ".cn"
	}
	q := &queue{
		QueueOptions: o, url: "https://sqs." + o.Region + "." + suffix + "/" + o.AccountID + "/" + o.Name,
		arn: "arn:" + ids.Partition + ":sqs:" + o.Region + ":" + o.AccountID + ":" + o.Name,
	}
	if slices.ContainsFunc(c.state.queues, func(other *queue) bool { return other.url == q.url }) {
		return "", fmt.Errorf("queue: %s exists already", q.url)
	}
	c.state.queues = append(c.state.queues, q)
	return q.url, nil
}

// Send puts a message into a queue as it is, at once: what EventBridge would not write.
func (c *Cloud) Send(queueURL, body string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queueAt(queueURL)
	if q == nil {
		return fmt.Errorf("queue: there is no %s", queueURL)
	}
	c.enqueue(q, body, 0)
	return nil
}

// QueueView is how full a queue is.
type QueueView struct {
	Waiting  int // to be received, or on their way
	InFlight int // received, and not deleted yet
	Deleted  int // since it was made
}

// EventQueue shows a queue; the zero view when there is none.
func (c *Cloud) EventQueue(queueURL string) (v QueueView) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if q := c.queueAt(queueURL); q != nil {
		now := c.cfg.Now()
		q.forget(now)
		v.Deleted = q.deleted
		v.Waiting, v.InFlight = q.count(now)
	}
	return v
}

func (q *queue) count(now time.Time) (waiting, inFlight int) {
	for _, m := range q.messages {
		if m.received > 0 && m.shown.After(now) {
			inFlight++
		} else {
			waiting++
		}
	}
	return waiting, inFlight
}

func (c *Cloud) queueAt(url string) *queue {
	for _, q := range c.state.queues {
		if q.url == url {
			return q
		}
	}
	return nil
}

func (c *Cloud) enqueue(q *queue, body string, delay time.Duration) {
	now := c.cfg.Now()
	q.messages = append(q.messages, &message{id: c.uuid(), body: body, sent: now, shown: now.Add(delay)})
	c.notify()
}

// forget drops what is older than the retention.
func (q *queue) forget(now time.Time) {
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return now.Sub(m.sent) > q.Retention })
}

// nextShown is when the next message that is hidden now can be received; zero for none.
func (q *queue) nextShown(now time.Time) (at time.Time) {
	for _, m := range q.messages {
		if m.shown.After(now) && (at.IsZero() || m.shown.Before(at)) {
			at = m.shown
		}
	}
	return at
}

// receive hides and returns up to n messages, the oldest first.
func (c *Cloud) receive(q *queue, n int, hide time.Duration, now time.Time) (out []*message) {
	q.forget(now)
	for _, m := range q.messages {
		if len(out) == n {
			break
		}
		if m.shown.After(now) {
			continue
		}
		if m.received++; m.received == 1 {
			m.first = now
		}
		m.shown, m.handle = now.Add(hide), "AQEB"+c.hex(40)+strings.ReplaceAll(m.id, "-", "")
		out = append(out, m)
	}
	return out
}

// wire is Message, with the system attributes that were asked for.
func (m *message) wire(attributes []string) map[string]any {
	out := map[string]any{"MessageId": m.id, "ReceiptHandle": m.handle, "Body": m.body, "MD5OfBody": md5Hex(m.body)}
	all := map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(m.received), "SentTimestamp": strconv.FormatInt(m.sent.UnixMilli(), 10),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.first.UnixMilli(), 10),
	}
	told := map[string]string{}
	for name, value := range all {
		if slices.Contains(attributes, name) || slices.Contains(attributes, "All") {
			told[name] = value
		}
	}
	if len(told) > 0 {
		out["Attributes"] = told
	}
	return out
}
