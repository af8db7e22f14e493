package bolt

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stint/access"
	"stint/access/fault"
)

// View runs fn on one consistent state, that of the last Update that was committed. It
// waits for nobody and nobody waits for it, so it may be used inside Update, where it
// shows the state before, and Update inside it. The Tx belongs to one goroutine.
//
// A View that runs for long keeps pages from being reused and makes the file grow.
func (s *DB) View(ctx context.Context, fn func(access.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.bolt.View(func(btx *bbolt.Tx) error {
		t := &tx{bolt: btx}
		defer t.end()
		return fn(t)
	})
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return closedFault("bolt.View")
	}
	return err
}

// Update runs fn and commits what it did; one Update runs at a time, and a context that
// ends while it waits its turn ends the wait before fn is run. An Update inside
// Update waits for itself until its context ends.
//
// When the commit fails nothing was stored, with one exception: when the disk fails to
// flush (code Unavailable as well), what reached it is unknown. The store then takes
// no more updates until it is opened again, because the operating system may
// have dropped what it could not write; it can still be read.
func (s *DB) Update(ctx context.Context, fn func(access.Tx) error) error {
	const op = "bolt.Update"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.unlock()
	if cause := s.broken.Load(); cause != nil {
		return brokenFault(op, *cause)
	}
	var fnErr error
	err := s.bolt.Update(func(btx *bbolt.Tx) error {
		t := &tx{bolt: btx}
		defer t.end()
		fnErr = fn(t)
		return fnErr
	})
	switch {
	case fnErr != nil:
		return fnErr
	case err == nil:
		return nil
	case isFull(err):
		return fault.Wrap(err, fault.Unavailable, op, "The store is full: nothing was stored.",
			"Free space on the disk of the data directory, or raise the limit of the store.")
	}
	s.broken.Store(&err)
	return brokenFault(op, err)
}

// isFull reports whether the commit failed because there is no room, before it could
// damage anything, so that the next one may be tried. Only of a write is that known: what a
// failed flush has left on the disk is not.
func isFull(err error) bool {
	if errors.Is(err, berrors.ErrMaxSizeReached) {
		return true
	}
	var p *fs.PathError
	return errors.As(err, &p) && p.Op == "write" &&
		(errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG))
}

func brokenFault(op string, cause error) error {
	return fault.Wrap(cause, fault.Unavailable, op, "The store could not write to its disk and takes no more changes.",
		"Look at the disk of the data directory, then restart Stint.")
}
