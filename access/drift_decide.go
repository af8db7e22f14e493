package access

import (
	"context"
	"time"

	"stint/access/fault"
	"stint/access/identity"
)

// maxSnooze is how long a finding can be hidden at most: what is right for longer is ignored,
// with a reason.
const maxSnooze = 180 * 24 * time.Hour

// snoozeHour is when a snooze is over on its day, in the policy's zone: when people come to work.
const snoozeHour = 9 * time.Hour

// SnoozeFinding hides a finding until the morning of a day ("2026-12-01"), by an admin; then
// the admins are told again.
func (s *Service) SnoozeFinding(ctx context.Context, user identity.SlackUserID, id FindingID, day string) (FindingView, error) {
	const op = "access.SnoozeFinding"
	now := s.Now()
	until, err := snoozeEnd(op, day, s.zone(), now)
	if err != nil {
		return FindingView{}, err
	}
	return s.decideFinding(ctx, user, id, "drift.snoozed", "", func(f *Finding, by Actor) error {
		f.Snoozed, f.Ignored, f.Untold = &Snooze{By: by, At: now, Until: until}, nil, false
		return nil
	})
}

// snoozeEnd is the morning of a day, if something can be hidden until then.
func snoozeEnd(op, day string, zone *time.Location, now time.Time) (time.Time, error) {
	until, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		until = time.Time{}
	} else {
		until = until.Add(snoozeHour)
	}
	return until, mayHide(op, until, now)
}

// mayHide refuses to hide a finding until a time that is over or too far away.
func mayHide(op string, until, now time.Time) error {
	switch {
	case !until.After(now):
		return fault.New(fault.Invalid, op, "Choose a day to come.", "").In("until")
	case until.Sub(now) > maxSnooze:
		return fault.New(fault.Invalid, op, "A finding can be hidden for half a year at most.", "If it is as it should be, ignore it and say why.").In("until")
	}
	return nil
}

// IgnoreFinding says that a finding is as it should be, by an admin, with the reason. It is
// hidden until AWS no longer holds the assignment.
func (s *Service) IgnoreFinding(ctx context.Context, user identity.SlackUserID, id FindingID, reason string) (FindingView, error) {
	const op = "access.IgnoreFinding"
	reason, err := givenReason(op, reason)
	if err != nil {
		return FindingView{}, err
	}
	return s.decideFinding(ctx, user, id, "drift.ignored", reason, func(f *Finding, by Actor) error {
		f.Ignored, f.Snoozed, f.Untold = &Ignored{By: by, At: s.Now(), Reason: reason}, nil, false
		return nil
	})
}

// WatchFinding ends the snooze or the ignoring of a finding, by an admin.
func (s *Service) WatchFinding(ctx context.Context, user identity.SlackUserID, id FindingID) (FindingView, error) {
	return s.decideFinding(ctx, user, id, "drift.watched", "", func(f *Finding, _ Actor) error {
		f.Snoozed, f.Ignored = nil, nil
		return nil
	})
}

// decideFinding changes a finding, on an admin's word, and writes its audit line.
func (s *Service) decideFinding(ctx context.Context, user identity.SlackUserID, id FindingID, action, note string, fn func(*Finding, Actor) error) (v FindingView, err error) {
	who, err := s.adminOnly(ctx, user)
	if err != nil {
		return v, err
	}
	by := who.actor()
	var f Finding
	err = s.update(ctx, func(b *book) error {
		if f, err = readFinding(b, id); err != nil {
			return err
		}
		if f.Removal != nil {
			return fault.New(fault.Conflict, action, "It is being removed, as "+f.Removal.By.Name+" ordered.", "")
		}
		if err := fn(&f, by); err != nil {
			return err
		}
		return b.putFinding(f, action, by, note)
	})
	s.driftDue.raise()
	if err != nil {
		return v, err
	}
	return s.findingView(ctx, f)
}

// putFinding stores one changed finding, the counts and the audit line.
func (b *book) putFinding(f Finding, action string, by Actor, note string) error {
	all, err := readFindings(b)
	if err != nil {
		return err
	}
	all.put(f)
	return b.changeFindings(all, f, action, by, note)
}

// dropFinding is putFinding for what AWS no longer holds.
func (b *book) dropFinding(f Finding, action string, by Actor, note string) error {
	all, err := readFindings(b)
	if err != nil {
		return err
	}
	all.drop(f.ID)
	return b.changeFindings(all, f, action, by, note)
}

func (b *book) changeFindings(all *findings, f Finding, action string, by Actor, note string) error {
	d, err := readDrift(b)
	if err != nil {
		return err
	}
	if err := b.putFindings(&d, all); err != nil {
		return err
	}
	if err := b.putDrift(d); err != nil {
		return err
	}
	return b.audit(action, by, "drift/"+string(f.ID), f, note)
}
