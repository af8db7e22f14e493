package bot

import (
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// driftForm is one of the forms about a finding, with what was refused on top.
func driftForm(callback, title, submit string, f access.FindingView, banner string, rest ...slack.Block) slack.ModalViewRequest {
	var blocks []slack.Block
	if banner != "" {
		blocks = append(blocks, section(banner), divider())
	}
	blocks = append(blocks, section(driftAbout(f.RowView)+"\n"+driftSince(f)))
	v := modal(callback, title, submit, "Back", append(blocks, rest...))
	v.PrivateMetadata = string(f.Finding.ID)
	return v
}

// snoozeView asks until when a finding is hidden.
func snoozeView(f access.FindingView, day, banner string) slack.ModalViewRequest {
	return driftForm(viewDriftSnooze, "Snooze a finding", "Snooze", f, banner,
		section("It is hidden until the morning of that day. If AWS still holds it then, or somebody gives it again before, the admins are told again."),
		dayField(day))
}

// dayField asks for the day of a snooze.
func dayField(day string) slack.Block {
	e := slack.NewDatePickerBlockElement(actDriftDay)
	e.InitialDate = day
	return slack.NewInputBlock(blockDriftDay, plain("Until", maxLabel), plain("Half a year at most.", maxHint), e)
}

// snoozeDays is how long a snooze is, unless somebody chooses another day.
const snoozeDays = 7

func snoozeDay(now time.Time) string { return now.AddDate(0, 0, snoozeDays).Format(time.DateOnly) }

// ignoreView asks why a finding is as it should be.
func ignoreView(f access.FindingView, banner string) slack.ModalViewRequest {
	return driftForm(viewDriftIgnore, "Ignore a finding", "Ignore", f, banner,
		section("*It is as it should be.* It is not shown as open any more, for as long as AWS holds it, whoever gives it again meanwhile. Once Stint has seen it gone, it is news when it comes back. The list of what is ignored keeps it, with your reason."),
		reasonField(blockDriftWhy, "Who gave it and what for. It is kept on record."))
}

// removeView asks before somebody loses access.
func removeView(f access.FindingView, banner string) slack.ModalViewRequest {
	who, what := "*"+bold(name(f.Who, nameWidth))+"* loses "+item(f.Item)+".", "to delete this one assignment"
	switch {
	case f.Assignment.IsMembership():
		who, what = "*"+bold(name(f.Who, nameWidth))+"* loses "+item(f.Item)+", and every role that it brings.", "to take this one person out of the group"
	case f.Assignment.Group != "":
		who = "*Everybody in the group " + bold(name(f.Who, nameWidth)) + "* loses " + item(f.Item) + "."
	}
	return driftForm(viewDriftRemove, "Remove access", "Remove it", f, banner,
		section(":rotating_light: "+who+"\nStint asks AWS "+what+", and nothing else. It was not granted by Stint, so Stint cannot give it back. A session that is open lasts until it ends by itself."),
		reasonField(blockDriftWhy, "All admins read this, and it is kept on record."))
}
