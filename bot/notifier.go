package bot

import (
	"context"
	"errors"
	"time"

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
	case access.NoticeGrant:
		return b.deliverGrant(ctx, n)
	case access.NoticeTell:
		return b.deliverTell(ctx, n)
	case access.NoticeHome:
		return b.deliverHome(ctx, n)
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
	return &access.DeliveryError{Permanent: refusedForGood(slackCode(err)), Err: err}
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

// deliverAsker is the requester's message about a request. An edit notifies nobody, so
// what ends it without access is said in one more message.
func (b *Bot) deliverAsker(ctx context.Context, n access.Notice) (string, error) {
	key := firstOf(n.Key, askerKey(n.Request))
	_, known, err := b.service.Message(ctx, key)
	if err != nil {
		return "", err
	}
	over := false
	result, err := b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		v, err := b.service.RequestView(ctx, n.Request)
		if err != nil {
			return draft{}, err
		}
		over = endedWithoutAccess(v.Request.State)
		return draft{content: asker(v, b.service.Paused()), to: askerOf(n, v), post: true}, nil
	})
	if err != nil || !known || !over {
		return result, err
	}
	return b.surface(ctx, key+"/decided", func(ctx context.Context) (draft, error) {
		v, err := b.service.RequestView(ctx, n.Request)
		if err != nil {
			return draft{}, err
		}
		return draft{content: toldRequest(v), to: askerOf(n, v), post: true}, nil
	})
}

func askerOf(n access.Notice, v access.RequestView) string {
	return firstOf(string(n.To), string(v.Request.Asker.Slack))
}

// endedWithoutAccess reports whether somebody else, or time, ended the request: who
// cancels their own knows.
func endedWithoutAccess(s access.RequestState) bool {
	return s == access.Denied || s == access.Lapsed || s == access.Withdrawn
}

// deliverGrant is the holder's message about an access. It is posted when the access is
// there, because only a new message notifies; before that, the request's message says how
// it stands, and if it never comes, a story does.
func (b *Bot) deliverGrant(ctx context.Context, n access.Notice) (string, error) {
	return b.surface(ctx, firstOf(n.Key, grantKey(n.Grant)), func(ctx context.Context) (draft, error) {
		g, err := b.service.GrantView(ctx, n.Grant)
		if err != nil {
			return draft{}, err
		}
		to := n.To
		if to == "" {
			to = g.Grant.Holder.Slack
		}
		return draft{content: grant(g, b.service.Paused()), to: string(to), post: g.Phase == access.PhaseActive || g.Phase == access.PhaseScheduled}, nil
	})
}

// deliverHome refreshes a Home tab, unless what it shows has not changed.
func (b *Bot) deliverHome(ctx context.Context, n access.Notice) (string, error) {
	if n.To == "" {
		return dropped, nil
	}
	defer b.keys.lock("home/" + string(n.To))()
	if err := b.pace.home(ctx); err != nil {
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
