package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time as people write it: "30m", "1h30m", "2d".
type Duration time.Duration

// ParseDuration reads days, hours, minutes and seconds, largest unit first.
func ParseDuration(s string) (Duration, error) {
	bad := fmt.Errorf("%q is no duration", s)
	rest, total, last := s, time.Duration(0), len(units)
	for rest != "" {
		digits := 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		n, err := strconv.Atoi(rest[:digits])
		if err != nil || n > 1_000_000 || digits == len(rest) {
			return 0, bad
		}
		at := strings.IndexByte("smhd", rest[digits])
		if at < 0 || at >= last {
			return 0, bad
		}
		last = at
		total += time.Duration(n) * units[at]
		rest = rest[digits+1:]
	}
	if s == "" {
		return 0, bad
	}
	return Duration(total), nil
}

// units are in the order of "smhd".
var units = [...]time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour}

// String is the shortest form without days: "24h", "1h30m", "45s"; "0s" for nothing.
func (d Duration) String() string { return formatDuration(time.Duration(d)) }

func formatDuration(d time.Duration) string {
	d = d.Truncate(time.Second)
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = -d
	}
	for _, u := range []struct {
		unit time.Duration
		name byte
	}{{time.Hour, 'h'}, {time.Minute, 'm'}, {time.Second, 's'}} {
		if n := d / u.unit; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10))
			b.WriteByte(u.name)
			d -= n * u.unit
		}
	}
	return b.String()
}

// spell writes a duration for people: "1 h 30 min", in one piece on a line.
func spell(d time.Duration) string {
	text := strings.NewReplacer("h", "\u00a0h\u00a0", "m", "\u00a0min\u00a0", "s", "\u00a0s\u00a0").Replace(formatDuration(d))
	return strings.TrimSuffix(text, "\u00a0")
}

// MarshalText writes the form of String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = v
	}
	return err
}
