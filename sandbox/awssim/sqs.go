package awssim

import (
	"crypto/md5" //nolint:gosec // SQS's protocol has it
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"
)

var svcSQS = &service{
	name: "sqs", prefix: "sqs", signing: "sqs", target: "AmazonSQS", json: "1.0", home: anyRegion,
	throttled: "RequestThrottled", internal: "InternalError", denied: "AccessDeniedException",
	invalid: "InvalidParameterValue", notFound: "com.amazonaws.sqs#QueueDoesNotExist", throttledMessage: "Request is throttled.",
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // SQS's protocol has it
	return hex.EncodeToString(sum[:])
}

// named reads the queue of a call. Another account's is as good as none.
func (c *Cloud) named(rq *request) (*queue, *apiError) {
	url := rq.params.str("QueueUrl", rule{required: true, max: 2048})
	if e := rq.params.check(svcSQS); e != nil {
		return nil, e
	}
	q := c.queueAt(url)
	if q == nil || q.Region != rq.region && !c.switches.AnyRegion {
		return nil, svcSQS.refuseNotFound("The specified queue does not exist.")
	}
	if q.AccountID != rq.caller.accountID {
		return nil, svcSQS.refuseDenied("Access to the resource " + url + " is denied.")
	}
	q.forget(rq.now)
	return q, nil
}

// wrongParameter is SQS's own way of refusing a number.
func wrongParameter(name string, value int, reason string) *apiError {
	return refuse("com.amazonaws.sqs#InvalidParameterValue", "Value "+strconv.Itoa(value)+" for parameter "+name+" is invalid. Reason: "+reason)
}

// seconds reads a number of seconds, or refuses it.
func seconds(p *params, name string, most, standard int) (int, *apiError) {
	n := p.integer(name, -1<<31, 1<<31-1, standard)
	if n < 0 || n > most {
		return 0, wrongParameter(name, n, "Must be >= 0 and <= "+strconv.Itoa(most)+", if provided.")
	}
	return n, nil
}

func receiveMessage(c *Cloud, rq *request) (any, *apiError) {
	q, e := c.named(rq)
	if e != nil {
		return nil, e
	}
	p := rq.params
	n := p.integer("MaxNumberOfMessages", -1<<31, 1<<31-1, 1)
	if n < 1 || n > 10 {
		return nil, wrongParameter("MaxNumberOfMessages", n, "Must be between 1 and 10, if provided.")
	}
	hide, e := seconds(p, "VisibilityTimeout", 12*3600, int(q.Visibility.Seconds()))
	if e != nil {
		return nil, e
	}
	wait, e := seconds(p, "WaitTimeSeconds", 20, 0)
	if e != nil {
		return nil, e
	}
	attributes := append(p.strings("AttributeNames", false, 0, 100, rule{}), p.strings("MessageSystemAttributeNames", false, 0, 100, rule{})...)
	if e := p.check(svcSQS); e != nil {
		return nil, e
	}
	got := c.receive(q, n, time.Duration(hide)*time.Second, rq.now)
	if len(got) == 0 {
		rq.wait, rq.queue = time.Duration(wait)*time.Second, q
		return map[string]any{}, nil // AWS leaves the list out
	}
	list := make([]map[string]any, 0, len(got))
	for _, m := range got {
		list = append(list, m.wire(attributes))
	}
	return map[string]any{"Messages": list}, nil
}

// longPoll waits for a message as long as the caller asked for, in real time, as a
// connection does, and then answers again.
func (c *Cloud) longPoll(rq *request, run call, value any) (any, *apiError) {
	for deadline := time.Now().Add(rq.wait); ; {
		left := time.Until(deadline)
		if left <= 0 {
			return value, nil
		}
		c.mu.Lock()
		now, changed := c.cfg.Now(), c.changed
		if at := rq.queue.nextShown(now); !at.IsZero() {
			left = min(left, at.Sub(now))
		}
		c.mu.Unlock()
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-changed:
		case <-rq.ctx.Done():
		}
		timer.Stop()
		if rq.ctx.Err() != nil {
			return value, nil
		}
		c.mu.Lock()
		rq.now = c.cfg.Now()
		again, refused := run(c, rq)
		c.mu.Unlock()
		if m, ok := again.(map[string]any); refused != nil || ok && len(m) > 0 {
			return again, refused
		}
	}
}

// receipt finds the message of a receipt handle. An older one still names its message.
func (q *queue) receipt(handle string) (i int, ok bool) {
	if len(handle) < 44+32 || handle[:4] != "AQEB" {
		return 0, false
	}
	id := handle[len(handle)-32:]
	i = slices.IndexFunc(q.messages, func(m *message) bool { return plainID(m.id) == id })
	return i, true
}

func plainID(id string) string {
	out := make([]byte, 0, len(id))
	for i := range len(id) {
		if id[i] != '-' {
			out = append(out, id[i])
		}
	}
	return string(out)
}

func badHandle(handle string) *apiError {
	return &apiError{code: "com.amazonaws.sqs#ReceiptHandleIsInvalid", message: `The input receipt handle "` + handle + `" is not a valid receipt handle.`, status: http.StatusBadRequest}
}

func deleteMessage(c *Cloud, rq *request) (any, *apiError) {
	q, e := c.named(rq)
	if e != nil {
		return nil, e
	}
	handle := rq.params.str("ReceiptHandle", rule{required: true})
	if e := rq.params.check(svcSQS); e != nil {
		return nil, e
	}
	i, ok := q.receipt(handle)
	if !ok {
		return nil, badHandle(handle)
	}
	if i >= 0 { // twice is as good as once
		q.messages = slices.Delete(q.messages, i, i+1)
		q.deleted++
	}
	return map[string]any{}, nil
}

func changeVisibility(c *Cloud, rq *request) (any, *apiError) {
	q, e := c.named(rq)
	if e != nil {
		return nil, e
	}
	handle := rq.params.str("ReceiptHandle", rule{required: true})
	hide, e := seconds(rq.params, "VisibilityTimeout", 12*3600, -1)
	if e != nil {
		return nil, e
	}
	if e := rq.params.check(svcSQS); e != nil {
		return nil, e
	}
	i, ok := q.receipt(handle)
	switch {
	case !ok:
		return nil, badHandle(handle)
	case i < 0 || !q.messages[i].shown.After(rq.now):
		return nil, refuse("com.amazonaws.sqs#MessageNotInflight", "Message "+handle+" is not in flight.")
	}
	q.messages[i].shown = rq.now.Add(time.Duration(hide) * time.Second)
	return map[string]any{}, nil
}

func queueAttributes(c *Cloud, rq *request) (any, *apiError) {
	q, e := c.named(rq)
	if e != nil {
		return nil, e
	}
	waiting, inFlight := q.count(rq.now)
	all := map[string]string{
		"QueueArn": q.arn, "VisibilityTimeout": strconv.Itoa(int(q.Visibility.Seconds())), "MessageRetentionPeriod": strconv.Itoa(int(q.Retention.Seconds())),
		"ApproximateNumberOfMessages": strconv.Itoa(waiting), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(inFlight),
		"ApproximateNumberOfMessagesDelayed": "0", "DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "0",
	}
	asked := rq.params.strings("AttributeNames", false, 0, 100, rule{})
	if e := rq.params.check(svcSQS); e != nil {
		return nil, e
	}
	told := map[string]string{}
	for _, name := range asked {
		value, known := all[name]
		switch {
		case name == "All":
			told = all
		case !known:
			return nil, refuse("com.amazonaws.sqs#InvalidAttributeName", "Unknown Attribute "+name+".")
		default:
			told[name] = value
		}
	}
	if len(told) == 0 {
		return map[string]any{}, nil
	}
	return map[string]any{"Attributes": told}, nil
}
