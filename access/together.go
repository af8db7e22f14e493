package access

import (
	"slices"
	"time"
)

// Several grants of one request are told of together, so that forty roles are no forty
// messages. Each of these is said once, in the thread of the card and, but for the first,
// to the holder; the holder's own message shows the rest as it changes:
//   - active: when AWS has an answer for all of them, or a minute after the first of them
//     is there (the message itself says it to the holder: it is posted then);
//   - ends soon: when the first of them does;
//   - ended: when none is left;
//   - ended before their time: the first few each for itself, and what follows within a
//     minute in one line that sums up.
const (
	tellWithin = time.Minute
	tellSingly = 3
)

// siblings are the grants of a grant's request, itself included, in the order of the request.
func (b *book) siblings(g Grant) ([]Grant, Request, error) {
	r, err := b.Request(g.Request)
	if err != nil {
		return nil, r, err
	}
	if !r.Several() {
		return []Grant{g}, r, nil
	}
	var grants []Grant
	for _, id := range r.Grants {
		g, err := b.Grant(id)
		if err != nil {
			return nil, r, err
		}
		grants = append(grants, g)
	}
	return grants, r, nil
}

// grantStory says what happened to a grant, or to all of its request, in the thread of its card.
func (b *book) grantStory(g Grant, r Request, e Event, by Actor) error {
	return b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Grant: g.ID, Event: e, By: by, Text: g.EndNote})
}

// tell sends the holder a message of its own about a grant, or about all of its request
// where they are several.
func (b *book) tell(g Grant, r Request, e Event) error {
	n := Notice{Kind: NoticeTell, Key: grantKey(r, g.ID), Request: r.ID, To: g.Holder.Slack, Event: e, By: g.EndedBy}
	if !r.Several() {
		n.Grant = g.ID
	}
	return b.notify(n)
}

// tellActive says that a grant is there.
func (b *book) tellActive(g Grant) error {
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	if !r.Several() {
		return b.grantStory(g, r, EventActive, System)
	}
	t, err := b.tally(r)
	if err != nil {
		return err
	}
	if t.First.IsZero() {
		if t.First, err = b.firstConfirmed(r); err != nil {
			return err
		}
		if t.First.Equal(g.ConfirmedAt) {
			err = b.tellFirst(g, r)
		}
		if err != nil {
			return err
		}
	}
	return b.storySettled(r, t)
}

// tellFirst is for the first that is there: what is there in a minute is told then, unless
// all are there sooner.
func (b *book) tellFirst(g Grant, r Request) error {
	n := grantNotice(g, r)
	n.NextAt = b.now.Add(tellWithin)
	if err := b.notify(n); err != nil {
		return err
	}
	return b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Event: EventActive, By: System, NextAt: b.now.Add(tellWithin)})
}

func (b *book) firstConfirmed(r Request) (first time.Time, err error) {
	for _, id := range r.Grants {
		g, err := b.Grant(id)
		if err != nil {
			return first, err
		}
		if !g.ConfirmedAt.IsZero() && (first.IsZero() || g.ConfirmedAt.Before(first)) {
			first = g.ConfirmedAt
		}
	}
	return first, nil
}

// storySettled says what is active once AWS has an answer for all grants of a request, if
// that is so within a minute of the first, and stores the tally.
func (b *book) storySettled(r Request, t tally) error {
	all := false
	if b.now.Before(t.First.Add(tellWithin)) {
		var err error
		all, err = b.advance(r, &t.Answered, func(g Grant) (bool, error) { return !g.ConfirmedAt.IsZero() || g.State == Ended, nil })
		if err != nil {
			return err
		}
	}
	if err := b.putTally(r, t); err != nil || !all {
		return err
	}
	return b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Event: EventActive, Number: len(r.Grants), By: System})
}

// tellEnded says that a grant ended: to its holder and in the thread.
func (b *book) tellEnded(g Grant, by Actor) error {
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	if !r.Several() {
		if err := b.tell(g, r, EventEnded); err != nil {
			return err
		}
		return b.grantStory(g, r, EventEnded, by)
	}
	t, err := b.tally(r)
	if err != nil {
		return err
	}
	if g.EndReason != EndExpired {
		if err := b.tellCut(g, r, &t, by); err != nil {
			return err
		}
	}
	over, err := b.advance(r, &t.Ended, func(g Grant) (bool, error) { return g.State == Ended, nil })
	if err != nil {
		return err
	}
	if g.ConfirmedAt.IsZero() {
		err = b.storySettled(r, t)
	} else {
		err = b.putTally(r, t)
	}
	if err != nil || !over {
		return err
	}
	grants, _, err := b.siblings(g)
	if err != nil || !slices.ContainsFunc(grants, func(g Grant) bool { return g.EndReason == EndExpired }) {
		return err
	}
	if err := b.tell(g, r, EventEnded); err != nil {
		return err
	}
	return b.grantStory(Grant{}, r, EventEnded, by)
}

// tellCut says that one of several grants ended before its time: the first few each for
// itself, the rest summed up once a minute.
func (b *book) tellCut(g Grant, r Request, t *tally, by Actor) error {
	c := &t.Cut
	mine := g.EndedByHolder() // who gave them back knows
	if mine {
		c = &t.Returned
	}
	if c.Number++; c.Number <= tellSingly {
		n := Notice{Kind: NoticeTell, Key: grantKey(r, g.ID), Request: r.ID, Grant: g.ID, To: g.Holder.Slack, Event: EventEnded, By: by}
		if err := b.notify(n); err != nil {
			return err
		}
		return b.grantStory(g, r, EventEnded, by)
	}
	if b.now.Before(c.Window.Add(tellWithin)) {
		return nil // what opened the window says it
	}
	c.Window = b.now
	at := b.now.Add(tellWithin)
	if !mine {
		if err := b.notify(Notice{Kind: NoticeTell, Key: grantKey(r, g.ID), Request: r.ID, To: g.Holder.Slack, Event: EventCut, By: by, NextAt: at}); err != nil {
			return err
		}
	}
	return b.notify(Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Event: EventCut, By: by, NextAt: at})
}

// storyRemoved says that AWS took away what ended; of several, once nothing of them is left.
func (b *book) storyRemoved(g Grant) error {
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	if !r.Several() {
		return b.grantStory(g, r, EventRemoved, System)
	}
	gone := func(o Grant) (bool, error) {
		if o.ID == g.ID {
			return true, nil
		}
		a, err := b.Assignment(o.Key)
		return o.State == Ended && phase(o, a, false, b.now) != PhaseEnding, err
	}
	t, err := b.tally(r)
	if err != nil {
		return err
	}
	all, err := b.advance(r, &t.Gone, gone)
	if err != nil {
		return err
	}
	if all { // unless one was given again meanwhile, by another request
		again := 0
		if all, err = b.advance(r, &again, gone); err != nil {
			return err
		}
	}
	if !all {
		return b.putTally(r, t)
	}
	if err := b.PutMeta(tallyName(r.ID), ""); err != nil {
		return err
	}
	g.ID, g.EndNote = "", ""
	return b.grantStory(g, r, EventRemoved, System)
}

// storyStuck says that AWS does not take something away; of several, of the first few.
func (b *book) storyStuck(g Grant) error {
	r, err := b.Request(g.Request)
	if err != nil {
		return err
	}
	if r.Several() {
		t, err := b.tally(r)
		if err != nil || t.Stuck >= tellSingly {
			return err
		}
		t.Stuck++
		if err := b.putTally(r, t); err != nil {
			return err
		}
	}
	return b.grantStory(g, r, EventStuck, System)
}

// storyAsked says who asked, once for all requests of a card: when the last of them that
// somebody decides passed its check.
func (b *book) storyAsked(r Request) error {
	requests, err := tiedWith(b, r)
	if err != nil {
		return err
	}
	for _, o := range requests {
		if o.CardID() == r.CardID() && o.Waits() {
			return nil
		}
	}
	return b.story(r, EventSubmitted, r.Asker, "")
}

// Waits reports whether the request still waits for the check that comes before its card.
// What nobody decides is not waited for: a pause may hold it for long.
func (r Request) Waits() bool {
	return r.State == Pending && r.CheckedAt.IsZero() && !r.Terms.Automatic
}

// EndedByHolder reports whether the holder gave the access back.
func (g Grant) EndedByHolder() bool {
	if g.EndReason != EndEarly {
		return false
	}
	if g.EndedBy.Person != "" {
		return g.EndedBy.Person == g.Holder.Person
	}
	return g.EndedBy.Slack != "" && g.EndedBy.Slack == g.Holder.Slack
}
