package page

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// apiError is how every refusal looks.
type apiError struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (e *apiError) Error() string { return e.Message }

func notFound(message, hint string) *apiError {
	return &apiError{status: http.StatusNotFound, Code: "not_found", Message: message, Hint: hint}
}

func badRequest(message, hint string) *apiError {
	return &apiError{status: http.StatusBadRequest, Code: "bad_request", Message: message, Hint: hint}
}

// handler answers one call with something to encode, or with an error. Errors of the simulators say what no
// client could do; they are the caller's mistake.
type handler func(r *http.Request) (any, error)

func (s *Server) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		v, err := h(r)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, v)
	})
}

func writeError(w http.ResponseWriter, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		text := err.Error()
		for _, prefix := range []string{"slacksim: ", "awssim: "} {
			text = strings.TrimPrefix(text, prefix)
		}
		e = badRequest(text, "")
	}
	writeJSON(w, e.status, map[string]*apiError{"error": e})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be encoded: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// body decodes the JSON of a call, strictly: a misspelt field would otherwise be a wish that nobody hears.
func body[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil && !errors.Is(err, io.EOF) {
		return v, badRequest("The body is not what this call takes: "+err.Error()+".", "API.md shows an example of every call.")
	}
	return v, nil
}

// number reads a query parameter that counts something.
func number(r *http.Request, name string, otherwise int) (int, error) {
	raw := r.URL.Query().Get(name)
	if raw == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 0 {
		return 0, badRequest("The parameter "+name+" is "+strconv.Quote(raw)+".", "It takes a number from 0.")
	}
	return n, nil
}

func flag(r *http.Request, name string) bool {
	v := r.URL.Query().Get(name)
	return v == "1" || v == "true"
}

// done is the answer of calls that have nothing to tell.
var done = struct {
	OK bool `json:"ok"`
}{true}
