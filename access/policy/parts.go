package policy

import (
	"bytes"
	"encoding/json"
	"slices"
)

// fields are the parts of a value of a Spec: its keys, in order, with what they say. A key
// that says nothing is not there.
type fields struct {
	keys   []string
	values map[string]json.RawMessage
}

// fieldsOf splits the JSON of an object; nothing else has fields.
func fieldsOf(data json.RawMessage) (f fields, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return f, false
	}
	f.values = map[string]json.RawMessage{}
	for dec.More() {
		token, err := dec.Token()
		key, isText := token.(string)
		var value json.RawMessage
		if err != nil || !isText || dec.Decode(&value) != nil {
			return f, false
		}
		f.keys = append(f.keys, key)
		f.values[key] = value
	}
	return f, true
}

// bothKeys lists the keys of both, each at the place where it would stand.
func bothKeys(a, b fields) []string {
	out := slices.Clone(b.keys)
	place := 0
	for _, key := range a.keys {
		if i := slices.Index(out, key); i >= 0 {
			place = i + 1
			continue
		}
		out = slices.Insert(out, place, key)
		place++
	}
	return out
}

// raw is the JSON of a part of a Spec.
func raw(v any) json.RawMessage { return json.RawMessage(asJSON(v)) }

// same compares what two parts say.
func same(a, b any) bool { return asJSON(a) == asJSON(b) }
