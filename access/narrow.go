package access

import (
	"slices"
	"strconv"
	"time"

	"stint/access/fault"
)

// narrow makes a request shorter or later, as a reviewer wants it. Earlier votes stand:
// what they approved is not widened.
func (r *Request) narrow(in ReviewInput, now time.Time) error {
	const op = "access.Review"
	if in.Duration != 0 {
		switch {
		case in.Duration < minDuration:
			return fault.Newf(fault.Invalid, op, "Choose a longer time, or deny it.", "The shortest access is %s.", spell(minDuration)).In("duration")
		case in.Duration > r.Duration:
			return fault.Newf(fault.Invalid, op, "Choose a shorter time; for more, they ask again.", "It was asked for %s, and an approval does not give more.", spell(r.Duration)).In("duration")
		}
		r.Duration = in.Duration
	}
	if in.StartAt.IsZero() {
		return nil
	}
	switch {
	case r.Extends != "":
		return fault.New(fault.Invalid, op, "Approve it as it is, or for less.", "An extension begins where the access is.").In("start")
	case !in.StartAt.After(now) || in.StartAt.Before(r.StartAt):
		return fault.New(fault.Invalid, op, "Choose a later start, or none.", "A start can only be moved later.").In("start")
	case in.StartAt.After(now.Add(maxAhead)):
		return fault.New(fault.Invalid, op, "Choose an earlier one.", "Access can be scheduled up to 30 days ahead.").In("start")
	}
	r.StartAt = in.StartAt
	return nil
}

// drop takes entitlements out of a pending request that cannot be had any more; what is
// left goes on. The caller stores the request.
func (r *Request) drop(lost []Dropped) {
	for _, d := range lost {
		r.Entitlements = slices.DeleteFunc(slices.Clone(r.Entitlements), func(e Entitlement) bool { return e == d.Entitlement })
	}
	r.Dropped = append(r.Dropped, lost...)
}

// tellDropped says in the thread what fell away, and why.
func (s *Service) tellDropped(b *book, r Request, lost []Dropped) error {
	for i, d := range lost {
		text := s.item(d.Entitlement).name() + " was left out: " + d.Why
		if more := len(lost) - i; i == 3 && more > 1 {
			return b.story(r, EventDropped, System, strconv.Itoa(more)+" more were left out; the card's details say why.")
		}
		if err := b.story(r, EventDropped, System, text); err != nil {
			return err
		}
	}
	return nil
}
