package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stint/access/fault"
)

// damage is why a file cannot be used as a store.
type damage struct {
	what string
	hint string
}

func (d *damage) Error() string { return d.what }

const restoreHint = "Nothing was written to it. Move it aside, keep it, and put the newest backup in its place."

// inspect refuses a file that is empty, cut short, damaged, foreign or too new, reading
// only. Without it bbolt would turn an empty file into an empty store, which would
// forget the end of every grant, and reading behind the end of a file that was cut
// short would kill the process.
func inspect(path string, info fs.FileInfo, opts Options, steps []migration) error {
	switch {
	case info.IsDir():
		return openFault(path, &damage{"it is a directory", "Name a file inside it."})
	case info.Size() == 0:
		return openFault(path, &damage{
			"it is empty",
			"If Stint never ran on it, remove it and start again. Otherwise put the newest backup in its place.",
		})
	}
	return openFault(path, guard(func() (err error) {
		db, err := openBolt(path, bbolt.Options{ReadOnly: true, Timeout: opts.LockTimeout})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		return db.View(func(btx *bbolt.Tx) error {
			if needs := btx.Size(); needs > info.Size() {
				return &damage{fmt.Sprintf("it was cut short: %d bytes are there, %d belong to it", info.Size(), needs), restoreHint}
			}
			have, err := schemaVersion(btx)
			if err != nil {
				return err
			}
			return tooNew(have, steps)
		})
	}))
}

// openBolt is bbolt.Open that lets go of the file, and so of its lock, when it panics
// over a damaged page.
func openBolt(path string, opts bbolt.Options) (*bbolt.DB, error) {
	var file *os.File
	create := opts.OpenFile
	if create == nil {
		create = os.OpenFile
	}
	opts.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := create(name, flag, mode)
		file = f
		return f, err
	}
	var db *bbolt.DB
	err := guard(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &opts)
		return err
	})
	var d *damage
	if errors.As(err, &d) && file != nil {
		err = errors.Join(err, unflock(file), file.Close())
	}
	return db, err
}

// guard runs fn and turns what a damaged page causes, a panic of bbolt or a read of
// memory that is not there, into an error.
func guard(fn func() error) (err error) {
	faults := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(faults)
	defer func() {
		if p := recover(); p != nil {
			err = &damage{fmt.Sprintf("a page is damaged: %v", p), restoreHint}
		}
	}()
	return fn()
}

// openFault says for people why the file cannot be opened.
func openFault(path string, err error) error {
	const op = "bolt.Open"
	var (
		d      *damage
		known  *fault.Error
		inPath *fs.PathError
		system syscall.Errno
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.As(err, &d):
		return &fault.Error{Code: fault.Invalid, Op: op, Message: fmt.Sprintf("The store %s cannot be used: %s.", path, d.what), Hint: d.hint, Err: err}
	case errors.Is(err, berrors.ErrTimeout):
		return fault.Wrap(err, fault.Unavailable, op, fmt.Sprintf("Another stint is running on this data directory: it holds %s.", path),
			"Stop it, or give this one a data directory of its own.")
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, op, fmt.Sprintf("The store %s may not be opened.", path),
			"The user that runs Stint needs read and write rights on the file and on its directory.")
	case errors.Is(err, syscall.ENOMEM):
		return fault.Wrap(err, fault.Unavailable, op, fmt.Sprintf("There is no address space for the store %s.", path),
			"Lift the limit of the process's virtual memory (ulimit -v), or lower the limit of the store.")
	case errors.As(err, &inPath), errors.As(err, &system):
		return fault.Wrap(err, fault.Unavailable, op, fmt.Sprintf("The store %s cannot be opened.", path), "Look at the path and at the disk.")
	}
	return fault.Wrap(err, fault.Invalid, op, fmt.Sprintf("The store %s cannot be used: it is not a file of Stint, or its beginning is damaged.", path), restoreHint)
}
