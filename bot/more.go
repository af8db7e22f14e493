package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
)

// actMore is the menu of what can be done with a request besides Approve and Deny; the
// value of an entry is what it does and the request, "details:<request id>".
const actMore = "stint.more"

// What the entries do.
const (
	moreDetails  = "details"
	moreLess     = "less" // approve, shorter or later
	moreClaim    = "claim"
	moreUnclaim  = "unclaim" // or take over, from somebody else
	moreHandOver = "handover"
	moreReply    = "reply"
)

// moreMenu is the menu on a card: five entries at most, which is all that Slack shows.
func moreMenu(v access.RequestView) *slack.OverflowBlockElement {
	entry := func(what, label string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(what+":"+string(v.Request.ID), plain(label, maxOption), nil)
	}
	entries := []*slack.OptionBlockObject{entry(moreDetails, "Details")}
	if r := v.Request; r.State == access.Pending && !r.CheckedAt.IsZero() && !r.Terms.Automatic {
		claim := entry(moreClaim, "I am on it")
		if r.Claim != nil {
			claim = entry(moreUnclaim, "Take over, or let go")
		}
		entries = append(entries, entry(moreLess, "Approve shorter or later…"), claim, entry(moreHandOver, "Hand over…"), entry(moreReply, "Reply…"))
	}
	return slack.NewOverflowBlockElement(actMore, entries...)
}

// morePressed is a press on an entry.
func (b *Bot) morePressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	what, id, _ := strings.Cut(a.SelectedOption.Value, ":")
	request := access.RequestID(id)
	switch what {
	case moreDetails:
		b.details(ctx, o, request)
	case moreLess:
		b.openAbout(ctx, o, request, func(v access.RequestView) slack.ModalViewRequest { return lessView(v, b.service.Now()) })
	case moreClaim:
		b.claim(ctx, o, request)
	case moreUnclaim:
		b.unclaim(ctx, o, request)
	case moreHandOver:
		b.openAbout(ctx, o, request, func(v access.RequestView) slack.ModalViewRequest { return handOverView(v, o.user) })
	case moreReply:
		b.openReply(ctx, o, request)
	}
}

// moreSubmitted routes the forms that the entries open.
func (b *Bot) moreSubmitted(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	switch c.View.CallbackID {
	case viewLess:
		b.lessSent(ctx, env, o, c)
	case viewHandOver:
		b.handOverSent(ctx, env, o, c)
	case viewReply:
		b.replySent(ctx, env, o, c)
	default:
		b.onlyRead(ctx, env, o, c)
	}
}

// alreadyOver says how a request ended that somebody still wants to decide.
func alreadyOver(v access.RequestView) error {
	return &fault.Error{Code: fault.Conflict, Op: "bot.alreadyOver", Message: "This is already over: the request is " + string(v.Request.State)}
}
