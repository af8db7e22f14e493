package access

import (
	"context"
	"strconv"
	"time"
)

// Lead is what a store knows of who leads, and led: it belongs to the store and is not
// carried to another.
type Lead struct {
	Term   uint64
	Holder string // the replica that leads; "" for none, and for the only one of a store of its own
	beat   uint64
}

// ReadLead reads it.
func ReadLead(tx Tx) (Lead, error) {
	term, err := readTerm(tx)
	if err != nil {
		return Lead{}, err
	}
	l, err := readLease(tx)
	return Lead{Term: max(term, l.Term), Holder: l.Holder, beat: l.Beat}, err
}

// OfLead reports whether a value of Meta is part of a Lead.
func OfLead(name string) bool { return name == metaLease || name == metaTerm }

// HandOver makes a store follow another one, whose lead was before: nobody leads it, and
// whoever does next has a term that is greater than all before.
func HandOver(tx Tx, before Lead) error {
	if err := tx.PutMeta(metaLease, ""); err != nil {
		return err
	}
	return tx.PutMeta(metaTerm, strconv.FormatUint(before.Term+1, 10))
}

// Leads finds out whether a bot runs on a store that several processes share, by watching
// the lease: a leader beats every three seconds, and where nobody leads a replica that runs
// takes over within them. It answers the leader's name, or "" once it has seen no life for
// long enough.
func Leads(ctx context.Context, store Store, clock Clock) (leader string, err error) {
	read := func() (l Lead, err error) {
		err = store.View(ctx, func(tx Tx) (err error) { l, err = ReadLead(tx); return err })
		return l, err
	}
	first, err := read()
	if err != nil {
		return "", err
	}
	quiet := takeAfter
	if first.Holder == "" {
		quiet = 2 * beatEvery
	}
	for end := clock.Now().Add(quiet); clock.Now().Before(end); {
		reached, stop := clock.At(clock.Now().Add(time.Second))
		select {
		case <-ctx.Done():
			stop()
			return "", ctx.Err()
		case <-reached:
		}
		stop()
		now, err := read()
		if err != nil {
			return "", err
		}
		if now != first && now.Holder != "" {
			return now.Holder, nil
		}
	}
	return "", nil
}
