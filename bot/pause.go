package bot

import (
	"context"

	"github.com/slack-go/slack"
)

// openPause opens Pause.
func (b *Bot) openPause(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Pause", "This is being built."))
}

func (b *Bot) pausePressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) pauseSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}
