package bot

import (
	"context"
	"strings"

	"stint/access"
	"stint/access/identity"
)

// learnCard, learnAsker and learnGrant learn where the message is that was pressed.
func (b *Bot) learnCard(ctx context.Context, id access.RequestID, o origin) {
	if r, ok := b.learnable(ctx, id, o); ok {
		b.learn(ctx, cardKey(r.CardID()), o)
	}
}

func (b *Bot) learnAsker(ctx context.Context, id access.RequestID, o origin) {
	if r, ok := b.learnable(ctx, id, o); ok {
		key := askerKey(r.FormID())
		if o.user == r.Receiver.Slack && r.Asker.Person != r.Receiver.Person {
			key = receiverKey(r.FormID())
		}
		b.learn(ctx, key, o)
	}
}

func (b *Bot) learnGrant(ctx context.Context, id access.GrantID, o origin) {
	g, err := b.service.GrantView(ctx, id)
	if err != nil || !inMessage(o) {
		return
	}
	key := grantKey(id)
	if g.Request.Several() {
		key = grantsKey(g.Request.ID)
	}
	b.learn(ctx, key, o)
}

// learnable is the request that was pressed, if that was in a message.
func (b *Bot) learnable(ctx context.Context, id access.RequestID, o origin) (access.Request, bool) {
	if !inMessage(o) {
		return access.Request{}, false
	}
	r, err := b.service.RequestOf(ctx, id)
	return r, err == nil
}

// inMessage reports whether a press was in a message, and not in a view.
func inMessage(o origin) bool {
	return o.ts != "" && o.channel != "" && !o.home && o.viewID == ""
}

// learn takes from a press where a message is that the store does not know: its timestamp
// was lost in a crash between Slack's answer and the store, and without it the message
// would never be edited again.
func (b *Bot) learn(ctx context.Context, key string, o origin) {
	if !inMessage(o) {
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
		m.Key = key + "/" + string(o.user) + "/" + o.ts // one more copy, as its reader sees it
	}
	if err := b.service.SaveMessage(ctx, m); err != nil {
		b.log.Warn().Err(err).Msg("message reference not learnt")
		return
	}
	b.log.Info().Str("key", m.Key).Msg("message reference learnt from a press")
}
