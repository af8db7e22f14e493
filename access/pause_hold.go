package access

import (
	"cmp"
	"time"

	"stint/access/fault"
)

// What a pause holds waits without being due: for its end, which makes all of it due
// again, or for the deadline that it had anyway.

// showPending has what waits for a decision drawn anew: it says that nothing can be decided now.
func (b *book) showPending() error {
	pending, err := b.Requests(RequestFilter{States: []RequestState{Pending}})
	if err != nil {
		return err
	}
	for _, r := range pending {
		if err := b.show(r); err != nil {
			return err
		}
	}
	return nil
}

// wakeHeld makes everything due that a pause may have held: requests that wait for their
// check, grants that wait for their start, and creates that were not sent.
func (b *book) wakeHeld() error {
	pending, err := b.Requests(RequestFilter{States: []RequestState{Pending}})
	if err != nil {
		return err
	}
	for _, r := range pending {
		if r.CheckedAt.IsZero() {
			r.CheckAt, r.ReleasedAt = b.now, b.now
			if err := b.putRequest(&r, "released", System, ""); err != nil {
				return err
			}
		}
		if err := b.show(r); err != nil { // what was drawn meanwhile speaks of the pause
			return err
		}
	}
	return b.wakeHeldGrants()
}

func (b *book) wakeHeldGrants() error {
	grants, err := b.Grants(GrantFilter{States: []GrantState{Scheduled, Live}})
	if err != nil {
		return err
	}
	keys := map[Key]bool{}
	for _, g := range grants {
		switch {
		case g.State == Live && g.ConfirmedAt.IsZero():
			keys[g.Key] = true
		case g.State == Scheduled && !g.RetryAt.IsZero():
			g.RetryAt = time.Time{}
			if err := b.putGrant(&g, "released", System, ""); err != nil {
				return err
			}
		}
	}
	creating, err := b.Assignments(AssignmentFilter{States: []AssignmentState{Creating}})
	if err != nil {
		return err
	}
	for _, a := range creating {
		keys[a.Key] = true
	}
	for key := range keys {
		a, err := b.Assignment(key)
		if err != nil {
			return err
		}
		if (a.State != Absent && a.State != Creating) || a.Operation != "" || !a.NextAt.IsZero() {
			continue
		}
		a.NextAt = b.now
		if err := b.putAssignment(&a, "released", ""); err != nil {
			return err
		}
	}
	return nil
}

// held refuses what a pause holds up; nil when there is none.
func (b *book) held(op string) error {
	p, err := readPause(b)
	if err != nil || p == nil {
		return err
	}
	return fault.Newf(fault.Unavailable, op, "Nothing was changed. Press again once an admin has resumed it; the deadline stays.",
		"New access has been paused for %s by %s: %s", spellAge(b.now.Sub(p.At)), cmp.Or(p.By.Name, "an admin"), p.Reason)
}

// holdAutomatic keeps a request that no person decides from being granted.
func (b *book) holdAutomatic(r *Request) (held bool, err error) {
	p, err := readPause(b)
	if err != nil || p == nil || !r.Terms.Automatic {
		return false, err
	}
	r.CheckAt = r.ExpiresAt
	if err := b.putRequest(r, "held", System, ""); err != nil {
		return true, err
	}
	return true, b.showAsker(*r)
}

// holdStart keeps a scheduled grant from going live.
func (b *book) holdStart(g *Grant) (held bool, err error) {
	p, err := readPause(b)
	if err != nil || p == nil {
		return false, err
	}
	g.RetryAt = g.Deadline
	return true, b.putGrant(g, "held", System, "")
}

// holdCreate keeps a create from being sent. One that AWS accepted before goes on.
func (b *book) holdCreate(a *Assignment) (held bool, err error) {
	p, err := readPause(b)
	if err != nil || p == nil || a.Operation != "" {
		return false, err
	}
	a.NextAt, a.LastError = time.Time{}, "new access is paused"
	return true, b.putAssignment(a, "held", "")
}

// endLate ends a grant that missed its deadline. It says so when a pause was the reason.
func (b *book) endLate(g *Grant, reason EndReason, note string) error {
	p, err := readPause(b)
	if err != nil {
		return err
	}
	if p != nil {
		note = "New access is paused by " + cmp.Or(p.By.Name, "an admin") + ", so it did not start in time. Ask again once it is resumed."
	}
	return b.endGrant(g, reason, System, note)
}
