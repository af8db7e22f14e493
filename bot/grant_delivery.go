package bot

import (
	"context"
	"time"

	"stint/access"
)

// settleWithin is how long the message about several grants waits for the last of them.
const settleWithin = time.Minute

// deliverGrant is the holder's message about an access. It is posted when the access is
// there, because only a new message notifies; before that, the request's message says how
// it stands, and if it never comes, a story does. What starts later has a message of its own
// until it does.
func (b *Bot) deliverGrant(ctx context.Context, n access.Notice) (string, error) {
	if n.Grant == "" {
		return b.deliverGrants(ctx, n)
	}
	draw := func(planned bool) func(context.Context) (draft, error) {
		return func(ctx context.Context) (draft, error) {
			g, err := b.service.GrantView(ctx, n.Grant)
			if err != nil {
				return draft{}, err
			}
			d := draft{content: grant(g, b.service.Paused()), to: firstOf(string(n.To), string(g.Grant.Holder.Slack)), post: g.Phase == access.PhaseActive}
			if planned {
				d.content, d.post = plan(g, b.service.Paused()), g.Phase == access.PhaseScheduled
			}
			return d, nil
		}
	}
	return b.twoSurfaces(ctx, grantKey(n.Grant), draw)
}

// deliverGrants is the one message about all grants of a request: posted when AWS has an
// answer for each of them, or a minute after the first is there.
func (b *Bot) deliverGrants(ctx context.Context, n access.Notice) (string, error) {
	draw := func(planned bool) func(context.Context) (draft, error) {
		return func(ctx context.Context) (draft, error) {
			v, err := b.service.RequestView(ctx, n.Request)
			if err != nil {
				return draft{}, err
			}
			d := draft{content: grants(v, b.service.Paused()), to: firstOf(string(n.To), string(v.Request.Receiver.Slack)), post: worthTelling(v.Grants, b.service.Now())}
			if planned {
				d.content, d.post = plans(v, b.service.Paused()), allScheduled(v.Grants)
			}
			return d, nil
		}
	}
	return b.twoSurfaces(ctx, grantsKey(n.Request), draw)
}

// twoSurfaces brings the message about an access up to date, and the one that said before
// that it would start.
func (b *Bot) twoSurfaces(ctx context.Context, key string, draw func(planned bool) func(context.Context) (draft, error)) (string, error) {
	result, err := b.surface(ctx, key, draw(false))
	if err != nil {
		return result, err
	}
	if planned, err := b.surface(ctx, key+"/plan", draw(true)); err != nil || result == dropped {
		return planned, err
	}
	return result, nil
}

// worthTelling reports whether some are active, and the rest is settled or takes long.
func worthTelling(gs []access.GrantView, now time.Time) bool {
	var first time.Time
	starting, active := false, false
	for _, g := range gs {
		starting = starting || g.Phase == access.PhaseStarting || g.Phase == access.PhaseScheduled
		active = active || g.Phase == access.PhaseActive
		if at := g.Grant.ConfirmedAt; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return active && (!starting || !now.Before(first.Add(settleWithin)))
}

func allScheduled(gs []access.GrantView) bool {
	for _, g := range gs {
		if g.Phase != access.PhaseScheduled {
			return false
		}
	}
	return len(gs) > 0
}
