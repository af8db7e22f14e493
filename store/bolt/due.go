package bolt

import (
	"fmt"
	"time"

	"stint/access"
)

// What a due entry's key holds behind the time: one of these and the record's key.
const (
	dueRequest    = 'r'
	dueGrant      = 'g'
	dueAssignment = 'a'
)

// dueEntry is the entry of a record that is due at a time; none for one that never is.
// A grant's entry carries the grant's key, so that Due need not read the grant.
func dueEntry(kind byte, id, grantKey string, at time.Time) []entry {
	if at.IsZero() {
		return nil
	}
	return []entry{{bucket: dueBucket, key: encodeTime(at) + string(kind) + id, value: grantKey}}
}

func parseDue(key string, value []byte) (access.Due, error) {
	at, err := decodeTime(key)
	if err != nil || len(key) < timeLength+2 {
		return access.Due{}, fmt.Errorf("no due entry: %w", err)
	}
	d := access.Due{At: at}
	id := key[timeLength+1:]
	switch key[timeLength] {
	case dueRequest:
		d.Kind, d.Request = access.DueRequest, access.RequestID(id)
	case dueGrant:
		d.Kind, d.Grant = access.DueGrant, access.GrantID(id)
		d.Key, err = access.ParseKey(string(value))
	case dueAssignment:
		d.Kind = access.DueAssignment
		d.Key, err = access.ParseKey(id)
	default:
		err = fmt.Errorf("unknown kind %q", key[timeLength])
	}
	return d, err
}

func (t *tx) Due(until time.Time, limit int) ([]access.Due, error) {
	var list []access.Due
	end := encodeTime(until)
	err := t.scan(dueBucket, "", "", func(key string, value []byte) (bool, error) {
		d, err := parseDue(key, value)
		if err != nil {
			return false, damaged("bolt.Due", dueBucket, key, err)
		}
		if key[:timeLength] > end {
			return false, nil
		}
		list = append(list, d)
		return limit <= 0 || len(list) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (t *tx) NextDueAfter(after time.Time) (time.Time, error) {
	return t.firstTime("bolt.NextDueAfter", dueBucket, encodeTime(after.Add(1)))
}

// firstTime is the time that the first key of an index, from a key on, begins with;
// zero when there is none.
func (t *tx) firstTime(op string, index bucketName, from string) (first time.Time, err error) {
	err = t.scan(index, "", from, func(key string, _ []byte) (bool, error) {
		if first, err = decodeTime(key); err != nil {
			return false, damaged(op, index, key, err)
		}
		return false, nil
	})
	return first, err
}
