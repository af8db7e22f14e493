package bot

import (
	"context"

	"github.com/slack-go/slack"
)

func (b *Bot) revisionPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) revisionSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}
