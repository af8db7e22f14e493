package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/sandbox/slacksim"
)

// openForm runs the command and waits for the form.
func (r *rig) openForm(p *slacksim.Person) slacksim.Modal {
	r.t.Helper()
	res, err := p.Command(r.ctx, r.other.ID, commandAccess, "")
	r.must(err)
	if !res.OK {
		r.t.Fatalf("command: %+v", res)
	}
	return r.modal(p, viewForm)
}

// modal waits until a modal with this callback id is on top.
func (r *rig) modal(p *slacksim.Person, callback string) (m slacksim.Modal) {
	r.t.Helper()
	r.until("modal "+callback, func() bool {
		var ok bool
		m, ok = p.Modal()
		return ok && m.CallbackID == callback
	})
	return m
}

// modalSays waits until the modal on top says something.
func (r *rig) modalSays(p *slacksim.Person, want string) (m slacksim.Modal) {
	r.t.Helper()
	r.until("modal that says "+want, func() bool {
		var ok bool
		m, ok = p.Modal()
		return ok && strings.Contains(text(m.Blocks), want)
	})
	return m
}

// choose opens a select, and picks a value from what it offers.
func (r *rig) choose(p *slacksim.Person, block, action, query, value string) {
	r.t.Helper()
	if block == "" {
		m, _ := p.Modal()
		block = pressed(r.t, slacksim.OnModal(), m.Blocks, action).BlockID
	}
	if action != actDuration {
		_, res, err := p.Options(r.ctx, el(block, action), query)
		r.must(err)
		if !res.OK {
			r.t.Fatalf("options of %s: %+v", action, res)
		}
	}
	res, err := p.Fill(r.ctx, el(block, action), value)
	r.must(err)
	if !res.OK {
		r.t.Fatalf("choosing %s: %+v", value, res)
	}
}

// chosen are the values that a select of several in a modal holds.
func chosen(m slacksim.Modal, action string) []string {
	var out []string
	for _, byAction := range m.Values {
		list, _ := byAction[action]["selected_options"].([]any)
		for _, o := range list {
			v, _ := o.(map[string]any)["value"].(string)
			out = append(out, v)
		}
	}
	return out
}

const (
	prod  = "111111111111"
	dev   = "222222222222"
	admin = "arn:aws:sso:::permissionSet/ssoins-1/ps-admin"
	read  = "arn:aws:sso:::permissionSet/ssoins-1/ps-read"
)

// fillForm chooses and types everything.
func (r *rig) fillForm(p *slacksim.Person, reason string) {
	r.t.Helper()
	r.choose(p, blockAccount, actAccount, "bill", prod)
	r.modalSays(p, "You can ask for 2 roles here")
	r.choose(p, "", actRole, "", admin)
	r.modalSays(p, "Needs approval")
	_, err := p.Fill(r.ctx, el(blockReason, actReason), reason)
	r.must(err)
}

// The whole way of a request: form, preview, submission, what happens next, Cancel.
func TestFormFromCommandToRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	m := r.openForm(ada)
	if got := text(m.Blocks); !strings.Contains(got, "Choose an account and a role") {
		t.Errorf("the form does not say how it begins:\n%s", got)
	}
	r.fillForm(ada, "INC-7: the invoices are stuck & <!channel> waits")
	m = r.modalSays(ada, "At most 2\u00a0h for this role")
	for _, want := range []string{"<@" + r.sre.ID + ">", "<#" + r.channel.ID + ">", "Must contain: incident number", "one approval from sre"} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the preview does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	m = r.modal(ada, viewSent)
	if !strings.Contains(text(m.Blocks), "What happens next") {
		t.Errorf("the sent view does not say what happens next:\n%s", text(m.Blocks))
	}
	if len(get(r.fake, &r.fake.submits)) != 1 {
		t.Fatalf("%d submissions", len(get(r.fake, &r.fake.submits)))
	}
	s := get(r.fake, &r.fake.submits)[0]
	if !slices.Equal(s.Entitlements, []access.Entitlement{{Account: prod, Role: admin}}) || s.Duration != time.Hour || s.Reason != "INC-7: the invoices are stuck & <!channel> waits" ||
		!strings.HasPrefix(s.FormKey, r.asker.ID+"/"+m.ID+"/") {
		t.Errorf("submitted %+v", s)
	}

	res, err = ada.Press(r.ctx, pressed(t, slacksim.OnModal(), m.Blocks, actCancel), "")
	r.must(err)
	if !res.OK {
		t.Fatalf("cancel: %+v", res)
	}
	r.modalSays(ada, "Nothing was given")
	if v, _ := r.fake.RequestView(r.ctx, "01REQ001"); v.Request.State != access.Cancelled {
		t.Errorf("the request is %s", v.Request.State)
	}
	if strings.Contains(r.logs.String(), "INC-7") || strings.Contains(r.logs.String(), r.BotToken()) {
		t.Error("a reason or a token was logged")
	}
}

// Another account keeps the role that was chosen, as what was typed, and shows what that
// means there.
func TestAnotherAccountKeepsTheRole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-8 typed before")
	r.choose(ada, blockAccount, actAccount, "dev", dev)
	var m slacksim.Modal
	r.until("the role under the other account", func() bool {
		m, _ = ada.Modal()
		return len(chosen(m, actRole)) == 1 && slices.Equal(readFormMeta(m.PrivateMetadata).accounts(), []catalog.AccountID{dev})
	})
	if got := m.Values[blockReason][actReason]["value"]; got != "INC-8 typed before" {
		t.Errorf("what was typed is gone: %v", got)
	}
	if got := chosen(m, actRole); !slices.Equal(got, []string{admin}) {
		t.Errorf("roles: %v", got)
	}
}

// A role asked for before an account, and the entries that only say something.
func TestEntriesThatOnlySaySomething(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.openForm(ada)
	offers, _, err := ada.Options(r.ctx, el(roleBlock(""), actRole), "")
	r.must(err)
	if len(offers.Options) != 1 || offers.Options[0].Text.Text != "Choose an account first" {
		t.Fatalf("offers: %+v", offers.Options)
	}
	_, err = ada.Fill(r.ctx, el(roleBlock(""), actRole), notChoice)
	r.must(err)
	r.choose(ada, blockAccount, actAccount, "", prod)
	r.modalSays(ada, "prod-billing")
	set(r.fake, &r.fake.rolesWhy, "No rule lets you ask for anything in prod-billing. Ask Sue.")
	offers, _, err = ada.Options(r.ctx, el(roleBlock(prod), actRole), "")
	r.must(err)
	if len(offers.Options) != 1 || offers.Options[0].Text.Text != "You can ask for nothing here" {
		t.Fatalf("offers: %+v", offers.Options)
	}
	_, err = ada.Fill(r.ctx, el(roleBlock(prod), actRole), notChoice)
	r.must(err)
	_, err = ada.Fill(r.ctx, el(blockReason, actReason), "INC-9")
	r.must(err)
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if res.Errors[roleBlock(prod)] == "" || r.fake.counted("Submit") != 0 {
		t.Errorf("an entry that only says something was submitted: %+v", res)
	}
}

// A role that exists but is not for the person who asks is offered as such; choosing it
// shows why not and whom to ask, and sending it is refused under the field.
func TestRolesThatAreNotForYou(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.closed, map[catalog.RoleARN]string{admin: "Only sre may ask for AdministratorAccess in prod-billing"})
	ada := r.as(r.asker)
	r.openForm(ada)
	r.choose(ada, blockAccount, actAccount, "bill", prod)
	r.modalSays(ada, "You can ask for 1 role here")
	for query, want := range map[string]string{
		"":      "ReadOnly",
		"admin": "AdministratorAccess: Not for you here: choose it to see why, and whom to ask",
		"nope":  "No role matches “nope”: Try fewer letters, or another account.",
	} {
		offers, _, err := ada.Options(r.ctx, el(roleBlock(prod), actRole), query)
		r.must(err)
		if len(offers.Options) != 1 {
			t.Fatalf("%q offers %+v", query, offers.Options)
		}
		got := offers.Options[0].Text.Text
		if d := offers.Options[0].Description; d != nil && query != "" {
			got += ": " + d.Text
		}
		if got != want {
			t.Errorf("%q offers %q", query, got)
		}
	}
	r.choose(ada, roleBlock(prod), actRole, "admin", admin)
	r.modalSays(ada, "*You cannot ask for this:* Only sre may ask for AdministratorAccess in prod-billing.\nIf you need it, ask <@"+r.security.ID+">.")
	_, err := ada.Fill(r.ctx, el(blockReason, actReason), "INC-15")
	r.must(err)
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if got := res.Errors[roleBlock(prod)]; got != "Only sre may ask for AdministratorAccess in prod-billing. Choose another role." {
		t.Errorf("submit: %+v", res)
	}
	offers, _, err := ada.Options(r.ctx, el(blockAccount, actAccount), "<nowhere>")
	r.must(err)
	if len(offers.Options) != 1 || offers.Options[0].Text.Text != "No account matches “<nowhere>”" || offers.Options[0].Value != notChoice {
		t.Errorf("offers: %+v", offers.Options)
	}
}

// Own durations, and errors under their fields.
func TestErrorsStandUnderTheirFields(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-10")
	r.choose(ada, "", actDuration, "", otherDuration)
	r.until("the text field for a duration", func() bool {
		m, _ := ada.Modal()
		return hasAction(m.Blocks, actOther)
	})
	_, err := ada.Fill(r.ctx, el(blockOther, actOther), "soon")
	r.must(err)
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if !strings.Contains(res.Errors[blockOther], "“soon” is no duration") {
		t.Errorf("errors: %+v", res)
	}
	_, err = ada.Fill(r.ctx, el(blockOther, actOther), "1h30m")
	r.must(err)
	set(r.fake, &r.fake.submitHook, func(context.Context, access.Submission) error {
		return fault.New(fault.Invalid, "fake", "the reason must contain an incident number", "For example INC-123.").In("reason")
	})
	res, err = ada.Submit(r.ctx)
	r.must(err)
	if got := res.Errors[blockReason]; got != "The reason must contain an incident number. For example INC-123." {
		t.Errorf("errors: %+v", res)
	}
	set(r.fake, &r.fake.submitHook, nil)
	res, err = ada.Submit(r.ctx)
	r.must(err)
	if !res.OK || get(r.fake, &r.fake.submits)[0].Duration != 90*time.Minute {
		t.Errorf("submit: %+v %+v", res, r.fake.submits)
	}
}

// A refusal that is about no field stands above the form, which keeps everything.
func TestRefusalAboveTheForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-11 keep me")
	set(r.fake, &r.fake.submitHook, func(context.Context, access.Submission) error {
		return fault.New(fault.Forbidden, "fake", "requests are paused <for> now", "Ask Sue.")
	})
	_, err := ada.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(ada, "Not sent")
	if !strings.Contains(text(m.Blocks), "Requests are paused &lt;for&gt; now. Ask Sue.") {
		t.Errorf("the refusal is not said:\n%s", text(m.Blocks))
	}
	if got := m.Values[blockReason][actReason]["value"]; got != "INC-11 keep me" {
		t.Errorf("the reason is %v", got)
	}
	if len(chosen(m, actRole)) == 0 {
		t.Error("the role is gone")
	}
}

// A slow service: the submission is acknowledged with "Working…" and the outcome follows.
func TestSlowSubmission(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.bot = func(b *Bot) { b.answerAfter = 50 * time.Millisecond } })
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-12")
	gate := make(chan struct{})
	set(r.fake, &r.fake.submitHook, func(context.Context, access.Submission) error { <-gate; return nil })
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	r.modalSays(ada, "Stint is working on it")
	close(gate)
	r.modal(ada, viewSent)
}

// The same, refused late: the form comes back with everything in it.
func TestSlowRefusal(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.bot = func(b *Bot) { b.answerAfter = 50 * time.Millisecond } })
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-13 keep me")
	gate := make(chan struct{})
	set(r.fake, &r.fake.submitHook, func(context.Context, access.Submission) error {
		<-gate
		return fault.New(fault.Invalid, "fake", "too long", "").In("duration")
	})
	_, err := ada.Submit(r.ctx)
	r.must(err)
	r.modalSays(ada, "Stint is working on it")
	close(gate)
	m := r.modalSays(ada, "Not sent")
	if got := m.Values[blockReason][actReason]["value"]; got != "INC-13 keep me" {
		t.Errorf("the reason is %v", got)
	}
	if len(chosen(m, actAccount)) == 0 {
		t.Error("the account is gone")
	}
}

// Who asks must be read live: the trigger is used at once, and the form follows.
func TestSlowIdentity(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *rigOptions) { o.bot = func(b *Bot) { b.openAfter = 20 * time.Millisecond } })
	gate := make(chan struct{})
	set(r.fake, &r.fake.whoHook, func(context.Context, identity.SlackUserID) error { <-gate; return nil })
	ada := r.as(r.asker)
	_, err := ada.Command(r.ctx, r.other.ID, commandAccess, "")
	r.must(err)
	r.modalSays(ada, "One moment")
	close(gate)
	r.modal(ada, viewForm)
}

// Who is not known hears why, only for them, and what to do.
func TestUnknownPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	delete(r.fake.people, identity.SlackUserID(r.outsider.ID))
	otto := r.as(r.outsider)
	_, err := otto.Command(r.ctx, r.other.ID, commandAccess, "")
	r.must(err)
	r.until("the ephemeral", func() bool { return len(r.messages(r.outsider, r.other)) == 1 })
	m := r.messages(r.outsider, r.other)[0]
	if !m.Ephemeral || m.Text != "Stint does not know you. Ask an admin to add you to Identity Center." {
		t.Errorf("message: %+v", m)
	}
	if _, open := otto.Modal(); open {
		t.Error("a form was opened")
	}
}

// A trigger that is too old: the person hears the next step.
func TestExpiredTrigger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	f := slacksim.Faults{ExpireTriggers: true}
	r.SetFaults(f)
	ada := r.as(r.asker)
	_, err := ada.Command(r.ctx, r.other.ID, commandAccess, "")
	r.must(err)
	r.until("the ephemeral", func() bool { return len(r.messages(r.asker, r.other)) == 1 })
	if m := r.messages(r.asker, r.other)[0]; !m.Ephemeral || !strings.Contains(m.Text, "run the command again") {
		t.Errorf("message: %+v", m)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	for typed, want := range map[string]string{
		"help": "gives you AWS access for a limited time", "<!channel>": "Stint does not know “&lt;!channel&gt;”", "<!channel> please": "match “&lt;!channel&gt; please”",
	} {
		res, err := ada.Command(r.ctx, r.other.ID, commandAccess, typed)
		r.must(err)
		if !res.OK || len(res.Problems) != 0 {
			t.Fatalf("help: %+v", res)
		}
		if m := r.ephemeral(r.asker, want); !m.Ephemeral {
			t.Errorf("everybody sees the answer to %q", typed)
		}
	}
}

// Every envelope three times, and acknowledgements lost: one request.
func TestFormSentThreeTimes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ada := r.as(r.asker)
	r.openForm(ada)
	r.fillForm(ada, "INC-14")
	r.SetFaults(slacksim.Faults{Redeliver: 2})
	res, err := ada.Submit(r.ctx)
	r.must(err)
	if !res.OK {
		t.Fatalf("submit: %+v", res)
	}
	r.until("three submissions", func() bool { return r.fake.counted("Submit") == 3 })
	if n := len(get(r.fake, &r.fake.requests)); n != 1 {
		t.Errorf("%d requests", n)
	}
}
