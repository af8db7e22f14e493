package bot

import (
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"stint/access"
)

// maxListed is how many of several grants a message lists; Details has them all.
const maxListed = 10

// grants is the holder's message about all that a request gave.
func grants(v access.RequestView, p *access.Pause) content {
	return fewer(func(most int) content { return grantsListed(v, p, most) })
}

func grantsListed(v access.RequestView, p *access.Pause, most int) content {
	gs := inOrder(v.Grants)
	head := grantsHead(gs)
	blocks := []slack.Block{section(head), section(grantsLine(gs))}
	blocks = append(blocks, grantRows(gs, most)...)
	if p != nil && held(gs) {
		blocks = append(blocks, section(pausedLine(*p)))
	}
	return message(head, append(blocks, grantsFoot(v, gs)...)...)
}

// grantsFoot is what can be done about all of them.
func grantsFoot(v access.RequestView, gs []access.GrantView) []slack.Block {
	bs := []*slack.ButtonBlockElement{detailsButton(v)}
	var blocks []slack.Block
	if n := unended(gs); n > 0 {
		bs = append([]*slack.ButtonBlockElement{endAllButton(v, n)}, bs...)
		blocks = append(blocks, divider()) // what ends all must not touch what ends one
	} else {
		bs = append(bs, againButton(v))
	}
	blocks = append(blocks, actions(bs...))
	if d := longestSession(gs); d > 0 && unended(gs) > 0 {
		blocks = append(blocks, small(":information_source: A session that you open before the end can go on for up to "+length(d)+" after it: AWS does not cut sessions short. Sign out when you are done."))
	}
	return blocks
}

// plans is the message that says when several grants start, and later that they did.
func plans(v access.RequestView, p *access.Pause) content {
	gs := v.Grants
	head := ":calendar: *Scheduled:* " + items(v, item)
	blocks := []slack.Block{section(head), section(grantsLine(gs))}
	if allScheduled(gs) {
		blocks = append(blocks, small("Stint checks once more before it starts."))
		if p != nil {
			blocks = append(blocks, section(pausedLine(*p)))
		}
		blocks = append(blocks, actions(endAllButton(v, len(gs)), detailsButton(v)))
	}
	return message(head, blocks...)
}

// grantsHead is how they stand as a whole.
func grantsHead(gs []access.GrantView) string {
	all := "*" + plural(len(gs), "entitlement") + "*"
	active := 0
	for _, g := range gs {
		if g.Phase == access.PhaseActive {
			active++
		}
	}
	switch {
	case active == len(gs):
		return ":large_green_circle: *Active:* all " + all
	case active > 0:
		return ":large_green_circle: *Active:* " + thousands(active) + " of " + all
	case unended(gs) == 0:
		return ":white_circle: *Ended:* " + all
	}
	return ":hourglass_flowing_sand: *Approved:* " + all
}

// grantRows are the first of several, each with what can be done with it, and where the rest is.
func grantRows(gs []access.GrantView, most int) (blocks []slack.Block) {
	shown, rest := gs[:min(len(gs), most)], gs[min(len(gs), most):]
	for _, g := range shown {
		if g.Grant.State == access.Ended {
			blocks = append(blocks, section(cutMarkup(item(g.Item)+"\n"+grantLine(g), 600)))
			continue
		}
		blocks = append(blocks, grantBlocks(g, actEnd)...)
	}
	if len(rest) == 0 {
		return blocks
	}
	line := andMore(len(rest)) + "; Details shows all of them."
	if unended(rest) > 0 {
		line += " To extend or end one of them, name it: `" + commandAccess + " " + wordExtend + " name`, `" + commandAccess + " " + wordEnd + " name`."
	}
	return append(blocks, small(line))
}

// inOrder lists what is there first, then what comes, then what is over.
func inOrder(gs []access.GrantView) []access.GrantView {
	rank := map[access.Phase]int{access.PhaseActive: 0, access.PhaseStarting: 1, access.PhaseScheduled: 1, access.PhaseEnding: 2, access.PhaseEnded: 3}
	return slices.SortedStableFunc(slices.Values(gs), func(a, b access.GrantView) int { return rank[a.Phase] - rank[b.Phase] })
}

func unended(gs []access.GrantView) (n int) {
	for _, g := range gs {
		if g.Grant.State != access.Ended {
			n++
		}
	}
	return n
}

func longestSession(gs []access.GrantView) (d time.Duration) {
	for _, g := range gs {
		d = max(d, g.Item.Role.SessionDuration)
	}
	return d
}

// endAllButton ends all that a request gave, after one question.
func endAllButton(v access.RequestView, n int) *slack.ButtonBlockElement {
	label := "End all…"
	who := plainActor(v.Request.Receiver)
	b := danger(button(actEndAll, string(v.Request.ID), label, "End all "+thousands(n)+" entitlements of "+who))
	text := "Stint takes " + plural(n, "entitlement") + " away from " + who + " at once. Sessions that are open may go on for a while."
	return confirmed(b, "End all of it now?", text, "End all", "Keep it")
}

// toldGrants says once what became of several grants; nothing when it is not so any more.
func toldGrants(n access.Notice, v access.RequestView, now time.Time) content {
	switch n.Event {
	case access.EventEnding:
		return endingSoonOf(v, now)
	case access.EventCut:
		return cutShort(v)
	}
	head := ":white_circle: *Ended* as planned: " + items(v, item) + "."
	if unended(v.Grants) > 0 {
		return content{}
	}
	return message(head, section(head), section(grantsLine(v.Grants)), actions(againButton(v), detailsButton(v)))
}

// endingSoonOf tells the holder that several grants end soon.
func endingSoonOf(v access.RequestView, now time.Time) content {
	var soon []access.GrantView
	for _, g := range v.Grants {
		if g.Grant.State == access.Live && !g.Grant.ConfirmedAt.IsZero() && now.Before(g.Grant.End) && !g.Until.After(g.Grant.End) {
			soon = append(soon, g)
		}
	}
	if len(soon) == 0 {
		return content{}
	}
	head := ":alarm_clock: *Ends soon:* " + plural(len(soon), "entitlement") + " of your request, the first " + when(soonest(soon)) + "."
	next := "Stint takes them away then. If you need one of them for longer, extend it now: it goes on without a gap once that is approved."
	draw := func(most int) content {
		blocks := append([]slack.Block{section(head), section(next)}, grantRows(soon, most)...)
		return message(head, append(blocks, grantsFoot(v, soon)...)...)
	}
	return fewer(draw)
}

// fewer lists as many as a message holds, however long their names are.
func fewer(draw func(most int) content) content {
	c := draw(maxListed)
	for n := maxListed / 2; n > 0 && textLength(c.blocks) > maxCardChars; n /= 2 {
		c = draw(n)
	}
	return c
}

func soonest(gs []access.GrantView) time.Time {
	at := gs[0].Grant.End
	for _, g := range gs {
		if g.Grant.End.Before(at) {
			at = g.Grant.End
		}
	}
	return at
}

// cutShort sums up what ended before its time, but for what the holder gave back.
func cutShort(v access.RequestView) content {
	var over []access.GrantView
	for _, g := range v.Grants {
		if g.Grant.State == access.Ended && g.Grant.EndReason != access.EndExpired && !g.Grant.EndedByHolder() {
			over = append(over, g)
		}
	}
	if len(over) == 0 {
		return content{}
	}
	head := ":warning: *Ended before their time:* " + thousands(len(over)) + " of " + plural(len(v.Grants), "entitlement") + " of your request."
	return message(head, section(head), section(grantList(over, func(g access.GrantView) string { return cutMarkup(item(g.Item)+": "+ended(g), 260) })),
		actions(detailsButton(v), againButton(v)))
}

// grantList is a line for each of the first few, and how many more there are.
func grantList(gs []access.GrantView, line func(access.GrantView) string) string {
	var lines []string
	for i, g := range gs {
		if i == maxListed {
			lines = append(lines, andMore(len(gs)-maxListed))
			break
		}
		lines = append(lines, "• "+line(g))
	}
	return strings.Join(lines, "\n")
}

// grantsStory is a line in the thread about several grants; "" when another one says it.
func grantsStory(n access.Notice, v access.RequestView) string {
	switch n.Event {
	case access.EventActive:
		var gs []access.Grant
		for _, g := range v.Grants {
			gs = append(gs, g.Grant)
		}
		if at, all := access.Settled(gs); n.Number == 0 && all && at.Before(n.At.Add(settleWithin)) {
			return "" // it was said when the last of them was there
		}
		return grantsLine(v.Grants)
	case access.EventEnded:
		return grantsLine(v.Grants)
	case access.EventCut:
		if c := cutShort(v); c.text != "" {
			return c.text
		}
		return grantsLine(v.Grants) // the holder gave them back
	case access.EventRemoved:
		return ":white_check_mark: AWS confirmed that all of it is gone, " + when(n.At) + "."
	}
	return ""
}
