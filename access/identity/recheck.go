package identity

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"stint/access/catalog"
)

// How Recheck spends what Slack and AWS allow. It reads people one by one as long as that
// is cheaper than the whole list: a page of Identity Center's list has 100 of them, and
// users.info is allowed five times as often as users.list.
const (
	recheckFor    = time.Minute // what is not read by then is read the next time, the oldest first
	centerPage    = 100
	centerPace    = 100 * time.Millisecond // half of what AWS allows
	centerAtOnce  = 400
	slackPace     = time.Second // three fifths of what Slack allows
	slackAtOnce   = 40
	recheckErrors = 3 // in a row: the source is away, and asking on only costs time
)

// Human is one human by both names; either may be missing.
type Human struct {
	Person catalog.PersonID
	Slack  SlackUserID
}

// CenterRoll is an IdentityCenterSource that can list everybody, in far fewer calls than
// asking for each.
type CenterRoll interface {
	Roll(ctx context.Context) ([]catalog.Person, error)
}

// SlackRoll is a SlackSource that can list everybody, those who left too. Only ID, Deleted
// and Unknown of what it lists are believed.
type SlackRoll interface {
	Roll(ctx context.Context) ([]SlackFacts, error)
}

// Recheck reads again whether people are still in Identity Center and active in Slack,
// where that is known no younger than maxAge, as cheaply as it can. What could not be
// asked keeps its last state. It takes about a minute at most for each side.
func (d *Directory) Recheck(ctx context.Context, people []Human, maxAge time.Duration) Rechecked {
	var persons []catalog.PersonID
	var users []SlackUserID
	for _, h := range people {
		if h.Person != "" {
			persons = append(persons, h.Person)
		}
		if u := d.actsFor(h); u != "" {
			users = append(users, u)
		}
	}
	var out Rechecked
	var both sync.WaitGroup
	both.Go(func() { out.Center = d.recheckCenter(ctx, sortedIDs(persons), maxAge) })
	both.Go(func() { out.Slack = d.recheckSlack(ctx, sortedIDs(users), maxAge) })
	both.Wait()
	return out
}

// Rechecked is how far a Recheck came.
type Rechecked struct{ Center, Slack RecheckedSide }

// RecheckedSide is how far it came on one side.
type RecheckedSide struct {
	People int       // that were to be known
	Unread int       // of whom it is not known as young as asked for
	Oldest time.Time // of what is known of them; zero when somebody was never read
	Err    error     // why it could not be read; nil when it could
}

// actsFor is the Slack user of a human now: another one than at an earlier time when an
// admin linked them anew.
func (d *Directory) actsFor(h Human) SlackUserID {
	if u, ok := d.SlackOf(h.Person); ok {
		return u
	}
	return h.Slack
}

func (d *Directory) recheckCenter(ctx context.Context, ids []catalog.PersonID, maxAge time.Duration) RecheckedSide {
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	r := rechecker[catalog.PersonID]{
		clock: d.clock, seen: &d.centerSeen, pace: centerPace, atOnce: centerAtOnce,
		rollAbove: (len(c.People()) + centerPage - 1) / centerPage,
		readAt: func(id catalog.PersonID) time.Time {
			f, _ := d.people.last(id)
			if p, ok := c.Person(id); ok && !p.Disabled && c.AsOf().After(f.AsOf) {
				return c.AsOf()
			}
			return f.AsOf
		},
		here: func(id catalog.PersonID) bool { return d.leftCenter(Human{Person: id}, time.Time{}) == StillHere },
		read: func(ctx context.Context, id catalog.PersonID) error {
			_, err := d.people.get(ctx, id, 0)
			return err
		},
	}
	if roll, ok := d.center.(CenterRoll); ok {
		r.roll = func(ctx context.Context) (map[catalog.PersonID]bool, error) {
			list, err := roll.Roll(ctx)
			active := make(map[catalog.PersonID]bool, len(list))
			for i := range list {
				active[list[i].ID] = !list[i].Disabled
			}
			return active, err
		}
	}
	return r.run(ctx, ids, maxAge)
}

func (d *Directory) recheckSlack(ctx context.Context, ids []SlackUserID, maxAge time.Duration) RecheckedSide {
	r := rechecker[SlackUserID]{
		clock: d.clock, seen: &d.slackSeen, pace: slackPace, atOnce: slackAtOnce, rollAbove: slackAtOnce,
		readAt: func(id SlackUserID) time.Time { f, _ := d.users.last(id); return f.AsOf },
		here:   func(id SlackUserID) bool { return d.Left(Human{Slack: id}, time.Time{}) == StillHere },
		read: func(ctx context.Context, id SlackUserID) error {
			_, err := d.users.get(ctx, id, 0)
			return err
		},
	}
	if roll, ok := d.slack.(SlackRoll); ok {
		r.roll = func(ctx context.Context) (map[SlackUserID]bool, error) {
			list, err := roll.Roll(ctx)
			active := make(map[SlackUserID]bool, len(list))
			for i := range list {
				active[list[i].ID] = !list[i].Deleted && !list[i].Unknown
			}
			return active, err
		}
	}
	return r.run(ctx, ids, maxAge)
}

// rechecker reads one side. What a list says is only a hint: whom it does not show as
// active is read by themselves, and that decides.
type rechecker[K ~string] struct {
	clock     Clock
	seen      *seen[K]
	pace      time.Duration
	atOnce    int // most that are read one by one
	rollAbove int // with more than this many the list is cheaper
	readAt    func(K) time.Time
	here      func(K) bool // as far as it is known
	read      func(context.Context, K) error
	roll      func(context.Context) (map[K]bool, error)
}

func (r rechecker[K]) run(ctx context.Context, ids []K, maxAge time.Duration) RecheckedSide {
	ctx, cancel := context.WithTimeout(ctx, recheckFor)
	defer cancel()
	side := RecheckedSide{People: len(ids)}
	oldest := r.clock.Now().Add(-maxAge)
	due := r.due(ids, oldest)
	if len(due) > r.rollAbove && r.roll != nil {
		at := r.clock.Now()
		active, err := r.roll(ctx)
		if err != nil {
			side.Err = err
		} else {
			due = slices.DeleteFunc(due, func(id K) bool {
				if !active[id] || !r.here(id) {
					return false
				}
				r.seen.note(id, at)
				return true
			})
		}
	}
	if side.Err == nil || len(due) <= r.atOnce { // a list that fails is a source that is away, or one that is too long
		side.Err = r.each(ctx, due[:min(len(due), r.atOnce)])
	}
	for _, id := range ids {
		at := r.at(id)
		if at.Before(oldest) {
			side.Unread++
		}
		if side.Oldest.IsZero() || at.Before(side.Oldest) {
			side.Oldest = at
		}
		if at.IsZero() {
			side.Oldest = at
			break
		}
	}
	r.seen.keep(ids)
	return side
}

// each reads one after the other, until the source does not answer any more.
func (r rechecker[K]) each(ctx context.Context, due []K) (last error) {
	budget := rate.NewLimiter(rate.Every(r.pace), 1)
	failed := 0
	for _, id := range due {
		if err := budget.Wait(ctx); err != nil {
			return err
		}
		if err := r.read(ctx, id); err != nil {
			if last, failed = err, failed+1; failed == recheckErrors || ctx.Err() != nil {
				return last
			}
			continue
		}
		failed = 0
	}
	return last
}

// due are those of whom nothing young enough is known, the oldest first.
func (r rechecker[K]) due(ids []K, oldest time.Time) []K {
	var due []K
	for _, id := range ids {
		if r.at(id).Before(oldest) {
			due = append(due, id)
		}
	}
	slices.SortStableFunc(due, func(a, b K) int { return r.at(a).Compare(r.at(b)) })
	return due
}

func (r rechecker[K]) at(id K) time.Time {
	at := r.readAt(id)
	if seen := r.seen.last(id); seen.After(at) {
		return seen
	}
	return at
}

// seen is when a list last showed somebody as active.
type seen[K ~string] struct {
	mu sync.Mutex
	at map[K]time.Time
}

func (s *seen[K]) note(id K, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[K]time.Time{}
	}
	s.at[id] = at
}

func (s *seen[K]) last(id K) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at[id]
}

// keep forgets everybody else, when there are many: the others hold nothing any more.
func (s *seen[K]) keep(ids []K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.at) <= 2*len(ids)+centerAtOnce {
		return
	}
	kept := make(map[K]time.Time, len(ids))
	for _, id := range ids {
		if at, ok := s.at[id]; ok {
			kept[id] = at
		}
	}
	s.at = kept
}
