package awsconn

import (
	"context"
	"errors"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"stint/access"
)

// service is one AWS API with its quota.
type service struct {
	name   string // as people and metrics name it: "sso-admin"
	iam    string // its prefix in IAM actions: "sso"
	bucket *bucket
}

type services struct{ sso, ids, org, tag, sts, iam, sqs *service }

// call is one call on its way through the SDK's stack. It travels in the context,
// because that is what the middleware sees.
type call struct {
	service  *service
	op       string
	kind     callKind
	priority access.Priority
	fence    func() error

	sentAt     time.Time // when the last attempt passed its fence, by the clock
	serverTime time.Time // AWS's Date header, zero if none
	left       atomic.Bool
	wantConn   atomic.Bool // the transport tells about connections
	gotConn    atomic.Bool
}

// sent reports whether the request may have reached AWS.
func (k *call) sent() bool {
	return k.left.Load() && (!k.wantConn.Load() || k.gotConn.Load())
}

type (
	callKey    struct{}
	counterKey struct{}
)

// counted makes every attempt under the returned context count.
func counted(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, counterKey{}, n)
}

// invoke runs one SDK operation as a call and turns its failure into a
// *access.ConnectorError. The call says afterwards when it was sent.
func invoke[O any](ctx context.Context, c *Connector, k *call, fn func(context.Context) (O, error)) (O, error) {
	out, err := fn(context.WithValue(ctx, callKey{}, k))
	if err == nil {
		return out, nil
	}
	var zero O
	return zero, c.failed(ctx, k, err)
}

func (c *Connector) failed(ctx context.Context, k *call, err error) *access.ConnectorError {
	class, message := classify(failure{
		kind: k.kind, service: k.service, op: k.op, err: err, sent: k.sent(), ctxEnded: ctx.Err() != nil && contextual(err),
	}.answer())
	return &access.ConnectorError{Class: class, Op: k.service.name + " " + k.op, Message: message, Err: err}
}

// contextual reports whether err is about a context that ended. When AWS's answer and
// the end of the context race, the answer counts.
func contextual(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// attach puts our two steps into a client's stack: one around every attempt, inside the
// SDK's retry loop so that retries pay for their quota too, and one right before the
// signature. Credentials are fetched between the two.
func (c *Connector) attach(s *service) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		around := middleware.FinalizeMiddlewareFunc("StintAttempt", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			return c.attempt(ctx, s, in, next)
		})
		before := middleware.FinalizeMiddlewareFunc("StintFence", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			return c.leave(ctx, s, in, next)
		})
		if err := stack.Finalize.Insert(around, "Retry", middleware.After); err != nil {
			return err
		}
		return stack.Finalize.Insert(before, "Signing", middleware.Before)
	}
}

// callOf finds the call that a stack of service s belongs to. The SDK hands the context
// of one client's call to STS when it fetches credentials; that is a call of its own.
func callOf(ctx context.Context, s *service) *call {
	if k, ok := ctx.Value(callKey{}).(*call); ok && k.service == s {
		return k
	}
	return &call{service: s, op: awsmiddleware.GetOperationName(ctx), priority: access.PriorityRevoke}
}

func (c *Connector) attempt(ctx context.Context, s *service, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, meta middleware.Metadata, err error) {
	k := callOf(ctx, s)
	k.left.Store(false)
	if err = s.bucket.take(ctx, k.priority); err != nil {
		return out, meta, err
	}
	if n, ok := ctx.Value(counterKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
	inner, cancel := context.WithTimeoutCause(context.WithValue(ctx, callKey{}, k), attemptTimeout, errAttemptTimeout)
	defer cancel()
	begin := c.clock.Now()
	out, meta, err = next.HandleFinalize(inner, in)
	if t, ok := awsmiddleware.GetServerTime(meta); ok {
		k.serverTime = t
	}
	if err != nil && timedOut(ctx, inner) {
		err = &timeoutError{op: s.name + " " + k.op}
	}
	if err != nil {
		c.adapt(k, err)
	}
	c.metrics.call(ctx, k, c.clock.Now().Sub(begin), err)
	return out, meta, err
}

// adapt takes a refusal by throttle to heart: fewer calls a second, or, where AWS works on
// too many assignments of us and others together, fewer at a time.
func (c *Connector) adapt(k *call, err error) {
	f := failure{err: err}.answer()
	switch {
	case !throttled(f):
	case k.kind != readCall && strings.Contains(strings.ToLower(f.text), "requests processing"):
		c.slots.crowded()
	default:
		k.service.bucket.throttled()
	}
}

// leave is the last step before the signature: what it lets through may reach AWS.
func (c *Connector) leave(ctx context.Context, s *service, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, meta middleware.Metadata, err error) {
	k := callOf(ctx, s)
	if k.fence != nil {
		if err = k.fence(); err != nil {
			return out, meta, &fencedError{err: err}
		}
	}
	k.sentAt = c.clock.Now()
	k.wantConn.Store(false)
	k.gotConn.Store(false)
	k.left.Store(true)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { k.wantConn.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { k.gotConn.Store(true) },
	})
	return next.HandleFinalize(ctx, in)
}
