package bolt

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"stint/access"
	"stint/access/fault"
)

// nextLayout are migrations of a later Stint: one more bucket, and a mark in meta.
func nextLayout(fail error) []migration {
	return append(migrations(), migration{to: len(migrations()) + 1, about: "a bucket for tests", run: func(btx *bbolt.Tx) error {
		if _, err := btx.CreateBucket([]byte("later")); err != nil {
			return err
		}
		return errors.Join(fail, btx.Bucket([]byte(metaBucket)).Put([]byte("layout"), []byte("next")))
	}})
}

func storedVersion(t *testing.T, s *DB) (version int) {
	t.Helper()
	err := s.bolt.View(func(btx *bbolt.Tx) (err error) {
		version, err = schemaVersion(btx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func TestMigrationsAreInOrder(t *testing.T) {
	t.Parallel()
	for i, m := range migrations() {
		if m.to != i+1 || m.about == "" || m.run == nil {
			t.Errorf("migration %d: %+v", i, m)
		}
	}
}

func TestOlderFileIsBroughtForward(t *testing.T) {
	t.Parallel()
	today := len(migrations())
	path := filepath.Join(t.TempDir(), "stint.db")
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := storedVersion(t, s); got != today {
		t.Errorf("a new file has version %d", got)
	}
	fillStore(t, s, 0, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	// A step that fails leaves the file as it was.
	stop := errors.New("stop")
	if _, err := open(path, Options{NoSync: true}, nextLayout(stop)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "a bucket for tests") {
		t.Errorf("failing migration: %v", err)
	}
	same, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := storedVersion(t, same); got != today {
		t.Errorf("after a failed migration the file has version %d", got)
	}
	checkAndClose(t, same)

	for range 2 { // the second time there is nothing to do
		s, err = open(path, Options{NoSync: true}, nextLayout(nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := storedVersion(t, s); got != today+1 {
			t.Errorf("after the migration the file has version %d", got)
		}
		err = s.View(t.Context(), func(tx access.Tx) error {
			layout, err := tx.Meta("layout")
			if err != nil || layout != "next" {
				t.Errorf("the migration did not run: %q", layout)
			}
			_, err = tx.Grant(pendingGrant(2).ID)
			return err
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}

	// The older Stint does not touch what the newer one wrote.
	_, err = Open(path, Options{NoSync: true})
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Invalid || !strings.Contains(f.Message, "newer Stint") || !strings.Contains(f.Hint, "newer version") {
		t.Errorf("open of a newer file: %v", err)
	}
}

// A file that any released Stint wrote opens, keeps what it holds and takes what is new.
func TestFileOfEveryLayoutOpens(t *testing.T) {
	t.Parallel()
	for _, m := range migrations() {
		path := filepath.Join(t.TempDir(), "stint.db")
		old, err := open(path, Options{NoSync: true}, migrations()[:m.to])
		if err != nil {
			t.Fatal(err)
		}
		g := pendingGrant(1)
		err = old.Update(t.Context(), func(tx access.Tx) error { return tx.PutGrant(g) })
		if err := errors.Join(err, old.Close()); err != nil {
			t.Fatal(err)
		}
		s := openChecked(t, path)
		if got := storedVersion(t, s); got != len(migrations()) {
			t.Errorf("layout %d became %d", m.to, got)
		}
		err = s.View(t.Context(), func(tx access.Tx) error {
			_, err := tx.Grant(g.ID)
			return err
		})
		if err != nil {
			t.Errorf("layout %d: %v", m.to, err)
		}
		fillStore(t, s, 2, 4)
	}
}

func TestUnreadableVersionIsRefused(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "x", "0", "-1"} {
		path := filepath.Join(t.TempDir(), "stint.db")
		s := openChecked(t, path)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		editFile(t, path, func(btx *bbolt.Tx) error {
			return btx.Bucket([]byte(schemaBucket)).Put([]byte(versionKey), []byte(version))
		})
		if _, err := Open(path, Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "layout version") {
			t.Errorf("version %q: %v", version, err)
		}
	}
}
