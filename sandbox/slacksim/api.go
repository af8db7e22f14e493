package slacksim

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tokenKind is what a method wants to be called with.
type tokenKind int

const (
	botToken tokenKind = iota
	appToken
	anyToken
	noToken
)

// method is one method of the Web API.
type method struct {
	token tokenKind
	// perMinute is the rate of its tier; 0 is unlimited.
	perMinute int
	// scopes are alternatives, one of which must be granted; none means that none is needed, or that the
	// method judges by its arguments.
	scopes []string
	do     func(*call) (map[string]any, *apiError)
}

// call is one call of a method, handled with the workspace's lock held.
type call struct {
	w    *Workspace
	r    *http.Request
	name string
	args args
}

// maxBody is the largest request taken.
const maxBody = 4 << 20

// serveAPI answers /api/<method>.
func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	start := w.wall()
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	c := &call{w: w, r: r, name: name}
	body, status, retryAfter, entry, delay := c.answer()
	entry.Took = w.wall().Sub(start)
	w.note(entry)
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		case <-w.life.Done():
		}
	}
	h := rw.Header()
	if retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	if body == nil {
		h.Set("Content-Type", "text/html")
		body = []byte("<!DOCTYPE html><html><head><title>Server Error | Slack</title></head><body>Server Error</body></html>")
	}
	rw.WriteHeader(status)
	_, _ = rw.Write(body)
}

// answer works a call out. A nil body stands for the HTML page of a broken Slack.
func (c *call) answer() (body []byte, status, retryAfter int, entry Entry, delay time.Duration) {
	w := c.w
	entry = Entry{Kind: EntryAPI, Name: c.name, Status: http.StatusOK}
	read, refused := readArgs(c.r)
	c.args = read
	entry.Body = read.logged()

	w.mu.Lock()
	defer w.mu.Unlock()
	delay = w.faults.Latency
	fault := w.takeFault(c.name)
	delay += fault.Latency
	var reply map[string]any
	if refused == nil && (fault.AfterEffect || !fault.fails()) {
		reply, refused = c.run()
	}
	switch {
	case fault.Status != 0:
		entry.Status, entry.Error = fault.Status, "http_"+strconv.Itoa(fault.Status)
		return nil, fault.Status, 0, entry, delay
	case fault.RetryAfter > 0:
		refused = refuse("ratelimited")
		retryAfter = seconds(fault.RetryAfter)
	case fault.Error != "":
		refused = refuse(fault.Error)
	}
	status = http.StatusOK
	if refused != nil && refused.code == "ratelimited" {
		status = http.StatusTooManyRequests
		if retryAfter == 0 {
			retryAfter, _ = strconv.Atoi(refused.needed)
			refused.needed = ""
		}
	}
	reply = c.finish(reply, refused)
	entry.OK, entry.Status = refused == nil, status
	if refused != nil {
		entry.Error, entry.Messages = refused.code, refused.messages
	}
	body, err := json.Marshal(reply)
	if err != nil {
		return []byte(`{"ok":false,"error":"internal_error"}`), http.StatusOK, 0, entry, delay
	}
	return body, status, retryAfter, entry, delay
}

// seconds rounds up to whole seconds, as Retry-After has them.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// run checks token, rate and scopes in Slack's order and then does the work.
func (c *call) run() (map[string]any, *apiError) {
	w := c.w
	m, known := w.methods[c.name]
	if !known {
		return nil, refuse("unknown_method")
	}
	if m.token != noToken {
		if refused := c.authenticate(m.token); refused != nil {
			return nil, refused
		}
	}
	if wait := w.limited(c, m); wait > 0 {
		return nil, &apiError{code: "ratelimited", needed: strconv.Itoa(seconds(wait))}
	}
	if refused := c.granted(m.scopes...); refused != nil {
		return nil, refused
	}
	return m.do(c)
}

func (c *call) authenticate(want tokenKind) *apiError {
	w, token := c.w, c.args.token
	switch {
	case token == "":
		return refuse("not_authed")
	case token != w.app.botToken && token != w.app.appToken:
		return refuse("invalid_auth")
	case want == botToken && token == w.app.appToken, want == appToken && token == w.app.botToken:
		return refuse("not_allowed_token_type")
	}
	return nil
}

// granted refuses unless one of the scopes is granted to the token in use.
func (c *call) granted(scopes ...string) *apiError {
	have := c.w.scopes
	if c.args.token == c.w.app.appToken {
		have = c.w.app.appScopes
	}
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(have, s) }) {
		return nil
	}
	return &apiError{code: "missing_scope", needed: strings.Join(scopes, ","), provided: strings.Join(have, ",")}
}

// finish gives an answer the frame that all answers share.
func (c *call) finish(reply map[string]any, refused *apiError) map[string]any {
	out := map[string]any{"ok": refused == nil}
	meta := map[string]any{}
	if refused != nil {
		out["error"] = refused.code
		if refused.errors != nil {
			out["errors"] = refused.errors
		}
		if refused.needed != "" {
			out["needed"], out["provided"] = refused.needed, refused.provided
		}
		if len(refused.messages) > 0 {
			meta["messages"] = refused.messages
		}
	} else {
		maps.Copy(out, reply)
		if own, ok := reply["response_metadata"].(map[string]any); ok {
			maps.Copy(meta, own)
		}
	}
	if c.args.warning != "" {
		out["warning"] = c.args.warning
		meta["warnings"] = []string{c.args.warning}
	}
	if len(meta) > 0 {
		out["response_metadata"] = meta
	}
	return out
}

func readAll(r *http.Request) ([]byte, error) { return io.ReadAll(r.Body) }
