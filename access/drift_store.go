package access

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// What is stored of drift: the state in one small value; what a scan found so far, one blob
// for each delivery, written once; the rows that are expected, in blobs of many; and the
// findings, in sixteen blobs by the first digit of their id, so that a press in Slack writes
// a sixteenth of them.
const (
	blobDrift    = "drift/state"
	blobScanned  = "drift/scanned/"
	blobExpected = "drift/expected/"
	blobFindings = "drift/findings/"

	shards       = "0123456789abcdef"
	expectedEach = 100_000 // rows in a blob
)

func readDrift(tx Tx) (d DriftState, err error) {
	raw, err := tx.Blob(blobDrift)
	if err != nil || len(raw) == 0 {
		return d, err
	}
	err = json.Unmarshal(raw, &d)
	return d, fault.Wrap(err, fault.Internal, "access.readDrift", "What was stored of drift cannot be read.", "Check the store with `stint check`.")
}

func (b *book) putDrift(d DriftState) error {
	raw, err := json.Marshal(d)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putDrift", "", "")
	}
	return b.PutBlob(blobDrift, raw)
}

func scannedBlob(i int) string  { return fmt.Sprintf("%s%06d", blobScanned, i) }
func expectedBlob(i int) string { return fmt.Sprintf("%s%04d", blobExpected, i) }

// putScanned stores a part of what a scan found, and with it how far the scan is.
func (b *book) putScanned(t *rowTable, rows []row, step func(*DriftState)) error {
	d, err := readDrift(b)
	if err != nil {
		return err
	}
	raw, err := encodeRows(t, rows)
	if err != nil {
		return err
	}
	if len(raw) > 0 {
		if err := b.PutBlob(scannedBlob(d.Chunks), raw); err != nil {
			return err
		}
		d.Chunks++
	}
	step(&d)
	return b.putDrift(d)
}

// dropScanned forgets what a scan found. Groups of which it is the first look have a baseline
// from now on.
func (b *book) dropScanned(d *DriftState, firsts ...catalog.GroupID) error {
	if err := b.forgetGroups(firsts); err != nil {
		return err
	}
	for i := range d.Chunks {
		if err := b.PutBlob(scannedBlob(i), nil); err != nil {
			return err
		}
	}
	d.Chunks = 0
	return nil
}

// readRows reads stored rows into a table, sorted.
func readRows(tx Tx, t *rowTable, blob func(int) string, n int) (rows []row, err error) {
	for i := range n {
		raw, err := tx.Blob(blob(i))
		if err != nil {
			return nil, err
		}
		if err := decodeRows(t, raw, func(r row) error { rows = append(rows, r); return nil }); err != nil {
			return nil, err
		}
	}
	return sorted(rows), nil
}

// putExpected stores the rows that are expected; blobs that stay as they are are not written.
func (b *book) putExpected(d *DriftState, t *rowTable, rows []row) error {
	i := 0
	for part := range slices.Chunk(rows, expectedEach) {
		raw, err := encodeRows(t, part)
		if err != nil {
			return err
		}
		old, err := b.Blob(expectedBlob(i))
		if err != nil {
			return err
		}
		if !bytes.Equal(old, raw) {
			if err := b.PutBlob(expectedBlob(i), raw); err != nil {
				return err
			}
		}
		i++
	}
	for left := i; left < d.Packed; left++ {
		if err := b.PutBlob(expectedBlob(left), nil); err != nil {
			return err
		}
	}
	d.Packed, d.Expected = i, len(rows)
	return nil
}

// findings are all of them in one transaction, read when they are asked for.
type findings struct {
	by      map[FindingID]Finding
	changed map[byte]bool
}

func readShard(tx Tx, shard byte) (list []Finding, err error) {
	raw, err := tx.Blob(blobFindings + string(shard))
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	err = json.Unmarshal(raw, &list)
	return list, fault.Wrap(err, fault.Internal, "access.readShard", "The stored findings cannot be read.", "Check the store with `stint check`.")
}

func readFindings(tx Tx) (*findings, error) {
	f := &findings{by: map[FindingID]Finding{}, changed: map[byte]bool{}}
	for i := range len(shards) {
		list, err := readShard(tx, shards[i])
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			f.by[x.ID] = x
		}
	}
	return f, nil
}

func readFinding(tx Tx, id FindingID) (Finding, error) {
	if id != "" {
		list, err := readShard(tx, id[0])
		if err != nil {
			return Finding{}, err
		}
		for _, f := range list {
			if f.ID == id {
				return f, nil
			}
		}
	}
	return Finding{}, fault.New(fault.NotFound, "access.readFinding", "AWS no longer holds this assignment, so there is nothing to decide.", "The list shows what is there now.")
}

func (f *findings) put(x Finding) { f.by[x.ID], f.changed[x.ID[0]] = x, true }

func (f *findings) drop(id FindingID) {
	delete(f.by, id)
	f.changed[id[0]] = true
}

// sorted lists them, those that were found last first.
func (f *findings) sorted() []Finding {
	list := make([]Finding, 0, len(f.by))
	for _, x := range f.by {
		list = append(list, x)
	}
	sortFindings(list)
	return list
}

func sortFindings(list []Finding) {
	slices.SortFunc(list, func(a, b Finding) int {
		if c := b.FoundAt.Compare(a.FoundAt); c != 0 {
			return c
		}
		return bytes.Compare([]byte(a.ID), []byte(b.ID))
	})
}

// putFindings stores the shards that changed, and counts all anew in the state, which is the
// caller's to store.
func (b *book) putFindings(d *DriftState, f *findings) error {
	parts := map[byte][]Finding{}
	d.Counts, d.Wake = DriftCounts{}, DriftWakings{Tell: d.Wake.Tell}
	untold := false
	for _, x := range f.sorted() {
		parts[x.ID[0]] = append(parts[x.ID[0]], x)
		untold = untold || x.Untold
		d.Counts.count(x.State(b.now))
		switch x.State(b.now) {
		case FindingSnoozed:
			d.Wake.Snooze = soonest(d.Wake.Snooze, x.Snoozed.Until)
		case FindingRemoving:
			d.Wake.Remove = soonest(d.Wake.Remove, x.Removal.NextAt)
		}
	}
	if !untold {
		d.Wake.Tell = time.Time{}
	}
	for shard := range f.changed {
		var raw []byte
		if list := parts[shard]; len(list) > 0 {
			var err error
			if raw, err = json.Marshal(list); err != nil {
				return fault.Wrap(err, fault.Internal, "access.putFindings", "", "")
			}
		}
		if err := b.PutBlob(blobFindings+string(shard), raw); err != nil {
			return err
		}
	}
	return nil
}

func (c *DriftCounts) count(s FindingState) {
	switch s {
	case FindingOpen:
		c.Open++
	case FindingSnoozed:
		c.Snoozed++
	case FindingIgnored:
		c.Ignored++
	case FindingRemoving:
		c.Removing++
	}
}

// soonest is the earlier of two times, of which zero is none.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
