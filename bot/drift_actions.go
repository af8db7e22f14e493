package bot

import (
	"context"
	"strconv"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// openDrift opens what nobody granted through Stint.
func (b *Bot) openDrift(ctx context.Context, o origin) {
	b.show(ctx, o, driftTitle, func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawDrift(ctx, o.user, "") })
}

func (b *Bot) drawDrift(ctx context.Context, user identity.SlackUserID, meta string) (slack.ModalViewRequest, error) {
	v, _, err := b.readDrift(ctx, user, readDriftMeta(meta))
	return v, err
}

// readDrift draws a page and reports whether a scan runs.
func (b *Bot) readDrift(ctx context.Context, user identity.SlackUserID, m driftMeta) (view slack.ModalViewRequest, scanning bool, err error) {
	v, err := b.service.Drift(ctx, user, m.query())
	if err != nil {
		return view, false, err
	}
	m.State, m.Page = v.Query.State, v.Query.Page
	return driftView(v, m, b.service.Now()), v.State.Asked != nil, nil
}

// driftPressed filters, turns pages, starts a scan and opens the forms.
func (b *Bot) driftPressed(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	m := readDriftMeta(ownMeta(o.meta))
	said := ""
	switch actionOf(a.ActionID) {
	case actDriftState:
		m.State, m.Page = access.FindingState(a.Value), 0
		m.Text = trimmed(typedIn(c.View.State, blockDriftText, actDriftText))
	case actDriftPage:
		m.Page, _ = strconv.Atoi(a.Value)
	case actDriftScan:
		if err := b.service.ScanDrift(ctx, o.user); err != nil {
			said = ":no_entry: *Not started.* " + b.sayAdmin(ctx, o.user, err).String()
			break
		}
		b.followScan(ctx, o, m)
		return
	case actDriftWatch:
		f, err := b.service.WatchFinding(ctx, o.user, access.FindingID(a.Value))
		if err != nil {
			said = ":no_entry: *Nothing was changed.* " + b.sayAdmin(ctx, o.user, err).String()
			break
		}
		said = ":white_check_mark: " + driftHead(f.RowView) + ": shown as open again."
	case actDriftMany:
		text := trimmed(typedIn(c.View.State, blockDriftText, actDriftText))
		b.show(ctx, o, driftTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
			return b.drawMany(ctx, o.user, manyMeta{Decision: a.Value, Text: searched(text)})
		})
		return
	case actDriftSnooze, actDriftIgnore, actDriftRemove:
		b.show(ctx, o, driftTitle, func(ctx context.Context) (slack.ModalViewRequest, error) {
			return b.drawDriftForm(ctx, o.user, actionOf(a.ActionID), access.FindingID(a.Value), "")
		})
		return
	}
	b.redrawPart(ctx, o, b.drawDrift, m.String(), said)
}

// drawDriftForm draws the form that a button or a callback id names: they are alike.
func (b *Bot) drawDriftForm(ctx context.Context, user identity.SlackUserID, which string, id access.FindingID, banner string) (slack.ModalViewRequest, error) {
	f, err := b.service.Finding(ctx, user, id)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	switch which {
	case viewDriftSnooze:
		return snoozeView(f, snoozeDay(b.service.Now()), banner), nil
	case viewDriftIgnore:
		return ignoreView(f, banner), nil
	}
	return removeView(f, banner), nil
}

// followScan keeps the view up to date while a scan runs.
func (b *Bot) followScan(ctx context.Context, o origin, m driftMeta) {
	refresh := func(ctx context.Context, said string) (scanning bool) {
		v, scanning, err := b.readDrift(ctx, o.user, m)
		switch {
		case err != nil:
			v, scanning = refusedView(b.sayAdmin(ctx, o.user, err)), false
		case said != "":
			v = headed(v, said)
		}
		b.updateView(ctx, o, v)
		return scanning
	}
	if !refresh(ctx, ":hourglass_flowing_sand: Scan started. It takes at most half of what AWS allows, so that access goes on meanwhile.") {
		return
	}
	b.follow(o, func(ctx context.Context) bool { return refresh(ctx, "") })
}

// driftSubmitted is a search, or one of the forms about a finding.
func (b *Bot) driftSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	if c.View.CallbackID == viewDrift {
		m := readDriftMeta(ownMeta(o.meta))
		m.Text, m.Page = trimmed(typedIn(c.View.State, blockDriftText, actDriftText)), 0
		b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
			v, err := b.drawDrift(ctx, o.user, m.String())
			if err != nil {
				v = refusedView(b.sayAdmin(ctx, o.user, err))
			}
			return outcome{view: &v}
		})
		return
	}
	if c.View.CallbackID == viewDriftMany || c.View.CallbackID == viewDriftSure {
		b.manySubmitted(ctx, env, o, c)
		return
	}
	id := access.FindingID(ownMeta(o.meta))
	day, reason, block, problem := readDecision(c.View.State, c.View.CallbackID == viewDriftSnooze)
	if problem != "" {
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{block: problem}})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome { return b.decideDrift(ctx, o, c.View.CallbackID, id, day, reason) })
}

// readDecision reads the day of a snooze, or else a reason, or says what is wrong in which block.
func readDecision(state *slack.ViewState, snooze bool) (day, reason, block, problem string) {
	if !snooze {
		reason, problem = readReason(state, blockDriftWhy)
		return "", reason, blockDriftWhy, problem
	}
	if day = chosenDay(state); day == "" {
		problem = "Choose a day."
	}
	return day, "", blockDriftDay, problem
}

func chosenDay(state *slack.ViewState) string {
	if state == nil {
		return ""
	}
	return state.Values[blockDriftDay][actDriftDay].SelectedDate
}

// decideDrift carries out a form about a finding.
func (b *Bot) decideDrift(ctx context.Context, o origin, which string, id access.FindingID, day, reason string) outcome {
	var f access.FindingView
	var err error
	title, done := "Being removed", ": being removed. The admins are told when AWS has confirmed it."
	switch which {
	case viewDriftSnooze:
		f, err = b.service.SnoozeFinding(ctx, o.user, id, day)
		title, done = "Snoozed", ": hidden for now."
		if err == nil && f.Finding.Snoozed != nil {
			done = ": hidden until " + when(f.Finding.Snoozed.Until) + "."
		}
	case viewDriftIgnore:
		f, err = b.service.IgnoreFinding(ctx, o.user, id, reason)
		title, done = "Ignored", ": ignored from now on."
	default:
		f, err = b.service.RemoveFinding(ctx, o.user, id, reason)
	}
	if err != nil {
		return b.refusedUnder(ctx, o, err, func(banner string) (slack.ModalViewRequest, error) {
			return b.drawDriftForm(ctx, o.user, which, id, banner)
		})
	}
	said := ":white_check_mark: " + driftHead(f.RowView) + done
	v := noteView(title, said)
	return outcome{done: &v, said: said}
}

// refusedUnder puts a refusal under its field, or above the form, which draw draws.
func (b *Bot) refusedUnder(ctx context.Context, o origin, err error, draw func(banner string) (slack.ModalViewRequest, error)) outcome {
	s := b.sayAdmin(ctx, o.user, err)
	late := func() slack.ModalViewRequest {
		v, drawErr := draw(":no_entry: *Nothing was changed.* " + s.String())
		if drawErr != nil {
			return refusedView(s)
		}
		return v
	}
	if block, ok := map[string]string{"until": blockDriftDay, "reason": blockDriftWhy}[s.field]; ok {
		return outcome{errors: map[string]string{block: cut(s.plain(), maxErrorText)}, late: late}
	}
	v := late()
	return outcome{view: &v}
}
