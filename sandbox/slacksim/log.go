package slacksim

import (
	"sync"
	"time"
)

// EntryKind says what a log entry is about.
type EntryKind string

// The kinds of log entries.
const (
	EntryAPI         EntryKind = "api"          // a call of a Web API method
	EntryEnvelope    EntryKind = "envelope"     // an envelope sent to the app
	EntryAck         EntryKind = "ack"          // an acknowledgement received, or missed (Error set)
	EntrySocket      EntryKind = "socket"       // a socket opened, refused or ended
	EntryResponseURL EntryKind = "response_url" // a post to a response_url
)

// Entry is one line of the log of what passed between the app and Slack.
type Entry struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"` // by the wall
	Kind EntryKind `json:"kind"`
	// Name is the method, the envelope's type ("interactive/block_actions"), or what a socket did.
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
	// Messages are the details that a refusal came with.
	Messages []string `json:"messages,omitempty"`
	// Status is the HTTP status of an API call.
	Status int `json:"status,omitempty"`
	// Took is the time Slack needed to answer, or the app to acknowledge.
	Took time.Duration `json:"took"`
	// EnvelopeID ties an envelope to its acknowledgement. Attempt is its retry_attempt.
	EnvelopeID string `json:"envelope_id,omitempty"`
	Attempt    int    `json:"attempt,omitempty"`
	// Socket is the number of the socket, from 1.
	Socket int `json:"socket,omitempty"`
	// Body is what was sent, as JSON, without the token, cut after 4,000 bytes.
	Body string `json:"body,omitempty"`
}

// logSize is how many entries are kept.
const logSize = 2000

type logBook struct {
	mu      sync.Mutex
	seq     uint64
	entries []Entry
}

func (l *logBook) add(e Entry) {
	const most = 4000
	if len(e.Body) > most {
		e.Body = e.Body[:most]
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	e.Seq = l.seq
	if len(l.entries) >= 2*logSize {
		l.entries = append(l.entries[:0], l.entries[logSize:]...)
	}
	l.entries = append(l.entries, e)
}

// Log returns the entries after sequence number after, oldest first; 0 gives all that are kept, about the last
// 2,000.
func (w *Workspace) Log(after uint64) []Entry {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	all := w.log.entries
	if len(all) == 0 || all[len(all)-1].Seq <= after {
		return nil
	}
	from := 0
	if first := all[0].Seq; after >= first {
		from = int(after - first + 1)
	}
	return append([]Entry(nil), all[from:]...)
}

func (w *Workspace) note(e Entry) {
	e.At = w.wall()
	w.log.add(e)
	w.changes.bump()
}
