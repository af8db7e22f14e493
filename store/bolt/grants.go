package bolt

import (
	"stint/access"
	"stint/store/record"
)

func grants() table[access.Grant] {
	return table[access.Grant]{
		bucket: grantBucket,
		what:   "grant",
		key:    func(g access.Grant) string { return string(g.ID) },
		number: func(g access.Grant) uint64 { return g.Version },
		index:  grantIndex,
	}
}

func grantIndex(g access.Grant) []entry {
	id, state, key := string(g.ID), string(g.State), g.Key.String()
	list := []entry{
		{bucket: grantsByState, key: join(state, id)},
		{bucket: grantsByKey, key: join(key, state, id)},
		{bucket: grantsByPerson, key: join(string(g.Key.Person), state, id)},
	}
	if g.Request != "" {
		list = append(list, entry{bucket: grantsByRequest, key: join(string(g.Request), id)})
	}
	return append(list, dueEntry(dueGrant, id, key, g.DueAt())...)
}

func (t *tx) Grant(id access.GrantID) (access.Grant, error) {
	return grants().get(t, "bolt.Grant", string(id))
}

func (t *tx) PutGrant(g access.Grant) error {
	const op = "bolt.PutGrant"
	if err := record.Plain(op, string(g.ID), string(g.State), string(g.Request)); err != nil {
		return err
	}
	if err := record.WholeKey(op, g.Key); err != nil {
		return err
	}
	return grants().put(t, op, g)
}

func (t *tx) Grants(f access.GrantFilter) ([]access.Grant, error) {
	s := selection[access.Grant]{index: grantBucket, states: texts(f.States), newest: true, limit: f.Limit}
	switch {
	case f.Request != "":
		s.index, s.prefix = grantsByRequest, string(f.Request)+separator
	case f.Key != access.Key{}:
		s.index, s.prefix, s.stateful = grantsByKey, f.Key.String()+separator, true
	case f.Person != "":
		s.index, s.prefix, s.stateful = grantsByPerson, string(f.Person)+separator, true
	case len(f.States) > 0:
		s.index, s.stateful = grantsByState, true
	}
	s.keep = func(g access.Grant) bool {
		return (f.Person == "" || g.Key.Person == f.Person) &&
			(f.Key == access.Key{} || g.Key == f.Key) &&
			within(f.States, g.State)
	}
	return grants().list(t, s)
}

// within reports whether a filter lets a state pass; an empty filter lets all.
func within[S comparable](filter []S, state S) bool {
	for _, s := range filter {
		if s == state {
			return true
		}
	}
	return len(filter) == 0
}
