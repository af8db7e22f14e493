package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"stint/access/identity"
	"stint/access/policy"
)

// shownEnds and shownTouched bound what is listed of what a policy would do.
const (
	shownEnds    = 20
	shownTouched = 20
)

// outlook is what a policy would do if it came into force now.
type outlook struct {
	impact  policy.Impact
	ends    []GrantView // at most shownEnds
	hits    int         // grants that it would end
	live    int         // of these, the live ones
	touched []TouchedRequest
	touches int
}

// outlook compares a policy with the one in force, which may be none.
func (s *Service) outlook(ctx context.Context, p *policy.Policy) (outlook, error) {
	now := s.world.Load()
	if now.catalog == nil {
		_, err := s.ready()
		return outlook{}, err
	}
	then := &world{catalog: now.catalog, policy: p}
	o := outlook{impact: policy.Compare(now.policy, p, now.catalog, s.Directory.Snapshot(), s.Now())}
	hits, live, err := s.hits(ctx, then)
	if err != nil {
		return o, err
	}
	o.hits, o.live = len(hits), live
	err = s.Store.View(ctx, func(tx Tx) error {
		for _, id := range hits[:min(len(hits), shownEnds)] {
			g, err := tx.Grant(id)
			if err != nil {
				return err
			}
			v, err := s.grantView(tx, g)
			if err != nil {
				return err
			}
			o.ends = append(o.ends, v)
		}
		pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}})
		if err != nil {
			return err
		}
		for _, r := range pending {
			what := s.touch(now, then, r)
			if what == "" {
				continue
			}
			if o.touches++; len(o.touched) == shownTouched {
				continue
			}
			v, err := s.requestView(tx, r)
			if err != nil {
				return err
			}
			o.touched = append(o.touched, TouchedRequest{Request: v, What: what})
		}
		return nil
	})
	return o, err
}

// touch says what another policy would do to a pending request; "" for nothing new.
func (s *Service) touch(now, then *world, r Request) string {
	facts := s.Directory.Snapshot()
	for _, e := range r.Entitlements {
		var before policy.Terms
		if now.policy != nil {
			d, err := s.decide(now, r.asks(e))
			if err != nil {
				continue // it will be withdrawn anyway
			}
			before = d.Terms
		}
		d, err := s.decide(then, r.asks(e))
		switch {
		case d.Outcome == policy.Denied:
			return fmt.Sprintf("would be withdrawn: rule “%s” forbids it", d.Rule)
		case err != nil:
			return "would be withdrawn: no rule allows it"
		case r.Terms.Automatic && !d.Terms.Automatic:
			return "would be withdrawn: it would need an approval"
		}
		steps := slices.Concat(r.Terms.Steps, before.Steps)
		if more := newSteps(d.Terms.Steps, steps); len(more) > 0 {
			return "would also need " + strings.Join(more, " and ")
		}
		if then.policy.Feasible(facts, d.Terms, r.Asker.Person, r.Receiver.Person) != nil &&
			(now.policy == nil || now.policy.Feasible(facts, before, r.Asker.Person, r.Receiver.Person) == nil) {
			return "could no longer be approved: too few people could decide it"
		}
		if most := d.Terms.MaxDuration; r.Duration > most && (before.MaxDuration == 0 || most < before.MaxDuration) {
			return "would be shortened to " + spell(most)
		}
	}
	return ""
}

// newSteps are those that none of the others asks for.
func newSteps(steps, others []policy.Step) []string {
	var out []string
	for _, s := range steps {
		if !slices.ContainsFunc(others, func(o policy.Step) bool { return o.Count >= s.Count && slices.Equal(o.From, s.From) }) {
			out = append(out, fmt.Sprintf("%d of %s", s.Count, strings.Join(s.From, " or ")))
		}
	}
	return out
}

// ReviewDraft says what applying the draft would do.
func (s *Service) ReviewDraft(ctx context.Context, user identity.SlackUserID) (DraftReview, error) {
	const op = "access.ReviewDraft"
	who, err := s.editor(ctx, op, user)
	if err != nil {
		return DraftReview{}, err
	}
	var d, now Revision
	err = s.Store.View(ctx, func(tx Tx) error {
		var found bool
		if d, found, err = draftOf(tx, who.Person); err != nil {
			return err
		}
		if !found {
			return noDraft(op)
		}
		now, _, err = inForce(tx)
		return err
	})
	if err != nil {
		return DraftReview{}, err
	}
	return s.reviewDraft(ctx, who, d, now)
}

func (s *Service) reviewDraft(ctx context.Context, who Actor, d, now Revision) (v DraftReview, err error) {
	var p *policy.Policy
	if v.Draft, p, err = s.draftView(ctx, d); err != nil {
		return v, err
	}
	v.Changes = policy.Diff(now.Spec, d.Spec)
	v.NeedsSecond = now.Spec.Settings.SecondAdmin
	v.Alone = v.NeedsSecond && len(s.otherAdmins(ctx, who.Person)) == 0
	for _, problem := range v.Draft.Problems {
		if problem.Warning {
			v.Warnings = append(v.Warnings, problem)
		}
	}
	if p == nil {
		return v, nil
	}
	s.learnMembers(ctx, p)
	v.Warnings = append(v.Warnings, p.Unmeetable(s.Directory.Snapshot())...)
	admins := s.adminsAfter(ctx, p)
	v.LosesAdmins = !slices.Contains(admins, who.Person)
	o, err := s.outlook(ctx, p)
	if err != nil {
		return v, err
	}
	v.Impact, v.Ends, v.EndsTotal, v.EndsLive, v.Touched, v.TouchedTotal = o.impact, o.ends, o.hits, o.live, o.touched, o.touches
	return v, nil
}
