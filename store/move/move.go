package move

import (
	"context"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

// The size of a batch, whichever is reached first: one transaction of the target.
const (
	batchItems = 1000
	batchBytes = 4 << 20
)

// Store is what is moved from and to.
type Store interface {
	access.Store
	// Check reads all and says what is damaged.
	Check(ctx context.Context) error
}

// Options tune a move; the zero value is what production uses.
type Options struct {
	// Begun is called when the source was verified: done of total items are in the target
	// already. Progress is called after each batch. Both are optional.
	Begun    func(done, total int)
	Progress func(done, total int)
	batch    int // for tests; zero means batchItems
}

// Result is what a move came to.
type Result struct {
	Records int    // items of every kind
	Events  uint64 // lines of the audit log, of these
	Head    string // hash of the last line that is chained
	Already bool   // it was over before; nothing was done
}

// Source is a store that was verified and can be moved.
type Source struct{ store Store }

// From verifies a store by replaying its audit log, before anything is made of a target.
// No bot may run on it from here on. Conflict when it is not whole.
func From(ctx context.Context, store Store) (*Source, error) {
	if err := Ready(ctx, store); err != nil {
		return nil, err
	}
	if err := access.VerifyAudit(ctx, store); err != nil {
		return nil, failed(ctx, err, "move.From", "The audit log of the source does not lead to what it holds. Nothing was moved.",
			"Look at it with `stint audit verify`; move a store that is whole.")
	}
	return &Source{store}, nil
}

// To moves everything, or what is left of it. No bot may run on the target. Errors:
// Conflict when the source changed meanwhile, or the target holds anything that is not the
// beginning of this source; whatever a store fails with. After an error the same call goes
// on where this one stopped.
func (s *Source) To(ctx context.Context, to Store, o Options) (Result, error) {
	m := &move{from: s.store, to: to, Options: o}
	if m.batch == 0 {
		m.batch = batchItems
	}
	err := view(ctx, m.from, func(tx record.Tx) (err error) {
		if m.source, err = look(tx); err != nil {
			return err
		}
		if err := m.begin(ctx); err != nil || m.mark.Over {
			return err
		}
		return m.copy(ctx, tx)
	})
	r := Result{Records: m.source.items, Events: m.source.events, Head: m.source.head, Already: m.mark.Over}
	if err != nil || m.mark.Over {
		return r, err
	}
	if err := m.verify(ctx); err != nil {
		return r, err
	}
	return r, m.finish(ctx)
}

// move is one run.
type move struct {
	Options
	from, to Store
	source   contents
	mark     mark // of the target, as it was last stored
}

// begin takes an empty target, or goes on with one that was begun.
func (m *move) begin(ctx context.Context) error {
	err := update(ctx, m.to, func(tx record.Tx) error {
		found, err := readMark(tx)
		if err != nil {
			return err
		}
		m.mark = found
		if found.Source == m.source.digest {
			return nil
		}
		if found.Source != "" && !found.Over {
			return fault.Newf(fault.Conflict, "move.begin", "Go on with the source that it was begun from, unchanged; or empty the target and move everything anew.",
				"The target holds %d of %d records of another source, or this one has changed since.", found.Done, found.Total)
		}
		if err := empty(tx); err != nil {
			return err
		}
		m.mark = mark{Source: m.source.digest, Total: m.source.items}
		return writeMark(tx, m.mark)
	})
	if err == nil && m.Begun != nil {
		m.Begun(m.mark.Done, m.mark.Total)
	}
	return err
}

// copy brings what the target does not have yet.
func (m *move) copy(ctx context.Context, tx record.Tx) error {
	var batch []record.Item
	bytes, seen, skip := 0, 0, m.mark.Done
	err := tx.Dump(func(i record.Item) error {
		if !carried(i) {
			return nil
		}
		if seen++; seen <= skip {
			return nil
		}
		batch = append(batch, i)
		bytes += len(i.Value)
		if len(batch) < m.batch && bytes < batchBytes {
			return nil
		}
		err := m.put(ctx, batch)
		batch, bytes = nil, 0
		return err
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return m.put(ctx, batch)
}

// put stores one batch and how far the target is with it.
func (m *move) put(ctx context.Context, batch []record.Item) error {
	next := m.mark
	next.Done += len(batch)
	if err := update(ctx, m.to, func(tx record.Tx) error {
		if err := m.alone(tx); err != nil {
			return err
		}
		if err := tx.Restore(batch); err != nil {
			return err
		}
		return writeMark(tx, next)
	}); err != nil {
		return err
	}
	m.mark = next
	if m.Progress != nil {
		m.Progress(next.Done, next.Total)
	}
	return nil
}

// alone refuses a target that somebody else has written to since.
func (m *move) alone(tx access.Tx) error {
	found, err := readMark(tx)
	if err != nil {
		return err
	}
	lead, err := access.ReadLead(tx)
	if err != nil {
		return err
	}
	if found == m.mark && lead == (access.Lead{}) {
		return nil
	}
	return fault.New(fault.Conflict, "move.alone", "Another process writes to the target: a second migration, or a bot.",
		"Stop it. Then run the same command again; where a bot wrote, empty the target first.")
}

// verify reads the whole target.
func (m *move) verify(ctx context.Context) error {
	const op, hint = "move.verify", "The source is as it was. Empty the target and move everything anew; if that ends in the same way, report it."
	if err := m.to.Check(ctx); err != nil {
		return failed(ctx, err, op, "The target is damaged.", hint)
	}
	if err := access.VerifyAudit(ctx, m.to); err != nil {
		return failed(ctx, err, op, "The audit log in the target does not lead to what it holds.", hint)
	}
	return view(ctx, m.to, func(tx record.Tx) error {
		target, err := look(tx)
		if err != nil {
			return err
		}
		if target.digest != m.source.digest {
			return fault.Newf(fault.Conflict, op, hint, "The target does not hold what the source does (%d records, the source %d).", target.items, m.source.items)
		}
		return nil
	})
}

// failed gives a finding its words; that nothing could be found out is given as it is.
func failed(ctx context.Context, err error, op, message, hint string) error {
	if ctx.Err() != nil || fault.Is(err, fault.Unavailable) {
		return err
	}
	return fault.Wrap(err, fault.Conflict, op, message, hint)
}

// finish opens the target to bots, unless one has run on the source meanwhile.
func (m *move) finish(ctx context.Context) error {
	if err := m.from.View(ctx, func(tx access.Tx) error {
		now, err := access.ReadLead(tx)
		if err != nil || now == m.source.lead {
			return err
		}
		return fault.New(fault.Conflict, "move.finish", "A bot ran on the source while it was moved: the target lacks what it did.",
			"Stop it, empty the target and move everything anew.")
	}); err != nil {
		return err
	}
	return update(ctx, m.to, func(tx record.Tx) error {
		if err := m.alone(tx); err != nil {
			return err
		}
		over := m.mark
		over.Over = true
		if err := access.HandOver(tx, m.source.lead); err != nil {
			return err
		}
		return writeMark(tx, over)
	})
}
