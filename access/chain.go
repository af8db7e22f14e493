package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"stint/access/fault"
	"stint/access/identity"
)

const (
	chainEvery = time.Second
	chainBatch = 1000
)

// chain links new audit events by hash, in order, within a second. It is done by the one
// process that leads and not in the transactions themselves, so that the head of the
// chain is no row that every transaction waits for.
func (s *Service) chain(ctx context.Context) {
	for {
		for {
			n, err := s.chainOnce(ctx)
			if err != nil && ctx.Err() == nil {
				s.Log.Error().Err(err).Msg("audit events could not be chained")
			}
			if err != nil || n < chainBatch {
				break
			}
		}
		reached, stop := s.time.At(s.Now().Add(chainEvery))
		select {
		case <-ctx.Done():
			stop()
			_, _ = s.chainOnce(context.WithoutCancel(ctx)) // the rest; what is left is chained at the next start
			return
		case <-reached:
		}
		stop()
	}
}

// chainOnce chains at most one batch and returns how many events that were.
func (s *Service) chainOnce(ctx context.Context) (int, error) {
	var events []AuditEvent
	pending := false
	err := s.Store.View(ctx, func(tx Tx) error {
		head, _, err := tx.ChainHead()
		if err != nil {
			return err
		}
		next, err := tx.Audit(head, 1)
		pending = len(next) > 0
		return err
	})
	if err != nil || !pending {
		return 0, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := s.leads(tx); err != nil {
			return err
		}
		head, prev, err := tx.ChainHead()
		if err != nil {
			return err
		}
		if events, err = tx.Audit(head, chainBatch); err != nil {
			return err
		}
		for i := range events {
			events[i].Prev = prev
			if events[i].Hash, err = hashEvent(events[i]); err != nil {
				return err
			}
			prev = events[i].Hash
		}
		return tx.PutChained(events)
	})
	return len(events), err
}

// hashEvent is the SHA-256 of the event as JSON without its hash.
func hashEvent(e AuditEvent) (string, error) {
	e.Hash = ""
	line, err := json.Marshal(e)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "access.hashEvent", "", "")
	}
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:]), nil
}

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
	Pins    map[identity.SlackUserID]identity.Pin
}

// Replay applies events in order and verifies them: no line may be changed, missing or
// inserted, and every change must be one that the tables of transitions allow. The last
// lines may be unchained.
func Replay(events []AuditEvent) (Replayed, error) {
	r := Replayed{
		Requests: map[RequestID]Request{}, Grants: map[GrantID]Grant{},
		Assignments: map[Key]Assignment{}, Revisions: map[RevisionID]Revision{},
		Orders: map[string]EndOrder{}, Pins: map[identity.SlackUserID]identity.Pin{},
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
