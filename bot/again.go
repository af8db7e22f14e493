package bot

import (
	"context"

	"stint/access"
)

// again opens the form with what a past request asked for. Reason and ticket are new.
func (b *Bot) again(ctx context.Context, o origin, id access.RequestID) {
	v, err := b.service.Again(ctx, o.user, id)
	if err != nil {
		b.tell(ctx, o, b.say(b.userLog(o.user), err))
		return
	}
	b.openFormWith(ctx, o, againPrefill(v))
}

func againPrefill(v access.RequestView) prefill {
	r := v.Request
	with := prefill{entitlements: r.Entitlements, duration: r.Duration, note: ":arrows_counterclockwise: The same as on " + when(r.SubmittedAt) + ". Say anew why you need it."}
	for _, d := range r.Dropped {
		with.entitlements = append(with.entitlements, d.Entitlement)
	}
	if r.Asker.Person != r.Receiver.Person {
		with.receiver = r.Receiver.Slack
	}
	return with
}

// newestAgain opens the form with what was asked for last.
func (b *Bot) newestAgain(ctx context.Context, o origin) {
	m, err := b.service.Mine(ctx, o.user, access.MineQuery{Limit: 1})
	switch {
	case err != nil:
		b.answerLine(ctx, o, b.whyRefused(o.user, err))
	case len(m.Requests) == 0:
		b.openFormWith(ctx, o, prefill{note: ":mag: You have not asked for anything yet, so there is nothing to repeat."})
	default:
		b.openFormWith(ctx, o, againPrefill(m.Requests[0]))
	}
}
