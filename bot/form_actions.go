package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// openForm opens the request form at once, or says why nobody can ask for anything yet.
// When it takes longer to learn who asks, the trigger is used for "One moment", and the
// form takes its place.
func (b *Bot) openForm(ctx context.Context, o origin) { b.openFormWith(ctx, o, prefill{}) }

// openFormWith opens the form with something in it already. What can no longer be asked for
// is shown all the same, with the reason why not.
func (b *Bot) openFormWith(ctx context.Context, o origin, with prefill) {
	b.show(ctx, o, with.filled().title(), func(ctx context.Context) (slack.ModalViewRequest, error) {
		who, err := b.service.Who(ctx, o.user)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		if _, err := b.service.Accounts(ctx, who.Person, "", 1); err != nil {
			return slack.ModalViewRequest{}, err
		}
		in := with.filled()
		if in.ofGroup && in.group == "" {
			if err := b.offersGroup(ctx, who.Person); err != nil {
				return slack.ModalViewRequest{}, err
			}
		}
		if with.receiver != "" && with.receiver != o.user {
			other, err := b.service.Who(ctx, with.receiver)
			if err != nil {
				return slack.ModalViewRequest{}, err
			}
			in.receiver = other.Person
			in.roleBlock = rolesFor(in.accounts, in.receiver)
		}
		f := b.redraw(ctx, who, in)
		f.banner = with.note
		return f.view(), nil
	})
}

// openView opens a modal. When Slack refuses, the person hears what to do next.
func (b *Bot) openView(ctx context.Context, o origin, v slack.ModalViewRequest) (viewID string, ok bool) {
	resp, err := b.api.OpenViewContext(ctx, o.triggerID, v)
	if err == nil {
		return resp.ID, true
	}
	b.notOpened(ctx, o, err)
	return "", false
}

// notOpened tells somebody for whom Slack opened no window.
func (b *Bot) notOpened(ctx context.Context, o origin, err error) {
	b.log.Warn().Err(err).Str("user", string(o.user)).Msg("view not opened")
	b.noteTrouble(err)
	hint := "Please try again."
	if o.responseURL != "" && o.ts == "" {
		hint = "Please run the command again."
	}
	s := said{title: "Not opened", text: "Slack did not let Stint open a window in time.", hint: hint}
	if wait, limited := retryAfter(err); limited {
		s.text, s.hint = "Slack is limiting Stint's requests right now.", "Please try again in "+length(wait)+"."
	}
	o.triggerID = "" // it is used up
	if o.home || o.responseURL == "" {
		if _, err := b.direct(ctx, o.user, message(s.String(), section(s.String()))); err != nil {
			b.log.Error().Err(err).Str("user", string(o.user)).Msg("a person could not be answered")
		}
		return
	}
	b.tell(ctx, o, s)
}

// formChanged redraws the form after something was chosen in it; never per keystroke.
func (b *Bot) formChanged(ctx context.Context, o origin, c slack.InteractionCallback) {
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		s := b.say(b.userLog(o.user), err)
		b.updateView(ctx, o, noteView(s.title, ":no_entry: "+s.text, s.hint))
		return
	}
	in := readForm(c.View.State, readFormMeta(c.View.PrivateMetadata))
	b.updateView(ctx, o, steady(b.redraw(ctx, who, in).view(), c.View))
}

// formSent submits the form. Slack does not verify what an external select sends: the
// service does, and its errors come back under the fields.
func (b *Bot) formSent(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	in := readForm(c.View.State, readFormMeta(c.View.PrivateMetadata))
	if errs := in.missing(b.service.Now()); errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.submit(ctx, o, in) })
}

func (b *Bot) submit(ctx context.Context, o origin, in filled) outcome {
	who, err := b.service.Who(ctx, o.user)
	if err != nil {
		return b.notSent(ctx, o, in, err)
	}
	d, _ := in.wanted()
	s := access.Submission{
		FormKey:   formKey(o.user, o.viewID, in, d),
		User:      o.user,
		Duration:  d,
		Reason:    trimmed(in.reason),
		Ticket:    strings.TrimSpace(in.ticket),
		Link:      in.link,
		Emergency: in.emergency,
	}
	if !in.emergency {
		s.StartAt = in.startsAt(b.service.Now())
	}
	if in.receiver != "" {
		h, err := b.service.Receiver(ctx, who.Person, in.receiver)
		if err != nil {
			return b.notSent(ctx, o, in, err)
		}
		s.For = h.Slack
	}
	wanted, changed, err := b.wanted(ctx, who, in)
	switch {
	case err != nil:
		return b.notSent(ctx, o, in, err)
	case changed != nil:
		return *changed
	}
	s.Entitlements = wanted
	first, err := b.service.Submit(ctx, s)
	if err != nil {
		return b.notSent(ctx, o, in, err)
	}
	sent := sentView(b.sentForm(ctx, first)...)
	if p := b.service.Paused(); p != nil && first.State == access.Pending {
		sent = headed(sent, pausedLine(*p))
	}
	return outcome{view: &sent}
}

// wanted is what the form asks for, without what its sender had left out. Where the form did
// not show what cannot be asked for as it is now, it is drawn anew, and nothing is sent: only
// what somebody saw is left out.
func (b *Bot) wanted(ctx context.Context, who identity.Bound, in filled) ([]access.Entitlement, *outcome, error) {
	all := in.entitlements()
	if len(all) < 2 || len(all) > access.MaxEntitlements {
		return all, nil, nil // one is refused by itself, under its field
	}
	p, err := b.service.Preview(ctx, in.question(who.Person))
	if err != nil {
		return nil, nil, err
	}
	n, which := refusedOf(p)
	again := func(why string) *outcome {
		redrawn := func() slack.ModalViewRequest {
			f := b.redraw(ctx, who, in)
			f.banner = ":no_entry: *Not sent.* " + why
			return f.view()
		}
		v := redrawn()
		return &outcome{view: &v}
	}
	switch {
	case n == 0 && in.leave == "":
		return all, nil, nil
	case n == len(p.Items):
		return nil, again("None of it can be asked for."), nil
	case in.leave != which && in.leave != "":
		return nil, again("What can be asked for has changed meanwhile: look at it once more."), nil
	case in.leave == "" && in.leaveBlock == blockLeave+"/"+which:
		rest := plural(len(p.Items)-n, "other")
		if len(p.Items)-n > 1 {
			rest = "other " + thousands(len(p.Items)-n)
		}
		out := outcome{errors: map[string]string{in.leaveBlock: "Tick this to send the " + rest + ", or take them out above."}}
		out.late = func() slack.ModalViewRequest {
			return *again("Some of it cannot be asked for: leave that out, or take it out.").view
		}
		return nil, &out, nil
	case in.leave == "":
		return nil, again("Some of it cannot be asked for: leave that out, or take it out."), nil
	}
	rest := make([]access.Entitlement, 0, len(p.Items)-n)
	for _, i := range p.Items {
		if !i.Refused() {
			rest = append(rest, i.Entitlement)
		}
	}
	return rest, nil, nil
}

// notSent puts a refusal under its field, or above the form when it is about none.
func (b *Bot) notSent(ctx context.Context, o origin, in filled, err error) outcome {
	s := b.say(b.userLog(o.user), err)
	again := func() slack.ModalViewRequest {
		f := form{filled: in, now: b.service.Now()}
		if who, err := b.service.Who(ctx, o.user); err == nil {
			f = b.redraw(ctx, who, in)
		}
		f.banner = ":no_entry: *Not sent.* " + s.String()
		return f.view()
	}
	blocks := map[string]string{
		"account":  blockAccount,
		"role":     in.roleBlock,
		"group":    in.groupBlock,
		"duration": in.durationField(),
		"reason":   blockReason,
	}
	if in.ofGroup {
		blocks["role"] = in.groupBlock
	}
	if in.receiver != "" {
		blocks["for"] = blockWhom
	}
	if in.start != "" {
		blocks["start"] = in.startField()
	}
	if in.hasTicket {
		blocks["ticket"] = blockTicket
	}
	if block, ok := blocks[s.field]; ok {
		return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: again}
	}
	v := again()
	return outcome{view: &v}
}

// plainFault is the text of an error that was made here, for a field.
func plainFault(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return cut(strings.TrimSpace(unescaper.Replace(sentence(f.Message)+" "+sentence(f.Hint))), maxErrorText)
	}
	return cut(err.Error(), maxErrorText)
}
