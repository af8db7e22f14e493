package access

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
)

// Queue is a Connector that tells how much work for AWS waits. Optional.
type Queue interface {
	Backlog() Backlog
	// Wait estimates how long an operation that is asked for now waits for its turn.
	Wait(p Priority, account catalog.AccountID) time.Duration
}

// Backlog is the work for AWS that waits.
type Backlog struct {
	// Running of Slots operations are in flight; Slots are fewer than configured while
	// other tools use them.
	Running int `json:"running"`
	Slots   int `json:"slots"`
	// How many wait for a slot or for their account, and since when the oldest does (zero:
	// nobody).
	Revokes     int       `json:"revokes,omitempty"`
	Emergencies int       `json:"emergencies,omitempty"`
	Grants      int       `json:"grants,omitempty"`
	Others      int       `json:"others,omitempty"`
	Oldest      time.Time `json:"oldest,omitzero"`
	// Each is how long an operation takes lately, and Drain when all that waits will have
	// ended at that pace: an estimate.
	Each  time.Duration `json:"each"`
	Drain time.Duration `json:"drain,omitempty"`
	// Pace is the part of AWS's quota for assignments that is used, 1 being all of ours;
	// less while AWS refuses because others use it. CallsWaiting wait for it.
	Pace         float64 `json:"pace"`
	CallsWaiting int     `json:"calls_waiting,omitempty"`
}

// Waiting is how many wait in all.
func (b Backlog) Waiting() int { return b.Revokes + b.Emergencies + b.Grants + b.Others }

const (
	metaQueue = "queue" // what the replica that leads tells the others of it
	// queueEvery is how often it does while something waits, and queueAge how long that counts.
	queueEvery = 5 * time.Second
	queueAge   = 20 * time.Second
	// aMoment is the wait that nobody needs to be told of: an operation takes as long.
	aMoment = 20 * time.Second
)

// publishedQueue is what the others know of the queue of the one that leads.
type publishedQueue struct {
	At      time.Time     `json:"at"`
	Backlog Backlog       `json:"backlog"`
	Wait    time.Duration `json:"wait"` // of a grant in an account where nothing runs
}

// backlog is what waits for AWS, at whichever replica works; false when nobody knows.
func (s *Service) backlog(ctx context.Context) (Backlog, bool) {
	if q, ok := s.Connector.(Queue); ok && s.worksOnAWS() {
		return q.Backlog(), true
	}
	var p publishedQueue
	known := false
	err := s.Store.View(ctx, func(tx Tx) error { p, known = s.published(tx); return nil })
	return p.Backlog, known && err == nil
}

func (s *Service) worksOnAWS() bool {
	_, leads := s.leadership.holds()
	return leads
}

// published is what the replica that leads told last, if that is young enough.
func (s *Service) published(tx Tx) (p publishedQueue, ok bool) {
	raw, err := tx.Meta(metaQueue)
	if err != nil || raw == "" {
		return p, false
	}
	if json.Unmarshal([]byte(raw), &p) != nil {
		return publishedQueue{}, false
	}
	return p, s.Now().Sub(p.At) <= queueAge
}

// Wait estimates how long access that is granted now would wait until AWS is asked for it;
// 0 when that is no more than a moment. Membership in a group waits for nothing.
func (s *Service) Wait(ctx context.Context, e Entitlement) (wait time.Duration) {
	_ = s.Store.View(ctx, func(tx Tx) error { wait = s.waitIn(tx, e); return nil }) // only an estimate
	return wait
}

func (s *Service) waitIn(tx Tx, e Entitlement) (wait time.Duration) {
	if e.Account == "" {
		return 0
	}
	if q, ok := s.Connector.(Queue); ok && s.worksOnAWS() {
		wait = q.Wait(PriorityGrant, e.Account)
	} else if p, ok := s.published(tx); ok {
		wait = p.Wait
	}
	if wait <= aMoment {
		return 0
	}
	return wait
}

// publishQueue tells the other replicas what waits, while something does, until ctx ends.
func (s *Service) publishQueue(ctx context.Context) {
	q, ok := s.Connector.(Queue)
	if !ok || s.Replica == "" {
		return
	}
	told := false
	for {
		s.pauseFor(ctx, queueEvery)
		if ctx.Err() != nil {
			return
		}
		p := publishedQueue{Backlog: q.Backlog(), Wait: q.Wait(PriorityGrant, "")}
		if p.Backlog.Waiting() == 0 && !told {
			continue
		}
		err := s.lead(ctx, func(b *book) error {
			p.At = b.now
			raw, err := json.Marshal(p)
			if err != nil {
				return fault.Wrap(err, fault.Internal, "access.publishQueue", "", "")
			}
			return b.PutMeta(metaQueue, string(raw))
		})
		if err == nil {
			told = p.Backlog.Waiting() > 0
		}
	}
}

// queueCheck is the health of the work for AWS.
func (s *Service) queueCheck(ctx context.Context) (c Check, known bool) {
	b, known := s.backlog(ctx)
	if !known {
		return Check{Name: "AWS queue", OK: true, Detail: "nothing waits"}, s.Replica != ""
	}
	c = Check{Name: "AWS queue", OK: true, Detail: fmt.Sprintf("%d running, %d waiting", b.Running, b.Waiting())}
	if b.Waiting() > 0 && !b.Oldest.IsZero() {
		age := max(0, s.Now().Sub(b.Oldest))
		c.Detail += fmt.Sprintf(", the oldest for %s; all done in about %s", spellShort(age), spellShort(b.Drain))
		c.OK, c.Hint = age < 5*time.Minute, "AWS works through its own limits; removals go first."
	}
	return c, true
}

// spellShort writes a duration as roughly as an estimate is.
func spellShort(d time.Duration) string {
	if d < time.Minute {
		return spell(max(d.Round(time.Second), time.Second))
	}
	return spell(d.Round(time.Minute))
}
