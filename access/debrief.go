package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// A debrief is the look back at an emergency: it opens with the approval, and somebody whom
// the rule names, who neither asked nor received, says whether it was justified. Once it is
// overdue an admin may say so too.

const (
	debriefShare    = 8 // the first reminder comes after this part of the time
	firstDebriefGap = 30 * time.Minute
)

// DebriefInput is the outcome of a look back.
type DebriefInput struct {
	Request   RequestID
	User      identity.SlackUserID
	Justified bool
	Note      string // required
}

// openDebrief begins the look back that the terms of an emergency ask for. It is due so long
// after the latest end that a grant of it can have; an end that comes earlier moves nothing.
func (b *book) openDebrief(r *Request) error {
	if len(r.Terms.DebriefBy) == 0 || r.Terms.DebriefWithin <= 0 {
		return nil
	}
	end := b.now
	for _, id := range r.Grants {
		g, err := b.Grant(id)
		if err != nil {
			return err
		}
		if g.End.After(end) {
			end = g.End
		}
	}
	r.Debrief = &Debrief{Due: end.Add(r.Terms.DebriefWithin)}
	r.Debrief.remindAfter(b.now, r.Debrief.gap(b.now))
	return nil
}

// gap is the pause before the first reminder: a part of the time that is left.
func (d *Debrief) gap(opened time.Time) time.Duration {
	return max(d.Due.Sub(opened)/debriefShare, firstDebriefGap)
}

// remindAfter sets the next reminder, unless it is due by then or there were enough.
func (d *Debrief) remindAfter(now time.Time, gap time.Duration) {
	d.RemindAt = now.Add(gap)
	if d.Reminders >= maxReminders || !d.RemindAt.Before(d.Due) {
		d.RemindAt = time.Time{}
	}
}

// dueAt is when an open debrief needs the service; zero when it never does again.
func (d *Debrief) dueAt() time.Time {
	switch {
	case !d.OverdueAt.IsZero():
		return time.Time{}
	case !d.RemindAt.IsZero() && d.RemindAt.Before(d.Due):
		return d.RemindAt
	}
	return d.Due
}

// debriefers are those who may look back at a request, as far as they are known.
func (s *Service) debriefers(r Request) []catalog.PersonID {
	p := s.Policy()
	if p == nil || r.Debrief == nil {
		return nil
	}
	t := policy.Terms{Steps: []policy.Step{{From: r.Terms.DebriefBy, Count: 1}}}
	return p.Approvers(s.Directory.Snapshot(), t, r.Asker.Person, r.Receiver.Person)
}

// debriefOpened asks those who look back, and shows them on their Home what waits.
func (s *Service) debriefOpened(b *book, r Request) error {
	if !r.Debrief.Open() {
		return nil
	}
	if err := b.showDebrief(r); err != nil {
		return err
	}
	people := s.debriefers(r)
	if len(people) == 0 {
		if err := b.alarm(fmt.Sprintf("Nobody is known who could look back at the emergency of %s: %s names nobody but who asked. It is in /jit-config; name somebody else in the policy.", r.Asker.Name, strings.Join(r.Terms.DebriefBy, ", "))); err != nil {
			return err
		}
	}
	return b.home(s.reached(people)...)
}

// reached are people as far as their Slack user is known.
func (s *Service) reached(people []catalog.PersonID) []Actor {
	var out []Actor
	for _, p := range people {
		if user, ok := s.Directory.SlackOf(p); ok && len(out) < maxDeciders {
			out = append(out, Actor{Person: p, Slack: user})
		}
	}
	return out
}

// showDebrief refreshes the messages that ask for a look back, and what else shows it.
func (b *book) showDebrief(r Request) error {
	if err := b.notify(Notice{Kind: NoticeDebrief, Key: debriefKey(r), Request: r.ID}); err != nil {
		return err
	}
	return b.show(r)
}

// debriefDue reminds those who look back, and tells the admins once it is overdue.
func (s *Service) debriefDue(ctx context.Context, id RequestID) error {
	return s.lead(ctx, func(b *book) error {
		r, err := b.Request(id)
		if err != nil || r.State != Approved || !r.Debrief.Open() {
			return err
		}
		d := *r.Debrief
		switch at := d.dueAt(); {
		case at.IsZero() || b.now.Before(at):
			return nil
		case b.now.Before(d.Due):
			d.Reminders++
			d.remindAfter(b.now, d.gap(r.DecidedAt)<<d.Reminders)
			r.Debrief = &d
			if err := b.putRequest(&r, "debrief_reminded", System, ""); err != nil {
				return err
			}
			return s.remindDebrief(b, r)
		}
		d.OverdueAt, d.RemindAt = b.now, time.Time{}
		r.Debrief = &d
		if err := b.putRequest(&r, "debrief_overdue", System, ""); err != nil {
			return err
		}
		if err := s.remindDebrief(b, r); err != nil {
			return err
		}
		if err := b.showDebrief(r); err != nil {
			return err
		}
		return b.alarm(fmt.Sprintf("Nobody has looked back at the emergency of %s (%s) in time. Whoever is named for it can still do so, and now any admin: /jit-config, Debriefs.", r.Asker.Name, s.item(r.Entitlements[0]).name()))
	})
}

// remindDebrief reminds in the thread and, by direct message, those who may look back.
func (s *Service) remindDebrief(b *book, r Request) error {
	n := Notice{Kind: NoticeThread, Key: cardKey(r), Request: r.ID, Event: EventDebriefDue, Number: r.Debrief.Reminders, By: System}
	if err := b.notify(n); err != nil {
		return err
	}
	for _, who := range s.reached(s.debriefers(r)) {
		n := Notice{Kind: NoticeTell, Key: debriefKey(r) + "/" + string(who.Slack), Request: r.ID, To: who.Slack, Event: EventDebriefDue, Number: r.Debrief.Reminders, By: System}
		if err := b.notify(n); err != nil {
			return err
		}
	}
	return nil
}

// Debrief records the outcome of a look back. Errors: Forbidden (not among those named),
// Conflict (done already, with by whom), Invalid (no note), NotFound, Unavailable.
func (s *Service) Debrief(ctx context.Context, in DebriefInput) (RequestView, error) {
	const op = "access.Debrief"
	in.Note = strings.TrimSpace(in.Note)
	switch {
	case in.Note == "":
		return RequestView{}, fault.New(fault.Invalid, op, "Say what you found.", "Who asked reads it, and it stays on record.").In("note")
	case utf8.RuneCountInString(in.Note) > maxReason || !utf8.ValidString(in.Note):
		return RequestView{}, fault.Newf(fault.Invalid, op, "Shorten it.", "The note may have %d characters.", maxReason).In("note")
	}
	who, err := s.Directory.Resolve(ctx, in.User, sensitiveAge)
	if err != nil {
		return RequestView{}, err
	}
	actor := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	refusal, err := s.refused(ctx, actor, sensitiveAge)
	if err != nil {
		return RequestView{}, err
	}
	if refusal != "" {
		return RequestView{}, fault.New(fault.Forbidden, op, refusal, "")
	}
	w, err := s.ready()
	if err != nil {
		return RequestView{}, err
	}
	if err := s.Directory.Refresh(ctx, w.policy.Sources(), sensitiveAge); err != nil {
		return RequestView{}, err
	}
	err = s.update(ctx, func(b *book) error {
		r, err := b.Request(in.Request)
		if err != nil {
			return err
		}
		if r.Debrief == nil {
			return fault.New(fault.NotFound, op, "There is no emergency to look back at.", "")
		}
		if d := r.Debrief; !d.Open() {
			if d.By.Person == actor.Person && d.Justified == in.Justified {
				return nil // the same press again
			}
			return fault.Newf(fault.Conflict, op, "The card shows what was found.", "%s has looked back at it already.", d.By.Name)
		}
		if err := s.mayDebrief(w, r, actor); err != nil {
			return err
		}
		d := *r.Debrief
		d.Justified, d.Note, d.By, d.ClosedAt, d.RemindAt = in.Justified, in.Note, actor, b.now, time.Time{}
		r.Debrief = &d
		action := "debriefed_justified"
		if !d.Justified {
			action = "debriefed_not_justified"
		}
		if err := b.putRequest(&r, action, actor, in.Note); err != nil {
			return err
		}
		return s.debriefClosed(b, r)
	})
	return s.viewAfter(ctx, in.Request, err)
}

// mayDebrief refuses who may not look back: only whom the rule names may, never who asked or
// received; once it is overdue, an admin may too.
func (s *Service) mayDebrief(w *world, r Request, actor Actor) error {
	const op = "access.mayDebrief"
	if actor.Person == r.Asker.Person || actor.Person == r.Receiver.Person {
		return fault.New(fault.Forbidden, op, "You cannot look back at your own emergency.", s.whoLooksBack(r))
	}
	if w.policy.MayVote(s.Directory.Snapshot(), r.Terms.DebriefBy, actor.Person) == policy.True {
		return nil
	}
	if !r.Debrief.OverdueAt.IsZero() && s.admin(actor.Person) {
		return nil
	}
	return fault.New(fault.Forbidden, op, "You are not among those who look back at this emergency.", s.whoLooksBack(r))
}

func (s *Service) whoLooksBack(r Request) string {
	people := s.humans(s.debriefers(r))
	if len(people) == 0 {
		return "Nobody else is known who could. Ask an admin of Stint."
	}
	var names []string
	for _, h := range people[:min(len(people), 5)] {
		names = append(names, h.Name)
	}
	return "These people can: " + strings.Join(names, ", ") + "."
}

// debriefClosed tells the outcome: in the card and its thread, and to who asked and received.
func (s *Service) debriefClosed(b *book, r Request) error {
	if err := b.showDebrief(r); err != nil {
		return err
	}
	if err := b.story(r, EventDebriefed, r.Debrief.By, r.Debrief.Note); err != nil {
		return err
	}
	told := map[identity.SlackUserID]bool{"": true}
	for _, who := range []Actor{r.Asker, r.Receiver} {
		if told[who.Slack] {
			continue
		}
		told[who.Slack] = true
		if err := b.notify(Notice{Kind: NoticeTell, Key: debriefKey(r) + "/asker", Request: r.ID, To: who.Slack, Event: EventDebriefed, By: r.Debrief.By}); err != nil {
			return err
		}
	}
	return b.home(s.reached(s.debriefers(r))...)
}

// Debriefs lists the emergencies at which somebody still has to look back, oldest first, for
// an admin.
func (s *Service) Debriefs(ctx context.Context, user identity.SlackUserID) (list []RequestView, err error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		list, err = s.openDebriefs(tx, "")
		return err
	})
	return list, err
}

// openDebriefs lists the open debriefs, oldest first; of a person, those that they may close.
func (s *Service) openDebriefs(tx Tx, person catalog.PersonID) (list []RequestView, err error) {
	open, err := tx.Requests(RequestFilter{Debrief: true})
	if err != nil {
		return nil, err
	}
	slices.Reverse(open)
	for _, r := range open {
		if person != "" && !slices.Contains(s.debriefers(r), person) {
			continue
		}
		v, err := s.requestView(tx, r)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// countDebriefs says to the admins how many are open, and how many of these are overdue.
func (s *Service) countDebriefs(tx Tx, v *ConfigView) error {
	open, err := tx.Requests(RequestFilter{Debrief: true})
	v.Debriefs = len(open)
	for _, r := range open {
		if !s.Now().Before(r.Debrief.Due) {
			v.Overdue++
		}
	}
	return err
}
