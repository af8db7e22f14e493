package ticket

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"stint/access"
)

const (
	// Timeout bounds one question, connection included.
	Timeout = 5 * time.Second
	// MinKey is how many bytes the shared key has at least.
	MinKey = 32

	maxAnswer = 16 << 10
)

// Options are what a Client is made of.
type Options struct {
	URL string // https, without credentials or fragment
	Key string // shared with the service, at least MinKey bytes
	// Private lets the service be at an address that is not public, and at plain HTTP.
	Private bool
	// Now is the time that questions are stamped with.
	Now func() time.Time
}

// Client asks the ticket service. It is safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client
}

var _ access.TicketChecker = (*Client)(nil)

// New checks the options; its error lists what to mend.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !o.Private):
		return nil, errors.New("STINT_TICKET_URL is no https address: write it like https://tickets.example.com/stint")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("STINT_TICKET_URL holds credentials or a fragment: leave them out, questions are signed with STINT_TICKET_KEY")
	case len(o.Key) < MinKey:
		return nil, fmt.Errorf("STINT_TICKET_KEY is shorter than %d characters: make one with `openssl rand -hex 32` and give it to the service too", MinKey)
	}
	return &Client{o: o, http: &http.Client{
		Timeout:       Timeout,
		Transport:     transport(o.Private),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close gives the idle connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Check asks the service about one ticket.
func (c *Client) Check(ctx context.Context, q access.TicketQuestion) (access.TicketAnswer, error) {
	body, err := json.Marshal(questionOf(q))
	if err != nil {
		return access.TicketAnswer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.o.URL, bytes.NewReader(body))
	if err != nil {
		return access.TicketAnswer{}, err
	}
	stamp := strconv.FormatInt(c.o.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "stint")
	req.Header.Set("Idempotency-Key", string(q.Request))
	req.Header.Set("Stint-Timestamp", stamp)
	req.Header.Set("Stint-Signature", Sign(c.o.Key, stamp, body))
	resp, err := c.http.Do(req)
	if err != nil {
		return access.TicketAnswer{}, fmt.Errorf("ticket service: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return access.TicketAnswer{}, fmt.Errorf("ticket service: it answered %s, not 200", resp.Status)
	}
	return read(resp)
}

// Sign is the signature of a body sent at a time, as the header carries it.
func Sign(key, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// answer is what the service says. Valid is a pointer so that an answer without it is none.
type answer struct {
	Valid   *bool  `json:"valid"`
	Message string `json:"message"`
}

func read(resp *http.Response) (access.TicketAnswer, error) {
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return access.TicketAnswer{}, fmt.Errorf("ticket service: its answer is %q, not application/json", resp.Header.Get("Content-Type"))
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return access.TicketAnswer{}, fmt.Errorf("ticket service: %w", err)
	case len(data) > maxAnswer:
		return access.TicketAnswer{}, fmt.Errorf("ticket service: its answer is larger than %d bytes", maxAnswer)
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return access.TicketAnswer{}, fmt.Errorf("ticket service: its answer cannot be read: %w", err)
	}
	if a.Valid == nil {
		return access.TicketAnswer{}, errors.New("ticket service: its answer does not say whether the ticket is valid")
	}
	return access.TicketAnswer{Good: *a.Valid, Note: a.Message}, nil
}
