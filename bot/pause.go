package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access"
)

// The ids of Pause.
const (
	viewPause       = "stint.pause"
	actResume       = "stint.pause.resume"
	blockPauseWhy   = "pause.why"
	pauseTitle      = "Pause new access"
	whatPauseHolds  = "*While it is paused*\n• Nobody gets new access: no approval counts, nothing that was approved starts.\n• Requests can still be sent. They wait, and lapse at the time they would have lapsed anyway.\n"
	whatPauseLeaves = "*What goes on*\n• Access that is there stays until its end, and is taken away then.\n• Ending access early, and ending all access, works as always."
)

// pausedLine says to everybody that new access is held, and what that means for them.
func pausedLine(p access.Pause) string {
	line := ":double_vertical_bar: *New access is paused* by " + actor(p.By) + ", " + when(p.At) + ". Requests wait until it is resumed; access that is there ends as planned."
	if p.Reason != "" {
		line += "\n“" + escName(p.Reason, 300) + "”"
	}
	return line
}

// held reports whether a pause keeps some of these grants from starting.
func held(gs []access.GrantView) bool {
	for _, g := range gs {
		if g.Phase == access.PhaseScheduled || g.Phase == access.PhaseStarting {
			return true
		}
	}
	return false
}

// pauseView asks for the reason, or shows the pause in force.
func pauseView(p *access.Pause, pending int) slack.ModalViewRequest {
	if p == nil {
		return modal(viewPause, pauseTitle, "Pause", "Cancel", []slack.Block{
			section(whatPauseHolds + whatPauseLeaves),
			section(waiting(pending)),
			reasonField(blockPauseWhy, "Everybody whom it keeps waiting reads this, and it is kept on record."),
		})
	}
	resume := confirmed(primary(button(actResume, "resume", "Resume", "Resume new access")),
		"Resume new access?", "Approvals count again, and what was approved and is still in time starts now.", "Resume", "Keep it paused")
	blocks := []slack.Block{section(":double_vertical_bar: *New access is paused* by " + actor(p.By) + ", " + when(p.At) + ".")}
	if p.Reason != "" {
		blocks = append(blocks, quote(p.Reason, maxQuote))
	}
	return modal(viewPause, pauseTitle, "", "Close", append(blocks,
		section(whatPauseHolds+whatPauseLeaves), section(waiting(pending)), actions(resume)))
}

func waiting(pending int) string {
	switch pending {
	case 0:
		return "No request waits for a decision right now."
	case 1:
		return "*1 request* waits for a decision right now."
	}
	return "*" + thousands(pending) + " requests* wait for a decision right now."
}

// openPause opens Pause, or the pause in force.
func (b *Bot) openPause(ctx context.Context, o origin) {
	b.show(ctx, o, pauseTitle, func(ctx context.Context) (slack.ModalViewRequest, error) { return b.drawPause(ctx, o) })
}

func (b *Bot) drawPause(ctx context.Context, o origin) (slack.ModalViewRequest, error) {
	c, err := b.service.Config(ctx, o.user)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return pauseView(b.service.Paused(), c.Pending), nil
}

// pausePressed is a press of Resume.
func (b *Bot) pausePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	if a.ActionID != actResume {
		return
	}
	if err := b.service.Resume(ctx, o.user); err != nil {
		v := pauseView(b.service.Paused(), 0)
		if again, drawErr := b.drawPause(ctx, o); drawErr == nil {
			v = again
		}
		b.updateView(ctx, o, headed(v, ":no_entry: *Not resumed.* "+b.sayAdmin(ctx, o.user, err).String()))
		return
	}
	b.updateView(ctx, o, resumedView())
	b.redrawUnder(ctx, o, "")
}

func resumedView() slack.ModalViewRequest {
	return noteView("Resumed", ":arrow_forward: *New access is no longer paused.*",
		"What was approved and is still in time starts now. Approvals that were refused meanwhile have to be pressed again.")
}

// pauseSubmitted pauses.
func (b *Bot) pauseSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	reason, problem := readReason(c.View.State, blockPauseWhy)
	if problem != "" {
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockPauseWhy: problem}})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		p, err := b.service.Pause(ctx, o.user, reason)
		if err != nil {
			v := refusedView(b.sayAdmin(ctx, o.user, err))
			return outcome{view: &v}
		}
		v := pauseView(&p, 0)
		if again, err := b.drawPause(ctx, o); err == nil && b.service.Paused() != nil {
			v = again
		}
		return outcome{view: &v, changed: true}
	})
}
