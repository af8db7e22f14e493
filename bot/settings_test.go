package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
)

// spec is settings with every field set.
func (w world) spec() policy.SettingsSpec {
	return policy.SettingsSpec{
		Admins: policy.People{
			Users: []string{"lead@example.com", w.asker.Name}, SlackUserGroups: []string{"platform", w.set}, IdentityCenterGroups: []string{w.rule}, SlackChannels: []string{w.set},
		},
		EmailDomains: []string{"example.com", w.set}, TimeZone: "Europe/Berlin",
		Durations: []policy.Duration{policy.Duration(30 * time.Minute), policy.Duration(time.Hour)}, MaxDuration: policy.Duration(4 * time.Hour),
		MaxContinuous: policy.Duration(24 * time.Hour), RequestTTL: policy.Duration(90 * time.Minute), Channel: w.set,
		SecondAdmin: true, RemindAfter: policy.Duration(20 * time.Minute), RemindBeforeEnd: policy.Duration(5 * time.Minute),
	}
}

func (w world) settings(out map[string]any) {
	out["settings_fresh"] = settingsView(settingsShown{})
	out["settings_draft"] = settingsView(settingsShown{settings: w.spec(), bootstrap: w.others, changes: 2})
	out["settings_file"] = settingsView(settingsShown{settings: w.spec(), file: "/etc/stint/" + w.rule + "/policy.yaml"})
	for _, part := range []string{partAdmins, partPeople, partRequests, partReminders} {
		f := settingsForm{settingsMeta: settingsMeta{Part: part, Version: 7}, settings: w.spec(), bootstrap: w.others}
		out["settings_edit_"+part] = f.view()
	}
	out["settings_edit_empty"] = settingsForm{settingsMeta: settingsMeta{Part: partRequests}, banner: ":no_entry: " + sentence(w.note)}.view()
}

// settingsDraft lets the fake keep a draft of these settings.
func (r *rig) settingsDraft(s policy.SettingsSpec) (saved func() policy.SettingsSpec) {
	d := access.DraftView{Revision: access.Revision{Version: 3, Spec: policy.Spec{Settings: s}}}
	set(r.fake, &r.fake.onDraft, func(context.Context, identity.SlackUserID) (access.DraftView, error) { return get(r.fake, &d), nil })
	set(r.fake, &r.fake.onCheckSpec, func(_ context.Context, _ identity.SlackUserID, spec policy.Spec) ([]policy.Problem, error) {
		s := spec.Settings
		if s.TimeZone == "Mars/Base" {
			return []policy.Problem{{Path: "settings.time_zone", Message: "there is no time zone \"Mars/Base\"", Hint: "write a name like Europe/Berlin"}, {Path: "rules[0]", Message: "elsewhere"}}, nil
		}
		if len(s.Durations) > 0 && s.MaxDuration > 0 && s.Durations[len(s.Durations)-1] > s.MaxDuration {
			return []policy.Problem{{Path: "settings.durations[1]", Message: "4h is longer than max_duration, which is 2h"}}, nil
		}
		return []policy.Problem{{Path: "settings.admins.users[0]", Message: "it is your own address", Warning: true}}, nil
	})
	set(r.fake, &r.fake.onEditDraft, func(_ context.Context, _ identity.SlackUserID, version uint64, spec policy.Spec) (access.DraftView, error) {
		r.fake.mu.Lock()
		defer r.fake.mu.Unlock()
		if version != d.Revision.Version {
			return d, fault.New(fault.Conflict, "fake", "Your draft changed in the meantime, in another window.", "Look at its newest state.")
		}
		d.Revision.Version++
		d.Revision.Spec = spec
		r.fake.config.Draft = &access.RevisionSummary{Changes: 1}
		return d, nil
	})
	r.chooses(map[access.ChoiceKind][]access.Choice{
		access.ChoosePerson:    {{Value: "ada@example.com", Label: "Ada Asker"}},
		access.ChooseUserGroup: {{Value: "platform", Label: "@platform"}},
		access.ChooseChannel:   {{Value: "aws-approvals", Label: "#aws-approvals"}},
	})
	return func() policy.SettingsSpec { return get(r.fake, &d).Revision.Spec.Settings }
}

// edits opens the form of a part.
func (r *rig) edits(part string) *slacksim.Person {
	r.t.Helper()
	sue := r.configs("settings")
	r.modal(sue, viewSettings)
	r.pressIn(sue, actSettingsEdit+":"+part)
	r.modal(sue, viewSettingsPart)
	return sue
}

// A part is edited, saved in the draft, and the settings under the form show it.
func TestSettingsAreSavedInTheDraft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := policy.SettingsSpec{Admins: policy.People{Users: []string{"lead@example.com"}}, Channel: "old", EmailDomains: []string{"example.com"}}
	saved := r.settingsDraft(before)
	sue := r.edits(partRequests)
	r.choose(sue, pathChannel, chooser(areaSettings, access.ChooseChannel), "aws", "aws-approvals")
	r.fill(sue, pathDurations, actSettingsText, "4h, 30 m, 1h")
	r.fill(sue, pathMax, actSettingsText, "2h")
	r.fill(sue, pathTTL, actSettingsText, "soon")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if !strings.Contains(res.Errors[pathTTL], "is no duration") {
		t.Errorf("errors: %+v", res)
	}
	r.fill(sue, pathTTL, actSettingsText, "")
	r.fill(sue, pathDurations, actSettingsText, "4h, 30m, 1h")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[pathDurations] != "4h is longer than “Longest”, which is 2h." || r.fake.counted("EditDraft") != 0 {
		t.Errorf("errors: %+v", res)
	}
	r.fill(sue, pathDurations, actSettingsText, "1h, 30m")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(sue, "Saved in your draft.*")
	r.until("the settings under it", func() bool {
		m, _ = sue.Modal()
		return m.CallbackID == viewSettings && strings.Contains(text(m.Blocks), "#aws-approvals")
	})
	if !hasAction(m.Blocks, openArea(areaDraft)) {
		t.Error("there is no way to review the draft")
	}
	want := before
	want.Channel, want.MaxDuration = "aws-approvals", policy.Duration(2*time.Hour)
	want.Durations = []policy.Duration{policy.Duration(30 * time.Minute), policy.Duration(time.Hour)}
	if d := cmp.Diff(want, saved()); d != "" {
		t.Errorf("saved (-want +got):\n%s", d)
	}
}

// Admins: what stays keeps its place, the last one cannot be removed.
func TestSettingsOfAdmins(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	saved := r.settingsDraft(policy.SettingsSpec{Admins: policy.People{Users: []string{"lead@example.com"}}})
	sue := r.edits(partAdmins)
	users, groups := pathAdmins+".users", pathAdmins+".slack_usergroups"
	r.fill(sue, users, chooser(areaSettings, access.ChoosePerson))
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if !strings.HasPrefix(res.Errors[users], "At least one admin must stay") || r.fake.counted("EditDraft") != 0 {
		t.Errorf("errors: %+v", res)
	}
	r.choose(sue, groups, chooser(areaSettings, access.ChooseUserGroup), "plat", "platform")
	r.fill(sue, pathSecond, actTicks, secondAdmin)
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "Saved in your draft.*")
	if got := saved(); len(got.Admins.Users) != 0 || !cmp.Equal(got.Admins.SlackUserGroups, []string{"platform"}) || !got.SecondAdmin {
		t.Errorf("saved %+v", got)
	}
}

// What the policy says stands under its field; another window's edit is asked about, and
// what was typed is not lost.
func TestSettingsProblemsAndConflicts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	saved := r.settingsDraft(policy.SettingsSpec{EmailDomains: []string{"example.com"}})
	sue := r.edits(partPeople)
	r.fill(sue, pathZone, actSettingsText, "Mars/Base")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[pathZone] != "There is no time zone \"Mars/Base\". Write a name like Europe/Berlin." || len(res.Errors) != 1 {
		t.Errorf("errors: %+v", res)
	}
	_, err = r.fake.EditDraft(r.ctx, "", 3, policy.Spec{Settings: policy.SettingsSpec{EmailDomains: []string{"example.com"}, Channel: "of another window"}})
	r.must(err)
	r.fill(sue, pathZone, actSettingsText, "Europe/Berlin")
	r.fill(sue, pathDomains, actSettingsText, "Example.com, example.org")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "Not saved yet.* Your draft changed in the meantime")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "Saved in your draft.*")
	got := saved()
	if got.TimeZone != "Europe/Berlin" || got.Channel != "of another window" || !cmp.Equal(got.EmailDomains, []string{"example.com", "example.org"}) {
		t.Errorf("saved %+v", got)
	}
}

// A policy in a file is shown, says where it lives, and cannot be edited.
func TestSettingsOfAFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fake.config.PolicyFile = "/etc/stint/policy.yaml"
	r.fake.config.Settings = policy.SettingsSpec{Channel: "aws-approvals", Admins: policy.People{Users: []string{"lead@example.com"}}}
	sue := r.configs("settings")
	m := r.modalSays(sue, "/etc/stint/policy.yaml")
	if hasAction(m.Blocks, actSettingsEdit+":"+partAdmins) || !strings.Contains(text(m.Blocks), "#aws-approvals") {
		t.Errorf("it shows:\n%s", text(m.Blocks))
	}
}
