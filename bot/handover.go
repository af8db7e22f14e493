package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// The ids of Hand over.
const (
	viewHandOver  = "stint.more.handover"
	actHandOver   = "stint.more.to"
	blockHandOver = "handover.to"

	handOverTitle = "Hand over"
)

// handOverView offers those whose decision would count.
func handOverView(v access.RequestView, user identity.SlackUserID) slack.ModalViewRequest {
	r := v.Request
	head := section(actor(r.Receiver) + " asks for " + items(v, item) + " · " + length(r.Duration))
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a person", maxPlaceholder), actHandOver)
	others := 0
	for _, h := range v.Approvers {
		if h.Slack == "" || h.Slack == user {
			continue
		}
		if others++; others > maxOptions {
			continue
		}
		var about *slack.TextBlockObject
		if h.For != "" {
			about = plain("stands in for "+name(h.For, nameWidth), maxOption)
		}
		e.Options = append(e.Options, slack.NewOptionBlockObject(string(h.Slack), plain(name(h.Name, maxOption), maxOption), about))
	}
	if others == 0 {
		return modal(viewNote, handOverTitle, "", "Close", []slack.Block{
			head, section("There is nobody else whose decision would count right now, as far as Stint knows their Slack users."),
		})
	}
	blocks := []slack.Block{
		head, quote(r.Reason, maxQuote),
		slack.NewInputBlock(blockHandOver, plain("To whom", maxLabel), plain("They get a direct message with the card. Everybody else who can decide it still can.", maxHint), e),
	}
	if others > maxOptions {
		blocks = append(blocks, small("These are 100 of "+thousands(others)+" who could decide it."))
	}
	return modal(viewHandOver, handOverTitle, "Hand over", "Back", blocks)
}

func (b *Bot) handOverSent(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m, ok := readPress(c.View.PrivateMetadata)
	if !ok {
		b.unreadable(ctx, env, o, handOverTitle)
		return
	}
	to := identity.SlackUserID(chosenOption(c.View.State, blockHandOver, actHandOver).Value)
	if to == "" {
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockHandOver: "Choose a person."}})
		return
	}
	b.sendAbout(ctx, env, o, handOverTitle, m, map[string]string{"to": blockHandOver}, func(ctx context.Context) (slack.ModalViewRequest, error) {
		if _, err := b.service.HandOver(ctx, o.user, m.Request, to); err != nil {
			return slack.ModalViewRequest{}, err
		}
		return noteView(handOverTitle, ":handshake: *Handed over* to "+mention(to, "")+". They get a direct message with the card."), nil
	})
}

// deliverHanded brings the card to who was handed it, and says from whom it is. The copy comes
// first: it is known where it is, so that trying again posts no second one.
func (b *Bot) deliverHanded(ctx context.Context, n access.Notice) (string, error) {
	v, err := b.service.RequestView(ctx, n.Request)
	switch {
	case gone(err):
		return dropped, nil
	case err != nil:
		return "", err
	}
	r := v.Request
	if r.State != access.Pending || r.Claim == nil || r.Claim.By.Slack != n.To || n.To == "" {
		return dropped, nil // decided, or in other hands by now
	}
	if err := b.copyOf(ctx, n.Key+"/"+string(n.To), n.Key, r.ID, idChannel(r.Terms.Channel), n.To); err != nil {
		return "", err
	}
	return sent, b.story(ctx, string(n.To), "", handedStory(n, v))
}

// handedStory is what who was handed a request reads.
func handedStory(n access.Notice, v access.RequestView) content {
	line := ":handshake: " + actor(n.By) + " handed this over to you: " + actor(v.Request.Receiver) + " asks for " + items(v, item) + " · " + length(v.Request.Duration) + "."
	return message(line, section(line), small("Its card is here in this conversation. If you cannot look at it, hand it on with the menu beside its buttons."))
}
