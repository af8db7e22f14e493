package bot

import (
	"context"

	"stint/access"
)

// deliverChannel tells the policy's default channel of a pause or of its end, unless that
// is no longer how it is.
func (b *Bot) deliverChannel(ctx context.Context, n access.Notice) (string, error) {
	c, ok := channelLine(n, b.service.Paused())
	to := b.fallback()
	if !ok || to == "" {
		return dropped, nil
	}
	err := b.story(ctx, string(to), "", c)
	if channelGone(slackCode(err)) {
		b.alarm(ctx, "channel/"+string(to), n, "Nothing can be posted in the policy's channel "+string(to)+" (Slack says "+slackCode(err)+"). Invite Stint to it, unarchive it, or name another channel in the policy.")
		return dropped, nil
	}
	return sent, err
}

// channelLine is what concerns everybody; ok is false when it is no longer so.
func channelLine(n access.Notice, paused *access.Pause) (c content, ok bool) {
	var line string
	switch {
	case n.Event == access.EventPaused && paused != nil && paused.At.Equal(n.At):
		line = pausedLine(*paused)
	case n.Event == access.EventResumed && paused == nil:
		line = ":arrow_forward: *New access is no longer paused.* " + actor(n.By) + " resumed it, " + when(n.At) + ". Requests that waited can be decided now."
	default:
		return content{}, false
	}
	return message(line, section(line)), true
}
