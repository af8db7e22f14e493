package access

import (
	"context"
	"slices"

	"stint/access/identity"
)

const (
	recentGrants = 5
	// maxHomeContested is how many contested grants an admin's Home shows.
	maxHomeContested = 3
	// endedLately is among how many ended grants those are sought that AWS still holds.
	endedLately = 100
)

// Home is what the Home tab shows to one person.
func (s *Service) Home(ctx context.Context, user identity.SlackUserID) (HomeView, error) {
	who, err := s.Who(ctx, user)
	if err != nil {
		return HomeView{}, err
	}
	h := HomeView{Human: Human{Person: who.Person, Slack: who.Slack, Name: who.Name}, Admin: s.admin(who.Person)}
	h.Approver = h.Admin || s.decidesAnywhere(who.Person)
	err = s.Store.View(ctx, func(tx Tx) error {
		if err := s.homeGrants(tx, &h); err != nil {
			return err
		}
		if err := s.homeContested(tx, &h); err != nil {
			return err
		}
		if h.Favourites, err = s.favourites(tx, who.Person); err != nil {
			return err
		}
		if h.Debriefs, err = s.openDebriefs(tx, who.Person); err != nil {
			return err
		}
		pending, err := tx.Requests(RequestFilter{States: []RequestState{Pending}})
		if err != nil {
			return err
		}
		slices.Reverse(pending) // oldest first
		for _, r := range pending {
			mine := r.Asker.Person == who.Person || r.Receiver.Person == who.Person
			if !mine && r.CheckedAt.IsZero() {
				continue
			}
			v, err := s.requestView(tx, r)
			if err != nil {
				return err
			}
			if mine {
				h.Pending = append(h.Pending, v)
			} else if slices.ContainsFunc(v.Approvers, func(a Human) bool { return a.Person == who.Person }) {
				h.Waiting = append(h.Waiting, v)
			}
		}
		all, err := readDelegations(tx)
		for _, d := range all {
			if d.inForce(s.Now()) && (d.By.Person == who.Person || d.To.Person == who.Person) {
				h.Delegations = append(h.Delegations, d)
			}
		}
		return err
	})
	return h, err
}

// homeGrants are all that the person holds, and what ended lately.
func (s *Service) homeGrants(tx Tx, h *HomeView) error {
	held, err := tx.Grants(GrantFilter{States: []GrantState{Scheduled, Live}, Person: h.Human.Person})
	if err != nil {
		return err
	}
	ended, err := tx.Grants(GrantFilter{States: []GrantState{Ended}, Person: h.Human.Person, Limit: endedLately})
	if err != nil {
		return err
	}
	for _, g := range slices.Concat(held, ended) {
		v, err := s.grantView(tx, g)
		if err != nil {
			return err
		}
		switch {
		case v.Phase != PhaseEnded:
			h.Active = append(h.Active, v)
		case len(h.Recent) < recentGrants:
			h.Recent = append(h.Recent, v)
		}
	}
	return nil
}
