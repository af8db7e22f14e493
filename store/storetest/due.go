package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"stint/access"
)

// extremes are times at the edges of what a record can hold.
func extremes() []time.Time {
	return []time.Time{
		time.Time{}.Add(1), // the first instant that is not "never"
		time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Unix(0, 0),
		time.Unix(0, 1),
		noon.In(time.FixedZone("east", 14*3600)),
		noon.Add(1).In(time.FixedZone("west", -12*3600)),
		time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC), // more nanoseconds than 64 bits hold
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	}
}

// What is due comes soonest first, up to and with the asked time, of all kinds.
func due(t *testing.T, h Harness) {
	s := h.Open(t)
	times := extremes()
	for i := range 30 {
		times = append(times, at(i-15))
	}
	var want []access.Due
	update(t, s, func(tx access.Tx) error {
		for _, n := range rand.Perm(len(times)) {
			when, key := times[n], keyOf(n, n, n)
			r, g, a := requestOf(n, n, 0), grantOf(n, key, 0), access.Assignment{Key: key, Version: 1, NextAt: when}
			r.CheckAt, g.Start = when, when
			for _, err := range []error{tx.PutRequest(r), tx.PutGrant(g), tx.PutAssignment(a)} {
				if err != nil {
					return err
				}
			}
			want = append(want, access.Due{Kind: access.DueRequest, At: when, Request: r.ID},
				access.Due{Kind: access.DueGrant, At: when, Grant: g.ID, Key: key}, access.Due{Kind: access.DueAssignment, At: when, Key: key})
		}
		return nil
	})
	slices.SortFunc(want, byTime)
	s = h.Reopen(t, s)
	view(t, s, func(tx access.Tx) error {
		for _, limit := range []int{-1, 0} {
			got, err := tx.Due(times[len(extremes())-1], limit)
			if err != nil {
				return err
			}
			wantInOrder(t, got)
			slices.SortFunc(got, byTime)
			wantSame(t, "all that is due", got, want)
		}
		for _, until := range append(times, noon.Add(-1), noon.Add(2), time.Time{}) {
			due := slices.DeleteFunc(slices.Clone(want), func(d access.Due) bool { return d.At.After(until) })
			got, err := tx.Due(until, 0)
			if err != nil {
				return err
			}
			wantInOrder(t, got)
			slices.SortFunc(got, byTime)
			wantSame(t, "due until "+until.String(), got, due)
			if got, err = tx.Due(until, 7); err != nil {
				return err
			}
			wantSame(t, "limited", ids(got, dueTime), first(ids(due, dueTime), 7))

			later := slices.DeleteFunc(slices.Clone(want), func(d access.Due) bool { return !d.At.After(until) })
			next, err := tx.NextDueAfter(until)
			if err != nil {
				return err
			}
			wantSame(t, "next after "+until.String(), next, soonest(ids(later, dueTime), until))
			if next.Location() != time.UTC {
				t.Errorf("next due in %v", next.Location())
			}
		}
		return nil
	})
}

func dueTime(d access.Due) time.Time { return d.At }

func wantInOrder(t TB, list []access.Due) {
	t.Helper()
	for i, d := range list {
		if i > 0 && d.At.Before(list[i-1].At) {
			t.Errorf("%v comes after %v", d.At, list[i-1].At)
		}
		if d.At.Location() != time.UTC {
			t.Errorf("%v is not in UTC", d.At)
		}
	}
}

// A record is due at its DueAt and at no other time, whatever it goes through.
func dueMoves(t *testing.T, h Harness) {
	s := h.Open(t)
	key := keyOf(1, 1, 1)
	r, g, a := requestOf(1, 1, 1), grantOf(1, key, 2), access.Assignment{Key: key, State: access.Creating}
	r.Version, g.Version = 0, 0
	steps := []struct {
		name   string
		change func()
	}{
		{"new", func() { a.NextAt = at(3) }},
		{"the check failed", func() { r.CheckAt = at(4) }},
		{"checked: due when it lapses", func() { r.CheckedAt = at(4) }},
		{"decided: never due again", func() { r.State = access.Approved }},
		{"the start is tried again", func() { g.RetryAt = at(5) }},
		{"live: due at the deadline", func() { g.State = access.Live }},
		{"confirmed: due at the end", func() { g.ConfirmedAt, g.End = at(6), at(66) }},
		{"the end moves", func() { g.End = at(20) }},
		{"nothing to do for the assignment", func() { a.NextAt = time.Time{} }},
		{"again", func() { a.NextAt, a.State = at(20), access.Deleting }},
		{"ended: never due again", func() { g.State = access.Ended }},
		{"gone", func() { a.NextAt, a.State = time.Time{}, access.Absent }},
	}
	for _, step := range steps {
		step.change()
		r.Version, g.Version, a.Version = r.Version+1, g.Version+1, a.Version+1
		update(t, s, func(tx access.Tx) error {
			for _, err := range []error{tx.PutRequest(r), tx.PutGrant(g), tx.PutAssignment(a)} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		var want []access.Due
		for _, d := range []access.Due{
			{Kind: access.DueRequest, At: r.DueAt(), Request: r.ID},
			{Kind: access.DueGrant, At: g.DueAt(), Grant: g.ID, Key: key},
			{Kind: access.DueAssignment, At: a.DueAt(), Key: key},
		} {
			if !d.At.IsZero() {
				want = append(want, d)
			}
		}
		slices.SortFunc(want, byTime)
		got := read(t, s, func(tx access.Tx) ([]access.Due, error) { return tx.Due(at(10_000), 0) })
		slices.SortFunc(got, byTime)
		wantSame(t, step.name, got, want)
	}
}
