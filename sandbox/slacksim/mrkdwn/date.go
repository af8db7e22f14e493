package mrkdwn

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// date reads "unix^format" or "unix^format^link" and shows it in the reader's zone. What cannot be read shows
// the fallback.
func (p *parser) date(body, fallback string, style Span) {
	parts := strings.SplitN(body, "^", 3)
	unix, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || len(parts) < 2 {
		p.literal(fallback, style)
		return
	}
	style.Kind, style.Unix, style.Text = KindDate, unix, FormatDate(unix, unescape(parts[1]), p.reader)
	if len(parts) == 3 {
		style.URL = Link(unescape(parts[2]), "").URL
	}
	p.add(style)
}

// FormatDate fills a date token's format for a reader.
func FormatDate(unix int64, format string, r Reader) string {
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	t, now := time.Unix(unix, 0).In(zone), r.Now.In(zone)
	long := fmt.Sprintf("%s %s, %d", t.Month(), ordinal(t.Day()), t.Year())
	short := t.Format("Jan 2, 2006")
	if t.Year() == now.Year() {
		long = fmt.Sprintf("%s %s", t.Month(), ordinal(t.Day()))
		short = t.Format("Jan 2")
	}
	full := t.Weekday().String() + ", " + long
	return strings.NewReplacer(
		"{date_num}", t.Format(time.DateOnly),
		"{date}", long, "{date_short}", short, "{date_long}", full,
		"{date_pretty}", pretty(t, now, long), "{date_short_pretty}", pretty(t, now, short),
		"{date_long_pretty}", pretty(t, now, full), "{day_divider_pretty}", pretty(t, now, full),
		"{time}", t.Format("3:04 PM"), "{time_secs}", t.Format("3:04:05 PM"), "{ago}", ago(t, now),
	).Replace(format)
}

func ordinal(day int) string {
	suffix := "th"
	if day/10 != 1 {
		switch day % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(day) + suffix
}

func pretty(t, now time.Time, otherwise string) string {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	switch day(t).Sub(day(now)) {
	case 0:
		return "today"
	case 24 * time.Hour:
		return "tomorrow"
	case -24 * time.Hour:
		return "yesterday"
	}
	return otherwise
}

func ago(t, now time.Time) string {
	d, form := now.Sub(t), "%s ago"
	if d < 0 {
		d, form = -d, "in %s"
	}
	n, unit := int(d/time.Minute), "minute"
	switch {
	case d < time.Minute:
		n, unit = int(d/time.Second), "second"
	case d >= 24*time.Hour:
		n, unit = int(d/(24*time.Hour)), "day"
	case d >= time.Hour:
		n, unit = int(d/time.Hour), "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf(form, strconv.Itoa(n)+" "+unit)
}
