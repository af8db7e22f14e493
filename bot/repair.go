package bot

import (
	"context"

	"stint/access"
)

// repair draws the pressed card, or the message of who asked, anew from the records as they
// are now.
func (b *Bot) repair(ctx context.Context, o origin, id access.RequestID) {
	if o.home {
		b.publishNow(ctx, o.user)
		return
	}
	if o.ts == "" || o.channel == "" {
		return
	}
	r, err := b.service.RequestOf(ctx, id)
	if err != nil {
		b.log.Warn().Err(err).Str("request_id", string(id)).Msg("stale message not repaired")
		return
	}
	card, to := cardKey(r.CardID()), askerKey(r.FormID())
	b.redrawPressed(ctx, o, []string{card, to, receiverKey(r.FormID())}, func(ctx context.Context, key string) (content, error) {
		switch key {
		case to:
			vs, err := b.service.FormView(ctx, id)
			if err != nil {
				return content{}, err
			}
			return asker(vs, b.service.Paused()), nil
		case receiverKey(r.FormID()):
			vs, err := b.service.FormView(ctx, id)
			if err != nil {
				return content{}, err
			}
			return receiver(vs, b.service.Paused()), nil
		}
		vs, err := b.service.CardView(ctx, id)
		if err != nil {
			return content{}, err
		}
		if reader := readerOf(card, key); reader != "" {
			return b.copied(vs, reader, string(reader), idChannel(r.Terms.Channel)), nil
		}
		return cardOf(vs, b.service.Paused(), ""), nil
	})
}

func (b *Bot) repairGrant(ctx context.Context, o origin, id access.GrantID) {
	if o.home {
		b.publishNow(ctx, o.user)
		return
	}
	if o.ts == "" || o.channel == "" {
		return
	}
	g, err := b.service.GrantView(ctx, id)
	if err != nil {
		b.log.Warn().Err(err).Str("grant_id", string(id)).Msg("stale message not repaired")
		return
	}
	if g.Request.Several() {
		b.repairGrants(ctx, o, g.Request.ID)
		return
	}
	b.redrawPressed(ctx, o, []string{grantKey(id), grantKey(id) + "/plan"}, func(ctx context.Context, key string) (content, error) {
		g, err := b.service.GrantView(ctx, id)
		if err != nil {
			return content{}, err
		}
		if key != grantKey(id) {
			return plan(g, b.service.Paused()), nil
		}
		return grant(g, b.service.Paused()), nil
	})
}

func (b *Bot) repairGrants(ctx context.Context, o origin, id access.RequestID) {
	b.redrawPressed(ctx, o, []string{grantsKey(id), grantsKey(id) + "/plan"}, func(ctx context.Context, key string) (content, error) {
		v, err := b.service.RequestView(ctx, id)
		if err != nil {
			return content{}, err
		}
		if key != grantsKey(id) {
			return plans(v, b.service.Paused()), nil
		}
		return grants(v, b.service.Paused()), nil
	})
}

// redrawPressed edits the message that was pressed. Which of the surfaces it is, or which
// copy of the first, its stored reference tells; one that is unknown is taken for the first.
func (b *Bot) redrawPressed(ctx context.Context, o origin, keys []string, render func(context.Context, string) (content, error)) {
	key := keys[0]
	for _, k := range keys {
		known, err := b.service.Messages(ctx, k)
		if err != nil {
			b.log.Warn().Err(err).Str("key", k).Msg("message references not read")
			return
		}
		for _, m := range known {
			if string(m.Channel) == o.channel && m.TS == o.ts {
				key = m.Key
			}
		}
	}
	defer b.keys.lock(key)()
	c, err := render(ctx, key)
	if err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("stale message not repaired")
		return
	}
	if err := b.pace.update(ctx, key); err != nil {
		return // the outbox edits it
	}
	if _, _, _, err := b.api.UpdateMessageContext(ctx, o.channel, o.ts, c.options()...); err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("stale message not repaired")
	}
}
