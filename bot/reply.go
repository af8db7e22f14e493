package bot

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
)

// The ids of Reply. The button under a reply has its own, because messages outlive releases.
const (
	actReply     = "stint.reply" // value: request id
	viewReply    = "stint.more.reply"
	actReplyText = "stint.more.text"
	blockReply   = "reply.text"

	replyTitle = "Reply"
	areaReply  = "reply"
)

// openReply asks what to say about a request; it may be over already.
func (b *Bot) openReply(ctx context.Context, o origin, id access.RequestID) {
	v, err := b.service.RequestView(ctx, id)
	if err != nil {
		b.refusePress(ctx, o, id, err)
		return
	}
	b.pushView(ctx, o, carrying(replyView(v), id, o))
}

// replyPressed is a press on the button under a reply.
func (b *Bot) replyPressed(ctx context.Context, o origin, a slack.BlockAction, _ slack.InteractionCallback) {
	b.openReply(ctx, o, access.RequestID(a.Value))
}

func replyView(v access.RequestView) slack.ModalViewRequest {
	r := v.Request
	blocks := []slack.Block{
		section(actor(r.Receiver) + " asks for " + items(v, item) + " · " + length(r.Duration)),
		quote(r.Reason, maxQuote),
	}
	if n := len(r.Replies); n > 0 {
		last := r.Replies[n-1]
		blocks = append(blocks, section(":speech_balloon: "+actor(last.By)+" said, "+when(last.At)+":"), quote(last.Text, maxQuote))
	}
	blocks = append(blocks, textField{
		block: blockReply, action: actReplyText, label: "What do you want to say?", placeholder: "A question, or an answer",
		hint: plainActor(r.Asker) + " and those who decide read it, in their conversation with Stint and under the card. It is kept on record.",
		most: maxComment, lines: true,
	}.input())
	return modal(viewReply, replyTitle, "Send", "Back", blocks)
}

func (b *Bot) replySent(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	m, ok := readPress(c.View.PrivateMetadata)
	if !ok {
		b.unreadable(ctx, env, o, replyTitle)
		return
	}
	text := trimmed(typedIn(c.View.State, blockReply, actReplyText))
	problem := ""
	switch {
	case text == "":
		problem = "Write something."
	case utf8.RuneCountInString(text) > maxComment:
		problem = "Please say it in fewer words."
	}
	if problem != "" {
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockReply: problem}})
		return
	}
	b.sendAbout(ctx, env, o, replyTitle, pressMeta{Request: m.Request}, map[string]string{"text": blockReply}, func(ctx context.Context) (slack.ModalViewRequest, error) {
		if _, err := b.service.Reply(ctx, o.user, m.Request, text); err != nil {
			return slack.ModalViewRequest{}, err
		}
		v := noteView(replyTitle, ":speech_balloon: *Sent.* It is under the card, and in the requester's conversation with Stint.")
		v.Blocks.BlockSet = append(v.Blocks.BlockSet, quote(text, maxQuote))
		return v, nil
	})
}

// replyTold is a reply in the conversation of who asked, with a way to answer.
func replyTold(n access.Notice, v access.RequestView) content {
	r := v.Request
	line := ":speech_balloon: " + actor(n.By) + " replied about your request for " + items(v, item) + ":"
	if n.By.Slack == n.To && n.To != "" {
		line = ":speech_balloon: You replied about " + items(v, item) + ":"
		return message(line, section(line), quote(n.Text, maxQuote))
	}
	answer := button(actReply, string(r.ID), "Reply…", "Reply to "+plainActor(n.By)+" about "+plainItem(firstItem(v)))
	return message(line, section(line), quote(n.Text, maxQuote), actions(answer))
}

// storyCopies says a line of story under the copies of a card too, for those who are not in
// its channel. The thread has it already, so that one that fails is left out.
func (b *Bot) storyCopies(ctx context.Context, key string, c content) {
	copies, err := b.service.Messages(ctx, key+"/")
	if err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("copies of a card not found; only the channel was told")
		return
	}
	for _, m := range copies {
		if strings.Count(strings.TrimPrefix(m.Key, key+"/"), "/") > 0 {
			continue // learnt from a press: perhaps the card itself
		}
		if err := b.story(ctx, string(m.Channel), m.TS, c); err != nil && !fault.Is(err, fault.NotFound) {
			b.log.Warn().Err(err).Str("key", m.Key).Msg("a reply was not delivered under a copy")
		}
	}
}
