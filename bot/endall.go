package bot

import (
	"context"

	"github.com/slack-go/slack"
)

// openEndAll opens End all access.
func (b *Bot) openEndAll(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("End all access", "This is being built."))
}

func (b *Bot) endAllPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) endAllSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}

func (b *Bot) endAllOptions(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error) {
	return optionsAnswer{}, nil
}
