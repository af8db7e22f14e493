package slacksim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// reply is a decoded answer of the Web API.
type reply = map[string]any

// answer is the outside of an answer of the Web API.
type answer struct {
	status     int
	retryAfter string
}

// post calls a method as a stranger's client might.
func (r *rig) post(method, contentType, token, body string) (answer, reply) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.srv.URL+"/api/"+method, strings.NewReader(body))
	must(r.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := r.srv.Client().Do(req)
	must(r.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	must(r.t, err)
	var out reply
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		must(r.t, json.Unmarshal(raw, &out))
	}
	return answer{resp.StatusCode, resp.Header.Get("Retry-After")}, out
}

// raw calls a method with a JSON body and the bot token.
func (r *rig) raw(method string, args map[string]any) reply {
	r.t.Helper()
	body, err := json.Marshal(args)
	must(r.t, err)
	_, out := r.post(method, "application/json; charset=utf-8", r.BotToken(), string(bytes.TrimSpace(body)))
	return out
}

// form calls a method with a form body and the token in it.
func (r *rig) form(method string, args map[string]string) reply {
	r.t.Helper()
	values := url.Values{"token": {r.BotToken()}}
	for k, v := range args {
		values.Set(k, v)
	}
	_, out := r.post(method, "application/x-www-form-urlencoded", "", values.Encode())
	return out
}

// messages are the response_metadata.messages of a refusal.
func messages(r reply) []string {
	meta, _ := r["response_metadata"].(map[string]any)
	list, _ := meta["messages"].([]any)
	var out []string
	for _, x := range list {
		out = append(out, x.(string))
	}
	return out
}

func at(v any, path ...string) any {
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}
