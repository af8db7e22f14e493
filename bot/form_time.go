package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// otherDuration is the value of the preset that opens a text field.
const otherDuration = "other"

// The values of the start, besides a moment in Unix time.
const (
	startNow  = "now"
	startHour = "hour"
	startPick = "pick"
)

// morning is the hour at which "tomorrow" begins.
const morning = 9

// defaultPresets are offered until a role is chosen and its rule is known.
func defaultPresets() []time.Duration {
	return []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}
}

// presets are the durations to choose from, ascending, and the longest allowed; 0: not known yet.
func (f form) presets() (ds []time.Duration, longest time.Duration) {
	ds = defaultPresets()
	if f.terms != nil {
		longest = f.terms.longest
		if len(f.terms.durations) > 0 {
			ds = slices.Clone(f.terms.durations)
		}
		ds = slices.DeleteFunc(ds, func(d time.Duration) bool { return longest > 0 && d > longest })
		if len(ds) == 0 && longest > 0 {
			ds = []time.Duration{longest}
		}
	}
	if d := f.preset(); d > 0 && !slices.Contains(ds, d) && (longest == 0 || d <= longest) {
		ds = append(ds, d) // chosen under other presets, and still allowed
	}
	slices.Sort(ds)
	ds = slices.Compact(ds)
	return ds[:min(len(ds), maxOptions-1)], longest
}

// shown is the preset that the form shows as chosen: the longest that is not longer than
// what was wanted.
func (f form) shown() time.Duration {
	want := f.preset()
	if want == 0 {
		want = time.Hour
	}
	ds, _ := f.presets()
	best := ds[0]
	for _, d := range ds {
		if d <= want {
			best = d
		}
	}
	return best
}

func (f form) durationInput() slack.Block {
	presets, longest := f.presets()
	options := make([]*slack.OptionBlockObject, 0, len(presets)+1)
	var initial *slack.OptionBlockObject
	var key strings.Builder
	shown := f.shown()
	for _, d := range presets {
		o := slack.NewOptionBlockObject(strconv.FormatInt(int64(d/time.Second), 10), plain(length(d), maxOption), nil)
		options = append(options, o)
		if d == shown {
			initial = o
		}
		key.WriteString(strconv.FormatInt(int64(d/time.Minute), 10) + "-")
	}
	other := slack.NewOptionBlockObject(otherDuration, plain("Other…", maxOption), nil)
	options = append(options, other)
	if f.other() {
		initial = other
	}
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actDuration, options...)
	s.InitialOption = initial
	var hint *slack.TextBlockObject
	if longest > 0 {
		for_, from := " for this role", "when the access is there"
		switch {
		case f.ofGroup && f.forWhom == nil:
			for_, from = "", "when you are in the group"
		case f.ofGroup:
			for_, from = "", "when "+name(f.forWhom.Name, 40)+" is in the group"
		case f.asked-f.refused > 1:
			for_ = " for all of it together"
		}
		if f.start != startNow && f.start != "" && !f.terms.emergency {
			from = "the start"
		}
		hint = plain("At most "+length(longest)+for_+". It counts from "+from+".", maxHint)
	}
	return slack.NewInputBlock(cut(blockDuration+"/"+key.String(), maxID), plain("How long", maxLabel), hint, s).WithDispatchAction(true)
}

// startInput asks when it is to start. Its id carries the day: tomorrow is another one by then.
func (f form) startInput() slack.Block {
	option := func(value, label string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(value, plain(label, maxOption), nil)
	}
	tomorrow := strconv.FormatInt(f.nextDay.Unix(), 10)
	label := "Tomorrow " + f.nextDay.Format("15:04")
	if f.zone == nil {
		label += " UTC"
	}
	options := []*slack.OptionBlockObject{
		option(startNow, "Now"), option(startHour, "In 1 hour"), option(tomorrow, label), option(startPick, "Pick a time…"),
	}
	s := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, actStart, options...)
	s.InitialOption = options[0]
	for _, o := range options {
		if o.Value == f.start {
			s.InitialOption = o
		}
	}
	return slack.NewInputBlock(blockStart+"/"+tomorrow, plain("When", maxLabel), nil, s).WithDispatchAction(true)
}

func (f form) pickedInput() slack.Block {
	e := slack.NewDateTimePickerBlockElement(actPicked)
	e.InitialDateTime = f.picked.Unix()
	return slack.NewInputBlock(blockPicked, plain("Start", maxLabel), plain("In your own time zone, up to 30 days ahead.", maxHint), e).WithDispatchAction(true)
}

// firstPicked is what the picker shows until somebody picks.
func firstPicked(now time.Time) time.Time { return now.Truncate(time.Hour).Add(2 * time.Hour) }

// nextMorning is tomorrow at nine where somebody is.
func nextMorning(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, morning, 0, 0, 0, zone)
}

// startsAt is when the filled form wants the access to start; zero for at once.
func (f filled) startsAt(now time.Time) time.Time {
	switch f.start {
	case "", startNow:
		return time.Time{}
	case startHour:
		return now.Add(time.Hour)
	case startPick:
		return f.picked
	}
	at, err := strconv.ParseInt(f.start, 10, 64)
	if err != nil || at <= 0 {
		return time.Time{}
	}
	return time.Unix(at, 0)
}

// other reports whether the duration is typed.
func (f filled) other() bool { return f.duration == otherDuration }

// preset is the duration that was chosen from the list; 0 for none, and for one that is typed.
func (f filled) preset() time.Duration {
	if d, err := f.wanted(); err == nil && !f.other() {
		return d
	}
	return 0
}

// wanted is the duration of a filled form.
func (f filled) wanted() (time.Duration, error) {
	if f.other() || f.duration == "" && f.typed != "" {
		return parseDuration(f.typed)
	}
	seconds, err := strconv.ParseInt(f.duration, 10, 64)
	if err != nil || seconds <= 0 || seconds > int64(366*24*time.Hour/time.Second) {
		return parseDuration("")
	}
	return time.Duration(seconds) * time.Second, nil
}
