package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
)

// separator ends each part of an index key but the last. It sorts before every other
// byte, so that keys are in the order of their parts.
const separator = "\x00"

// afterSeparator begins behind all keys that have a prefix and the separator.
const afterSeparator = "\x01"

func join(parts ...string) string { return strings.Join(parts, separator) }

// encode is a record as it is stored. HTML is not escaped: that would change the
// bytes of an audit event's After, which is hashed.
func encode(op string, record any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, op, "This record cannot be stored.", "Its times lie in the years 0 to 9999 and its embedded JSON is valid.")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// timeLength is the length of an encoded time.
const timeLength = 12

// encodeTime is a time as part of an index key: seconds and nanoseconds, big-endian,
// with the sign bit turned so that bytes sort as times do, in any year.
func encodeTime(t time.Time) string {
	var b [timeLength]byte
	binary.BigEndian.PutUint64(b[:8], uint64(t.Unix())^1<<63)
	binary.BigEndian.PutUint32(b[8:], uint32(t.Nanosecond()))
	return string(b[:])
}

func decodeTime(key string) (time.Time, error) {
	if len(key) < timeLength {
		return time.Time{}, fmt.Errorf("%d bytes are too short for a time", len(key))
	}
	seconds := int64(binary.BigEndian.Uint64([]byte(key[:8])) ^ 1<<63)
	nanos := binary.BigEndian.Uint32([]byte(key[8:timeLength]))
	return time.Unix(seconds, int64(nanos)).UTC(), nil
}

// parseKey reads what access.Key.String wrote. Person and account hold no slash; PutGrant and
// PutAssignment see to that.
func parseKey(s string) (access.Key, error) {
	parts := strings.SplitN(s, "/", 3)
	if len(parts) != 3 {
		return access.Key{}, fmt.Errorf("%q is not person/account/role", s)
	}
	return access.Key{Person: catalog.PersonID(parts[0]), Account: catalog.AccountID(parts[1]), Role: catalog.RoleARN(parts[2])}, nil
}

// wholeKey refuses keys that could be mistaken for another one.
func wholeKey(op string, k access.Key) error {
	person, account, role := string(k.Person), string(k.Account), string(k.Role)
	if person == "" || account == "" || role == "" || strings.Contains(person+account, "/") {
		return fault.Newf(fault.Invalid, op, "Person, account and role are all needed; the first two hold no slash.", "The key %q cannot be stored.", k)
	}
	return plain(op, person, account, role)
}
