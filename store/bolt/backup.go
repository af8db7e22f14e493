package bolt

import (
	"cmp"
	"context"
	"errors"
	"io"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stint/access/fault"
)

// Backup writes a copy of the store as it is at one moment: a file that Open takes.
// Updates go on meanwhile; what they free is not reused until the copy is complete, so the file
// grows a little.
func (s *DB) Backup(ctx context.Context, w io.Writer) error {
	const op = "bolt.Backup"
	if err := ctx.Err(); err != nil {
		return err
	}
	to := &stoppable{ctx: ctx, w: w}
	err := s.bolt.View(func(btx *bbolt.Tx) error {
		if _, err := btx.WriteTo(to); err != nil {
			return cmp.Or(to.err, err)
		}
		return nil
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return closedFault(op)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fault.Wrap(err, fault.Unavailable, op, "The backup could not be written; what is there is not complete.",
		"Look at the place it goes to, and back up again.")
}

// stoppable is a writer that fails once its context ended. It keeps its first error,
// of which bbolt keeps the text only.
type stoppable struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (s *stoppable) Write(p []byte) (n int, err error) {
	if err = s.ctx.Err(); err == nil {
		n, err = s.w.Write(p)
	}
	s.err = cmp.Or(s.err, err)
	return n, err
}
