package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// Model is an access.Store in memory. It keeps nothing when the process ends.
type Model struct {
	writer chan struct{} // held by the Update that runs
	state  atomic.Pointer[state]
}

var _ access.Store = (*Model)(nil)

// NewModel makes an empty one.
func NewModel() *Model {
	m := &Model{writer: make(chan struct{}, 1)}
	m.state.Store(&state{
		requests:    map[access.RequestID]access.Request{},
		grants:      map[access.GrantID]access.Grant{},
		assignments: map[access.Key]access.Assignment{},
		notices:     map[access.NoticeID]access.Notice{},
		messages:    map[string]access.Message{},
		pins:        map[identity.SlackUserID]identity.Pin{},
		revisions:   map[access.RevisionID]access.Revision{},
		persons:     map[catalog.PersonID]identity.SlackUserID{},
		meta:        map[string]string{},
		blobs:       map[string][]byte{},
	})
	return m
}

// View implements access.Store.
func (m *Model) View(ctx context.Context, fn func(access.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(&modelTx{state: m.state.Load()})
}

// Update implements access.Store: fn works on a copy that becomes the state if it succeeds.
func (m *Model) Update(ctx context.Context, fn func(access.Tx) error) error {
	select {
	case m.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.writer }()
	if err := ctx.Err(); err != nil {
		return err
	}
	next := m.state.Load().copy()
	if err := fn(&modelTx{state: next, writable: true}); err != nil {
		return err
	}
	m.state.Store(next)
	return nil
}

// state is all that is stored. Records in it are never changed, only replaced.
type state struct {
	requests    map[access.RequestID]access.Request
	grants      map[access.GrantID]access.Grant
	assignments map[access.Key]access.Assignment
	notices     map[access.NoticeID]access.Notice
	messages    map[string]access.Message
	audit       []access.AuditEvent // the event with Seq n is at n-1
	headSeq     uint64
	headHash    string
	pins        map[identity.SlackUserID]identity.Pin
	revisions   map[access.RevisionID]access.Revision
	persons     map[catalog.PersonID]identity.SlackUserID
	meta        map[string]string
	blobs       map[string][]byte
}

func (s *state) copy() *state {
	c := *s
	c.requests, c.grants, c.assignments = maps.Clone(s.requests), maps.Clone(s.grants), maps.Clone(s.assignments)
	c.notices, c.messages = maps.Clone(s.notices), maps.Clone(s.messages)
	c.audit = slices.Clone(s.audit)
	c.revisions = maps.Clone(s.revisions)
	c.pins, c.persons = maps.Clone(s.pins), maps.Clone(s.persons)
	c.meta, c.blobs = maps.Clone(s.meta), maps.Clone(s.blobs)
	return &c
}

// modelTx is one transaction on a state.
type modelTx struct {
	*state
	writable bool
}

var _ access.Tx = (*modelTx)(nil)

// own is a copy of a record that shares nothing with it, times in UTC.
func own[R any](r R) R {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it would change the bytes of an event's After
	var c R
	if err := errors.Join(e.Encode(r), json.Unmarshal(b.Bytes(), &c)); err != nil {
		panic(err) // the suite stores nothing that JSON cannot hold
	}
	toUTC(reflect.ValueOf(&c).Elem())
	return c
}

func toUTC(v reflect.Value) {
	if t, ok := v.Addr().Interface().(*time.Time); ok {
		*t = t.UTC()
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			toUTC(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			toUTC(v.Index(i))
		}
	}
}

func refuse(code fault.Code, message string) error {
	return fault.New(code, "storetest.Model", message, "")
}

// storable refuses to write in a View and to store under an empty name.
func (t *modelTx) storable(names ...string) error {
	switch {
	case !t.writable:
		return refuse(fault.Internal, "a View cannot write")
	case slices.Contains(names, ""):
		return refuse(fault.Invalid, "a name is empty")
	}
	return nil
}

func follows(version, stored uint64) error {
	if version != stored+1 {
		return refuse(fault.Conflict, "another version is stored")
	}
	return nil
}

func find[K comparable, R any](records map[K]R, key K) (R, error) {
	r, found := records[key]
	if !found {
		return r, refuse(fault.NotFound, "no such record")
	}
	return own(r), nil
}

// pick copies what keep lets pass, in the order of less, at most limit.
func pick[K comparable, R any](records map[K]R, keep func(R) bool, order func(a, b R) int, limit int) []R {
	var list []R
	for _, r := range records {
		if keep(r) {
			list = append(list, own(r))
		}
	}
	slices.SortFunc(list, order)
	return first(list, limit)
}

func first[R any](list []R, limit int) []R {
	if limit > 0 && len(list) > limit {
		return list[:limit]
	}
	return list
}

func within[S comparable](filter []S, s S) bool {
	return len(filter) == 0 || slices.Contains(filter, s)
}

// soonest is the smallest of the times after t; zero when there is none.
func soonest(times []time.Time, t time.Time) time.Time {
	var next time.Time
	for _, at := range times {
		if at.After(t) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}
