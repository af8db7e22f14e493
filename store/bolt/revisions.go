package bolt

import (
	"stint/access"
	"stint/store/record"
)

func revisions() table[access.Revision] {
	return table[access.Revision]{
		bucket: revisionBucket,
		what:   "revision",
		key:    func(r access.Revision) string { return string(r.ID) },
		number: func(r access.Revision) uint64 { return r.Version },
		index: func(r access.Revision) []entry {
			return []entry{{bucket: revisionsByState, key: join(string(r.State), string(r.ID))}}
		},
	}
}

func (t *tx) Revision(id access.RevisionID) (access.Revision, error) {
	return revisions().get(t, "bolt.Revision", string(id))
}

func (t *tx) PutRevision(r access.Revision) error {
	const op = "bolt.PutRevision"
	if err := record.Plain(op, string(r.ID), string(r.State)); err != nil {
		return err
	}
	return revisions().put(t, op, r)
}

func (t *tx) Revisions(f access.RevisionFilter) ([]access.Revision, error) {
	s := selection[access.Revision]{index: revisionBucket, states: texts(f.States), newest: true, limit: f.Limit}
	if len(f.States) > 0 {
		s.index, s.stateful = revisionsByState, true
	}
	return revisions().list(t, s)
}
