package access

import (
	"context"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

// Center is Identity Center as the connector reads it.
type Center interface {
	identity.IdentityCenterSource
	identity.CenterRoll // else many holders would be asked for one by one
}

// Standing reads Identity Center without what Stint itself put there: who is in a group only
// because Stint granted it never counts in a people set.
type Standing struct {
	Center
	Store Store
}

// GroupMembers reads who is in a group, those left out whom Stint put there.
func (s Standing) GroupMembers(ctx context.Context, id catalog.GroupID) (identity.GroupFacts, error) {
	f, err := s.Center.GroupMembers(ctx, id)
	if err != nil {
		return f, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		f.Members, err = leaveOut(tx, id, f.Members)
		return err
	})
	if err != nil {
		return identity.GroupFacts{}, fault.Wrap(err, fault.Unavailable, "access.GroupMembers", "Whom Stint put into a group cannot be read now.", "Try again in a minute.")
	}
	return f, nil
}

// leaveOurs is the same for the groups that a sync has read.
func (s *Service) leaveOurs(ctx context.Context, data *catalog.Data) error {
	return s.Store.View(ctx, func(tx Tx) (err error) {
		for i := range data.Groups {
			if g := &data.Groups[i]; len(g.Members) > 0 && err == nil {
				g.Members, err = leaveOut(tx, g.ID, g.Members)
			}
		}
		return err
	})
}

// fewMembers is up to how many members each is asked for by its key. Of more, everything that
// Stint holds in AWS is read instead.
const fewMembers = 200

// leaveOut leaves out the members whose membership is ours.
func leaveOut(tx Tx, group catalog.GroupID, members []catalog.PersonID) ([]catalog.PersonID, error) {
	ours := map[catalog.PersonID]bool{}
	if len(members) > fewMembers {
		held, err := tx.Assignments(AssignmentFilter{States: []AssignmentState{Creating, Present, Deleting}})
		if err != nil {
			return nil, err
		}
		for _, a := range held {
			if a.Key.Group == group {
				ours[a.Key.Person] = true
			}
		}
	}
	var out []catalog.PersonID
	for _, person := range members {
		if len(members) <= fewMembers {
			a, err := tx.Assignment(MemberOf(group).For(person))
			if err != nil {
				return nil, err
			}
			ours[person] = a.State != Absent
		}
		if !ours[person] {
			out = append(out, person)
		}
	}
	return out, nil
}
