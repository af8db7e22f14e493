package access

import (
	"context"
	"encoding/json"
	"slices"

	"stint/access/catalog"
	"stint/access/fault"
)

// What is known can be given again: taken away and created anew between two scans, or created
// once more while it is there, which AWS accepts. An event of a create does not say which.
//
//   - An open finding was told already; it shows who gave it again, and when.
//   - A snooze hides what was found then. Who gives it again does something new, so that the
//     snooze ends, and the admins are told once.
//   - What is ignored is right whoever gives it. It stays silent; it shows who gave it last.
//   - What was there before Stint looked first is expected for as long as nobody is known to
//     have taken it away. After that it is news like anything else: the first look excuses
//     what was there, and not what somebody does today.
//
// The audit has each of them.

// blobDriftGone is where those expected rows are stored of which an event told that they went
// since the last scan. The next scan drops them from what is expected.
const blobDriftGone = "drift/gone"

// maxGone bounds them: when very many go, the next scan finds the rest.
const maxGone = 1000

func readGone(tx Tx) (gone []FindingID, err error) {
	raw, err := tx.Blob(blobDriftGone)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	err = json.Unmarshal(raw, &gone)
	return gone, fault.Wrap(err, fault.Internal, "access.readGone", "What was stored of drift cannot be read.", "Check the store with `stint check`.")
}

func (b *book) putGone(gone []FindingID) error {
	if len(gone) == 0 {
		return b.PutBlob(blobDriftGone, nil)
	}
	raw, err := json.Marshal(gone)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putGone", "", "")
	}
	return b.PutBlob(blobDriftGone, raw)
}

// knowledge is what is known of a row before an event about it is looked into.
type knowledge int

const (
	knownNews     knowledge = iota // nothing
	knownFinding                   // it is a finding
	knownExpected                  // it was there before Stint looked first
	knownUnheeded                  // there is no baseline yet, so that nothing is news
)

// knownOf says what is known of a row.
func (s *Service) knownOf(ctx context.Context, a catalog.Assignment) (k knowledge, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		k = knownUnheeded
		d, err := readDrift(tx)
		if err != nil || d.BaselineAt.IsZero() {
			return err
		}
		id := FindingOf(a)
		list, err := readShard(tx, id[0])
		if err != nil {
			return err
		}
		k = knownFinding
		if slices.ContainsFunc(list, func(f Finding) bool { return f.ID == id }) {
			return nil
		}
		k = knownNews
		gone, err := readGone(tx)
		if err != nil || slices.Contains(gone, id) {
			return err
		}
		var t rowTable
		rows, err := readRows(tx, &t, expectedBlob, d.Packed)
		if has(rows, t.pack(a)) {
			k = knownExpected
		}
		return err
	})
	return k, err
}

// expectedGone notes that somebody took away what is expected. there says that AWS holds it all
// the same, which means that it was given again.
func (s *Service) expectedGone(ctx context.Context, h Hint, there bool) error {
	id := FindingOf(h.Assignment)
	if err := s.lead(ctx, func(b *book) error {
		gone, err := readGone(b)
		if err != nil || slices.Contains(gone, id) {
			return err
		}
		gone = append(gone, id)
		if err := b.putGone(gone[max(0, len(gone)-maxGone):]); err != nil {
			return err
		}
		return b.audit("drift.gone", System, "drift/"+string(id), Finding{ID: id, Assignment: h.Assignment}, h.By)
	}); err != nil || !there {
		return err
	}
	return s.foundByEvent(ctx, h.Assignment, "")
}

// givenAgain notes that somebody gave what is known already.
func (s *Service) givenAgain(ctx context.Context, h Hint) error {
	id := FindingOf(h.Assignment)
	err := s.lead(ctx, func(b *book) error {
		all, err := readFindings(b)
		if err != nil {
			return err
		}
		f, known := all.by[id]
		switch {
		case !known:
			return b.audit("drift.given_again", System, "drift/"+string(id), Finding{ID: id, Assignment: h.Assignment}, h.By)
		case !h.At.After(f.FoundAt) || !h.At.After(f.AgainAt):
			return nil // the event of what was found, or one that came before
		}
		f.AgainAt, f.AgainBy = h.At, h.By
		if f.Snoozed != nil && f.Ignored == nil && f.Removal == nil {
			f.Snoozed, f.Untold = nil, true
		}
		all.put(f)
		if err := b.putUntold(all); err != nil {
			return err
		}
		return b.audit("drift.given_again", System, "drift/"+string(id), f, h.By)
	})
	s.driftDue.raise()
	return err
}
