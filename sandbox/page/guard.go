package page

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// tokenHeader carries the token of this start. A page of another origin can neither read the token nor set
// the header without asking first, which is refused.
const tokenHeader = "X-Sandbox-Token"

// policy lets the page load what this server serves, and nothing else from anywhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if err := s.refuse(r); err != nil {
			writeError(w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) refuse(r *http.Request) *apiError {
	if !localHost(r.Host) {
		return &apiError{
			status: http.StatusForbidden, Code: "wrong_host",
			Message: "The sandbox does not answer to the name " + r.Host + ".",
			Hint:    "Use localhost, 127.0.0.1 or [::1].",
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); foreign(r) || site == "cross-site" {
		return &apiError{
			status: http.StatusForbidden, Code: "wrong_origin",
			Message: "This call came from another web page.",
			Hint:    "Call from the sandbox's own page, or from a program, which sends no Origin.",
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get(tokenHeader)), []byte(s.token)) != 1 {
		return &apiError{
			status: http.StatusForbidden, Code: "wrong_token",
			Message: "The header " + tokenHeader + " is missing or belongs to an earlier start of the sandbox.",
			Hint:    "Read the token with GET /api/session; a page that was open before a restart must be reloaded.",
		}
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return &apiError{
			status: http.StatusUnsupportedMediaType, Code: "wrong_content_type",
			Message: "A call that changes something takes JSON.", Hint: "Send Content-Type: application/json.",
		}
	}
	return nil
}

// localHost says whether a Host header names this machine.
func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// foreign says whether a browser names another origin than the one it called.
func foreign(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}
