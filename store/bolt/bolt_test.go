package bolt

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"stint/access"
	"stint/store/storetest"
)

// openTemp opens a new store that is checked and closed at the end of the test.
func openTemp(t testing.TB) *DB {
	t.Helper()
	return openChecked(t, filepath.Join(t.TempDir(), "stint.db"))
}

func openChecked(t storetest.TB, path string) *DB {
	t.Helper()
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { checkAndClose(t, s) })
	return s
}

// checkAndClose leaves alone a store that the test has closed.
func checkAndClose(t storetest.TB, s *DB) {
	t.Helper()
	select {
	case <-s.closed:
		return
	default:
	}
	if err := s.Check(context.Background()); err != nil {
		t.Errorf("the store is damaged: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("%v", err)
	}
}

func TestStoredRecordSurvivesReopening(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	start := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	g := access.Grant{
		ID: "01J", Version: 1, State: access.Scheduled, Start: start,
		Key: access.Key{Person: "p", Account: "111111111111", Role: "arn:aws:sso:::permissionSet/a/b"},
	}
	if err := s.Update(t.Context(), func(tx access.Tx) error { return tx.PutGrant(g) }); err != nil {
		t.Fatalf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("%v", err)
	}
	s = openChecked(t, s.path)
	err := s.View(t.Context(), func(tx access.Tx) error {
		due, err := tx.Due(start, 0)
		if err != nil {
			return err
		}
		if len(due) != 1 || due[0].Key != g.Key || !due[0].At.Equal(start) {
			t.Errorf("due: %+v", due)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
}
