package identity

import (
	"slices"
	"time"

	"stint/access/catalog"
	"stint/access/policy"
)

// Snapshot is the facts as they were at one moment: immutable, never waiting, the
// policy.Facts of an evaluation. Its zero value knows nothing.
type Snapshot struct {
	catalog *catalog.Catalog
	// people is what Identity Center said of a person after the catalog was read, where it
	// differs from the catalog: whether the person may act.
	people map[catalog.PersonID]bool
	// slack are the Slack users that are bound to a person or would be.
	slack map[catalog.PersonID]SlackUserID
	sets  map[policy.Source]*set
	// fallbacks count for schedules by which nobody is on call.
	fallbacks map[policy.Source][]policy.Source
}

var _ policy.Facts = (*Snapshot)(nil)

// set is the members of one source, as persons.
type set struct {
	asOf time.Time
	// readable is false when what was read says nothing about who belongs to it: a public,
	// shared, archived or lost channel, a disabled user group.
	readable bool
	slack    bool // members are Slack users
	// able has every member; false for whoever Slack would not let act.
	able map[catalog.PersonID]bool
	// stale is set for a schedule that could not be read for too long to go by it alone.
	stale bool
	// unresolved counts Slack users of whom it is not known yet who they are.
	unresolved int
}

// In says whether the person is a member of the source. Unknown when the source was
// never read or cannot be, when the person may be one of its members of whom it is not
// known yet who they are, and when a member is not able to act any more: so an allow does
// not count them and a deny still does.
func (s *Snapshot) In(source policy.Source, p catalog.PersonID) policy.Truth {
	if p == "" {
		return policy.Unknown
	}
	if source.Kind == policy.SourcePerson {
		if source.ID != string(p) {
			return policy.False
		}
		return s.truth(s.able(p))
	}
	if source.Kind == policy.SourceOnCall {
		return s.inOnCall(source, p)
	}
	set := s.sets[source]
	if set == nil || !set.readable {
		return policy.Unknown
	}
	if able, member := set.able[p]; member {
		return s.truth(able && s.able(p))
	}
	if _, known := s.slack[p]; set.slack && set.unresolved > 0 && !known {
		return policy.Unknown
	}
	return policy.False
}

func (s *Snapshot) truth(able bool) policy.Truth {
	if able {
		return policy.True
	}
	return policy.Unknown
}

// Members lists, sorted, the persons of a source who can act, and reports whether these
// are all: a source that cannot be read, or of whose members some are not known yet, is
// not known.
func (s *Snapshot) Members(source policy.Source) (people []catalog.PersonID, known bool) {
	if source.Kind == policy.SourcePerson {
		if p := catalog.PersonID(source.ID); s.able(p) {
			return []catalog.PersonID{p}, true
		}
		return nil, true
	}
	if source.Kind == policy.SourceOnCall {
		return s.membersOnCall(source)
	}
	set := s.sets[source]
	if set == nil || !set.readable {
		return nil, false
	}
	for p, able := range set.able {
		if able && s.able(p) {
			people = append(people, p)
		}
	}
	slices.Sort(people)
	return people, set.unresolved == 0
}

// AsOf is when the members of a source were read; zero when they never were or need not be.
func (s *Snapshot) AsOf(source policy.Source) time.Time {
	if set := s.sets[source]; set != nil {
		return set.asOf
	}
	return time.Time{}
}

// SlackOf is the Slack user that is bound to a person, or would be at first use.
func (s *Snapshot) SlackOf(p catalog.PersonID) (SlackUserID, bool) {
	u, ok := s.slack[p]
	return u, ok
}

// able reports whether Identity Center has the person, not disabled.
func (s *Snapshot) able(p catalog.PersonID) bool {
	if able, newer := s.people[p]; newer {
		return able
	}
	return inCatalog(s.catalog, p)
}

func inCatalog(c *catalog.Catalog, p catalog.PersonID) bool {
	if c == nil {
		return false
	}
	person, ok := c.Person(p)
	return ok && !person.Disabled
}
