package storetest

import (
	"fmt"
	"math"
	"time"

	"stint/access"
	"stint/access/identity"
)

// contents is all that can be read from a store, except for named values that one would
// have to know: of these, the ones that the suite uses.
type contents struct {
	Requests    []access.Request
	Grants      []access.Grant
	Assignments []access.Assignment
	Stuck       []access.Assignment
	Due         []access.Due
	NextDue     time.Time
	Notices     []access.Notice
	NextNotice  time.Time
	Count       int
	Messages    []access.Message
	Audit       []access.AuditEvent
	HeadSeq     uint64
	HeadHash    string
	Pins        []identity.Pin
	Revisions   []access.Revision
	Meta, Blob  []string
}

// valueNames are the names of the values that the suite puts.
func valueNames() []string { return []string{"last", "term", "other"} }

var farFuture = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// everything reads all, each kind through every way that leads to it, and fails where
// two ways disagree.
func everything(tx access.Tx) (c contents, err error) {
	read := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	read(func() (err error) { c.Requests, err = tx.Requests(access.RequestFilter{}); return err })
	read(func() (err error) { c.Grants, err = tx.Grants(access.GrantFilter{}); return err })
	read(func() (err error) { c.Assignments, err = tx.Assignments(access.AssignmentFilter{}); return err })
	read(func() (err error) { c.Stuck, err = tx.Assignments(access.AssignmentFilter{Stuck: true}); return err })
	read(func() (err error) { c.Due, err = tx.Due(farFuture, 0); return err })
	read(func() (err error) { c.NextDue, err = tx.NextDueAfter(time.Time{}); return err })
	read(func() (err error) { c.Notices, err = tx.DueNotices(farFuture, 0); return err })
	read(func() (err error) { c.NextNotice, err = tx.NextNoticeAfter(time.Time{}); return err })
	read(func() (err error) { c.Count, err = tx.Notices(); return err })
	read(func() (err error) { c.Messages, err = tx.Messages(""); return err })
	read(func() (err error) { c.Audit, err = tx.Audit(0, 0); return err })
	read(func() (err error) { c.HeadSeq, c.HeadHash, err = tx.ChainHead(); return err })
	read(func() (err error) { c.Pins, err = tx.Pins(); return err })
	read(func() (err error) { c.Revisions, err = tx.Revisions(access.RevisionFilter{}); return err })
	for _, name := range valueNames() {
		read(func() error {
			value, err := tx.Meta(name)
			if value != "" {
				c.Meta = append(c.Meta, name+"="+value)
			}
			return err
		})
		read(func() error {
			value, err := tx.Blob(name)
			if value != nil {
				c.Blob = append(c.Blob, name+"="+string(value))
			}
			return err
		})
	}
	read(func() error { return c.agree(tx) })
	return c, err
}

// agree looks every record up by its own name.
func (c contents) agree(tx access.Tx) error {
	wrong := func(err error, what string, got, want any) error {
		return fmt.Errorf("the %s %v reads %v by itself: %w", what, want, got, err)
	}
	for _, r := range c.Requests {
		if got, err := tx.Request(r.ID); err != nil || got.Version != r.Version {
			return wrong(err, "request", got, r)
		}
		if r.FormKey == "" {
			continue
		}
		if got, err := tx.RequestByForm(r.FormKey); err != nil || got.ID != r.ID {
			return wrong(err, "request of a form", got, r)
		}
	}
	for _, g := range c.Grants {
		if got, err := tx.Grant(g.ID); err != nil || got.Version != g.Version {
			return wrong(err, "grant", got, g)
		}
	}
	for _, a := range c.Assignments {
		if got, err := tx.Assignment(a.Key); err != nil || got.Version != a.Version {
			return wrong(err, "assignment", got, a)
		}
	}
	for _, m := range c.Messages {
		if got, err := tx.Message(m.Key); err != nil || got != m {
			return wrong(err, "message", got, m)
		}
	}
	for _, p := range c.Pins {
		if got, err := tx.PinOf(p.Person); err != nil || got.Slack != p.Slack {
			return wrong(err, "pin of a person", got, p)
		}
		if got, err := tx.Pin(p.Slack); err != nil || got.Person != p.Person {
			return wrong(err, "pin", got, p)
		}
	}
	for _, r := range c.Revisions {
		if got, err := tx.Revision(r.ID); err != nil || got.Version != r.Version {
			return wrong(err, "revision", got, r)
		}
	}
	if len(c.Notices) != c.Count {
		return wrong(nil, "count of notices", c.Count, len(c.Notices))
	}
	if rest, err := tx.Audit(math.MaxUint64, 0); err != nil || len(rest) != 0 {
		return wrong(err, "end of the log", rest, nil)
	}
	return nil
}
