package bot

import (
	"context"
	"reflect"
	"strings"

	"github.com/slack-go/slack"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// openSettings opens Settings.
func (b *Bot) openSettings(ctx context.Context, o origin) {
	b.show(ctx, o, settingsTitle, func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawSettings(ctx, o.user, "") })
}

// drawSettings draws the settings of the admin's draft, or of a file.
func (b *Bot) drawSettings(ctx context.Context, user identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	c, err := b.service.Config(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	s := settingsShown{settings: c.Settings, bootstrap: c.Bootstrap, file: c.PolicyFile}
	if s.file != "" {
		return settingsView(s), nil
	}
	d, err := b.service.Draft(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	s.settings = d.Revision.Spec.Settings
	if c.Draft != nil {
		s.changes = c.Draft.Changes
	}
	return settingsView(s), nil
}

// settingsPressed opens the form of a part.
func (b *Bot) settingsPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	if actionOf(a.ActionID) != actSettingsEdit {
		return
	}
	b.show(ctx, o, settingsTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
		f, err := b.settingsPart(ctx, o.user, a.Value)
		return f.view(), err
	})
}

// settingsPart is the form of a part as the draft has it.
func (b *Bot) settingsPart(ctx context.Context, user identity.SlackUserID, part string) (settingsForm, error) {
	f := settingsForm{settingsMeta: settingsMeta{Part: part}}
	c, err := b.service.Config(ctx, user)
	if err != nil {
		return f, err
	}
	d, err := b.service.Draft(ctx, user)
	if err != nil {
		return f, err
	}
	f.Version, f.settings, f.bootstrap = d.Revision.Version, d.Revision.Spec.Settings, c.Bootstrap
	return f, nil
}

// settingsSubmitted saves a part in the draft.
func (b *Bot) settingsSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m := readSettingsMeta(ownMeta(o.meta))
	if c.View.CallbackID != viewSettingsPart || m.Part == "" {
		b.onlyRead(ctx, env, o, c)
		return
	}
	if _, errs := readSettings(m.Part, c.View.State, policy.SettingsSpec{}); errs != nil {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.saveSettings(ctx, o, m, c.View.State) })
}

func (b *Bot) saveSettings(ctx context.Context, o origin, m settingsMeta, state *slack.ViewState) outcome {
	f, err := b.settingsPart(ctx, o.user, m.Part)
	if err != nil {
		v := refusedView(b.sayAdmin(ctx, o.user, err))
		return outcome{view: &v}
	}
	d, err := b.service.Draft(ctx, o.user)
	if err != nil {
		v := refusedView(b.sayAdmin(ctx, o.user, err))
		return outcome{view: &v}
	}
	spec := d.Revision.Spec
	spec.Settings, _ = readSettings(m.Part, state, spec.Settings)
	f.settings = spec.Settings
	again := func(banner string) outcome {
		f.banner = banner
		v := f.view()
		return outcome{view: &v}
	}
	if m.Part == partAdmins && spec.Settings.Admins.IsZero() && len(f.bootstrap) == 0 {
		late := func() slack.ModalViewRequest { return *again(":no_entry: At least one admin must stay.").view }
		return outcome{errors: map[string]string{pathAdmins + ".users": "At least one admin must stay: name somebody here, or a group below."}, late: late}
	}
	problems, err := b.service.CheckSpec(ctx, o.user, spec)
	if err != nil {
		return again(":no_entry: *Not saved.* " + b.sayAdmin(ctx, o.user, err).String())
	}
	errs, warnings := underFields(m.Part, problems)
	if errs != nil {
		late := func() slack.ModalViewRequest { return *again(":no_entry: *Not saved.* " + listed(errs)).view }
		return outcome{errors: errs, late: late}
	}
	if reflect.DeepEqual(spec.Settings, d.Revision.Spec.Settings) {
		v := noteView(settingsTitle, ":white_circle: Nothing was changed.")
		return outcome{done: &v, said: ":white_circle: Nothing was changed."}
	}
	if _, err = b.service.EditDraft(ctx, o.user, m.Version, spec); err != nil {
		s := b.sayAdmin(ctx, o.user, err)
		if fault.Is(err, fault.Conflict) {
			return again(":warning: *Not saved yet.* " + s.text + " This form still holds what you chose: press Save again to keep it.")
		}
		return again(":no_entry: *Not saved.* " + s.String())
	}
	said := ":white_check_mark: *Saved in your draft.* Review and apply it to put it in force."
	for _, w := range warnings {
		said += "\n:warning: " + w
	}
	v := noteView("Saved", said)
	return outcome{done: &v, said: said}
}

// listed is what is wrong with a form, in one text.
func listed(errs map[string]string) string {
	lines := make([]string, 0, len(errs))
	for _, k := range sortedKeys(errs) {
		lines = append(lines, esc(errs[k]))
	}
	return strings.Join(lines, "\n")
}

func (b *Bot) settingsOptions(ctx context.Context, o origin, c slack.InteractionCallback) (optionsAnswer, error) {
	return b.chooserOptions(ctx, o, c)
}
