package bolt

import (
	"context"

	"stint/access"
)

// Stats are what an operator wants to see of the file.
type Stats struct {
	FileBytes int64 // what the file holds
	FreeBytes int64 // of these, what updates reuse before the file grows
	Views     int   // transactions that read now
	Broken    bool  // takes no more updates until it is opened again; see Update
}

// Stats reads the numbers; it costs nothing.
func (s *DB) Stats(ctx context.Context) (Stats, error) {
	var st Stats
	err := s.View(ctx, func(t access.Tx) error {
		n := s.bolt.Stats()
		st = Stats{
			FileBytes: t.(*tx).bolt.Size(),
			FreeBytes: int64(n.FreePageN+n.PendingPageN) * int64(s.bolt.Info().PageSize),
			Views:     n.OpenTxN - 1, // not this one
			Broken:    s.broken.Load() != nil,
		}
		return nil
	})
	return st, err
}
