package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

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
	vs, err := b.service.CardView(ctx, n.Request)
	if gone(err) {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	key := cardKey(vs[0].Request.CardID())
	home := identity.ChannelID(vs[0].Request.Terms.Channel)
	shared := b.members.shared(ctx, home)
	result, err := b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		vs, err = b.service.CardView(ctx, n.Request) // again, under the key's lock
		if err != nil {
			return draft{}, err
		}
		return draft{content: cardOf(vs, b.service.Paused(), ""), to: string(home), post: wantsCard(vs) && !shared}, nil
	})
	if err == nil && shared && wantsCard(vs) {
		if _, known, e := b.service.Message(ctx, key); e == nil && !known {
			err = errShared
		}
	}
	if channelGone(slackCode(err)) || errors.Is(err, errShared) {
		result, err = b.cardElsewhere(ctx, n, key, vs, home, err)
	}
	if copied := b.deliverCopies(ctx, key, vs, home, shared); err == nil {
		err = copied
	}
	return result, err
}

// wantsCard reports whether a card that nobody saw yet is worth posting: not before the
// check passed, of all requests on it, and not when they ended without access.
func wantsCard(vs []access.RequestView) bool {
	wanted := false
	for _, v := range vs {
		if v.Request.Waits() {
			return false
		}
		wanted = wanted || v.Request.State == access.Approved || v.Request.State == access.Pending && !v.Request.CheckedAt.IsZero()
	}
	return wanted
}

// cardElsewhere posts the card in the configured channel when its own takes no messages,
// and tells the admins why.
func (b *Bot) cardElsewhere(ctx context.Context, n access.Notice, key string, vs []access.RequestView, home identity.ChannelID, cause error) (string, error) {
	why := "(Slack says " + slackCode(cause) + "). Invite Stint to the channel, unarchive it, or name another channel in the policy."
	if errors.Is(cause, errShared) {
		why = "(it is shared with another organization, which would read them). Name a channel of your own workspace in the policy."
	}
	b.alarm(ctx, "channel/"+string(home), n, "Approval cards cannot be posted in "+string(home)+" "+why)
	other := b.fallback()
	if other == "" || other == home || !wantsCard(vs) || b.members.shared(ctx, other) {
		return "", &access.DeliveryError{Permanent: true, Err: cause}
	}
	return sent, b.postElsewhere(ctx, key, vs, home, other)
}

func (b *Bot) postElsewhere(ctx context.Context, key string, vs []access.RequestView, home, other identity.ChannelID) error {
	defer b.keys.lock(key)()
	if m, known, err := b.service.Message(ctx, key); err != nil || known && m.Channel == other {
		return err
	}
	c := cardOf(vs, b.service.Paused(), "")
	c.blocks = append([]slack.Block{small(":warning: This belongs in " + channel(home) + ", where Stint cannot post.")}, c.blocks...)
	return b.post(ctx, key, string(other), c)
}

// deliverCopies sends the card to approvers who are not in its channel, and keeps what was
// sent up to date; where the channel is shared nobody saw it there. One copy that fails does
// not keep the others back.
func (b *Bot) deliverCopies(ctx context.Context, key string, vs []access.RequestView, home identity.ChannelID, shared bool) error {
	existing, err := b.service.Messages(ctx, key+"/")
	if err != nil {
		return err
	}
	var failed error
	have := map[string]bool{}
	for _, m := range existing {
		have[string(readerOf(key, m.Key))] = true
		if err := b.copyOf(ctx, m.Key, key, vs[0].Request.ID, home, ""); err != nil {
			failed = sooner(failed, err)
		}
	}
	if !wantsCard(vs) {
		return b.worthRetrying(failed)
	}
	if err := b.escalatedCopy(ctx, key, vs, home, existing); err != nil {
		failed = err
	}
	if err := b.loudCopy(ctx, key, vs, home, existing); err != nil {
		failed = err
	}
	for i, a := range whoDecides(vs) {
		if i >= maxCopies {
			break
		}
		if a.Slack == "" || have[string(a.Slack)] || !shared && b.members.in(ctx, home, a.Slack) {
			continue
		}
		if err := b.copyOf(ctx, key+"/"+string(a.Slack), key, vs[0].Request.ID, home, a.Slack); err != nil {
			failed = sooner(failed, err)
		}
	}
	return b.worthRetrying(failed)
}

// whoDecides are those who may still decide something on a card.
func whoDecides(vs []access.RequestView) []access.Human {
	var out []access.Human
	for _, v := range vs {
		if !decidable(v.Request) {
			continue
		}
		for _, h := range v.Approvers {
			if !slices.ContainsFunc(out, func(o access.Human) bool { return o.Person == h.Person && o.Slack == h.Slack }) {
				out = append(out, h)
			}
		}
	}
	return out
}

// readerOf is whose copy of the card of key a message is; "" when it is nobody's own.
func readerOf(key, of string) identity.SlackUserID {
	reader, _, _ := strings.Cut(strings.TrimPrefix(of, key+"/"), "/")
	if strings.HasPrefix(reader, "U") || strings.HasPrefix(reader, "W") {
		return identity.SlackUserID(reader)
	}
	return ""
}

// sooner is the failure that is worth another attempt first.
func sooner(a, b error) error {
	wait := func(err error) time.Duration {
		if d, ok := errors.AsType[*access.DeliveryError](err); ok && d.RetryAfter > 0 {
			return d.RetryAfter
		}
		return time.Hour
	}
	if a == nil || wait(b) < wait(a) {
		return b
	}
	return a
}

// worthRetrying drops failures of copies that will not mend: the card itself is there.
func (b *Bot) worthRetrying(err error) error {
	if err == nil || refusedForGood(slackCode(err)) {
		return nil
	}
	return err
}

// copyOf brings a copy up to date; to is whom it is posted to when there is none yet.
func (b *Bot) copyOf(ctx context.Context, key, main string, id access.RequestID, home identity.ChannelID, to identity.SlackUserID) error {
	_, err := b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		vs, err := b.service.CardView(ctx, id)
		if err != nil {
			return draft{}, err
		}
		return draft{content: b.copied(vs, readerOf(main, key), strings.TrimPrefix(key, main+"/"), home), to: string(to), post: to != "" && wantsCard(vs)}, nil
	})
	if err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("copy of a card not delivered")
	}
	return err
}

// copied is the card as it is shown besides its channel: to a user or in another channel.
func (b *Bot) copied(vs []access.RequestView, reader identity.SlackUserID, to string, home identity.ChannelID) content {
	c := cardOf(vs, b.service.Paused(), reader)
	c.blocks = append(c.blocks, small(copyNote(vs, to, home)))
	return c
}
