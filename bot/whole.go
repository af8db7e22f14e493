package bot

import (
	"context"

	"stint/access"
)

// cancelAll takes back all of a form that waits.
func (b *Bot) cancelAll(ctx context.Context, o origin, id access.RequestID) {
	b.learnAsker(ctx, id, o)
	vs, err := b.service.CancelForm(ctx, id, o.user)
	switch {
	case err != nil:
		b.refusePress(ctx, o, id, err)
	case o.home:
		b.publishNow(ctx, o.user)
	case o.viewID != "":
		b.updateView(ctx, o, noteView("Request cancelled", formHead(vs)+"*"+entitlements(vs)+"*.", standings(vs)+"."))
	}
}

// endAllOf ends all that a request gave.
func (b *Bot) endAllOf(ctx context.Context, o origin, id access.RequestID) {
	if inMessage(o) {
		b.learn(ctx, grantsKey(id), o)
	}
	_, err := b.service.EndRequest(ctx, id, o.user)
	switch {
	case err != nil:
		b.tell(ctx, o, b.say(b.userLog(o.user).With().Str("request_id", string(id)).Logger(), err))
		b.repairGrants(ctx, o, id)
	case o.home:
		b.publishNow(ctx, o.user)
	}
}
