package access

import "context"

// Heal makes half-done work due: whatever was Creating or Deleting when an earlier
// process ended. A create that was intended may have been sent and may still land. When the
// lead was taken from a process that may only have stood still, what it was about to send may
// land even minutes after our own calls for the same key.
func (s *Service) Heal(ctx context.Context, taken bool) error {
	return s.lead(ctx, func(b *book) error {
		half, err := b.Assignments(AssignmentFilter{States: []AssignmentState{Creating, Deleting}})
		if err != nil {
			return err
		}
		for _, a := range half {
			if a.State == Creating && a.Operation == "" {
				a.Unsettled = true
			}
			if a.State == Deleting && a.Unsettled && !a.GoneAt.IsZero() {
				continue // waits for its late look
			}
			if taken && a.State == Creating {
				a.Unsettled = true // until its looks after the end
			}
			if taken && a.State == Deleting {
				a.DeleteLostAt = b.now
			}
			a.NextAt = b.now
			if err := b.putAssignment(&a, "healing", ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// Reconcile makes everything that AWS should hold for us due for a look. What is not
// there any more is found by two looks; what Stint did not grant is never touched.
func (s *Service) Reconcile(ctx context.Context) error {
	return s.lookAt(ctx, func(Key) bool { return true })
}

// lookAt is Reconcile for some of the keys.
func (s *Service) lookAt(ctx context.Context, about func(Key) bool) error {
	return s.lead(ctx, func(b *book) error {
		present, err := b.Assignments(AssignmentFilter{States: []AssignmentState{Present}})
		if err != nil {
			return err
		}
		for _, a := range present {
			if !a.NextAt.IsZero() || !about(a.Key) {
				continue
			}
			a.NextAt = b.now
			if err := b.putAssignment(&a, "to be verified", ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sweep is the net behind the timer: it stores the time, so that a restart with a wrong
// clock knows how late it is, and lets the worker look at what is due.
func (s *Service) Sweep(ctx context.Context) error {
	return s.lead(ctx, func(*book) error { return nil })
}
