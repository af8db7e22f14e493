package access

import (
	"cmp"

	"stint/access/identity"
)

// Keys of surface notices: one message each, edited in place.
func cardKey(r Request) string                 { return "card/" + string(r.card()) }
func askerKey(r Request) string                { return "asker/" + string(r.form()) }
func grantKey(id GrantID) string               { return "grant/" + string(id) }
func homeKey(user identity.SlackUserID) string { return "home/" + string(user) }

// card is the request on whose card this one is shown.
func (r Request) card() RequestID { return cmp.Or(r.Card, r.ID) }

// form is the first request of the form that this one came from: the asker has one message
// for all of them.
func (r Request) form() RequestID {
	if len(r.Tied) > 0 {
		return r.Tied[0]
	}
	return r.ID
}

// show refreshes every surface that shows the request.
func (b *book) show(r Request) error {
	if !r.CheckedAt.IsZero() {
		if err := b.notify(Notice{Kind: NoticeCard, Key: cardKey(r), Request: r.ID}); err != nil {
			return err
		}
	}
	return b.showAsker(r)
}

// showAsker refreshes the requester's message and Home.
func (b *book) showAsker(r Request) error {
	if err := b.notify(Notice{Kind: NoticeAsker, Key: askerKey(r), Request: r.ID, To: r.Asker.Slack}); err != nil {
		return err
	}
	return b.home(r.Asker, r.Receiver)
}

// showGrant refreshes every surface that shows the grant, the card of its request too.
func (b *book) showGrant(g Grant) error {
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	if err := b.notify(Notice{Kind: NoticeGrant, Key: grantKey(g.ID), Request: g.Request, Grant: g.ID, To: g.Holder.Slack}); err != nil {
		return err
	}
	return b.show(r)
}

// story says what happened, once, in the thread of the card.
func (b *book) story(r Request, e Event, by Actor, text string) error {
	return b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Event: e, By: by, Text: text})
}

// grantStory says what happened to a grant in the thread of its card.
func (b *book) grantStory(g Grant, e Event, by Actor) error {
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	return b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: g.Request, Grant: g.ID, Event: e, By: by, Text: g.EndNote})
}

// tell sends the holder a message of its own about the grant.
func (b *book) tell(g Grant, e Event) error {
	return b.notify(Notice{Kind: NoticeTell, Key: grantKey(g.ID), Request: g.Request, Grant: g.ID, To: g.Holder.Slack, Event: e, By: g.EndedBy})
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
