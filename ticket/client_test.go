package ticket

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
)

const key = "0123456789abcdef0123456789abcdef"

var asked = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// service answers as h says and gives a client of it.
func service(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(Options{URL: s.URL + "/stint", Key: key, Private: true, Now: func() time.Time { return asked }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func question() access.TicketQuestion {
	return access.TicketQuestion{
		Ticket: "CHG-7", Request: "01REQ", Asker: access.Human{Person: "p1", Name: "Ada"}, Receiver: access.Human{Person: "p2", Name: "Bob"},
		Items: []access.ItemView{
			{Entitlement: access.RoleIn("222222222222", "arn:role"), Account: catalog.Account{ID: "222222222222", Name: "prod-billing"}, Role: catalog.Role{Name: "Admin"}},
			{Entitlement: access.MemberOf("g1")},
		},
		Duration: time.Hour, Rule: "admin", Emails: [2]string{"ada@example.com", ""}, Submitted: asked,
	}
}

func answering(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

// TestQuestion: the service gets everything, signed over the body as it is.
func TestQuestion(t *testing.T) {
	t.Parallel()
	c := service(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		stamp := r.Header.Get("Stint-Timestamp")
		if r.Method != http.MethodPost || stamp != "1772614800" || r.Header.Get("Stint-Signature") != Sign(key, stamp, body) || r.Header.Get("Idempotency-Key") != "01REQ" {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		if Sign(key, stamp, append(body, ' ')) == Sign(key, stamp, body) || Sign(key, "1772614801", body) == Sign(key, stamp, body) || Sign(key+"x", stamp, body) == Sign(key, stamp, body) {
			t.Error("the signature does not depend on key, time and body")
		}
		var q Question
		if err := json.Unmarshal(body, &q); err != nil {
			t.Error(err)
		}
		if q.Ticket != "CHG-7" || q.Asker.Email != "ada@example.com" || q.DurationSeconds != 3600 || len(q.Items) != 2 || q.Items[0].Account != "prod-billing" || q.Items[1].Group != "g1" || q.StartAt != nil {
			t.Errorf("%s", body)
		}
		answering(w, `{"valid": true, "message": "Disk full", "extra": 1}`)
	})
	a, err := c.Check(context.Background(), question())
	if err != nil || !a.Good || a.Note != "Disk full" {
		t.Errorf("%+v %v", a, err)
	}
}

// TestAnswers: only a plain yes is one; what is not understood is an error and no answer.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		good   bool
		err    string
	}{
		"no":       {func(w http.ResponseWriter, _ *http.Request) { answering(w, `{"valid": false, "message": "closed"}`) }, false, ""},
		"neither":  {func(w http.ResponseWriter, _ *http.Request) { answering(w, `{"message": "hm"}`) }, false, "does not say"},
		"a string": {func(w http.ResponseWriter, _ *http.Request) { answering(w, `{"valid": "true"}`) }, false, "cannot be read"},
		"cut":      {func(w http.ResponseWriter, _ *http.Request) { answering(w, `{"valid": tr`) }, false, "cannot be read"},
		"empty":    {func(w http.ResponseWriter, _ *http.Request) { answering(w, "") }, false, "cannot be read"},
		"html": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `{"valid": true}`)
		}, false, "not application/json"},
		"an error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			answering(w, `{"valid": true}`)
		}, false, "500"},
		"accepted": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			answering(w, `{"valid": true}`)
		}, false, "202"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, false, "307"},
		"a flood": {func(w http.ResponseWriter, _ *http.Request) {
			answering(w, `{"valid": true, "message": "`+strings.Repeat("x", maxAnswer)+`"}`)
		}, false, "larger"},
		"a cut connection": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := service(t, c.answer).Check(context.Background(), question())
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if a.Good != c.good {
				t.Errorf("good: %v", a.Good)
			}
		})
	}
}

// TestAddresses: what is not on the internet is not asked, whatever its name resolves to.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "1.1.1.1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false,
		"0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false,
		"::1": false, "::": false, "fe80::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false,
		"64:ff9b::a00:1": false, "2002:a00:1::": false, "2001:db8::1": false, "fec0::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: public %v, want %v", address, got, want)
		}
	}
	called := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { called = true; answering(w, `{"valid": true}`) }))
	t.Cleanup(s.Close)
	for _, host := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		c, err := New(Options{URL: host, Key: key, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Check(context.Background(), question()); err == nil || !strings.Contains(err.Error(), "not a public address") || called {
			t.Errorf("%s: %v, asked %v", host, err, called)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"plain http":  {URL: "http://tickets.example.com", Key: key},
		"no host":     {URL: "https://", Key: key},
		"a file":      {URL: "file:///etc/passwd", Key: key, Private: true},
		"credentials": {URL: "https://a:b@tickets.example.com", Key: key},
		"a short key": {URL: "https://tickets.example.com", Key: "short"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
