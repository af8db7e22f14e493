package bot

import (
	"context"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/identity"
)

// linkWithin is what Slack is given to say where a message is.
const linkWithin = time.Second

// have says what is there, or waited for, before the form is sent, with what can be done
// about it: extend what is live, look at what is pending.
func (b *Bot) have(ctx context.Context, f form, asker identity.SlackUserID, p access.Preview) []slack.Block {
	var blocks []slack.Block
	var live, standing, pending []access.PreviewItem
	for _, i := range p.Items {
		switch {
		case i.Live != nil:
			live = append(live, i)
		case i.Standing:
			standing = append(standing, i)
		}
		if i.Pending != nil {
			pending = append(pending, i)
		}
	}
	for n, i := range live {
		if n == maxNames && len(live) > maxNames+1 {
			blocks = append(blocks, section(":large_green_circle: "+f.holds()+" "+thousands(len(live)-maxNames)+" more of this already."))
			break
		}
		blocks = append(blocks, b.liveBlock(ctx, f, asker, i, len(p.Items) > 1))
	}
	if len(standing) > 0 {
		blocks = append(blocks, section(f.standing(standing, len(p.Items) > 1)))
	}
	if len(pending) > 0 && len(p.Items) == 1 {
		blocks = append(blocks, b.pendingBlock(ctx, f, asker, pending[0]))
	}
	return blocks
}

// holds is "You have", or that of whom it is for.
func (f form) holds() string {
	if f.forWhom == nil {
		return "You have"
	}
	return mention(f.forWhom.Slack, f.forWhom.Name) + " has"
}

func (b *Bot) liveBlock(ctx context.Context, f form, asker identity.SlackUserID, i access.PreviewItem, named bool) slack.Block {
	what := "this"
	if named {
		what = item(i.ItemView)
	}
	until := "until " + when(i.Live.End)
	if i.Live.State == access.Scheduled {
		until = "from " + when(i.Live.Start) + " until " + when(i.Live.End)
	}
	text := ":large_green_circle: *" + f.holds() + " " + what + " already*, " + until + "."
	if named {
		text = ":large_green_circle: " + f.holds() + " " + what + " already, " + until + "."
	}
	if g, err := b.service.GrantView(ctx, i.Live.ID); err == nil && f.forWhom == nil && g.Grant.Holder.Slack == asker && mayExtend(g) {
		if !named {
			text += " To have it for longer, extend it: there is no gap then."
		}
		return sectionWith(text, extendButton(g))
	}
	return section(text)
}

// standing is about what somebody holds without Stint, as AWS said last.
func (f form) standing(items []access.PreviewItem, several bool) string {
	what := "this"
	if several {
		views := make([]access.ItemView, len(items))
		for n, i := range items {
			views[n] = i.ItemView
		}
		what = named(views)
	}
	return ":white_circle: *" + f.holds() + " standing access:* when Stint looked last, AWS held " + what + " for good, not from Stint. If that is still so, a request changes nothing and ends by itself."
}

// pendingBlock says that it was asked for, and links the message about it where that is the
// reader's own; without a message, or when Slack does not say where it is, Details shows it.
func (b *Bot) pendingBlock(ctx context.Context, f form, asker identity.SlackUserID, i access.PreviewItem) slack.Block {
	r := i.Pending
	who := "You have"
	switch {
	case r.Asker.Slack != asker:
		who = actor(r.Asker) + " has"
	case f.forWhom != nil:
		who = "For " + mention(f.forWhom.Slack, f.forWhom.Name) + ", you have"
	}
	text := ":hourglass_flowing_sand: *" + who + " asked for this already*, " + when(r.SubmittedAt) + "; it still waits for a decision."
	if r.Asker.Slack != asker && f.forWhom != nil {
		return section(text)
	}
	url := ""
	if r.Asker.Slack == asker {
		url = b.linkTo(ctx, askerKey(r.FormID()))
	}
	if url == "" {
		return sectionWith(text, detailsButton(access.RequestView{Request: *r, Items: []access.ItemView{i.ItemView}}))
	}
	open := button(actMessage, string(r.ID), "Open it", "Open the message about "+plainItem(i.ItemView))
	open.URL = url
	return sectionWith(text, open)
}

// linkTo is the address of a message of ours; "" when it is not known, or Slack does not say
// in time.
func (b *Bot) linkTo(ctx context.Context, key string) string {
	m, known, err := b.service.Message(ctx, key)
	if err != nil || !known || b.api == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, linkWithin)
	defer cancel()
	url, err := b.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: string(m.Channel), Ts: m.TS})
	if err != nil || !strings.HasPrefix(url, "https://") || len(url) > maxText {
		return ""
	}
	return url
}
