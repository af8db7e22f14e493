package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// openSets opens People sets.
func (b *Bot) openSets(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("People sets", "This is being built."))
}

func (b *Bot) drawSets(_ context.Context, _ identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	return noteView("People sets", "This is being built."), nil
}

func (b *Bot) setsPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) setSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}

func (b *Bot) setsOptions(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error) {
	return optionsAnswer{}, nil
}
