package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// reminderFor is how long a reminder may wait for its delivery. After Slack was away the
// next one comes in its own time, instead of all that were missed at once.
const reminderFor = 15 * time.Minute

// reminder asks those who can still decide, and nobody else; "" when nobody can any more or
// a newer reminder follows. The requests of one card are reminded of together: the first of
// them that waits speaks for all.
func reminder(n access.Notice, vs []access.RequestView) string {
	var waiting []access.RequestView
	for _, v := range vs {
		if decidable(v.Request) {
			waiting = append(waiting, v)
		}
	}
	if len(waiting) == 0 || waiting[0].Request.ID != n.Request || n.Number != waiting[0].Request.Reminders {
		return ""
	}
	r := waiting[0].Request
	line, it := ":bell: *Still waiting* for a decision, asked "+when(r.SubmittedAt)+". ", "it. It lapses "
	if len(waiting) > 1 {
		it = "them. They lapse "
		line = ":bell: *" + thousands(len(waiting)) + " of these still wait* for a decision, asked " + when(r.SubmittedAt) + ". "
	}
	can := reminded(n.At, waiting)
	if len(can) == 0 {
		return line + "Nobody who could decide it is known right now; an admin of Stint can help. It lapses " + when(r.ExpiresAt) + "."
	}
	return line + people(can) + ": please approve or deny " + it + when(r.ExpiresAt) + "."
}

// claimKeeps is how long a claim keeps reminders from the others.
const claimKeeps = time.Hour

// reminded are those whom a reminder asks: who can still decide, and of each request only
// who said lately that they are on it.
func reminded(at time.Time, vs []access.RequestView) []access.Human {
	claimed := slices.Clone(vs)
	for i, v := range vs {
		c := v.Request.Claim
		if c == nil || at.Sub(c.At) > claimKeeps {
			continue
		}
		for _, h := range v.Approvers {
			if h.Person == c.By.Person && h.Slack != "" {
				claimed[i].Approvers = []access.Human{h}
			}
		}
	}
	return whoDecides(claimed)
}

// remindCopies reminds those who can decide and are not in the channel, under their copy
// of the card. The thread has the reminder already, so that one that fails is left out.
func (b *Bot) remindCopies(ctx context.Context, key string, at time.Time, vs []access.RequestView, c content) {
	copies, err := b.service.Messages(ctx, key+"/")
	if err != nil {
		b.log.Warn().Err(err).Str("key", key).Msg("copies of a card not found; only the channel was reminded")
		return
	}
	for _, a := range reminded(at, vs) {
		for _, m := range copies {
			if a.Slack == "" || strings.TrimPrefix(m.Key, key+"/") != string(a.Slack) {
				continue
			}
			if err := b.story(ctx, string(m.Channel), m.TS, c); err != nil {
				b.log.Warn().Err(err).Str("key", m.Key).Msg("reminder not delivered")
			}
		}
	}
}

// endingSoon tells the holder that access ends soon; nothing when it does not any more.
func endingSoon(g access.GrantView, now time.Time) content {
	if g.Grant.State != access.Live || !now.Before(g.Grant.End) || g.Until.After(g.Grant.End) {
		return content{}
	}
	head := ":alarm_clock: *Ends soon:* " + item(g.Item) + ", " + when(g.Grant.End) + "."
	next := "Stint takes it away then. If you need it for longer, press Extend now: it goes on without a gap once that is approved."
	buttons := []*slack.ButtonBlockElement{extendButton(g), endButton(g, actEnd)}
	if g.Extension != "" {
		next = ":hourglass_flowing_sand: *Your extension still waits for a decision.* Without one, Stint takes the access away then."
		buttons = buttons[1:]
	}
	blocks := []slack.Block{section(head), section(next)}
	if d := g.Item.Role.SessionDuration; d > 0 {
		blocks = append(blocks, small("A session that you open before the end can go on for up to "+length(d)+" after it. Sign out when you are done."))
	}
	return message(head, append(blocks, actions(buttons...))...)
}
