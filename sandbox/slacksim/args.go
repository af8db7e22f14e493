package slacksim

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"stint/sandbox/slacksim/blockkit"
)

// args are the arguments of a call, from whichever form they came in.
type args struct {
	token   string
	warning string
	values  map[string]any // strings from forms, decoded JSON from JSON bodies
}

// readArgs reads query, form and JSON bodies. A token counts in the header, the query or a form, but not in a
// JSON body, where Slack does not look for it.
func readArgs(r *http.Request) (args, *apiError) {
	a := args{values: map[string]any{}}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		a.token = strings.TrimSpace(token)
	}
	a.form(r.URL.Query())
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method == http.MethodGet, r.ContentLength == 0 && kind == "":
	case kind == "application/json":
		raw, err := readAll(r)
		if err != nil {
			return a, refuse("request_too_large")
		}
		if len(strings.TrimSpace(string(raw))) == 0 {
			break
		}
		v, err := blockkit.Decode(raw)
		if err != nil {
			return a, refuse("invalid_json")
		}
		m, ok := v.(map[string]any)
		if !ok {
			return a, refuse("json_not_object")
		}
		if params["charset"] == "" {
			a.warning = "missing_charset"
		}
		for k, x := range m {
			if k != "token" {
				a.values[k] = x
			}
		}
	case kind == "application/x-www-form-urlencoded":
		raw, err := readAll(r)
		if err != nil {
			return a, refuse("request_too_large")
		}
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return a, refuse("invalid_form_data")
		}
		a.form(form)
	case kind == "multipart/form-data":
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return a, refuse("invalid_form_data")
		}
		a.form(r.MultipartForm.Value)
	case kind == "":
		return a, refuse("missing_post_type")
	default:
		return a, refuse("invalid_post_type")
	}
	return a, nil
}

func (a *args) form(form url.Values) {
	for k, list := range form {
		if len(list) == 0 {
			continue
		}
		if k == "token" {
			if a.token == "" {
				a.token = list[0]
			}
			continue
		}
		a.values[k] = list[0]
	}
}

// parseForm reads a form with one value a field.
func parseForm(raw string) map[string]string {
	out := map[string]string{}
	form, _ := url.ParseQuery(raw)
	for k, list := range form {
		out[k] = list[0]
	}
	return out
}

// logged is the arguments as they may be logged: without the token.
func (a args) logged() string {
	raw, err := json.Marshal(a.values)
	if err != nil {
		return ""
	}
	return string(raw)
}

// str reads a string; numbers and booleans of JSON bodies are taken as they are written.
func (a args) str(name string) string {
	switch v := a.values[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// has says that an argument was given and is not null.
func (a args) has(name string) bool { return a.values[name] != nil }

// flag reads a boolean: true, "true", "1".
func (a args) flag(name string) bool {
	s := a.str(name)
	return s == "true" || s == "1"
}

// json reads an argument that is JSON: itself in a JSON body, or a string that holds it. ok is false when it is
// not there; err when it cannot be read.
func (a args) json(name string) (v any, size int, ok bool, err error) {
	switch x := a.values[name].(type) {
	case nil:
		if _, there := a.values[name]; there {
			return nil, 4, true, nil
		}
		return nil, 0, false, nil
	case string:
		if x == "" {
			return nil, 0, false, nil
		}
		v, err = blockkit.Decode([]byte(x))
		return v, len(x), true, err
	default:
		raw, err := json.Marshal(x)
		return x, len(raw), true, err
	}
}

// list reads a list: an array, or a string with commas.
func (a args) list(name string) []string {
	if many, ok := a.values[name].([]any); ok {
		var out []string
		for _, x := range many {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	var out []string
	for s := range strings.SplitSeq(a.str(name), ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
