package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// ChangeKind says what happened to a part of a policy.
type ChangeKind string

// The kinds.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Altered ChangeKind = "changed"
	Moved   ChangeKind = "moved"
)

// Change is one difference between two policies, for people.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Path   string     `json:"path"`             // "rules[2].max_duration", of the newer policy unless removed
	Title  string     `json:"title"`            // "rule “production admin”: max_duration"
	Before string     `json:"before,omitempty"` // as YAML writes it; "" when added; of a move "place 5 of 7"
	After  string     `json:"after,omitempty"`  // "" when removed
}

// Diff lists what differs, settings first, then channels, people, rules and tests. Rules
// are told apart by name: a rule with another name is another rule, unless it stands at
// the same place and differs in nothing else.
func Diff(before, after Spec) []Change {
	var d differ
	d.fields("settings", "settings", raw(before.Settings), raw(after.Settings))
	d.list("channels", "channels", parts(before.Channels), parts(after.Channels))
	for _, name := range bothSets(before.People, after.People) {
		d.set(name, before.People, after.People)
	}
	d.rules(before.Rules, after.Rules)
	d.list("expect", "test", parts(before.Expect), parts(after.Expect))
	return d.changes
}

type differ struct{ changes []Change }

func (d *differ) add(kind ChangeKind, path, title, before, after string) {
	d.changes = append(d.changes, Change{Kind: kind, Path: path, Title: title, Before: before, After: after})
}

// value compares one part, of which either may be missing.
func (d *differ) value(path, title string, before, after json.RawMessage) {
	switch {
	case bytes.Equal(before, after):
	case before == nil:
		d.add(Added, path, title, "", inline(after))
	case after == nil:
		d.add(Removed, path, title, inline(before), "")
	default:
		d.add(Altered, path, title, inline(before), inline(after))
	}
}

// fields compares two objects key by key; below the first level keys are named with dots.
func (d *differ) fields(path, title string, before, after json.RawMessage) {
	d.nested(path, title, ": ", before, after)
}

func (d *differ) nested(path, title, colon string, before, after json.RawMessage) {
	a, isObject := fieldsOf(before)
	b, areObjects := fieldsOf(after)
	if !isObject || !areObjects {
		d.value(path, title, before, after)
		return
	}
	for _, key := range bothKeys(a, b) {
		d.nested(path+"."+key, title+colon+key, ".", a.values[key], b.values[key])
	}
}

func parts[T any](list []T) []json.RawMessage {
	out := make([]json.RawMessage, len(list))
	for i := range list {
		out[i] = raw(&list[i])
	}
	return out
}

// list compares entries that have no names: those between the ones that are the same at the
// start and at the end, by their place.
func (d *differ) list(path, title string, before, after []json.RawMessage) {
	start, end := 0, 0
	for start < min(len(before), len(after)) && bytes.Equal(before[start], after[start]) {
		start++
	}
	for end < min(len(before), len(after))-start && bytes.Equal(before[len(before)-1-end], after[len(after)-1-end]) {
		end++
	}
	for i := start; i < max(len(before), len(after))-end; i++ {
		var a, b json.RawMessage
		if i < len(before)-end {
			a = before[i]
		}
		if i < len(after)-end {
			b = after[i]
		}
		d.value(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%s, entry %d", title, i+1), a, b)
	}
}

func bothSets(a, b map[string]People) []string {
	all := map[string]bool{}
	for name := range a {
		all[name] = true
	}
	for name := range b {
		all[name] = true
	}
	return sortedKeys(all)
}

func (d *differ) set(name string, before, after map[string]People) {
	a, had := before[name]
	b, has := after[name]
	path, title := "people."+name, "people set `"+name+"`"
	switch {
	case had && has:
		d.fields(path, title, raw(a), raw(b))
	case had:
		d.value(path, title, raw(a), nil)
	default:
		d.value(path, title, nil, raw(b))
	}
}
