package access

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

const (
	maxReply     = 1000 // characters
	maxReplies   = 60   // of a request
	replyBurst   = 5    // of one person within replyWindow
	replyWindow  = 10 * time.Minute
	repliesAfter = 24 * time.Hour // a decision can be talked about for so long
)

// Reply says something about a request: to the thread of its card and to who asked for it.
// Those who decide it, and who asks or receives, can.
//
// Errors: Invalid (empty, too long), Forbidden, Conflict (over for a day, or too much was said).
func (s *Service) Reply(ctx context.Context, user identity.SlackUserID, id RequestID, text string) (RequestView, error) {
	const op = "access.Reply"
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return RequestView{}, fault.New(fault.Invalid, op, "Write something.", "There is nothing to send.").In("text")
	case !utf8.ValidString(text):
		return RequestView{}, fault.New(fault.Invalid, op, "Type it again.", "The text holds characters that are not text.").In("text")
	case utf8.RuneCountInString(text) > maxReply:
		return RequestView{}, fault.Newf(fault.Invalid, op, "Shorten it, or link to the longer text.", "A reply may have %d characters.", maxReply).In("text")
	}
	who, err := s.Who(ctx, user)
	if err != nil {
		return RequestView{}, err
	}
	actor := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	err = s.update(ctx, func(b *book) error {
		r, err := b.Request(id)
		if err != nil {
			return err
		}
		if err := s.mayReply(b, op, r, actor); err != nil {
			return err
		}
		if err := refuseFlood(op, r, actor, b.now); err != nil {
			return err
		}
		r.Replies = append(r.Replies, Reply{By: actor, Text: text, At: b.now})
		if err := b.putRequest(&r, "replied", actor, text); err != nil {
			return err
		}
		if !r.CheckedAt.IsZero() {
			if err := b.story(r, EventReplied, actor, text); err != nil {
				return err
			}
		}
		for i, to := range []Actor{r.Asker, r.Receiver} {
			if i > 0 && to.Person == r.Asker.Person {
				continue
			}
			if err := b.notify(Notice{Kind: NoticeTell, Key: askerKey(r), Request: r.ID, To: to.Slack, Event: EventReplied, By: actor, Text: text}); err != nil {
				return err
			}
		}
		return nil
	})
	return s.viewAfter(ctx, id, err)
}

// mayReply refuses who has no part in a request, and what is over for long.
func (s *Service) mayReply(tx Tx, op string, r Request, actor Actor) error {
	if r.State != Pending && s.Now().Sub(r.DecidedAt) > repliesAfter {
		return fault.New(fault.Conflict, op, "This request is over for more than a day.", "Write to them directly.")
	}
	if actor.Person == r.Asker.Person || actor.Person == r.Receiver.Person || r.votedAs(actor.Person) || r.Claim != nil && r.Claim.By.Person == actor.Person {
		return nil
	}
	p := s.Policy()
	if p == nil {
		return fault.New(fault.Unavailable, op, "No policy is in force, so Stint cannot tell who decides it.", "An admin finds the reason in /jit-config.")
	}
	today, _, _ := s.termsToday(s.world.Load(), r)
	if p.MayVote(s.Directory.Snapshot(), setsOf(append(today, r.terms())...), actor.Person) == policy.True {
		return nil
	}
	can, err := s.canDecide(tx, p, s.Directory.Snapshot(), r)
	if err != nil || among(can, actor.Person) {
		return err
	}
	return fault.New(fault.Forbidden, op, "Only those who asked, and those who decide, can reply here.", "Write to them directly.")
}

// refuseFlood keeps one person from saying too much at once, and all together too.
func refuseFlood(op string, r Request, actor Actor, now time.Time) error {
	lately := 0
	for _, said := range r.Replies {
		if said.By.Person == actor.Person && now.Sub(said.At) < replyWindow {
			lately++
		}
	}
	switch {
	case len(r.Replies) >= maxReplies:
		return fault.Newf(fault.Conflict, op, "Go on in the thread, or write to them directly.", "%d replies were sent about this request, and that is all it takes.", maxReplies)
	case lately >= replyBurst:
		return fault.Newf(fault.Conflict, op, "Wait a few minutes, or write to them directly.", "You sent %d replies within %s.", lately, spell(replyWindow))
	}
	return nil
}
