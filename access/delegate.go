package access

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
	"stint/access/policy"
)

const (
	blobDelegations = "delegations"
	maxDelegation   = 30 * 24 * time.Hour
	minDelegation   = 5 * time.Minute
	maxDelegations  = 5   // that one person has given and that are in force
	allDelegations  = 500 // of everybody
	maxNote         = 300
)

// Delegation lets somebody stand in for an approver until a date: what they decide counts as
// the approver's. It gives nothing that the approver does not have, and is not passed on.
type Delegation struct {
	ID      string    `json:"id"`
	By      Actor     `json:"by"` // the approver
	To      Actor     `json:"to"` // stands in
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"`
	Note    string    `json:"note,omitempty"`
	EndedAt time.Time `json:"ended_at,omitzero"` // before Until
	EndedBy Actor     `json:"ended_by,omitzero"`
}

func (d Delegation) inForce(now time.Time) bool { return d.EndedAt.IsZero() && now.Before(d.Until) }

// DelegationInput is a filled form.
type DelegationInput struct {
	To    identity.SlackUserID
	Until time.Time
	Note  string
}

// DelegationsView is what one person sees of delegations.
type DelegationsView struct {
	Human  Human
	Admin  bool
	Mine   []Delegation // by or to this person, in force, soonest end first
	Others []Delegation // for admins: everybody else's
	// Decides reports whether this person decides anything, so that somebody could stand in.
	Decides bool
}

// readDelegations are the stored delegations: those in force, and some that are just over.
func readDelegations(tx Tx) ([]Delegation, error) {
	raw, err := tx.Blob(blobDelegations)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	var all []Delegation
	err = json.Unmarshal(raw, &all)
	return all, fault.Wrap(err, fault.Internal, "access.readDelegations", "The stored delegations cannot be read.", "Check the store with `stint check`.")
}

// putDelegations stores them all.
func (b *book) putDelegations(all []Delegation) error {
	raw, err := json.Marshal(all)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "access.putDelegations", "", "")
	}
	return b.PutBlob(blobDelegations, raw)
}

// pruneDelegations takes out what is over, with an audit line each.
func (b *book) pruneDelegations() ([]Delegation, error) {
	all, err := readDelegations(b)
	if err != nil {
		return nil, err
	}
	var kept []Delegation
	for _, d := range all {
		if d.inForce(b.now) {
			kept = append(kept, d)
			continue
		}
		if err := b.audit("delegation.over", System, "delegation/"+d.ID, nil, ""); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// Delegate lets somebody stand in for an approver until a date. Both are told.
//
// Errors: Invalid with Field set, Forbidden when the approver decides nothing or the other is
// in no people set of the policy, Unavailable.
func (s *Service) Delegate(ctx context.Context, user identity.SlackUserID, in DelegationInput) (Delegation, error) {
	const op = "access.Delegate"
	w, err := s.ready()
	if err != nil {
		return Delegation{}, err
	}
	who, err := s.Directory.Resolve(ctx, user, sensitiveAge)
	if err != nil {
		return Delegation{}, err
	}
	by := Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}
	if in.To == "" || in.To == user {
		return Delegation{}, fault.New(fault.Invalid, op, "Choose somebody else to stand in for you.", "").In("to")
	}
	to, err := s.standIn(ctx, in.To)
	if err != nil {
		return Delegation{}, err
	}
	in.Note = strings.TrimSpace(in.Note)
	switch now := s.Now(); {
	case in.Until.Before(now.Add(minDelegation)):
		return Delegation{}, fault.New(fault.Invalid, op, "Choose a later end.", "It would end at once.").In("until")
	case in.Until.After(now.Add(maxDelegation)):
		return Delegation{}, fault.New(fault.Invalid, op, "Choose an earlier end; it can be given again then.", "Somebody can stand in for 30 days at most.").In("until")
	case utf8.RuneCountInString(in.Note) > maxNote || !utf8.ValidString(in.Note):
		return Delegation{}, fault.Newf(fault.Invalid, op, "Shorten it.", "The note may have %d characters.", maxNote).In("note")
	}
	if err := s.Directory.Refresh(ctx, w.policy.Sources(), sensitiveAge); err != nil {
		return Delegation{}, err
	}
	facts := s.Directory.Snapshot()
	switch {
	case !decidesAnywhere(w.policy, facts, by.Person):
		return Delegation{}, fault.New(fault.Forbidden, op, "You decide no requests, so nobody needs to stand in for you.", "")
	case w.policy.MayVote(facts, everySet(w.policy), to.Person) != policy.True:
		return Delegation{}, fault.Newf(fault.Forbidden, op, "Choose somebody of one of them.", "%s is in none of the policy's sets of people.", to.Name).In("to")
	}
	d := Delegation{By: by, To: to, Until: in.Until.UTC(), Note: in.Note}
	err = s.update(ctx, func(b *book) error {
		all, err := b.pruneDelegations()
		if err != nil {
			return err
		}
		given := 0
		for i, old := range slices.Backward(all) {
			switch {
			case old.By.Person != by.Person:
			case old.To.Person == to.Person: // given anew: the new one is in force
				all = slices.Delete(all, i, i+1)
				old.EndedAt, old.EndedBy = b.now, by
				if err := b.audit("delegation.ended", by, "delegation/"+old.ID, old, "given anew"); err != nil {
					return err
				}
			default:
				given++
			}
		}
		if given >= maxDelegations || len(all) >= allDelegations {
			return fault.Newf(fault.Conflict, op, "End one of them first.", "%d people stand in for you already.", given)
		}
		d.ID, d.At = b.ids.next(b.now), b.now
		if err := b.putDelegations(append(all, d)); err != nil {
			return err
		}
		if err := b.audit("delegation.begun", by, "delegation/"+d.ID, d, d.Note); err != nil {
			return err
		}
		return b.tellDelegation(d, EventDelegated, by)
	})
	return d, err
}

// standIn is the person who is to stand in.
func (s *Service) standIn(ctx context.Context, user identity.SlackUserID) (Actor, error) {
	who, err := s.Directory.Resolve(ctx, user, formAge)
	if err == nil {
		return Actor{Person: who.Person, Slack: who.Slack, Name: who.Name}, nil
	}
	if fault.Is(err, fault.Forbidden) { // what it says is addressed to them
		return Actor{}, &fault.Error{
			Code: fault.Forbidden, Op: "access.standIn", Message: "Stint cannot tell who that person is in IAM Identity Center.",
			Hint: "They find the reason when they run /aws-access themselves.", Field: "to", Err: err,
		}
	}
	return Actor{}, err
}

// EndDelegation ends a delegation before its time: who gave it, who has it, and admins can.
// NotFound when it is over already.
func (s *Service) EndDelegation(ctx context.Context, user identity.SlackUserID, id string) error {
	const op = "access.EndDelegation"
	actor, err := s.actor(ctx, user) // it only takes away: the stored pin is enough
	if err != nil {
		return err
	}
	admin := s.admin(actor.Person)
	return s.update(ctx, func(b *book) error {
		all, err := b.pruneDelegations()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(d Delegation) bool { return d.ID == id })
		if i < 0 {
			return fault.New(fault.NotFound, op, "This is over already.", "")
		}
		d := all[i]
		if d.By.Person != actor.Person && d.To.Person != actor.Person && !admin {
			return fault.New(fault.Forbidden, op, "Only the two of them and the admins of Stint can end it.", "")
		}
		d.EndedAt, d.EndedBy = b.now, actor
		if err := b.putDelegations(slices.Delete(all, i, i+1)); err != nil {
			return err
		}
		if err := b.audit("delegation.ended", actor, "delegation/"+d.ID, d, ""); err != nil {
			return err
		}
		return b.tellDelegation(d, EventDelegationOver, actor)
	})
}

// tellDelegation tells both sides, and refreshes what they see.
func (b *book) tellDelegation(d Delegation, e Event, by Actor) error {
	for _, to := range []Actor{d.By, d.To} {
		n := Notice{Kind: NoticeTell, Key: "delegation/" + d.ID, To: to.Slack, Event: e, By: by, Delegation: &d}
		if err := b.notify(n); err != nil {
			return err
		}
	}
	return b.home(d.By, d.To)
}

// Delegations are those that concern one person; for admins all.
func (s *Service) Delegations(ctx context.Context, user identity.SlackUserID) (DelegationsView, error) {
	who, err := s.Who(ctx, user)
	if err != nil {
		return DelegationsView{}, err
	}
	v := DelegationsView{Human: Human{Person: who.Person, Slack: who.Slack, Name: who.Name}, Admin: s.admin(who.Person)}
	v.Decides = s.decidesAnywhere(who.Person)
	err = s.Store.View(ctx, func(tx Tx) error {
		all, err := readDelegations(tx)
		for _, d := range all {
			switch {
			case !d.inForce(s.Now()):
			case d.By.Person == who.Person || d.To.Person == who.Person:
				v.Mine = append(v.Mine, d)
			case v.Admin:
				v.Others = append(v.Others, d)
			}
		}
		return err
	})
	for _, list := range [][]Delegation{v.Mine, v.Others} {
		slices.SortStableFunc(list, func(a, b Delegation) int { return a.Until.Compare(b.Until) })
	}
	return v, err
}

// decidesAnywhere says it of the policy in force; without one, nobody does.
func (s *Service) decidesAnywhere(person catalog.PersonID) bool {
	p := s.Policy()
	return p != nil && decidesAnywhere(p, s.Directory.Snapshot(), person)
}

// decidesAnywhere reports whether the person is in a set that approves, or that something
// escalates to.
func decidesAnywhere(p *policy.Policy, facts policy.Facts, person catalog.PersonID) bool {
	if len(approvesIn(p, facts, person)) > 0 {
		return true
	}
	for _, r := range p.Spec().Rules {
		if r.Escalate != nil && p.MayVote(facts, r.Escalate.To, person) == policy.True {
			return true
		}
	}
	return false
}

// everySet are the names of the policy's people sets.
func everySet(p *policy.Policy) []string {
	var out []string
	for set := range p.Spec().People {
		out = append(out, set)
	}
	return out
}
