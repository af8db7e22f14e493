package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"stint/access"
	"stint/access/fault"
)

// TB is what the suite needs of a test; *testing.T, *testing.B and *rapid.T have it.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Harness is how the suite gets at stores.
type Harness struct {
	// Open makes a new, empty store and has the test's Cleanup check and close it.
	Open func(t TB) access.Store
	// Reopen ends a store as the end of its process would and opens what it left.
	Reopen func(t TB, s access.Store) access.Store
}

// Run runs the suite; its parts run in parallel.
func Run(t *testing.T, h Harness) {
	parts := []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"RecordsSurviveWhole", recordsSurviveWhole},
		{"RecordsAreCopies", recordsAreCopies},
		{"Missing", missing},
		{"Versions", versions},
		{"Names", names},
		{"Requests", requests},
		{"FormKeys", formKeys},
		{"Debriefs", debriefs},
		{"Grants", grants},
		{"Assignments", assignments},
		{"GroupKeys", groupKeys},
		{"BulkChange", bulkChange},
		{"Due", due},
		{"DueMoves", dueMoves},
		{"Notices", notices},
		{"Messages", messages},
		{"Audit", audit},
		{"Chain", chain},
		{"ChainRefuses", chainRefuses},
		{"Pins", pins},
		{"Revisions", revisions},
		{"Values", values},
		{"Dump", dump},
		{"RestoreGoesOn", restoreGoesOn},
		{"RestoreRefuses", restoreRefuses},
		{"Rollback", rollback},
		{"RollbackOnPanic", rollbackOnPanic},
		{"RefusedPutLeavesNoTrace", refusedPutLeavesNoTrace},
		{"ViewCannotWrite", viewCannotWrite},
		{"OwnWritesAreSeen", ownWritesAreSeen},
		{"Isolation", isolation},
		{"ViewWhileUpdating", viewWhileUpdating},
		{"UpdateInsideView", updateInsideView},
		{"ConcurrentUpdates", concurrentUpdates},
		{"CancelledContext", cancelledContext},
		{"Durability", durability},
		{"RandomTransactions", randomTransactions},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.run(t, h)
		})
	}
}

// update commits fn or fails the test.
func update(t TB, s access.Store, fn func(access.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// view runs fn or fails the test.
func view(t TB, s access.Store, fn func(access.Tx) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// read is one answer of a View.
func read[V any](t TB, s access.Store, fn func(access.Tx) (V, error)) (v V) {
	t.Helper()
	view(t, s, func(tx access.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v
}

// wantCode fails the test unless err has the code; "" wants no error.
func wantCode(t TB, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("code %q, want %q: %v", got, want, err)
	}
}

// wantSame fails the test unless two values are alike; nil and empty lists are.
func wantSame[V any](t TB, what string, got, want V) {
	t.Helper()
	if reflect.DeepEqual(got, want) { // found out ten times faster; mostly it is so
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// ids are what identifies each record of a list.
func ids[R, I any](list []R, id func(R) I) []I {
	all := make([]I, len(list))
	for i, r := range list {
		all[i] = id(r)
	}
	return all
}

// noon is when the suite's records begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is some minutes from noon.
func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
