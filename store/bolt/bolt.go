package bolt

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"stint/access"
	"stint/access/fault"
)

// DefaultMaxBytes is how large the file may grow unless Options say otherwise.
const DefaultMaxBytes int64 = 64 << 30

// DefaultLockTimeout is how long Open waits for another process to let go of the file.
const DefaultLockTimeout = time.Second

// Options tune a store; the zero value is what production uses.
type Options struct {
	// NoSync leaves out the wait for the disk. A crash of the machine then loses or
	// damages the file: for tests and benchmarks only.
	NoSync bool
	// LockTimeout is how long to wait for the file's lock; zero means DefaultLockTimeout.
	LockTimeout time.Duration
	// MaxBytes is the size at which updates are refused; zero means DefaultMaxBytes. That
	// much address space is reserved, not memory and not disk.
	MaxBytes int64

	openFile func(string, int, os.FileMode) (*os.File, error) // for tests that break the disk
}

// DB is an access.Store in one file. It is safe for concurrent use.
type DB struct {
	bolt *bbolt.DB
	path string
	// writer is held by the one Update that runs. bbolt has a lock of its own for that,
	// but nobody can stop waiting for it when a context ends.
	writer chan struct{}
	closed chan struct{}
	// broken is the first failure to flush; see Update.
	broken atomic.Pointer[error]
}

var _ access.Store = (*DB)(nil)

// Open opens the store at path and creates it, and its directory, when there is none.
// A file that is not a whole and readable store of this version or an older one is
// refused with code Invalid and left as it is; one that another process holds, with
// code Unavailable.
func Open(path string, opts Options) (*DB, error) {
	return open(path, opts, migrations())
}

func open(path string, opts Options, steps []migration) (*DB, error) {
	if opts.LockTimeout == 0 {
		opts.LockTimeout = DefaultLockTimeout
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = DefaultMaxBytes
	}
	if opts.openFile == nil {
		opts.openFile = os.OpenFile
	}
	created, err := prepare(path, opts, steps)
	if err != nil {
		return nil, err
	}
	db, err := openBolt(path, bbolt.Options{
		Timeout:         opts.LockTimeout,
		NoSync:          opts.NoSync,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: reserve(opts.MaxBytes),
		MaxSize:         reserve(opts.MaxBytes),
		OpenFile:        opts.openFile,
	})
	if err != nil {
		return nil, openFault(path, err)
	}
	s := &DB{bolt: db, path: path, writer: make(chan struct{}, 1), closed: make(chan struct{})}
	if err := guard(func() error { return migrate(db, path, steps) }); err != nil {
		return nil, errors.Join(openFault(path, err), db.Close())
	}
	if created {
		if err := syncDir(filepath.Dir(path)); err != nil {
			return nil, errors.Join(openFault(path, err), db.Close())
		}
	}
	return s, nil
}

// prepare makes the directory for a new file and judges one that exists, without
// writing to it.
func prepare(path string, opts Options, steps []migration) (created bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return false, openFault(path, err)
		}
		return true, nil
	case err != nil:
		return false, openFault(path, err)
	}
	return false, inspect(path, info, opts, steps)
}

// reserve is the address space for a file that may grow to limit. On Windows a mapping
// makes the file as large as itself, so there it grows as it is needed.
func reserve(limit int64) int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return int(min(limit, int64(math.MaxInt)/2))
}

// syncDir makes the name of a new file durable, which flushing the file does not.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Path is where the file is.
func (s *DB) Path() string { return s.path }

// Close waits for running transactions, releases the file and makes every later call
// fail with Unavailable. Closing twice is fine. It must not be called inside View or Update.
func (s *DB) Close() error {
	if err := s.lock(context.Background(), "bolt.Close"); err != nil {
		return nil // closed already
	}
	defer s.unlock()
	close(s.closed)
	if err := s.bolt.Close(); err != nil {
		return fault.Wrap(err, fault.Unavailable, "bolt.Close", "The store could not be closed cleanly.",
			"What was stored is safe; look at the disk.")
	}
	return nil
}

// lock waits until no other Update runs.
func (s *DB) lock(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	// Both may have been ready, and select then picks either.
	if err := ctx.Err(); err != nil {
		s.unlock()
		return err
	}
	select {
	case <-s.closed:
		s.unlock()
		return closedFault(op)
	default:
		return nil
	}
}

func (s *DB) unlock() { <-s.writer }

func closedFault(op string) error {
	return fault.New(fault.Unavailable, op, "The store is closed.", "Stint is stopping; try again when it is back.")
}
