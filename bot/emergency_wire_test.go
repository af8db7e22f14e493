package bot

import (
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// emergency stores an emergency of the asker that was given and has an open debrief.
func (r *rig) emergency(notify string) access.RequestID {
	r.t.Helper()
	id := r.request("The queue is stuck and invoices are lost <!channel>")
	r.fake.with(id, func(v *access.RequestView) {
		q := &v.Request
		q.State, q.DecidedAt, q.Terms.Automatic, q.Terms.Emergency, q.Terms.Steps = access.Approved, r.fake.now, true, true, nil
		q.Terms.Notify, q.Terms.DebriefBy = notify, []string{"security"}
		q.Debrief = &access.Debrief{Due: r.fake.now.Add(26 * time.Hour)}
		v.Approvers, v.Debriefers = nil, []access.Human{{Person: "p-sue", Slack: identity.SlackUserID(r.security.ID), Name: r.security.RealName}}
	})
	return id
}

func debriefNotice(id access.RequestID) access.Notice {
	return access.Notice{ID: "d-" + access.NoticeID(id), Kind: access.NoticeDebrief, Key: debriefKey(id), Request: id}
}

// An emergency is shown in the channel that its rule names too, and edited there.
func TestEmergencyIsLoud(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.emergency(r.other.ID)
	r.deliver(cardNotice(id))
	loud := func() []slacksim.Message { return r.messages(r.sre, r.other) }
	if ms := loud(); len(ms) != 1 || !strings.Contains(text(ms[0].Blocks), "*Emergency:*") || !strings.Contains(text(ms[0].Blocks), "because it is an emergency") {
		t.Fatalf("the channel that is told has %d messages", len(ms))
	}
	r.fake.with(id, func(v *access.RequestView) {
		d := *v.Request.Debrief
		d.ClosedAt, d.Justified, d.Note = r.fake.now, true, "It was needed."
		v.Request.Debrief = &d
	})
	r.deliver(cardNotice(id))
	if ms := loud(); len(ms) != 1 || !strings.Contains(text(ms[0].Blocks), "*Justified*") {
		t.Errorf("the copy was not edited: %s", text(ms[0].Blocks))
	}
	r.deliver(access.Notice{ID: "s", Kind: access.NoticeThread, Key: cardKey(id), Request: id, Event: access.EventEmergency})
	if m := r.messages(r.sre, r.channel)[0]; len(m.Replies) != 1 || !strings.Contains(text(m.Replies[0].Blocks), "let themselves in") {
		t.Errorf("the thread says %+v", m.Replies)
	}
}

// Those who look back are asked in the thread and by direct message; their answer is stored,
// and what asked for it says so and has no buttons any more.
func TestDebrief(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.emergency("")
	r.deliver(debriefNotice(id)) // before the card's own notice: the thread needs the card
	asked := func() (thread, direct slacksim.Message) {
		card, dm := r.messages(r.sre, r.channel), r.dm(r.security)
		if len(card) != 1 || len(card[0].Replies) != 1 || len(dm) != 1 {
			t.Fatalf("%d cards, %d direct messages", len(card), len(dm))
		}
		return card[0].Replies[0], dm[0]
	}
	thread, direct := asked()
	if !hasAction(thread.Blocks, actJustified) || !hasAction(direct.Blocks, actNotJustified) {
		t.Fatal("they are asked without buttons")
	}
	r.press(r.security, direct, actNotJustified)
	sue := r.as(r.security)
	r.modal(sue, viewDebrief)
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[blockDebriefNote] == "" {
		t.Errorf("no note was asked for: %+v", res)
	}
	r.fill(sue, blockDebriefNote, actDebriefNote, "Reading would have been enough.")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	r.modalSays(sue, "Not justified")
	in := get(r.fake, &r.fake.debriefs)
	if len(in) != 1 || in[0].Justified || in[0].Note != "Reading would have been enough." || in[0].Request != id {
		t.Errorf("stored %+v", in)
	}
	r.deliver(debriefNotice(id))
	thread, direct = asked()
	for _, m := range []slacksim.Message{thread, direct} {
		if s := text(m.Blocks); hasAction(m.Blocks, actJustified) || !strings.Contains(s, "*Not justified:*") || !strings.Contains(s, "Reading would") {
			t.Errorf("afterwards it says\n%s", s)
		}
	}
	r.deliver(access.Notice{ID: "t", Kind: access.NoticeTell, Key: debriefKey(id) + "/asker", Request: id, To: identity.SlackUserID(r.asker.ID), Event: access.EventDebriefed})
	if ms := r.dm(r.asker); len(ms) != 1 || !strings.Contains(text(ms[0].Blocks), "*not justified*") {
		t.Errorf("who asked was told %+v", ms)
	}
	before := len(r.dm(r.security))
	r.deliver(access.Notice{ID: "late", Kind: access.NoticeTell, Key: debriefKey(id) + "/x", Request: id, To: identity.SlackUserID(r.security.ID), Event: access.EventDebriefDue})
	if got := len(r.dm(r.security)); got != before {
		t.Error("reminded of what is done")
	}
}

// Who asked, and who is not named, hear who can look back before they type anything.
func TestDebriefIsNotForAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.emergency("")
	r.deliver(debriefNotice(id))
	m := r.messages(r.sre, r.channel)[0].Replies[0]
	for _, u := range []slacksim.User{r.asker, r.sre} {
		r.press(u, m, actJustified)
		v := r.modal(r.as(u), viewNote)
		if !strings.Contains(text(v.Blocks), "<@"+r.security.ID+">") {
			t.Errorf("%s hears\n%s", u.Name, text(v.Blocks))
		}
	}
}

// The admins see what is open, and reach the form from there.
func TestDebriefsForAdmins(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.emergency("")
	set(r.fake, &r.fake.config, access.ConfigView{Debriefs: 1})
	sue := r.configs("")
	r.modal(sue, viewConfig)
	r.pressIn(sue, openArea(areaDebriefs))
	r.modal(sue, viewDebriefs)
	r.pressIn(sue, actLookBack)
	r.modal(sue, viewDebrief)
}
