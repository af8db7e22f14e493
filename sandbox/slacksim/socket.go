package slacksim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// ticket is the right to open one socket, handed out by apps.connections.open.
type ticket struct {
	expires time.Time
}

// socket is one Socket Mode connection. Its fields below live are owned by the workspace's lock.
type socket struct {
	num  int
	base string // how the app reached us, for response URLs
	conn *websocket.Conn
	out  chan frame
	done chan struct{} // closed when the reader has ended

	live bool // takes envelopes
}

type frame struct {
	data []byte
	last bool // the socket closes a little after it
}

// queue hands a frame to the writer; a socket that does not drain loses it, as a dead connection would.
func (s *socket) queue(raw []byte) {
	select {
	case s.out <- frame{data: raw}:
	default:
	}
}

// drop cuts the connection without a goodbye.
func (s *socket) drop() {
	s.live = false
	_ = s.conn.NetConn().Close()
}

// disconnect sends a disconnect frame. Only a warning leaves the socket in use.
func (s *socket) disconnect(reason string) {
	raw, _ := json.Marshal(map[string]any{
		"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-simulated"},
	})
	last := reason != DisconnectWarning
	if last {
		s.live = false
	}
	select {
	case s.out <- frame{data: raw, last: last}:
	default:
	}
}

// openTicket makes the URL of one socket. It is called with w.mu held.
func (w *Workspace) openTicket(r *http.Request) string {
	id := w.uuid()
	w.tickets[id] = &ticket{expires: w.wall().Add(w.switches.TicketLifetime)}
	u := url.URL{Scheme: "ws", Host: r.Host, Path: "/link/"}
	if r.TLS != nil {
		u.Scheme = "wss"
	}
	u.RawQuery = url.Values{"ticket": {id}, "app_id": {w.app.id}}.Encode()
	return u.String()
}

// useTicket takes a ticket out of the world; false when it never was, has been used or has expired.
func (w *Workspace) useTicket(id string) bool {
	t, ok := w.tickets[id]
	delete(w.tickets, id)
	return ok && w.wall().Before(t.expires)
}

// serveLink upgrades a request with a valid ticket to a socket.
func (w *Workspace) serveLink(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	refuse := w.faults.RefuseSockets || w.life.Err() != nil
	valid := !refuse && w.useTicket(r.URL.Query().Get("ticket"))
	switches := w.switches
	w.mu.Unlock()
	if !valid {
		status, name := http.StatusForbidden, "invalid_ticket"
		if refuse {
			status, name = http.StatusServiceUnavailable, "refused"
		}
		w.note(Entry{Kind: EntrySocket, Name: "refused", Error: name, Status: status})
		http.Error(rw, name, status)
		return
	}
	if r.URL.Query().Get("debug_reconnects") == "true" {
		switches.SocketLifetime = min(switches.SocketLifetime, 360*time.Second)
	}
	up := websocket.Upgrader{CheckOrigin: originAllowed}
	conn, err := up.Upgrade(rw, r, nil)
	if err != nil {
		return
	}
	s := &socket{conn: conn, base: baseURL(r), out: make(chan frame, 1024), done: make(chan struct{})}
	if !w.admit(s, switches) {
		return
	}
	w.read(s)
}

// admit greets a socket and begins to write to it. It reports whether the socket is to be read.
func (w *Workspace) admit(s *socket, switches Switches) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.life.Err() != nil {
		_ = s.conn.Close()
		return false
	}
	open := len(slices.DeleteFunc(slices.Clone(w.sockets), func(s *socket) bool { return !s.live }))
	w.lastSocket++
	s.num = w.lastSocket
	if open >= switches.MaxSockets {
		s.disconnect(DisconnectTooMany)
		w.note(Entry{Kind: EntrySocket, Name: "refused", Error: DisconnectTooMany, Socket: s.num})
	} else {
		hello, _ := json.Marshal(map[string]any{
			"type": "hello", "num_connections": open + 1,
			"connection_info": map[string]any{"app_id": w.app.id},
			"debug_info": map[string]any{
				"host": "applink-simulated", "build_number": 1,
				"approximate_connection_time": int(switches.SocketLifetime / time.Second),
			},
		})
		s.queue(hello)
		s.live = true
		w.note(Entry{Kind: EntrySocket, Name: "opened", OK: true, Socket: s.num})
	}
	w.sockets = append(w.sockets, s)
	w.running.Go(func() { w.write(s, switches) })
	w.running.Add(1) // for read
	return true
}

// read takes frames until the connection ends.
func (w *Workspace) read(s *socket) {
	defer func() {
		close(s.done)
		_ = s.conn.Close()
		w.mu.Lock()
		s.live = false
		w.sockets = slices.DeleteFunc(w.sockets, func(x *socket) bool { return x == s })
		w.note(Entry{Kind: EntrySocket, Name: "ended", OK: true, Socket: s.num})
		w.mu.Unlock()
		w.running.Done()
	}()
	for {
		kind, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage {
			w.acknowledge(s, raw)
		}
	}
}

// write is the only writer of frames: envelopes, pings, and the refresh when the socket grows old.
func (w *Workspace) write(s *socket, switches Switches) {
	pings := time.NewTicker(max(switches.PingEvery, time.Millisecond))
	defer pings.Stop()
	refresh := time.NewTimer(max(switches.SocketLifetime-switches.SocketWarning, 0))
	if switches.SocketLifetime <= 0 {
		refresh.Stop()
	}
	defer refresh.Stop()
	warned := false
	var goodbye <-chan time.Time
	for {
		select {
		case <-s.done:
			return
		case <-w.life.Done():
			_ = s.conn.NetConn().Close()
			return
		case f := <-s.out:
			_ = s.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if s.conn.WriteMessage(websocket.TextMessage, f.data) != nil {
				_ = s.conn.NetConn().Close()
				return
			}
			if f.last && goodbye == nil {
				timer := time.NewTimer(switches.SocketGrace)
				defer timer.Stop()
				goodbye = timer.C
			}
		case <-pings.C:
			_ = s.conn.WriteControl(websocket.PingMessage, []byte("Ping from simulated Slack"), time.Now().Add(5*time.Second))
		case <-refresh.C:
			w.mu.Lock()
			if warned {
				s.disconnect(DisconnectRefresh)
			} else {
				s.disconnect(DisconnectWarning)
				refresh.Reset(switches.SocketWarning)
			}
			warned = true
			w.mu.Unlock()
		case <-goodbye:
			_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
			_ = s.conn.NetConn().Close()
			return
		}
	}
}

// Sockets returns how many sockets take envelopes now.
func (w *Workspace) Sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, s := range w.sockets {
		if s.live {
			n++
		}
	}
	return n
}

// originAllowed lets through programs, which send no Origin or Slack's own, and pages of this machine.
func originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	return isLoopbackHost(u.Host) || u.Host == "slack.com" || strings.HasSuffix(u.Host, ".slack.com")
}
