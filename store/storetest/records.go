package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
	"stint/access/policy"
)

// keyOf is a key of one of a few persons, accounts and roles.
func keyOf(person, account, role int) access.Key {
	return access.Key{
		Person:  catalog.PersonID(fmt.Sprintf("person-%d", person)),
		Account: catalog.AccountID(fmt.Sprintf("%012d", account)),
		Role:    catalog.RoleARN(fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-1/ps-%d", role)),
	}
}

// groupKeyOf is membership in one of a few groups as a key.
func groupKeyOf(person, group int) access.Key {
	return access.MemberOf(catalog.GroupID(fmt.Sprintf("906713e6-e09/group-%d", group))).For(keyOf(person, 0, 0).Person)
}

// requestOf is a pending request of a person that is due at noon and some minutes.
func requestOf(n, person, minutes int) access.Request {
	p := keyOf(person, 0, 0).Person
	return access.Request{
		ID: access.RequestID(fmt.Sprintf("R%06d", n)), Version: 1, State: access.Pending, FormKey: fmt.Sprintf("form-%d", n),
		Asker: access.Actor{Person: p}, Receiver: access.Actor{Person: p}, CheckAt: at(minutes), ExpiresAt: at(minutes + 480),
	}
}

// grantOf is a scheduled grant of a key that starts at noon and some minutes.
func grantOf(n int, key access.Key, minutes int) access.Grant {
	return access.Grant{
		ID: access.GrantID(fmt.Sprintf("G%06d", n)), Version: 1, State: access.Scheduled, Request: access.RequestID(fmt.Sprintf("R%06d", n/2)),
		Key: key, Start: at(minutes), Deadline: at(minutes + 10), End: at(minutes + 70),
	}
}

// revisionOf is a draft of a small policy.
func revisionOf(n int) access.Revision {
	return access.Revision{
		ID: access.RevisionID(fmt.Sprintf("V%06d", n)), Version: 1, State: access.Editing, Author: access.Actor{Person: keyOf(n, 0, 0).Person}, CreatedAt: at(n), ChangedAt: at(n),
		Spec: policy.Spec{
			People: map[string]policy.People{"sre": {SlackUserGroups: []string{"sre"}}},
			Rules: []policy.RuleSpec{{
				Name: "first", Accounts: policy.Accounts{All: true}, Roles: policy.List{Items: []string{"ReadOnly*"}},
				Requesters: policy.List{All: true}, Approval: policy.ApprovalSpec{Steps: []policy.Step{{From: []string{"sre"}, Count: 1}}},
			}},
		},
	}
}

func requestID(r access.Request) access.RequestID    { return r.ID }
func grantID(g access.Grant) access.GrantID          { return g.ID }
func assignmentKey(a access.Assignment) access.Key   { return a.Key }
func noticeID(n access.Notice) access.NoticeID       { return n.ID }
func revisionID(r access.Revision) access.RevisionID { return r.ID }
func seq(e access.AuditEvent) uint64                 { return e.Seq }

// filled is a record with something in every field, so that a field which a store
// forgets is missed, also one that the record gains after this was written.
func filled[R any](t testing.TB) R {
	t.Helper()
	var r R
	n := 0
	fill(t, reflect.ValueOf(&r).Elem(), &n)
	return r
}

func fill(t testing.TB, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = realTime(t).Add(time.Duration(*n) * 1_000_000_007).In(time.FixedZone("elsewhere", 2*3600))
		return
	case *json.RawMessage:
		*p = json.RawMessage(`{"reason":"<b> & \u2028 é","big":12345678901234567890,"float":1.0}`)
		return
	case *access.Key: // a role or a group, never both; groupKeys has the group
		*p = keyOf(*n, *n, *n)
		return
	case *policy.Duration: // whole seconds are all that its text has
		*p = policy.Duration(time.Duration(*n) * time.Minute)
		return
	case *policy.Accounts: // a word or a list
		fill(t, v.FieldByName("Entries"), n)
		return
	case *policy.List:
		fill(t, v.FieldByName("Items"), n)
		return
	case *policy.ApprovalSpec:
		fill(t, v.FieldByName("Steps"), n)
		return
	case *policy.ApprovalWant:
		fill(t, v.FieldByName("Sets"), n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).Kind() == reflect.Slice && v.Field(i).Type().Elem() == v.Type() {
				continue // a type within itself has no end
			}
			fill(t, v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, n)
		fill(t, value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n)
		fill(t, v.Index(1), n)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d <&> “ü”", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	default:
		t.Fatalf("the suite cannot fill a %s: teach it", v.Type())
	}
}

// realTime is a reading of the real clock, monotonic part included; deadlines have one.
func realTime(t testing.TB) time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	d, _ := ctx.Deadline()
	if d == d.Round(0) {
		t.Fatal("the deadline has no monotonic part: this tests nothing")
	}
	return d
}

// wantPlainTimes fails the test if a time in the record has a zone or a monotonic part.
func wantPlainTimes(t testing.TB, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		if p, ok := v.Interface().(time.Time); ok {
			if p.Location() != time.UTC || p != p.Round(0) {
				t.Errorf("%v is not in UTC or carries a monotonic part", p)
			}
			return
		}
		for i := range v.NumField() {
			wantPlainTimes(t, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			wantPlainTimes(t, v.Index(i))
		}
	}
}

// one of each kind of record with every field filled.
type album struct {
	Request    access.Request
	Grant      access.Grant
	Assignment access.Assignment
	Notice     access.Notice
	Message    access.Message
	Event      access.AuditEvent
	Pin        identity.Pin
	Revision   access.Revision
}

func newAlbum(t testing.TB) album {
	a := album{
		Request: filled[access.Request](t), Grant: filled[access.Grant](t), Assignment: filled[access.Assignment](t),
		Notice: filled[access.Notice](t), Message: filled[access.Message](t), Event: filled[access.AuditEvent](t), Pin: filled[identity.Pin](t), Revision: filled[access.Revision](t),
	}
	a.Request.Version, a.Grant.Version, a.Assignment.Version, a.Revision.Version = 1, 1, 1, 1
	a.Event.Seq = 1
	return a
}

func (a album) put(tx access.Tx) error {
	e, err := tx.AppendAudit(a.Event)
	e.Prev, e.Hash = a.Event.Prev, a.Event.Hash
	for _, put := range []func() error{
		func() error { return tx.PutRequest(a.Request) },
		func() error { return tx.PutGrant(a.Grant) },
		func() error { return tx.PutAssignment(a.Assignment) },
		func() error { return tx.PutNotice(a.Notice) },
		func() error { return tx.PutMessage(a.Message) },
		func() error { return tx.PutPin(a.Pin) },
		func() error { return tx.PutRevision(a.Revision) },
		func() error { return tx.PutChained([]access.AuditEvent{e}) },
	} {
		if err == nil {
			err = put()
		}
	}
	return err
}

// get reads the records of the album back.
func (a album) get(tx access.Tx) (got album, err error) {
	read := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	read(func() (err error) { got.Request, err = tx.Request(a.Request.ID); return err })
	read(func() (err error) { got.Grant, err = tx.Grant(a.Grant.ID); return err })
	read(func() (err error) { got.Assignment, err = tx.Assignment(a.Assignment.Key); return err })
	read(func() (err error) { got.Message, err = tx.Message(a.Message.Key); return err })
	read(func() (err error) { got.Pin, err = tx.Pin(a.Pin.Slack); return err })
	read(func() (err error) { got.Revision, err = tx.Revision(a.Revision.ID); return err })
	read(func() error {
		list, err := tx.DueNotices(a.Notice.NextAt, 1)
		if len(list) == 1 {
			got.Notice = list[0]
		}
		return err
	})
	read(func() error {
		list, err := tx.Audit(0, 1)
		if len(list) == 1 {
			got.Event = list[0]
		}
		return err
	})
	return got, err
}
