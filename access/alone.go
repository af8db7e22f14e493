package access

import (
	"context"

	"stint/access/fault"
)

// Alone takes the lease of a store that replicas share, for a command that changes what
// they go by: until end is called, or for twenty seconds, none of them leads. Whoever holds
// the lease is first watched for as long as the replicas themselves would; waits is told
// whom, once. Errors: Conflict when it lives, and whatever the store says.
func Alone(ctx context.Context, store Store, clock Clock, name string, waits func(holder string)) (end func(context.Context) error, err error) {
	l := &leadership{name: name, clock: clock}
	var first lease
	for looks := 0; ; looks++ {
		var found lease
		if err := store.View(ctx, func(tx Tx) (err error) { found, err = readLease(tx); return err }); err != nil {
			return nil, err
		}
		free := l.watch(found)
		switch {
		case free:
			mine, err := claimLease(ctx, store, name, found)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context) error { return giveBack(ctx, store, mine) }, nil
		case looks == 0:
			first = found
			waits(found.Holder)
		case found != first:
			return nil, replicaLeads(found.Holder)
		}
		reached, stop := clock.At(clock.Now().Add(beatEvery))
		select {
		case <-ctx.Done():
			stop()
			return nil, ctx.Err()
		case <-reached:
		}
		stop()
	}
}

// claimLease takes a lease that was found free, unless somebody was faster.
func claimLease(ctx context.Context, store Store, name string, found lease) (mine lease, err error) {
	err = store.Update(ctx, func(tx Tx) error {
		again, err := readLease(tx)
		if err != nil {
			return err
		}
		if again != found {
			return replicaLeads(again.Holder)
		}
		term, err := nextTerm(tx)
		if err != nil {
			return err
		}
		mine = lease{Holder: name, Term: term, Beat: 1}
		return writeLease(tx, mine)
	})
	return mine, err
}

// giveBack ends a claim that nobody else took meanwhile.
func giveBack(ctx context.Context, store Store, mine lease) error {
	return store.Update(ctx, func(tx Tx) error {
		l, err := readLease(tx)
		if err != nil || l != mine {
			return err
		}
		l.Holder = ""
		return writeLease(tx, l)
	})
}

func replicaLeads(holder string) error {
	return fault.Newf(fault.Conflict, "access.Alone", "Stop every replica first.", "Replica %s is running on this database, and leads.", holder)
}
