package bot

import (
	"context"
	"encoding/json"
	"time"

	"github.com/slack-go/slack"

	"stint/access/identity"
)

// tell answers a person where they are: only to them below what they pressed, or, where
// Slack has no such messages (Home, views), in a modal. When that is refused, because a
// trigger expired or the app is not in the channel, it goes to their direct messages.
func (b *Bot) tell(ctx context.Context, o origin, s said) {
	text := s.String()
	var err error
	switch {
	case o.responseURL != "":
		err = b.ephemeral(ctx, o.responseURL, text)
		if err != nil && o.channel != "" {
			_, err = b.api.PostEphemeralContext(ctx, o.channel, string(o.user), slack.MsgOptionText(text, false), slack.MsgOptionBlocks(section(text)))
		}
	case o.home || o.viewID == "":
		_, err = b.api.OpenViewContext(ctx, o.triggerID, noteView(s.title, s.text, s.hint))
	default:
		_, err = b.api.PushViewContext(ctx, o.triggerID, noteView(s.title, s.text, s.hint))
	}
	if err == nil {
		return
	}
	b.log.Warn().Err(err).Str("user", string(o.user)).Msg("answer goes to direct messages")
	if _, err := b.direct(ctx, o.user, message(text, section(text))); err != nil {
		b.log.Error().Err(err).Str("user", string(o.user)).Msg("a person could not be answered")
	}
}

// ephemeral posts to a response URL, which is good for 30 minutes and five uses, and where
// the app need not be in the channel.
func (b *Bot) ephemeral(ctx context.Context, responseURL, text string) error {
	off := false
	return slack.PostWebhookCustomHTTPContext(ctx, responseURL, b.ws.http, &slack.WebhookMessage{
		Text:         text,
		Blocks:       &slack.Blocks{BlockSet: []slack.Block{section(text)}},
		ResponseType: slack.ResponseTypeEphemeral,
		UnfurlLinks:  &off,
		UnfurlMedia:  &off,
	})
}

// direct posts a direct message at once, outside the outbox: an answer to what somebody
// just did. It returns the conversation.
func (b *Bot) direct(ctx context.Context, user identity.SlackUserID, c content) (identity.ChannelID, error) {
	ch, _, err := b.api.PostMessageContext(ctx, string(user), c.options()...)
	return identity.ChannelID(ch), err
}

// options are what every message carries: text for notifications, no unfurling.
func (c content) options() []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(c.text, false),
		slack.MsgOptionBlocks(c.blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	}
}

// outcome is what a submitted form leads to: errors under its fields, another view, or,
// when done is set, the end of this view: what lies under it shows again. late is shown
// instead of errors, and done instead of an end, when "Working…" already took the form's
// place, or nothing lies under it: such a view can only be replaced.
type outcome struct {
	errors map[string]string
	view   *slack.ModalViewRequest
	late   func() slack.ModalViewRequest
	done   *slack.ModalViewRequest
	said   string // with done: a line for the top of the view under the form; "" for none
	// changed has the views under the form drawn anew; done does that as well.
	changed bool
}

// answerForm runs work and answers the submission with its outcome. Work that takes longer
// than Slack waits is answered with "Working…", and the outcome follows by views.update.
func (b *Bot) answerForm(ctx context.Context, env *envelope, o origin, work func(context.Context) outcome) {
	done := async(func() outcome { return work(ctx) })
	timer := time.NewTimer(time.Until(env.received.Add(b.answerAfter)))
	defer timer.Stop()
	select {
	case r := <-done:
		b.answerNow(ctx, env, o, r.get())
	case <-timer.C:
		working := workingView()
		if err := env.reply(ctx, slack.NewUpdateViewSubmissionResponse(&working)); err != nil {
			b.log.Warn().Err(err).Msg("submission not acknowledged in time")
		}
		got := (<-done).get()
		v := got.view
		switch {
		case got.errors != nil:
			late := got.late()
			v = &late
		case got.done != nil:
			v = got.done
		}
		b.updateAfterReply(ctx, o, *v)
		if got.changed || got.done != nil {
			b.redrawUnder(ctx, o, "")
		}
	}
}

func (b *Bot) answerNow(ctx context.Context, env *envelope, o origin, r outcome) {
	said := r.said
	if _, has := underneath(o.meta); r.done != nil && !has {
		r.view, said = r.done, ""
	}
	if r.view != nil {
		v := keepUnder(*r.view, o.meta)
		r.view = &v
	}
	var payload any // nothing closes the view
	switch {
	case r.errors != nil:
		payload = slack.NewErrorsViewSubmissionResponse(r.errors)
	case r.view != nil:
		payload = slack.NewUpdateViewSubmissionResponse(r.view)
	}
	if r.changed || r.done != nil {
		defer b.redrawUnder(ctx, o, said)
	}
	if r.view != nil && size(payload) > maxReply {
		// Slack would drop the reply without a word; a call may carry more.
		working := workingView()
		payload = slack.NewUpdateViewSubmissionResponse(&working)
		defer b.updateAfterReply(ctx, o, *r.view)
	}
	if err := env.reply(ctx, payload); err != nil {
		b.log.Warn().Err(err).Msg("submission not acknowledged")
	}
}

func workingView() slack.ModalViewRequest {
	return noteView("Working…", ":hourglass_flowing_sand: Stint is working on it. This takes a moment; you may close this window, nothing is lost.")
}

// replyAhead is the head start of an acknowledgement over the call that follows it: they
// take different ways to Slack, and the later one to arrive is what stays.
const replyAhead = 150 * time.Millisecond

// updateAfterReply is updateView for a view that an acknowledgement has just replaced.
func (b *Bot) updateAfterReply(ctx context.Context, o origin, v slack.ModalViewRequest) {
	pause(ctx, replyAhead)
	b.updateView(ctx, o, v)
}

// updateView replaces a view. That the person closed it meanwhile, or that a newer update
// was faster, is no failure.
func (b *Bot) updateView(ctx context.Context, o origin, v slack.ModalViewRequest) {
	_, err := b.api.UpdateViewContext(ctx, keepUnder(v, o.meta), "", "", o.viewID)
	switch slackCode(err) {
	case "not_found", "hash_conflict", "view_not_found":
		return
	}
	if err != nil {
		b.log.Warn().Err(err).Str("user", string(o.user)).Msg("view not updated")
		b.noteTrouble(err)
	}
}

// noteTrouble shows in health what an answer of Slack says about the whole connection.
func (b *Bot) noteTrouble(err error) {
	if t := classify(err); t.fatal {
		b.health.fail(t)
	}
}

// size is what a payload takes on the wire, in bytes.
func size(payload any) int {
	raw, err := json.Marshal(payload)
	if err != nil {
		return maxReply + 1
	}
	return len(raw)
}

// result is what an async function returned, or the panic that ended it.
type result[T any] struct {
	value T
	panic any
}

// get returns the value, or lets the panic go on where it is recovered with a reference.
func (r result[T]) get() T {
	if r.panic != nil {
		panic(r.panic)
	}
	return r.value
}

// async runs fn on a goroutine of its own. Whoever starts it waits for the result.
func async[T any](fn func() T) <-chan result[T] {
	done := make(chan result[T], 1)
	go func() {
		var r result[T]
		defer func() {
			if p := recover(); p != nil {
				r.panic = p
			}
			done <- r
		}()
		r.value = fn()
	}()
	return done
}
