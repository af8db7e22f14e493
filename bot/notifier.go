package bot

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
)

// results of a delivery, for the metric.
const (
	sent      = "sent"
	unchanged = "unchanged"
	dropped   = "dropped" // no longer true, or nobody to tell
)

// Deliver renders the notice from the records as they are now and posts or edits. It
// returns nil when it was delivered or is no longer true, else a *access.DeliveryError.
func (b *Bot) Deliver(ctx context.Context, n access.Notice) error {
	result, err := b.deliver(ctx, n)
	if err != nil {
		err = b.deliveryError(err)
		result = "retry"
		if e, ok := errors.AsType[*access.DeliveryError](err); ok && e.Permanent {
			result = "refused"
		}
	}
	b.metrics.deliveries.WithLabelValues(string(n.Kind), result).Inc()
	return err
}

func (b *Bot) deliver(ctx context.Context, n access.Notice) (result string, err error) {
	switch n.Kind {
	case access.NoticeCard:
		return b.deliverCard(ctx, n)
	case access.NoticeThread:
		return b.deliverThread(ctx, n)
	case access.NoticeAsker:
		return b.deliverAsker(ctx, n)
	case access.NoticeReceiver:
		return b.deliverReceiver(ctx, n)
	case access.NoticeGrant:
		return b.deliverGrant(ctx, n)
	case access.NoticeTell:
		return b.deliverTell(ctx, n)
	case access.NoticeHome:
		return b.deliverHome(ctx, n)
	case access.NoticeDebrief:
		return b.deliverDebrief(ctx, n)
	case access.NoticeRevision:
		return b.deliverRevision(ctx, n)
	case access.NoticeChannel:
		return b.deliverChannel(ctx, n)
	case access.NoticeAdmins:
		return b.deliverAdmins(ctx, n)
	}
	return "", &access.DeliveryError{Permanent: true, Err: errors.New("unknown kind of notice: " + string(n.Kind))}
}

// deliveryError gives every failure the form that the outbox acts on. What is wrong with
// the whole connection shows in health as well.
func (b *Bot) deliveryError(err error) error {
	if e, ok := errors.AsType[*access.DeliveryError](err); ok {
		return e
	}
	if wait, ok := retryAfter(err); ok {
		return &access.DeliveryError{RetryAfter: wait, Err: err}
	}
	b.noteTrouble(err)
	return &access.DeliveryError{Permanent: refusedForGood(slackCode(err)), Away: unreachable(err), Err: err}
}

// unreachable reports whether Slack as a whole did not answer, or its edge did in its place.
func unreachable(err error) bool {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return true
	}
	e, ok := errors.AsType[slack.StatusCodeError](err)
	return ok && e.Code >= http.StatusInternalServerError
}

// refusedForGood reports whether Slack will answer the same to the same message.
func refusedForGood(code string) bool {
	switch code {
	case "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text", "invalid_arguments", "invalid_form_data", "invalid_array_arg",
		"user_not_found", "user_disabled", "cannot_dm_bot", "users_not_found", "user_not_visible", "messages_tab_disabled":
		return true
	}
	return messageGone(code) || channelGone(code)
}

// messageGone reports whether a message cannot be edited any more.
func messageGone(code string) bool {
	switch code {
	case "message_not_found", "cant_update_message", "edit_window_closed":
		return true
	}
	return false
}

// channelGone reports whether a conversation takes no messages of ours.
func channelGone(code string) bool {
	switch code {
	case "channel_not_found", "is_archived", "is_inactive", "not_in_channel", "restricted_action", "restricted_action_read_only_channel", "channel_is_archived", "no_permission":
		return true
	}
	return false
}

// gone reports whether err says that a record does not exist: its notice is dropped.
func gone(err error) bool { return fault.Is(err, fault.NotFound) }

// deliverHome refreshes a Home tab, unless what it shows has not changed.
func (b *Bot) deliverHome(ctx context.Context, n access.Notice) (string, error) {
	if n.To == "" {
		return dropped, nil
	}
	defer b.keys.lock("home/" + string(n.To))()
	if err := b.pace.home(ctx, string(n.To)); err != nil {
		return "", err
	}
	same, err := b.publish(ctx, n.To, false)
	if wait, ok := retryAfter(err); ok {
		b.pace.block("home", wait)
	}
	if err != nil {
		return "", err
	}
	if same {
		return unchanged, nil
	}
	return sent, nil
}

// adminsText tells what needs an admin apart from what one of them did.
func adminsText(n access.Notice) string {
	if n.Event == access.EventReport || n.Revision != "" {
		return ":information_source: *For the admins of Stint*\n" + sentence(n.Text)
	}
	return ":rotating_light: *Stint needs an admin's attention*\n" + sentence(n.Text)
}

// deliverAdmins tells every admin once, by direct message.
func (b *Bot) deliverAdmins(ctx context.Context, n access.Notice) (string, error) {
	text := adminsText(n)
	reached := 0
	var failed error
	for _, a := range b.service.Admins(ctx) {
		if a.Slack == "" {
			continue
		}
		if n.Revision != "" && a.Slack == n.By.Slack {
			reached++
			continue // who did it saw it happen
		}
		mark := "admins/" + string(n.ID) + "/" + string(a.Slack)
		if !b.told.first(mark, time.Now()) {
			reached++
			continue // in an earlier attempt
		}
		if err := b.story(ctx, string(a.Slack), "", message(text, section(text))); err != nil {
			b.told.forget(mark)
			b.log.Warn().Err(err).Str("user", string(a.Slack)).Msg("an admin was not told")
			failed = err
			continue
		}
		reached++
	}
	switch {
	case failed != nil && !refusedForGood(slackCode(failed)):
		return "", failed
	case reached > 0:
		return sent, nil
	}
	if ch := b.fallback(); ch != "" {
		if err := b.story(ctx, string(ch), "", message(text, section(text))); err != nil {
			return "", err
		}
		return sent, nil
	}
	return dropped, nil
}

// alarm tells the admins something that delivery itself found out, at most once an hour.
func (b *Bot) alarm(ctx context.Context, about string, at access.Notice, text string) {
	if !b.told.first("alarm/"+about, time.Now()) {
		return
	}
	n := access.Notice{ID: access.NoticeID("alarm/" + about), Kind: access.NoticeAdmins, Text: text, At: b.service.Now(), Request: at.Request}
	if _, err := b.deliverAdmins(ctx, n); err != nil {
		b.told.forget("alarm/" + about)
		b.log.Warn().Err(err).Msg("admins not told")
	}
}
