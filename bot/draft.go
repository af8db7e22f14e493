package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// openDraft opens Review and apply.
func (b *Bot) openDraft(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Review and apply", "This is being built."))
}

func (b *Bot) drawDraft(_ context.Context, _ identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	return noteView("Review and apply", "This is being built."), nil
}

func (b *Bot) draftPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) draftSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}
