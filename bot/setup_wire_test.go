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
)

// firstRun makes the fake one that never had a policy.
func (r *rig) firstRun() {
	set(r.fake, &r.fake.config, access.ConfigView{
		Editable: true, FirstRun: true, CatalogAsOf: r.fake.now, Accounts: 14, Roles: 9, People: 86,
		Checks: []access.Check{{Name: "Slack", OK: true, Detail: "connected"}},
	})
	r.chooses(map[access.ChoiceKind][]access.Choice{
		access.ChooseOU:        {{Value: "/Production", Label: "/Production"}},
		access.ChooseRole:      {{Value: "ReadOnly", Label: "ReadOnly"}},
		access.ChooseUserGroup: {{Value: "platform", Label: "platform", Detail: "5 members"}},
		access.ChooseGroup:     {{Value: "security", Label: "security"}},
		access.ChoosePerson:    {{Value: "sam@example.com", Label: "Sam Sre", Detail: "sam@example.com"}},
	})
}

func firstReview(version uint64) access.DraftReview {
	return access.DraftReview{
		Draft: access.DraftView{
			Revision: access.Revision{ID: "01JFIRST", Version: version, State: access.Editing},
			Rules:    []access.RuleView{{RuleSummary: policy.RuleSummary{Name: "everything with approval", Text: "all accounts · all roles · everyone"}}},
		},
		Impact:   policy.Impact{After: policy.Opening{Pairs: 18232, Entitlements: 212, Accounts: 14, Roles: 9, People: 86}},
		Warnings: []policy.Problem{{Message: "Stint is not a member of #aws-approvals", Hint: "Invite it.", Warning: true}},
	}
}

// The whole first run: one form, the numbers, the acknowledgement, what is in force.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.firstRun()
	var got access.SetupInput
	set(r.fake, &r.fake.onSetup, func(_ context.Context, _ identity.SlackUserID, in access.SetupInput) (access.DraftReview, error) {
		got = in
		return firstReview(3), nil
	})
	var version uint64
	var why string
	set(r.fake, &r.fake.onApplyDraft, func(_ context.Context, _ identity.SlackUserID, v uint64, reason string, ends bool) (access.RevisionView, error) {
		version, why = v, reason
		return access.RevisionView{RevisionSummary: access.RevisionSummary{State: access.InForce, Number: 1, At: r.fake.now}}, nil
	})
	sue := r.configs("")
	r.modal(sue, viewSetup)
	m := r.modalSays(sue, "*Read from AWS:* 14 accounts, 9 roles, 86 people.")
	if _, shown := m.Values[blockSetupOUs]; shown {
		t.Error("OUs are asked for before they are wanted")
	}
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.OK || res.Errors[blockSetupChannel] == "" || res.Errors[blockSetupApprovers] == "" {
		t.Errorf("an empty form: %+v", res)
	}

	r.fill(sue, blockSetupAccounts, actSetupAccounts, setupSome)
	r.until("the OUs", func() bool { m, _ := sue.Modal(); _, ok := m.Values[blockSetupOUs]; return ok })
	r.choose(sue, blockSetupOUs, chooser(areaSetup, access.ChooseOU), "", "/Production")
	r.choose(sue, blockSetupRoles, chooser(areaSetup, access.ChooseRole), "", "ReadOnly")
	r.fill(sue, blockSetupLongest, actSetupLongest, "7200")
	r.fill(sue, blockSetupChannel, actSetupChannel, r.other.ID)
	_, _, err = sue.Options(r.ctx, el(blockSetupApprovers, actSetupApprovers), "")
	r.must(err)
	r.fill(sue, blockSetupApprovers, actSetupApprovers, "user_group:platform", "person:sam@example.com")
	_, err = sue.Submit(r.ctx)
	r.must(err)

	m = r.modalSays(sue, "This opens 212 entitlements in 14 accounts for 86 people.")
	for _, want := range []string{"everything with approval", ":warning: Stint is not a member of #aws-approvals. Invite it."} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the review does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	want := access.SetupInput{
		OUs: []string{"/Production"}, Roles: []string{"ReadOnly"}, Everyone: true, MaxDuration: 2 * time.Hour,
		Channel:   identity.ChannelID(r.other.ID),
		Approvers: policy.People{Users: []string{"sam@example.com"}, SlackUserGroups: []string{"platform"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the form as the service got it (-want +got):\n%s", d)
	}

	r.fill(sue, blockDraftReason, actAdminReason, "to begin with")
	res, err = sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[readBlock(3)] == "" || r.fake.counted("ApplyDraft") != 0 {
		t.Errorf("applied without the acknowledgement: %+v", res)
	}
	r.fill(sue, readBlock(3), actDraftRead, tickOpens)
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m = r.modalSays(sue, "Version 1 is in force")
	if version != 3 || why != "to begin with" {
		t.Errorf("applied version %d because %q", version, why)
	}
	if !strings.Contains(text(m.Blocks), "You can now ask for AWS access in Slack") {
		t.Errorf("nothing to tell people:\n%s", text(m.Blocks))
	}
}

// What the first run made can be given up: the form is there again.
func TestFirstRunStartsAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.firstRun()
	set(r.fake, &r.fake.onSetup, func(context.Context, identity.SlackUserID, access.SetupInput) (access.DraftReview, error) {
		return firstReview(3), nil
	})
	set(r.fake, &r.fake.onDiscardDraft, func(context.Context, identity.SlackUserID) error { return nil })
	sue := r.configs("")
	r.modal(sue, viewSetup)
	r.fill(sue, blockSetupChannel, actSetupChannel, r.other.ID)
	_, _, err := sue.Options(r.ctx, el(blockSetupApprovers, actSetupApprovers), "")
	r.must(err)
	r.fill(sue, blockSetupApprovers, actSetupApprovers, "group:security")
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modal(sue, viewDraft)
	r.pressIn(sue, actDraftDiscard)
	m := r.modal(sue, viewSetup)
	if got := m.Values[blockSetupApprovers][actSetupApprovers]["selected_options"]; len(got.([]any)) != 0 {
		t.Errorf("it does not begin anew: %v", got)
	}
}

// What the service refuses stands under its field, and what was filled in stays.
func TestFirstRunIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.firstRun()
	answer := fault.New(fault.Invalid, "fake.Setup", "Nobody is in that user group", "Choose another.").In("approvers")
	set(r.fake, &r.fake.onSetup, func(context.Context, identity.SlackUserID, access.SetupInput) (access.DraftReview, error) {
		return access.DraftReview{}, get(r.fake, &answer)
	})
	sue := r.configs("")
	r.modal(sue, viewSetup)
	r.fill(sue, blockSetupChannel, actSetupChannel, r.other.ID)
	_, _, err := sue.Options(r.ctx, el(blockSetupApprovers, actSetupApprovers), "")
	r.must(err)
	r.fill(sue, blockSetupApprovers, actSetupApprovers, "group:security")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if got := res.Errors[blockSetupApprovers]; got != "Nobody is in that user group. Choose another." {
		t.Errorf("under the field: %q", got)
	}
	set(r.fake, &answer, fault.New(fault.Conflict, "fake.Setup", "Another admin set it up meanwhile", ""))
	_, err = sue.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(sue, "Another admin set it up meanwhile")
	if got := m.Values[blockSetupApprovers][actSetupApprovers]["selected_options"]; len(got.([]any)) != 1 {
		t.Errorf("what was filled in is lost: %v", got)
	}
}

// Before AWS was read there is nothing to choose from: the view says so, and reads it.
func TestFirstRunWaitsForAWS(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.firstRun()
	c := get(r.fake, &r.fake.config)
	c.CatalogAsOf = time.Time{}
	set(r.fake, &r.fake.config, c)
	sue := r.configs("")
	m := r.modalSays(sue, "Stint has not read the organization from AWS yet")
	if m.Submit != nil {
		t.Error("a form without anything to choose from can be sent")
	}
	r.pressIn(sue, actSetupSync)
	r.modalSays(sue, "Reading from AWS")
	c.CatalogAsOf = r.fake.now
	set(r.fake, &r.fake.config, c)
	r.pressIn(sue, actSetupAgain)
	r.until("the form", func() bool { m, _ := sue.Modal(); _, ok := m.Values[blockSetupChannel]; return ok })
}

// Who asks for access before there is a policy hears that kindly, and who can change it.
func TestNobodyCanAskBeforeTheFirstPolicy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.notReady, error(fault.New(fault.Unavailable, "fake.Accounts", "Stint is not set up yet, so nobody can ask for access.", "Ask Sue Security, who runs Stint here.")))
	ada := r.as(r.asker)
	_, err := ada.Command(r.ctx, r.other.ID, commandAccess, "")
	r.must(err)
	m := r.ephemeral(r.asker, "Stint is not set up yet")
	if !strings.Contains(m.Text, "Ask <@"+r.security.ID+">") {
		t.Errorf("nobody to ask: %s", m.Text)
	}
	if _, open := ada.Modal(); open {
		t.Error("a form opened")
	}
}
