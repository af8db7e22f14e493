package access

import (
	"context"
	"fmt"
	"strings"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// DecideRevision approves or refuses what another admin proposed; a refusal needs a note.
// Its author may only take it back: it is a draft again then, which needs no note.
func (s *Service) DecideRevision(ctx context.Context, user identity.SlackUserID, id RevisionID, approve bool, note string) (RevisionView, error) {
	const op = "access.DecideRevision"
	who, err := s.enacting(ctx, op, user, func(who Actor, w *world) error {
		var r Revision
		if err := s.Store.View(ctx, func(tx Tx) (err error) {
			r, err = tx.Revision(id)
			return err
		}); err != nil {
			return err
		}
		switch {
		case r.DecidedBy.Person == who.Person && (r.State == Refused) == !approve && r.State != Proposed:
			return nil // the same press again
		case r.Author.Person == who.Person && approve:
			return fault.New(fault.Forbidden, op, "You proposed this change yourself: another admin must approve it.", "")
		case r.Author.Person == who.Person:
			return s.takeBack(ctx, op, who, r)
		case !approve:
			return s.refuseRevision(ctx, op, who, w, r, note)
		}
		return s.approveRevision(ctx, op, who, w, r, note)
	})
	if err != nil && who.Person == "" {
		return RevisionView{}, err
	}
	v, verr := s.revisionView(ctx, id, who)
	if err != nil {
		return v, err
	}
	return v, verr
}

// proposed is a revision that waits for a decision.
func proposed(tx Tx, op string, id RevisionID) (Revision, error) {
	r, err := tx.Revision(id)
	if err != nil || r.State == Proposed {
		return r, err
	}
	text := "This change is not proposed."
	switch r.State {
	case InForce, Replaced:
		text = fmt.Sprintf("This change is in force already: it became version %d.", r.Number)
	case Refused:
		text = r.DecidedBy.Name + " refused this change."
	case Discarded:
		text = r.Author.Name + " took this change back."
	case Editing, Proposed:
	}
	return r, fault.New(fault.Conflict, op, text, "The list of versions shows the newest state.")
}

func (s *Service) approveRevision(ctx context.Context, op string, who Actor, w *world, r Revision, note string) error {
	if note = strings.TrimSpace(note); note != "" {
		if _, err := limited(op, note, "note", "", ""); err != nil {
			return err
		}
	}
	const stale = "Refuse it, or ask its author to take it back, bring it up to date and propose it again."
	id := r.ID
	get := func(tx Tx) (err error) {
		if r, err = proposed(tx, op, id); err != nil {
			return err
		}
		now, _, err := inForce(tx)
		if err != nil {
			return err
		}
		return based(op, r, now, stale)
	}
	if err := s.Store.View(ctx, get); err != nil {
		return err
	}
	p, err := s.applied(ctx, op, r.Spec, r.EndsLive)
	if err != nil {
		return err
	}
	others := s.otherAdmins(ctx, r.Author.Person)
	return s.enactPolicy(ctx, p, func(b *book) error {
		if err := s.current(b, w); err != nil {
			return err
		}
		if err := get(b); err != nil {
			return err
		}
		r.DecidedBy, r.DecisionNote = who, note
		if err := b.enactKnowing(&r, who, "approved"); err != nil {
			return err
		}
		return b.showRevision(r, others)
	})
}

func (s *Service) refuseRevision(ctx context.Context, op string, who Actor, w *world, r Revision, note string) error {
	note, err := limited(op, note, "note", "Say why you refuse it.", "Its author reads it and knows what to do next.")
	if err != nil {
		return err
	}
	others := s.otherAdmins(ctx, r.Author.Person)
	return s.update(ctx, func(b *book) error {
		if err := s.current(b, w); err != nil {
			return err
		}
		if r, err = proposed(b, op, r.ID); err != nil {
			return err
		}
		r.State, r.DecidedBy, r.DecisionNote, r.EndedAt = Refused, who, note, b.now
		if err := b.putRevision(&r, "refused", who, note); err != nil {
			return err
		}
		if err := b.showRevision(r, others); err != nil {
			return err
		}
		return b.notify(Notice{
			Kind: NoticeAdmins, Key: "admins", Revision: r.ID, By: who,
			Text: fmt.Sprintf("%s refused the change of the policy that %s proposed: %s", who.Name, r.Author.Name, note),
		})
	})
}

// takeBack makes what its author proposed a draft again.
func (s *Service) takeBack(ctx context.Context, op string, who Actor, r Revision) error {
	others := s.otherAdmins(ctx, who.Person)
	return s.update(ctx, func(b *book) error {
		r, err := proposed(b, op, r.ID)
		if err != nil {
			return err
		}
		d, found, err := draftOf(b, who.Person)
		if err != nil {
			return err
		}
		if base := (Revision{}); found {
			if d.Base != "" {
				if base, err = b.Revision(d.Base); err != nil {
					return err
				}
			}
			if !sameSpec(d.Spec, base.Spec) {
				return fault.New(fault.Conflict, op, "You have another draft with changes of its own.", "Discard it first; this change then becomes your draft.")
			}
		}
		if err := b.putDraft(&d, who, r.Base, r.Spec); err != nil {
			return err
		}
		r.State, r.EndedAt, r.Spec = Discarded, b.now, policy.Spec{}
		if err := b.putRevision(&r, "taken back", who, ""); err != nil {
			return err
		}
		return b.showRevision(r, others)
	})
}
