package access

import "stint/access/identity"

// Keys of surface notices: one message each, edited in place.
func cardKey(r Request) string                 { return "card/" + string(r.CardID()) }
func askerKey(r Request) string                { return "asker/" + string(r.FormID()) }
func receiverKey(r Request) string             { return "receiver/" + string(r.FormID()) }
func debriefKey(r Request) string              { return "debrief/" + string(r.ID) }
func homeKey(user identity.SlackUserID) string { return "home/" + string(user) }

// grantKey is one message for all grants of a request.
func grantKey(r Request, id GrantID) string {
	if r.Several() {
		return "grants/" + string(r.ID)
	}
	return "grant/" + string(id)
}

// show refreshes every surface that shows the request. One that was never checked has no
// card of its own, but those tied with it may have one.
func (b *book) show(r Request) error {
	if !r.CheckedAt.IsZero() || len(r.Tied) > 1 {
		if err := b.notify(Notice{Kind: NoticeCard, Key: cardKey(r), Request: r.ID}); err != nil {
			return err
		}
	}
	return b.showAsker(r)
}

// showAsker refreshes the messages of who asked and who receives, and their Homes.
func (b *book) showAsker(r Request) error {
	if err := b.notify(Notice{Kind: NoticeAsker, Key: askerKey(r), Request: r.ID, To: r.Asker.Slack}); err != nil {
		return err
	}
	if r.Asker.Person != r.Receiver.Person {
		if err := b.notify(Notice{Kind: NoticeReceiver, Key: receiverKey(r), Request: r.ID, To: r.Receiver.Slack}); err != nil {
			return err
		}
	}
	return b.home(r.Asker, r.Receiver)
}

// showGrant refreshes every surface that shows the grant, the card of its request too.
func (b *book) showGrant(g Grant) error {
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	if err := b.notify(grantNotice(g, r)); err != nil {
		return err
	}
	return b.show(r)
}

// showPlanned shows the holder what was approved and starts later.
func (b *book) showPlanned(r Request) error {
	for _, id := range r.Grants {
		if err := b.notify(grantNotice(Grant{ID: id, Holder: r.Receiver}, r)); err != nil || r.Several() {
			return err
		}
	}
	return nil
}

// grantNotice is about the holder's message on a grant, or on all grants of its request.
func grantNotice(g Grant, r Request) Notice {
	n := Notice{Kind: NoticeGrant, Key: grantKey(r, g.ID), Request: r.ID, To: g.Holder.Slack}
	if !r.Several() {
		n.Grant = g.ID
	}
	return n
}

// story says what happened, once, in the thread of the card.
func (b *book) story(r Request, e Event, by Actor, text string) error {
	return b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Event: e, By: by, Text: text})
}

// announce tells the policy's default channel.
func (b *book) announce(e Event, by Actor, text string) error {
	return b.notify(Notice{Kind: NoticeChannel, Key: "channel", Event: e, By: by, Text: text})
}

// home refreshes the Home tabs of those concerned.
func (b *book) home(people ...Actor) error {
	seen := map[identity.SlackUserID]bool{"": true}
	for _, p := range people {
		if seen[p.Slack] {
			continue
		}
		seen[p.Slack] = true
		if err := b.notify(Notice{Kind: NoticeHome, Key: homeKey(p.Slack), To: p.Slack}); err != nil {
			return err
		}
	}
	return nil
}
