package bot

import (
	"github.com/slack-go/slack"

	"stint/access"
)

// asker is the requester's own message about what a form asked for: sent, decided, and what
// next.
func asker(vs []access.RequestView, p *access.Pause) content {
	if len(vs) > 1 {
		return askerOfSeveral(vs, p, false)
	}
	return askerOfOne(vs[0], p, false)
}

// receiver is the message of a person for whom somebody else asked.
func receiver(vs []access.RequestView, p *access.Pause) content {
	if len(vs) > 1 {
		return askerOfSeveral(vs, p, true)
	}
	return askerOfOne(vs[0], p, true)
}

// whatFor is what a request is for, as its asker or its receiver reads it.
func whatFor(r access.Request, what string, toReceiver bool) string {
	what += " for " + askedFor(r)
	switch {
	case toReceiver:
		what += ", asked for you by " + actor(r.Asker)
	case r.Asker.Person != r.Receiver.Person:
		what += " for " + actor(r.Receiver)
	}
	return what
}

func askerOfOne(v access.RequestView, p *access.Pause, toReceiver bool) content {
	r := v.Request
	head := askerHead(r.State) + whatFor(r, items(v, item), toReceiver)
	next, extra := askerNext(v, toReceiver)
	blocks := append([]slack.Block{section(head)}, broughtBlocks(v)...)
	blocks = append(blocks, section(next))
	if toReceiver {
		blocks = append(blocks, reasonBlocks(r)...)
	}
	blocks = append(blocks, smalls(circumstances(v))...)
	if p != nil && (r.State == access.Pending || r.State == access.Approved && held(v.Grants)) {
		blocks = append(blocks, section(heldLine(r, *p)))
	}
	blocks = append(blocks, extra...)
	return message(head, blocks...)
}

// askerHead is the state of a request with an icon and a word.
func askerHead(s access.RequestState) string {
	switch s {
	case access.Pending:
		return ":outbox_tray: *Requested:* "
	case access.Denied:
		return ":no_entry: *Denied:* "
	case access.Cancelled:
		return ":leftwards_arrow_with_hook: *Cancelled:* "
	case access.Lapsed:
		return ":hourglass: *Lapsed:* "
	case access.Withdrawn:
		return ":no_entry: *Withdrawn:* "
	}
	return ":white_check_mark: *Approved:* "
}

// askerNext is what happens next with a request, or what one can do about its end.
func askerNext(v access.RequestView, toReceiver bool) (next string, extra []slack.Block) {
	r := v.Request
	ask, again := "ask again with `"+commandAccess+"`", []slack.Block{actions(againButton(v))}
	if toReceiver {
		ask += " or have " + actor(r.Asker) + " do it"
	}
	switch r.State {
	case access.Pending:
		extra = []slack.Block{actions(cancelButton(v), detailsButton(v))}
		if r.Terms.Automatic {
			return "Stint is checking who you are; then AWS is asked for it.", nil
		}
		if r.CheckedAt.IsZero() {
			return "Stint is checking who you are; then it goes to those who decide.", nil
		}
		next = "It waits in " + channel(idChannel(r.Terms.Channel)) + " until " + when(r.ExpiresAt) + ". " + canDecide(v)
		if names := approvers(r); names != "" {
			next += "\nApproved so far by " + names + "."
		}
		return next, extra
	case access.Denied:
		rev := lastReview(r, access.Deny)
		if rev.Comment != "" {
			extra = append(extra, quote(rev.Comment, maxQuote))
		}
		return "By " + reviewer(rev) + ", " + when(r.DecidedAt) + ". If you still need it, talk to them, then " + ask + ".", append(extra, again...)
	case access.Cancelled:
		return "Taken back " + when(r.DecidedAt) + ". Nothing was given.", again
	case access.Lapsed:
		return "Nobody decided by " + when(r.ExpiresAt) + ". If you still need it, " + ask + ", and tell somebody who can decide.", again
	case access.Withdrawn:
		next = sentence(r.Outcome)
		if next == "" {
			next = "It is no longer allowed."
		}
		if r.Standing {
			return next + " Use it as usual; Stint does not take it away.", nil
		}
		return next + " Nothing was given. You can " + ask + ".", again
	}
	if names := approvers(r); names != "" {
		next = "By " + names + ", " + when(r.DecidedAt) + "."
	} else {
		next = "By the rule “" + escName(r.Terms.Rule, nameWidth) + "”, " + when(r.DecidedAt) + "."
	}
	if c := lastReview(r, access.Approve).Comment; c != "" {
		extra = []slack.Block{quote(c, maxQuote)}
	}
	if len(v.Grants) == 0 {
		return next + "\nAWS is setting it up; you get another message when it is there.", extra
	}
	return next + "\n" + grantsLine(v.Grants), extra
}

// askerOfSeveral is the message about a form that became several requests: each part with
// how it stands.
func askerOfSeveral(vs []access.RequestView, p *access.Pause, toReceiver bool) content {
	r := vs[0].Request
	head := formHead(vs) + whatFor(r, "*"+entitlements(vs)+"* in "+plural(len(vs), "request"), toReceiver)
	var c content
	for detail := fullDetail; detail >= 0; detail-- {
		blocks := []slack.Block{section(head), small("Different rules decide parts of it, each for itself.")}
		if toReceiver {
			blocks = append(blocks, reasonBlocks(r)...)
		}
		blocks = append(blocks, smalls(formLines(vs[0]))...)
		if p != nil && anyHeld(vs) {
			blocks = append(blocks, section(pausedLine(*p)))
		}
		shown, rest := foremost(vs, maxShown)
		for _, v := range shown {
			blocks = append(blocks, askerPart(v, detail)...)
		}
		if len(rest) > 0 {
			blocks = append(blocks, small(andMore(len(rest))+": "+standings(rest)+"."))
		}
		if n := pendingOf(vs); n > 0 {
			blocks = append(blocks, actions(cancelAllButton(vs, n)))
		}
		if c = message(head, blocks...); len(blocks) <= maxMessageBlocks && textLength(blocks) <= maxCardChars {
			break
		}
	}
	return c
}

// askerPart is one request of a form, with Details beside it.
func askerPart(v access.RequestView, detail int) []slack.Block {
	r := v.Request
	names := [...]int{0, 1, 1, 2, maxNames}[detail]
	line := stateLine(v)
	if detail < withRule {
		line = "*" + plainState(v) + "*"
	}
	side := detailsButton(v)
	if endedWithoutAccess(r.State) {
		side = againButton(v)
	}
	return append([]slack.Block{sectionWith(someItems(v, names)+"\n"+line, side)}, further(v, detail)...)
}

// formHead is how a form stands as a whole.
func formHead(vs []access.RequestView) string {
	state := vs[0].Request.State
	for _, v := range vs {
		if v.Request.State != state {
			if pendingOf(vs) > 0 {
				return askerHead(access.Pending)
			}
			return ":ballot_box_with_check: *Decided:* "
		}
	}
	return askerHead(state)
}

func pendingOf(vs []access.RequestView) (n int) {
	for _, v := range vs {
		if v.Request.State == access.Pending {
			n++
		}
	}
	return n
}

// cancelAllButton takes back all of a form that waits, after one question.
func cancelAllButton(vs []access.RequestView, n int) *slack.ButtonBlockElement {
	r := vs[0].Request
	label := "Cancel all " + thousands(n) + " that wait"
	if n == 1 {
		label = "Cancel what waits"
	}
	b := button(actCancelAll, string(r.FormID()), label, label+" for "+plainActor(r.Receiver))
	return confirmed(b, "Cancel what waits?", "Nobody can decide it then. What is approved already stays.", "Cancel it", "Keep it")
}
