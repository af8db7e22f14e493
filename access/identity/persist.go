package identity

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"stint/access/fault"
)

// saved is everything that was read, each with its age, as the store keeps it. The pins
// are stored by themselves.
type saved struct {
	Home       *home            `json:"home,omitempty"`
	Users      []SlackFacts     `json:"users,omitempty"`
	Handles    []UserGroupFacts `json:"handles,omitempty"`
	UserGroups []UserGroupFacts `json:"user_groups,omitempty"`
	Names      []ChannelFacts   `json:"names,omitempty"`
	Channels   []ChannelFacts   `json:"channels,omitempty"`
	People     []PersonFacts    `json:"people,omitempty"`
	Groups     []GroupFacts     `json:"groups,omitempty"`
	OnCall     []OnCallFacts    `json:"on_call,omitempty"`
}

// Export is what was read, for a restart at which Slack cannot be asked.
func (d *Directory) Export() ([]byte, error) {
	var s saved
	if h, ok := d.home.last(only); ok {
		s.Home = &h
	}
	s.Handles, _ = d.groupList.last(only)
	s.Names, _ = d.chanList.last(only)
	s.Users = values(d.users.all())
	s.UserGroups = values(d.userGroups.all())
	s.Channels = values(d.channels.all())
	s.People = values(d.people.all())
	s.Groups = values(d.groups.all())
	s.OnCall = values(d.onCall.all())
	blob, err := json.Marshal(s)
	return blob, fault.Wrap(err, fault.Internal, "identity.Export", "The facts could not be packed.", "")
}

// Import takes what Export gave, with its age: nothing becomes younger by it, and what
// is known better stays. Damaged data is refused with code Invalid and changes nothing.
func (d *Directory) Import(blob []byte) error {
	var s saved
	if err := json.Unmarshal(blob, &s); err != nil {
		return fault.Wrap(err, fault.Invalid, "identity.Import", "The stored facts cannot be read.", "They are only a copy: everything is read again from Slack and AWS.")
	}
	if s.Home != nil {
		take(d.home, only, *s.Home, mark{at: s.Home.AsOf})
	}
	if len(s.Handles) > 0 {
		take(d.groupList, only, s.Handles, mark{at: s.Handles[0].AsOf})
	}
	if len(s.Names) > 0 {
		take(d.chanList, only, s.Names, mark{at: s.Names[0].AsOf})
	}
	for _, f := range s.Users {
		take(d.users, f.ID, f, mark{at: f.AsOf})
	}
	for _, f := range s.UserGroups {
		take(d.userGroups, f.ID, f, mark{at: f.AsOf})
	}
	for _, f := range s.Channels {
		take(d.channels, f.ID, f, mark{at: f.AsOf})
	}
	for _, f := range s.People {
		take(d.people, f.Person.ID, f, mark{at: f.AsOf})
	}
	for _, f := range s.Groups {
		take(d.groups, f.ID, f, mark{at: f.AsOf})
	}
	for _, f := range s.OnCall {
		take(d.onCall, scheduleID(f.ID), f, mark{at: f.AsOf})
	}
	d.rebuild()
	return nil
}

// take keeps what was stored, unless it has no id or age. Its tick is zero: an
// invalidation since then makes it too old.
func take[K ~string, V any](c *cache[K, V], id K, v V, m mark) {
	if id != "" && !m.at.IsZero() {
		c.keep(id, v, m)
	}
}

// values are in order of id, so that equal facts give equal bytes.
func values[K cmp.Ordered, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[id])
	}
	return out
}
