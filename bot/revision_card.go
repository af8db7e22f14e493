package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
	"stint/access/fault"
	"stint/access/identity"
)

// cardChanges is how many changes a card names; Review shows all.
const cardChanges = 4

// revisionKey is the key of one person's copy of the card, as the outbox names it.
func revisionKey(id access.RevisionID, user identity.SlackUserID) string {
	return string(access.NoticeRevision) + "/" + string(id) + "/" + string(user)
}

// deliverRevision brings one admin's copy of the card up to date. A copy that was never
// posted is posted only while it waits for them.
func (b *Bot) deliverRevision(ctx context.Context, n access.Notice) (string, error) {
	if n.To == "" || n.Revision == "" {
		return dropped, nil
	}
	key := firstOf(n.Key, revisionKey(n.Revision, n.To))
	return b.surface(ctx, key, func(ctx context.Context) (draft, error) {
		r, err := b.service.Revision(ctx, n.To, n.Revision)
		if fault.Is(err, fault.Forbidden) { // an admin no more: it is none of theirs now
			return draft{}, fault.New(fault.NotFound, "bot.deliverRevision", "", "")
		}
		if err != nil {
			return draft{}, err
		}
		return draft{content: revisionCard(r), to: string(n.To), post: r.State == access.Proposed}, nil
	})
}

// revisionCard is the card of a proposed change: who, why, what, and the way to decide it.
func revisionCard(r access.RevisionView) content {
	head := revisionHead(r)
	blocks := []slack.Block{section(head)}
	if r.Reason != "" {
		blocks = append(blocks, quote(r.Reason, maxQuote))
	}
	blocks = append(blocks, section(cardDiff(r)))
	blocks = append(blocks, section(revisionState(r, actor)))
	if r.State == access.Refused && r.Note != "" {
		blocks = append(blocks, quote(r.Note, maxQuote))
	}
	if r.State == access.Proposed {
		blocks = append(blocks, actions(primary(button(actReview, string(r.ID), "Review", "Review what "+plainActor(r.Author)+" proposes"))))
	}
	return message(plainRevision(r)+": "+head, blocks...)
}

// cardDiff names the changes, and says in a line what they open.
func cardDiff(r access.RevisionView) string {
	var lines []string
	for i, c := range r.Changes {
		if i == cardChanges {
			lines = append(lines, "and "+plural(len(r.Changes)-cardChanges, "more change"))
			break
		}
		lines = append(lines, changeLine(c))
	}
	if i := r.Impact; i != nil {
		lines = append(lines, "*What people can ask for:* "+openings(*i))
	}
	if r.EndsTotal > 0 {
		lines = append(lines, ":rotating_light: It ends "+plural(r.EndsTotal, "grant")+" at once.")
	}
	if len(lines) == 0 {
		return "Nothing differs."
	}
	return strings.Join(lines, "\n")
}

// plainRevision is the state in a word or two, for notifications.
func plainRevision(r access.RevisionView) string {
	switch r.State {
	case access.Proposed:
		return "To decide"
	case access.InForce, access.Replaced:
		return "Approved"
	case access.Refused:
		return "Refused"
	}
	return "Taken back"
}
