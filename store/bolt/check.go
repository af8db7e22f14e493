package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"stint/access"
	"stint/access/fault"
)

// Check reads the whole file and lists everything that is wrong with it: damaged pages,
// records that cannot be read or stand under another key, versions below 1, index
// entries without their record and records without their entries, an audit log with
// gaps or with a head that does not fit. The error has code Internal and unwraps to one error a
// problem; a context that ends before all is read is returned as itself.
//
// bbolt keeps no checksum of its pages: a bit that flips inside a text is found only in
// what the audit chain covers.
//
// Check takes a writer's turn: updates wait until it is done, seconds for 100,000 grants.
// It reads only.
func (s *DB) Check(ctx context.Context) error {
	const op = "bolt.Check"
	if err := s.lock(ctx, op); err != nil {
		return err
	}
	defer s.unlock()
	c := &checker{ctx: ctx, found: make(map[bucketName]int), wanted: make(map[bucketName]int)}
	// First what is stored, then how bbolt keeps it: bbolt's own check runs on a goroutine
	// where a wild pointer in a damaged page kills the process.
	err := guard(func() error { return s.bolt.View(c.contents) })
	if err == nil {
		err = s.bolt.View(c.pages)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		c.report("%v", err)
	}
	if len(c.problems) == 0 {
		return nil
	}
	return fault.Wrap(errors.Join(c.problems...), fault.Internal, op,
		fmt.Sprintf("The store %s is damaged; problems found: %d.", s.path, len(c.problems)),
		"Stop Stint, keep a copy of the file, and put the newest backup in its place.")
}

// checker gathers problems.
type checker struct {
	ctx      context.Context
	problems []error
	found    map[bucketName]int // index entries that are there
	wanted   map[bucketName]int // index entries that records ask for
}

func (c *checker) report(format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, args...))
}

// pages is bbolt's check of its tree and its free list; no writer runs meanwhile.
func (c *checker) pages(btx *bbolt.Tx) error {
	for problem := range btx.Check() {
		c.report("page structure: %w", problem)
	}
	return nil
}

func (c *checker) contents(btx *bbolt.Tx) error {
	t := &tx{bolt: btx}
	if !c.names(btx) {
		return nil
	}
	kinds := []checked{requests(), grants(), assignments(), notices(), messages(), pins(), revisions(), events()}
	for _, k := range kinds {
		if err := k.check(t, c); err != nil {
			return err
		}
	}
	if err := c.orphans(t, kinds); err != nil {
		return err
	}
	return c.audit(t)
}

// names reports whether all buckets are there, and only they.
func (c *checker) names(btx *bbolt.Tx) bool {
	expected := append(buckets(), schemaBucket)
	for _, name := range expected {
		if btx.Bucket([]byte(name)) == nil {
			c.report("bucket %s is missing", name)
		}
	}
	complete := len(c.problems) == 0
	_ = btx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if !slices.Contains(expected, bucketName(name)) {
			c.report("bucket %q is not of Stint", name)
		}
		return nil
	})
	return complete
}

// checked is a table of any kind of record.
type checked interface {
	check(t *tx, c *checker) error
	entries(t *tx, c *checker, fn func(key string, e entry)) error
}

// check reads every record and looks up its index entries.
func (tb table[R]) check(t *tx, c *checker) error {
	return t.scan(tb.bucket, "", "", func(key string, value []byte) (bool, error) {
		r, err := tb.decode(key, value)
		if err != nil {
			c.report("%w", err)
			return true, c.ctx.Err()
		}
		if own := tb.key(r); own != key {
			c.report("%s: the record under %q calls itself %q", tb.bucket, key, own)
		}
		if tb.number != nil && tb.number(r) < 1 {
			c.report("%s: %q has version 0", tb.bucket, key)
		}
		if tb.index == nil {
			return true, c.ctx.Err()
		}
		for _, e := range tb.index(r) {
			c.wanted[e.bucket]++
			b, err := t.bucket(e.bucket)
			if err != nil {
				return false, err
			}
			switch got := b.Get([]byte(e.key)); {
			case got == nil:
				c.report("%s: no entry %q for %q", e.bucket, e.key, key)
			case string(got) != e.value:
				c.report("%s: the entry %q for %q says %q instead of %q", e.bucket, e.key, key, got, e.value)
			}
		}
		return true, c.ctx.Err()
	})
}

// entries calls fn for each index entry that readable records ask for.
func (tb table[R]) entries(t *tx, c *checker, fn func(key string, e entry)) error {
	if tb.index == nil {
		return nil
	}
	return t.scan(tb.bucket, "", "", func(key string, value []byte) (bool, error) {
		if r, err := tb.decode(key, value); err == nil {
			for _, e := range tb.index(r) {
				fn(key, e)
			}
		}
		return true, c.ctx.Err()
	})
}

// orphans names index entries that no record asks for. After check every wanted entry
// is accounted for, so an index can hold others only where the numbers differ; only
// then the wanted ones are gathered.
func (c *checker) orphans(t *tx, kinds []checked) error {
	for _, index := range indexes() {
		err := t.scan(index, "", "", func(string, []byte) (bool, error) {
			c.found[index]++
			return true, c.ctx.Err()
		})
		if err != nil {
			return err
		}
		if c.found[index] == c.wanted[index] && len(c.problems) == 0 {
			continue
		}
		wanted := make(map[string]bool)
		for _, k := range kinds {
			err := k.entries(t, c, func(_ string, e entry) {
				if e.bucket == index {
					wanted[e.key] = true
				}
			})
			if err != nil {
				return err
			}
		}
		err = t.scan(index, "", "", func(key string, value []byte) (bool, error) {
			if !wanted[key] {
				c.report("%s: no record belongs to the entry %q (%q)", index, key, value)
			}
			return true, c.ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// audit looks at what the audit log promises: numbers without a gap from 1 on, and a
// chain that reaches to its head and no further.
func (c *checker) audit(t *tx) error {
	h, err := t.head("bolt.Check")
	if err != nil {
		c.report("%w", err)
	}
	next, prev := uint64(1), ""
	err = t.scan(auditBucket, "", "", func(key string, value []byte) (bool, error) {
		if len(key) != 8 {
			c.report("%s: the key %q is no number", auditBucket, key)
			return true, c.ctx.Err()
		}
		seq := binary.BigEndian.Uint64([]byte(key))
		if seq != next {
			c.report("%s: the events %d to %d are missing", auditBucket, next, seq-1)
		}
		next = seq + 1
		var e access.AuditEvent
		if e, err = events().decode(key, value); err != nil {
			return true, c.ctx.Err() // reported with the records
		}
		c.link(h, e, prev)
		prev = e.Hash
		return true, c.ctx.Err()
	})
	if err == nil && h.Seq >= next {
		c.report("%s: the head is event %d, the last one is %d", chainBucket, h.Seq, next-1)
	}
	return err
}

// link looks at one event of the chain; prev is the hash of the one before.
func (c *checker) link(h head, e access.AuditEvent, prev string) {
	switch {
	case e.Seq > h.Seq:
		if e.Hash != "" || e.Prev != "" {
			c.report("%s: event %d is chained, the head is %d", auditBucket, e.Seq, h.Seq)
		}
	case e.Hash == "":
		c.report("%s: event %d has no hash, the head is %d", auditBucket, e.Seq, h.Seq)
	case e.Seq > 1 && e.Prev != prev:
		c.report("%s: event %d follows the hash %q, the event before has %q", auditBucket, e.Seq, e.Prev, prev)
	case e.Seq == h.Seq && e.Hash != h.Hash:
		c.report("%s: the head says that event %d has the hash %q, it has %q", chainBucket, h.Seq, h.Hash, e.Hash)
	}
}
