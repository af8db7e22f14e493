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
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
)

// pick chooses several in a select of the modal, after their names were typed.
func (r *rig) pick(p *slacksim.Person, action string, values ...string) {
	r.t.Helper()
	m, _ := p.Modal()
	e := pressed(r.t, slacksim.OnModal(), m.Blocks, action)
	offers, res, err := p.Options(r.ctx, e, "")
	r.must(err)
	if !res.OK || len(offers.Options) == 0 {
		r.t.Fatalf("options of %s: %+v", action, res)
	}
	res, err = p.Fill(r.ctx, e, values...)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("choosing %v: %+v", values, res)
	}
}

// tickBox sets a checkbox of the modal.
func (r *rig) tickBox(p *slacksim.Person, action, value string) {
	r.t.Helper()
	m, _ := p.Modal()
	res, err := p.Fill(r.ctx, pressed(r.t, slacksim.OnModal(), m.Blocks, action), value)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("ticking %s: %+v", action, res)
	}
}

func (r *rig) sendForm(p *slacksim.Person, reason string) slacksim.Result {
	r.t.Helper()
	if reason != "" {
		_, err := p.Fill(r.ctx, el(blockReason, actReason), reason)
		r.must(err)
	}
	res, err := p.Submit(r.ctx)
	r.must(err)
	return res
}

func (r *rig) submitted() access.Submission {
	r.t.Helper()
	all := get(r.fake, &r.fake.submits)
	if len(all) == 0 {
		r.t.Fatal("nothing was submitted")
	}
	return all[len(all)-1]
}

// blockOf is the id of the block in which an element of the modal stands.
func (r *rig) blockOf(p *slacksim.Person, action string) string {
	m, _ := p.Modal()
	return pressed(r.t, slacksim.OnModal(), m.Blocks, action).BlockID
}

// Two accounts, two roles, one of which is denied in one of them: the preview tells them
// apart, the form is refused whole until that is left out, and then the rest is sent.
func TestSeveralOfWhichOneIsLeftOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	automatic := get(r.fake, &r.fake.decision)
	automatic.Terms.Automatic, automatic.Terms.Steps, automatic.Rule = true, nil, "read-only anywhere"
	set(r.fake, &r.fake.decisions, map[string]policy.Decision{
		at(access.RoleIn(dev, read)):  automatic,
		at(access.RoleIn(prod, read)): {Outcome: policy.Denied, Rule: "never", Why: "Rule “never” forbids this"},
	})
	ada := r.as(r.asker)
	r.openForm(ada)
	r.pick(ada, actAccount, prod, dev)
	r.modalSays(ada, "You can ask for 2 roles in one of them at least")
	m, _ := ada.Modal()
	offers, _, err := ada.Options(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, actRole), "read")
	r.must(err)
	if got := offers.Options[0].Description; got == nil || got.Text != "in 1 of 2 · Look, do not touch" {
		t.Errorf("the role says %+v", got)
	}
	r.pick(ada, actRole, read, admin)
	m = r.modalSays(ada, "2 roles in 2 accounts")
	for _, want := range []string{"4 in all", "it becomes *2 requests*", "*ReadOnly* in dev-playground", "*AdministratorAccess* in prod-billing and dev-playground", "1 of 4 cannot be asked for", "*ReadOnly* in prod-billing: Rule “never” forbids this"} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the preview does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	leave := r.blockOf(ada, actLeave)
	if res := r.sendForm(ada, "INC-20 both"); res.Errors[leave] == "" || r.fake.counted("Submit") != 0 {
		t.Fatalf("a form with something refused was sent: %+v", res)
	}
	r.tickBox(ada, actLeave, strings.TrimPrefix(leave, blockLeave+"/"))
	r.modalSays(ada, "1 of 4 are left out")
	if res := r.sendForm(ada, ""); !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	m = r.modal(ada, viewSent)
	want := []access.Entitlement{access.RoleIn(dev, read), access.RoleIn(prod, admin), access.RoleIn(dev, admin)}
	if got := r.submitted().Entitlements; !slices.Equal(got, want) {
		t.Errorf("submitted %v", got)
	}
	if !strings.Contains(text(m.Blocks), "Each of the 2 requests is then decided for itself") {
		t.Errorf("sent:\n%s", text(m.Blocks))
	}
}

// What becomes refused between the preview and Send is not left out unseen.
func TestLeftOutIsWhatWasSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	denied := policy.Decision{Outcome: policy.Denied, Rule: "never", Why: "Rule “never” forbids this"}
	set(r.fake, &r.fake.decisions, map[string]policy.Decision{at(access.RoleIn(prod, read)): denied})
	ada := r.as(r.asker)
	r.openForm(ada)
	r.pick(ada, actAccount, prod, dev)
	r.modalSays(ada, "You can ask for")
	r.pick(ada, actRole, read, admin)
	r.modalSays(ada, "1 of 4 cannot be asked for")
	r.tickBox(ada, actLeave, strings.TrimPrefix(r.blockOf(ada, actLeave), blockLeave+"/"))
	r.modalSays(ada, "1 of 4 are left out")
	set(r.fake, &r.fake.decisions, map[string]policy.Decision{at(access.RoleIn(prod, read)): denied, at(access.RoleIn(dev, read)): denied})
	r.sendForm(ada, "INC-21 keep me")
	m := r.modalSays(ada, "What can be asked for has changed meanwhile")
	if r.fake.counted("Submit") != 0 || !strings.Contains(text(m.Blocks), "2 of 4 cannot be asked for") {
		t.Errorf("submitted %d times; the form says:\n%s", r.fake.counted("Submit"), text(m.Blocks))
	}
	if got := m.Values[blockReason][actReason]["value"]; got != "INC-21 keep me" {
		t.Errorf("the reason is %v", got)
	}
}

// Forty accounts and two roles, over the real wire: the view, its metadata and the answers
// keep within Slack's limits, and all of it arrives.
func TestFortyAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fake.accounts = nil
	var values []string
	for i := range 120 {
		a := catalog.Account{ID: catalog.AccountID(fmt.Sprintf("%012d", i)), Name: fmt.Sprintf("account-%03d-%s", i, strings.Repeat("größe", 12)), OUPath: "/" + strings.Repeat("ünit", 20), State: catalog.AccountActive}
		r.fake.accounts = append(r.fake.accounts, a)
		if i < 40 {
			values = append(values, string(a.ID))
		}
	}
	ada := r.as(r.asker)
	r.openForm(ada)
	r.pick(ada, actAccount, values...)
	r.modalSays(ada, "and 36 more")
	r.pick(ada, actRole, admin, read)
	m := r.modalSays(ada, "2 roles in 40 accounts*, 80 in all")
	if n := len(m.PrivateMetadata); n > maxMeta {
		t.Errorf("%d characters of metadata", n)
	}
	if res := r.sendForm(ada, "INC-22 forty"); !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	r.modal(ada, viewSent)
	if got := r.submitted().Entitlements; len(got) != 80 {
		t.Errorf("%d entitlements", len(got))
	}
}

func TestTooMuchForOneForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var values, roles []string
	for i := range 41 {
		a := catalog.Account{ID: catalog.AccountID(fmt.Sprintf("%012d", i)), Name: fmt.Sprintf("account-%03d", i), State: catalog.AccountActive}
		r.fake.accounts = append(r.fake.accounts, a)
		values = append(values, string(a.ID))
	}
	for i := range 3 {
		arn := catalog.RoleARN(fmt.Sprintf("%s-%d", read, i))
		r.fake.roles = append(r.fake.roles, catalog.Role{ARN: arn, Name: fmt.Sprintf("Read%d", i)})
		roles = append(roles, string(arn))
	}
	set(r.fake, &r.fake.submitHook, func(_ context.Context, s access.Submission) error {
		if len(s.Entitlements) > access.MaxEntitlements {
			return fault.New(fault.Invalid, "fake", "one form may ask for 120 entitlements", "Choose fewer.").In("role")
		}
		return nil
	})
	ada := r.as(r.asker)
	r.openForm(ada)
	r.pick(ada, actAccount, values...)
	r.modalSays(ada, "You can ask for")
	r.pick(ada, actRole, roles...)
	r.modalSays(ada, "3 roles in 41 accounts is 123 in all; one form may ask for 120")
	place := r.blockOf(ada, actRole)
	if res := r.sendForm(ada, "INC-23"); res.Errors[place] == "" {
		t.Errorf("submit: %+v", res)
	}
}

// Somebody asks for another: the field is there only for who may, roles and preview are the
// receiver's, and the request is for them.
func TestFormOnBehalf(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	m := r.openForm(ada)
	if hasAction(m.Blocks, actFor) {
		t.Fatal("the field is there for somebody who may ask for nobody")
	}
	r.must(ada.CloseModal(r.ctx))
	set(r.fake, &r.fake.receivers, []access.Human{{Person: "p-sam", Slack: identity.SlackUserID(r.sre.ID), Name: r.sre.RealName}})
	r.openForm(ada)
	for query, want := range map[string][]string{"": {meValue, "p-sam"}, "sam": {"p-sam"}, "nobody": {notChoice}} {
		offers, _, err := ada.Options(r.ctx, el(blockWhom, actFor), query)
		r.must(err)
		var got []string
		for _, o := range offers.Options {
			got = append(got, o.Value)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q offers %v", query, got)
		}
	}
	_, _, err := ada.Options(r.ctx, el(blockWhom, actFor), "")
	r.must(err)
	_, err = ada.Fill(r.ctx, el(blockWhom, actFor), "p-sam")
	r.must(err)
	r.until("the receiver in the view", func() bool {
		m, _ = ada.Modal()
		return readFormMeta(m.PrivateMetadata).For == "p-sam"
	})
	r.pick(ada, actAccount, prod)
	r.modalSays(ada, "You can ask for 2 roles here")
	r.pick(ada, actRole, admin)
	r.modalSays(ada, "Needs approval")
	if asked := get(r.fake, &r.fake.asked); asked[len(asked)-1].Receiver != "p-sam" || asked[len(asked)-1].Asker != "p-ada" {
		t.Errorf("the preview is of %+v", asked[len(asked)-1])
	}
	r.sendForm(ada, "INC-24 for Sam")
	r.modalSays(ada, "for <@"+r.sre.ID+">, who is told")
	if s := r.submitted(); s.For != identity.SlackUserID(r.sre.ID) || s.User != identity.SlackUserID(r.asker.ID) {
		t.Errorf("submitted by %s for %s", s.User, s.For)
	}
}

// When it is to start: in an hour, tomorrow, at a time that is picked, and not in the past.
func TestScheduledStart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	who := r.fake.people[identity.SlackUserID(r.asker.ID)]
	who.Facts.TimeZone = "Europe/Berlin"
	r.fake.people[identity.SlackUserID(r.asker.ID)] = who
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-25")
	now := r.fake.now
	r.choose(ada, "", actStart, "", startHour)
	r.modalSays(ada, "*From "+when(now.Add(time.Hour))+"* *until "+when(now.Add(2*time.Hour))+"*")

	berlin, err := time.LoadLocation("Europe/Berlin")
	r.must(err)
	tomorrow := time.Date(2026, 3, 5, 9, 0, 0, 0, berlin)
	r.choose(ada, "", actStart, "", strconv.FormatInt(tomorrow.Unix(), 10))
	r.modalSays(ada, "*From "+when(tomorrow)+"*")

	r.choose(ada, "", actStart, "", startPick)
	r.until("the picker", func() bool {
		m, _ := ada.Modal()
		return hasAction(m.Blocks, actPicked)
	})
	pick := func(at time.Time) {
		_, err := ada.Fill(r.ctx, el(blockPicked, actPicked), strconv.FormatInt(at.Unix(), 10))
		r.must(err)
	}
	pick(now.Add(-time.Hour))
	r.modalSays(ada, "The start that you picked has passed")
	if res := r.sendForm(ada, ""); !strings.Contains(res.Errors[blockPicked], "has passed") {
		t.Errorf("a start in the past: %+v", res)
	}
	pick(now.Add(30 * time.Hour))
	r.modalSays(ada, "*From "+when(now.Add(30*time.Hour))+"*")
	if res := r.sendForm(ada, ""); !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	if got := r.submitted().StartAt; !got.Equal(now.Add(30 * time.Hour)) {
		t.Errorf("it starts %s", got)
	}
}

// An emergency is offered where a rule has one, and shows what it means; the field for the
// start is gone, and the request is one.
func TestEmergencyInTheForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	urgent := policy.Terms{Rule: "production admin", Automatic: true, Emergency: true, Durations: []time.Duration{15 * time.Minute}, MaxDuration: 30 * time.Minute, Reason: policy.ReasonTerms{MinLength: 20}, Channel: r.channel.ID, PerDay: 2, DebriefBy: []string{"security"}, DebriefWithin: 24 * time.Hour}
	set(r.fake, &r.fake.urgent, &urgent)
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-26: everything is on fire")
	r.tickBox(ada, actUrgent, "yes")
	m := r.modalSays(ada, "Let in at once, as an emergency")
	for _, want := range []string{"At most 30\u00a0min", "Told at once: <#" + r.channel.ID + ">", "At least 20 characters", "somebody from security looks back"} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the form does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	if hasAction(m.Blocks, actStart) {
		t.Error("an emergency can be scheduled")
	}
	if got := m.Values[blockReason][actReason]["value"]; got != "INC-26: everything is on fire" {
		t.Errorf("the reason is %v", got)
	}
	if res := r.sendForm(ada, ""); !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	if s := r.submitted(); !s.Emergency || s.Duration != 15*time.Minute {
		t.Errorf("submitted %+v", s)
	}
}

// A ticket is asked for where a rule wants one; what the service says of it stands under it.
func TestTicketInTheForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	m := r.openForm(ada)
	if hasAction(m.Blocks, actTicket) {
		t.Error("a ticket is asked for though no rule wants one")
	}
	d := get(r.fake, &r.fake.decision)
	d.Terms.Ticket = &policy.TicketTerms{Pattern: "OPS-[0-9]+", Hint: "a change ticket"}
	set(r.fake, &r.fake.decision, d)
	r.fillForm(ada, "INC-27")
	r.until("the ticket", func() bool {
		m, _ = ada.Modal()
		return hasAction(m.Blocks, actTicket)
	})
	if !strings.Contains(text(m.Blocks), "Must be: a change ticket.") {
		t.Errorf("the form does not say what a ticket is:\n%s", text(m.Blocks))
	}
	set(r.fake, &r.fake.submitHook, func(_ context.Context, s access.Submission) error {
		if s.Ticket != "OPS-7" {
			return fault.New(fault.Invalid, "fake", "the rule does not take this ticket", "Give a change ticket.").In("ticket")
		}
		return nil
	})
	_, err := ada.Fill(r.ctx, el(blockTicket, actTicket), "nonsense")
	r.must(err)
	if res := r.sendForm(ada, ""); res.Errors[blockTicket] != "The rule does not take this ticket. Give a change ticket." {
		t.Errorf("submit: %+v", res)
	}
	_, err = ada.Fill(r.ctx, el(blockTicket, actTicket), " OPS-7 ")
	r.must(err)
	if res := r.sendForm(ada, ""); !res.OK || r.submitted().Ticket != "OPS-7" {
		t.Errorf("submit: %+v", res)
	}
}

// What was asked for before, and is not every role in every account, stays that until
// somebody changes the choice.
func TestPrefilledWithSome(t *testing.T) {
	t.Parallel()
	some := []access.Entitlement{access.RoleIn(prod, admin), access.RoleIn(dev, read)}
	f := prefill{entitlements: some}.filled()
	if got := f.entitlements(); !slices.Equal(got, some) {
		t.Fatalf("it asks for %v", got)
	}
	f.roles = f.roles[:1]
	f = readForm(nil, form{filled: f}.meta())
	if f.only != "" {
		t.Error("what was picked before is picked from another choice")
	}
	whole := prefill{entitlements: append(some, access.RoleIn(prod, read), access.RoleIn(dev, admin))}.filled()
	if whole.only != "" || len(whole.entitlements()) != 4 {
		t.Errorf("everything is %q, %v", whole.only, whole.entitlements())
	}
}

// Every field counts: a form with anything else in it is another request.
func TestFormKeyCoversEveryField(t *testing.T) {
	t.Parallel()
	base := func() filled {
		return filled{accounts: []catalog.AccountID{prod}, roles: []catalog.RoleARN{admin}, duration: "3600", reason: "INC-1"}
	}
	seen := map[string]string{formKey("U1", "V1", base(), time.Hour): "base"}
	for name, change := range map[string]func(*filled){
		"accounts":  func(f *filled) { f.accounts = append(f.accounts, dev) },
		"roles":     func(f *filled) { f.roles = append(f.roles, read) },
		"group":     func(f *filled) { f.ofGroup, f.group = true, "g-1" },
		"only":      func(f *filled) { f.only = "x.01" },
		"receiver":  func(f *filled) { f.receiver = "p-sam" },
		"start":     func(f *filled) { f.start = startHour },
		"picked":    func(f *filled) { f.picked = time.Unix(1772614800, 0) },
		"leave":     func(f *filled) { f.leave = "h" },
		"emergency": func(f *filled) { f.emergency = true },
		"ticket":    func(f *filled) { f.ticket = "OPS-1" },
		"reason":    func(f *filled) { f.reason = "INC-2" },
		"link":      func(f *filled) { f.link = "https://example.com" },
	} {
		f := base()
		change(&f)
		key := formKey("U1", "V1", f, time.Hour)
		if other, twice := seen[key]; twice {
			t.Errorf("another %s has the key of %s", name, other)
		}
		seen[key] = name
	}
	if _, twice := seen[formKey("U1", "V1", base(), 2*time.Hour)]; twice {
		t.Error("another duration has the same key")
	}
}

// What waits for a decision is linked, where the message about it is the reader's own.
func TestPendingIsLinked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-28")
	r.sendForm(ada, "")
	r.modal(ada, viewSent)
	r.deliver(access.Notice{Kind: access.NoticeAsker, Key: askerKey("01REQ001"), Request: "01REQ001", To: identity.SlackUserID(r.asker.ID)})
	v, err := r.fake.RequestView(r.ctx, "01REQ001")
	r.must(err)
	set(r.fake, &r.fake.pending, map[string]*access.Request{at(access.RoleIn(prod, admin)): &v.Request})
	r.must(ada.CloseModal(r.ctx))
	r.openForm(ada)
	r.pick(ada, actAccount, prod)
	r.modalSays(ada, "You can ask for 2 roles here")
	r.pick(ada, actRole, admin)
	m := r.modalSays(ada, "You have asked for this already")
	e := pressed(t, slacksim.OnModal(), m.Blocks, actMessage)
	if e.BlockID == "" || !strings.Contains(fmt.Sprint(m.Blocks), "https://") {
		t.Errorf("there is no link:\n%v", m.Blocks)
	}
}

// Without a message to link, and for who receives what somebody else asked for, Details shows it.
func TestPendingWithoutAMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-28")
	r.sendForm(ada, "")
	r.modal(ada, viewSent)
	r.must(ada.CloseModal(r.ctx))
	v, err := r.fake.RequestView(r.ctx, "01REQ001")
	r.must(err)
	for _, by := range []string{r.asker.ID, r.sre.ID} {
		pending := v.Request
		pending.Asker.Slack = identity.SlackUserID(by)
		set(r.fake, &r.fake.pending, map[string]*access.Request{at(access.RoleIn(prod, admin)): &pending})
		r.openForm(ada)
		r.pick(ada, actAccount, prod)
		r.modalSays(ada, "You can ask for 2 roles here")
		r.pick(ada, actRole, admin)
		m := r.modalSays(ada, "asked for this already")
		res, err := ada.Press(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, actDetails), "")
		r.must(err)
		if !res.OK {
			t.Fatalf("press: %+v", res)
		}
		r.modalSays(ada, "INC-28")
		r.must(ada.CloseModal(r.ctx))
		r.must(ada.CloseModal(r.ctx))
	}
}
