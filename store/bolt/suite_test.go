package bolt

import (
	"os"
	"path/filepath"
	"testing"

	"stint/access"
	"stint/store/storetest"
)

// suite runs the conformance suite on files below one directory.
func suite(t testing.TB) storetest.Harness {
	dir := t.TempDir()
	return storetest.Harness{
		Open: func(t storetest.TB) access.Store {
			sub, err := os.MkdirTemp(dir, "store")
			if err != nil {
				t.Fatalf("%v", err)
			}
			return openChecked(t, filepath.Join(sub, "stint.db"))
		},
		Reopen: func(t storetest.TB, s access.Store) access.Store {
			db := s.(*DB)
			if err := db.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
			return openChecked(t, db.Path())
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, suite(t))
}
