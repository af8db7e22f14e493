package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"stint/access/fault"
)

const durationExamples = "45m, 2h, 1h30m or 90 (minutes)"

var durationPart = regexp.MustCompile(`^(\d+(?:[.,]\d+)?)(days?|d|hours?|hrs?|h|minutes?|mins?|m)?`)

// parseDuration reads a duration as people type it: 45m, 2h, 1h30m, 1h 30 min, 1.5h, 90
// (minutes), 1h30.
func parseDuration(s string) (time.Duration, error) {
	rest := strings.ToLower(strings.Join(strings.Fields(clean(s)), ""))
	bad := func() (time.Duration, error) {
		return 0, &fault.Error{
			Code: fault.Invalid, Op: "bot.parseDuration", Field: "duration",
			Message: "“" + name(s, 40) + "” is no duration", Hint: "Write it like " + durationExamples + ".",
		}
	}
	if rest == "" {
		return 0, &fault.Error{
			Code: fault.Invalid, Op: "bot.parseDuration", Field: "duration",
			Message: "Say for how long", Hint: "Write it like " + durationExamples + ".",
		}
	}
	var total time.Duration
	unit := 25 * time.Hour // units shrink from left to right
	for rest != "" {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return bad()
		}
		rest = rest[len(m[0]):]
		n, err := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
		if err != nil || n > 100_000 {
			return bad()
		}
		var u time.Duration
		switch {
		case m[2] == "" && rest == "":
			u = time.Minute // "90", and the 30 of "1h30"
		case m[2] == "":
			return bad()
		case m[2][0] == 'd':
			u = 24 * time.Hour
		case m[2][0] == 'h':
			u = time.Hour
		default:
			u = time.Minute
		}
		if u >= unit {
			return bad()
		}
		unit = u
		total += time.Duration(n * float64(u))
	}
	total = total.Round(time.Minute)
	if total < time.Minute {
		return bad()
	}
	return total, nil
}
