package access

import (
	"cmp"
	"context"
	"slices"
	"time"

	"stint/access/fault"
	"stint/access/identity"
)

// RemoveFinding orders the removal of one assignment that nobody granted through Stint, by an
// admin whose facts are at most a minute old, with a reason. It refuses what is ours, what a
// grant wants, and what AWS or Stint's role does not let it remove. The order is stored before
// AWS is asked.
func (s *Service) RemoveFinding(ctx context.Context, user identity.SlackUserID, id FindingID, reason string) (v FindingView, err error) {
	const op = "access.RemoveFinding"
	if reason, err = givenReason(op, reason); err != nil {
		return v, err
	}
	by, err := s.adminNow(ctx, user)
	if err != nil {
		return v, err
	}
	if s.Scanner == nil {
		return v, errNoScanner(op)
	}
	var f Finding
	err = s.update(ctx, func(b *book) error {
		if f, err = readFinding(b, id); err != nil || f.Removal != nil {
			return err
		}
		if err := s.removable(b, f); err != nil {
			return err
		}
		f.Removal, f.Untold, f.Refused = &Removal{By: by, At: b.now, Reason: reason, NextAt: b.now}, false, ""
		if err := b.putFinding(f, "drift.removal_ordered", by, reason); err != nil {
			return err
		}
		return b.report(by.Name + " takes away access that nobody granted through Stint. " + s.assignmentText(f.Assignment) + ".\nReason: " + reason)
	})
	if err != nil {
		return v, err
	}
	s.driftDue.raise()
	return s.findingView(ctx, f)
}

// removable says why a finding must not be removed; nil when it may be.
func (s *Service) removable(tx Tx, f Finding) error {
	const op = "access.removable"
	c := s.Catalog()
	if c == nil {
		return fault.New(fault.Unavailable, op, "Stint has not read the AWS organization yet.", "Try again in a minute.")
	}
	a := f.Assignment
	if a.Account == c.ManagementAccount() {
		return fault.New(fault.Forbidden, op, "Stint changes nothing in the management account.", "Remove it in AWS.")
	}
	v := itemIn(c, entitlementOf(a))
	if why := cmp.Or(v.Account.Ungrantable, v.Role.Ungrantable, v.Group.Ungrantable); why != "" {
		return fault.New(fault.Forbidden, op, "Stint may not change this: "+why, "Remove it in AWS.")
	}
	if a.IsMembership() && !slices.Contains(s.groupsWatched(), a.Group) {
		return fault.New(fault.Forbidden, op, "The policy no longer lets people ask for this group, so Stint changes nothing in it.", "Remove it in AWS.")
	}
	if a.Person == "" {
		return nil
	}
	record, err := tx.Assignment(keyOf(a))
	if err != nil {
		return err
	}
	if record.State != Absent {
		return fault.New(fault.Conflict, op, "This is access that Stint granted.", "End it under Live access: it is taken away at once.")
	}
	grants, err := tx.Grants(GrantFilter{States: []GrantState{Live, Scheduled}, Key: keyOf(a)})
	if err == nil && len(grants) > 0 {
		err = fault.New(fault.Conflict, op, "A grant for the same access is about to start or runs.", "End that first, under Live access.")
	}
	return err
}

// removeDue carries out the removals whose time has come, one after the other.
func (s *Service) removeDue(ctx context.Context) error {
	var due []Finding
	if err := s.Store.View(ctx, func(tx Tx) error {
		due = nil
		all, err := readFindings(tx)
		if err != nil {
			return err
		}
		for _, f := range all.sorted() {
			if f.Removal != nil && !s.Now().Before(f.Removal.NextAt) {
				due = append(due, f)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, f := range due {
		if err := s.removeOne(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// removeOne takes one assignment away: look, store the intent, call AWS, store the outcome. It
// holds the account's turn all the while, so that the worker creates nothing there meanwhile.
func (s *Service) removeOne(ctx context.Context, f Finding) error {
	release, err := s.Connector.Acquire(ctx, PriorityRevoke, f.Assignment.Account)
	if err != nil {
		return nil //nolint:nilerr // only ctx ends this
	}
	defer release()
	o, err := s.Scanner.Holds(ctx, PriorityRevoke, f.Assignment)
	switch class := classOf(err); {
	case class == ClassGone || err == nil && !o.Found:
		return s.removed(ctx, f, "it was gone already")
	case err != nil:
		return s.notRemoved(ctx, f, err)
	}
	if why, err := s.intendRemoval(ctx, f); err != nil || why != nil {
		if why != nil {
			return s.keep(ctx, f, why)
		}
		return err
	}
	s.trace("before removal", keyOf(f.Assignment))
	op, err := s.Scanner.Withdraw(ctx, f.Assignment, func() error { return s.mayRemove(f) })
	if err == nil && op.Status == InProgress {
		op, err = s.Connector.Await(ctx, op)
	}
	switch {
	case classOf(err) == ClassGone, err == nil && (op.Status == Succeeded || op.Failure == ClassGone):
		return s.removed(ctx, f, "")
	case err == nil:
		err = &ConnectorError{Class: op.Failure, Op: "delete", Message: cmp.Or(op.Message, op.Reason)}
	}
	return s.notRemoved(ctx, f, err)
}

// intendRemoval stores, for a person's row, that a delete of ours may land from now on: should
// Stint grant the same in a moment, it knows what may take it away. why is set when it must
// not be removed any more.
func (s *Service) intendRemoval(ctx context.Context, f Finding) (why, err error) {
	err = s.lead(ctx, func(b *book) error {
		now, err := readFinding(b, f.ID)
		if err != nil {
			return err
		}
		if now.Removal == nil {
			why = fault.New(fault.Conflict, "access.intendRemoval", "The order was taken back.", "")
			return nil
		}
		if why = s.removable(b, now); why != nil || f.Assignment.Person == "" {
			return nil //nolint:nilerr // why is the caller's to act on
		}
		a, err := b.Assignment(keyOf(f.Assignment))
		if err != nil {
			return err
		}
		a.DeleteLostAt = b.now
		return b.putAssignment(&a, "removing", "ordered by "+now.Removal.By.Name)
	})
	return why, err
}

// mayRemove is the last look at lease, order and wish, right before the delete is sent.
func (s *Service) mayRemove(f Finding) error {
	return s.Store.View(context.Background(), func(tx Tx) error {
		if err := s.leads(tx); err != nil {
			return err
		}
		now, err := readFinding(tx, f.ID)
		if err != nil {
			return err
		}
		if now.Removal == nil {
			return fault.New(fault.Conflict, "access.mayRemove", "The order was taken back.", "")
		}
		return s.removable(tx, now)
	})
}

// removed stores that AWS no longer holds it.
func (s *Service) removed(ctx context.Context, f Finding, note string) error {
	return s.lead(context.WithoutCancel(ctx), func(b *book) error {
		if err := b.settledDelete(f, true); err != nil {
			return err
		}
		if err := b.dropFinding(f, "drift.removed", System, note); err != nil {
			return err
		}
		return b.report("AWS has taken away what " + f.Removal.By.Name + " ordered: " + s.assignmentText(f.Assignment) + ". A session that was opened before lasts until it ends by itself.")
	})
}

// settledDelete notes for a person's row how the delete ended.
func (b *book) settledDelete(f Finding, gone bool) error {
	if f.Assignment.Person == "" {
		return nil
	}
	a, err := b.Assignment(keyOf(f.Assignment))
	if err != nil || a.State != Absent || a.Version == 0 {
		return err
	}
	if f.Removal.Attempts == 0 {
		a.DeleteLostAt = time.Time{} // else an earlier one, whose answer was lost, may still land
	}
	if gone {
		a.GoneAt, a.Foreign = b.now, false
	}
	return b.putAssignment(&a, "removed", "")
}

// notRemoved stores a failure: AWS's refusal ends the order, anything else is tried again.
func (s *Service) notRemoved(ctx context.Context, f Finding, failure error) error {
	switch classOf(failure) {
	case ClassRefused:
		return s.keep(ctx, f, fault.New(fault.Forbidden, "access.remove", explain(failure), ""))
	case ClassCanceled:
		return nil // the process ends; the order stays
	}
	return s.lead(context.WithoutCancel(ctx), func(b *book) error {
		now, err := readFinding(b, f.ID)
		if err != nil || now.Removal == nil {
			return err
		}
		now.Removal.Attempts++
		now.Removal.Problem = explain(failure)
		now.Removal.NextAt = b.now.Add(backoff(now.Removal.Attempts))
		return b.putFinding(now, "drift.removal_failed", System, failure.Error())
	})
}

// keep ends an order that cannot be carried out: the finding is open again.
func (s *Service) keep(ctx context.Context, f Finding, why error) error {
	return s.lead(context.WithoutCancel(ctx), func(b *book) error {
		now, err := readFinding(b, f.ID)
		if err != nil || now.Removal == nil {
			return err
		}
		by := now.Removal.By
		if err := b.settledDelete(now, false); err != nil {
			return err
		}
		now.Removal, now.Refused = nil, said(why)
		if err := b.putFinding(now, "drift.removal_refused", System, now.Refused); err != nil {
			return err
		}
		return b.alarm("What " + by.Name + " ordered to be taken away is still there: " + s.assignmentText(f.Assignment) + ". " + now.Refused)
	})
}
