package bolt

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/identity"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func testKey(n int) access.Key {
	return access.Key{
		Person:  catalog.PersonID(fmt.Sprintf("93b4a8c2-0001-7000-8000-%012d", n%5000)),
		Account: catalog.AccountID(fmt.Sprintf("%012d", n%1000)),
		Role:    catalog.RoleARN(fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-7223aaaabbbbcccc/ps-%016d", n%100)),
	}
}

// pendingGrant is a scheduled grant as large as real ones are.
func pendingGrant(n int) access.Grant {
	start := noon.Add(time.Duration(n) * time.Second)
	key := testKey(n)
	return access.Grant{
		ID: access.GrantID(fmt.Sprintf("01KG%022d", n)), Version: 1, State: access.Scheduled, Request: access.RequestID(fmt.Sprintf("01KR%022d", n)),
		Key: key, Holder: access.Actor{Person: key.Person, Slack: identity.SlackUserID(fmt.Sprintf("U%010d", n%5000)), Name: "Some Body"},
		Start: start, Deadline: start.Add(10 * time.Minute), Duration: time.Hour, End: start.Add(70 * time.Minute),
	}
}

// put stores one of everything under a number.
func put(tx access.Tx, n int) error {
	g := pendingGrant(n)
	r := access.Request{
		ID: g.Request, Version: 1, State: access.Pending, FormKey: fmt.Sprint("form-", n), Asker: g.Holder, Receiver: g.Holder,
		Reason: "INC-1234 the disk is full", CheckAt: g.Start, ExpiresAt: g.End, Grants: []access.GrantID{g.ID},
	}
	if n%2 == 1 {
		r.Debrief = &access.Debrief{Due: g.End}
	}
	a := access.Assignment{Key: g.Key, State: access.Deleting, Stuck: n%2 == 0, NextAt: g.Start}
	stored, err := tx.Assignment(g.Key)
	if err != nil {
		return err
	}
	a.Version = stored.Version + 1
	_, hash, err := tx.ChainHead()
	if err != nil {
		return err
	}
	e, err := tx.AppendAudit(access.AuditEvent{At: g.Start, Action: "test", Record: "grant/" + string(g.ID), After: []byte(`{"n":1}`)})
	if err != nil {
		return err
	}
	e.Prev, e.Hash = hash, fmt.Sprint("hash-", e.Seq)
	for _, err := range []error{
		tx.PutRequest(r), tx.PutGrant(g), tx.PutAssignment(a), tx.PutChained([]access.AuditEvent{e}),
		tx.PutNotice(access.Notice{ID: access.NoticeID(fmt.Sprintf("01KN%022d", n)), Kind: access.NoticeCard, Key: "card", NextAt: g.Start}),
		tx.PutMessage(access.Message{Key: fmt.Sprint("card/", n), Channel: "C1", TS: "1.2"}),
		tx.PutPin(identity.Pin{Slack: identity.SlackUserID(fmt.Sprint("U", n)), Person: catalog.PersonID(fmt.Sprint("p", n)), At: noon}),
		tx.PutRevision(access.Revision{ID: access.RevisionID(fmt.Sprintf("01KV%022d", n)), Version: 1, State: access.Editing, CreatedAt: g.Start}),
		tx.PutMeta("last", fmt.Sprint(n)), tx.PutBlob("catalog", make([]byte, 10_000)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// fillStore puts the numbers from first up to, but not with, end; one Update each.
func fillStore(t testing.TB, s *DB, first, end int) {
	t.Helper()
	for n := first; n < end; n++ {
		if err := s.Update(context.Background(), func(tx access.Tx) error { return put(tx, n) }); err != nil {
			t.Fatal(err)
		}
	}
}

// fillPending puts that many scheduled grants, a thousand a transaction.
func fillPending(t testing.TB, s *DB, count int) {
	t.Helper()
	for first := 0; first < count; first += 1000 {
		err := s.Update(context.Background(), func(tx access.Tx) error {
			for n := first; n < min(first+1000, count); n++ {
				if err := tx.PutGrant(pendingGrant(n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
