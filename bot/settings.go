package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// openSettings opens Settings.
func (b *Bot) openSettings(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Settings", "This is being built."))
}

func (b *Bot) drawSettings(_ context.Context, _ identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	return noteView("Settings", "This is being built."), nil
}

func (b *Bot) settingsPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) settingsSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}

func (b *Bot) settingsOptions(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error) {
	return optionsAnswer{}, nil
}
