package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// openVersions opens Versions.
func (b *Bot) openVersions(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Versions", "This is being built."))
}

func (b *Bot) drawVersions(_ context.Context, _ identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	return noteView("Versions", "This is being built."), nil
}

func (b *Bot) versionsPressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}
