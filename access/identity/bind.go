package identity

import (
	"maps"

	"stint/access/catalog"
)

// binding is who a Slack user is, by what is known of it. A Slack user without one is
// unresolved: nothing was read of it yet.
type binding struct {
	person catalog.PersonID // "" when it can be nobody
	able   bool             // Slack would let it act
	pinned bool
}

// Snapshot is the facts as they are now. It does not wait for anything.
func (d *Directory) Snapshot() *Snapshot { return d.snapshot.Load() }

// SlackOf is the Slack user that is bound to a person, or would be at first use.
func (d *Directory) SlackOf(person catalog.PersonID) (SlackUserID, bool) {
	return d.Snapshot().SlackOf(person)
}

// What follows derives the snapshot from the caches. Each change copies the parts of the
// old snapshot that it alters and shares the rest; all of it happens under mu and reads
// the newest state of the caches, so that the order of two changes does not matter.

// rebuild derives everything anew: the catalog, the domains, the pins or the home changed.
func (d *Directory) rebuild() {
	d.mu.Lock()
	defer d.mu.Unlock()
	users := d.users.all()
	d.bindings = make(map[SlackUserID]binding, len(users)+len(d.pins))
	slack := make(map[catalog.PersonID]SlackUserID, len(d.pins))
	add := func(u SlackUserID) {
		b, known := d.bind(u)
		if known {
			d.bindings[u] = b
			claim(slack, u, b)
		}
	}
	for u := range d.pins {
		add(u)
	}
	for u := range users {
		if _, done := d.bindings[u]; !done {
			add(u)
		}
	}
	next := &Snapshot{catalog: d.catalog, people: d.newerPeople(), slack: slack}
	d.publishSets(next)
}

// claim notes the Slack user of a person: the pinned one, else the first by id.
func claim(slack map[catalog.PersonID]SlackUserID, u SlackUserID, b binding) {
	if b.person == "" {
		return
	}
	if other, taken := slack[b.person]; !taken || b.pinned || u < other {
		slack[b.person] = u
	}
}

// bind judges one Slack user. It must be called with mu held.
func (d *Directory) bind(u SlackUserID) (b binding, known bool) {
	f, read := d.users.last(u)
	h, _ := d.home.last(only)
	pin, pinned := d.pins[u]
	if pinned {
		able := !read || (refuseUser(f, h) == nil && (pin.Email == "" || d.byEmail(f) == pin.Person))
		return binding{person: pin.Person, able: able, pinned: true}, true
	}
	if !read || h.AsOf.IsZero() || d.catalog.AsOf().IsZero() {
		return binding{}, false
	}
	if refuseUser(f, h) != nil {
		return binding{}, true
	}
	p := d.byEmail(f)
	if _, taken := d.pinOf[p]; p == "" || taken {
		return binding{}, true
	}
	return binding{person: p, able: true}, true
}

// byEmail is the person whom a Slack user's e-mail identifies, "" for none.
func (d *Directory) byEmail(f SlackFacts) catalog.PersonID {
	if refuseEmail(f, d.domains) != nil {
		return ""
	}
	p, refusal := findPerson(d.catalog, f.Email)
	if refusal != nil {
		return ""
	}
	return p.ID
}

// userChanged follows new facts or a new pin of one Slack user.
func (d *Directory) userChanged(u SlackUserID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, was := d.bindings[u]
	b, known := d.bind(u)
	if known == was && b == old {
		return
	}
	if known {
		d.bindings[u] = b
	} else {
		delete(d.bindings, u)
	}
	next := *d.snapshot.Load()
	if old.person != b.person || old.pinned != b.pinned {
		next.slack = maps.Clone(next.slack)
		d.reclaim(next.slack, old.person, u)
		claim(next.slack, u, b)
		if b.pinned {
			d.release(b.person, u)
		}
	}
	d.publishSets(&next)
}

// reclaim finds another Slack user for a person whom u no longer is.
func (d *Directory) reclaim(slack map[catalog.PersonID]SlackUserID, p catalog.PersonID, u SlackUserID) {
	if p == "" || slack[p] != u {
		return
	}
	delete(slack, p)
	for other, b := range d.bindings {
		if b.person == p {
			claim(slack, other, b)
		}
	}
}

// release makes nobody of other Slack users that were taken for a person by e-mail, now
// that the person is pinned to u.
func (d *Directory) release(p catalog.PersonID, u SlackUserID) {
	for other, b := range d.bindings {
		if b.person == p && other != u && !b.pinned {
			d.bindings[other] = binding{}
		}
	}
}

// personChanged follows new facts of Identity Center about one person.
func (d *Directory) personChanged(p catalog.PersonID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.snapshot.Load()
	able, newer := d.newerPerson(p)
	if was, noted := old.people[p]; noted == newer && was == able {
		return
	}
	next := *old
	next.people = maps.Clone(old.people)
	if next.people == nil {
		next.people = make(map[catalog.PersonID]bool)
	}
	if newer {
		next.people[p] = able
	} else {
		delete(next.people, p)
	}
	d.snapshot.Store(&next)
}

// newerPerson reports whether a person may act where that was read after the catalog and
// differs from it.
func (d *Directory) newerPerson(p catalog.PersonID) (able, newer bool) {
	f, read := d.people.last(p)
	if !read || !f.AsOf.After(d.catalog.AsOf()) {
		return false, false
	}
	able = !f.Gone && !f.Person.Disabled
	if able == inCatalog(d.catalog, p) {
		return false, false
	}
	return able, true
}

func (d *Directory) newerPeople() map[catalog.PersonID]bool {
	out := make(map[catalog.PersonID]bool)
	for p := range d.people.all() {
		if able, newer := d.newerPerson(p); newer {
			out[p] = able
		}
	}
	return out
}
