package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// openRules opens Rules.
func (b *Bot) openRules(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Rules", "This is being built."))
}

func (b *Bot) drawRules(_ context.Context, _ identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	return noteView("Rules", "This is being built."), nil
}

func (b *Bot) rulesPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) ruleSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}

func (b *Bot) rulesOptions(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error) {
	return optionsAnswer{}, nil
}
