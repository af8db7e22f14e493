package bot

import (
	"context"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"stint/access"
)

// maxComment is what a reviewer can say about a denial.
const maxComment = 1000

// denyView asks why: the requester reads it, and it says what would be better.
func denyView(v access.RequestView, o origin) slack.ModalViewRequest {
	e := slack.NewPlainTextInputBlockElement(plain("What would have to be different", maxPlaceholder), actWhy)
	e.Multiline = true
	e.MaxLength = maxComment
	view := modal(viewDeny, "Deny this request", "Deny", "Back", []slack.Block{
		section(actor(v.Request.Receiver) + " asks for " + items(v, item) + " · " + length(v.Request.Duration)),
		quote(v.Request.Reason, maxQuote),
		slack.NewInputBlock(blockWhy, plain("Why?", maxLabel), plain(plainActor(v.Request.Asker)+" gets this text, and it is kept on record.", maxHint), e),
	})
	return carrying(view, v.Request.ID, o)
}

// denySent is the submitted deny form.
func (b *Bot) denySent(ctx context.Context, env *envelope, o origin, c slack.InteractionCallback) {
	meta, ok := readPress(c.View.PrivateMetadata)
	if !ok {
		b.unreadable(ctx, env, o, "Not denied")
		return
	}
	why := ""
	if c.View.State != nil {
		why = trimmed(c.View.State.Values[blockWhy][actWhy].Value)
	}
	switch {
	case why == "":
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockWhy: "Say why, so that the requester knows what to change."}})
		return
	case utf8.RuneCountInString(why) > maxComment:
		b.answerNow(ctx, env, o, outcome{errors: map[string]string{blockWhy: "Please say it in fewer words."}})
		return
	}
	b.answerForm(ctx, env, o, func(ctx context.Context) outcome {
		v, err := b.service.Review(ctx, access.ReviewInput{Request: meta.Request, User: o.user, Verdict: access.Deny, Comment: why})
		if err != nil {
			s := b.sayWho(ctx, b.userLog(o.user).With().Str("request_id", string(meta.Request)).Logger(), meta.Request, err)
			note := noteView(s.title, ":no_entry: *Not denied.* "+s.text, s.hint)
			return outcome{view: &note}
		}
		note := noteView("Denied", stateLine(v), "The requester was told why.")
		return outcome{view: &note}
	})
	b.repair(ctx, meta.pressed(o.user), meta.Request)
}
