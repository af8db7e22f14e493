package access

import (
	"fmt"

	"stint/access/policy"
)

// putRevision stores a changed revision and, once others may see it, its audit line: a
// draft is its author's own.
func (b *book) putRevision(r *Revision, action string, actor Actor, note string) error {
	var from RevisionState
	if r.Version > 0 {
		old, err := b.Revision(r.ID)
		if err != nil {
			return err
		}
		from = old.State
	}
	if err := checkTransition(revisionTransitions, "revision "+string(r.ID), from, r.State); err != nil {
		return err
	}
	r.Version++
	if err := b.PutRevision(*r); err != nil {
		return err
	}
	if private(*r) {
		return nil
	}
	return b.audit("policy."+action, actor, "revision/"+string(r.ID), r, note)
}

// enact puts a revision in force in the place of the one before it, and tells the admins.
func (b *book) enact(r *Revision, by Actor, action string) error {
	old, found, err := inForce(b)
	if err != nil {
		return err
	}
	if found {
		old.State, old.EndedAt = Replaced, b.now
		if err := b.putRevision(&old, "replaced", by, ""); err != nil {
			return err
		}
	}
	r.State, r.Number, r.InForceAt = InForce, old.Number+1, b.now
	if err := b.putRevision(r, action, by, r.Reason); err != nil {
		return err
	}
	return b.notify(Notice{Kind: NoticeAdmins, Key: "admins", Revision: r.ID, By: by, Text: inForceText(*r, len(policy.Diff(old.Spec, r.Spec)))})
}

// inForceText tells the admins what came into force.
func inForceText(r Revision, changes int) string {
	text := fmt.Sprintf("%s put version %d of the policy in force", r.Author.Name, r.Number)
	if r.DecidedBy.Person != "" {
		text += fmt.Sprintf(", approved by %s", r.DecidedBy.Name)
	}
	if r.Restores > 0 {
		text += fmt.Sprintf("; it goes back to version %d", r.Restores)
	}
	switch changes {
	case 0:
	case 1:
		text += " (1 change)"
	default:
		text += fmt.Sprintf(" (%d changes)", changes)
	}
	return text + ": " + r.Reason
}
