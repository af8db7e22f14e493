package identity

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// onCallKept is for how long who was on call last counts alone, while that cannot be read;
// after it the fallback's members count too.
const onCallKept = 5 * time.Minute

// scheduleID is a product and one of its schedules: "pagerduty/PABC123".
type scheduleID string

// OnCallFacts is who was on call under a schedule.
type OnCallFacts struct {
	ID     string    `json:"id"`
	Emails []string  `json:"emails,omitempty"`
	Gone   bool      `json:"gone,omitempty"` // there is no such schedule
	AsOf   time.Time `json:"as_of"`
}

func (d *Directory) readOnCall(ctx context.Context, id scheduleID, m mark) (OnCallFacts, error) {
	product, schedule, _ := strings.Cut(string(id), "/")
	source := d.products[product]
	if source == nil {
		return OnCallFacts{}, fault.Newf(fault.Unavailable, "identity.readOnCall", "Set its token; `stint serve --help` names the variable.", "Stint is not connected to %s.", product)
	}
	emails, err := source.OnCall(ctx, schedule)
	f := OnCallFacts{ID: string(id), AsOf: m.at}
	switch {
	case fault.Is(err, fault.NotFound):
		f.Gone, err = true, nil
	case err == nil:
		for _, e := range emails {
			f.Emails = append(f.Emails, catalog.Email(e))
		}
		slices.Sort(f.Emails)
		f.Emails = slices.Compact(f.Emails)
	}
	return f, err
}

// onCallSet is who is on call, as persons; those who are not in Identity Center count for
// nobody.
func (d *Directory) onCallSet(id scheduleID) *set {
	f, read := d.onCall.last(id)
	failing := d.onCall.lastError(id) != nil
	if !read {
		if !failing {
			return nil
		}
		return &set{stale: true, able: map[catalog.PersonID]bool{}}
	}
	out := &set{
		asOf: f.AsOf, readable: !f.Gone, able: make(map[catalog.PersonID]bool, len(f.Emails)),
		stale: f.Gone || failing && d.clock.Now().Sub(f.AsOf) > onCallKept,
	}
	for _, e := range f.Emails {
		if p, ok := d.catalog.PersonByEmail(e); ok {
			out.able[p.ID] = true
		}
	}
	return out
}

// SetFallbacks says whose members count for a schedule while nobody is on call by it.
func (d *Directory) SetFallbacks(fallbacks map[policy.Source][]policy.Source) {
	d.mu.Lock()
	d.fallbacks = maps.Clone(fallbacks)
	d.mu.Unlock()
	d.rebuildSets()
}

// refreshOnCall reads who is on call. That it cannot be read is no error where a fallback
// counts in its place.
func (d *Directory) refreshOnCall(ctx context.Context, s policy.Source, maxAge time.Duration) error {
	_, err := d.onCall.get(ctx, scheduleID(s.ID), maxAge)
	if err == nil {
		return nil
	}
	d.rebuildSet(s) // it may have become too old to go by
	if d.covered(s) {
		return nil
	}
	return err
}

// covered reports whether others count in the place of a source's members.
func (d *Directory) covered(s policy.Source) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.fallbacks[s]) > 0
}

// leans reports whether the fallback's members count for a schedule: nobody who is on call
// can act, or who is was not read for too long.
func (s *Snapshot) leans(source policy.Source) bool {
	if len(s.fallbacks[source]) == 0 {
		return false
	}
	set := s.sets[source]
	if set == nil || set.stale {
		return true
	}
	for p := range set.able {
		if s.able(p) {
			return false
		}
	}
	return true
}

// inOnCall says whether somebody is on call, or counts while nobody is.
func (s *Snapshot) inOnCall(source policy.Source, p catalog.PersonID) policy.Truth {
	t := policy.Unknown
	set := s.sets[source]
	if set != nil && set.readable {
		t = policy.False
		if set.able[p] {
			t = s.truth(s.able(p))
		}
	}
	if !s.leans(source) {
		return t
	}
	if t != policy.True {
		t = policy.False // the fallback answers
	}
	for _, f := range s.fallbacks[source] {
		switch s.In(f, p) {
		case policy.True:
			return policy.True
		case policy.Unknown:
			if t == policy.False {
				t = policy.Unknown
			}
		}
	}
	return t
}

// membersOnCall lists who is on call and can act, and who counts while nobody is.
func (s *Snapshot) membersOnCall(source policy.Source) (people []catalog.PersonID, known bool) {
	set := s.sets[source]
	if set != nil && set.readable {
		known = true
		for p := range set.able {
			if s.able(p) {
				people = append(people, p)
			}
		}
	}
	if s.leans(source) {
		known = true
		for _, f := range s.fallbacks[source] {
			more, all := s.Members(f)
			people, known = append(people, more...), known && all
		}
	}
	slices.Sort(people)
	return slices.Compact(people), known
}
