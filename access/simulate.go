package access

import (
	"context"
	"time"

	"stint/access/identity"
	"stint/access/policy"
)

const (
	simulatedSpan    = 90 * 24 * time.Hour
	simulatedMost    = 20_000 // requests, newest first
	shownDifferences = 50
)

// Simulate decides the requests of the last 90 days by the admin's draft.
func (s *Service) Simulate(ctx context.Context, user identity.SlackUserID) (SimulationView, error) {
	const op = "access.Simulate"
	who, err := s.editor(ctx, op, user)
	if err != nil {
		return SimulationView{}, err
	}
	p, err := s.draftPolicy(ctx, op, who.Person)
	if err != nil {
		return SimulationView{}, err
	}
	w := s.world.Load()
	if w.catalog == nil {
		_, err := s.ready()
		return SimulationView{}, err
	}
	facts, now := s.Directory.Snapshot(), s.Now()
	v := SimulationView{Since: now.Add(-simulatedSpan), Impact: policy.Compare(w.policy, p, w.catalog, facts, now)}
	requests, err := s.requestsSince(ctx, v.Since)
	if err != nil {
		return v, err
	}
	v.Requests = len(requests)
	if len(requests) == simulatedMost {
		v.Since = requests[len(requests)-1].SubmittedAt
	}
	if w.policy == nil {
		return v, nil // nothing was decided by anything yet
	}
	trials, of := trialsOf(requests)
	differences := policy.Simulate(w.policy, p, w.catalog, facts, trials)
	v.Left = max(0, len(differences)-shownDifferences)
	err = s.Store.View(ctx, func(tx Tx) error {
		for _, d := range differences[:len(differences)-v.Left] {
			rv, err := s.requestView(tx, requests[of[d.Index]])
			if err != nil {
				return err
			}
			v.Differences = append(v.Differences, SimulatedRequest{Request: rv, What: d.What, Harder: d.Harder})
		}
		return nil
	})
	return v, err
}

// requestsSince lists requests of any state, newest first.
func (s *Service) requestsSince(ctx context.Context, since time.Time) (out []Request, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		out, err = tx.Requests(RequestFilter{Limit: simulatedMost})
		return err
	})
	for i, r := range out {
		if r.SubmittedAt.Before(since) {
			return out[:i], err
		}
	}
	return out, err
}

// trialsOf asks once more what was asked; of says which request a trial is of.
func trialsOf(requests []Request) (trials []policy.Trial, of []int) {
	for i, r := range requests {
		for _, e := range r.Entitlements {
			of = append(of, i)
			trials = append(trials, policy.Trial{
				Query: policy.Query{
					Asker: r.Asker.Person, Receiver: r.Receiver.Person, Account: e.Account, Role: e.Role, Group: e.Group,
					At: r.SubmittedAt, Emergency: r.Terms.Emergency, Ticket: r.Ticket, AnyAge: true,
				},
				Duration: r.Duration, Reason: r.Reason,
			})
		}
	}
	return trials, of
}
