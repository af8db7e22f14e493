package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"stint/access/fault"
	"stint/store/record"
)

// entry is one line of an index.
type entry struct {
	bucket bucketName
	key    string
	value  string
	// unique entries belong to one record; another that claims the key is a Conflict.
	unique bool
}

// table is what the store knows of one kind of record. Put and Check share it, so
// that they cannot disagree on what an index should hold.
type table[R any] struct {
	bucket bucketName
	what   string          // "request", for messages
	key    func(R) string  // the key in the bucket
	index  func(R) []entry // nil: no index
	number func(R) uint64  // the version; nil: not versioned
}

// find decodes the record of a key.
func (tb table[R]) find(t *tx, key string) (r R, found bool, err error) {
	value, err := t.get(tb.bucket, key)
	if err != nil || value == nil {
		return r, false, err
	}
	r, err = tb.decode(key, value)
	return r, err == nil, err
}

func (tb table[R]) decode(key string, value []byte) (r R, err error) {
	if err := json.Unmarshal(value, &r); err != nil {
		return r, damaged("bolt.decode", tb.bucket, key, err)
	}
	return r, nil
}

// get is find for records that must exist.
func (tb table[R]) get(t *tx, op, key string) (R, error) {
	r, found, err := tb.find(t, key)
	if err == nil && !found {
		err = fault.Newf(fault.NotFound, op, "It may have been removed; look at the newest state.", "There is no such %s.", tb.what)
	}
	return r, err
}

// put stores a record and moves its index entries.
func (tb table[R]) put(t *tx, op string, r R) error {
	key := tb.key(r)
	old, found, err := tb.find(t, key)
	if err != nil {
		return err
	}
	if tb.number != nil {
		var stored uint64
		if found {
			stored = tb.number(old)
		}
		if got := tb.number(r); got != stored+1 {
			return &fault.Error{
				Code: fault.Conflict, Op: op, Message: fmt.Sprintf("This %s has changed in the meantime.", tb.what),
				Hint: "Look at its newest state and try again.", Err: fmt.Errorf("version %d follows stored version %d", got, stored),
			}
		}
	}
	r = record.InUTC(r)
	value, err := record.Encode(op, r)
	if err != nil {
		return err
	}
	var was, now []entry
	if tb.index != nil {
		if found {
			was = tb.index(old)
		}
		now = tb.index(r)
	}
	// All that can refuse comes before the first write: a Put that fails leaves no trace,
	// even if its transaction goes on and commits.
	if err := tb.vacant(t, op, key, now); err != nil {
		return err
	}
	if err := t.put(op, tb.bucket, key, value); err != nil {
		return err
	}
	return move(t, op, was, now)
}

// vacant refuses keys that cannot be stored and unique entries of another record.
func (tb table[R]) vacant(t *tx, op, key string, now []entry) error {
	if err := storable(op, tb.what, key); err != nil {
		return err
	}
	for _, e := range now {
		if err := storable(op, tb.what, e.key); err != nil {
			return err
		}
		if !e.unique {
			continue
		}
		taken, err := t.get(e.bucket, e.key)
		if err != nil {
			return err
		}
		if taken != nil && string(taken) != e.value {
			return &fault.Error{
				Code: fault.Conflict, Op: op, Message: fmt.Sprintf("Another %s stands there already.", tb.what),
				Hint: "Look at the newest state and try again.", Err: fmt.Errorf("%s: %q belongs to %q", e.bucket, e.key, taken),
			}
		}
	}
	return nil
}

// move turns the index entries of a record into those of its next version.
func move(t *tx, op string, was, now []entry) error {
	for _, e := range was {
		if !slices.ContainsFunc(now, func(n entry) bool { return n.bucket == e.bucket && n.key == e.key }) {
			if err := t.delete(op, e.bucket, e.key); err != nil {
				return err
			}
		}
	}
	for _, e := range now {
		if slices.Contains(was, e) {
			continue
		}
		if err := t.put(op, e.bucket, e.key, []byte(e.value)); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a record, if there is one, and its index entries.
func (tb table[R]) remove(t *tx, op, key string) error {
	old, found, err := tb.find(t, key)
	if err != nil || !found {
		return err
	}
	if tb.index != nil {
		if err := move(t, op, tb.index(old), nil); err != nil {
			return err
		}
	}
	return t.delete(op, tb.bucket, key)
}

// all lists the records whose keys begin with prefix, in order.
func (tb table[R]) all(t *tx, prefix string) ([]R, error) {
	var list []R
	err := t.scan(tb.bucket, prefix, "", func(key string, value []byte) (bool, error) {
		r, err := tb.decode(key, value)
		list = append(list, r)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// selection is which records a list wants and how it finds them.
type selection[R any] struct {
	index    bucketName   // the bucket to walk; the table's own for all records
	prefix   string       // what the index key begins with, separator included
	states   []string     // the next part of the index key; empty: any
	stateful bool         // whether the index key has a state there
	newest   bool         // from the last id down, instead of from the first up
	keep     func(R) bool // what the index does not decide; nil keeps all
	limit    int
}

// list walks the narrowest index and decodes only what it meets there.
func (tb table[R]) list(t *tx, s selection[R]) ([]R, error) {
	prefixes := []string{s.prefix}
	if s.stateful {
		var err error
		if prefixes, err = t.statePrefixes(s.index, s.prefix, s.states); err != nil {
			return nil, err
		}
	}
	var list []R
	err := t.merge(s.index, prefixes, s.newest, func(id string, value []byte) (bool, error) {
		if s.index != tb.bucket {
			var err error
			if value, err = t.get(tb.bucket, id); err != nil {
				return false, err
			}
			if value == nil {
				return false, damaged("bolt.list", s.index, id, errors.New("the index names a record that is not there"))
			}
		}
		r, err := tb.decode(id, value)
		if err != nil {
			return false, err
		}
		if s.keep == nil || s.keep(r) {
			list = append(list, r)
		}
		return s.limit <= 0 || len(list) < s.limit, nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
