package bot

import (
	"github.com/slack-go/slack"

	"stint/access"
)

// asker is the requester's own message about a request: sent, decided, and what next.
func asker(v access.RequestView, p *access.Pause) content {
	r := v.Request
	what := items(v, item) + " for " + askedFor(r)
	if r.Asker.Person != r.Receiver.Person {
		what += " for " + actor(r.Receiver)
	}
	var head, next string
	var extra []slack.Block
	switch r.State {
	case access.Pending:
		head = ":outbox_tray: *Requested:* " + what
		if r.CheckedAt.IsZero() {
			next = "Stint is checking who you are; then it goes to those who decide."
			break
		}
		next = "It waits in " + channel(idChannel(r.Terms.Channel)) + " until " + when(r.ExpiresAt) + ". Can decide: " + people(v.Approvers) + "."
		if hs := approvedBy(r); len(hs) > 0 {
			next += "\nApproved so far by " + people(hs) + "."
		}
		extra = append(extra, actions(cancelButton(v), detailsButton(v)))
	case access.Approved:
		head = ":white_check_mark: *Approved:* " + what
		if hs := approvedBy(r); len(hs) > 0 {
			next = "By " + people(hs) + ", " + when(r.DecidedAt) + "."
		} else {
			next = "By the rule “" + escName(r.Terms.Rule, nameWidth) + "”, " + when(r.DecidedAt) + "."
		}
		for _, g := range v.Grants {
			next += "\n" + grantLine(g)
		}
		if len(v.Grants) == 0 {
			next += "\nAWS is setting it up; you get another message when it is there."
		}
	case access.Denied:
		rev := lastReview(r, access.Deny)
		head = ":no_entry: *Denied:* " + what
		next = "By " + actor(rev.By) + ", " + when(r.DecidedAt) + ". If you still need it, talk to them, then ask again with `" + commandAccess + "`."
		if rev.Comment != "" {
			extra = append(extra, quote(rev.Comment, maxQuote))
		}
	case access.Cancelled:
		head = ":leftwards_arrow_with_hook: *Cancelled:* " + what
		next = "You took it back, " + when(r.DecidedAt) + ". Nothing was given."
	case access.Lapsed:
		head = ":hourglass: *Lapsed:* " + what
		next = "Nobody decided by " + when(r.ExpiresAt) + ". If you still need it, ask again with `" + commandAccess + "`, and tell somebody who can decide."
	case access.Withdrawn:
		head = ":no_entry: *Withdrawn:* " + what
		next = sentence(r.Outcome)
		if next == "" {
			next = "It is no longer allowed."
		}
		next += " Nothing was given. You can ask again with `" + commandAccess + "`."
	}
	blocks := []slack.Block{section(head), section(next)}
	if p != nil && (r.State == access.Pending || r.State == access.Approved && held(v.Grants)) {
		blocks = append(blocks, section(pausedLine(*p)))
	}
	blocks = append(blocks, extra...)
	return message(head, blocks...)
}
