package bot

import (
	"context"

	"stint/access"
)

// claim says that who pressed looks at the request.
func (b *Bot) claim(ctx context.Context, o origin, id access.RequestID) {
	b.learnCard(ctx, id, o)
	_, err := b.service.Claim(ctx, o.user, id)
	b.afterClaim(ctx, o, id, err)
}

// unclaim lets go of one's own claim, and takes over somebody else's: a card shows the same
// menu to everybody.
func (b *Bot) unclaim(ctx context.Context, o origin, id access.RequestID) {
	b.learnCard(ctx, id, o)
	v, err := b.service.RequestView(ctx, id)
	switch {
	case err != nil:
	case v.Request.Claim != nil && v.Request.Claim.By.Slack == o.user:
		_, err = b.service.Unclaim(ctx, o.user, id)
	default:
		_, err = b.service.Claim(ctx, o.user, id)
	}
	b.afterClaim(ctx, o, id, err)
}

func (b *Bot) afterClaim(ctx context.Context, o origin, id access.RequestID, err error) {
	switch {
	case err != nil:
		b.refusePress(ctx, o, id, err)
	case o.home:
		b.publishNow(ctx, o.user)
	}
}

// decidingStory is a line of the thread about who looks at a request; "" when it is no longer
// true.
func decidingStory(n access.Notice, v access.RequestView) string {
	c := v.Request.Claim
	switch n.Event {
	case access.EventClaimed:
		return ":eyes: " + actor(n.By) + " is on it, " + when(n.At) + "."
	case access.EventUnclaimed:
		return ":eyes: " + actor(n.By) + " is not on it any more, " + when(n.At) + "."
	case access.EventEscalated:
		return escalatedStory(v)
	}
	if c == nil || !c.At.Equal(n.At) {
		return "" // it is in other hands by now
	}
	return ":handshake: " + actor(n.By) + " handed it over to " + actor(c.By) + ", " + when(n.At) + "."
}
