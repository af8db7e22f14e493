package record

import (
	"encoding/json"
	"fmt"
	"strconv"

	"stint/access"
	"stint/access/fault"
)

// Kind is what an Item is.
type Kind string

// The kinds. Together they are everything that a store holds; indexes, and the head of the
// audit chain, follow from them.
const (
	Request    Kind = "request"
	Grant      Kind = "grant"
	Assignment Kind = "assignment"
	Notice     Kind = "notice"
	Message    Kind = "message"
	Event      Kind = "audit event"
	Pin        Kind = "pin"
	Revision   Kind = "revision"
	Meta       Kind = "value"
	Blob       Kind = "blob"
)

// Kinds are all kinds, in the order of a dump.
func Kinds() []Kind {
	return []Kind{Request, Grant, Assignment, Notice, Message, Event, Pin, Revision, Meta, Blob}
}

// Item is one thing that a store holds, in a form that every store reads and writes alike:
// a record's JSON as it is stored, an audit event's with Seq, Prev and Hash, or the bytes of
// a named value.
type Item struct {
	Kind  Kind
	Key   string // the id or name; of an assignment Key.String, of an event its Seq in decimal
	Value []byte
}

// Tx is a transaction that can be asked for everything and takes everything, as it is.
// Every store's transactions are one.
type Tx interface {
	access.Tx
	// Dump calls fn for every item: kinds in the order of Kinds, within a kind by key, events
	// by number. Two dumps of the same contents are alike, whichever stores they come from.
	Dump(fn func(Item) error) error
	// Restore stores items at the versions and numbers they have, with every index. It
	// refuses with Conflict what is there already, and with Invalid what is not whole. Events
	// come in order. After an error the transaction must not be committed.
	Restore([]Item) error
}

// OfEvent is the item of an audit event.
func OfEvent(op string, e access.AuditEvent) (Item, error) {
	value, err := Encode(op, e)
	return Item{Event, Number(e.Seq), value}, err
}

// Number is a Seq as a key.
func Number(seq uint64) string { return strconv.FormatUint(seq, 10) }

// Read decodes the record of an item and refuses one that does not stand under its own
// key or, where records have one, has no version.
func Read[R any](op string, i Item, key func(R) string, version func(R) uint64) (r R, err error) {
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return r, unreadable(op, i, err)
	}
	if own := key(r); own != i.Key {
		return r, unreadable(op, i, fmt.Errorf("it calls itself %q", own))
	}
	if version != nil && version(r) < 1 {
		return r, unreadable(op, i, fmt.Errorf("it has version 0"))
	}
	return r, nil
}

func unreadable(op string, i Item, err error) error {
	return fault.Wrap(fmt.Errorf("%s %q: %w", i.Kind, i.Key, err), fault.Invalid, op, "A record is not whole and cannot be stored.",
		"Check the store that it comes from.")
}

// Taken refuses an item that is there already.
func Taken(op string, i Item) error {
	return fault.Newf(fault.Conflict, op, "Restore into an empty store.", "The %s %q is there already.", i.Kind, i.Key)
}
