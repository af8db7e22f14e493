package access

import "stint/access/fault"

// Transitions. Every pair that is not listed is a conflict error; a record that stays
// in its state may always change its other fields.
//
//	Request    Pending ─▶ Approved | Denied | Cancelled | Lapsed | Withdrawn
//	Grant      Scheduled ─▶ Live | Ended      Live ─▶ Ended
//	Assignment Absent ─▶ Creating ─▶ Present ─▶ Deleting ─▶ Absent
//	           Creating ─▶ Deleting           wanted no more; the create may have landed
//	           Deleting ─▶ Creating           wanted again, and no delete of ours is on its way
//	           Present  ─▶ Absent             removed outside, seen twice
//	           Present  ─▶ Creating           a late delete of our own took it, once
//	Revision   Editing ─▶ Proposed | InForce | Discarded   Proposed ─▶ InForce | Refused | Discarded
//	           InForce ─▶ Replaced
var (
	requestTransitions = map[RequestState][]RequestState{
		"":      {Pending},
		Pending: {Approved, Denied, Cancelled, Lapsed, Withdrawn},
	}
	grantTransitions = map[GrantState][]GrantState{
		"":        {Scheduled},
		Scheduled: {Live, Ended},
		Live:      {Ended},
	}
	assignmentTransitions = map[AssignmentState][]AssignmentState{
		Absent:   {Creating},
		Creating: {Present, Deleting},
		Present:  {Deleting, Absent, Creating},
		Deleting: {Absent, Creating},
	}
	revisionTransitions = map[RevisionState][]RevisionState{
		"":       {Editing, InForce}, // InForce: imported
		Editing:  {Proposed, InForce, Discarded},
		Proposed: {InForce, Refused, Discarded},
		InForce:  {Replaced},
	}
)

// checkTransition refuses what the table does not list.
func checkTransition[S ~string](table map[S][]S, record string, from, to S) error {
	if from == to && from != "" {
		return nil
	}
	for _, s := range table[from] {
		if s == to {
			return nil
		}
	}
	return fault.Newf(fault.Conflict, "access.transition", "Look at its newest state and decide again.",
		"%s cannot go from %q to %q", record, string(from), string(to))
}
