package storetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

func (t *modelTx) Request(id access.RequestID) (access.Request, error) { return find(t.requests, id) }

func (t *modelTx) PutRequest(r access.Request) error {
	if err := t.storable(string(r.ID)); err != nil {
		return err
	}
	for id, other := range t.requests {
		if id != r.ID && r.FormKey != "" && other.FormKey == r.FormKey {
			return refuse(fault.Conflict, "the form made another request")
		}
	}
	if err := follows(r.Version, t.requests[r.ID].Version); err != nil {
		return err
	}
	t.requests[r.ID] = own(r)
	return nil
}

func (t *modelTx) RequestByForm(formKey string) (access.Request, error) {
	for _, r := range t.requests {
		if formKey != "" && r.FormKey == formKey {
			return own(r), nil
		}
	}
	return access.Request{}, refuse(fault.NotFound, "no such form")
}

func (t *modelTx) Requests(f access.RequestFilter) ([]access.Request, error) {
	return pick(t.requests, func(r access.Request) bool {
		return within(f.States, r.State) && (!f.Debrief || r.Debrief.Open()) && (f.Person == "" || r.Asker.Person == f.Person || r.Receiver.Person == f.Person)
	}, func(a, b access.Request) int { return cmp.Compare(b.ID, a.ID) }, f.Limit), nil
}

func (t *modelTx) Grant(id access.GrantID) (access.Grant, error) { return find(t.grants, id) }

func (t *modelTx) PutGrant(g access.Grant) error {
	if err := t.storable(string(g.ID)); err != nil {
		return err
	}
	if err := g.Key.Check(); err != nil {
		return err
	}
	if err := follows(g.Version, t.grants[g.ID].Version); err != nil {
		return err
	}
	t.grants[g.ID] = own(g)
	return nil
}

func (t *modelTx) Grants(f access.GrantFilter) ([]access.Grant, error) {
	return pick(t.grants, func(g access.Grant) bool {
		return within(f.States, g.State) && (f.Key == access.Key{} || g.Key == f.Key) &&
			(f.Person == "" || g.Key.Person == f.Person) && (f.Request == "" || g.Request == f.Request)
	}, func(a, b access.Grant) int { return cmp.Compare(b.ID, a.ID) }, f.Limit), nil
}

func (t *modelTx) Assignment(key access.Key) (access.Assignment, error) {
	if a, found := t.assignments[key]; found {
		return own(a), nil
	}
	return access.Assignment{Key: key, State: access.Absent}, nil
}

func (t *modelTx) PutAssignment(a access.Assignment) error {
	if err := t.storable(); err != nil {
		return err
	}
	if err := a.Key.Check(); err != nil {
		return err
	}
	if err := follows(a.Version, t.assignments[a.Key].Version); err != nil {
		return err
	}
	t.assignments[a.Key] = own(a)
	return nil
}

func (t *modelTx) Assignments(f access.AssignmentFilter) ([]access.Assignment, error) {
	return pick(t.assignments, func(a access.Assignment) bool {
		return within(f.States, a.State) && (!f.Stuck || a.Stuck)
	}, func(a, b access.Assignment) int { return cmp.Compare(a.Key.String(), b.Key.String()) }, f.Limit), nil
}

// allDue is one Due for each record that is due some time.
func (t *modelTx) allDue() map[access.Due]access.Due {
	all := map[access.Due]access.Due{}
	add := func(d access.Due) {
		if !d.At.IsZero() {
			all[d] = d
		}
	}
	for _, r := range t.requests {
		add(access.Due{Kind: access.DueRequest, At: r.DueAt(), Request: r.ID})
	}
	for _, g := range t.grants {
		add(access.Due{Kind: access.DueGrant, At: g.DueAt(), Grant: g.ID, Key: g.Key})
	}
	for _, a := range t.assignments {
		add(access.Due{Kind: access.DueAssignment, At: a.DueAt(), Key: a.Key})
	}
	return all
}

func (t *modelTx) Due(until time.Time, limit int) ([]access.Due, error) {
	return pick(t.allDue(), func(d access.Due) bool { return !d.At.After(until) }, byTime, limit), nil
}

// byTime orders what is due; ties in any order, here a fixed one.
func byTime(a, b access.Due) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Request, b.Request),
		cmp.Compare(a.Grant, b.Grant), cmp.Compare(a.Key.String(), b.Key.String()))
}

func (t *modelTx) NextDueAfter(after time.Time) (time.Time, error) {
	var times []time.Time
	for d := range t.allDue() {
		times = append(times, d.At)
	}
	return soonest(times, after), nil
}

func (t *modelTx) PutNotice(n access.Notice) error {
	if err := t.storable(string(n.ID)); err != nil {
		return err
	}
	t.notices[n.ID] = own(n)
	return nil
}

func (t *modelTx) DeleteNotice(id access.NoticeID) error {
	if err := t.storable(); err != nil {
		return err
	}
	delete(t.notices, id)
	return nil
}

func (t *modelTx) DueNotices(until time.Time, limit int) ([]access.Notice, error) {
	return pick(t.notices, func(n access.Notice) bool { return !n.NextAt.After(until) },
		func(a, b access.Notice) int { return cmp.Compare(a.ID, b.ID) }, limit), nil
}

func (t *modelTx) NextNoticeAfter(after time.Time) (time.Time, error) {
	var times []time.Time
	for _, n := range t.notices {
		times = append(times, n.NextAt)
	}
	return soonest(times, after), nil
}

func (t *modelTx) Notices() (int, error) { return len(t.notices), nil }

func (t *modelTx) Message(key string) (access.Message, error) { return find(t.messages, key) }

func (t *modelTx) PutMessage(m access.Message) error {
	if err := t.storable(m.Key); err != nil {
		return err
	}
	t.messages[m.Key] = m
	return nil
}

func (t *modelTx) Messages(prefix string) ([]access.Message, error) {
	return pick(t.messages, func(m access.Message) bool { return strings.HasPrefix(m.Key, prefix) },
		func(a, b access.Message) int { return cmp.Compare(a.Key, b.Key) }, 0), nil
}

func (t *modelTx) AppendAudit(e access.AuditEvent) (access.AuditEvent, error) {
	if err := t.storable(); err != nil {
		return access.AuditEvent{}, err
	}
	e.Seq, e.Prev, e.Hash = uint64(len(t.audit))+1, "", ""
	t.audit = append(t.audit, own(e))
	return own(e), nil
}

func (t *modelTx) Audit(after uint64, limit int) ([]access.AuditEvent, error) {
	var list []access.AuditEvent
	for _, e := range t.audit {
		if e.Seq > after {
			list = append(list, own(e))
		}
	}
	return first(list, limit), nil
}

func (t *modelTx) ChainHead() (uint64, string, error) { return t.headSeq, t.headHash, nil }

func (t *modelTx) PutChained(list []access.AuditEvent) error {
	if err := t.storable(); err != nil {
		return err
	}
	seq, hash := t.headSeq, t.headHash
	for _, e := range list {
		if e.Seq != seq+1 || e.Hash == "" || seq > 0 && e.Prev != hash {
			return refuse(fault.Conflict, "the event does not follow the head")
		}
		if e.Seq > uint64(len(t.audit)) {
			return refuse(fault.NotFound, "no such event")
		}
		stored := t.audit[e.Seq-1]
		stored.Prev, stored.Hash = e.Prev, e.Hash
		if !same(stored, e) {
			return refuse(fault.Conflict, "the event is not what was stored")
		}
		seq, hash = e.Seq, e.Hash
	}
	for _, e := range list {
		t.audit[e.Seq-1] = own(e)
	}
	t.headSeq, t.headHash = seq, hash
	return nil
}

// same compares events, times as instants.
func same(a, b access.AuditEvent) bool {
	if !a.At.Equal(b.At) {
		return false
	}
	a.At, b.At = time.Time{}, time.Time{}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (t *modelTx) Pin(user identity.SlackUserID) (identity.Pin, error) { return find(t.pins, user) }

func (t *modelTx) PinOf(person catalog.PersonID) (identity.Pin, error) {
	return find(t.pins, t.persons[person])
}

func (t *modelTx) PutPin(p identity.Pin) error {
	if err := t.storable(string(p.Slack), string(p.Person)); err != nil {
		return err
	}
	old, pinned := t.pins[p.Slack]
	user, taken := t.persons[p.Person]
	if pinned && old.Person != p.Person || taken && user != p.Slack {
		return refuse(fault.Conflict, "bound to somebody else")
	}
	t.pins[p.Slack], t.persons[p.Person] = own(p), p.Slack
	return nil
}

func (t *modelTx) DeletePin(user identity.SlackUserID) error {
	if err := t.storable(); err != nil {
		return err
	}
	if old, found := t.pins[user]; found {
		delete(t.persons, old.Person)
		delete(t.pins, user)
	}
	return nil
}

func (t *modelTx) Pins() ([]identity.Pin, error) {
	return pick(t.pins, func(identity.Pin) bool { return true },
		func(a, b identity.Pin) int { return cmp.Compare(a.Slack, b.Slack) }, 0), nil
}

func (t *modelTx) Revision(id access.RevisionID) (access.Revision, error) {
	return find(t.revisions, id)
}

func (t *modelTx) PutRevision(r access.Revision) error {
	if err := t.storable(string(r.ID)); err != nil {
		return err
	}
	if err := follows(r.Version, t.revisions[r.ID].Version); err != nil {
		return err
	}
	t.revisions[r.ID] = own(r)
	return nil
}

func (t *modelTx) Revisions(f access.RevisionFilter) ([]access.Revision, error) {
	return pick(t.revisions, func(r access.Revision) bool { return within(f.States, r.State) },
		func(a, b access.Revision) int { return cmp.Compare(b.ID, a.ID) }, f.Limit), nil
}

func (t *modelTx) Meta(name string) (string, error) { return t.meta[name], nil }

func (t *modelTx) PutMeta(name, value string) error {
	if err := t.storable(name); err != nil {
		return err
	}
	t.meta[name] = value
	return nil
}

func (t *modelTx) Blob(name string) ([]byte, error) { return bytes.Clone(t.blobs[name]), nil }

func (t *modelTx) PutBlob(name string, value []byte) error {
	if err := t.storable(name); err != nil {
		return err
	}
	t.blobs[name] = nil
	if len(value) > 0 {
		t.blobs[name] = bytes.Clone(value)
	}
	return nil
}
