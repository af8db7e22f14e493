package bot

import (
	"context"

	"github.com/slack-go/slack"

	"stint/access"
)

// deliverThread tells one line of a request's story under its card.
func (b *Bot) deliverThread(ctx context.Context, n access.Notice) (string, error) {
	vs, err := b.service.CardView(ctx, n.Request)
	if gone(err) {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	key := cardKey(vs[0].Request.CardID())
	root, known, err := b.service.Message(ctx, key)
	if err == nil && !known && wantsCard(vs) {
		// The card's own notice gave way to a newer one further back; the thread needs it now.
		if _, err = b.deliverCard(ctx, access.Notice{Kind: access.NoticeCard, Request: n.Request}); err == nil {
			root, known, err = b.service.Message(ctx, key)
		}
	}
	if err != nil {
		return "", err
	}
	if !known {
		return dropped, nil
	}
	c, ok := b.threadStory(ctx, n, vs)
	if !ok {
		return dropped, nil
	}
	err = b.story(ctx, string(root.Channel), root.TS, c)
	switch {
	case err != nil:
	case n.Event == access.EventReminder:
		b.remindCopies(ctx, key, n.At, vs, c)
	case n.Event == access.EventReplied, n.Event == access.EventEscalated:
		b.storyCopies(ctx, key, c)
	}
	switch code := slackCode(err); {
	case code == "thread_not_found", messageGone(code), channelGone(code):
		return dropped, nil // the card's own delivery says so
	}
	return sent, err
}

// threadStory is the line; ok is false when there is nothing to say any more.
func (b *Bot) threadStory(ctx context.Context, n access.Notice, vs []access.RequestView) (c content, ok bool) {
	if n.Event == access.EventReminder {
		if b.service.Paused() != nil || b.service.Now().Sub(n.At) > reminderFor {
			return content{}, false
		}
		line := reminder(n, vs)
		return message(line, section(line)), line != ""
	}
	for _, v := range vs {
		if v.Request.ID == n.Request {
			return threadLine(n, v, b.grantOf(ctx, n, v))
		}
	}
	return content{}, false
}

// grantOf is the grant that a notice is about, if any.
func (b *Bot) grantOf(ctx context.Context, n access.Notice, v access.RequestView) *access.GrantView {
	if n.Grant != "" {
		if g, err := b.service.GrantView(ctx, n.Grant); err == nil {
			return &g
		}
	}
	for i := range v.Grants {
		if v.Grants[i].Grant.ID == n.Grant || n.Grant == "" && len(v.Grants) == 1 {
			return &v.Grants[i]
		}
	}
	return nil
}

// threadLine is what happened, in one line; ok is false when there is nothing to say. It
// tells the event with its own time: the story stays true when it is delivered late.
func threadLine(n access.Notice, v access.RequestView, g *access.GrantView) (c content, ok bool) {
	r := v.Request
	if n.Grant == "" && r.Several() {
		if line := grantsStory(n, v); line != "" || n.Event == access.EventActive {
			line = about(v) + line
			return message(line, section(line)), line != about(v)
		}
	}
	var line, said string
	switch n.Event {
	case access.EventSubmitted:
		line = ":outbox_tray: " + actor(r.Asker) + " asked, " + when(n.At) + "."
	case access.EventApproved:
		line = ":ballot_box_with_check: " + actor(n.By) + " approved, " + when(n.At) + "."
		said = n.Text
	case access.EventDecided:
		line = stateLineBrief(v)
		switch r.State {
		case access.Denied:
			said = lastReview(r, access.Deny).Comment
		case access.Approved:
			said = lastReview(r, access.Approve).Comment
		}
	case access.EventActive:
		if g == nil {
			return content{}, false
		}
		line = ":large_green_circle: *Active* since " + when(n.At) + ", until " + when(g.Grant.End) + ": " + item(g.Item) + "."
	case access.EventEnded:
		if g == nil {
			return content{}, false
		}
		line = phaseIcon(*g) + " " + ended(*g)
	case access.EventRemoved:
		line = ":white_check_mark: AWS confirmed that it is gone, " + when(n.At) + "."
	case access.EventClaimed, access.EventUnclaimed, access.EventHanded, access.EventEscalated:
		if line = decidingStory(n, v); line == "" {
			return content{}, false
		}
	case access.EventReplied:
		line, said = ":speech_balloon: "+actor(n.By)+" said, "+when(n.At)+":", n.Text
	case access.EventEmergency:
		line = emergencyStory(n, r)
	case access.EventDebriefDue:
		c = debriefReminder(n, v)
		return c, len(c.blocks) > 0
	case access.EventDebriefed:
		c = debriefStory(v)
		return c, len(c.blocks) > 0
	case access.EventContested:
		if g == nil || !contested(*g) {
			return content{}, false
		}
		line = contestedLine(*g)
	case access.EventStuck:
		line = ":rotating_light: *AWS has not taken it away for more than five minutes.* Stint keeps trying; the admins know."
	default:
		if n.Text == "" {
			return content{}, false
		}
		line = sentence(n.Text)
	}
	if n.Event != access.EventSubmitted { // that is said of all requests of a card at once
		line = about(v) + line
	}
	blocks := []slack.Block{section(line)}
	if said != "" {
		blocks = append(blocks, quote(said, maxQuote))
	}
	return message(line, blocks...), true
}

// about names the request that a line is about, where others share the card.
func about(v access.RequestView) string {
	if len(v.Request.Tied) < 2 {
		return ""
	}
	return someItems(v, 1) + ": "
}

// stateLineBrief is the decision without what became of it since.
func stateLineBrief(v access.RequestView) string {
	brief := v
	brief.Grants = nil
	return stateLine(brief)
}

// deliverTell says something once to the holder, by direct message.
func (b *Bot) deliverTell(ctx context.Context, n access.Notice) (string, error) {
	if n.Event == access.EventHanded {
		return b.deliverHanded(ctx, n)
	}
	c, to, err := b.tellLine(ctx, n)
	if gone(err) {
		return dropped, nil
	}
	if err != nil {
		return "", err
	}
	if to == "" || len(c.blocks) == 0 {
		return dropped, nil
	}
	if err := b.story(ctx, to, "", c); err != nil {
		return "", err
	}
	return sent, nil
}

func (b *Bot) tellLine(ctx context.Context, n access.Notice) (c content, to string, err error) {
	to = string(n.To)
	if n.Grant != "" {
		g, err := b.service.GrantView(ctx, n.Grant)
		if err != nil {
			return content{}, "", err
		}
		if n.Event == access.EventEnded && g.Grant.EndedByHolder() {
			return content{}, "", nil // who pressed End sees it in the message that they pressed
		}
		if n.Event == access.EventEnding {
			return endingSoon(g, b.service.Now()), firstOf(to, string(g.Grant.Holder.Slack)), nil
		}
		return toldGrant(n, g), firstOf(to, string(g.Grant.Holder.Slack)), nil
	}
	if n.Delegation != nil {
		return delegationTold(n), to, nil
	}
	if n.Request == "" {
		if n.Text == "" {
			return content{}, to, nil
		}
		return message(sentence(n.Text), section(sentence(n.Text))), to, nil
	}
	v, err := b.service.RequestView(ctx, n.Request)
	if err != nil {
		return content{}, "", err
	}
	switch n.Event {
	case access.EventReplied:
		return replyTold(n, v), to, nil
	case access.EventEnding, access.EventEnded, access.EventCut:
		return toldGrants(n, v, b.service.Now()), firstOf(to, string(v.Request.Receiver.Slack)), nil
	case access.EventDebriefDue:
		return debriefReminder(n, v), to, nil
	case access.EventDebriefed:
		return debriefTold(v), to, nil
	}
	return toldRequest(v), firstOf(to, string(v.Request.Asker.Slack)), nil
}

// toldRequests says how several requests of a form were decided, each in a line.
func toldRequests(vs []access.RequestView) content {
	head := "*Decided:* " + standings(vs) + " of " + plural(len(vs[0].Request.Tied), "request") + " that you sent together."
	blocks := []slack.Block{section(head)}
	for i, v := range vs {
		if i == maxListed {
			blocks = append(blocks, small(andMore(len(vs)-maxListed)))
			break
		}
		blocks = append(blocks, sectionWith(cutMarkup(someItems(v, 1)+"\n"+stateLine(v), 900), againButton(v)))
	}
	return message(head, blocks...)
}

// toldRequest says how a request was decided, and the next step.
func toldRequest(v access.RequestView) content {
	head := items(v, item) + " for " + length(v.Request.Duration)
	line := head + "\n" + stateLine(v)
	askAgain := endedWithoutAccess(v.Request.State) && !v.Request.Standing
	if askAgain {
		line += " If you still need it, ask again with `" + commandAccess + "`."
	}
	blocks := []slack.Block{section(line)}
	if c := lastReview(v.Request, access.Deny).Comment; c != "" && v.Request.State == access.Denied {
		blocks = append(blocks, quote(c, maxQuote))
	}
	if askAgain {
		blocks = append(blocks, actions(againButton(v)))
	}
	return message(plainState(v)+": "+head, blocks...)
}

// toldGrant says once what became of an access, and the next step. It says nothing that
// changes later, because nobody edits it; the access's own message has the rest.
func toldGrant(n access.Notice, g access.GrantView) content {
	switch n.Event {
	case access.EventActive:
		return active(g)
	case access.EventRemoved:
		head := ":white_check_mark: " + item(g.Item) + ": AWS confirmed that it is gone, " + when(n.At) + "."
		return message(head, section(head))
	}
	line := phaseIcon(g) + " " + item(g.Item) + ": " + ended(g)
	return message(line, append([]slack.Block{section(line)}, nextBlocks(g)...)...)
}
