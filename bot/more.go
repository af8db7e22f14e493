package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
)

// actMore is the menu of what can be done with a request besides Approve and Deny; the
// value of an entry is what it does and the request, "details:<request id>".
const actMore = "stint.more"

// What the entries do.
const (
	moreDetails = "details"
)

// moreMenu is the menu on a card.
func moreMenu(v access.RequestView) *slack.OverflowBlockElement {
	entry := func(what, label string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(what+":"+string(v.Request.ID), plain(label, maxOption), nil)
	}
	return slack.NewOverflowBlockElement(actMore, entry(moreDetails, "Details"))
}

// morePressed is a press on an entry.
func (b *Bot) morePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	what, id, _ := strings.Cut(a.SelectedOption.Value, ":")
	request := access.RequestID(id)
	if what == moreDetails {
		b.details(ctx, o, request)
	}
}
