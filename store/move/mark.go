package move

import (
	"context"
	"encoding/json"
	"errors"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

// metaMark is where a target keeps how far it is.
const metaMark = "move"

// mark is how far a target is. The zero mark is that of a store nothing was moved to.
type mark struct {
	Source string `json:"source"` // the digest of the source
	Done   int    `json:"done"`   // items that are there
	Total  int    `json:"total"`
	Over   bool   `json:"over,omitempty"` // verified
}

func readMark(tx access.Tx) (m mark, err error) {
	raw, err := tx.Meta(metaMark)
	if err != nil || raw == "" {
		return m, err
	}
	err = json.Unmarshal([]byte(raw), &m)
	return m, fault.Wrap(err, fault.Internal, "move.readMark", "What this store says of how it was filled cannot be read.", "Was it changed by hand? Move everything again, into an empty one.")
}

func writeMark(tx access.Tx, m mark) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return tx.PutMeta(metaMark, string(raw))
}

// Ready refuses, with code Conflict, a store that is being filled from another one.
func Ready(ctx context.Context, store access.Store) error {
	return store.View(ctx, func(tx access.Tx) error {
		m, err := readMark(tx)
		if err == nil && m.Source != "" && !m.Over {
			err = fault.Newf(fault.Conflict, "move.Ready", "Run the same `stint migrate` again: it goes on where it stopped.",
				"This store is not complete: `stint migrate` has brought %d of %d records and is not done.", m.Done, m.Total)
		}
		return err
	})
}

// carried reports whether an item is part of a move.
func carried(i record.Item) bool {
	return i.Kind != record.Meta || i.Key != metaMark && !access.OfLead(i.Key)
}

// empty refuses a store that holds anything but a mark.
func empty(tx record.Tx) error {
	found := errors.New("found")
	var first record.Item
	err := tx.Dump(func(i record.Item) error {
		if i.Kind == record.Meta && i.Key == metaMark {
			return nil
		}
		first = i
		return found
	})
	if !errors.Is(err, found) {
		return err
	}
	return fault.Newf(fault.Conflict, "move.empty", "Name a file that does not exist, or an empty database or schema.",
		"The target is not empty: it holds at least one %s. Nothing was changed.", first.Kind)
}
