package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
)

// action routes a press or a choice by its action id. It was acknowledged already.
func (b *Bot) action(ctx context.Context, o origin, a slack.BlockAction, c slack.InteractionCallback) {
	switch actionOf(a.ActionID) {
	case actApprove:
		b.approve(ctx, o, access.RequestID(a.Value))
	case actDeny:
		b.denyPressed(ctx, o, access.RequestID(a.Value))
	case actDetails:
		b.details(ctx, o, access.RequestID(a.Value))
	case actCancel:
		b.cancel(ctx, o, access.RequestID(a.Value))
	case actCancelAll:
		b.cancelAll(ctx, o, access.RequestID(a.Value))
	case actEndAll:
		b.endAllOf(ctx, o, access.RequestID(a.Value))
	case actEnd:
		b.end(ctx, o, access.GrantID(a.Value))
	case actRequest:
		b.openForm(ctx, o)
	case actAgain:
		b.again(ctx, o, access.RequestID(a.Value))
	case actAccount, actRole, actGroup, actDuration, actFor, actStart, actPicked, actLeave, actUrgent:
		b.formChanged(ctx, o, c)
	case actConfig:
		b.openConfig(ctx, o)
	default:
		name := areaOf(a.ActionID)
		switch in := b.areas[name]; {
		case in.open != nil && actionOf(a.ActionID) == openArea(name):
			in.open(ctx, o)
		case in.pressed == nil: // nobody's: of a release that is gone
		default:
			in.pressed(ctx, o, a, c)
		}
	}
}

// submission routes a submitted form.
func (b *Bot) submission(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	switch c.View.CallbackID {
	case viewForm:
		b.formSent(ctx, env, o, c)
	case viewDeny:
		b.denySent(ctx, env, o, c)
	default:
		if in := b.areas[areaOf(c.View.CallbackID)]; in.submitted != nil {
			in.submitted(ctx, env, o, c)
			return
		}
		b.onlyRead(ctx, env, o, c)
	}
}

// closed is told when a person leaves a view that asked for it (notify_on_close): what lies
// under it is drawn anew.
func (b *Bot) closed(ctx context.Context, o origin, c slack.InteractionCallback) {
	if !c.IsCleared {
		b.redrawUnder(ctx, o, "")
	}
}

// approve is a press of Approve. Who may is decided by the service, from fresh facts; the
// press carries nothing but the request id.
func (b *Bot) approve(ctx context.Context, o origin, id access.RequestID) {
	b.learnCard(ctx, id, o)
	v, err := b.service.Review(ctx, access.ReviewInput{Request: id, User: o.user, Verdict: access.Approve})
	if err != nil {
		b.refusePress(ctx, o, id, err)
		return
	}
	if o.home {
		b.publishNow(ctx, o.user)
		return
	}
	if v.Request.State == access.Pending {
		return // the card says what is still needed, as soon as the outbox edits it
	}
	b.repair(ctx, o, id)
}

// denyPressed opens the form that asks why.
func (b *Bot) denyPressed(ctx context.Context, o origin, id access.RequestID) {
	b.learnCard(ctx, id, o)
	v, err := b.service.RequestView(ctx, id)
	switch {
	case err != nil:
		b.refusePress(ctx, o, id, err)
		return
	case v.Request.State != access.Pending:
		b.refusePress(ctx, o, id, &fault.Error{Code: fault.Conflict, Op: "bot.denyPressed", Message: "This is already over: the request is " + string(v.Request.State)})
		return
	case o.user == v.Request.Asker.Slack || o.user == v.Request.Receiver.Slack:
		// Said before anything is typed; the service refuses it as well.
		hint := "You can cancel it in your direct messages with Stint or in its Home tab."
		b.tell(ctx, o, said{title: "Not possible for you", text: "You cannot decide a request of your own.", hint: "Can decide: " + people(v.Approvers) + ". " + hint})
		return
	}
	b.openView(ctx, o, denyView(v, o))
}

// cancel takes a request back.
func (b *Bot) cancel(ctx context.Context, o origin, id access.RequestID) {
	b.learnAsker(ctx, id, o)
	v, err := b.service.Cancel(ctx, id, o.user)
	switch {
	case err != nil:
		b.refusePress(ctx, o, id, err)
	case o.home:
		b.publishNow(ctx, o.user)
	case o.viewID != "":
		b.updateView(ctx, o, noteView("Request cancelled", ":leftwards_arrow_with_hook: *Cancelled:* "+items(v, item)+" for "+length(v.Request.Duration)+".", "Nothing was given."))
	}
}

// end ends an access before its time.
func (b *Bot) end(ctx context.Context, o origin, id access.GrantID) {
	b.learnGrant(ctx, id, o)
	_, err := b.service.EndGrant(ctx, id, o.user)
	switch {
	case err != nil:
		log := b.userLog(o.user).With().Str("grant_id", string(id)).Logger()
		b.tell(ctx, o, b.say(log, err))
		b.repairGrant(ctx, o, id)
	case o.home:
		b.publishNow(ctx, o.user)
	}
}

// refusePress answers a press that did nothing, and brings what was pressed up to date:
// a person who presses a stale button sees a stale message.
func (b *Bot) refusePress(ctx context.Context, o origin, id access.RequestID, err error) {
	log := b.userLog(o.user).With().Str("request_id", string(id)).Logger()
	b.tell(ctx, o, b.sayWho(ctx, log, id, err))
	switch fault.CodeOf(err) {
	case fault.Conflict, fault.NotFound:
		b.repair(ctx, o, id)
	}
}
