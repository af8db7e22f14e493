package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Merge puts the changes from base to mine on top of theirs: field by field of the settings,
// the people sets and the rules, which are told apart by name. Of channels, whose order
// counts and which have no names, only one side may have changed anything; tests of both are
// kept. Rules that both sides put in the same place stand with theirs first. Conflicts name
// the parts that both changed differently; the Spec is then theirs, unchanged.
func Merge(base, mine, theirs Spec) (merged Spec, conflicts []string) {
	switch {
	case same(&base, &mine), same(&mine, &theirs):
		return theirs, nil
	case same(&base, &theirs):
		return mine, nil
	}
	m := merger{}
	var out Spec
	m.into(&out.Settings, m.part("settings", ": ", raw(base.Settings), raw(mine.Settings), raw(theirs.Settings)))
	m.into(&out.Channels, m.leaf("channels", raw(base.Channels), raw(mine.Channels), raw(theirs.Channels)))
	out.People = m.people(base.People, mine.People, theirs.People)
	out.Rules = m.rules(base.Rules, mine.Rules, theirs.Rules)
	out.Expect = mergeTests(base.Expect, mine.Expect, theirs.Expect)
	if len(m.conflicts) > 0 {
		return theirs, m.conflicts
	}
	return out, nil
}

type merger struct{ conflicts []string }

func (m *merger) conflict(format string, args ...any) {
	m.conflicts = append(m.conflicts, fmt.Sprintf(format, args...))
}

// into reads a part into an empty value.
func (m *merger) into(out any, data json.RawMessage) {
	if err := json.Unmarshal(data, out); err != nil {
		m.conflict("something that cannot be read: %v", err) // cannot happen: it was a Spec before
	}
}

// leaf merges what is whole: it is who changed it who is right. A missing part is nil.
func (m *merger) leaf(title string, base, mine, theirs json.RawMessage) json.RawMessage {
	switch {
	case bytes.Equal(base, mine), bytes.Equal(mine, theirs):
		return theirs
	case bytes.Equal(base, theirs):
		return mine
	default:
		m.conflict("%s", title)
		return theirs
	}
}

// part merges objects key by key, and everything else as a whole; so too what both sides
// added on their own.
func (m *merger) part(title, colon string, base, mine, theirs json.RawMessage) json.RawMessage {
	a, isObject := fieldsOf(mine)
	b, areObjects := fieldsOf(theirs)
	if !isObject || !areObjects || base == nil {
		return m.leaf(title, base, mine, theirs)
	}
	o, _ := fieldsOf(base)
	var out bytes.Buffer
	out.WriteByte('{')
	for _, key := range bothKeys(a, b) {
		value := m.part(title+colon+key, ".", o.values[key], a.values[key], b.values[key])
		if value == nil {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		name, _ := json.Marshal(key)
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

func (m *merger) people(base, mine, theirs map[string]People) map[string]People {
	var out map[string]People
	names := map[string]People{}
	for _, sets := range []map[string]People{mine, theirs} {
		for name, set := range sets {
			names[name] = set
		}
	}
	for _, name := range sortedKeys(names) {
		data := m.part("people set `"+name+"`", ": ", element(base, name), element(mine, name), element(theirs, name))
		if data == nil {
			continue
		}
		var set People
		m.into(&set, data)
		if out == nil {
			out = map[string]People{}
		}
		out[name] = set
	}
	return out
}

func element(sets map[string]People, name string) json.RawMessage {
	if set, ok := sets[name]; ok {
		return raw(set)
	}
	return nil
}

// mergeTests adds to their tests what I added, and takes away what I took away.
func mergeTests(base, mine, theirs []Expectation) []Expectation {
	delta := map[string]int{}
	for i := range base {
		delta[asJSON(&base[i])]--
	}
	for i := range mine {
		delta[asJSON(&mine[i])]++
	}
	var out []Expectation
	for i := range theirs {
		key := asJSON(&theirs[i])
		switch {
		case delta[key] < 0:
			delta[key]++
			continue
		case delta[key] > 0:
			delta[key]-- // both added it
		}
		out = append(out, theirs[i])
	}
	for i := range mine {
		if key := asJSON(&mine[i]); delta[key] > 0 {
			delta[key]--
			out = append(out, mine[i])
		}
	}
	return out
}
