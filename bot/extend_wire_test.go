package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/slacksim"
	"stint/sandbox/slacksim/blockkit"
)

// holding stores access of the asker that is active, and delivers its message.
func (r *rig) holding(id access.RequestID) access.GrantView {
	r.t.Helper()
	g := access.GrantView{
		Grant: access.Grant{
			ID: "01GRANT", State: access.Live, Request: id, Key: access.Key{Person: "p-ada", Account: prod, Role: admin},
			Holder: access.Actor{Person: "p-ada", Slack: identity.SlackUserID(r.asker.ID), Name: "Ada Asker"},
			Start:  r.fake.now, End: r.fake.now.Add(time.Hour), Duration: time.Hour, ConfirmedAt: r.fake.now,
		},
		Item: r.fake.item(prod, admin), Phase: access.PhaseActive, Instance: catalog.Instance{Region: "eu-central-1", PortalHost: "d-1234567890.awsapps.com"},
	}
	r.fake.with(id, func(v *access.RequestView) {
		v.Request.State, v.Request.DecidedAt, v.Grants = access.Approved, r.fake.now, []access.GrantView{g}
		g.Request = v.Request
	})
	r.fake.mu.Lock()
	r.fake.grants[g.Grant.ID] = g
	r.fake.mu.Unlock()
	r.deliver(access.Notice{ID: "g1", Kind: access.NoticeGrant, Key: grantKey(g.Grant.ID), Request: id, Grant: g.Grant.ID})
	return g
}

// The message of live access asks for more of it: how much, why again, and who decides.
func TestExtend(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.holding(r.request("INC-1 the disk is full"))
	g.Request.Reason = "INC-1 the disk is full"
	set(r.fake, &r.fake.extension, access.Extension{
		Grant: g, Since: r.fake.now, Latest: r.fake.now.Add(4 * time.Hour), Terms: r.fake.decision.Terms, Approvers: r.fake.approver,
		Durations: []time.Duration{30 * time.Minute, time.Hour, 3 * time.Hour},
	})
	ms := r.dm(r.asker)
	if len(ms) != 1 || !hasAction(ms[0].Blocks, actExtend) {
		t.Fatalf("the active access offers no more of it: %+v", ms)
	}
	if res := r.press(r.asker, ms[0], actExtend); !res.OK {
		t.Fatalf("extend: %+v", res)
	}
	ada := r.as(r.asker)
	v := r.modal(ada, viewExtend)
	if s := text(v.Blocks); !strings.Contains(s, "one approval from sre") || !strings.Contains(s, "<@"+r.sre.ID+">") {
		t.Errorf("the form does not say who decides:\n%s", s)
	}
	r.fill(ada, blockMoreTime, actMoreTime, "3600")
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	r.modal(ada, viewSent)
	in := get(r.fake, &r.fake.submits)
	last := in[len(in)-1]
	if last.Extends != g.Grant.ID || last.Duration != time.Hour || last.Reason != "INC-1 the disk is full" || last.FormKey == "" {
		t.Errorf("asked for %+v", last)
	}
}

// Who presses what is over hears so, and the message is brought up to date.
func TestExtendWhatIsOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.holding(r.request("INC-2"))
	m := r.dm(r.asker)[0]
	r.fake.mu.Lock()
	r.fake.extensionErr = fault.New(fault.Conflict, "fake.Extension", "This access has ended, so there is nothing to extend.", "Ask for it again.").In("extends")
	g.Phase, g.Grant.State, g.Grant.EndReason, g.Grant.EndedAt = access.PhaseEnded, access.Ended, access.EndEarly, r.fake.now
	r.fake.grants[g.Grant.ID] = g
	r.fake.mu.Unlock()
	r.press(r.asker, m, actExtend)
	r.until("the message without Extend", func() bool { return !hasAction(r.dm(r.asker)[0].Blocks, actExtend) })
}

// An extension that waits is linked instead of asked for again.
func TestExtendTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-3")
	g := r.holding(id)
	waits := access.RequestView{Request: access.Request{
		ID: "01MORE", State: access.Pending, CheckedAt: r.fake.now, Duration: time.Hour, Extends: g.Grant.ID, ExpiresAt: r.fake.now.Add(time.Hour), Terms: r.fake.decision.Terms,
	}, Items: []access.ItemView{g.Item}, Approvers: r.fake.approver}
	set(r.fake, &r.fake.extension, access.Extension{Grant: g, Pending: &waits})
	r.press(r.asker, r.dm(r.asker)[0], actExtend)
	v := r.modal(r.as(r.asker), viewNote)
	if !hasAction(v.Blocks, actDetails) || !hasAction(v.Blocks, actCancel) || !strings.Contains(text(v.Blocks), "already asked for") {
		t.Errorf("the form says\n%s", text(v.Blocks))
	}
}

// The message about several grants asks for more of one of them, and ends one of them.
func TestExtendOneOfSeveral(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-4")
	one := r.holding(id)
	two := one
	two.Grant.ID, two.Grant.Key.Account = "01GRANT9", "222222222222"
	two.Item = r.fake.item("222222222222", admin)
	r.fake.with(id, func(v *access.RequestView) {
		v.Request.Grants = []access.GrantID{one.Grant.ID, two.Grant.ID}
		v.Request.Entitlements = append(v.Request.Entitlements, two.Item.Entitlement)
		one.Request, two.Request = v.Request, v.Request
		v.Grants = []access.GrantView{one, two}
	})
	r.fake.mu.Lock()
	r.fake.grants[one.Grant.ID], r.fake.grants[two.Grant.ID] = one, two
	r.fake.extension = access.Extension{
		Grant: two, Since: r.fake.now, Latest: r.fake.now.Add(4 * time.Hour), Terms: r.fake.decision.Terms, Approvers: r.fake.approver, Durations: []time.Duration{time.Hour},
	}
	r.fake.mu.Unlock()
	before := len(r.dm(r.asker))
	r.deliver(access.Notice{ID: "t9", Kind: access.NoticeTell, Key: grantsKey(id), Request: id, To: identity.SlackUserID(r.asker.ID), Event: access.EventEnding})
	m := r.dm(r.asker)[before]
	ada := r.as(r.asker)
	for _, b := range m.Blocks {
		if !strings.Contains(fmt.Sprint(b), actExtend) || !strings.Contains(fmt.Sprint(b), string(two.Grant.ID)) {
			continue
		}
		res, err := ada.Press(r.ctx, pressed(t, slacksim.OnMessage(m.Channel, m.TS), []blockkit.Block{b}, actExtend), "")
		r.must(err)
		if !res.OK {
			t.Fatalf("%+v", res)
		}
	}
	v := r.modal(ada, viewExtend)
	r.must(ada.CloseModal(r.ctx))
	if !strings.Contains(v.PrivateMetadata, string(two.Grant.ID)) {
		t.Errorf("the form is about %s", v.PrivateMetadata)
	}
}

// Request again on the message of what ended opens the form for whoever presses it: for a
// group, the form of groups.
func TestAgainFromWhatEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-5")
	g := r.holding(id)
	over := func(change func(*access.RequestView)) slacksim.Message {
		t.Helper()
		r.fake.with(id, change)
		r.fake.mu.Lock()
		g.Request = r.fake.requests[id].Request
		g.Phase, g.Grant.State, g.Grant.EndReason, g.Grant.EndedAt = access.PhaseEnded, access.Ended, access.EndExpired, r.fake.now
		r.fake.grants[g.Grant.ID] = g
		r.fake.mu.Unlock()
		r.deliver(access.Notice{ID: "g2", Kind: access.NoticeGrant, Key: grantKey(g.Grant.ID), Request: id, Grant: g.Grant.ID})
		return r.dm(r.asker)[0]
	}
	// Somebody asked for it on Ada's behalf: she asks for herself.
	m := over(func(v *access.RequestView) {
		v.Request.Asker = access.Actor{Person: "p-sam", Slack: identity.SlackUserID(r.sre.ID), Name: "Sam Sre"}
		v.Request.Receiver = access.Actor{Person: "p-ada", Slack: identity.SlackUserID(r.asker.ID), Name: "Ada Asker"}
	})
	r.press(r.asker, m, actAgain)
	ada := r.as(r.asker)
	v := r.modalSays(ada, "The same as on")
	if s := text(v.Blocks); v.CallbackID != viewForm || !strings.Contains(s, "prod-billing") || strings.Contains(s, "<@"+r.asker.ID+">") {
		t.Errorf("the form (%s) says:\n%s", v.CallbackID, s)
	}
	r.must(ada.CloseModal(r.ctx))

	group := honest().group(2)
	set(r.fake, &r.fake.groups, []access.ItemView{group})
	m = over(func(v *access.RequestView) { v.Request.Entitlements = []access.Entitlement{group.Entitlement} })
	r.press(r.asker, m, actAgain)
	v = r.modalSays(ada, "The same as on")
	if v.CallbackID != viewForm || !strings.Contains(text(v.Blocks), "You get these roles") {
		t.Errorf("the form (%s) says:\n%s", v.CallbackID, text(v.Blocks))
	}
}
