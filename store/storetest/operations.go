package storetest

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// done is the answer of an operation that only may fail.
func done(name string, run func(access.Tx) error) operation {
	return operation{name, func(tx access.Tx) (any, error) { return nil, run(tx) }}
}

// orNew lets a record that is not there pass as one of version 0.
func orNew(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// writes are the operations that change something.
func writes() []func(*rapid.T) operation {
	return []func(*rapid.T) operation{
		putRequest, putRequest, putGrant, putGrant, putAssignment, putAssignment, putNotice,
		deleteNotice, putMessage, appendAudit, putChained, putPin, putPin, deletePin, putRevision, putValue,
	}
}

func putRequest(t *rapid.T) operation {
	version := drawVersion(t)
	r := access.Request{
		ID: drawRequestID(t), State: drawRequestState(t), FormKey: maybe(t, func(t *rapid.T) string { return string(drawRequestID(t)) }),
		Asker: access.Actor{Person: maybe(t, drawPerson)}, Receiver: access.Actor{Person: drawPerson(t)},
		CheckedAt: drawTime(t), CheckAt: drawTime(t), ExpiresAt: drawTime(t), Reason: rapid.String().Draw(t, "reason"),
		Reviews: []access.Review{{Verdict: access.Approve, At: drawTime(t)}},
	}
	if rapid.Bool().Draw(t, "debrief") {
		r.Debrief = &access.Debrief{Due: drawTime(t), RemindAt: drawTime(t), ClosedAt: drawTime(t)}
	}
	return done("PutRequest", func(tx access.Tx) error {
		old, err := tx.Request(r.ID)
		if err = orNew(err); err != nil {
			return err
		}
		put := r
		put.Version = version(old.Version)
		return tx.PutRequest(put)
	})
}

func putGrant(t *rapid.T) operation {
	version := drawVersion(t)
	g := access.Grant{
		ID: drawGrantID(t), State: drawGrantState(t), Request: maybe(t, drawRequestID), Key: drawKey(t),
		Start: drawTime(t), Deadline: drawTime(t), End: drawTime(t), ConfirmedAt: drawTime(t), RetryAt: drawTime(t),
	}
	return done("PutGrant", func(tx access.Tx) error {
		old, err := tx.Grant(g.ID)
		if err = orNew(err); err != nil {
			return err
		}
		put := g
		put.Version = version(old.Version)
		return tx.PutGrant(put)
	})
}

func putAssignment(t *rapid.T) operation {
	version := drawVersion(t)
	a := access.Assignment{
		Key: drawKey(t), State: drawAssignmentState(t), Stuck: rapid.Bool().Draw(t, "stuck"), NextAt: drawTime(t),
		LastError: rapid.String().Draw(t, "error"),
	}
	return done("PutAssignment", func(tx access.Tx) error {
		old, err := tx.Assignment(a.Key)
		if err != nil {
			return err
		}
		put := a
		put.Version = version(old.Version)
		return tx.PutAssignment(put)
	})
}

func putNotice(t *rapid.T) operation {
	n := access.Notice{ID: drawNoticeID(t), Kind: access.NoticeTell, Key: "k", At: drawTime(t), NextAt: drawTime(t), Attempts: rapid.IntRange(0, 3).Draw(t, "attempts")}
	return done("PutNotice", func(tx access.Tx) error { return tx.PutNotice(n) })
}

func deleteNotice(t *rapid.T) operation {
	id := drawNoticeID(t)
	return done("DeleteNotice", func(tx access.Tx) error { return tx.DeleteNotice(id) })
}

func drawMessageKey(t *rapid.T) string {
	return rapid.SampledFrom([]string{"c", "card/1", "card/1/C1", "card/10", "card/2", "home/1"}).Draw(t, "message")
}

func putMessage(t *rapid.T) operation {
	m := access.Message{Key: drawMessageKey(t), Channel: "C1", TS: rapid.StringMatching(`[0-9]{3}`).Draw(t, "ts")}
	return done("PutMessage", func(tx access.Tx) error { return tx.PutMessage(m) })
}

func appendAudit(t *rapid.T) operation {
	e := access.AuditEvent{At: drawTime(t), Action: "test", Note: rapid.String().Draw(t, "note")}
	return operation{"AppendAudit", func(tx access.Tx) (any, error) { return tx.AppendAudit(e) }}
}

// putChained chains the next events, sometimes not quite.
func putChained(t *rapid.T) operation {
	skip := rapid.SampledFrom([]uint64{0, 0, 0, 1}).Draw(t, "skip")
	count := rapid.IntRange(0, 3).Draw(t, "count")
	wrong := rapid.SampledFrom([]string{"", "", "", "x"}).Draw(t, "wrong")
	return done("PutChained", func(tx access.Tx) error {
		head, hash, err := tx.ChainHead()
		if err != nil {
			return err
		}
		list, err := tx.Audit(head+skip, count)
		if err != nil {
			return err
		}
		return tx.PutChained(chained(hash+wrong, list...))
	})
}

func putPin(t *rapid.T) operation {
	p := pinOf(rapid.IntRange(1, 3).Draw(t, "person"))
	p.Slack = drawUser(t)
	return done("PutPin", func(tx access.Tx) error { return tx.PutPin(p) })
}

func drawUser(t *rapid.T) identity.SlackUserID {
	return identity.SlackUserID(fmt.Sprint("U", rapid.IntRange(1, 3).Draw(t, "user")))
}

func deletePin(t *rapid.T) operation {
	user := drawUser(t)
	return done("DeletePin", func(tx access.Tx) error { return tx.DeletePin(user) })
}

func putRevision(t *rapid.T) operation {
	version := drawVersion(t)
	r := revisionOf(rapid.IntRange(1, 4).Draw(t, "revision"))
	r.State, r.Reason, r.ChangedAt = drawRevisionState(t), rapid.String().Draw(t, "reason"), drawTime(t)
	return done("PutRevision", func(tx access.Tx) error {
		old, err := tx.Revision(r.ID)
		if err = orNew(err); err != nil {
			return err
		}
		put := r
		put.Version = version(old.Version)
		return tx.PutRevision(put)
	})
}

func putValue(t *rapid.T) operation {
	name, value := rapid.SampledFrom(valueNames()).Draw(t, "name"), rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "value")
	if rapid.Bool().Draw(t, "blob") {
		return done("PutBlob", func(tx access.Tx) error { return tx.PutBlob(name, []byte(value)) })
	}
	return done("PutMeta", func(tx access.Tx) error { return tx.PutMeta(name, value) })
}

// lists are the operations that read more than one record by a filter.
func lists() []func(*rapid.T) operation {
	return []func(*rapid.T) operation{listRequests, listGrants, listGrants, listAssignments, listDue, listNotices, listMessages, listAudit, listRevisions}
}

func listRequests(t *rapid.T) operation {
	f := access.RequestFilter{States: rapid.SliceOfN(rapid.Custom(drawRequestState), 0, 3).Draw(t, "states"), Person: maybe(t, drawPerson), Debrief: rapid.Bool().Draw(t, "debrief"), Limit: drawLimit(t)}
	return operation{fmt.Sprintf("Requests(%+v)", f), func(tx access.Tx) (any, error) { return tx.Requests(f) }}
}

func listGrants(t *rapid.T) operation {
	f := access.GrantFilter{
		States: rapid.SliceOfN(rapid.Custom(drawGrantState), 0, 3).Draw(t, "states"), Key: maybe(t, drawKey),
		Person: maybe(t, drawPerson), Request: maybe(t, drawRequestID), Limit: drawLimit(t),
	}
	return operation{fmt.Sprintf("Grants(%+v)", f), func(tx access.Tx) (any, error) { return tx.Grants(f) }}
}

func listAssignments(t *rapid.T) operation {
	f := access.AssignmentFilter{
		States: rapid.SliceOfN(rapid.Custom(drawAssignmentState), 0, 3).Draw(t, "states"), Stuck: rapid.Bool().Draw(t, "stuck"), Limit: drawLimit(t),
	}
	return operation{fmt.Sprintf("Assignments(%+v)", f), func(tx access.Tx) (any, error) { return tx.Assignments(f) }}
}

// listDue compares times only where a limit may cut between equal ones.
func listDue(t *rapid.T) operation {
	until, limit := drawTime(t), drawLimit(t)
	return operation{fmt.Sprintf("Due(%v, %d)", until, limit), func(tx access.Tx) (any, error) {
		next, err := tx.NextDueAfter(until)
		if err != nil {
			return nil, err
		}
		list, err := tx.Due(until, limit)
		if limit <= 0 {
			slices.SortStableFunc(list, byTime)
			return []any{next, list}, err
		}
		return []any{next, ids(list, dueTime)}, err
	}}
}

func listNotices(t *rapid.T) operation {
	until, limit := drawTime(t), drawLimit(t)
	return operation{fmt.Sprintf("DueNotices(%v, %d)", until, limit), func(tx access.Tx) (any, error) {
		next, err := tx.NextNoticeAfter(until)
		if err != nil {
			return nil, err
		}
		list, err := tx.DueNotices(until, limit)
		return []any{next, list}, err
	}}
}

func listMessages(t *rapid.T) operation {
	prefix := drawMessageKey(t)
	return operation{fmt.Sprintf("Messages(%q)", prefix), func(tx access.Tx) (any, error) { return tx.Messages(prefix) }}
}

func listRevisions(t *rapid.T) operation {
	f := access.RevisionFilter{States: rapid.SliceOfN(rapid.Custom(drawRevisionState), 0, 3).Draw(t, "states"), Limit: drawLimit(t)}
	return operation{fmt.Sprintf("Revisions(%+v)", f), func(tx access.Tx) (any, error) { return tx.Revisions(f) }}
}

func listAudit(t *rapid.T) operation {
	after, limit := rapid.Uint64Range(0, 10).Draw(t, "after"), drawLimit(t)
	return operation{fmt.Sprintf("Audit(%d, %d)", after, limit), func(tx access.Tx) (any, error) { return tx.Audit(after, limit) }}
}
