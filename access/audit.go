package access

import (
	"encoding/json"
	"time"
)

// AuditEvent is one line of the append-only, hash-chained record. It is written in the
// transaction that makes it true; Seq orders the lines, Prev and Hash are filled in by
// the chainer within a second.
type AuditEvent struct {
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Action string    `json:"action"` // "request.approved", "assignment.deleting", "policy.loaded"
	Actor  Actor     `json:"actor"`
	// Record names what changed: "request/<id>", "grant/<id>", "assignment/<key>"; "" for
	// events that change no record.
	Record string `json:"record,omitempty"`
	// After is the whole record after the change, so that replaying the log gives the state.
	After json.RawMessage `json:"after,omitempty"`
	Note  string          `json:"note,omitempty"`
	Prev  string          `json:"prev,omitempty"` // hex SHA-256 of the line before
	Hash  string          `json:"hash,omitempty"` // hex SHA-256 of this line without Hash
}
