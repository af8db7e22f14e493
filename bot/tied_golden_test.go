package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/policy"
)

// rich is a request with all that can be said of one.
func (w world) rich(s access.RequestState) access.RequestView {
	v := w.request(s)
	r := &v.Request
	by := access.Actor{Person: w.others[0].Person, Slack: w.others[0].Slack, Name: w.others[0].Name}
	r.Terms.Emergency = s == access.Approved
	r.Terms.Escalation = &policy.Escalation{After: time.Hour, To: []string{w.set, "security"}}
	r.Receiver = access.Actor{Person: "p-bo", Slack: "U0BO", Name: "Bo"}
	r.StartAt = w.now.Add(2 * time.Hour)
	r.Ticket, r.TicketNote = "INC-4711 `"+w.note[:20], w.note
	r.Link = "https://acme.slack.com/archives/C0PROD/p1700000000000100?thread_ts=1.2&cid=C0PROD"
	r.Extends = "01JOLD"
	v.Prolongs = &access.Prolongs{Since: w.now.Add(-time.Hour), Until: w.now.Add(time.Hour), Then: w.now.Add(2 * time.Hour)}
	r.Claim = &access.Claim{By: by, From: w.asker, At: w.now}
	r.EscalatedAt = w.now.Add(time.Hour)
	r.Reviews = append(r.Reviews, access.Review{By: by, For: w.asker, Verdict: access.Approve, Duration: time.Hour, StartAt: w.now.Add(3 * time.Hour), At: w.now})
	for range 5 {
		r.Dropped = append(r.Dropped, access.Dropped{Entitlement: w.item.Entitlement, Why: w.note})
		v.Lost = append(v.Lost, w.item)
	}
	return v
}

// form is a form of n requests, each with m entitlements, that all go to one channel.
func (w world) form(n, m int) []access.RequestView {
	var vs []access.RequestView
	var tied []access.RequestID
	states := []access.RequestState{access.Pending, access.Approved, access.Denied, access.Pending, access.Withdrawn}
	for i := range n {
		v := w.request(states[i%len(states)])
		v.Request.ID = access.RequestID(fmt.Sprintf("01JREQ%02d", i))
		tied = append(tied, v.Request.ID)
		v.Items = nil
		for range m {
			v.Items = append(v.Items, w.item)
		}
		if v.Request.State == access.Pending {
			v.Deciders = v.Approvers
			v.Progress = policy.Progress{Steps: []policy.StepProgress{{Step: v.Request.Terms.Steps[0], Missing: 1}}}
		}
		vs = append(vs, v)
	}
	for i := range vs {
		vs[i].Request.Tied, vs[i].Request.Card = tied, tied[0]
	}
	return vs
}

func (w world) tied(out map[string]any) {
	out["card_rich"], out["asker_rich"] = wire(card(w.rich(access.Pending), nil)), wire(asker([]access.RequestView{w.rich(access.Pending)}, nil))
	out["card_emergency"] = wire(card(w.rich(access.Approved), nil))
	out["receiver_pending"] = wire(receiver([]access.RequestView{w.rich(access.Pending)}, nil))
	out["receiver_tied"] = wire(receiver(w.form(3, 2), nil))
	p := &access.Pause{By: w.asker, At: w.now, Reason: w.comment}
	few, most := w.form(3, 2), w.form(10, 12)
	out["card_tied"], out["card_tied_most"] = wire(cardOf(few, p, "")), wire(cardOf(most, p, ""))
	out["card_tied_more"] = wire(cardOf(w.form(40, 3), p, ""))
	out["card_tied_copy"] = wire(cardOf(few, nil, "U0SAM"))
	out["asker_tied"], out["asker_tied_most"] = wire(asker(few, p)), wire(asker(most, p))
	out["told_tied"] = wire(toldRequests([]access.RequestView{most[2], most[4], most[7], most[9]}))
	waiting := []access.RequestView{few[0], w.form(5, 2)[3]}
	for i := range waiting {
		waiting[i].Request.Reminders = 1
	}
	line := reminder(access.Notice{Event: access.EventReminder, Request: waiting[0].Request.ID, Number: 1, At: w.now}, waiting)
	out["thread_reminder_tied"] = wire(message(line, section(line)))
	c, _ := threadLine(access.Notice{Event: access.EventDecided, At: w.now}, few[2], nil)
	out["thread_tied"] = wire(c)
}

// given is a request that gave n grants, in the given phases by turns.
func (w world) given(n int, phases ...access.Phase) access.RequestView {
	v := w.request(access.Approved)
	for i := range n {
		p := phases[i%len(phases)]
		end := access.EndReason("")
		if p == access.PhaseEnded || p == access.PhaseEnding {
			end = []access.EndReason{access.EndFailed, access.EndExpired, access.EndRemovedOutside}[i%3]
		}
		g := w.grant(p, end)
		g.Grant.ID = access.GrantID(fmt.Sprintf("01JGRANT%03d", i))
		g.Grant.End = g.Grant.End.Add(time.Duration(i) * time.Minute)
		if end == access.EndRemovedOutside {
			g.Grant.EndedBy = access.System
		}
		v.Items = append(v.Items, g.Item)
		v.Grants, v.Request.Grants = append(v.Grants, g), append(v.Request.Grants, g.Grant.ID)
	}
	return v
}

func (w world) together(out map[string]any) {
	p := &access.Pause{By: w.asker, At: w.now, Reason: w.comment}
	active := w.given(3, access.PhaseActive)
	mixed := w.given(40, access.PhaseActive, access.PhaseStarting, access.PhaseEnding, access.PhaseEnded)
	over := w.given(12, access.PhaseEnded)
	out["grants_active"], out["grants_mixed"], out["grants_over"] = wire(grants(active, nil)), wire(grants(mixed, p)), wire(grants(over, nil))
	out["grants_plan"] = wire(plans(w.given(4, access.PhaseScheduled), p))
	out["grants_planned"] = wire(plans(active, nil))
	out["grant_planned"] = wire(plan(w.grant(access.PhaseActive, ""), nil))
	out["card_given"], out["asker_given"] = wire(card(mixed, nil)), wire(asker([]access.RequestView{mixed}, nil))
	out["told_together_ending"] = wire(toldGrants(access.Notice{Event: access.EventEnding}, mixed, w.now))
	out["told_together_ended"] = wire(toldGrants(access.Notice{Event: access.EventEnded}, over, w.now))
	asked := w.given(3, access.PhaseActive)
	asked.Grants[1].Extension = "01JMORE"
	out["told_together_ending_asked"] = wire(toldGrants(access.Notice{Event: access.EventEnding}, asked, w.now))
	denied, withdrawn := w.rich(access.Denied), w.rich(access.Withdrawn)
	out["receiver_denied"] = wire(receiver([]access.RequestView{denied}, nil))
	out["receiver_withdrawn"] = wire(receiver([]access.RequestView{withdrawn}, nil))
	out["told_together_cut"] = wire(toldGrants(access.Notice{Event: access.EventCut}, mixed, w.now))
	for _, e := range []access.Event{access.EventActive, access.EventEnded, access.EventCut, access.EventRemoved} {
		c, _ := threadLine(access.Notice{Event: e, At: w.now, Number: 40}, mixed, nil)
		out["thread_together_"+string(e)] = wire(c)
	}
}

// A message holds whatever a form may ask for, however long its names: it says less of each
// rather than too much, and every request that waits can be decided on it.
func TestCardsHoldWhatAFormMayAskFor(t *testing.T) {
	t.Parallel()
	for _, w := range []world{honest(), hostile()} {
		for _, n := range []int{1, 2, 5, 9, 10, 11, 12, 13, 20, 60, access.MaxEntitlements} {
			vs := w.form(n, max(1, access.MaxEntitlements/n))
			pending := 0
			for i := range vs { // nothing decided yet: the longest there is
				vs[i].Request.State, vs[i].Approvers, vs[i].Deciders = access.Pending, w.others, w.others
				vs[i].Request.Reviews = w.request(access.Approved).Request.Reviews
				vs[i].Lost = nil
				pending++
			}
			for name, c := range map[string]content{
				"card": cardOf(vs, &access.Pause{By: w.asker, At: w.now, Reason: w.comment}, ""), "copy": (&Bot{service: newFake()}).copied(vs, "U0SAM", "U0SAM", "C0PROD"),
				"asker": asker(vs, nil), "receiver": receiver(vs, nil), "told": toldRequests(vs),
			} {
				for _, p := range limitsOf(t, wire(c)) {
					t.Errorf("%s of %d requests, %s: %s", name, n, w.name, p)
				}
			}
			buttons := 0
			for _, b := range wire(cardOf(vs, nil, "")).Blocks {
				if strings.Contains(fmt.Sprint(b.ID()), actApprove+"=") {
					buttons++
				}
			}
			if want := min(pending, maxShown); buttons < want {
				t.Errorf("%d of %d requests, %s: %d can be approved", pending, n, w.name, buttons)
			}
		}
	}
}

// Whatever a form may give, the messages about it hold, and each row that is shown has its way
// to more time and to its end.
func TestMessagesHoldWhatAFormMayGive(t *testing.T) {
	t.Parallel()
	for _, w := range []world{honest(), hostile()} {
		for _, n := range []int{2, 9, 10, 11, 40, access.MaxEntitlements} {
			v := w.given(n, access.PhaseActive)
			for name, c := range map[string]content{
				"message": grants(v, &access.Pause{By: w.asker, At: w.now, Reason: w.comment}), "ends soon": toldGrants(access.Notice{Event: access.EventEnding}, v, w.now),
			} {
				for _, p := range limitsOf(t, wire(c)) {
					t.Errorf("%s of %d, %s: %s", name, n, w.name, p)
				}
				rows := 0
				for _, b := range c.blocks {
					if strings.Contains(b.ID(), actExtend+"=") && strings.Contains(b.ID(), actEnd+"=") {
						rows++
					}
				}
				if want := min(n, maxListed); rows < want/2 || w.name == "honest" && rows != want {
					t.Errorf("%s of %d, %s: %d rows can be extended and ended", name, n, w.name, rows)
				}
				if told := strings.Contains(fmt.Sprint(textOf(t, c)), "`/aws-access extend name`"); told != (rows < n) {
					t.Errorf("%s of %d, %s: says where the rest is: %v", name, n, w.name, told)
				}
			}
		}
	}
}

// textOf is all that a message shows.
func textOf(t *testing.T, c content) string {
	t.Helper()
	raw, err := json.Marshal(c.blocks)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Only a link to a message of Slack becomes one.
func TestMessageLinks(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://acme.slack.com/archives/C0PROD/p1700000000000100":                      "<https://acme.slack.com/archives/C0PROD/p1700000000000100|the message>",
		"https://acme.slack.com/archives/C0PROD/p17?thread_ts=1.2&cid=C0PROD":           "<https://acme.slack.com/archives/C0PROD/p17?thread_ts=1.2&amp;cid=C0PROD|the message>",
		"https://acme.enterprise.slack.com/archives/C0PROD/p17":                         "<https://acme.enterprise.slack.com/archives/C0PROD/p17|the message>",
		"http://acme.slack.com/archives/C0PROD/p17":                                     "",
		"https://acme.slack.com.evil.example/archives/C0PROD/p17":                       "",
		"https://evil.example/https://acme.slack.com/archives/C0PROD/p17":               "",
		"https://user@acme.slack.com/archives/C0PROD/p17":                               "",
		"https://acme.slack.com/archives/C0PROD/p17|click> <!channel>":                  "",
		"https://acme.slack.com/archives/C0PROD/p17\n":                                  "",
		"https://slack.com/archives/C0PROD/p17":                                         "",
		"https://acme.slack.com/archives/C0PROD/p17?x=" + strings.Repeat("a", 500):      "",
		"javascript:alert(1)//https://acme.slack.com/archives/C0PROD/p1":                "",
		"https://acme.slack.com/oauth/authorize?redirect=https://evil.example/p1&x=y.z": "",
	} {
		if got := messageLink(url); got != want {
			t.Errorf("%q became %q", url, got)
		}
	}
}
