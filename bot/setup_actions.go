package bot

import (
	"context"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// openSetup opens what the root shows before there is a policy.
func (b *Bot) openSetup(ctx context.Context, o origin) { b.openConfig(ctx, o) }

// readSetup reads the form as it is filled.
func readSetup(state *slack.ViewState) setupForm {
	var f setupForm
	if state == nil {
		return f
	}
	f.someAccounts = chosenOption(state, blockSetupAccounts, actSetupAccounts).Value == setupSome
	f.somePeople = chosenOption(state, blockSetupWho, actSetupWho).Value == setupSome
	f.ous = chosenOptions(state, blockSetupOUs, chooser(areaSetup, access.ChooseOU))
	f.roles = chosenOptions(state, blockSetupRoles, chooser(areaSetup, access.ChooseRole))
	f.requesters = chosenOptions(state, blockSetupRequesters, actSetupRequesters)
	f.deciders = chosenOptions(state, blockSetupApprovers, actSetupApprovers)
	if s, err := strconv.Atoi(chosenOption(state, blockSetupLongest, actSetupLongest).Value); err == nil && s > 0 {
		f.longest = time.Duration(s) * time.Second
	}
	f.channel = identity.ChannelID(state.Values[blockSetupChannel][actSetupChannel].SelectedConversation)
	return f
}

// input is the form as the service takes it.
func (f setupForm) input() access.SetupInput {
	in := access.SetupInput{
		AllAccounts: !f.someAccounts, Everyone: !f.somePeople,
		Roles: values(f.roles), MaxDuration: f.longest, Channel: f.channel, Approvers: anyone(f.deciders),
	}
	if f.someAccounts {
		in.OUs = values(f.ous)
	}
	if f.somePeople {
		in.Requesters = anyone(f.requesters)
	}
	return in
}

// missing says under each field what is missing; nil when nothing is.
func (f setupForm) missing() map[string]string {
	errs := map[string]string{}
	if f.someAccounts && len(f.ous) == 0 {
		errs[blockSetupOUs] = "Choose at least one, or all accounts above."
	}
	if f.somePeople && anyone(f.requesters).IsZero() {
		errs[blockSetupRequesters] = "Choose who may ask, or everyone above."
	}
	if f.longest == 0 {
		errs[blockSetupLongest] = "Choose the longest duration."
	}
	if f.channel == "" {
		errs[blockSetupChannel] = "Choose a channel."
	}
	if anyone(f.deciders).IsZero() {
		errs[blockSetupApprovers] = "Choose who approves."
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// setupPressed draws the form anew: another question was answered, or it looks again.
func (b *Bot) setupPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	f := readSetup(c.View.State)
	if actionOf(a.ActionID) == actSetupSync {
		if err := b.service.SyncNow(ctx, o.user); err != nil {
			f.banner = ":no_entry: *Not started.* " + b.say(b.userLog(o.user), err).String()
		}
	}
	b.drawSetup(ctx, o, f)
}

func (b *Bot) drawSetup(ctx context.Context, o origin, f setupForm) {
	h, err := b.readHub(ctx, o.user)
	switch {
	case err != nil:
		b.updateView(ctx, o, refusedView(b.sayAdmin(ctx, o.user, err)))
	case !h.FirstRun: // another admin was faster
		b.updateView(ctx, o, hubView(h, configMeta{}, ""))
	default:
		b.updateView(ctx, o, setupView(h, f))
	}
}

// setupSubmitted makes the first draft and shows what it would open.
func (b *Bot) setupSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	f := readSetup(c.View.State)
	if errs := f.missing(); errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		in := f.input()
		if who, err := b.service.Who(ctx, o.user); err == nil {
			in.TimeZone = who.Facts.TimeZone
		}
		r, err := b.service.Setup(ctx, o.user, in)
		if err != nil {
			return b.setupRefused(ctx, o, f, err)
		}
		v := b.reviewView(r, true, "")
		return outcome{view: &v}
	})
}

// setupRefused puts a refusal under its field, or above the form when it is about none.
func (b *Bot) setupRefused(ctx context.Context, o origin, f setupForm, err error) outcome {
	s := b.sayAdmin(ctx, o.user, err)
	again := func() slack.ModalViewRequest {
		h, err := b.readHub(ctx, o.user)
		if err != nil {
			return refusedView(b.sayAdmin(ctx, o.user, err))
		}
		f.banner = ":no_entry: " + s.String()
		return setupView(h, f)
	}
	fields := map[string]string{
		"roles": blockSetupRoles, "max_duration": blockSetupLongest, "channel": blockSetupChannel, "approvers": blockSetupApprovers,
	}
	if f.someAccounts {
		fields["accounts"] = blockSetupOUs
	}
	if f.somePeople {
		fields["requesters"] = blockSetupRequesters
	}
	if block, ok := fields[s.field]; ok {
		return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: again}
	}
	v := again()
	return outcome{view: &v}
}

// setupOptions answers a keystroke in the form.
func (b *Bot) setupOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	switch c.ActionID {
	case actSetupApprovers, actSetupRequesters:
		return b.anyoneOptions(ctx, o, c)
	}
	return b.chooserOptions(ctx, o, c)
}
