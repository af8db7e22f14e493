package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// operation is one call on a transaction; its answer is what the caller sees.
type operation struct {
	name string
	run  func(access.Tx) (answer any, err error)
}

// Random transactions, some of which fail or panic, do the same to the store as to the
// model: every answer, every code, and all that can be read after each of them. Without
// STINT_FULL fewer are tried than rapid would; what fails is still made shorter at length.
func randomTransactions(t *testing.T, h Harness) {
	left, failed := 40, false
	rapid.Check(t, func(t *rapid.T) {
		if left <= 0 && !failed && os.Getenv("STINT_FULL") == "" {
			return
		}
		left--
		done := false
		defer func() { failed = failed || !done }()
		s, model := h.Open(t), access.Store(NewModel())
		for range rapid.IntRange(1, 12).Draw(t, "transactions") {
			if rapid.IntRange(0, 9).Draw(t, "reopen") == 0 {
				s = h.Reopen(t, s)
			}
			ops := rapid.SliceOfN(rapid.Custom(drawOperation), 1, 10).Draw(t, "operations")
			end := rapid.SampledFrom([]string{"commit", "commit", "commit", "error", "panic"}).Draw(t, "end")
			want, got := transact(t, model, ops, end), transact(t, s, ops, end)
			for i, op := range ops {
				wantSame(t, op.name, got[i], want[i])
			}
			wantSame(t, "contents after "+end, read(t, s, tidied), read(t, model, tidied))
		}
		done = !t.Failed()
	})
}

// answer is what one operation gave.
type answer struct {
	Value any
	Code  fault.Code
}

// transact runs the operations in one Update that ends as it is told.
func transact(t TB, s access.Store, ops []operation, end string) (answers []answer) {
	t.Helper()
	stop := errors.New("stop")
	defer func() {
		if p := recover(); p != nil && p != any(stop) {
			panic(p)
		}
	}()
	err := s.Update(context.Background(), func(tx access.Tx) error {
		answers = nil
		for _, op := range ops {
			value, err := op.run(tx)
			if err != nil {
				value = nil
			}
			answers = append(answers, answer{value, fault.CodeOf(err)})
		}
		switch end {
		case "error":
			return stop
		case "panic":
			panic(stop)
		}
		return nil
	})
	if (end == "error") != errors.Is(err, stop) || end == "commit" && err != nil {
		t.Fatalf("update that should %s: %v", end, err)
	}
	return answers
}

// tidied is everything, with what may come in any order put in one.
func tidied(tx access.Tx) (contents, error) {
	c, err := everything(tx)
	for i, d := range c.Due {
		if i > 0 && d.At.Before(c.Due[i-1].At) {
			return c, fmt.Errorf("%v comes after %v", d.At, c.Due[i-1].At)
		}
	}
	slices.SortFunc(c.Due, byTime)
	return c, err
}

func drawTime(t *rapid.T) time.Time {
	times := []time.Time{
		{},
		noon, noon.Add(1), noon.Add(-1), at(1), at(1).In(time.FixedZone("east", 3600)), at(60), at(-60),
		time.Unix(0, -1), time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	return rapid.SampledFrom(times).Draw(t, "time")
}

func drawKey(t *rapid.T) access.Key {
	if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
		return groupKeyOf(rapid.SampledFrom([]int{1, 2, 11}).Draw(t, "person"), rapid.IntRange(1, 2).Draw(t, "group"))
	}
	return keyOf(rapid.SampledFrom([]int{1, 2, 11}).Draw(t, "person"), rapid.IntRange(1, 2).Draw(t, "account"), rapid.IntRange(1, 2).Draw(t, "role"))
}

func drawPerson(t *rapid.T) catalog.PersonID { return drawKey(t).Person }

// drawVersion is mostly the one that fits a record that has the stored version.
func drawVersion(t *rapid.T) func(stored uint64) uint64 {
	step := rapid.SampledFrom([]uint64{1, 1, 1, 1, 1, 1, 1, 0, 2}).Draw(t, "version step")
	return func(stored uint64) uint64 { return stored + step }
}

func drawRequestState(t *rapid.T) access.RequestState {
	return rapid.SampledFrom([]access.RequestState{access.Pending, access.Pending, access.Approved, access.Denied, access.Lapsed}).Draw(t, "state")
}

func drawGrantState(t *rapid.T) access.GrantState {
	return rapid.SampledFrom([]access.GrantState{access.Scheduled, access.Live, access.Ended}).Draw(t, "state")
}

func drawAssignmentState(t *rapid.T) access.AssignmentState {
	return rapid.SampledFrom([]access.AssignmentState{access.Absent, access.Creating, access.Present, access.Deleting}).Draw(t, "state")
}

func drawRevisionState(t *rapid.T) access.RevisionState {
	return rapid.SampledFrom([]access.RevisionState{access.Editing, access.Proposed, access.InForce, access.Replaced}).Draw(t, "state")
}

func drawLimit(t *rapid.T) int { return rapid.IntRange(-1, 4).Draw(t, "limit") }

func drawRequestID(t *rapid.T) access.RequestID {
	return access.RequestID(fmt.Sprint("R", rapid.IntRange(1, 5).Draw(t, "request")))
}

func drawGrantID(t *rapid.T) access.GrantID {
	return access.GrantID(fmt.Sprint("G", rapid.IntRange(1, 7).Draw(t, "grant")))
}

func drawNoticeID(t *rapid.T) access.NoticeID {
	return access.NoticeID(fmt.Sprint("N", rapid.IntRange(1, 6).Draw(t, "notice")))
}

// maybe draws a value half of the time, else the zero that a filter takes for "any".
func maybe[V any](t *rapid.T, draw func(*rapid.T) V) (v V) {
	if rapid.Bool().Draw(t, "named") {
		v = draw(t)
	}
	return v
}

func pinOf(n int) identity.Pin {
	return identity.Pin{Slack: identity.SlackUserID(fmt.Sprint("U", n)), Person: keyOf(n, 0, 0).Person, Email: fmt.Sprint(n, "@example.com"), At: at(n)}
}

// drawOperation draws any operation with its arguments.
func drawOperation(t *rapid.T) operation {
	return rapid.SampledFrom(slices.Concat(writes(), lists())).Draw(t, "kind")(t)
}
