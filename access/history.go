package access

import (
	"context"

	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// Revisions lists what is or was in force or proposed, newest first, and how many there are.
func (s *Service) Revisions(ctx context.Context, user identity.SlackUserID, offset, limit int) (list []RevisionSummary, total int, err error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		all, err := tx.Revisions(RevisionFilter{States: []RevisionState{Proposed, InForce, Replaced, Refused}})
		if err != nil {
			return err
		}
		total = len(all)
		for _, r := range all[min(max(offset, 0), total):min(max(offset, 0)+max(limit, 0), total)] {
			sum, _, err := summarize(tx, r)
			if err != nil {
				return err
			}
			list = append(list, sum)
		}
		return nil
	})
	return list, total, err
}

// Revision is one revision with what it changed.
func (s *Service) Revision(ctx context.Context, user identity.SlackUserID, id RevisionID) (RevisionView, error) {
	who, err := s.adminOnly(ctx, user)
	if err != nil {
		return RevisionView{}, err
	}
	return s.revisionView(ctx, id, who.actor())
}

func (s *Service) revisionView(ctx context.Context, id RevisionID, who Actor) (v RevisionView, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		r, err := tx.Revision(id)
		if err != nil {
			return err
		}
		if private(r) && r.Author.Person != who.Person {
			return fault.New(fault.NotFound, "access.Revision", "There is no such version.", "The list of versions shows what there is.")
		}
		v.RevisionSummary, v.Changes, err = summarize(tx, r)
		v.Spec = r.Spec
		return err
	})
	if err != nil || v.State != Proposed {
		return v, err
	}
	v.MayDecide = who.Person != v.Author.Person && s.admin(who.Person)
	// What cannot be said now does not keep it from being shown: approving it says why.
	if p, _, cerr := s.Compile(ctx, v.Spec); cerr == nil && p != nil {
		if o, oerr := s.outlook(ctx, p); oerr == nil {
			v.Impact, v.Ends, v.EndsTotal = &o.impact, o.ends, o.hits
		}
	}
	return v, nil
}

// private reports whether a revision is its author's alone: a draft, or one given up
// before anybody else saw it.
func private(r Revision) bool {
	return r.State == Editing || r.State == Discarded && r.ProposedAt.IsZero()
}

// summarize is a revision without its spec, and what it changed.
func summarize(tx Tx, r Revision) (RevisionSummary, []policy.Change, error) {
	sum := RevisionSummary{
		ID: r.ID, Version: r.Version, State: r.State, Number: r.Number, Restores: r.Restores,
		Author: r.Author, Reason: r.Reason, DecidedBy: r.DecidedBy, Note: r.DecisionNote,
	}
	switch r.State {
	case Editing:
		sum.At = r.ChangedAt
	case Proposed:
		sum.At = r.ProposedAt
	case InForce, Replaced:
		sum.At = r.InForceAt
	case Refused, Discarded:
		sum.At = r.EndedAt
	}
	var base Revision
	if r.Base != "" {
		var err error
		if base, err = tx.Revision(r.Base); err != nil {
			return sum, nil, err
		}
	}
	sum.BaseNumber = base.Number
	changes := policy.Diff(base.Spec, r.Spec)
	sum.Changes = len(changes)
	return sum, changes, nil
}
