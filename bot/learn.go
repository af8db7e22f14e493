package bot

import (
	"context"
	"strings"

	"stint/access"
	"stint/access/identity"
)

// learn takes from a press where a message is that the store does not know: its timestamp
// was lost in a crash between Slack's answer and the store, and without it the message
// would never be edited again.
func (b *Bot) learn(ctx context.Context, key string, o origin) {
	if o.ts == "" || o.channel == "" || o.home || o.viewID != "" {
		return
	}
	known, err := b.service.Messages(ctx, key)
	if err != nil {
		b.log.Warn().Err(err).Msg("message references not read")
		return
	}
	main := false
	for _, m := range known {
		if m.Key != key && !strings.HasPrefix(m.Key, key+"/") {
			continue
		}
		if string(m.Channel) == o.channel && m.TS == o.ts {
			return
		}
		main = main || m.Key == key
	}
	m := access.Message{Key: key, Channel: identity.ChannelID(o.channel), TS: o.ts}
	direct := strings.HasPrefix(o.channel, "D")
	if main || direct && strings.HasPrefix(key, string(access.NoticeCard)) {
		m.Key = key + "/" + o.channel + "/" + o.ts // one more copy
	}
	if err := b.service.SaveMessage(ctx, m); err != nil {
		b.log.Warn().Err(err).Msg("message reference not learnt")
		return
	}
	b.log.Info().Str("key", m.Key).Msg("message reference learnt from a press")
}

// redrawPressed edits the message that was pressed. Which surface it is tells its stored
// reference; one that is unknown is taken for the first.
func (b *Bot) redrawPressed(ctx context.Context, o origin, key, other string, render func(context.Context, string) (content, error)) {
	if other != "" {
		if m, ok, err := b.service.Message(ctx, other); err == nil && ok && string(m.Channel) == o.channel && m.TS == o.ts {
			key = other
		}
	}
	defer b.keys.lock(key)()
	c, err := render(ctx, key)
	if err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("stale message not repaired")
		return
	}
	if err := b.pace.update(ctx); err != nil {
		return // the outbox edits it
	}
	if _, _, _, err := b.api.UpdateMessageContext(ctx, o.channel, o.ts, c.options()...); err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("stale message not repaired")
	}
}
