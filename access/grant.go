package access

import (
	"context"
	"errors"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// grantDue does what a grant wants by now: its start, the word that it ends soon, its
// deadline or its end.
func (s *Service) grantDue(ctx context.Context, id GrantID) error {
	var g Grant
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		g, err = tx.Grant(id)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case g.State == Scheduled:
		return s.start(ctx, g)
	case g.ending(s.Now()):
		return s.tellEnding(ctx, id)
	}
	return s.lead(ctx, func(b *book) error {
		_, err := b.wanted(g.Key)
		return err
	})
}

// start checks a scheduled grant once more and makes it live.
func (s *Service) start(ctx context.Context, g Grant) error {
	r, err := s.request(ctx, g.Request)
	if err != nil {
		return err
	}
	w, err := s.ready()
	var why string
	reason := EndRefused
	var d policy.Decision
	if err == nil {
		if why, err = s.refusedBy(ctx, g.Holder, r.slackAge(), startAge); why != "" {
			reason = EndOffboarded
		}
	}
	if err == nil && why == "" {
		if d, why, err = s.allowedStill(ctx, w, r, g); d.Outcome == policy.Denied {
			reason = EndDenied
		}
	}
	failed := err
	err = s.lead(ctx, func(b *book) error {
		g, err := b.Grant(g.ID)
		if err != nil || g.State != Scheduled {
			return err
		}
		switch {
		case why != "":
			return b.endGrant(&g, reason, System, why)
		case !b.now.Before(g.Deadline):
			note := "It could not be checked in time. Ask again."
			if failed != nil {
				note = "It could not be checked in time: " + said(failed) + " Ask again."
			}
			return b.endLate(&g, EndUnchecked, note)
		}
		if held, err := b.holdStart(&g); held || err != nil {
			return err
		}
		if failed != nil {
			g.RetryAt = b.now.Add(checkRetry)
			return b.putGrant(&g, "unchecked", System, said(failed))
		}
		if err := s.current(b, w); err != nil {
			return err
		}
		if g.Extends == "" {
			g.Duration = narrowest(g.Duration, d.Terms)
			if latest := b.now.Add(g.Duration + startDeadline); latest.Before(g.End) {
				g.End = latest
			}
		}
		if why, err := b.fitCover(&g, d.Terms); err != nil {
			return err
		} else if why != "" {
			return b.endGrant(&g, EndRefused, System, why)
		}
		g.State, g.RetryAt = Live, time.Time{}
		if err := b.putGrant(&g, "live", System, ""); err != nil {
			return err
		}
		a, err := b.Assignment(g.Key)
		if err != nil {
			return err
		}
		if a.State == Present { // an overlapping grant: AWS holds it already
			if err := b.confirm(g.Key, b.now, b.now); err != nil {
				return err
			}
			return b.showGrant(g)
		}
		a.NextAt = b.now
		if err := b.putAssignment(&a, "wanted", ""); err != nil {
			return err
		}
		return b.showGrant(g)
	})
	if errors.Is(err, errWorldChanged) {
		s.settled()
		return nil // still due: the worker comes again at once
	}
	return err
}

// allowedStill asks today's policy once more at the start of a grant, which may be long
// after its approval: it must allow it still, and the votes on record must complete what
// it asks for now. why is for people, "" when all is well.
func (s *Service) allowedStill(ctx context.Context, w *world, r Request, g Grant) (d policy.Decision, why string, err error) {
	if err := s.refresh(ctx, w.policy, r.slackAge(), startAge); err != nil {
		return d, "", err
	}
	d, err = s.decideRecord(w, r, g.Key.Entitlement())
	if err != nil {
		return d, said(err), nil
	}
	if d.Terms.Automatic {
		return d, "", nil
	}
	gone := map[catalog.PersonID]string{}
	for _, v := range r.Reviews {
		refusal, err := s.refused(ctx, v.By, startAge)
		if err != nil {
			return d, "", err
		}
		if refusal != "" {
			gone[v.By.Person] = refusal
		}
	}
	frozen := r.Terms
	if frozen.Automatic {
		frozen = d.Terms // nobody had to approve it then
	}
	if done, _ := w.policy.Complete(s.Directory.Snapshot(), frozen, d.Terms, votes(r, gone), r.Asker.Person, r.Receiver.Person); !done {
		return d, "Its approval is no longer complete: the policy or the approvers changed since. Ask again.", nil
	}
	return d, "", nil
}

// wanted ends the grants of the key whose time has come and reports whether one is left
// that wants the assignment now. It is the only place that answers this question.
func (b *book) wanted(key Key) (bool, error) {
	grants, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
	if err != nil {
		return false, err
	}
	wanted := false
	for _, g := range grants {
		switch {
		case !b.now.Before(g.End):
			err = b.endGrant(&g, EndExpired, System, "")
		case g.ConfirmedAt.IsZero() && !b.now.Before(g.Deadline):
			err = b.endLate(&g, EndFailed, "AWS did not finish within ten minutes. Ask again; if it repeats, an admin finds the reason in /jit-config.")
		default:
			wanted = true
		}
		if err != nil {
			return false, err
		}
	}
	return wanted, nil
}

// peekWanted is wanted without ending anything: until when the key is wanted, zero when it
// is not, and whether a live grant is over.
func peekWanted(tx Tx, key Key, now time.Time) (until time.Time, over bool, err error) {
	grants, err := tx.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
	for _, g := range grants {
		late := g.ConfirmedAt.IsZero() && !now.Before(g.Deadline)
		switch {
		case late || !now.Before(g.End):
			over = true
		case g.End.After(until):
			until = g.End
		}
	}
	return until, over, err
}

// endGrant ends a grant now, tells people, and wakes the assignment when nobody may want
// it any more.
func (b *book) endGrant(g *Grant, reason EndReason, by Actor, note string) error {
	if g.State == Live {
		a, err := b.Assignment(g.Key)
		if err != nil {
			return err
		}
		if a.State != Absent {
			a.NextAt = b.now
			if err := b.putAssignment(&a, "unwanted", string(reason)); err != nil {
				return err
			}
		}
	}
	return b.endGrantOnly(g, reason, by, note)
}

// endGrantOnly is endGrant for a caller that stores the assignment itself.
func (b *book) endGrantOnly(g *Grant, reason EndReason, by Actor, note string) error {
	g.State, g.EndReason, g.EndedBy, g.EndNote, g.EndedAt = Ended, reason, by, note, b.now
	if b.now.Before(g.End) {
		g.End = b.now
	}
	if err := b.putGrant(g, "ended", by, string(reason)); err != nil {
		return err
	}
	if err := b.showGrant(*g); err != nil {
		return err
	}
	if err := b.showProlonged(*g); err != nil {
		return err
	}
	if reason == EndExpired {
		if goesOn, err := b.prolonged(g.Key, g.ID); goesOn || err != nil {
			return err // it is no end for who holds it
		}
	}
	return b.tellEnded(*g, by)
}

// confirm notes that AWS holds the key and moves the ends of its live grants, once and
// earlier only: to min(confirmed, sent + 5 min) + duration.
func (b *book) confirm(key Key, sent, confirmed time.Time) error {
	grants, err := b.Grants(GrantFilter{States: []GrantState{Live}, Key: key})
	if err != nil {
		return err
	}
	from := confirmed
	if limit := sent.Add(5 * time.Minute); limit.Before(from) {
		from = limit
	}
	for _, g := range grants {
		if !g.ConfirmedAt.IsZero() {
			continue
		}
		begin := from
		if g.Start.After(begin) { // confirmed for an earlier grant of the same key
			begin = g.Start
		}
		g.ConfirmedAt = confirmed
		if end := begin.Add(g.Duration); end.Before(g.End) {
			g.End = end
		}
		b.remindBefore(&g)
		if err := b.putGrant(&g, "confirmed", System, ""); err != nil {
			return err
		}
		if err := b.showGrant(g); err != nil {
			return err
		}
		if err := b.showProlonged(g); err != nil {
			return err
		}
		if err := b.tellActive(g); err != nil {
			return err
		}
	}
	return nil
}

// Cancel takes a pending request back, by who asked for it or an admin.
func (s *Service) Cancel(ctx context.Context, id RequestID, user identity.SlackUserID) (RequestView, error) {
	const op = "access.Cancel"
	actor, err := s.actor(ctx, user)
	if err != nil {
		return RequestView{}, err
	}
	err = s.update(ctx, func(b *book) error {
		r, err := b.Request(id)
		if err != nil {
			return err
		}
		if err := s.mayCancel(actor, r); err != nil {
			return err
		}
		if r.State == Cancelled {
			return nil
		}
		if r.State != Pending {
			return fault.New(fault.Conflict, op, decidedText(r), "If access is live, press End now instead.")
		}
		return b.decideRequest(&r, Cancelled, actor, "")
	})
	return s.viewAfter(ctx, id, err)
}

func (s *Service) mayCancel(actor Actor, r Request) error {
	if actor.Person != r.Asker.Person && actor.Person != r.Receiver.Person && !s.admin(actor.Person) {
		return fault.New(fault.Forbidden, "access.Cancel", "Only who asked for it, or an admin, can cancel it.", "")
	}
	return nil
}

// EndGrant ends every live grant of the grant's key now, by its holder or an admin, and
// withdraws what would prolong it. It needs no word from Slack or AWS: taking access away never waits.
func (s *Service) EndGrant(ctx context.Context, id GrantID, user identity.SlackUserID) (GrantView, error) {
	actor, err := s.actor(ctx, user)
	if err != nil {
		return GrantView{}, err
	}
	err = s.update(ctx, func(b *book) error {
		g, err := b.Grant(id)
		if err != nil {
			return err
		}
		if err := s.mayEnd(actor, g); err != nil {
			return err
		}
		return b.endKey(g.Key, actor)
	})
	if err != nil {
		return GrantView{}, err
	}
	return s.GrantView(ctx, id)
}

func (s *Service) mayEnd(actor Actor, g Grant) error {
	if actor.Person != g.Key.Person && !s.admin(actor.Person) {
		return fault.New(fault.Forbidden, "access.EndGrant", "Only the holder, or an admin, can end this access.", "")
	}
	return nil
}

// endKey ends every grant of a key that is live or is to start, and withdraws what would
// prolong it.
func (b *book) endKey(key Key, actor Actor) error {
	grants, err := b.Grants(GrantFilter{States: []GrantState{Live, Scheduled}, Key: key})
	if err != nil {
		return err
	}
	for _, g := range grants {
		if err := b.endGrant(&g, EndEarly, actor, ""); err != nil {
			return err
		}
	}
	return b.withdrawExtension(key, actor)
}

// actor identifies who cancels or ends. When Slack cannot be asked the stored pin is
// enough: it can only take access away.
func (s *Service) actor(ctx context.Context, user identity.SlackUserID) (Actor, error) {
	who, err := s.Who(ctx, user)
	if err == nil {
		return Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}, nil
	}
	if !fault.Is(err, fault.Unavailable) {
		return Actor{}, err
	}
	var pin identity.Pin
	if perr := s.Store.View(ctx, func(tx Tx) (e error) { pin, e = tx.Pin(user); return e }); perr != nil {
		return Actor{}, err
	}
	return Actor{Person: pin.Person, Slack: pin.Slack, Name: s.human(pin.Person).Name}, nil
}
