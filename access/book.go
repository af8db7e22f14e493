package access

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"stint/access/fault"
)

// book is one write transaction of the domain: it checks each change against the table
// of transitions, raises the version and writes the audit line beside the record, so
// that no change can be stored without its line.
type book struct {
	Tx
	now time.Time
	ids *idSource
	// deciders lists who may decide a request now, from memory.
	deciders func(Tx, Request) ([]Actor, error)
	gaps     gaps
	lines    []AuditEvent // what was written, for the operators' log once it is committed
}

func (b *book) audit(action string, actor Actor, record string, after any, note string) error {
	var raw json.RawMessage
	if after != nil {
		var err error
		if raw, err = json.Marshal(after); err != nil {
			return fault.Wrap(err, fault.Internal, "access.audit", "", "")
		}
	}
	e, err := b.AppendAudit(AuditEvent{At: b.now, Action: action, Actor: actor, Record: record, After: raw, Note: note})
	e.After = nil
	b.lines = append(b.lines, e)
	return err
}

// putRequest stores a changed request and its audit line.
func (b *book) putRequest(r *Request, action string, actor Actor, note string) error {
	var from RequestState
	if r.Version > 0 {
		old, err := b.Request(r.ID)
		if err != nil {
			return err
		}
		from = old.State
	}
	if err := checkTransition(requestTransitions, "request "+string(r.ID), from, r.State); err != nil {
		return err
	}
	r.Version++
	if err := b.PutRequest(*r); err != nil {
		return err
	}
	return b.audit("request."+action, actor, "request/"+string(r.ID), r, note)
}

// putGrant stores a changed grant and its audit line.
func (b *book) putGrant(g *Grant, action string, actor Actor, note string) error {
	var from GrantState
	if g.Version > 0 {
		old, err := b.Grant(g.ID)
		if err != nil {
			return err
		}
		from = old.State
		if g.End.After(old.End) {
			return fault.New(fault.Conflict, "access.putGrant", "the end of a grant never moves later", "Ask for an extension: it is a grant of its own.")
		}
	}
	if err := checkTransition(grantTransitions, "grant "+string(g.ID), from, g.State); err != nil {
		return err
	}
	if g.End.IsZero() {
		return fault.New(fault.Internal, "access.putGrant", "a grant without an end", "")
	}
	g.Version++
	if err := b.PutGrant(*g); err != nil {
		return err
	}
	return b.audit("grant."+action, actor, "grant/"+string(g.ID), g, note)
}

// putAssignment stores a changed assignment and its audit line.
func (b *book) putAssignment(a *Assignment, action, note string) error {
	old, err := b.Assignment(a.Key)
	if err != nil {
		return err
	}
	if err := checkTransition(assignmentTransitions, "assignment "+a.Key.String(), old.State, a.State); err != nil {
		return err
	}
	a.Version++
	if err := b.PutAssignment(*a); err != nil {
		return err
	}
	return b.audit("assignment."+action, System, "assignment/"+a.Key.String(), a, note)
}

// notify stores a notice for delivery, now or at its NextAt.
func (b *book) notify(n Notice) error {
	n.ID = NoticeID(b.ids.next(b.now))
	n.At = b.now
	if n.NextAt.Before(b.now) {
		n.NextAt = b.now
	}
	return b.PutNotice(n)
}

// homeOfDeciders refreshes the Home tabs of those who may decide a request.
func (b *book) homeOfDeciders(r Request) error {
	people, err := b.deciders(b, r)
	if err != nil {
		return err
	}
	return b.home(people...)
}

// idSource makes ULIDs that are ordered within a process.
type idSource struct {
	mu      sync.Mutex
	entropy io.Reader
}

func newIDSource() *idSource { return &idSource{entropy: ulid.Monotonic(rand.Reader, 0)} }

func (s *idSource) next(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := ulid.New(ulid.Timestamp(now), s.entropy)
	if err != nil { // the monotonic part overflowed within one millisecond: a fresh one is as unique
		id = ulid.MustNew(ulid.Timestamp(now), rand.Reader)
	}
	return id.String()
}
