package bolt

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// separator ends each part of an index key but the last. It sorts before every other
// byte, so that keys are in the order of their parts.
const separator = "\x00"

// afterSeparator begins behind all keys that have a prefix and the separator.
const afterSeparator = "\x01"

func join(parts ...string) string { return strings.Join(parts, separator) }

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
