package access

import (
	"context"

	"stint/access/fault"
	"stint/access/identity"
)

// RollBack makes a draft that says what an earlier revision said. It goes through
// ReviewDraft and ApplyDraft like any other. Conflict when the admin has a draft already
// that differs from what is in force.
func (s *Service) RollBack(ctx context.Context, user identity.SlackUserID, id RevisionID) (DraftView, error) {
	const op = "access.RollBack"
	who, err := s.editor(ctx, op, user)
	if err != nil {
		return DraftView{}, err
	}
	var d Revision
	err = s.update(ctx, func(b *book) error {
		r, err := b.Revision(id)
		if err != nil {
			return err
		}
		if r.State != Replaced && r.State != Refused {
			return fault.New(fault.Conflict, op, "Only what was in force or proposed before can be taken up again.", "Choose an earlier version.")
		}
		now, _, err := inForce(b)
		if err != nil {
			return err
		}
		var found bool
		if d, found, err = draftOf(b, who.Person); err != nil {
			return err
		}
		if found && !sameSpec(d.Spec, now.Spec) && !sameSpec(d.Spec, r.Spec) {
			return fault.New(fault.Conflict, op, "You have a draft with changes of its own.", "Apply or discard it first.")
		}
		if err := b.putDraft(&d, who, now.ID, r.Spec); err != nil || r.Number == 0 {
			return err
		}
		d.Restores = r.Number
		return b.putRevision(&d, "edited", who, "")
	})
	if err != nil {
		return DraftView{}, err
	}
	v, _, err := s.draftView(ctx, d)
	return v, err
}
