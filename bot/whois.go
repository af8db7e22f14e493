package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// openPeople opens Who is who.
func (b *Bot) openPeople(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Who is who", "This is being built."))
}

func (b *Bot) drawPeople(_ context.Context, _ identity.SlackUserID, _ string) (slack.ModalViewRequest, error) {
	return noteView("Who is who", "This is being built."), nil
}

func (b *Bot) peoplePressed(_ context.Context, _ origin, _ slack.BlockAction, _ slack.InteractionCallback) {
}

func (b *Bot) peopleSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	b.onlyRead(ctx, env, o, c)
}

func (b *Bot) peopleOptions(context.Context, origin, slack.InteractionCallback) (optionsAnswer, error) {
	return optionsAnswer{}, nil
}
