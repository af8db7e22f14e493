package slacksim

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// isLoopbackHost says whether a Host header names this machine.
func isLoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// fromLoopback says whether a request came from this machine and was meant for it. The Host check is what keeps
// a web page from reaching the simulator through a name that it controls.
func fromLoopback(r *http.Request) bool {
	if !isLoopbackHost(r.Host) {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err != nil || peer.Addr().Unmap().IsLoopback()
}

// baseURL is how the app reached the simulator.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Handler serves Slack: the Web API under /api/, Socket Mode under /link/, response URLs under /hooks/. The
// addresses that it hands out are made from the Host of the request, so it works behind any listener. Requests
// from other machines and for other hosts are refused with 403.
func (w *Workspace) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", w.serveAPI)
	mux.HandleFunc("/link/", w.serveLink)
	mux.HandleFunc("/hooks/", w.serveHook)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !fromLoopback(r) {
			http.Error(rw, "the simulator serves loopback only: use 127.0.0.1 or localhost as its host", http.StatusForbidden)
			return
		}
		w.mu.Lock()
		gone := w.faults.Gone
		w.mu.Unlock()
		if gone {
			// The connection ends without an answer, as that of an unreachable Slack does.
			panic(http.ErrAbortHandler)
		}
		mux.ServeHTTP(rw, r)
	})
}
