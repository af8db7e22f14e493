package bot

import (
	"context"
)

// openWhy opens Why.
func (b *Bot) openWhy(ctx context.Context, o origin) {
	b.pushView(ctx, o, noteView("Why", "This is being built."))
}
