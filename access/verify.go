package access

import (
	"context"
	"encoding/json"

	"stint/access/fault"
)

// VerifyAudit replays the whole log and compares what it leads to with the store.
func VerifyAudit(ctx context.Context, store Store) error {
	return store.View(ctx, func(tx Tx) error {
		events, err := tx.Audit(0, 0)
		if err != nil {
			return err
		}
		r, err := Replay(events)
		if err != nil {
			return err
		}
		return r.compare(tx)
	})
}

// compare says where the store holds something else than the log leads to.
func (r Replayed) compare(tx Tx) error {
	requests, err := tx.Requests(RequestFilter{})
	if err != nil {
		return err
	}
	grants, err := tx.Grants(GrantFilter{})
	if err != nil {
		return err
	}
	assignments, err := tx.Assignments(AssignmentFilter{})
	if err != nil {
		return err
	}
	if len(requests) != len(r.Requests) || len(grants) != len(r.Grants) || len(assignments) != len(r.Assignments) {
		return fault.Newf(fault.Conflict, "access.VerifyAudit", "The store was changed without its log, or the log lost lines.",
			"the log leads to %d requests, %d grants and %d assignments, the store holds %d, %d and %d",
			len(r.Requests), len(r.Grants), len(r.Assignments), len(requests), len(grants), len(assignments))
	}
	if err := r.compareFew(tx); err != nil {
		return err
	}
	for _, x := range requests {
		if err := same("request "+string(x.ID), r.Requests[x.ID], x); err != nil {
			return err
		}
	}
	for _, x := range grants {
		if err := same("grant "+string(x.ID), r.Grants[x.ID], x); err != nil {
			return err
		}
	}
	for _, x := range assignments {
		if err := same("assignment "+x.Key.String(), r.Assignments[x.Key], x); err != nil {
			return err
		}
	}
	return r.compareRevisions(tx)
}

// compareRevisions leaves out what is only its author's: drafts, and drafts given up.
func (r Replayed) compareRevisions(tx Tx) error {
	revisions, err := tx.Revisions(RevisionFilter{})
	if err != nil {
		return err
	}
	compared := 0
	for _, x := range revisions {
		logged, known := r.Revisions[x.ID]
		if !known && private(x) {
			continue
		}
		if err := same("policy revision "+string(x.ID), logged, x); err != nil {
			return err
		}
		compared++
	}
	if compared != len(r.Revisions) {
		return fault.Newf(fault.Conflict, "access.VerifyAudit", "The store was changed without its log, or the log lost lines.",
			"the log leads to %d revisions of the policy, the store holds %d of them", len(r.Revisions), compared)
	}
	return nil
}

// compareFew is compare for the records of which there are few.
func (r Replayed) compareFew(tx Tx) error {
	pause, err := readPause(tx)
	if err != nil {
		return err
	}
	if err := same("the pause", r.Pause, pause); err != nil {
		return err
	}
	orders, err := readOrders(tx)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, o := range orders {
		kept[o.ID] = true
		if err := same("mass end "+o.ID, r.Orders[o.ID], o); err != nil {
			return err
		}
	}
	for id, o := range r.Orders {
		if o.DoneAt.IsZero() && !kept[id] {
			return fault.Newf(fault.Conflict, "access.VerifyAudit", "The store was changed without its log.", "mass end %s is not over and not in the store", id)
		}
	}
	if err := r.compareDelegations(tx); err != nil {
		return err
	}
	pins, err := tx.Pins()
	if err != nil {
		return err
	}
	if len(pins) != len(r.Pins) {
		return fault.Newf(fault.Conflict, "access.VerifyAudit", "The store was changed without its log, or the log lost lines.",
			"the log leads to %d pairs of Slack user and person, the store holds %d", len(r.Pins), len(pins))
	}
	for _, x := range pins {
		if err := same("the pair of Slack user "+string(x.Slack), r.Pins[x.Slack], x); err != nil {
			return err
		}
	}
	return nil
}

func (r Replayed) compareDelegations(tx Tx) error {
	all, err := readDelegations(tx)
	if err != nil {
		return err
	}
	if len(all) != len(r.Delegations) {
		return fault.Newf(fault.Conflict, "access.VerifyAudit", "The store was changed without its log, or the log lost lines.",
			"the log leads to %d delegations, the store holds %d", len(r.Delegations), len(all))
	}
	for _, d := range all {
		if err := same("delegation "+d.ID, r.Delegations[d.ID], d); err != nil {
			return err
		}
	}
	return nil
}

// same compares two records as they are stored.
func same(name string, logged, stored any) error {
	a, err := json.Marshal(logged)
	if err != nil {
		return err
	}
	b, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	if string(a) != string(b) {
		return fault.Newf(fault.Conflict, "access.VerifyAudit", "The store was changed without its log.", "%s differs from its log", name)
	}
	return nil
}
