package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"stint/access"
	"stint/access/fault"
)

func TestOpenMakesFileAndDirectoryPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "deeper", "stint.db")
	s := openChecked(t, path)
	if s.Path() != path {
		t.Errorf("path %q, want %q", s.Path(), path)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	_, err := Open(s.Path(), Options{LockTimeout: 60 * time.Millisecond})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "Another stint is running on this data directory") {
		t.Errorf("second open: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openChecked(t, s.Path()) // the failed attempt left no lock behind
}

// storeFile is the file of a store with some records in it, and how much of it is used:
// bbolt makes files longer than they need to be.
func storeFile(t testing.TB) (file []byte, used int) {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "stint.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	fillStore(t, s, 0, 60)
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err = os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	return file, int(stats.FileBytes)
}

func TestOpenRefusesWhatIsNoWholeStore(t *testing.T) {
	t.Parallel()
	whole, used := storeFile(t)
	page := os.Getpagesize()
	damage := func(change func(b []byte)) []byte {
		b := bytes.Clone(whole)
		change(b)
		return b
	}
	for name, c := range map[string]struct {
		file []byte
		want string // what the message says
	}{
		"empty":                      {nil, "it is empty"},
		"text":                       {[]byte("rules:\n"), "not a file of Stint"},
		"long text":                  {bytes.Repeat([]byte("rules:\n"), 10_000), "not a file of Stint"},
		"zeros":                      {make([]byte, len(whole)), "not a file of Stint"},
		"one page":                   {whole[:page], "not a file of Stint"},
		"cut behind the metas":       {whole[:2*page], "cut short"},
		"cut in the middle":          {whole[:used/2/page*page], "cut short"},
		"cut by a few bytes":         {whole[:used-17], "cut short"},
		"both metas damaged":         {damage(func(b []byte) { b[40] ^= 0xff; b[page+40] ^= 0xff }), "not a file of Stint"},
		"all behind the metas zeros": {damage(func(b []byte) { clear(b[2*page:]) }), "a page is damaged"},
		"all behind the metas noise": {damage(func(b []byte) { noise(b[2*page:], 7) }), "a page is damaged"},
		"free list damaged":          {damage(func(b []byte) { clearFreeList(t, whole, b) }), "a page is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "stint.db")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path, Options{LockTimeout: 60 * time.Millisecond})
			var f *fault.Error
			if !errors.As(err, &f) || !strings.Contains(f.Message, c.want) || !strings.Contains(f.Message, path) || f.Hint == "" {
				t.Errorf("open: %v, want it to say %q, the path and a hint", err, c.want)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, c.file) {
				t.Errorf("the file was changed (%v)", err)
			}
			// Nothing holds the file any more: the backup can be put in its place.
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			openChecked(t, path)
		})
	}
}

// noise fills b with bytes that look random and are the same each time.
func noise(b []byte, seed uint32) {
	for i := range b {
		seed = seed*1664525 + 1013904223
		b[i] = byte(seed >> 24)
	}
}

// clearFreeList overwrites the header of the page that holds the free list.
func clearFreeList(t *testing.T, whole, b []byte) {
	const freeListPage = 0x10
	page := os.Getpagesize()
	found := false
	for at := 2 * page; at < len(whole); at += page {
		if whole[at+8] == freeListPage {
			clear(b[at+8 : at+page])
			found = true
		}
	}
	if !found {
		t.Fatal("no page of the free list: this tests nothing")
	}
}

func TestOpenRefusesPlacesItCannotUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		code fault.Code
	}{
		"a directory":    {dir, fault.Invalid},
		"below a file":   {filepath.Join(file, "stint.db"), fault.Unavailable},
		"no file at all": {filepath.Join(dir, strings.Repeat("x", 300)), fault.Unavailable},
	} {
		_, err := Open(c.path, Options{})
		if !fault.Is(err, c.code) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenRefusesForeignFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "other.db")
	editFile(t, path, func(btx *bbolt.Tx) error {
		_, err := btx.CreateBucket([]byte("kubernetes"))
		return err
	})
	_, err := Open(path, Options{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "another program") {
		t.Errorf("open: %v", err)
	}
}

// A first start that was interrupted between bbolt's setting up and ours goes on.
func TestOpenTakesFileThatWasNeverUsed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stint.db")
	editFile(t, path, func(*bbolt.Tx) error { return nil })
	openChecked(t, path)
}

// editFile changes a closed file behind the store's back.
func editFile(t testing.TB, path string, fn func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	nothing := func(access.Tx) error {
		t.Error("fn was run on a closed store")
		return nil
	}
	_, statsErr := s.Stats(t.Context())
	for name, err := range map[string]error{
		"view": s.View(t.Context(), nothing), "update": s.Update(t.Context(), nothing),
		"check": s.Check(t.Context()), "backup": s.Backup(t.Context(), &bytes.Buffer{}), "stats": statsErr,
	} {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s of a closed store: %v", name, err)
		}
	}
}
