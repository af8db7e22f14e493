package access

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"stint/access/fault"
)

// One replica at a time leads: it alone writes to AWS, syncs, reconciles and chains the
// audit. It beats every three seconds and believes in its lease for ten after its last
// beat began; the others take over when they have seen no beat for twenty. Each side counts
// with its own clock from what it saw itself, so that clocks need not agree.
const (
	beatEvery = 3 * time.Second
	leadFor   = 10 * time.Second
	takeAfter = 20 * time.Second
)

const metaLease = "lease"

// lease is the stored claim of the replica that leads.
type lease struct {
	Holder string `json:"holder"` // "" once it was given back
	Term   uint64 `json:"term"`
	Beat   uint64 `json:"beat"` // grows while its holder lives
}

func readLease(tx Tx) (l lease, err error) {
	raw, err := tx.Meta(metaLease)
	if err != nil || raw == "" {
		return l, err
	}
	err = json.Unmarshal([]byte(raw), &l)
	return l, fault.Wrap(err, fault.Internal, "access.readLease", "The stored lease cannot be read.", "Check the store with `stint check`.")
}

func writeLease(tx Tx, l lease) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return tx.PutMeta(metaLease, string(raw))
}

// leadership is what this process knows of who leads.
type leadership struct {
	name  string // of this replica; "" when it is alone on its store and so always leads
	clock Clock

	mu    sync.Mutex
	term  uint64    // ours while we lead; 0 while we follow
	beat  time.Time // when the last beat that was stored began, by the clock
	seen  lease     // the newest that was read
	since time.Time // when seen was first read, by the clock
}

// holds reports whether this process may still believe that it leads, and its term. A
// process that stood still for longer than its lease finds out here, by whichever of wall
// and monotonic clock went further.
func (l *leadership) holds() (term uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.name == "" || l.term == 0 {
		return l.term, l.term != 0
	}
	now := l.clock.Now()
	age := max(now.Sub(l.beat), now.Round(0).Sub(l.beat.Round(0)))
	return l.term, age < leadFor
}

// leader is the name of who leads, as far as it is known.
func (l *leadership) leader() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.term != 0 {
		return l.name
	}
	return l.seen.Holder
}

// watch notes a lease that was read and reports whether it may be taken: it was given back,
// or its holder has not beaten for long enough.
func (l *leadership) watch(found lease) (free bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if found != l.seen || l.since.IsZero() {
		l.seen, l.since = found, now
	}
	return found.Holder == "" || now.Sub(l.since) >= takeAfter
}

func (l *leadership) leads(term uint64, beat time.Time, stored lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.term, l.beat, l.seen, l.since = term, beat, stored, beat
}

func (l *leadership) follows() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.term = 0
}

// Leading reports whether this process leads, and who does.
func (s *Service) Leading() (leading bool, leader string) {
	_, leading = s.leadership.holds()
	return leading, s.leadership.leader()
}

// elect takes part in the election until ctx ends, and does the leader's work while this
// replica leads. When ctx ends it gives the lease back, so that the next need not wait.
func (s *Service) elect(ctx context.Context) {
	for ctx.Err() == nil {
		took, err := s.take(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Warn().Err(err).Msg("who leads cannot be read")
		}
		if took {
			s.reign(ctx)
			continue
		}
		s.rest(ctx, beatEvery)
	}
}

// rest waits for a while, a change of another replica, or the end of ctx.
func (s *Service) rest(ctx context.Context, d time.Duration) {
	reached, stop := s.time.At(s.Now().Add(d))
	defer stop()
	select {
	case <-ctx.Done():
	case <-reached:
	case <-s.electNow:
	}
}

// take reads the lease and takes it when it is free. The new term keeps whoever led
// before from writing another line.
func (s *Service) take(ctx context.Context) (took bool, err error) {
	var found lease
	if err := s.Store.View(ctx, func(tx Tx) (err error) { found, err = readLease(tx); return err }); err != nil {
		return false, err
	}
	if !s.leadership.watch(found) {
		return false, nil
	}
	begun := s.Clock.Now()
	var mine lease
	err = s.Store.Update(ctx, func(tx Tx) error {
		took = false
		again, err := readLease(tx)
		if err != nil || again != found {
			return err // somebody else was faster
		}
		term, err := nextTerm(tx)
		if err != nil {
			return err
		}
		mine = lease{Holder: s.Replica, Term: term, Beat: 1}
		took = true
		return writeLease(tx, mine)
	})
	if err != nil || !took {
		return false, err
	}
	s.leadership.leads(mine.Term, begun, mine)
	s.Log.Info().Uint64("term", mine.Term).Str("before", found.Holder).Msg("this replica leads")
	return true, nil
}

// reign does the leader's work and beats, until ctx ends or the lease is lost.
func (s *Service) reign(ctx context.Context) {
	work, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.OnLead != nil {
			s.OnLead()
		}
		if err := s.leadersWork(work, true); err != nil && work.Err() == nil {
			s.Log.Error().Err(err).Msg("the leader's work could not begin; it is tried again")
		}
	}()
	defer func() {
		stop()
		<-done
		s.abdicate(ctx)
	}()
	for {
		s.rest(work, beatEvery)
		if ctx.Err() != nil {
			return
		}
		select {
		case <-done: // it could not begin
			return
		default:
		}
		err := s.beat(ctx)
		if err == nil {
			continue
		}
		s.Log.Warn().Err(err).Msg("the lease could not be renewed")
		if _, holds := s.leadership.holds(); !holds {
			return
		}
	}
}

// beat renews the lease; Conflict when another replica has it.
func (s *Service) beat(ctx context.Context) error {
	term, _ := s.leadership.holds()
	begun := s.Clock.Now()
	var mine lease
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		if mine, err = readLease(tx); err != nil {
			return err
		}
		if mine.Holder != s.Replica || mine.Term != term {
			return fault.Newf(fault.Conflict, "access.beat", "", "replica %q leads (term %d, ours is %d)", mine.Holder, mine.Term, term)
		}
		mine.Beat++
		return writeLease(tx, mine)
	})
	switch {
	case fault.Is(err, fault.Conflict):
		s.leadership.follows()
	case err == nil:
		s.leadership.leads(term, begun, mine)
	}
	return err
}

// abdicate ends this replica's lead, and gives the lease back if it still has it.
func (s *Service) abdicate(ctx context.Context) {
	term, _ := s.leadership.holds()
	s.leadership.follows()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatEvery)
	defer cancel()
	if err := s.Store.Update(ctx, func(tx Tx) error {
		l, err := readLease(tx)
		if err != nil || l.Holder != s.Replica || l.Term != term {
			return err
		}
		l.Holder = ""
		return writeLease(tx, l)
	}); err != nil {
		s.Log.Warn().Err(err).Msg("the lease could not be given back; another replica takes it in twenty seconds")
	}
	s.Log.Info().Uint64("term", term).Msg("this replica no longer leads")
}
