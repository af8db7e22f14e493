package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// request stores a pending request of the asker, as the service would after its check.
func (r *rig) request(reason string) access.RequestID {
	r.t.Helper()
	q, err := r.fake.Submit(r.ctx, access.Submission{
		FormKey: reason, User: identity.SlackUserID(r.asker.ID), Entitlements: []access.Entitlement{{Account: prod, Role: admin}}, Duration: time.Hour, Reason: reason,
	})
	r.must(err)
	return q.ID
}

func cardNotice(id access.RequestID) access.Notice {
	return access.Notice{ID: "n-" + access.NoticeID(id), Kind: access.NoticeCard, Key: cardKey(id), Request: id}
}

// card delivers a request's card and returns it as the approver sees it.
func (r *rig) card(id access.RequestID) slacksim.Message {
	r.t.Helper()
	r.deliver(cardNotice(id))
	ms := r.messages(r.sre, r.channel)
	if len(ms) == 0 {
		r.t.Fatal("no card was posted")
	}
	return ms[len(ms)-1]
}

func (r *rig) press(u slacksim.User, m slacksim.Message, action string) slacksim.Result {
	r.t.Helper()
	e := pressed(r.t, slacksim.OnMessage(m.Channel, m.TS), m.Blocks, action)
	e.Confirmed = true
	res, err := r.as(u).Press(r.ctx, e, "")
	r.must(err)
	return res
}

// A card is posted, approved, edited in place and loses its buttons; the thread tells it.
func TestCardApproved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1 <!channel> & a *bold* `claim`")
	m := r.card(id)
	for _, action := range []string{actApprove, actDeny, actMore} {
		if !hasAction(m.Blocks, action) {
			t.Errorf("the card has no %s", action)
		}
	}
	if strings.Contains(m.Text, "INC-1") || !strings.Contains(m.Text, "AdministratorAccess") {
		t.Errorf("the notification says %q", m.Text)
	}
	if res := r.press(r.sre, m, actApprove); !res.OK {
		t.Fatalf("approve: %+v", res)
	}
	r.until("the edited card", func() bool {
		m = r.messages(r.sre, r.channel)[0]
		return m.Edited && strings.Contains(text(m.Blocks), "*Approved* by <@"+r.sre.ID+">")
	})
	if hasAction(m.Blocks, actApprove) || hasAction(m.Blocks, actDeny) {
		t.Error("an approved card still has its buttons")
	}
	r.deliver(access.Notice{ID: "s1", Kind: access.NoticeThread, Key: cardKey(id), Request: id, Event: access.EventDecided})
	m = r.messages(r.sre, r.channel)[0]
	if len(m.Replies) != 1 || !strings.Contains(text(m.Replies[0].Blocks), "*Approved*") {
		t.Errorf("the thread says %+v", m.Replies)
	}
	if len(r.messages(r.sre, r.channel)) != 1 {
		t.Error("there is more than one card")
	}
	if strings.Contains(r.logs.String(), "bold") {
		t.Error("a reason was logged")
	}
}

// Who asked, and who is no approver, hear why not and who can.
func TestWrongClicker(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.card(r.request("INC-2"))
	for _, u := range []slacksim.User{r.asker, r.outsider} {
		if res := r.press(u, m, actApprove); !res.OK {
			t.Fatalf("press: %+v", res)
		}
		var got slacksim.Message
		r.until("the ephemeral", func() bool {
			for _, e := range r.messages(u, r.channel) {
				if e.Ephemeral {
					got = e
					return true
				}
			}
			return false
		})
		if !strings.Contains(got.Text, "You cannot decide this request. These people can: <@"+r.sre.ID+">, <@"+r.security.ID+">.") {
			t.Errorf("%s hears %q", u.Name, got.Text)
		}
		for _, e := range r.messages(r.sre, r.channel) {
			if e.Ephemeral {
				t.Error("somebody else sees it")
			}
		}
	}
	if v, _ := r.fake.RequestView(r.ctx, "01REQ001"); v.Request.State != access.Pending {
		t.Errorf("the request is %s", v.Request.State)
	}
}

// Deny asks why; the reason is required, and the card shows it.
func TestCardDenied(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-3")
	m := r.card(id)
	sam := r.as(r.sre)
	r.press(r.sre, m, actDeny)
	form := r.modal(sam, viewDeny)
	if !strings.Contains(text(form.Blocks), "INC-3") {
		t.Error("the form does not show what is denied")
	}
	_, err := sam.Fill(r.ctx, el(blockWhy, actWhy), "   ")
	r.must(err)
	res, err := sam.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockWhy] == "" {
		t.Errorf("an empty reason was taken: %+v", res)
	}
	_, err = sam.Fill(r.ctx, el(blockWhy, actWhy), "Use ReadOnly <here> & ask @sue")
	r.must(err)
	res, err = sam.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	r.modalSays(sam, "The requester was told why")
	r.until("the edited card", func() bool {
		m = r.messages(r.sre, r.channel)[0]
		return strings.Contains(text(m.Blocks), "*Denied* by <@"+r.sre.ID+">") && strings.Contains(text(m.Blocks), "Use ReadOnly <here> & ask @sue")
	})
	if got := get(r.fake, &r.fake.reviews)[0]; got.Verdict != access.Deny || got.Comment != "Use ReadOnly <here> & ask @sue" {
		t.Errorf("review: %+v", got)
	}
}

// Deny by who asked is refused before anything is typed.
func TestDenyOfOwnRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.card(r.request("INC-4"))
	r.press(r.asker, m, actDeny)
	r.until("the ephemeral", func() bool {
		ms := r.messages(r.asker, r.channel)
		return len(ms) == 2 && ms[1].Ephemeral && strings.Contains(ms[1].Text, "You cannot decide a request of your own")
	})
	if _, open := r.as(r.asker).Modal(); open {
		t.Error("a form was opened")
	}
}

// A press on a card that is out of date says so and brings it up to date.
func TestStaleCardRepairsItself(t *testing.T) {
	t.Parallel()
	for _, action := range []string{actApprove, actDeny} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.request("INC-5")
			m := r.card(id)
			r.fake.with(id, func(v *access.RequestView) {
				v.Request.State, v.Request.DecidedAt = access.Cancelled, r.fake.now
			})
			r.press(r.sre, m, action)
			r.until("the repaired card and the answer", func() bool {
				ms := r.messages(r.sre, r.channel)
				return len(ms) == 2 && strings.Contains(text(ms[0].Blocks), "*Cancelled* by <@"+r.asker.ID+">")
			})
			e := r.messages(r.sre, r.channel)[1]
			if !e.Ephemeral || !strings.Contains(e.Text, "already") && !strings.Contains(e.Text, "over") {
				t.Errorf("the person hears %+v", e.Text)
			}
		})
	}
}

// A timestamp that was lost is learnt from the first press, and no second card is posted.
func TestLostTimestampIsLearnt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-6")
	m := r.card(id)
	r.fake.mu.Lock()
	clear(r.fake.messages)
	r.fake.mu.Unlock()
	r.press(r.outsider, m, actApprove)
	r.until("the learnt reference", func() bool {
		got, ok, _ := r.fake.Message(r.ctx, cardKey(id))
		return ok && got.TS == m.TS && string(got.Channel) == m.Channel
	})
	r.fake.with(id, func(v *access.RequestView) { v.Request.State, v.Request.DecidedAt = access.Lapsed, r.fake.now })
	r.deliver(cardNotice(id))
	ms := r.messages(r.sre, r.channel)
	if len(ms) != 1 || !strings.Contains(text(ms[0].Blocks), "*Lapsed:*") {
		t.Errorf("%d messages: %s", len(ms), text(ms[0].Blocks))
	}
}

// Slack posted the card but its answer was lost: the outbox posts a second one. A press on
// the first makes it known, and from then on both are edited.
func TestLostAnswerMakesNoOrphan(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-61")
	r.FailMethod("chat.postMessage", slacksim.MethodFault{Status: 502, AfterEffect: true, Times: 1})
	if err := r.bot.Deliver(r.ctx, cardNotice(id)); err == nil {
		t.Fatal("a lost answer counts as delivered")
	}
	r.deliver(cardNotice(id))
	ms := r.messages(r.sre, r.channel)
	if len(ms) != 2 {
		t.Fatalf("%d cards", len(ms))
	}
	r.press(r.outsider, ms[0], actApprove)
	r.until("the learnt orphan", func() bool {
		known, _ := r.fake.Messages(r.ctx, cardKey(id))
		return slices.ContainsFunc(known, func(m access.Message) bool { return m.TS == ms[0].TS })
	})
	r.fake.with(id, func(v *access.RequestView) { v.Request.State, v.Request.DecidedAt = access.Lapsed, r.fake.now })
	r.deliver(cardNotice(id))
	for _, m := range r.messages(r.sre, r.channel) {
		if hasAction(m.Blocks, actApprove) {
			t.Error("a card still has its buttons")
		}
	}
}

// The same content is not sent twice.
func TestSameContentIsNotSentAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-7")
	r.card(id)
	r.card(id)
	r.card(id)
	for _, e := range r.Log(0) {
		if e.Kind == slacksim.EntryAPI && e.Name == "chat.update" {
			t.Fatalf("an edit was sent: %+v", e)
		}
	}
}

// A card that somebody deleted is posted again; a channel that is gone gives way to the
// configured one, and the admins hear of it.
func TestCardElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-8")
	r.must(r.UpdateChannel(r.channel.ID, func(c *slacksim.Channel) { c.Archived = true }))
	r.deliver(cardNotice(id))
	ms := r.messages(r.sre, r.other)
	if len(ms) != 1 || !hasAction(ms[0].Blocks, actApprove) || !strings.Contains(text(ms[0].Blocks), "This belongs in <#"+r.channel.ID+">") {
		t.Fatalf("messages: %+v", ms)
	}
	told := r.dm(r.security)
	if len(told) == 0 || !strings.Contains(told[0].Text, "Approval cards cannot be posted") || !strings.Contains(told[0].Text, "is_archived") {
		t.Errorf("admins hear %+v", told)
	}
	r.fake.with(id, func(v *access.RequestView) { v.Request.State, v.Request.DecidedAt = access.Lapsed, r.fake.now })
	r.deliver(cardNotice(id))
	if ms = r.messages(r.sre, r.other); len(ms) != 1 || hasAction(ms[0].Blocks, actApprove) {
		t.Errorf("the card elsewhere was not edited: %+v", ms)
	}
}

func TestDeletedCardIsPostedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-9")
	m := r.card(id)
	r.must(r.fake.SaveMessage(r.ctx, access.Message{Key: cardKey(id), Channel: identity.ChannelID(m.Channel), TS: "1.000001"}))
	r.deliver(cardNotice(id))
	got, _, _ := r.fake.Message(r.ctx, cardKey(id))
	if got.TS == "1.000001" || len(r.messages(r.sre, r.channel)) != 2 {
		t.Errorf("reference %+v", got)
	}
}

// A channel that became shared with another organization since the policy was loaded gets
// no card; the default channel does, or else those who decide, one by one.
func TestNoCardInASharedChannel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.must(r.UpdateChannel(r.channel.ID, func(c *slacksim.Channel) { c.ExtShared = true }))
	r.deliver(cardNotice(r.request("INC-9")))
	if ms := r.messages(r.outsider, r.channel); len(ms) != 0 {
		t.Errorf("another organization reads %+v", ms)
	}
	if ms := r.messages(r.sre, r.other); len(ms) != 1 || !hasAction(ms[0].Blocks, actApprove) {
		t.Errorf("the default channel has %+v", ms)
	}
	if told := r.dm(r.security); !slices.ContainsFunc(told, func(m slacksim.Message) bool { return strings.Contains(m.Text, "shared with another organization") }) {
		t.Errorf("admins hear %+v", told)
	}
	r.must(r.UpdateChannel(r.other.ID, func(c *slacksim.Channel) { c.ExtShared = true }))
	r.bot.members.forget(identity.ChannelID(r.other.ID))
	if err := r.bot.Deliver(r.ctx, cardNotice(r.request("INC-11"))); err == nil {
		t.Error("no card anywhere counts as delivered")
	}
	if ms := r.messages(r.sre, r.other); len(ms) != 1 {
		t.Errorf("the shared default channel has %d cards", len(ms))
	}
	if ms := r.dm(r.sre); len(ms) == 0 || !hasAction(ms[len(ms)-1].Blocks, actApprove) {
		t.Errorf("who decides got %+v", ms)
	}
}

// Approvers who are not in the channel get the card by direct message, once, and that copy
// is edited as well.
func TestCopiesForApproversElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-10")
	r.card(id)
	r.card(id)
	ms := r.dm(r.security)
	if len(ms) != 1 || !hasAction(ms[0].Blocks, actApprove) || !strings.Contains(text(ms[0].Blocks), "you can decide it and are not in") {
		t.Fatalf("Sue has %d messages", len(ms))
	}
	if len(r.dm(r.sre)) != 0 {
		t.Error("who is in the channel got a copy")
	}
	r.press(r.security, ms[0], actApprove)
	r.until("the edited copy", func() bool { return strings.Contains(text(r.dm(r.security)[0].Blocks), "*Approved*") })
	r.deliver(cardNotice(id))
	if m := r.messages(r.sre, r.channel)[0]; !strings.Contains(text(m.Blocks), "*Approved* by <@"+r.security.ID+">") {
		t.Error("the card in the channel was not edited")
	}
	if m := r.dm(r.security)[0]; hasAction(m.Blocks, actApprove) {
		t.Error("the copy still has its buttons")
	}
}

// A 429 goes back to the outbox with Slack's own pause, and is not asked again before.
func TestRateLimitGoesBackToTheOutbox(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-11")
	r.FailMethod("chat.postMessage", slacksim.MethodFault{RetryAfter: 7 * time.Second, Times: 1})
	err := r.bot.Deliver(r.ctx, cardNotice(id))
	var d *access.DeliveryError
	if !errors.As(err, &d) || d.RetryAfter != 7*time.Second || d.Permanent {
		t.Fatalf("error: %#v", err)
	}
	before := len(r.Log(0))
	err = r.bot.Deliver(r.ctx, cardNotice(id))
	if !errors.As(err, &d) || d.RetryAfter <= 0 || d.RetryAfter > 7*time.Second {
		t.Fatalf("error: %#v", err)
	}
	for _, e := range r.Log(0)[before:] {
		if e.Name == "chat.postMessage" {
			t.Error("Slack was asked again at once")
		}
	}
}

// Many posts to one channel: the bot keeps Slack's pace by itself, and is never refused.
func TestPostsAreSpread(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var back atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		id := r.request("INC-100" + string(rune('a'+i)))
		wg.Go(func() {
			err := r.bot.Deliver(r.ctx, cardNotice(id))
			if d, ok := errors.AsType[*access.DeliveryError](err); ok {
				back.Add(1)
				if d.RetryAfter <= 0 {
					t.Errorf("no time to try again: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(r.messages(r.sre, r.channel)); n != 3 || back.Load() < 5 { // a copy to somebody outside the channel may wait as well
		t.Errorf("%d of 8 cards were posted at once, %d went back", n, back.Load())
	}
	for _, e := range r.Log(0) {
		if e.Status == 429 {
			t.Errorf("Slack refused: %+v", e)
		}
	}
}

// The story of a card whose own notice gave way to a newer one further back.
func TestStoryBringsItsCard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-12")
	r.deliver(access.Notice{ID: "s", Kind: access.NoticeThread, Key: cardKey(id), Request: id, Event: access.EventSubmitted})
	ms := r.messages(r.sre, r.channel)
	if len(ms) != 1 || !hasAction(ms[0].Blocks, actApprove) || len(ms[0].Replies) != 1 {
		t.Fatalf("messages: %+v", ms)
	}
}

// Somebody presses twice, every envelope arrives three times.
func TestPressesThreeTimes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-13")
	m := r.card(id)
	r.SetFaults(slacksim.Faults{Redeliver: 2})
	gate := make(chan struct{}) // until both have pressed: then the card loses its buttons
	set(r.fake, &r.fake.reviewHook, func(context.Context, access.ReviewInput) error { <-gate; return nil })
	for range 2 {
		r.press(r.sre, m, actApprove)
	}
	close(gate)
	r.until("the approval", func() bool {
		v, _ := r.fake.RequestView(r.ctx, id)
		return v.Request.State == access.Approved
	})
	r.stopBot()
	if n := r.fake.counted("Review"); n != 2 {
		t.Errorf("%d reviews for 2 presses in 6 envelopes", n)
	}
	if v, _ := r.fake.RequestView(r.ctx, id); len(v.Request.Reviews) != 1 {
		t.Errorf("%d reviews stored", len(v.Request.Reviews))
	}
}

// When Slack cannot be asked who presses, the person hears "not now".
func TestReviewUnavailable(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.card(r.request("INC-14"))
	set(r.fake, &r.fake.reviewHook, func(context.Context, access.ReviewInput) error {
		return &fault.Error{Code: fault.Unavailable, Message: "Slack cannot be asked who you are", Hint: "Please press again in a minute."}
	})
	r.press(r.sre, m, actApprove)
	r.until("the ephemeral", func() bool {
		ms := r.messages(r.sre, r.channel)
		return len(ms) == 2 && ms[1].Text == "Slack cannot be asked who you are. Please press again in a minute."
	})
}

// What nobody foresaw shows a reference that the log has, and nothing else of it.
func TestUnforeseenErrorAndPanic(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.card(r.request("INC-15"))
	for i, fail := range []func(context.Context, access.ReviewInput) error{
		func(context.Context, access.ReviewInput) error { return errors.New("pq: secret detail") },
		func(context.Context, access.ReviewInput) error { panic("secret detail in a panic") },
	} {
		set(r.fake, &r.fake.reviewHook, fail)
		r.press(r.sre, m, actApprove)
		var got string
		r.until("the ephemeral", func() bool {
			ms := r.messages(r.sre, r.channel)
			if len(ms) != 2+i {
				return false
			}
			got = ms[1+i].Text
			return true
		})
		_, ref, ok := strings.Cut(got, "reference `")
		ref, _, _ = strings.Cut(ref, "`")
		if !ok || strings.Contains(got, "secret") || len(ref) != 8 || !strings.Contains(r.logs.String(), ref) {
			t.Errorf("the person hears %q", got)
		}
	}
}
