package bot

import (
	"time"

	"stint/access"
)

// reminders are what is said unasked: of a pause, of what waits or ends soon, to admins.
func (w world) reminders(out map[string]any) {
	p := &access.Pause{By: w.asker, At: w.now, Reason: w.note}
	paused, _ := channelLine(access.Notice{Event: access.EventPaused, At: w.now, By: w.asker}, p)
	resumed, _ := channelLine(access.Notice{Event: access.EventResumed, At: w.now, By: w.asker}, nil)
	out["channel_paused"], out["channel_resumed"] = wire(paused), wire(resumed)

	waits := w.request(access.Pending)
	waits.Request.Reminders = 2
	reminded := func() any {
		line := reminder(access.Notice{Event: access.EventReminder, Request: waits.Request.ID, Number: 2, At: w.now}, []access.RequestView{waits})
		return wire(message(line, section(line)))
	}
	out["thread_reminder"] = reminded()
	waits.Approvers = nil
	out["thread_reminder_nobody"] = reminded()

	soon := w.grant(access.PhaseActive, "")
	out["told_ending"] = wire(endingSoon(soon, w.now.Add(80*time.Minute)))

	report := adminsText(access.Notice{Event: access.EventReport, Text: w.note})
	alarm := adminsText(access.Notice{Text: w.note})
	out["admins_report"], out["admins_alarm"] = wire(message(report, section(report))), wire(message(alarm, section(alarm)))
}
