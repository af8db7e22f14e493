package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"
)

// Callback ids of shortcuts, as the manifest names them.
const (
	shortcutRequest = "stint_request"         // global
	shortcutMessage = "stint_request_message" // in the menu of a message
)

// shortcut opens the form; from a message it carries the message's link, so that those who
// decide see what it is about.
func (b *Bot) shortcut(ctx context.Context, o origin, c slack.InteractionCallback) {
	switch c.CallbackID {
	case shortcutRequest:
		b.openForm(ctx, o)
	case shortcutMessage:
		with := prefill{link: permalink(c.Team.Domain, c.Channel.ID, c.MessageTs, c.Message.ThreadTimestamp)}
		if with.link != "" {
			with.note = ":link: Those who decide see a link to <" + escaper.Replace(with.link) + "|the message> that you ask from."
		}
		b.openFormWith(ctx, o, with)
	}
}

// permalink is the link of a message as Slack writes it. It is made here, because Slack tells
// it only to members of the channel, and Stint need not be one.
func permalink(domain, channel, ts, thread string) string {
	id := strings.Replace(ts, ".", "", 1)
	if domain == "" || channel == "" || id == "" || safeWord(domain) != domain || safeWord(channel) != channel || strings.Trim(id, "0123456789") != "" {
		return ""
	}
	link := "https://" + domain + ".slack.com/archives/" + channel + "/p" + id
	if thread != "" && thread != ts && strings.Trim(thread, "0123456789.") == "" {
		link += "?thread_ts=" + thread + "&cid=" + channel
	}
	return link
}
