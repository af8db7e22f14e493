package access

import (
	"context"
	"strconv"
	"time"

	"stint/access/catalog"
)

// followEvery is how often a replica looks for what others changed, should the store's word
// that something did be lost.
const followEvery = 2 * time.Second

// Watcher is a Store that several processes share.
type Watcher interface {
	// Watch calls changed after another process committed something, and after it may have
	// missed such word, until ctx ends. It may call it more often than needed.
	Watch(ctx context.Context, changed func())
}

const (
	metaCatalog  = "catalog/version"    // grows with each catalog that is stored
	metaPins     = "pins/version"       // grows when a pair is taken away or made by hand
	metaSyncAsk  = "sync/asked"         // when an admin last asked for a sync
	metaIAMAsk   = "iam_roles/asked"    // when an admin last asked for the IAM roles
	metaHeld     = "held"               // grants and requests whose end waits for an admin
	metaLossAsk  = "catalog/loss/asked" // when an admin accepted what a sync found gone
	metaLeft     = "left"               // a mark, and Slack users who were found to have left
	blobPolicy   = "policy/spec"        // what the policy file of the leader says
	metaPolicyBy = "policy/replica"     // whose file it is
)

// marks are the versions of what replicas keep in memory of the store.
type marks struct{ catalog, policy, pins, sync, iam, held, left, loss string }

func readMarks(tx Tx) (m marks, paused *Pause, err error) {
	for name, to := range map[string]*string{metaCatalog: &m.catalog, metaPolicy: &m.policy, metaPins: &m.pins, metaSyncAsk: &m.sync, metaIAMAsk: &m.iam, metaHeld: &m.held, metaLeft: &m.left, metaLossAsk: &m.loss} {
		if *to, err = tx.Meta(name); err != nil {
			return m, nil, err
		}
	}
	paused, err = readPause(tx)
	return m, paused, err
}

// bump gives a mark a new value.
func (b *book) bump(name string) error { return b.PutMeta(name, b.ids.next(b.now)) }

// follow keeps this replica's memory in step with what others store: catalog, policy, pairs
// of people, pause; and wakes what may have got work from them. It returns when ctx ends.
func (s *Service) follow(ctx context.Context) {
	changed := make(signal, 1)
	if w, ok := s.Store.(Watcher); ok {
		done := make(chan struct{})
		go func() { defer close(done); w.Watch(ctx, changed.raise) }()
		defer func() { <-done }()
	}
	for {
		if err := s.catchUp(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn().Err(err).Msg("what other replicas changed cannot be read")
		}
		s.worker.wake.raise()
		s.outbox.wake.raise()
		s.ender.raise()
		s.driftAsked.raise()
		s.driftDue.raise()
		reached, stop := s.time.At(s.Now().Add(followEvery))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-changed:
		case <-reached:
		}
		stop()
	}
}

// catchUp reads what is newer in the store than in memory.
func (s *Service) catchUp(ctx context.Context) error {
	var m marks
	var paused *Pause
	var data []byte
	var given bool
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if m, paused, err = readMarks(tx); err != nil {
			return err
		}
		if m.catalog != s.marks.catalog {
			if data, err = tx.Blob(blobCatalog); err != nil {
				return err
			}
		}
		l, err := readLease(tx)
		given = l.Holder == ""
		return err
	})
	if err != nil {
		return err
	}
	if given {
		s.electNow.raise()
	}
	s.pause.now.Store(paused)
	if len(data) > 0 {
		d, err := catalog.Decode(data)
		if err != nil {
			return err
		}
		s.anchorApart(d)
		c, err := catalog.New(*d)
		if err != nil {
			return err
		}
		s.setCatalog(c)
	}
	if m.pins != s.marks.pins {
		if err := s.Directory.ReloadPins(ctx); err != nil {
			return err
		}
	}
	if w := s.world.Load(); m.policy != "" && (w.policy == nil || w.policy.Version() != m.policy) {
		s.policyAsked.raise()
	}
	_, leads := s.leadership.holds()
	if leads && m.loss != s.marks.loss {
		s.lossAsked.raise()
	}
	if leads && m.left != s.marks.left {
		s.heedLeft(m.left)
	}
	if leads && m.iam != s.marks.iam {
		s.iamAsked.raise()
	}
	switch {
	case leads && m.sync != s.marks.sync:
		s.syncAsked.raise()
	case !leads:
		held, _ := strconv.ParseInt(m.held, 10, 64) // "" is none
		s.held.Store(held)
	}
	s.marks = m
	return nil
}

// hold notes how many live grants wait for an admin's word to be ended, for the replicas
// that do not judge them too.
func (s *Service) hold(ctx context.Context, live int) error {
	if s.held.Swap(int64(live)) == int64(live) || s.Replica == "" {
		return nil
	}
	return s.lead(ctx, func(b *book) error { return b.PutMeta(metaHeld, strconv.Itoa(live)) })
}
