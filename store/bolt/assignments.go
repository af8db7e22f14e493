package bolt

import (
	"stint/access"
	"stint/store/record"
)

func assignments() table[access.Assignment] {
	return table[access.Assignment]{
		bucket: assignmentBucket,
		what:   "assignment",
		key:    func(a access.Assignment) string { return a.Key.String() },
		number: func(a access.Assignment) uint64 { return a.Version },
		index:  assignmentIndex,
	}
}

func assignmentIndex(a access.Assignment) []entry {
	key := a.Key.String()
	list := []entry{{bucket: assignmentsByState, key: join(string(a.State), key)}}
	if a.Stuck {
		list = append(list, entry{bucket: assignmentsStuck, key: key})
	}
	return append(list, dueEntry(dueAssignment, key, "", a.DueAt())...)
}

func (t *tx) Assignment(key access.Key) (access.Assignment, error) {
	a, found, err := assignments().find(t, key.String())
	if err == nil && !found {
		return access.Assignment{Key: key, State: access.Absent}, nil
	}
	return a, err
}

func (t *tx) PutAssignment(a access.Assignment) error {
	const op = "bolt.PutAssignment"
	if err := record.WholeKey(op, a.Key); err != nil {
		return err
	}
	if err := record.Plain(op, string(a.State)); err != nil {
		return err
	}
	return assignments().put(t, op, a)
}

func (t *tx) Assignments(f access.AssignmentFilter) ([]access.Assignment, error) {
	s := selection[access.Assignment]{index: assignmentBucket, states: texts(f.States), limit: f.Limit}
	switch {
	case f.Stuck:
		s.index = assignmentsStuck
	case len(f.States) > 0:
		s.index, s.stateful = assignmentsByState, true
	}
	s.keep = func(a access.Assignment) bool { return within(f.States, a.State) }
	return assignments().list(t, s)
}
