package bot

import (
	"context"
	"strings"
	"testing"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
	"stint/sandbox/slacksim"
)

// drafting gives Sue a draft, and a hub that shows it.
func (r *rig) drafting(change func(*access.DraftReview)) {
	v := access.DraftReview{
		Draft: access.DraftView{Revision: access.Revision{ID: "01JREV", Version: 7, State: access.Editing, Base: "01JBASE"}},
		Changes: []policy.Change{
			{Kind: policy.Altered, Title: "rule “production admin”: max_duration", Before: "2h", After: "4h"},
			{Kind: policy.Added, Title: "rule “night shift”", After: "name: night shift\naccounts: all\n"},
		},
		Impact: policy.Impact{
			Before: policy.Opening{Pairs: 1, Entitlements: 212, Accounts: 14, People: 86}, After: policy.Opening{Pairs: 2, Entitlements: 224, Accounts: 15, People: 86},
			Gained: policy.Shift{Pairs: 12, Entitlements: 12, People: 1, Examples: []policy.Example{{Person: "p-ada", Account: prod, Role: admin, After: "night shift"}}},
		},
	}
	if change != nil {
		change(&v)
	}
	set(r.fake, &r.fake.onReviewDraft, func(context.Context, identity.SlackUserID) (access.DraftReview, error) { return v, nil })
	set(r.fake, &r.fake.config, access.ConfigView{
		Editable: true, CatalogAsOf: r.fake.now,
		InForce: &access.RevisionSummary{State: access.InForce, Number: 4, At: r.fake.now},
		Draft:   &access.RevisionSummary{State: access.Editing, BaseNumber: 4, Changes: 2, At: r.fake.now},
	})
}

func (r *rig) applies(answer func(version uint64, reason string, ends bool) (access.RevisionView, error)) {
	set(r.fake, &r.fake.onApplyDraft, func(_ context.Context, _ identity.SlackUserID, v uint64, reason string, ends bool) (access.RevisionView, error) {
		return answer(v, reason, ends)
	})
}

// From the hub to the review and into force; the hub under it shows that it is done.
func TestReviewAndApply(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drafting(func(v *access.DraftReview) { v.Ends, v.EndsTotal = []access.GrantView{r.live("01GRANT9")}, 1 })
	var gotEnds bool
	r.applies(func(version uint64, reason string, ends bool) (access.RevisionView, error) {
		gotEnds = ends && version == 7 && reason == "INC-12: night shift"
		r.drafting(nil)
		c := get(r.fake, &r.fake.config)
		c.Draft, c.InForce = nil, &access.RevisionSummary{State: access.InForce, Number: 5, At: r.fake.now}
		set(r.fake, &r.fake.config, c)
		return access.RevisionView{RevisionSummary: *c.InForce}, nil
	})
	sue := r.configs("")
	r.modalSays(sue, "*Your draft:* 2 changes to version 4")
	r.pressIn(sue, openArea(areaDraft))
	m := r.modal(sue, viewDraft)
	for _, want := range []string{
		"*2 changes* to what is in force", "`2h` → `4h`", "+ name: night shift", "Afterwards 224 entitlements in 15 accounts for 86 people. Now it is 212",
		"*Newly possible*: 12 entitlements for 1 person", "*AdministratorAccess* in *prod-billing*, by “night shift”", "It ends access that people have now",
	} {
		if !strings.Contains(text(m.Blocks), want) {
			t.Errorf("the review does not say %q:\n%s", want, text(m.Blocks))
		}
	}
	r.fill(sue, blockDraftReason, actAdminReason, "INC-12: night shift")
	res, err := sue.Submit(r.ctx)
	r.must(err)
	if res.Errors[readBlock(7)] == "" {
		t.Errorf("access would end without a word: %+v", res)
	}
	r.fill(sue, readBlock(7), actDraftRead, tickEnds)
	_, err = sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "Version 5 is in force")
	if !gotEnds {
		t.Error("the service got something else than what was filled in")
	}
	r.must(sue.CloseModal(r.ctx))
	m = r.modalSays(sue, "*version 5*")
	if strings.Contains(text(m.Blocks), "Your draft") {
		t.Errorf("the hub still shows the draft:\n%s", text(m.Blocks))
	}
}

// What changed since it was reviewed is not applied: the review as it is now says so.
func TestApplyingWhatIsStale(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drafting(nil)
	r.applies(func(uint64, string, bool) (access.RevisionView, error) {
		r.drafting(func(v *access.DraftReview) {
			v.Draft.Revision.Version = 8
			v.Draft.Stale = &access.RevisionSummary{Number: 5, Author: access.Actor{Name: "Sam Sre"}, At: r.fake.now}
		})
		return access.RevisionView{}, fault.New(fault.Conflict, "fake", "Another version came into force meanwhile", "Look at it again.")
	})
	set(r.fake, &r.fake.onRebaseDraft, func(context.Context, identity.SlackUserID) (access.DraftView, error) {
		return access.DraftView{}, fault.New(fault.Conflict, "fake", "Both changed rule “production admin”", "Change yours, or discard the draft.")
	})
	sue := r.configs("")
	r.modal(sue, viewConfig)
	r.pressIn(sue, openArea(areaDraft))
	r.modal(sue, viewDraft)
	r.fill(sue, blockDraftReason, actAdminReason, "longer nights")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	m := r.modalSays(sue, "*Not applied.* Another version came into force meanwhile.")
	if !strings.Contains(text(m.Blocks), ":warning: *Version 5* of Sam Sre came into force") {
		t.Errorf("why it is stale is not said:\n%s", text(m.Blocks))
	}
	r.pressIn(sue, actDraftRebase)
	r.modalSays(sue, "*Not brought up to date.* Both changed rule “production admin”")
	set(r.fake, &r.fake.onRebaseDraft, func(context.Context, identity.SlackUserID) (access.DraftView, error) {
		r.drafting(nil)
		return access.DraftView{}, nil
	})
	r.pressIn(sue, actDraftRebase)
	m = r.modalSays(sue, "*Up to date.*")
	if hasAction(m.Blocks, actDraftRebase) {
		t.Error("what is up to date can be brought up to date")
	}
}

// A draft that does not compile, or says nothing new, cannot be sent; it can be discarded.
func TestDraftThatCannotBeApplied(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.drafting(func(v *access.DraftReview) {
		v.Draft.Problems = []policy.Problem{{Message: "there is no group `paymnets`", Hint: "did you mean `payments`?"}}
	})
	discarded := false
	set(r.fake, &r.fake.onDiscardDraft, func(context.Context, identity.SlackUserID) error {
		discarded = true
		c := get(r.fake, &r.fake.config)
		c.Draft = nil
		set(r.fake, &r.fake.config, c)
		return nil
	})
	sue := r.configs("")
	r.modal(sue, viewConfig)
	r.pressIn(sue, openArea(areaDraft))
	m := r.modalSays(sue, ":x: There is no group `paymnets`. Did you mean `payments`?")
	if m.Submit != nil {
		t.Error("what does not compile can be applied")
	}
	r.pressIn(sue, actDraftDiscard)
	r.modalSays(sue, "*Discarded.*")
	r.must(sue.CloseModal(r.ctx))
	r.until("the hub without the draft", func() bool { m, _ := sue.Modal(); return !strings.Contains(text(m.Blocks), "Your draft") })
	if !discarded {
		t.Error("the draft is still there")
	}
	r.drafting(func(v *access.DraftReview) { v.Changes = nil })
	r.pressIn(sue, actRefresh)
	r.modalSays(sue, "Your draft")
	r.pressIn(sue, openArea(areaDraft))
	if m = r.modalSays(sue, "Nothing differs"); m.Submit != nil {
		t.Error("nothing can be applied")
	}
}

// proposing makes a proposal of Sam's that Sue may decide.
func (r *rig) proposing() {
	v := access.RevisionView{
		RevisionSummary: access.RevisionSummary{
			ID: "01JREV", State: access.Proposed, Author: access.Actor{Person: "p-sam", Slack: identity.SlackUserID(r.sre.ID), Name: "Sam Sre"},
			Reason: "longer nights & <!channel>", At: r.fake.now, Changes: 1,
		},
		Changes: []policy.Change{{Kind: policy.Altered, Title: "rule “production admin”: max_duration", Before: "2h", After: "4h"}},
	}
	set(r.fake, &r.fake.onRevision, func(_ context.Context, user identity.SlackUserID, id access.RevisionID) (access.RevisionView, error) {
		if id != v.ID {
			return access.RevisionView{}, fault.New(fault.NotFound, "fake", "There is no such version", "")
		}
		r.fake.mu.Lock()
		defer r.fake.mu.Unlock()
		out := v
		out.MayDecide = v.State == access.Proposed && user == identity.SlackUserID(r.security.ID)
		return out, nil
	})
	set(r.fake, &r.fake.onDecideRevision, func(_ context.Context, user identity.SlackUserID, _ access.RevisionID, approve bool, note string) (access.RevisionView, error) {
		r.fake.mu.Lock()
		defer r.fake.mu.Unlock()
		v.State, v.Note, v.DecidedBy = access.Refused, note, access.Actor{Slack: user, Name: "Sue Security"}
		if approve {
			v.State, v.Number = access.InForce, 5
		}
		return v, nil
	})
}

func (r *rig) tellRevision(to slacksim.User) {
	r.t.Helper()
	r.deliver(access.Notice{Kind: access.NoticeRevision, Revision: "01JREV", To: identity.SlackUserID(to.ID), Key: revisionKey("01JREV", identity.SlackUserID(to.ID))})
}

// The second admin's copy of the card: review, approve; the card says so, and a
// stale press is explained.
func TestSecondAdminApproves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.proposing()
	r.tellRevision(r.security)
	card := r.dm(r.security)[0]
	for _, want := range []string{"proposes 1 change of the policy", "longer nights & <!channel>", "max_duration: `2h` → `4h`", "Waits for another admin"} {
		if !strings.Contains(text(card.Blocks), want) {
			t.Errorf("the card does not say %q:\n%s", want, text(card.Blocks))
		}
	}
	sue := r.as(r.security)
	r.press(r.security, card, actReview)
	m := r.modal(sue, viewRevision)
	if !strings.Contains(text(m.Blocks), "`2h` → `4h`") || m.Submit == nil {
		t.Errorf("the view to decide in:\n%s", text(m.Blocks))
	}
	_, err := sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "Version 5 is in force")
	r.must(sue.CloseModal(r.ctx))

	// The card as it was, pressed again before the outbox edits it.
	r.press(r.security, card, actReview)
	r.until("the ephemeral", func() bool {
		last := r.dm(r.security)[len(r.dm(r.security))-1]
		return strings.Contains(text(last.Blocks)+last.Text, "In force* as version 5, approved by Sue Security")
	})
	r.until("the card", func() bool { return !hasAction(r.dm(r.security)[0].Blocks, actReview) })
	if r.tellRevision(r.security); len(r.dm(r.security)) != 2 {
		t.Errorf("the card is not edited in place: %d messages", len(r.dm(r.security)))
	}
	if r.tellRevision(r.sre); len(r.dm(r.sre)) != 0 {
		t.Error("a card was posted after it was decided")
	}
}

// A refusal takes a reason, and the card says it.
func TestSecondAdminRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.proposing()
	r.tellRevision(r.security)
	sue := r.as(r.security)
	r.press(r.security, r.dm(r.security)[0], actReview)
	r.modal(sue, viewRevision)
	r.pressIn(sue, actRefuse)
	r.modal(sue, viewRefuse)
	r.fill(sue, blockRefuseWhy, actAdminReason, "four hours are too long")
	_, err := sue.Submit(r.ctx)
	r.must(err)
	r.modalSays(sue, "*Refused.*")
	r.must(sue.CloseModal(r.ctx))
	m := r.modalSays(sue, "*Refused* by <@"+r.security.ID+">")
	if m.Submit != nil {
		t.Error("what was refused can be approved")
	}
	r.tellRevision(r.security)
	if got := text(r.dm(r.security)[0].Blocks); !strings.Contains(got, "four hours are too long") || !strings.Contains(got, "*Refused* by") {
		t.Errorf("the card does not say why:\n%s", got)
	}
}

// Who proposed it sees it in the hub, cannot decide it, and can take it back.
func TestOwnProposal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.proposing()
	r.fake.admins = append(r.fake.admins, access.Human{Person: "p-sam", Slack: identity.SlackUserID(r.sre.ID), Name: "Sam Sre"})
	set(r.fake, &r.fake.config, access.ConfigView{
		Human: access.Human{Slack: identity.SlackUserID(r.sre.ID)}, Editable: true,
		Proposed: []access.RevisionSummary{{ID: "01JREV", State: access.Proposed, Author: access.Actor{Slack: identity.SlackUserID(r.sre.ID)}, Changes: 1}},
	})
	sam := r.as(r.sre)
	_, err := sam.Command(r.ctx, sam.OpenApp(), commandConfig, "")
	r.must(err)
	r.modalSays(sam, "*You proposed 1 change*")
	r.pressIn(sam, actReview)
	if m := r.modalSays(sam, "Another admin decides it."); m.Submit != nil || hasAction(m.Blocks, actRefuse) {
		t.Error("the author decides")
	}
	r.pressIn(sam, actTakeBack)
	r.modalSays(sam, "*Taken back.*")
	if r.fake.counted("DecideRevision") != 1 {
		t.Error("it was not taken back")
	}
}

// Versions by page, one of them opened, and the way back to it through the review.
func TestVersionsAndTheWayBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.proposing()
	r.drafting(nil)
	revision := get(r.fake, &r.fake.onRevision)
	set(r.fake, &r.fake.onRevision, func(ctx context.Context, user identity.SlackUserID, id access.RevisionID) (access.RevisionView, error) {
		v, err := revision(ctx, user, "01JREV")
		v.ID, v.State, v.Number = id, access.Replaced, 3
		v.Spec = policy.Spec{Rules: []policy.RuleSpec{{Name: "night shift", Deny: true}}}
		return v, err
	})
	set(r.fake, &r.fake.onRevisions, func(_ context.Context, _ identity.SlackUserID, offset, limit int) ([]access.RevisionSummary, int, error) {
		var out []access.RevisionSummary
		for i := range limit {
			out = append(out, access.RevisionSummary{ID: access.RevisionID("01JREV" + string(rune('A'+i))), State: access.Replaced, Number: uint64(100 - offset - i), At: r.fake.now})
		}
		return out, 100, nil
	})
	conflict := error(fault.New(fault.Conflict, "fake", "You have a draft already", "Apply or discard it first."))
	set(r.fake, &r.fake.onRollBack, func(context.Context, identity.SlackUserID, access.RevisionID) (access.DraftView, error) {
		return access.DraftView{}, get(r.fake, &conflict)
	})
	sue := r.configs(areaVersions)
	r.modalSays(sue, "*Version 100*")
	r.pressIn(sue, actVersionsPage+":next")
	m := r.modalSays(sue, "*Version 92*")
	if strings.Contains(text(m.Blocks), "*Version 93*") {
		t.Error("the first page is still there")
	}
	r.pressIn(sue, actVersion)
	m = r.modalSays(sue, "*All of it*")
	if !strings.Contains(text(m.Blocks), "name: night shift") || !strings.Contains(text(m.Blocks), "`2h` → `4h`") {
		t.Errorf("the version:\n%s", text(m.Blocks))
	}
	r.pressIn(sue, actRollBack)
	r.modalSays(sue, "*Not rolled back.* You have a draft already.")
	set(r.fake, &conflict, nil)
	r.pressIn(sue, actRollBack)
	r.modal(sue, viewDraft)
	r.must(sue.CloseModal(r.ctx))
	r.modalSays(sue, "*Version 92*")
}

// Resuming from the hub, where who paused it and why is said first.
func TestHubResumes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set(r.fake, &r.fake.config, access.ConfigView{Editable: true, Paused: &access.Pause{By: access.Actor{Name: "Sam Sre"}, At: r.fake.now, Reason: "INC-99 <!channel>"}})
	set(r.fake, &r.fake.onResume, func(context.Context, identity.SlackUserID) error {
		set(r.fake, &r.fake.config, access.ConfigView{Editable: true})
		return nil
	})
	sue := r.configs("")
	m := r.modalSays(sue, "*New access is paused* by Sam Sre")
	if !strings.Contains(text(m.Blocks), "INC-99 <!channel>") || hasAction(m.Blocks, openArea(areaPause)) {
		t.Errorf("the pause:\n%s", text(m.Blocks))
	}
	r.pressIn(sue, actGoOn)
	m = r.modalSays(sue, "*Resumed.*")
	if !hasAction(m.Blocks, openArea(areaPause)) {
		t.Error("it cannot be paused again")
	}
}
