package identity

import (
	"maps"

	"stint/access/catalog"
	"stint/access/policy"
)

// rebuildSet follows a new reading of one source.
func (d *Directory) rebuildSet(s policy.Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := *d.snapshot.Load()
	next.sets = maps.Clone(next.sets)
	if next.sets == nil {
		next.sets = make(map[policy.Source]*set)
	}
	if set := d.set(s); set != nil {
		next.sets[s] = set
	} else {
		delete(next.sets, s)
	}
	d.snapshot.Store(&next)
	d.nudge() // there may be new members to get to know
}

// rebuildSets follows a new reading of the list of user groups.
func (d *Directory) rebuildSets() {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := *d.snapshot.Load()
	d.publishSets(&next)
}

// publishSets derives all sets and makes next the snapshot.
func (d *Directory) publishSets(next *Snapshot) {
	next.sets = make(map[policy.Source]*set)
	add := func(s policy.Source) {
		if set := d.set(s); set != nil {
			next.sets[s] = set
		}
	}
	for id := range d.userGroups.all() {
		add(userGroupSource(id))
	}
	for id := range d.channels.all() {
		add(channelSource(id))
	}
	for id := range d.groups.all() {
		add(groupSource(id))
	}
	for id := range d.onCall.all() {
		add(onCallSource(id))
	}
	next.fallbacks = d.fallbacks
	for i, groups := 0, d.catalog.Groups(); i < len(groups); i++ {
		if !groups[i].MembersAsOf.IsZero() {
			add(groupSource(groups[i].ID))
		}
	}
	d.snapshot.Store(next)
	d.nudge()
}

// set derives the members of one source; nil when they were never read.
func (d *Directory) set(s policy.Source) *set {
	switch s.Kind {
	case policy.SourceUserGroup:
		if f, ok := d.userGroups.last(UserGroupID(s.ID)); ok {
			out := d.slackSet(f.Members, !f.Deleted && !d.disabled(f.ID))
			out.asOf = f.AsOf
			return out
		}
	case policy.SourceChannel:
		if f, ok := d.channels.last(ChannelID(s.ID)); ok {
			out := d.slackSet(f.Members, f.Private && !f.Shared && !f.Archived && !f.Gone)
			out.asOf = f.AsOf
			return out
		}
	case policy.SourceGroup:
		return d.groupSet(catalog.GroupID(s.ID))
	case policy.SourceOnCall:
		return d.onCallSet(scheduleID(s.ID))
	case policy.SourcePerson: // a set of one, which needs no facts
	}
	return nil
}

// disabled reports whether the last list says that the user group is disabled, which the
// reading of its members alone need not tell.
func (d *Directory) disabled(id UserGroupID) bool {
	list, _ := d.groupList.last(only)
	for i := range list {
		if list[i].ID == id {
			return list[i].Deleted
		}
	}
	return false
}

func (d *Directory) slackSet(members []SlackUserID, readable bool) *set {
	out := &set{readable: readable, slack: true, able: make(map[catalog.PersonID]bool, len(members))}
	for _, u := range members {
		b, known := d.bindings[u]
		switch {
		case !known:
			out.unresolved++
		case b.person != "":
			out.able[b.person] = b.able
		}
	}
	return out
}

// groupSet takes whichever read of an Identity Center group is newer, its own or the sync's.
func (d *Directory) groupSet(id catalog.GroupID) *set {
	f, read := d.groups.last(id)
	g, synced := d.catalog.Group(id)
	if synced && !g.MembersAsOf.IsZero() && (!read || g.MembersAsOf.After(f.AsOf)) {
		f, read = GroupFacts{ID: id, Members: g.Members, AsOf: g.MembersAsOf}, true
	}
	if !read {
		return nil
	}
	out := &set{asOf: f.AsOf, readable: !f.Gone, able: make(map[catalog.PersonID]bool, len(f.Members))}
	for _, p := range f.Members {
		out.able[p] = true
	}
	return out
}
