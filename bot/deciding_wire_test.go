package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
)

// more presses an entry of a card's menu.
func (r *rig) more(u slacksim.User, m slacksim.Message, what string, id access.RequestID) {
	r.t.Helper()
	_, err := r.as(u).Press(r.ctx, pressed(r.t, slacksim.OnMessage(m.Channel, m.TS), m.Blocks, actMore), what+":"+string(id))
	r.must(err)
}

// sends submits the open form, and fails unless Slack takes it.
func (r *rig) sends(p *slacksim.Person) {
	r.t.Helper()
	res, err := p.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("the form was not taken: %+v", res)
	}
}

// refused submits the open form and returns what stands under a field.
func (r *rig) refused(p *slacksim.Person, block string) string {
	r.t.Helper()
	res, err := p.Submit(r.ctx)
	r.must(err)
	return res.Errors[block]
}

func TestApproveForLess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	m := r.card(id)
	sam := r.as(r.sre)
	r.more(r.sre, m, moreLess, id)
	r.modal(sam, viewLess)
	later := r.fake.now.Add(3 * time.Hour)
	r.fill(sam, blockLessTime, actLessTime, "1800")
	r.fill(sam, blockLessStart, actLessStart, strconv.FormatInt(later.Unix(), 10))
	r.fill(sam, blockLessWhy, actLessWhy, "half an hour <will> do")
	r.sends(sam)
	r.modalSays(sam, "is told")
	want := access.ReviewInput{
		Request: id, User: identity.SlackUserID(r.sre.ID), Verdict: access.Approve, Comment: "half an hour <will> do", Duration: 30 * time.Minute, StartAt: later,
	}
	if got := get(r.fake, &r.fake.reviews); len(got) != 1 || got[0] != want {
		t.Errorf("review: %+v", got)
	}
}

// What is left as it was narrows nothing, and what the service refuses stands under its field.
func TestApproveForLessRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	m := r.card(id)
	sam := r.as(r.sre)
	set(r.fake, &r.fake.reviewHook, func(context.Context, access.ReviewInput) error {
		return fault.New(fault.Invalid, "x", "A start can only be moved later.", "").In("start")
	})
	r.more(r.sre, m, moreLess, id)
	r.modal(sam, viewLess)
	r.fill(sam, blockLessTime, actLessTime, "3600")
	if got := r.refused(sam, blockLessStart); !strings.Contains(got, "moved later") {
		t.Errorf("under the start stands %q", got)
	}
	set(r.fake, &r.fake.reviewHook, nil)
	r.sends(sam)
	r.until("the review", func() bool { return len(get(r.fake, &r.fake.reviews)) == 1 })
	if got := get(r.fake, &r.fake.reviews)[0]; got.Duration != 0 || !got.StartAt.IsZero() {
		t.Errorf("it narrows: %+v", got)
	}
}

func TestClaimFromTheCard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	m := r.card(id)
	claimer := func() identity.SlackUserID {
		v, err := r.fake.RequestView(r.ctx, id)
		r.must(err)
		if v.Request.Claim == nil {
			return ""
		}
		return v.Request.Claim.By.Slack
	}
	r.more(r.sre, m, moreClaim, id)
	r.until("the claim", func() bool { return claimer() == identity.SlackUserID(r.sre.ID) })
	m = r.card(id)
	if !strings.Contains(text(m.Blocks), "<@"+r.sre.ID+"> looks at it") {
		t.Errorf("the card says %s", text(m.Blocks))
	}
	r.more(r.asker, m, moreUnclaim, id) // somebody else takes over, as far as the service lets them
	r.until("the other claim", func() bool { return claimer() == identity.SlackUserID(r.asker.ID) })
	r.more(r.asker, r.card(id), moreUnclaim, id)
	r.until("no claim", func() bool { return claimer() == "" })
	set(r.fake, &r.fake.decideHook, func(string) error {
		return fault.New(fault.Forbidden, "x", "You are not among those whose decision it waits for.", "These people can: Sam Sre.")
	})
	r.more(r.outsider, r.card(id), moreClaim, id)
	r.until("why not", func() bool {
		return slices.ContainsFunc(r.messages(r.outsider, r.channel), func(m slacksim.Message) bool {
			return m.Ephemeral && strings.Contains(m.Text, "You are not among those whose decision it waits for")
		})
	})
}

func TestHandOverBringsTheCard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	m := r.card(id)
	sam := r.as(r.sre)
	r.more(r.sre, m, moreHandOver, id)
	r.modal(sam, viewHandOver)
	if _, err := sam.Fill(r.ctx, el(blockHandOver, actHandOver), r.sre.ID); err == nil {
		t.Error("who hands over can choose themself")
	}
	if got := r.refused(sam, blockHandOver); got == "" {
		t.Error("nobody chosen was taken")
	}
	r.fill(sam, blockHandOver, actHandOver, r.security.ID)
	r.sends(sam)
	r.modalSays(sam, "Handed over")
	n := access.Notice{ID: "h1", Kind: access.NoticeTell, Key: cardKey(id), Request: id, To: identity.SlackUserID(r.security.ID), Event: access.EventHanded, By: r.fake.actorOf(identity.SlackUserID(r.sre.ID))}
	before := len(r.dm(r.security))
	r.deliver(n)
	got := r.dm(r.security)[before:]
	all := ""
	for _, m := range r.dm(r.security) {
		all += text(m.Blocks)
	}
	if len(got) == 0 || !strings.Contains(all, "<@"+r.sre.ID+"> handed this over to you") || !hasAction(r.dm(r.security)[0].Blocks, actApprove) {
		t.Errorf("sue reads %s", all)
	}
	r.fake.with(id, func(v *access.RequestView) { v.Request.State = access.Cancelled })
	before = len(r.dm(r.security))
	r.deliver(n)
	if len(r.dm(r.security)) != before {
		t.Error("a request that is over was handed over")
	}
}

func TestReplyGoesBothWays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	m := r.card(id)
	sam, ada := r.as(r.sre), r.as(r.asker)
	r.more(r.sre, m, moreReply, id)
	r.modal(sam, viewReply)
	if got := r.refused(sam, blockReply); got == "" {
		t.Error("an empty reply was taken")
	}
	const evil = "<!channel> & <@U1> which *disk*?"
	r.fill(sam, blockReply, actReplyText, evil)
	r.sends(sam)
	r.modalSays(sam, "Sent.")
	by := r.fake.actorOf(identity.SlackUserID(r.sre.ID))
	r.deliver(access.Notice{ID: "t1", Kind: access.NoticeThread, Key: cardKey(id), Request: id, Event: access.EventReplied, By: by, Text: evil})
	r.deliver(access.Notice{ID: "t2", Kind: access.NoticeTell, Key: askerKey(id), Request: id, To: identity.SlackUserID(r.asker.ID), Event: access.EventReplied, By: by, Text: evil})
	card := r.messages(r.sre, r.channel)[0]
	if len(card.Replies) != 1 || !strings.Contains(text(card.Replies[0].Blocks), evil) {
		t.Errorf("the thread says %+v", card.Replies)
	}
	if copies := r.dm(r.security); len(copies) != 1 || len(copies[0].Replies) != 1 {
		t.Error("who decides outside the channel did not read it under their copy")
	}
	direct := r.dm(r.asker)
	last := direct[len(direct)-1]
	if !strings.Contains(text(last.Blocks), evil) {
		t.Errorf("ada reads %s", text(last.Blocks))
	}
	_, err := ada.Press(r.ctx, pressed(t, slacksim.OnMessage(last.Channel, last.TS), last.Blocks, actReply), "")
	r.must(err)
	r.modal(ada, viewReply)
	r.fill(ada, blockReply, actReplyText, "the one of billing")
	r.sends(ada)
	r.modalSays(ada, "Sent.")
	if got := get(r.fake, &r.fake.replies); !slices.Equal(got, []string{evil, "the one of billing"}) {
		t.Errorf("replies: %q", got)
	}
	if strings.Contains(r.logs.String(), "disk") {
		t.Error("a reply was logged")
	}
}

func TestDetailsArePaged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	r.fake.with(id, func(v *access.RequestView) {
		v.Items = slices.Repeat(v.Items[:1], 40)
		for i := range v.Items {
			v.Items[i].Account.Name = fmt.Sprint("account ", i)
		}
	})
	m := r.card(id)
	sam := r.as(r.sre)
	r.more(r.sre, m, moreDetails, id)
	first := r.modal(sam, viewDetails)
	if !strings.Contains(text(first.Blocks), "has not asked for anything there before") {
		t.Errorf("nothing of what was before: %s", text(first.Blocks))
	}
	seen := text(first.Blocks)
	for page := 2; strings.Contains(seen, "Page") && !strings.Contains(seen, "account 39"); page++ {
		view := r.modal(sam, viewDetails)
		_, err := sam.Press(r.ctx, pressed(t, slacksim.OnModal(), view.Blocks, actDetailsPage+":"+strconv.Itoa(page-1)), "")
		r.must(err)
		seen += text(r.modalSays(sam, fmt.Sprintf("Page %d of", page)).Blocks)
	}
	for i := range 40 {
		if !strings.Contains(seen, fmt.Sprintf("account %d*", i)) {
			t.Errorf("account %d is on no page", i)
		}
	}
}

func TestDelegateFromTheCommand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sam := r.as(r.sre)
	me := r.fake.actorOf(identity.SlackUserID(r.sre.ID))
	set(r.fake, &r.fake.delegations, access.DelegationsView{Human: access.Human{Person: me.Person, Slack: me.Slack, Name: me.Name}, Decides: true})
	_, err := sam.Command(r.ctx, r.channel.ID, commandAccess, areaDelegate)
	r.must(err)
	r.modal(sam, viewDelegate)
	if got := r.refused(sam, blockDelegateTo); got == "" {
		t.Error("nobody chosen was taken")
	}
	r.fill(sam, blockDelegateTo, actDelegateTo, r.outsider.ID)
	until := r.fake.now.Add(72 * time.Hour)
	r.fill(sam, blockDelegateUntil, actDelegateUntil, strconv.FormatInt(until.Unix(), 10))
	r.fill(sam, blockDelegateNote, actDelegateNote, "on leave")
	set(r.fake, &r.fake.decideHook, func(string) error {
		return fault.New(fault.Forbidden, "x", "Otto is in none of the policy's sets of people.", "").In("to")
	})
	if got := r.refused(sam, blockDelegateTo); !strings.Contains(got, "none of the policy's sets") {
		t.Errorf("under the person stands %q", got)
	}
	set(r.fake, &r.fake.decideHook, nil)
	r.sends(sam)
	r.modalSays(sam, "decides for you until")
	want := access.DelegationInput{To: identity.SlackUserID(r.outsider.ID), Until: until, Note: "on leave"}
	if got := get(r.fake, &r.fake.delegated); len(got) != 1 || got[0] != want {
		t.Errorf("asked for %+v", got)
	}
}

func TestDelegationEndsFromItsMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	by, to := r.fake.actorOf(identity.SlackUserID(r.sre.ID)), r.fake.actorOf(identity.SlackUserID(r.security.ID))
	d := access.Delegation{ID: "01JDEL", By: by, To: to, Until: r.fake.now.Add(time.Hour), Note: "<!here>"}
	r.deliver(access.Notice{ID: "d1", Kind: access.NoticeTell, Key: "delegation/01JDEL", To: to.Slack, Event: access.EventDelegated, By: by, Delegation: &d})
	m := r.dm(r.security)[0]
	if !strings.Contains(text(m.Blocks), "You decide requests for <@"+r.sre.ID+">") {
		t.Errorf("sue reads %s", text(m.Blocks))
	}
	r.press(r.security, m, actDelegateEnd)
	r.until("the end", func() bool { return slices.Contains(get(r.fake, &r.fake.ended), "01JDEL") })
}

func TestDecideSeveralFromHome(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sam := r.as(r.sre)
	one, two, three := r.request("INC-1"), r.request("INC-2"), r.request("INC-3")
	_, err := sam.OpenHome(r.ctx)
	r.must(err)
	r.until("Home", func() bool { return hasAction(sam.Home().Blocks, actWaitingOpen) })
	_, err = sam.Press(r.ctx, pressed(t, slacksim.OnHome(), sam.Home().Blocks, actWaitingOpen), "")
	r.must(err)
	r.modal(sam, viewWaiting)
	if got := r.refused(sam, waitingBlock(0)); got == "" {
		t.Error("nothing ticked was taken")
	}
	r.fill(sam, waitingBlock(0), actWaitingPick, string(one), string(three))
	r.fill(sam, blockWaitingWhat, actWaitingWhat, string(access.Deny))
	if got := r.refused(sam, blockWaitingWhy); got == "" {
		t.Error("a denial without a reason was taken")
	}
	r.fill(sam, blockWaitingWhy, actWaitingWhy, "not today")
	r.sends(sam)
	r.modalSays(sam, "denied")
	for id, want := range map[access.RequestID]access.RequestState{one: access.Denied, two: access.Pending, three: access.Denied} {
		if v, _ := r.fake.RequestView(r.ctx, id); v.Request.State != want {
			t.Errorf("%s is %s, want %s", id, v.Request.State, want)
		}
	}
}

// tiedCard delivers the card of two requests of one form.
func (r *rig) tiedCard() (one, two access.RequestID, m slacksim.Message) {
	r.t.Helper()
	one, two = r.request("INC-1"), r.request("INC-1 again")
	for _, id := range []access.RequestID{one, two} {
		r.fake.with(id, func(v *access.RequestView) { v.Request.Tied, v.Request.Card = []access.RequestID{one, two}, one })
	}
	r.fake.with(one, func(v *access.RequestView) { v.Request.Card = "" })
	return one, two, r.card(one)
}

func TestApproveAllOfACard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two, m := r.tiedCard()
	set(r.fake, &r.fake.reviewHook, func(_ context.Context, in access.ReviewInput) error {
		if in.Request == one {
			return fault.New(fault.Conflict, "x", "The requester cancelled this request.", "")
		}
		return nil
	})
	r.press(r.sre, m, actApproveAll)
	r.until("both results", func() bool {
		v, _ := r.fake.RequestView(r.ctx, two)
		return v.Request.State == access.Approved && slices.ContainsFunc(r.messages(r.sre, r.channel), func(m slacksim.Message) bool {
			return m.Ephemeral && strings.Contains(m.Text, "cancelled this request") && strings.Contains(m.Text, "approved")
		})
	})
}

func TestDenyAllOfACard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two, m := r.tiedCard()
	sam := r.as(r.sre)
	r.press(r.sre, m, actDenyAll)
	r.modal(sam, viewWaiting)
	if got := r.refused(sam, blockWaitingWhy); got == "" {
		t.Error("a denial without a reason was taken")
	}
	r.fill(sam, blockWaitingWhy, actWaitingWhy, "not like this")
	r.sends(sam)
	r.modalSays(sam, "denied")
	for _, id := range []access.RequestID{one, two} {
		if v, _ := r.fake.RequestView(r.ctx, id); v.Request.State != access.Denied {
			t.Errorf("%s is %s", id, v.Request.State)
		}
	}
}

// An escalated card is shown in the other channel too, once, and edited there like the others.
func TestEscalatedCardIsShownElsewhereToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	escalation := &policy.Escalation{After: 30 * time.Minute, To: []string{"leads"}, Channel: r.other.ID}
	r.fake.with(id, func(v *access.RequestView) {
		v.Request.Terms.Escalation, v.Request.EscalateAt = escalation, r.fake.now.Add(30*time.Minute)
	})
	if m := r.card(id); !strings.Contains(text(m.Blocks), "it goes to leads too, in <#"+r.other.ID+">") {
		t.Errorf("the card says %s", text(m.Blocks))
	}
	if n := len(r.messages(r.sre, r.other)); n != 0 {
		t.Fatalf("%d messages in the other channel before", n)
	}
	r.fake.with(id, func(v *access.RequestView) { v.Request.EscalateAt, v.Request.EscalatedAt = time.Time{}, r.fake.now })
	for range 2 {
		r.card(id)
	}
	r.deliver(access.Notice{ID: "e1", Kind: access.NoticeThread, Key: cardKey(id), Request: id, Event: access.EventEscalated})
	copies := r.messages(r.sre, r.other)
	if len(copies) != 1 || !hasAction(copies[0].Blocks, actApprove) || !strings.Contains(text(copies[0].Blocks), "nobody decided it in <#"+r.channel.ID+">") {
		t.Fatalf("the other channel shows %d: %+v", len(copies), copies)
	}
	if len(copies[0].Replies) != 1 || !strings.Contains(text(copies[0].Replies[0].Blocks), "leads may decide it too") {
		t.Errorf("under the copy stands %+v", copies[0].Replies)
	}
	r.press(r.sre, copies[0], actApprove)
	r.until("the decision", func() bool { v, _ := r.fake.RequestView(r.ctx, id); return v.Request.State == access.Approved })
	r.deliver(cardNotice(id))
	if m := r.messages(r.sre, r.other)[0]; !strings.Contains(text(m.Blocks), "*Approved* by <@"+r.sre.ID+">") || hasAction(m.Blocks, actApprove) {
		t.Errorf("the copy was not edited: %s", text(m.Blocks))
	}
}

// Who said that they are on it is reminded alone, for an hour; and only while they can decide.
func TestReminderGoesToWhoClaimed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	sam, sue := access.Human{Person: "p-sam", Slack: "USAM"}, access.Human{Person: "p-sue", Slack: "USUE"}
	v := access.RequestView{
		Request:   access.Request{ID: "1", State: access.Pending, CheckedAt: now, Claim: &access.Claim{By: access.Actor{Person: "p-sue", Slack: "USUE"}, At: now}},
		Approvers: []access.Human{sam, sue},
	}
	for at, want := range map[time.Duration][]access.Human{30 * time.Minute: {sue}, 61 * time.Minute: {sam, sue}} {
		if got := reminded(now.Add(at), []access.RequestView{v}); !slices.Equal(got, want) {
			t.Errorf("after %s: %v", at, got)
		}
	}
	v.Approvers = []access.Human{sam}
	if got := reminded(now, []access.RequestView{v}); !slices.Equal(got, []access.Human{sam}) {
		t.Errorf("who claimed and cannot decide: %v", got)
	}
}
