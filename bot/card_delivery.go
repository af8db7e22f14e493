package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// errShared keeps a card out of a channel.
var errShared = errors.New("the channel is shared with another organization")

// maxCopies bounds the direct messages to approvers who are not in the channel.
const maxCopies = 20

// deliverCard brings the card in the channel up to date, and its copies for approvers who
// are not there. In a channel that is shared with another organization none is posted: its
// people would read who asks for what, and why.
func (b *Bot) deliverCard(ctx context.Context, n access.Notice) (string, error) {
	key := firstOf(n.Key, cardKey(n.Request))
	v, err := b.service.RequestView(ctx, n.Request)
	if gone(err) {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	home := identity.ChannelID(v.Request.Terms.Channel)
	shared := b.members.shared(ctx, home)
	result, err := b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		v, err = b.service.RequestView(ctx, n.Request) // again, under the key's lock
		if err != nil {
			return draft{}, err
		}
		return draft{content: card(v, b.service.Paused()), to: string(home), post: wantsCard(v) && !shared}, nil
	})
	if err == nil && shared && wantsCard(v) {
		if _, known, e := b.service.Message(ctx, key); e == nil && !known {
			err = errShared
		}
	}
	if channelGone(slackCode(err)) || errors.Is(err, errShared) {
		result, err = b.cardElsewhere(ctx, n, key, v, home, err)
	}
	if copied := b.deliverCopies(ctx, key, v, home, shared); err == nil {
		err = copied
	}
	return result, err
}

// wantsCard reports whether a card that nobody saw yet is worth posting: not before the
// check passed, and not when the request ended without access.
func wantsCard(v access.RequestView) bool {
	switch v.Request.State {
	case access.Pending:
		return !v.Request.CheckedAt.IsZero()
	case access.Approved:
		return true
	}
	return false
}

// cardElsewhere posts the card in the configured channel when its own takes no messages,
// and tells the admins why.
func (b *Bot) cardElsewhere(ctx context.Context, n access.Notice, key string, v access.RequestView, home identity.ChannelID, cause error) (string, error) {
	why := "(Slack says " + slackCode(cause) + "). Invite Stint to the channel, unarchive it, or name another channel in the policy."
	if errors.Is(cause, errShared) {
		why = "(it is shared with another organization, which would read them). Name a channel of your own workspace in the policy."
	}
	b.alarm(ctx, "channel/"+string(home), n, "Approval cards cannot be posted in "+string(home)+" "+why)
	other := b.fallback()
	if other == "" || other == home || !wantsCard(v) || b.members.shared(ctx, other) {
		return "", &access.DeliveryError{Permanent: true, Err: cause}
	}
	return sent, b.postElsewhere(ctx, key, v, home, other)
}

func (b *Bot) postElsewhere(ctx context.Context, key string, v access.RequestView, home, other identity.ChannelID) error {
	defer b.keys.lock(key)()
	if m, known, err := b.service.Message(ctx, key); err != nil || known && m.Channel == other {
		return err
	}
	c := card(v, b.service.Paused())
	c.blocks = append([]slack.Block{small(":warning: This belongs in " + channel(home) + ", where Stint cannot post.")}, c.blocks...)
	return b.post(ctx, key, string(other), c)
}

// deliverCopies sends the card to approvers who are not in its channel, and keeps what was
// sent up to date; where the channel is shared nobody saw it there. One copy that fails does
// not keep the others back.
func (b *Bot) deliverCopies(ctx context.Context, key string, v access.RequestView, home identity.ChannelID, shared bool) error {
	existing, err := b.service.Messages(ctx, key+"/")
	if err != nil {
		return err
	}
	var failed error
	have := map[string]bool{}
	for _, m := range existing {
		have[strings.TrimPrefix(m.Key, key+"/")] = true
		if err := b.copyOf(ctx, m.Key, v, home, ""); err != nil {
			failed = err
		}
	}
	if v.Request.State != access.Pending || v.Request.CheckedAt.IsZero() || v.Request.Terms.Automatic {
		return b.worthRetrying(failed)
	}
	for i, a := range v.Approvers {
		if i >= maxCopies {
			break
		}
		if a.Slack == "" || have[string(a.Slack)] || !shared && b.members.in(ctx, home, a.Slack) {
			continue
		}
		if err := b.copyOf(ctx, key+"/"+string(a.Slack), v, home, a.Slack); err != nil {
			failed = err
		}
	}
	return b.worthRetrying(failed)
}

// worthRetrying drops failures of copies that will not mend: the card itself is there.
func (b *Bot) worthRetrying(err error) error {
	if err == nil || refusedForGood(slackCode(err)) {
		return nil
	}
	return err
}

func (b *Bot) copyOf(ctx context.Context, key string, v access.RequestView, home identity.ChannelID, to identity.SlackUserID) error {
	_, err := b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		v, err := b.service.RequestView(ctx, v.Request.ID)
		if err != nil {
			return draft{}, err
		}
		c := card(v, b.service.Paused())
		c.blocks = append(c.blocks, small("You get this here because you can decide it and are not in "+channel(home)+"."))
		return draft{content: c, to: string(to), post: to != "" && wantsCard(v)}, nil
	})
	if err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("copy of a card not delivered")
	}
	return err
}
