package bolt

import (
	"slices"

	"stint/access"
	"stint/access/fault"
	"stint/store/record"
)

func requests() table[access.Request] {
	return table[access.Request]{
		bucket: requestBucket,
		what:   "request",
		key:    func(r access.Request) string { return string(r.ID) },
		number: func(r access.Request) uint64 { return r.Version },
		index:  requestIndex,
	}
}

func requestIndex(r access.Request) []entry {
	id, state := string(r.ID), string(r.State)
	list := []entry{{bucket: requestsByState, key: join(state, id)}}
	if r.FormKey != "" {
		list = append(list, entry{bucket: requestsByForm, key: r.FormKey, value: id, unique: true})
	}
	if p := r.Asker.Person; p != "" {
		list = append(list, entry{bucket: requestsByPerson, key: join(string(p), state, id)})
	}
	if p := r.Receiver.Person; p != "" && p != r.Asker.Person {
		list = append(list, entry{bucket: requestsByPerson, key: join(string(p), state, id)})
	}
	if r.Debrief.Open() {
		list = append(list, entry{bucket: requestsDebrief, key: id})
	}
	return append(list, dueEntry(dueRequest, id, "", r.DueAt())...)
}

func (t *tx) Request(id access.RequestID) (access.Request, error) {
	return requests().get(t, "bolt.Request", string(id))
}

func (t *tx) PutRequest(r access.Request) error {
	const op = "bolt.PutRequest"
	if err := record.Plain(op, string(r.ID), string(r.State), string(r.Asker.Person), string(r.Receiver.Person)); err != nil {
		return err
	}
	return requests().put(t, op, r)
}

func (t *tx) RequestByForm(formKey string) (access.Request, error) {
	const op = "bolt.RequestByForm"
	id, err := t.get(requestsByForm, formKey)
	if err != nil {
		return access.Request{}, err
	}
	if id == nil {
		return access.Request{}, fault.New(fault.NotFound, op, "No request was made with this form.", "Send the form.")
	}
	return requests().get(t, op, string(id))
}

func (t *tx) Requests(f access.RequestFilter) ([]access.Request, error) {
	s := selection[access.Request]{index: requestBucket, states: texts(f.States), newest: true, limit: f.Limit}
	switch {
	case f.Debrief: // few, whatever else is asked of them
		s.index = requestsDebrief
		s.keep = func(r access.Request) bool {
			return (len(f.States) == 0 || slices.Contains(f.States, r.State)) && (f.Person == "" || r.Asker.Person == f.Person || r.Receiver.Person == f.Person)
		}
	case f.Person != "":
		s.index, s.prefix, s.stateful = requestsByPerson, string(f.Person)+separator, true
	case len(f.States) > 0:
		s.index, s.stateful = requestsByState, true
	}
	return requests().list(t, s)
}

// texts are values as plain strings.
func texts[S ~string](values []S) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
