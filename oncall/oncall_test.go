package oncall

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access/fault"
	"stint/access/identity"
)

var now = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// pagerDuty answers as its reference describes it, and refuses what that does not allow.
func pagerDuty(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/vnd.pagerduty+json;version=2" {
			t.Errorf("Accept: %s", r.Header.Get("Accept"))
		}
		if r.Header.Get("Authorization") != "Token token=secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method != http.MethodGet || r.URL.Path != "/schedules/PABC123/users" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		since, err1 := time.Parse(time.RFC3339, r.URL.Query().Get("since"))
		until, err2 := time.Parse(time.RFC3339, r.URL.Query().Get("until"))
		if err1 != nil || err2 != nil || !since.Equal(now) || !until.After(since) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"users": [{"id": "PXPGF42", "type": "user", "summary": "Ada", "name": "Ada", "email": "ada@example.com", "role": "admin"}]}`)
	}
}

func opsgenie(_ *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.Header.Get("Authorization") != "GenieKey secret":
			w.WriteHeader(http.StatusForbidden)
		case q.Get("flat") != "true":
			w.WriteHeader(http.StatusUnprocessableEntity)
		case r.URL.Path == "/v2/schedules/Platform team/on-calls" && q.Get("scheduleIdentifierType") == "name",
			r.URL.Path == "/v2/schedules/d875a1b4-9b4e-4219-a1b3-0c26936d18de/on-calls" && q.Get("scheduleIdentifierType") == "id":
			_, _ = io.WriteString(w, `{"data": {"_parent": {"id": "d8", "name": "Platform team", "enabled": true}, "onCallRecipients": ["ada@example.com", "bob@example.com"]}, "took": 0.1, "requestId": "r"}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}
}

// products are both, at an address that answers as h says.
func products(t *testing.T, token string, h func(*testing.T) http.HandlerFunc) map[string]identity.OnCallSource {
	t.Helper()
	s := httptest.NewServer(h(t))
	t.Cleanup(s.Close)
	p, err := NewPagerDuty(s.URL, token, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOpsgenie(s.URL+"/", token)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]identity.OnCallSource{"PagerDuty": p, "Opsgenie": o}
}

func TestOnCall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api      func(*testing.T) http.HandlerFunc
		product  string
		token    string
		schedule string
		want     []string
		code     fault.Code
	}{
		"pagerduty":              {pagerDuty, "PagerDuty", "secret", "PABC123", []string{"ada@example.com"}, ""},
		"pagerduty, no schedule": {pagerDuty, "PagerDuty", "secret", "PNONE", nil, fault.NotFound},
		"pagerduty, no token":    {pagerDuty, "PagerDuty", "other", "PABC123", nil, fault.Unavailable},
		"opsgenie by name":       {opsgenie, "Opsgenie", "secret", "Platform team", []string{"ada@example.com", "bob@example.com"}, ""},
		"opsgenie by id":         {opsgenie, "Opsgenie", "secret", "d875a1b4-9b4e-4219-a1b3-0c26936d18de", []string{"ada@example.com", "bob@example.com"}, ""},
		"opsgenie, no schedule":  {opsgenie, "Opsgenie", "secret", "Other", nil, fault.NotFound},
		"opsgenie, no key":       {opsgenie, "Opsgenie", "other", "Other", nil, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := products(t, c.token, c.api)[c.product].OnCall(context.Background(), c.schedule)
			if c.code == "" && err != nil || c.code != "" && !fault.Is(err, c.code) {
				t.Errorf("error %v, want code %q", err, c.code)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// TestNoAnswer: what is not understood is never nobody on call.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter){
		"empty":   func(w http.ResponseWriter) { _, _ = io.WriteString(w, "") },
		"no list": func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{}`) },
		"null": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"users": null, "data": {"onCallRecipients": null}}`)
		},
		"no address": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"users": [{"name": "Ada"}], "data": {"onCallRecipients": ["Ada"]}}`)
		},
		"html":       func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>") },
		"too large":  func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat(" ", maxAnswer+1)) },
		"500":        func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"a redirect": func(w http.ResponseWriter) { w.Header().Set("Location", "/other"); w.WriteHeader(http.StatusFound) },
		"nobody": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"users": [], "data": {"onCallRecipients": []}}`)
		},
		"rate limits": func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for product, source := range products(t, "secret", func(*testing.T) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) { answer(w) }
			}) {
				got, err := source.OnCall(context.Background(), "PABC123")
				if name == "nobody" {
					if err != nil || len(got) != 0 {
						t.Errorf("%s: %v %v", product, got, err)
					}
					continue
				}
				if !fault.Is(err, fault.Unavailable) {
					t.Errorf("%s: %v %v", product, got, err)
				}
				var wait interface{ RetryAfter() time.Duration }
				if name == "rate limits" && (!errors.As(err, &wait) || wait.RetryAfter() != 7*time.Second) {
					t.Errorf("%s: it does not say for how long: %v", product, err)
				}
			}
		})
	}
}
