package bot

import (
	"fmt"
	"time"

	"stint/access"
	"stint/access/identity"
)

// emergency is a request that its rule let through at once, with an open debrief.
func (w world) emergency(s access.RequestState) access.RequestView {
	v := w.request(s)
	t := &v.Request.Terms
	t.Automatic, t.Emergency, t.Steps, t.Notify = true, true, nil, "C0LOUD"
	t.DebriefBy, t.DebriefWithin = []string{w.set, "security"}, 24*time.Hour
	v.Request.Reviews, v.Approvers = nil, nil
	if s == access.Approved {
		v.Request.Debrief = &access.Debrief{Due: w.now.Add(26 * time.Hour)}
		v.Debriefers = w.others
	}
	return v
}

// debriefed is that emergency once somebody has looked back.
func (w world) debriefed(justified bool) access.RequestView {
	v := w.emergency(access.Approved)
	v.Debriefers = nil
	v.Request.Debrief = &access.Debrief{
		Due: w.now.Add(26 * time.Hour), Justified: justified, Note: w.comment, ClosedAt: w.now.Add(3 * time.Hour),
		By: access.Actor{Slack: w.others[0].Slack, Name: w.others[0].Name},
	}
	return v
}

// emergencies are all that is shown of emergencies and of the look back at them.
func (w world) emergencies(out map[string]any) {
	paused := &access.Pause{By: w.asker, At: w.now, Reason: w.note}
	pending := w.emergency(access.Pending)
	pending.Request.CheckedAt = time.Time{}
	out["asker_emergency_paused"] = wire(asker([]access.RequestView{pending}, paused))
	v := w.emergency(access.Approved)
	v.Grants = []access.GrantView{w.grant(access.PhaseActive, "")}
	out["card_emergency_active"], out["asker_emergency"] = wire(card(v, nil)), wire(asker([]access.RequestView{v}, nil))
	old := w.emergency(access.Approved)
	old.Request.FactsAt = w.now.Add(-5 * time.Hour)
	old.Request.Debrief.OverdueAt, old.Request.Debrief.Reminders = w.now.Add(26*time.Hour), 3
	out["card_emergency_old_facts"], out["details_emergency"] = wire(card(old, nil)), detailsView(access.RequestDetails{RequestView: old}, 0)
	out["card_emergency_debriefed"] = wire(card(w.debriefed(true), nil))
	g := w.grant(access.PhaseActive, "")
	g.Request = v.Request
	out["grant_emergency"] = wire(grant(g, nil))
	c, _ := threadLine(access.Notice{Event: access.EventEmergency, At: w.now}, v, nil)
	out["thread_emergency"] = wire(c)

	out["debrief"], out["debrief_overdue"] = wire(debriefMessage(v)), wire(debriefMessage(old))
	nobody := w.emergency(access.Approved)
	nobody.Debriefers = nil
	out["debrief_nobody"] = wire(debriefMessage(nobody))
	out["debrief_justified"], out["debrief_not_justified"] = wire(debriefMessage(w.debriefed(true))), wire(debriefMessage(w.debriefed(false)))
	out["debrief_reminder"] = wire(debriefReminder(access.Notice{}, v))
	out["debrief_reminder_overdue"] = wire(debriefReminder(access.Notice{Number: 3}, old))
	out["thread_debriefed"], out["told_debriefed"] = wire(debriefStory(w.debriefed(true))), wire(debriefTold(w.debriefed(false)))
	for _, h := range w.others[:1] {
		o := origin{user: identity.SlackUserID("U0OTHER"), channel: "C0PROD", ts: "1.2"}
		out["debrief_not_yours"] = debriefView(v, outcomeYes, o)
		o.user = h.Slack
		out["debrief_form"] = debriefView(v, outcomeNo, o)
	}
	out["debrief_done"] = debriefDone(w.debriefed(false))

	var list []access.RequestView
	for i := range 25 {
		one := w.emergency(access.Approved)
		if i%2 == 1 {
			one = old
		}
		one.Request.ID = access.RequestID(fmt.Sprint("01JREQ", i))
		list = append(list, one)
	}
	out["debriefs"], out["debriefs_none"] = debriefsView(list), debriefsView(nil)
	out["home_debriefs"] = homeView(access.HomeView{Debriefs: list}, nil)
	out["hub_debriefs"] = hubView(hub{ConfigView: access.ConfigView{Debriefs: 3, Overdue: 1}, now: w.now}, configMeta{}, "")
}
