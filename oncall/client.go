package oncall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stint/access/fault"
)

const (
	// Timeout bounds one question.
	Timeout = 5 * time.Second

	maxAnswer = 1 << 20
)

// client asks one product.
type client struct {
	name string // for messages
	base string
	auth string // of the header Authorization
	// accept is the header that names the version of the API.
	accept string
	http   *http.Client
}

func newClient(name, base, auth, accept string) (*client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("%q is no address of %s", base, name)
	}
	return &client{
		name: name, base: strings.TrimSuffix(base, "/"), auth: auth, accept: accept,
		// A redirect would send the token elsewhere.
		http: &http.Client{Timeout: Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// limited is an answer 429.
type limited struct{ after time.Duration }

func (e *limited) Error() string { return "it limits requests for " + e.after.String() }

// RetryAfter is for how long not to ask.
func (e *limited) RetryAfter() time.Duration { return e.after }

// get reads JSON. A schedule that is not there is code NotFound, all else Unavailable.
func (c *client) get(ctx context.Context, path string, query url.Values, to any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return c.unavailable(err, "")
	}
	req.Header.Set("Authorization", c.auth)
	req.Header.Set("Accept", c.accept)
	req.Header.Set("User-Agent", "stint")
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unavailable(err, "")
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return fault.Newf(fault.NotFound, "oncall", "Look up its id again.", "%s has no such schedule.", c.name)
	case http.StatusUnauthorized, http.StatusForbidden:
		return c.unavailable(errors.New(resp.Status), "Its token is not valid, or may not read this schedule.")
	case http.StatusTooManyRequests:
		return c.unavailable(&limited{retryAfter(resp.Header)}, "")
	default:
		return c.unavailable(errors.New(resp.Status), "")
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(data) > maxAnswer {
		err = fmt.Errorf("its answer is larger than %d bytes", maxAnswer)
	}
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		return c.unavailable(err, "")
	}
	return nil
}

func (c *client) unavailable(err error, hint string) error {
	return fault.Wrap(err, fault.Unavailable, "oncall", c.name+" cannot be asked who is on call.", hint)
}

func retryAfter(h http.Header) time.Duration {
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil && s > 0 && s <= 3600 {
		return time.Duration(s) * time.Second
	}
	return time.Minute
}

// addresses refuses an answer in which somebody has no e-mail address: nobody may be left
// out without a word.
func (c *client) addresses(emails []string) ([]string, error) {
	for _, e := range emails {
		if !strings.Contains(e, "@") {
			return nil, c.unavailable(fmt.Errorf("somebody on call has no e-mail address (%q)", e), "")
		}
	}
	return emails, nil
}
