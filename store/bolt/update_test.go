package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"stint/access"
	"stint/access/fault"
)

// An Update whose context ends while it waits its turn is answered at once, while the
// other one still runs, and its fn is never run.
func TestUpdateStopsWaiting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stint.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		inside, leave, first := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() {
			first <- s.Update(context.Background(), func(access.Tx) error {
				close(inside)
				<-leave
				return nil
			})
		}()
		<-inside
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		begin := time.Now()
		err = s.Update(ctx, func(access.Tx) error {
			t.Error("fn was run")
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Minute {
			t.Errorf("waiting update: %v after %v", err, time.Since(begin))
		}
		// Close waits for the one that runs, and those that wait for it find the store closed.
		closed := make(chan error)
		go func() { closed <- s.Close() }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Errorf("close did not wait: %v", err)
		default:
		}
		close(leave)
		if err := errors.Join(<-first, <-closed); err != nil {
			t.Error(err)
		}
	})
}

func TestTransactionIsOverAfterItsEnd(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	var kept access.Tx
	for name, run := range map[string]func(context.Context, func(access.Tx) error) error{"view": s.View, "update": s.Update} {
		err := run(t.Context(), func(tx access.Tx) error {
			kept = tx
			_, err := tx.Meta("x")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = kept.Meta("x")
		_, listErr := kept.Grants(access.GrantFilter{})
		for _, err := range []error{err, listErr, kept.PutMeta("x", "y")} {
			if !fault.Is(err, fault.Internal) {
				t.Errorf("use after the end of the %s: %v", name, err)
			}
		}
	}
}

// Names that an index key could not hold are refused before anything is written.
func TestNamesThatCannotBeKeys(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	good := pendingGrant(1)
	long := string(bytes.Repeat([]byte("x"), 40_000))
	err := s.Update(t.Context(), func(tx access.Tx) error {
		for name, edit := range map[string]func(*access.Grant){
			"zero byte in the id":      func(g *access.Grant) { g.ID += "\x00" },
			"zero byte in the state":   func(g *access.Grant) { g.State += "\x00" },
			"zero byte in the request": func(g *access.Grant) { g.Request += "\x00" },
			"zero byte in the role":    func(g *access.Grant) { g.Key.Role += "\x00" },
			"slash in the person":      func(g *access.Grant) { g.Key.Person = "a/b" },
			"slash in the account":     func(g *access.Grant) { g.Key.Account = "a/b" },
			"long id":                  func(g *access.Grant) { g.ID = access.GrantID(long) },
			"long request":             func(g *access.Grant) { g.Request = access.RequestID(long) },
			"year":                     func(g *access.Grant) { g.End = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) },
		} {
			g := good
			edit(&g)
			if err := tx.PutGrant(g); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, err := range map[string]error{
			"form key":  tx.PutRequest(access.Request{ID: "R", Version: 1, FormKey: long}),
			"person":    tx.PutRequest(access.Request{ID: "R", Version: 1, Asker: access.Actor{Person: "a\x00b"}}),
			"key":       tx.PutAssignment(access.Assignment{Version: 1, Key: access.Key{Person: "a", Account: "b/c", Role: "d"}}),
			"state":     tx.PutAssignment(access.Assignment{Version: 1, Key: good.Key, State: "\x00"}),
			"meta name": tx.PutMeta(long, "x"),
		} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := tx.AppendAudit(access.AuditEvent{At: noon, After: []byte("{")})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("broken JSON: %v", err)
		}
		e, err := tx.AppendAudit(access.AuditEvent{At: noon})
		if e.Seq != 1 {
			t.Errorf("the refused event took a number: %d", e.Seq)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A store that may not grow refuses what it cannot hold, stays whole, and takes what fits.
func TestFullStore(t *testing.T) {
	t.Parallel()
	s, err := Open(filepath.Join(t.TempDir(), "stint.db"), Options{NoSync: true, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checkAndClose(t, s) })
	fillStore(t, s, 0, 5)
	err = s.Update(t.Context(), func(tx access.Tx) error {
		if err := tx.PutMeta("last", "lost"); err != nil {
			return err
		}
		return tx.PutBlob("large", make([]byte, 2<<20))
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("update: %v", err)
	}
	fillStore(t, s, 5, 6)
	err = s.View(t.Context(), func(tx access.Tx) error {
		last, err := tx.Meta("last")
		if last != "5" {
			t.Errorf("last %q", last)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOnlyARefusedWriteMeansFull(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&fs.PathError{Op: "write", Err: syscall.ENOSPC}, true},
		{&fs.PathError{Op: "write", Err: syscall.EDQUOT}, true},
		{&fs.PathError{Op: "write", Err: syscall.EIO}, false},
		{&fs.PathError{Op: "sync", Err: syscall.ENOSPC}, false},
		{syscall.ENOSPC, false}, // of fdatasync
		{errors.New("file resize error: no space left on device"), false},
	} {
		if got := isFull(c.err); got != c.want {
			t.Errorf("%#v: full is %t, want %t", c.err, got, c.want)
		}
	}
}

// When the disk fails the store says so, takes no more updates and can still be read;
// opened again it has all that was acknowledged.
func TestBrokenDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stint.db")
	var disk *os.File
	s, err := Open(path, Options{openFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		disk = f
		return f, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	fillStore(t, s, 0, 3)
	if err := disk.Close(); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		err := s.Update(t.Context(), func(tx access.Tx) error {
			if n > 0 {
				t.Error("fn was run on a broken store")
			}
			return put(tx, 3)
		})
		if !fault.Is(err, fault.Unavailable) || !errors.Is(err, os.ErrClosed) {
			t.Errorf("update: %v", err)
		}
	}
	err = s.View(t.Context(), func(tx access.Tx) error {
		_, err := tx.Grant(pendingGrant(2).ID)
		return err
	})
	if err != nil {
		t.Errorf("view of a broken store: %v", err)
	}
	if stats, err := s.Stats(t.Context()); err != nil || !stats.Broken {
		t.Errorf("stats %+v, %v", stats, err)
	}
	if err := s.Close(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("close: %v", err)
	}

	s = openChecked(t, path)
	fillStore(t, s, 3, 4)
}

// A backup that is made while updates go on is a store of one moment.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	fillStore(t, s, 0, 20)
	started, stop, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 20; ; n++ {
			if err := s.Update(context.Background(), func(tx access.Tx) error { return put(tx, n) }); err != nil {
				t.Error(err)
			}
			if n == 20 {
				close(started)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	<-started
	for i := range 5 {
		path := filepath.Join(t.TempDir(), "backup.db")
		var b bytes.Buffer
		if err := s.Backup(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		copied := openChecked(t, path)
		err := copied.View(t.Context(), func(tx access.Tx) error {
			list, err := tx.Grants(access.GrantFilter{})
			if err != nil {
				return err
			}
			last, err := tx.Meta("last")
			if len(list) < 20 || last != fmt.Sprint(len(list)-1) {
				t.Errorf("backup %d: %d grants, last %s", i, len(list), last)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
}

func TestBackupFails(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	stop := errors.New("no space")
	if err := s.Backup(t.Context(), failingWriter{stop}); !fault.Is(err, fault.Unavailable) || !errors.Is(err, stop) {
		t.Errorf("backup: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Backup(ctx, cancelWriter(cancel)); !errors.Is(err, context.Canceled) {
		t.Errorf("backup: %v", err)
	}
	if err := s.Backup(ctx, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("backup: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// cancelWriter ends the context with the first write.
type cancelWriter context.CancelFunc

func (w cancelWriter) Write(p []byte) (int, error) {
	w()
	return len(p), nil
}

// Room that is freed is used again: a store through which messages pass does not grow.
func TestFreedRoomIsUsedAgain(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	round := func() {
		t.Helper()
		id := func(n int) access.NoticeID { return access.NoticeID(fmt.Sprintf("N%06d", n)) }
		for first := 0; first < 1000; first += 100 {
			err := s.Update(t.Context(), func(tx access.Tx) error {
				for n := first; n < first+100; n++ {
					if err := tx.PutNotice(access.Notice{ID: id(n), NextAt: noon, Text: "something happened"}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for first := 0; first < 1000; first += 100 {
			err := s.Update(t.Context(), func(tx access.Tx) error {
				for n := first; n < first+100; n++ {
					if err := tx.DeleteNotice(id(n)); err != nil {
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
	size := func() int64 {
		stats, err := s.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if stats.FreeBytes <= 0 || stats.FreeBytes > stats.FileBytes || stats.Views != 0 || stats.Broken {
			t.Errorf("stats %+v", stats)
		}
		return stats.FileBytes
	}
	round()
	round()
	before := size()
	for range 10 {
		round()
	}
	if after := size(); after > before*5/4 {
		t.Errorf("the file grew from %d to %d bytes", before, after)
	}
}
