package bolt

import (
	"bytes"
	"slices"

	"go.etcd.io/bbolt"
)

// statePrefixes are the prefixes of the wanted states below prefix, or of all states that
// occur there when none is named; it jumps from state to state.
func (t *tx) statePrefixes(index bucketName, prefix string, states []string) ([]string, error) {
	if len(states) > 0 {
		wanted := slices.Compact(slices.Sorted(slices.Values(states)))
		for i := range wanted {
			wanted[i] = prefix + wanted[i] + separator
		}
		return wanted, nil
	}
	b, err := t.bucket(index)
	if err != nil {
		return nil, err
	}
	var found []string
	c := b.Cursor()
	for k, _ := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); {
		state, _, _ := bytes.Cut(k[len(prefix):], []byte(separator))
		p := prefix + string(state)
		found = append(found, p+separator)
		k, _ = c.Seek([]byte(p + afterSeparator))
	}
	return found, nil
}

// run is the part of an index below one prefix, walked in one direction.
type run struct {
	bucket *bbolt.Bucket
	cursor *bbolt.Cursor
	prefix []byte
	newest bool
	id     []byte // what stands behind the prefix now; nil at the end
	value  []byte
}

func (r *run) settle(k, v []byte) {
	r.id, r.value = nil, nil
	if k != nil && bytes.HasPrefix(k, r.prefix) {
		r.id, r.value = k[len(r.prefix):], v
	}
}

func (r *run) start() {
	if !r.newest {
		r.settle(r.cursor.Seek(r.prefix))
		return
	}
	// The last key below the prefix stands before the first key behind it.
	var k []byte
	if end := behind(r.prefix); end != nil {
		k, _ = r.cursor.Seek(end)
	}
	if k == nil {
		r.settle(r.cursor.Last())
		return
	}
	r.settle(r.before(k))
}

func (r *run) next() {
	if !r.newest {
		r.settle(r.cursor.Next())
		return
	}
	r.settle(r.before(slices.Concat(r.prefix, r.id)))
}

// before moves one back from key, where the cursor stands. Prev answers nil at the
// beginning, but also on a page that this transaction has emptied, and goes on from
// there when it is called again.
func (r *run) before(key []byte) (k, v []byte) {
	for {
		if k, v = r.cursor.Prev(); k != nil {
			return k, v
		}
		if first, _ := r.bucket.Cursor().First(); first == nil || bytes.Compare(first, key) >= 0 {
			return nil, nil
		}
	}
}

// behind is the first key that is greater than all with the prefix; nil when there is none.
func behind(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// merge walks what stands below several prefixes of an index as one list in the order
// of ids.
func (t *tx) merge(index bucketName, prefixes []string, newest bool, fn func(id string, value []byte) (more bool, err error)) error {
	b, err := t.bucket(index)
	if err != nil {
		return err
	}
	runs := make([]*run, len(prefixes))
	for i, p := range prefixes {
		runs[i] = &run{bucket: b, cursor: b.Cursor(), prefix: []byte(p), newest: newest}
		runs[i].start()
	}
	for {
		var best *run
		for _, r := range runs {
			if r.id == nil {
				continue
			}
			if best == nil || bytes.Compare(r.id, best.id) < 0 != newest {
				best = r
			}
		}
		if best == nil {
			return nil
		}
		if more, err := fn(string(best.id), best.value); err != nil || !more {
			return err
		}
		best.next()
	}
}
