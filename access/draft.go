package access

import (
	"context"
	"encoding/json"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

// maxSpec is how large a policy that is edited in Slack may be, as JSON: a thousand rules.
const maxSpec = 1 << 20

// editor refuses everybody who may not edit the policy, and all where it is a file.
func (s *Service) editor(ctx context.Context, op string, user identity.SlackUserID) (Actor, error) {
	who, err := s.adminOnly(ctx, user)
	if err != nil {
		return Actor{}, err
	}
	return who.actor(), s.inFile(op)
}

// Draft is this admin's draft; it is begun from what is in force when there is none. One
// that changes nothing yet follows what comes into force.
func (s *Service) Draft(ctx context.Context, user identity.SlackUserID) (DraftView, error) {
	who, err := s.editor(ctx, "access.Draft", user)
	if err != nil {
		return DraftView{}, err
	}
	var d Revision
	var fits bool
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		d, fits, err = fittingDraft(tx, who.Person)
		return err
	})
	if err == nil && !fits {
		err = s.update(ctx, func(b *book) (err error) {
			if d, fits, err = fittingDraft(b, who.Person); err != nil || fits {
				return err
			}
			base, found, err := inForce(b)
			if err != nil {
				return err
			}
			spec := base.Spec
			if !found {
				spec = s.firstSpec(who.Person)
			}
			return b.putDraft(&d, who, base.ID, spec)
		})
	}
	if err != nil {
		return DraftView{}, err
	}
	v, _, err := s.draftView(ctx, d)
	return v, err
}

// fittingDraft finds a person's draft; fits is false when there is none, and when it says
// what its base says but another revision is in force now.
func fittingDraft(tx Tx, person catalog.PersonID) (d Revision, fits bool, err error) {
	d, found, err := draftOf(tx, person)
	if err != nil || !found {
		return d, false, err
	}
	now, _, err := inForce(tx)
	if err != nil || d.Base == now.ID || d.Base == "" {
		return d, true, err
	}
	base, err := tx.Revision(d.Base)
	return d, !sameSpec(base.Spec, d.Spec), err
}

func draftOf(tx Tx, person catalog.PersonID) (Revision, bool, error) {
	drafts, err := tx.Revisions(RevisionFilter{States: []RevisionState{Editing}})
	for _, d := range drafts {
		if d.Author.Person == person {
			return d, true, err
		}
	}
	return Revision{}, false, err
}

// putDraft begins a draft, or makes another one of what is there.
func (b *book) putDraft(d *Revision, who Actor, base RevisionID, spec policy.Spec) error {
	if d.ID == "" {
		*d = Revision{ID: RevisionID(b.ids.next(b.now)), Author: who, CreatedAt: b.now}
	}
	d.State, d.Base, d.Spec, d.Restores, d.ChangedAt = Editing, base, spec, 0, b.now
	return b.putRevision(d, "edited", who, "")
}

// firstSpec is what the first draft begins with: whoever begins it is an admin, and people
// are known by the domain of their address.
func (s *Service) firstSpec(person catalog.PersonID) policy.Spec {
	spec := policy.Spec{Rules: []policy.RuleSpec{}}
	c := s.Catalog()
	if c == nil {
		return spec
	}
	if p, ok := c.Person(person); ok && p.Email != "" {
		spec.Settings.Admins.Users = []string{p.Email}
		spec.Settings.EmailDomains = []string{domainOf(p.Email)}
	}
	return spec
}

func domainOf(email string) string {
	_, domain, _ := strings.Cut(catalog.Email(email), "@")
	return domain
}

// sameSpec reports whether two policies say the same in every word, tests included.
func sameSpec(a, b policy.Spec) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// EditDraft replaces what the admin's draft says. version is the Revision.Version that the
// edit was made on; Conflict when the draft changed since (another window). A spec with
// problems is stored all the same, and comes back with them: an edit is never lost.
func (s *Service) EditDraft(ctx context.Context, user identity.SlackUserID, version uint64, spec policy.Spec) (DraftView, error) {
	const op = "access.EditDraft"
	who, err := s.editor(ctx, op, user)
	if err != nil {
		return DraftView{}, err
	}
	if raw, err := json.Marshal(spec); err != nil || len(raw) > maxSpec {
		return DraftView{}, fault.Newf(fault.Invalid, op, "Keep a policy of this size in a file.", "The policy is larger than %d KiB.", maxSpec>>10)
	}
	var d Revision
	err = s.update(ctx, func(b *book) error {
		if d, err = ownDraft(b, op, who.Person, version); err != nil || sameSpec(d.Spec, spec) {
			return err
		}
		return b.putDraft(&d, who, d.Base, spec)
	})
	if err != nil {
		return DraftView{}, err
	}
	v, _, err := s.draftView(ctx, d)
	return v, err
}

// ownDraft is a person's draft in the version that the caller saw.
func ownDraft(tx Tx, op string, person catalog.PersonID, version uint64) (Revision, error) {
	d, found, err := draftOf(tx, person)
	switch {
	case err != nil:
		return d, err
	case !found:
		return d, fault.New(fault.Conflict, op, "This draft is gone: it was applied or discarded.", "Look at the newest state and begin again.")
	case d.Version != version:
		return d, fault.New(fault.Conflict, op, "Your draft changed in the meantime, in another window.", "Look at its newest state and make the change again.")
	}
	return d, nil
}

// CheckSpec compiles a spec without storing anything, for errors under the fields of a form.
func (s *Service) CheckSpec(ctx context.Context, user identity.SlackUserID, spec policy.Spec) ([]policy.Problem, error) {
	if _, err := s.adminOnly(ctx, user); err != nil {
		return nil, err
	}
	_, problems, err := s.Compile(ctx, spec)
	return problems, err
}

// RebaseDraft puts the draft's changes on top of what is in force now. Conflict names the
// parts that both changed; the draft then stays as it is.
func (s *Service) RebaseDraft(ctx context.Context, user identity.SlackUserID) (DraftView, error) {
	const op = "access.RebaseDraft"
	who, err := s.editor(ctx, op, user)
	if err != nil {
		return DraftView{}, err
	}
	var d Revision
	err = s.update(ctx, func(b *book) error {
		var found bool
		if d, found, err = draftOf(b, who.Person); err != nil || !found {
			return err
		}
		theirs, _, err := inForce(b)
		if err != nil || theirs.ID == d.Base {
			return err
		}
		var base Revision
		if d.Base != "" {
			if base, err = b.Revision(d.Base); err != nil {
				return err
			}
		}
		merged, conflicts := policy.Merge(base.Spec, d.Spec, theirs.Spec)
		if len(conflicts) > 0 {
			return fault.Newf(fault.Conflict, op, "Note your change, discard the draft, and make it again on what is in force.",
				"What came into force and your draft both changed: %s.", strings.Join(conflicts, "; "))
		}
		return b.putDraft(&d, who, theirs.ID, merged)
	})
	if err != nil {
		return DraftView{}, err
	}
	if d.ID == "" {
		return s.Draft(ctx, user)
	}
	v, _, err := s.draftView(ctx, d)
	return v, err
}

// DiscardDraft gives the draft up. Without one it does nothing.
func (s *Service) DiscardDraft(ctx context.Context, user identity.SlackUserID) error {
	who, err := s.editor(ctx, "access.DiscardDraft", user)
	if err != nil {
		return err
	}
	return s.update(ctx, func(b *book) error {
		d, found, err := draftOf(b, who.Person)
		if err != nil || !found {
			return err
		}
		d.State, d.EndedAt, d.Spec = Discarded, b.now, policy.Spec{}
		return b.putRevision(&d, "discarded", who, "")
	})
}

// draftView is a draft as it is now, and its policy where it compiles.
func (s *Service) draftView(ctx context.Context, d Revision) (DraftView, *policy.Policy, error) {
	v := DraftView{Revision: d}
	p, problems, err := s.Compile(ctx, d.Spec)
	if err != nil { // the draft is shown all the same; it cannot be applied before this works
		problems = []policy.Problem{{Message: "The names in it could not be checked: " + said(err), Warning: true}}
	}
	v.Problems, v.Rules = problems, s.ruleViews(p, d.Spec)
	err = s.Store.View(ctx, func(tx Tx) error {
		now, found, err := inForce(tx)
		if err != nil || !found || now.ID == d.Base {
			return err
		}
		sum, _, err := summarize(tx, now)
		v.Stale = &sum
		return err
	})
	return v, p, err
}

// draftPolicy is an admin's draft, compiled; Conflict without one, Invalid when it has
// problems.
func (s *Service) draftPolicy(ctx context.Context, op string, person catalog.PersonID) (*policy.Policy, error) {
	var d Revision
	var found bool
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		d, found, err = draftOf(tx, person)
		return err
	}); err != nil {
		return nil, err
	}
	if !found {
		return nil, noDraft(op)
	}
	p, problems, err := s.Compile(ctx, d.Spec)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fault.New(fault.Invalid, op, "Your draft has problems: "+problemLines(problems), "Mend them first.")
	}
	s.learnMembers(ctx, p)
	return p, nil
}

func noDraft(op string) error {
	return fault.New(fault.Conflict, op, "You have no draft.", "Change something first.")
}

// ruleViews lists the rules of a policy with what they match today; without a policy, what
// is known of them from the spec.
func (s *Service) ruleViews(p *policy.Policy, spec policy.Spec) []RuleView {
	out := make([]RuleView, len(spec.Rules))
	for i, r := range spec.Rules {
		out[i] = RuleView{RuleSummary: policy.RuleSummary{Name: r.Name, Deny: r.Deny}, Off: r.Off}
	}
	if p == nil {
		return out
	}
	for i, r := range p.Rules() {
		out[i].RuleSummary = r
	}
	if c := s.Catalog(); c != nil {
		for i, reach := range p.Reaches(c, s.Directory.Snapshot()) {
			out[i].RuleReach = reach
		}
	}
	return out
}
