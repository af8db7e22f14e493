package access

import (
	"context"
	"errors"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/identity"
)

const (
	// staleScan is how old what a scan that was broken off found may be; it begins anew then.
	staleScan = 24 * time.Hour
	// A scan that AWS broke off goes on after a pause, doubling up to the longest.
	scanRetry    = 30 * time.Second
	scanRetryMax = 10 * time.Minute
)

// Compare compares AWS with the records: by a scan of everything, which the leader makes in
// the background, or where there is no Scanner by a look at each assignment of ours.
func (s *Service) Compare(ctx context.Context) error {
	if s.Scanner == nil {
		return s.Reconcile(ctx)
	}
	return s.askScan(ctx, System)
}

// ScanDrift asks for a scan, by an admin; one that runs already is enough.
func (s *Service) ScanDrift(ctx context.Context, user identity.SlackUserID) error {
	who, err := s.adminOnly(ctx, user)
	if err != nil {
		return err
	}
	if s.Scanner == nil {
		return fault.New(fault.Unavailable, "access.ScanDrift", "This Stint cannot search AWS for drift.", "")
	}
	return s.askScan(ctx, who.actor())
}

// askScan stores the wish, so that it outlives a crash, and wakes the leader.
func (s *Service) askScan(ctx context.Context, by Actor) error {
	err := s.update(ctx, func(b *book) error {
		d, err := readDrift(b)
		if err != nil || d.Asked != nil && d.RetryAt.IsZero() {
			return err
		}
		if d.Asked == nil {
			d.Asked = &DriftAsk{By: by, At: b.now}
			if err := b.audit("drift.asked", by, "", nil, ""); err != nil {
				return err
			}
		}
		d.RetryAt = time.Time{} // who asks does not want to wait
		return b.putDrift(d)
	})
	s.driftAsked.raise()
	return err
}

// searchDrift makes the scans that were asked for until ctx ends; what an earlier process
// left half done goes on where it stopped.
func (s *Service) searchDrift(ctx context.Context) {
	for {
		at, err := s.searchOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.Log.Error().Err(err).Msg("the search for drift did not get on; it is tried again")
			at = s.Now().Add(scanRetry)
		}
		if idle := s.Now().Add(idleDrift); at.IsZero() || at.After(idle) {
			at = idle
		}
		reached, stop := s.time.At(at)
		select {
		case <-ctx.Done():
		case <-s.driftAsked:
		case <-reached:
		}
		stop()
	}
}

// searchOnce makes the scan that is asked for, if it may begin now, and says when to look again.
func (s *Service) searchOnce(ctx context.Context) (again time.Time, err error) {
	d, err := s.driftState(ctx)
	c := s.Catalog()
	if err == nil && c != nil && s.ScanFirst && d.Asked == nil && d.BaselineAt.IsZero() && d.Problem == "" {
		if err = s.askScan(ctx, System); err == nil {
			d, err = s.driftState(ctx)
		}
	}
	if err != nil || d.Asked == nil || c == nil {
		return again, err
	}
	if s.Now().Before(d.RetryAt) {
		return d.RetryAt, nil
	}
	if begun := d.Scan.Begun; !begun.IsZero() && s.Now().Sub(begun) > staleScan {
		if d, err = s.restartScan(ctx); err != nil {
			return again, err
		}
	}
	if d.Scan.Finished.IsZero() {
		s.trace("drift scan", Key{})
		err = s.readAll(ctx, c, d)
	}
	if err == nil {
		err = s.readMembers(ctx)
	}
	if err == nil {
		err = s.compare(ctx)
	}
	if err == nil || ctx.Err() != nil {
		return again, err
	}
	return s.brokenOff(ctx, err)
}

func (s *Service) driftState(ctx context.Context) (d DriftState, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) { d, err = readDrift(tx); return err })
	return d, err
}

// restartScan forgets a scan that is too old to go on with.
func (s *Service) restartScan(ctx context.Context) (d DriftState, err error) {
	err = s.lead(ctx, func(b *book) (err error) {
		if d, err = readDrift(b); err != nil {
			return err
		}
		d.Scan = catalog.Scan{}
		if err := b.dropScanned(&d); err != nil {
			return err
		}
		return b.putDrift(d)
	})
	return d, err
}

// readAll reads what AWS holds, from where the stored scan stopped. Each delivery is stored
// with the scan that it leads to.
func (s *Service) readAll(ctx context.Context, c *catalog.Catalog, d DriftState) error {
	from := d.Scan
	if from.Begun.IsZero() {
		from.Pairs = d.Pairs
	}
	_, err := s.Scanner.ScanAssignments(ctx, c.Data(), from, func(scan catalog.Scan, found []catalog.Assignment) error {
		var t rowTable
		rows := make([]row, 0, len(found))
		for _, a := range found {
			rows = append(rows, t.pack(a))
		}
		err := s.lead(ctx, func(b *book) error {
			return b.putScanned(&t, rows, func(d *DriftState) {
				d.Scan, d.Attempts, d.Problem, d.RetryAt = scan, 0, "", time.Time{}
			})
		})
		s.trace("drift delivered", Key{})
		return err
	})
	return err
}

// brokenOff stores why a scan did not get on. What AWS refuses for good ends it; then each
// assignment of ours is looked at instead.
func (s *Service) brokenOff(ctx context.Context, failure error) (again time.Time, err error) {
	var ce *ConnectorError
	if !errors.As(failure, &ce) {
		return again, failure // the store: what is in it stays as it is
	}
	refused := ce.Class == ClassRefused
	s.Log.Warn().Err(failure).Msg("the scan of AWS was broken off")
	err = s.lead(ctx, func(b *book) error {
		d, err := readDrift(b)
		if err != nil {
			return err
		}
		d.Attempts++
		d.Problem = explain(failure)
		if !refused {
			again = b.now.Add(min(scanRetryMax, scanRetry<<min(d.Attempts-1, 6)))
			d.RetryAt = again
			return b.putDrift(d)
		}
		d.Asked, d.Scan, d.Attempts = nil, catalog.Scan{}, 0
		if err := b.dropScanned(&d); err != nil {
			return err
		}
		if err := b.audit("drift.refused", System, "", nil, d.Problem); err != nil {
			return err
		}
		if err := b.alarm("AWS refuses to list its assignments, so Stint cannot say what was granted without it: " + d.Problem + " Run `stint check aws`."); err != nil {
			return err
		}
		return b.putDrift(d)
	})
	if err == nil && refused {
		err = s.Reconcile(ctx)
	}
	return again, err
}
