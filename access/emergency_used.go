package access

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// Emergencies is how many of a rule's emergencies were used in the last 24 hours by who asks
// or receives. One form is one use.
type Emergencies struct {
	Used, PerDay int
	// Next is when another one is possible after this one; after none more, when this one is.
	Next time.Time
	by   string // whose they are, where one person asks for another
}

// All reports whether none is left.
func (e *Emergencies) All() bool { return e.Used >= e.PerDay }

// refuse says that none is left; nil when one is, and where there is no limit.
func (e *Emergencies) refuse(t policy.Terms) error {
	if e == nil || !e.All() {
		return nil
	}
	by := ""
	if e.by != "" {
		by = " by " + e.by
	}
	return fault.Newf(fault.Conflict, "access.spareEmergency", fmt.Sprintf("Ask for it without the emergency, so that somebody approves it, or call an admin of Stint. The next emergency is possible %s.", moment(e.Next)),
		"The rule “%s” allows %s a person in 24 hours, and all are used%s.", t.Rule, counted(t.PerDay, "emergency"), by).In("emergency")
}

// emergenciesUsed is what a form about these terms would find used; nil without a limit.
func (s *Service) emergenciesUsed(ctx context.Context, t policy.Terms, asker, receiver catalog.PersonID) (e *Emergencies, err error) {
	if !t.Emergency || t.PerDay == 0 {
		return nil, nil
	}
	r := Request{Terms: t, Asker: s.human(asker).actor(), Receiver: s.human(receiver).actor()}
	err = s.Store.View(ctx, func(tx Tx) error {
		e, err = usedEmergencies(tx, s.Now(), r, Approved, Pending)
		return err
	})
	return e, err
}

// usedEmergencies counts, among requests in some states, the uses of the rule of a request by
// who asks and receives it; nil without a limit. The requests of its own form are not among them.
func usedEmergencies(tx Tx, now time.Time, r Request, states ...RequestState) (*Emergencies, error) {
	if !r.Terms.Emergency || r.Terms.PerDay == 0 {
		return nil, nil
	}
	used := map[RequestID]time.Time{}
	for _, person := range []Actor{r.Asker, r.Receiver} {
		if err := emergenciesOf(tx, now, r, person, states, used); err != nil {
			return nil, err
		}
	}
	delete(used, r.FormID())
	e := &Emergencies{Used: len(used), PerDay: r.Terms.PerDay}
	if r.Receiver.Person != r.Asker.Person {
		e.by = r.Asker.Name + " or " + r.Receiver.Name
	}
	times := slices.SortedFunc(maps.Values(used), time.Time.Compare)
	if !e.All() {
		times = append(times, now)
	}
	if n := len(times) - e.PerDay; n >= 0 {
		e.Next = times[n].Add(emergencyDay)
	}
	return e, nil
}

// emergenciesOf notes the forms with which a person used the rule's emergency in the last 24
// hours, and when.
func emergenciesOf(tx Tx, now time.Time, of Request, person Actor, states []RequestState, used map[RequestID]time.Time) error {
	since := now.Add(-emergencyDay)
	for limit := 50; ; limit *= 4 {
		list, err := tx.Requests(RequestFilter{States: states, Person: person.Person, Limit: limit})
		if err != nil {
			return err
		}
		for _, r := range list {
			at := r.SubmittedAt
			if !r.DecidedAt.IsZero() {
				at = r.DecidedAt
			}
			mine := r.Asker.Person == of.Asker.Person || r.Receiver.Person == of.Receiver.Person
			if mine && r.Terms.Emergency && r.Terms.Rule == of.Terms.Rule && at.After(since) {
				used[r.FormID()] = at
			}
		}
		// A pause may hold one for as long as it may wait, before it is granted.
		if len(list) < limit || list[len(list)-1].SubmittedAt.Before(since.Add(-of.Terms.RequestTTL)) {
			return nil
		}
	}
}
