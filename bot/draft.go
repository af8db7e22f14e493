package bot

import (
	"context"
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// readBlock is the block of the acknowledgements for one version of a draft.
func readBlock(version uint64) string {
	return blockDraftRead + "/" + strconv.FormatUint(version, 10)
}

// openDraft opens the review of the admin's draft.
func (b *Bot) openDraft(ctx context.Context, o origin) {
	b.show(ctx, o, "Review and apply", func(ctx context.Context) (slack.ModalViewRequest, error) {
		return b.drawDraft(ctx, o.user, "")
	})
}

// drawDraft draws the review as it is now. meta only says whether it is the first run.
func (b *Bot) drawDraft(ctx context.Context, user identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	return b.drawReview(ctx, user, "")
}

func (b *Bot) drawReview(ctx context.Context, user identity.SlackUserID, banner string) (slack.ModalViewRequest, error) {
	r, err := b.service.ReviewDraft(ctx, user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return b.reviewView(r, r.Draft.Revision.Base == "", banner), nil
}

// draftPressed brings the draft up to date or gives it up.
func (b *Bot) draftPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	switch actionOf(a.ActionID) {
	case actDraftRebase:
		banner := ":white_check_mark: *Up to date.* Your changes now stand on top of what is in force."
		if _, err := b.service.RebaseDraft(ctx, o.user); err != nil {
			banner = ":no_entry: *Not brought up to date.* " + b.sayAdmin(ctx, o.user, err).String()
		}
		b.reviewAgain(ctx, o, banner)
	case actDraftDiscard:
		if err := b.service.DiscardDraft(ctx, o.user); err != nil {
			b.reviewAgain(ctx, o, ":no_entry: *Not discarded.* "+b.sayAdmin(ctx, o.user, err).String())
			return
		}
		text := "Your draft is gone. What is in force stays as it is."
		if readDraftMeta(ownMeta(o.meta)).First {
			if _, has := underneath(o.meta); !has {
				b.redrawPart(ctx, o, b.drawConfig, "", "")
				return
			}
			text = "Close this window to begin anew."
		}
		b.updateView(ctx, o, noteView("Discarded", ":wastebasket: *Discarded.* "+text))
		b.redrawUnder(ctx, o, "")
	}
}

// reviewAgain draws the pressed review anew.
func (b *Bot) reviewAgain(ctx context.Context, o origin, banner string) {
	v, err := b.drawReview(ctx, o.user, banner)
	if err != nil {
		v = refusedView(b.sayAdmin(ctx, o.user, err))
	}
	b.updateView(ctx, o, v)
}

// draftSubmitted applies or proposes what was reviewed.
func (b *Bot) draftSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m := readDraftMeta(ownMeta(o.meta))
	if c.View.CallbackID != viewDraft || m.Version == 0 {
		b.onlyRead(ctx, env, o, c)
		return
	}
	errs := map[string]string{}
	reason, problem := readReason(c.View.State, blockDraftReason)
	if problem != "" {
		errs[blockDraftReason] = problem
	}
	ticked := chosenIn(c.View.State, readBlock(m.Version), actDraftRead)
	if slices.ContainsFunc(m.Ticks, func(t string) bool { return !slices.Contains(ticked, t) }) {
		errs[readBlock(m.Version)] = "Tick it to go on."
	}
	if len(errs) > 0 {
		b.answerNow(ctx, env, o, outcome{errors: errs})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v := b.apply(ctx, o, m, reason, slices.Contains(ticked, tickEnds))
		return outcome{view: &v, changed: true}
	})
}

func (b *Bot) apply(ctx context.Context, o origin, m draftMeta, reason string, ends bool) slack.ModalViewRequest {
	r, err := b.service.ApplyDraft(ctx, o.user, m.Version, reason, ends)
	if err == nil {
		return appliedView(r, m.First, b.otherAdmins(ctx, o.user))
	}
	s := b.sayAdmin(ctx, o.user, err)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		// What was reviewed is no more: the review as it is now says why.
		if v, again := b.drawReview(ctx, o.user, ":no_entry: *Not applied.* "+s.String()); again == nil {
			return v
		}
	}
	return refusedView(s)
}

func (b *Bot) otherAdmins(ctx context.Context, user identity.SlackUserID) []access.Human {
	return slices.DeleteFunc(slices.Clone(b.service.Admins(ctx)), func(h access.Human) bool { return h.Slack == user })
}
