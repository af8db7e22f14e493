package bot

import (
	"fmt"
	"slices"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/policy"
)

// deciding are the surfaces of those who decide, besides the card.
func (w world) deciding(out map[string]any) {
	by := func(n int) access.Actor {
		h := w.others[n%len(w.others)]
		return access.Actor{Person: h.Person, Slack: h.Slack, Name: h.Name}
	}
	pending := w.request(access.Pending)
	pending.Approvers = slices.Clone(pending.Approvers)
	pending.Approvers[1].For = w.others[0].Name
	pending.Approvers[1].Slack = "U0SUE"
	claimed := pending
	claimed.Request.Claim = &access.Claim{By: by(0), From: by(1), At: w.now}
	claimed.Request.Replies = []access.Reply{{By: by(0), Text: w.reason, At: w.now}, {By: w.asker, Text: w.comment, At: w.now}}
	out["less"] = lessView(pending, w.now)
	scheduled := pending
	scheduled.Request.StartAt = w.now.Add(24 * time.Hour)
	out["less_scheduled"] = lessView(scheduled, w.now)
	out["handover"] = handOverView(pending, "U0SAM")
	nobody := pending
	nobody.Approvers = nil
	out["handover_nobody"] = handOverView(nobody, "U0SAM")
	out["reply"] = replyView(claimed)
	out["card_claimed"] = wire(card(claimed, nil))

	escalating := pending
	escalating.Request.Terms.Escalation = &policy.Escalation{After: 30 * time.Minute, To: []string{w.set, "leads"}, Channel: "C0LEADS"}
	escalating.Request.EscalateAt = w.now.Add(30 * time.Minute)
	out["card_escalating"] = wire(card(escalating, nil))
	escalated := escalating
	escalated.Request.EscalateAt, escalated.Request.EscalatedAt = time.Time{}, w.now.Add(30*time.Minute)
	out["card_escalated"] = wire(card(escalated, nil))

	for _, e := range []access.Event{access.EventClaimed, access.EventUnclaimed, access.EventHanded, access.EventReplied, access.EventEscalated} {
		v := claimed
		if e == access.EventEscalated {
			v = escalated
		}
		c, _ := threadLine(access.Notice{Event: e, At: w.now, By: by(1), Text: w.comment}, v, nil)
		out["thread_"+string(e)] = wire(c)
	}
	out["told_handed"] = wire(handedStory(access.Notice{By: by(1), To: "U0SAM"}, claimed))
	out["told_replied"] = wire(replyTold(access.Notice{By: by(0), To: "U0ADA", Text: w.comment}, pending))
	out["told_replied_own"] = wire(replyTold(access.Notice{By: access.Actor{Slack: "U0ADA"}, To: "U0ADA", Text: w.comment}, pending))

	commented := w.request(access.Approved)
	commented.Request.Reviews = []access.Review{{By: by(0), For: by(1), Verdict: access.Approve, At: w.now, Comment: w.comment, Duration: 30 * time.Minute}}
	out["asker_commented"] = wire(asker([]access.RequestView{commented}, nil))
	c, _ := threadLine(access.Notice{Event: access.EventDecided, At: w.now, By: by(0)}, commented, nil)
	out["thread_commented"] = wire(c)

	w.detailed(out, claimed, by)
	w.delegations(out, by)
	w.several(out)
}

// detailed are details of a request with everything that one can have, over several pages.
func (w world) detailed(out map[string]any, v access.RequestView, by func(int) access.Actor) {
	v.Request.Reviews = []access.Review{
		{By: by(0), For: by(1), Verdict: access.Approve, At: w.now, Duration: 30 * time.Minute, StartAt: w.now.Add(time.Hour), Comment: w.comment},
	}
	v.Request.Ticket, v.Request.TicketNote = "INC-4711", w.note
	v.Request.Dropped = []access.Dropped{{Entitlement: w.item.Entitlement, Why: w.note}}
	read := w.item
	read.Role.DetailsAsOf = w.now
	for n := range 14 {
		read.Role.Policies = append(read.Role.Policies, fmt.Sprint(w.item.Role.Name, n))
	}
	read.Role.Inline = &catalog.InlinePolicy{Text: w.reason, Size: len(w.reason) + 9000, Services: []string{"kms", w.item.Role.Name}, AnyAction: true, AnyResource: true}
	read.Role.Refused = []string{"sso:ListTagsForResource", "sso:ListManagedPoliciesInPermissionSet"}
	own := read
	own.Role.ARN, own.Role.Refused = own.Role.ARN+"2", nil
	own.Role.Inline = &catalog.InlinePolicy{Text: `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::x"}}`, Size: 83, Services: []string{"s3"}}
	none := own
	none.Role.ARN, none.Role.Inline = none.Role.ARN+"3", &catalog.InlinePolicy{}
	v.Items = append(slices.Repeat([]access.ItemView{read}, 28), own, none, w.item)
	d := access.RequestDetails{RequestView: v, DelegateFor: w.others[0].Name, At: w.now, Past: access.Past{
		Requests: 12, Approved: 9, Denied: 2, Live: 1, More: true, Newest: slices.Repeat([]access.RequestView{w.request(access.Approved)}, 5),
	}}
	out["details_full"], out["details_page"] = detailsView(d, 0), detailsView(d, 1)
	out["details_last"] = detailsView(d, 9)
}

func (w world) delegations(out map[string]any, by func(int) access.Actor) {
	d := access.Delegation{ID: "01JDEL", By: by(0), To: by(1), At: w.now, Until: w.now.Add(72 * time.Hour), Note: w.note}
	many := func(n int) (out []access.Delegation) {
		for i := range n {
			one := d
			one.ID += fmt.Sprint(i)
			out = append(out, one)
		}
		return out
	}
	me := access.Human{Person: d.By.Person, Slack: d.By.Slack, Name: d.By.Name}
	out["delegate"] = delegateView(access.DelegationsView{Human: me, Decides: true, Admin: true, Mine: []access.Delegation{d}, Others: many(30)}, w.now)
	out["delegate_nobody"] = delegateView(access.DelegationsView{Human: me}, w.now)
	out["told_delegated"] = wire(delegationTold(access.Notice{Event: access.EventDelegated, To: d.By.Slack, By: d.By, Delegation: &d}))
	out["told_delegated_to"] = wire(delegationTold(access.Notice{Event: access.EventDelegated, To: "U0SUE", By: d.By, Delegation: &access.Delegation{ID: d.ID, By: d.By, To: access.Actor{Slack: "U0SUE"}, Until: d.Until, Note: d.Note}}))
	out["told_delegation_over"] = wire(delegationTold(access.Notice{Event: access.EventDelegationOver, To: d.To.Slack, By: d.By, Delegation: &d}))
	out["home_delegations"] = homeView(access.HomeView{Human: me, Delegations: many(5)}, nil)
}

// several are the forms that decide more than one request.
func (w world) several(out map[string]any) {
	var waiting []access.RequestView
	for n := range 55 {
		v := w.request(access.Pending)
		v.Request.ID = access.RequestID(fmt.Sprint("01JREQ", n))
		waiting = append(waiting, v)
	}
	out["waiting"] = waitingView(waiting[:3], false, access.Approve, pressMeta{Home: true})
	out["waiting_many"] = waitingView(waiting, true, access.Deny, pressMeta{Request: "01JREQ0", Channel: "C0PROD", TS: "1.2"})
	out["waiting_none"] = waitingView(nil, false, access.Approve, pressMeta{})
}
