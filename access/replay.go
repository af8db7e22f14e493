package access

import (
	"encoding/json"
	"fmt"
	"strings"

	"stint/access/fault"
	"stint/access/identity"
)

// Replayed is the state that an audit log leads to.
type Replayed struct {
	Requests    map[RequestID]Request
	Grants      map[GrantID]Grant
	Assignments map[Key]Assignment
	Revisions   map[RevisionID]Revision // from their proposal or coming into force on

	inForce RevisionID
	number  uint64 // of the newest that came into force
	Pause   *Pause
	Orders  map[string]EndOrder
	// Delegations are those that nobody ended; of some the time may be over.
	Delegations map[string]Delegation
	Pins        map[identity.SlackUserID]identity.Pin
}

// Replay applies events in order and verifies them: no line may be changed, missing or
// inserted, and every change must be one that the tables of transitions allow. The last
// lines may be unchained.
func Replay(events []AuditEvent) (Replayed, error) {
	r := Replayed{
		Requests: map[RequestID]Request{}, Grants: map[GrantID]Grant{},
		Assignments: map[Key]Assignment{}, Revisions: map[RevisionID]Revision{},
		Orders: map[string]EndOrder{}, Delegations: map[string]Delegation{}, Pins: map[identity.SlackUserID]identity.Pin{},
	}
	prev := ""
	unchained := false
	for i, e := range events {
		if e.Seq != uint64(i)+1 {
			return r, broken(e, fmt.Sprintf("a line is missing before it: expected %d", i+1))
		}
		switch {
		case e.Hash == "":
			unchained = true
		case unchained:
			return r, broken(e, "it is chained, the line before is not")
		default:
			hash, err := hashEvent(e)
			if err != nil {
				return r, err
			}
			if e.Prev != prev {
				return r, broken(e, "it does not follow the line before")
			}
			if e.Hash != hash {
				return r, broken(e, "it was changed after it was written")
			}
			prev = hash
		}
		if err := r.apply(e); err != nil {
			return r, err
		}
	}
	return r, nil
}

func broken(e AuditEvent, why string) error {
	return fault.Newf(fault.Conflict, "access.Replay", "Compare with a copy of the log that was kept elsewhere.", "audit line %d (%s): %s", e.Seq, e.Action, why)
}

func (r *Replayed) apply(e AuditEvent) error {
	kind, id, _ := strings.Cut(e.Record, "/")
	var err error
	switch kind {
	case "request":
		var to Request
		if err = json.Unmarshal(e.After, &to); err == nil {
			from := r.Requests[to.ID]
			if err = follows(from.Version, to.Version); err == nil {
				err = checkTransition(requestTransitions, e.Record, from.State, to.State)
			}
			r.Requests[to.ID] = to
		}
	case "grant":
		var to Grant
		if err = json.Unmarshal(e.After, &to); err == nil {
			from := r.Grants[to.ID]
			if err = follows(from.Version, to.Version); err == nil {
				err = checkTransition(grantTransitions, e.Record, from.State, to.State)
			}
			r.Grants[to.ID] = to
		}
	case "assignment":
		var to Assignment
		if err = json.Unmarshal(e.After, &to); err == nil {
			from, known := r.Assignments[to.Key]
			if !known {
				from.State = Absent
			}
			if err = follows(from.Version, to.Version); err == nil {
				err = checkTransition(assignmentTransitions, e.Record, from.State, to.State)
			}
			r.Assignments[to.Key] = to
		}
	case "revision":
		var to Revision
		if err = json.Unmarshal(e.After, &to); err == nil {
			err = r.revise(e.Record, to)
		}
	case "pause":
		r.Pause, err = replayed[Pause](e)
	case "end_order":
		var to *EndOrder
		if to, err = replayed[EndOrder](e); err == nil && to != nil {
			if from := r.Orders[to.ID]; to.Ended < from.Ended || !from.DoneAt.IsZero() {
				err = fmt.Errorf("a mass end goes back")
			}
			r.Orders[to.ID] = *to
		}
	case "delegation":
		var to *Delegation
		if to, err = replayed[Delegation](e); err == nil && to != nil && to.EndedAt.IsZero() {
			r.Delegations[id] = *to
		} else {
			delete(r.Delegations, id)
		}
	case "pin":
		var to *identity.Pin
		if to, err = replayed[identity.Pin](e); err == nil && to != nil {
			r.Pins[to.Slack] = *to
		} else {
			delete(r.Pins, identity.SlackUserID(id))
		}
	}
	if err != nil {
		return broken(e, err.Error())
	}
	return nil
}

// revise follows a revision. Its first line is its proposal or its coming into force: how
// often its author edited it before is not in the log.
func (r *Replayed) revise(record string, to Revision) error {
	from, known := r.Revisions[to.ID]
	if !known {
		from = Revision{State: Editing, Version: to.Version - 1}
		if to.State != Proposed && to.State != InForce {
			return fmt.Errorf("it begins as %s", to.State)
		}
	}
	if err := follows(from.Version, to.Version); err != nil {
		return err
	}
	if err := checkTransition(revisionTransitions, record, from.State, to.State); err != nil {
		return err
	}
	switch {
	case to.State == InForce && (r.inForce != "" || to.Number != r.number+1):
		return fmt.Errorf("it is number %d, after number %d", to.Number, r.number)
	case to.State == InForce:
		r.inForce, r.number = to.ID, to.Number
	case from.State == InForce:
		r.inForce = ""
	}
	r.Revisions[to.ID] = to
	return nil
}

// replayed is the record after an event; nil when the event took it away.
func replayed[R any](e AuditEvent) (*R, error) {
	if len(e.After) == 0 {
		return nil, nil //nolint:nilnil // no record is what it means
	}
	to := new(R)
	return to, json.Unmarshal(e.After, to)
}

func follows(from, to uint64) error {
	if to != from+1 {
		return fmt.Errorf("version %d does not follow %d", to, from)
	}
	return nil
}
