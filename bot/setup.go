package bot

import (
	"context"

	"github.com/slack-go/slack"
)

// openSetup opens Set up Stint.
func (b *Bot) openSetup(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Set up Stint", "This is being built."))
}

func (b *Bot) setupPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) setupSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}

func (b *Bot) setupOptions(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error) {
	return optionsAnswer{}, nil
}
