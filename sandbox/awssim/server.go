package awssim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// request is one call on its way through the service that it is for.
type request struct {
	ctx       context.Context
	svc       *service
	op        string // "ListAccounts"
	action    string // "organizations:ListAccounts"
	caller    *accessKey
	region    string // that the signature names: whose regional endpoint this would be
	params    *params
	accountID string // the account that the call names, if any
	now       time.Time
	id        string
	// wait is how long a receive that found nothing in queue may wait for something.
	wait  time.Duration
	queue *queue
}

// call is one operation of a service. It runs under the lock, with everything
// settled. The value becomes the answer.
type call func(c *Cloud, rq *request) (any, *apiError)

// reply is an answer on the wire.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// errDropped says that the connection is to be dropped without an answer.
var errDropped = errors.New("connection dropped")

// maxBody is more than any of the requests can need.
const maxBody = 1 << 20

func (c *Cloud) serveHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "Request entity too large", http.StatusRequestEntityTooLarge)
		return
	}
	rep, err := c.answer(r, body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	for k, v := range rep.header {
		w.Header()[k] = v
	}
	w.WriteHeader(rep.status)
	_, _ = w.Write(rep.body) // the client may have gone
}

// answer takes a call from the wire to its reply: signature, faults, quota,
// authorization, effect. An error means that there is no reply.
func (c *Cloud) answer(r *http.Request, body []byte) (*reply, error) {
	began := time.Now()
	rq := &request{ctx: r.Context()}
	c.mu.Lock()
	rq.now, rq.id = c.cfg.Now(), c.uuid()
	latency := c.tuning.Latency
	value, run, refused := c.admit(rq, r, body)
	c.mu.Unlock()
	entry := Call{Action: rq.action, At: rq.now, RequestID: rq.id, AccountID: rq.accountID}
	if rq.caller != nil {
		entry.Principal = rq.caller.PrincipalARN
	}
	if refused == nil && c.cfg.Intercept != nil {
		if err := c.cfg.Intercept(entry, false); err != nil {
			return c.gone(entry, began)
		}
	}
	var after *ActiveFault
	if refused == nil {
		c.mu.Lock()
		rq.now = c.cfg.Now() // Intercept may have taken time
		c.settle(rq.now)
		before := c.strike(rq.action, rq.accountID, FaultDropBefore, FaultHangBefore)
		if before == nil {
			value, refused = c.perform(rq, run)
			after = c.strike(rq.action, rq.accountID, FaultDropAfter, FaultHangAfter, FaultLatency, FaultGarbled)
		}
		c.mu.Unlock()
		if before != nil {
			if before.Kind == FaultHangBefore {
				<-r.Context().Done()
			}
			return c.gone(entry, began)
		}
	}
	if refused == nil && rq.wait > 0 {
		if value, refused = c.longPoll(rq, run, value); r.Context().Err() != nil {
			return c.gone(entry, began)
		}
	}
	if refused == nil && c.cfg.Intercept != nil {
		if err := c.cfg.Intercept(entry, true); err != nil {
			return c.gone(entry, began)
		}
	}
	if after != nil {
		switch after.Kind {
		case FaultHangAfter:
			<-r.Context().Done()
			return c.gone(entry, began)
		case FaultDropAfter:
			return c.gone(entry, began)
		case FaultLatency:
			latency += after.Delay
		}
	}
	if latency > 0 && !sleep(r.Context(), latency) {
		return c.gone(entry, began)
	}
	rep := c.encode(rq, value, refused)
	if after != nil && after.Kind == FaultGarbled {
		rep.body = rep.body[:len(rep.body)/2]
		rep.header.Set("Content-Length", strconv.Itoa(len(rep.body)))
	}
	entry.Status = rep.status
	if refused != nil {
		entry.Error = refused.code
	}
	c.record(entry, began)
	return rep, nil
}

// sleep waits for d of real time and reports false when the client gave up first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *Cloud) gone(entry Call, began time.Time) (*reply, error) {
	entry.Error = "ConnectionDropped"
	c.record(entry, began)
	return nil, errDropped
}

func (c *Cloud) record(entry Call, began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.Took = time.Since(began)
	c.calls.add(entry)
	c.notify()
}

// admit finds out what is called and who calls. A refusal here has no effect.
func (c *Cloud) admit(rq *request, r *http.Request, body []byte) (any, call, *apiError) {
	run, form, refused := c.route(rq, r, body)
	if refused != nil {
		return nil, nil, refused
	}
	caller, sig, refused := c.authenticate(r, body, rq.svc)
	if refused != nil {
		return nil, nil, refused
	}
	rq.caller, rq.region = caller, sig.region
	if rq.svc.query() {
		rq.params = readForm(form)
	} else if rq.params, refused = readJSON(body); refused != nil {
		return nil, nil, refused
	}
	for _, name := range []string{"TargetId", "AccountId"} {
		if id := rq.params.raw(name); id != "" {
			rq.accountID = id
		}
	}
	if rq.svc == svcIAM || rq.svc == svcSTS {
		rq.accountID = caller.accountID
		if arn := strings.Split(rq.params.raw("RoleArn"), ":"); len(arn) > 4 {
			rq.accountID = arn[4]
		}
	}
	return nil, run, nil
}

// perform is what happens behind the signature: set faults, the quota,
// authorization and the operation itself.
func (c *Cloud) perform(rq *request, run call) (any, *apiError) {
	svc := rq.svc
	f := c.strike(rq.action, rq.accountID, FaultThrottle, FaultTooManyProcessing, FaultServerError, FaultUnavailable,
		FaultAccessDenied, FaultConflict, FaultNotFound, FaultExpiredToken)
	if f != nil {
		return nil, faultRefusal(rq, f)
	}
	if !c.throttle(svc, rq.op, rq.now) {
		return nil, svc.refuseThrottled("")
	}
	if refused := c.authorize(rq); refused != nil {
		return nil, refused
	}
	value, refused := run(c, rq)
	if refused == nil && !readOnly(rq.op) {
		c.notify()
	}
	return value, refused
}

func readOnly(op string) bool {
	for _, p := range []string{"List", "Describe", "Get", "Is"} {
		if strings.HasPrefix(op, p) {
			return true
		}
	}
	return false
}

func faultRefusal(rq *request, f *ActiveFault) *apiError {
	svc := rq.svc
	text := func(def string) string {
		if f.Reason != "" {
			return f.Reason
		}
		return def
	}
	switch f.Kind {
	case FaultThrottle:
		return svc.refuseThrottled(text("Rate exceeded"))
	case FaultTooManyProcessing:
		return svc.refuseThrottled(text(tooManyProcessing))
	case FaultServerError:
		e := svc.refuseInternal()
		e.message = text(e.message)
		return e
	case FaultUnavailable:
		return &apiError{code: "ServiceUnavailable", status: http.StatusServiceUnavailable}
	case FaultAccessDenied:
		return svc.refuseDenied(text(deniedMessage(rq, "*", notAllowed)))
	case FaultConflict:
		return refuse("ConflictException", text("The request conflicts with a previous write that is still propagating."))
	case FaultNotFound:
		return svc.refuseNotFound(text("The requested resource was not found."))
	default:
		return svc.refuseExpired()
	}
}

// route finds the operation that the request names.
func (c *Cloud) route(rq *request, r *http.Request, body []byte) (call, url.Values, *apiError) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		prefix, op, _ := strings.Cut(target, ".")
		for _, svc := range []*service{svcSSO, svcIdentityStore, svcOrganizations, svcTagging, svcSQS} {
			if svc.target != prefix {
				continue
			}
			rq.svc, rq.op, rq.action = svc, op, svc.prefix+":"+op
			run := operations[rq.action]
			if run == nil || r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), svc.contentType()) {
				return nil, nil, &apiError{code: "UnknownOperationException", status: http.StatusBadRequest, transport: true}
			}
			return run, nil, nil
		}
		rq.svc, rq.action = svcSSO, "unknown:"+target
		return nil, nil, &apiError{code: "UnknownOperationException", status: http.StatusBadRequest, transport: true}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		rq.svc, rq.action = svcSTS, "unknown:"+r.Method+" "+r.URL.Path
		return nil, nil, &apiError{code: "MissingAction", message: "The request is missing an action or operation parameter.", status: http.StatusBadRequest}
	}
	for _, svc := range []*service{svcSTS, svcIAM} {
		if form.Get("Version") != svc.version {
			continue
		}
		rq.svc, rq.op = svc, form.Get("Action")
		rq.action = svc.prefix + ":" + rq.op
		if run := operations[rq.action]; run != nil {
			return run, form, nil
		}
	}
	if rq.svc == nil {
		rq.svc, rq.op = svcSTS, form.Get("Action")
		rq.action = "unknown:" + rq.op
	}
	return nil, nil, &apiError{code: "InvalidAction", message: "Could not find operation " + rq.op + " for version " + form.Get("Version"), status: http.StatusBadRequest}
}
