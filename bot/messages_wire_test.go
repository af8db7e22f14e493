package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// live stores an active grant of the asker.
func (r *rig) live(id access.GrantID) access.GrantView {
	r.t.Helper()
	g := access.GrantView{
		Grant: access.Grant{
			ID: id, State: access.Live, Request: "01REQ001",
			Holder: access.Actor{Person: "p-ada", Slack: identity.SlackUserID(r.asker.ID), Name: r.asker.RealName},
			Start:  r.fake.now, Deadline: r.fake.now.Add(10 * time.Minute), Duration: time.Hour,
			End: r.fake.now.Add(time.Hour), ConfirmedAt: r.fake.now,
		},
		Item:     r.fake.item(prod, admin),
		Phase:    access.PhaseActive,
		Instance: catalog.Instance{Region: "eu-central-1", PortalHost: "d-1234567890.awsapps.com"},
	}
	r.fake.mu.Lock()
	defer r.fake.mu.Unlock()
	r.fake.grants[id] = g
	return g
}

func (r *rig) change(id access.GrantID, change func(*access.GrantView)) {
	r.fake.mu.Lock()
	defer r.fake.mu.Unlock()
	g := r.fake.grants[id]
	change(&g)
	r.fake.grants[id] = g
}

func grantNotice(id access.GrantID) access.Notice {
	return access.Notice{ID: "g", Kind: access.NoticeGrant, Key: grantKey(id), Grant: id}
}

// The requester's message: sent, with Cancel; then decided, in the same message.
func TestAskerMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	n := access.Notice{ID: "a", Kind: access.NoticeAsker, Key: askerKey(id), Request: id, To: identity.SlackUserID(r.asker.ID)}
	r.deliver(n)
	m := r.dm(r.asker)[0]
	if !hasAction(m.Blocks, actCancel) || !strings.Contains(text(m.Blocks), "Can decide: <@"+r.sre.ID+">") {
		t.Errorf("the message says:\n%s", text(m.Blocks))
	}
	if res := r.press(r.asker, m, actCancel); !res.OK {
		t.Fatalf("cancel: %+v", res)
	}
	r.until("the cancelled request", func() bool { v, _ := r.fake.RequestView(r.ctx, id); return v.Request.State == access.Cancelled })
	r.deliver(n)
	ms := r.dm(r.asker)
	if len(ms) != 1 || hasAction(ms[0].Blocks, actCancel) || !strings.Contains(text(ms[0].Blocks), "Taken back") {
		t.Errorf("%d messages:\n%s", len(ms), text(ms[0].Blocks))
	}
}

// A denial ends it in the same message, and because an edit notifies nobody, is said once
// more, with the reviewer's words.
func TestAskerHearsOfADenial(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-1")
	n := access.Notice{ID: "a", Kind: access.NoticeAsker, Key: askerKey(id), Request: id, To: identity.SlackUserID(r.asker.ID)}
	r.deliver(n)
	_, err := r.fake.Review(r.ctx, access.ReviewInput{Request: id, User: identity.SlackUserID(r.sre.ID), Verdict: access.Deny, Comment: "use ReadOnly"})
	r.must(err)
	r.deliver(n)
	r.deliver(n)
	ms := r.dm(r.asker)
	if len(ms) != 2 || hasAction(ms[0].Blocks, actCancel) {
		t.Fatalf("%d messages", len(ms))
	}
	for _, m := range ms {
		if got := text(m.Blocks); !strings.Contains(got, "*Denied") || !strings.Contains(got, "use ReadOnly") {
			t.Errorf("a message says:\n%s", got)
		}
	}
}

// The holder's message appears when the access is there, with everything to use it, and
// says at the end what remains.
func TestGrantMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const id = "01GRANT1"
	r.live(id)
	r.change(id, func(g *access.GrantView) { g.Phase = access.PhaseStarting })
	r.deliver(grantNotice(id))
	if n := len(r.dm(r.asker)); n != 0 {
		t.Fatalf("%d messages before the access is there", n)
	}
	r.change(id, func(g *access.GrantView) { g.Phase = access.PhaseActive })
	r.deliver(grantNotice(id))
	m := r.dm(r.asker)[0]
	for _, want := range []string{
		"until <!date^1772618400^{date_short_pretty} at {time}|Mar 4, 10:00 UTC>",
		"[profile prod-billing-AdministratorAccess]\nsso_session = d-1234567890\nsso_account_id = 111111111111\nsso_role_name = AdministratorAccess",
		"sso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = eu-central-1",
		"assume --sso --sso-start-url https://d-1234567890.awsapps.com/start --sso-region eu-central-1 --account-id 111111111111 --role-name AdministratorAccess",
		"can go on for up to 1\u00a0h after it",
	} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the message does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	e := pressed(t, slacksim.OnMessage(m.Channel, m.TS), m.Blocks, actConsole)
	res, err := r.as(r.asker).Press(r.ctx, e, "")
	r.must(err)
	if res.URL != "https://d-1234567890.awsapps.com/start/#/console?account_id=111111111111&role_name=AdministratorAccess" {
		t.Errorf("the link leads to %s", res.URL)
	}

	e = pressed(t, slacksim.OnMessage(m.Channel, m.TS), m.Blocks, actEnd)
	res, err = r.as(r.asker).Press(r.ctx, e, "")
	r.must(err)
	if res.Confirm == nil || !strings.Contains(res.Confirm.Text.Text, "AdministratorAccess in prod-billing") {
		t.Fatalf("End now asks nothing: %+v", res)
	}
	r.press(r.asker, m, actEnd)
	r.until("the end", func() bool { return r.fake.counted("EndGrant") == 1 })
	r.change(id, func(g *access.GrantView) { g.Remaining = []access.ItemView{r.fake.item(prod, read)} })
	r.deliver(grantNotice(id))
	ms := r.dm(r.asker)
	if len(ms) != 1 || hasAction(ms[0].Blocks, actEnd) {
		t.Fatalf("%d messages", len(ms))
	}
	for _, want := range []string{"*Ended early*", "Still open in prod-billing: *ReadOnly*", "may go on until"} {
		if !strings.Contains(text(ms[0].Blocks), want) {
			t.Errorf("the message does not say %q:\n%s", want, text(ms[0].Blocks))
		}
	}
}

// A failure is told in a message of its own, with the next step.
func TestToldOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const id = "01GRANT2"
	r.live(id)
	r.change(id, func(g *access.GrantView) {
		g.Grant.State, g.Grant.EndReason, g.Grant.EndedAt, g.Grant.EndNote = access.Ended, access.EndFailed, r.fake.now, "AWS refused: the role is not there"
		g.Grant.ConfirmedAt, g.Phase = time.Time{}, access.PhaseEnded
	})
	r.deliver(grantNotice(id)) // nothing to edit, nothing to post
	r.deliver(access.Notice{ID: "t", Kind: access.NoticeTell, Key: grantKey(id), Grant: id, Event: access.EventEnded})
	ms := r.dm(r.asker)
	if len(ms) != 1 {
		t.Fatalf("%d messages", len(ms))
	}
	got := text(ms[0].Blocks)
	for _, want := range []string{"*Failed*", "AWS refused: the role is not there.", "*Next:* ask again"} {
		if !strings.Contains(got, want) {
			t.Errorf("the message does not say %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "session") {
		t.Errorf("a session is spoken of that never was:\n%s", got)
	}
}

// Who ends their own access sees it in the message that they pressed and hears nothing
// more; an end that came from elsewhere is told once, shortly, and in words that stay true.
func TestEndIsToldToWhoDidNotMakeIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const id = "01GRANT5"
	g := r.live(id)
	tell := access.Notice{ID: "t", Kind: access.NoticeTell, Key: grantKey(id), Grant: id, Event: access.EventEnded}
	end := func(reason access.EndReason, by access.Actor) {
		r.change(id, func(g *access.GrantView) {
			g.Grant.State, g.Grant.EndReason, g.Grant.EndedAt, g.Grant.EndedBy = access.Ended, reason, r.fake.now, by
			g.Phase = access.PhaseEnding
		})
	}
	end(access.EndEarly, g.Grant.Holder)
	r.deliver(tell)
	if ms := r.dm(r.asker); len(ms) != 0 {
		t.Fatalf("who pressed End hears:\n%s", text(ms[0].Blocks))
	}
	for i, by := range []access.Actor{{Person: "p-sue", Slack: identity.SlackUserID(r.security.ID), Name: "Sue Security"}, access.System} {
		want := "*Ended early* by <@" + r.security.ID + ">, "
		end(access.EndEarly, by)
		if by == access.System {
			want = "*Ended* as planned, "
			end(access.EndExpired, by)
		}
		r.deliver(tell)
		ms := r.dm(r.asker)
		if len(ms) != i+1 {
			t.Fatalf("%d messages", len(ms))
		}
		got := text(ms[i].Blocks)
		if !strings.Contains(got, want) || !hasAction(ms[i].Blocks, actAgain) {
			t.Errorf("the message says:\n%s", got)
		}
		for _, passing := range []string{"taking it away", "session"} {
			if strings.Contains(got, passing) {
				t.Errorf("the message says %q, and nobody edits it:\n%s", passing, got)
			}
		}
	}
}

// The message of an access is edited a last time when AWS has confirmed the removal.
func TestLastWordOfAGrantMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const id = "01GRANT6"
	r.live(id)
	r.deliver(grantNotice(id))
	says := func() string {
		r.deliver(grantNotice(id))
		ms := r.dm(r.asker)
		if len(ms) != 1 {
			t.Fatalf("%d messages", len(ms))
		}
		return text(ms[0].Blocks)
	}
	r.change(id, func(g *access.GrantView) {
		g.Grant.State, g.Grant.EndReason, g.Grant.EndedAt, g.Phase = access.Ended, access.EndExpired, r.fake.now, access.PhaseEnding
	})
	if got := says(); !strings.Contains(got, "AWS is taking it away.") {
		t.Errorf("the message says:\n%s", got)
	}
	r.change(id, func(g *access.GrantView) {
		g.Phase, g.Assignment.GoneAt = access.PhaseEnded, r.fake.now.Add(3*time.Second)
	})
	if got := says(); !strings.Contains(got, "AWS has taken it away.") || strings.Contains(got, "is taking") {
		t.Errorf("the message says:\n%s", got)
	}
	// Another access of the same key keeps it in AWS: nothing was taken away.
	r.change(id, func(g *access.GrantView) { g.Assignment.GoneAt = time.Time{} })
	if got := says(); strings.Contains(got, "away") {
		t.Errorf("the message says:\n%s", got)
	}
}

// A notice about a record that is gone is dropped, an unknown kind is refused for good.
func TestNoticesThatAreNoLongerTrue(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, n := range []access.Notice{
		{Kind: access.NoticeCard, Key: "card/x", Request: "x"},
		{Kind: access.NoticeAsker, Key: "asker/x", Request: "x"},
		{Kind: access.NoticeThread, Key: "card/x", Request: "x", Event: access.EventDecided},
		{Kind: access.NoticeGrant, Key: "grant/x", Grant: "x"},
		{Kind: access.NoticeTell, Key: "grant/x", Grant: "x", Event: access.EventEnded},
	} {
		r.deliver(n)
	}
	err := r.bot.Deliver(r.ctx, access.Notice{Kind: "carrier pigeon"})
	if d, ok := errors.AsType[*access.DeliveryError](err); !ok || !d.Permanent {
		t.Errorf("error: %v", err)
	}
	for _, e := range r.Log(0) {
		if e.Kind == slacksim.EntryAPI && strings.HasPrefix(e.Name, "chat.") {
			t.Errorf("something was sent: %+v", e)
		}
	}
}

// Who is deactivated cannot be told: the outbox hears that trying again does not help.
func TestMessageToSomebodyGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-2")
	r.must(r.UpdateUser(r.asker.ID, func(u *slacksim.User) { u.Deleted = true }))
	err := r.bot.Deliver(r.ctx, access.Notice{Kind: access.NoticeAsker, Key: askerKey(id), Request: id})
	if d, ok := errors.AsType[*access.DeliveryError](err); !ok || !d.Permanent {
		t.Errorf("error: %v", err)
	}
}

// Admins are told once each, although one of them fails and the notice comes again.
func TestAdminsAreToldOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fake.admins = append(r.fake.admins, access.Human{Slack: identity.SlackUserID(r.sre.ID), Name: "Sam"}, access.Human{Name: "nobody in Slack"})
	n := access.Notice{ID: "adm", Kind: access.NoticeAdmins, Key: "admins", Text: "rule <x> matches nothing & alarms"}
	r.FailMethod("chat.postMessage", slacksim.MethodFault{Error: "internal_error", Times: 1})
	if err := r.bot.Deliver(r.ctx, n); err == nil {
		t.Fatal("a failure was not reported")
	}
	r.deliver(n)
	for _, u := range []slacksim.User{r.security, r.sre} {
		ms := r.dm(u)
		if len(ms) != 1 || !strings.Contains(ms[0].Text, "Rule &lt;x&gt; matches nothing &amp; alarms.") {
			t.Errorf("%s has %+v", u.Name, ms)
		}
	}
}

// Home shows what there is, and its buttons work where no ephemeral is possible.
func TestHome(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.request("INC-3 reason on Home")
	r.live("01GRANT3")
	ada, sam, sue := r.as(r.asker), r.as(r.sre), r.as(r.security)
	home := func(p *slacksim.Person) slacksim.Home {
		_, err := p.OpenHome(r.ctx)
		r.must(err)
		r.until("Home", func() bool { return p.Home().Published })
		return p.Home()
	}
	h := home(ada)
	if !hasAction(h.Blocks, actEnd) || !hasAction(h.Blocks, actCancel) || hasAction(h.Blocks, actApprove) || hasAction(h.Blocks, actConfig) {
		t.Errorf("Ada's Home:\n%s", text(h.Blocks))
	}
	if h = home(sue); !hasAction(h.Blocks, actConfig) || !hasAction(h.Blocks, actApprove) {
		t.Errorf("Sue's Home:\n%s", text(h.Blocks))
	}
	h = home(sam)
	if !strings.Contains(text(h.Blocks), "INC-3 reason on Home") {
		t.Errorf("Sam's Home:\n%s", text(h.Blocks))
	}
	e := pressed(t, slacksim.OnHome(), h.Blocks, actApprove)
	_, err := sam.Press(r.ctx, e, "")
	r.must(err)
	r.until("Home without the request", func() bool { return !hasAction(sam.Home().Blocks, actApprove) })

	// Sue's Home is out of date: the answer is a modal, and Home is drawn anew.
	e = pressed(t, slacksim.OnHome(), sue.Home().Blocks, actApprove)
	_, err = sue.Press(r.ctx, e, "")
	r.must(err)
	r.modalSays(sue, "already approved")
	r.until("Sue's Home drawn anew", func() bool { return !hasAction(sue.Home().Blocks, actApprove) })
	_ = id

	e = pressed(t, slacksim.OnHome(), ada.Home().Blocks, actEnd)
	e.Confirmed = true
	_, err = ada.Press(r.ctx, e, "")
	r.must(err)
	r.until("Home without the access", func() bool { return strings.Contains(text(ada.Home().Blocks), "None right now.") })
	e = pressed(t, slacksim.OnHome(), ada.Home().Blocks, actRequest)
	_, err = ada.Press(r.ctx, e, "")
	r.must(err)
	r.modal(ada, viewForm)
}

// A Home that cannot be drawn says why and what to do; a notice for one that has not
// changed publishes nothing.
func TestHomeNotices(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	n := access.Notice{ID: "h", Kind: access.NoticeHome, Key: "home/" + r.asker.ID, To: identity.SlackUserID(r.asker.ID)}
	r.deliver(n)
	hash := ada.Home().Hash
	r.deliver(n)
	if ada.Home().Hash != hash {
		t.Error("the same Home was published again")
	}
	set(r.fake, &r.fake.homeHook, func(identity.SlackUserID) error {
		return fault.New(fault.Forbidden, "fake", "your e-mail is not confirmed", "Confirm it in Slack's settings.")
	})
	r.deliver(n)
	if got := text(ada.Home().Blocks); !strings.Contains(got, "Your e-mail is not confirmed.") || !strings.Contains(got, "Confirm it in Slack's settings.") {
		t.Errorf("Home says:\n%s", got)
	}
}

// Admins see health, rules page by page, live access; others hear who the admins are.
func TestConfig(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.bot = func(b *Bot) { b.progress = 10 * time.Millisecond } })
	c := access.ConfigView{
		Checks: []access.Check{{Name: "Slack", OK: true, Detail: "connected"}, {
			Name: "AWS", Detail: "access denied", Hint: "Let Stint's role call sso:ListInstances.", Since: r.fake.now.Add(-time.Hour),
		}},
		CatalogAsOf: r.fake.now, Accounts: 1234, Roles: 1, People: 1, Groups: 2, PolicyVersion: "abc", PolicyFile: "policy.yaml", PolicyProblem: "policy.yaml:3:1: unknown key \"rulez\"",
	}
	for i := range 30 {
		var rule access.RuleView
		rule.Name, rule.Text, rule.Accounts, rule.Roles, rule.Deny = "rule "+string(rune('A'+i)), "all accounts · everyone", i, 1, i == 0
		c.Rules = append(c.Rules, rule)
	}
	g := r.live("01GRANT4")
	c.Live = []access.GrantView{g}
	r.fake.config = c

	ada, sue := r.as(r.asker), r.as(r.security)
	_, err := ada.Command(r.ctx, r.other.ID, commandConfig, "")
	r.must(err)
	r.until("the ephemeral", func() bool { return len(r.messages(r.asker, r.other)) == 1 })
	if m := r.messages(r.asker, r.other)[0]; !m.Ephemeral || !strings.Contains(m.Text, "<@"+r.security.ID+">") {
		t.Errorf("who is no admin hears %+v", m.Text)
	}

	_, err = sue.Command(r.ctx, r.channel.ID, commandConfig, "")
	if err == nil {
		t.Fatal("Sue is in the channel")
	}
	h, err := sue.OpenHome(r.ctx)
	r.must(err)
	r.until("Home", func() bool { h = sue.Home(); return h.Published })
	_, err = sue.Press(r.ctx, pressed(t, slacksim.OnHome(), h.Blocks, actConfig), "")
	r.must(err)
	m := r.modal(sue, viewConfig)
	for _, want := range []string{"1,234 accounts · 1 role · 1 person · 2 groups", ":x: *AWS* not OK: access denied (for 1\u00a0h)", "unknown key \"rulez\"", "30 rules of the file"} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the view does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	if got := text(m.Blocks); strings.Index(got, "*AWS* not OK") > strings.Index(got, "*Slack* OK") || strings.Index(got, "Live access") > strings.Index(got, "30 rules of the file") {
		t.Errorf("trouble and live access do not come first:\n%s", got)
	}
	m, _ = sue.Modal()
	e := pressed(t, slacksim.OnModal(), m.Blocks, actEndLive)
	res, err := sue.Press(r.ctx, e, "")
	r.must(err)
	if res.Confirm == nil {
		t.Errorf("End asks nothing: %+v", res)
	}
	e.Confirmed = true
	_, err = sue.Press(r.ctx, e, "")
	r.must(err)
	m = r.modalSays(sue, "was ended")
	_, err = sue.Press(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, actSync), "")
	r.must(err)
	r.modalSays(sue, "Reading from AWS")
	r.fake.mu.Lock()
	r.fake.config.Syncing = false
	r.fake.mu.Unlock()
	m = r.modalSays(sue, "Last read from AWS")
	if r.fake.counted("SyncNow") != 1 {
		t.Error("no sync was started")
	}
}

// Slack's half of the directory, read with the real client.
func TestWorkspaceFacts(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.idle = true })
	ws := r.bot.ws
	u, err := ws.User(r.ctx, identity.SlackUserID(r.asker.ID))
	r.must(err)
	if u.Email != "ada@example.com" || u.EmailConfirmed == nil || !*u.EmailConfirmed || u.TeamID != r.TeamID() || u.TimeZone != "Europe/Berlin" || u.Name != "Ada Asker" || u.AsOf.IsZero() {
		t.Errorf("facts: %+v", u)
	}
	guest, err := r.AddUser(slacksim.User{RealName: "Gus Guest", UltraRestricted: true})
	r.must(err)
	if u, err = ws.User(r.ctx, identity.SlackUserID(guest.ID)); err != nil || !u.Guest || u.EmailConfirmed != nil {
		t.Errorf("a guest without a word about the e-mail: %+v %v", u, err)
	}
	if u, err = ws.User(r.ctx, "USLACKBOT"); err != nil || !u.Bot {
		t.Errorf("Slackbot is no person: %+v %v", u, err)
	}
	if _, err = ws.User(r.ctx, "U0NOBODY"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	r.FailMethod("users.info", slacksim.MethodFault{RetryAfter: 9 * time.Second, Times: 1})
	_, err = ws.User(r.ctx, identity.SlackUserID(r.asker.ID))
	var limited interface{ RetryAfter() time.Duration }
	if !fault.Is(err, fault.Unavailable) || !errors.As(err, &limited) || limited.RetryAfter() != 9*time.Second {
		t.Errorf("429: %v", err)
	}

	g, err := r.AddUserGroup(slacksim.UserGroup{Handle: "sre", Members: []string{r.sre.ID, r.asker.ID}})
	r.must(err)
	_, err = r.AddUserGroup(slacksim.UserGroup{Handle: "old", Disabled: true})
	r.must(err)
	gs, err := ws.UserGroups(r.ctx)
	r.must(err)
	if len(gs) != 2 || gs[0].Handle != "sre" || len(gs[0].Members) != 2 || gs[0].AsOf.IsZero() || gs[0].Deleted || !gs[1].Deleted {
		t.Errorf("groups: %+v", gs)
	}
	members, err := ws.UserGroupMembers(r.ctx, identity.UserGroupID(g.ID))
	r.must(err)
	if len(members) != 2 {
		t.Errorf("members: %v", members)
	}
	if _, err = ws.UserGroupMembers(r.ctx, "S0NOTHING"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such group: %v", err)
	}

	_, err = r.AddChannel(slacksim.Channel{Name: "partners", ExtShared: true, BotMember: true})
	r.must(err)
	cs, err := ws.Channels(r.ctx)
	r.must(err)
	byName := map[string]identity.ChannelFacts{}
	for _, c := range cs {
		byName[c.Name] = c
	}
	if c := byName["prod-approvals"]; !c.Private || !c.Joined || c.Shared {
		t.Errorf("channel: %+v", c)
	}
	if !byName["partners"].Shared {
		t.Error("a Slack Connect channel is not seen as shared")
	}
	c, err := ws.Channel(r.ctx, identity.ChannelID(r.channel.ID))
	r.must(err)
	if len(c.Members) != 4 { // the bot too
		t.Errorf("members: %v", c.Members)
	}
	if _, err = ws.Channel(r.ctx, "C0NOTHING"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such channel: %v", err)
	}
	team, enterprise, err := ws.Home(r.ctx)
	if err != nil || team != r.TeamID() || enterprise != "" {
		t.Errorf("home: %s %s %v", team, enterprise, err)
	}
}

// What changes in Slack is handed on, so that facts are read again.
func TestChangesAreHandedOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g, err := r.AddUserGroup(slacksim.UserGroup{Handle: "sre", Members: []string{r.sre.ID}})
	r.must(err)
	r.must(r.UpdateUser(r.asker.ID, func(u *slacksim.User) { u.Deleted = true }))
	if c := <-r.changes; c.User != identity.SlackUserID(r.asker.ID) {
		t.Errorf("change: %+v", c)
	}
	r.must(r.UpdateUserGroup(g.ID, func(g *slacksim.UserGroup) { g.Members = nil }))
	for range 2 {
		if c := <-r.changes; c.UserGroup != identity.UserGroupID(g.ID) {
			t.Errorf("change: %+v", c)
		}
	}
}
