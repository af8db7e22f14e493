package identity

import "time"

// Departure says how somebody left.
type Departure string

// The departures.
const (
	StillHere        Departure = "" // or not known
	GoneFromCenter   Departure = "gone"
	DisabledInCenter Departure = "disabled"
	GoneFromSlack    Departure = "deactivated"
)

// Left says, from what is known and asking nobody, how a human left; StillHere when they
// did not, or when it is not known. What was read before since does not count: they were
// seen since, by somebody.
func (d *Directory) Left(h Human, since time.Time) Departure {
	if since.After(d.clock.Now()) { // the clock was set back: what it says now is the best there is
		since = time.Time{}
	}
	if h.Person != "" {
		if gone := d.leftCenter(h, since); gone != StillHere {
			return gone
		}
	}
	u := d.actsFor(h)
	if u == "" {
		return StillHere
	}
	if f, read := d.users.last(u); read && !f.AsOf.Before(since) && (f.Deleted || f.Unknown) {
		return GoneFromSlack
	}
	return StillHere
}

func (d *Directory) leftCenter(h Human, since time.Time) Departure {
	d.mu.Lock()
	c := d.catalog
	d.mu.Unlock()
	asOf := c.AsOf()
	p, known := c.Person(h.Person)
	disabled := known && p.Disabled
	if f, read := d.people.last(h.Person); read && f.AsOf.After(asOf) {
		asOf, known, disabled = f.AsOf, !f.Gone, f.Person.Disabled
	}
	switch {
	case asOf.IsZero() || asOf.Before(since):
		return StillHere
	case !known:
		return GoneFromCenter
	case disabled:
		return DisabledInCenter
	}
	return StillHere
}
