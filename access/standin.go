package access

import (
	"context"
	"slices"

	"stint/access/catalog"
	"stint/access/policy"
)

// lenders are the approvers for whom somebody may stand in now, each with at most one
// delegation to them.
func (s *Service) lenders(ctx context.Context, actor Actor) (out []Actor, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		out, err = lendersOf(tx, actor, s)
		return err
	})
	return out, err
}

func lendersOf(tx Tx, actor Actor, s *Service) ([]Actor, error) {
	all, err := readDelegations(tx)
	if err != nil {
		return nil, err
	}
	var out []Actor
	for _, d := range all {
		if d.To.Person == actor.Person && d.inForce(s.Now()) {
			out = append(out, d.By)
		}
	}
	return out, nil
}

// standsFor is whose vote a verdict of the actor would be: their own where they may vote
// themself, else that of an approver who let them stand in, who may vote, neither asks nor
// receives and has not voted. Nobody (an Actor without Person) when they may not vote at all.
// Delegations are read in the transaction: one that ended since the press lends nothing.
func (s *Service) standsFor(b *book, v voters, r Request, today []policy.Terms, actor Actor) (Actor, error) {
	p, sets := v.world.policy, setsOf(append(today, r.terms())...)
	if p.MayVote(v.facts, sets, actor.Person) == policy.True {
		return actor, nil
	}
	lenders, err := lendersOf(b, actor, s)
	if err != nil || p.MayVote(v.facts, everySet(p), actor.Person) != policy.True {
		return Actor{}, err
	}
	var found Actor
	for _, a := range lenders {
		if !slices.Contains(v.lenders, a) {
			return Actor{}, errWorldChanged // nobody read whether they are still there
		}
		_, gone := v.refused[a.Person]
		if gone || a.Person == r.Asker.Person || a.Person == r.Receiver.Person || r.votedAs(a.Person) || p.MayVote(v.facts, sets, a.Person) != policy.True {
			continue
		}
		if helps(p, v.facts, r, today, votes(r, v.refused), a.Person) {
			return a, nil
		}
		if found.Person == "" {
			found = a
		}
	}
	return found, nil
}

// votedAs reports whether somebody voted, themself or by who stood in for them.
func (r Request) votedAs(person catalog.PersonID) bool {
	return slices.ContainsFunc(r.Reviews, func(v Review) bool { return v.By.Person == person || v.For.Person == person })
}

// canDecide are those whose approval would bring the request further now, and who may stand
// in for one of them.
func (s *Service) canDecide(tx Tx, p *policy.Policy, f policy.Facts, r Request) ([]Human, error) {
	people := s.helpful(p, f, r)
	out := s.humans(people)
	all, err := readDelegations(tx)
	if err != nil || len(all) == 0 {
		return out, err
	}
	today, _, _ := s.termsToday(s.world.Load(), r)
	sets := setsOf(append(today, r.terms())...)
	for _, d := range all {
		to := d.To.Person
		switch {
		case !d.inForce(s.Now()), !slices.Contains(people, d.By.Person), r.votedAs(d.By.Person):
		case to == r.Asker.Person, to == r.Receiver.Person, r.votedAs(to):
		case slices.ContainsFunc(out, func(h Human) bool { return h.Person == to }):
		case p.MayVote(f, sets, to) == policy.True: // votes as themself, or not at all
		case p.MayVote(f, everySet(p), to) != policy.True:
		default:
			h := s.human(to)
			h.For = s.human(d.By.Person).Name
			out = append(out, h)
		}
	}
	return out, nil
}
