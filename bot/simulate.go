package bot

import (
	"context"

	"github.com/slack-go/slack"
)

// openSimulate opens Simulate.
func (b *Bot) openSimulate(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Simulate", "This is being built."))
}

func (b *Bot) simulatePressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}
