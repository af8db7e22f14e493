package bolt

import (
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
	err := s.bolt.View(func(btx *bbolt.Tx) error {
		_, err := btx.WriteTo(stoppable{ctx, w})
		return err
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

// stoppable is a writer that fails once its context ended.
type stoppable struct {
	ctx context.Context
	w   io.Writer
}

func (s stoppable) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}
