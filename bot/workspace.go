package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access/fault"
)

// callTimeout bounds one call of Slack's Web API. Slack answers in well under a second or
// is in trouble; the library's own client would wait for ever.
const callTimeout = 15 * time.Second

// WorkspaceOptions say how to reach Slack.
type WorkspaceOptions struct {
	BotToken string // xoxb-…
	AppToken string // xapp-…, for Socket Mode
	// APIURL is Slack's API when empty; a simulator's otherwise. A missing trailing slash is added.
	APIURL string
	// Transport carries the calls of the Web API; nil: the network.
	Transport http.RoundTripper
	// Now stamps facts; time.Now when nil. In a sandbox it is the clock that may be moved.
	Now func() time.Time
}

// Workspace is a connection to Slack's Web API, and Slack's half of the directory.
type Workspace struct {
	api      *slack.Client
	http     *http.Client
	endpoint string
	botToken string
	appToken string
	now      func() time.Time
}

// NewWorkspace prepares the client; it sends nothing yet.
func NewWorkspace(o WorkspaceOptions) (*Workspace, error) {
	endpoint := o.APIURL
	if endpoint == "" {
		endpoint = slack.APIURL
	}
	if !strings.HasSuffix(endpoint, "/") {
		endpoint += "/" // the library appends method names to it as they are
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fault.Newf(fault.Invalid, "bot.NewWorkspace", "Give the whole address, such as https://slack.com/api/.", "SLACK_API_URL is no address: %q", o.APIURL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	w := &Workspace{
		http:     &http.Client{Timeout: callTimeout, Transport: o.Transport},
		endpoint: endpoint,
		botToken: o.BotToken,
		appToken: o.AppToken,
		now:      o.Now,
	}
	w.api = slack.New(o.BotToken,
		slack.OptionAPIURL(endpoint),
		slack.OptionHTTPClient(w.http),
		slack.OptionLog(log.New(io.Discard, "", 0)), // it logs only what it also returns
	)
	return w, nil
}

// newTransport is a transport of our own, so that closing its idle connections touches
// nobody else's.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	t.ResponseHeaderTimeout = callTimeout
	return t
}

// Close gives up idle connections. Calls after it still work.
func (w *Workspace) Close() { w.http.CloseIdleConnections() }

// RateLimited is Slack's answer 429: nothing happened, and asking again before Wait is
// over prolongs it.
type RateLimited struct {
	Wait time.Duration
	Err  error
}

func (e *RateLimited) Error() string {
	return fmt.Sprintf("slack limits the rate, again in %s: %v", e.Wait, e.Err)
}

// Unwrap is the library's error.
func (e *RateLimited) Unwrap() error { return e.Err }

// RetryAfter is how long Slack wants to be left alone.
func (e *RateLimited) RetryAfter() time.Duration { return e.Wait }

// raw calls a method whose answer the library decodes with a loss: a flag that is absent
// must not become false.
func (w *Workspace) raw(ctx context.Context, method string, values url.Values, into any) error {
	values.Set("token", w.botToken)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.endpoint+method, strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := w.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return &slack.RateLimitedError{RetryAfter: time.Duration(max(seconds, 1)) * time.Second}
	}
	if resp.StatusCode != http.StatusOK {
		return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return err
	}
	var head slack.SlackResponse
	if err := json.Unmarshal(body, &head); err != nil {
		return fmt.Errorf("%s: unreadable answer: %w", method, err)
	}
	if !head.Ok {
		return slack.SlackErrorResponse{Err: head.Error, ResponseMetadata: head.ResponseMetadata, Needed: head.Needed, Provided: head.Provided}
	}
	return json.Unmarshal(body, into)
}

// unavailable wraps a failed read for people; a rate limit stays visible to code.
func unavailable(op string, err error) error {
	if err == nil {
		return nil
	}
	if wait, ok := retryAfter(err); ok {
		err = &RateLimited{Wait: wait, Err: err}
	}
	if errors.Is(err, context.Canceled) {
		return &fault.Error{Code: fault.Unavailable, Op: op, Message: "Stint is shutting down", Hint: "Please try again in a minute.", Err: err}
	}
	t := classify(err)
	hint := "Please try again in a minute."
	if t.fatal {
		hint = "An admin must mend Stint's Slack connection first."
	}
	return &fault.Error{Code: fault.Unavailable, Op: op, Message: "Slack cannot be asked right now", Hint: hint, Err: fmt.Errorf("%s: %w", t.problem, err)}
}
