package bot

import (
	"context"

	"github.com/slack-go/slack"
)

// openExplain opens Explain.
func (b *Bot) openExplain(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Explain", "This is being built."))
}

func (b *Bot) explainPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) explainSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}

func (b *Bot) explainOptions(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error) {
	return optionsAnswer{}, nil
}
