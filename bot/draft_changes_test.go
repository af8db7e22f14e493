package bot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"stint/access/policy"
)

// What was added and what was taken away stands on lines of its own, whatever is in quotes.
func TestDiffLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		before, after string
		want          string
	}{
		{
			"added in braces", "", `{ name: "a, {b}", deny: true, accounts: [{ id: "1", tags: { a: b } }], when: 'x in ["y", "z"]' }`,
			"+ name: \"a, {b}\"\n+ deny: true\n+ accounts: [{ id: \"1\", tags: { a: b } }]\n+ when: 'x in [\"y\", \"z\"]'",
		},
		{
			"escaped quote", "", `{ name: "she said \", and went on", deny: true, roles: [ReadOnly, ViewOnly] }`,
			"+ name: \"she said \\\", and went on\"\n+ deny: true\n+ roles: [ReadOnly, ViewOnly]",
		},
		{"one line of many", "a\nb\nc\nd\n", "a\nb\nx\nd\n", "  b\n- c\n+ x"},
		{"the same twice", "a\na\n", "a\n", "  a\n- a"},
		{"removed", "a\nb", "", "- a\n- b"},
		{"unfinished quote", "", `{ name: "left open, deny: true, and so on and so forth until it is long }`, `+ name: "left open, deny: true, and so on and so forth until it is long`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(c.want, diffLines(policy.Change{Before: c.before, After: c.after})); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// A switch is told as people did it, not as YAML writes it; a field of that name elsewhere is none.
func TestSwitchInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change policy.Change
		want   string
	}{
		{policy.Change{Kind: policy.Added, Path: "rules[3].off", Title: "rule “a”: off", After: "true"}, ":black_circle: rule “a” is switched off"},
		{policy.Change{Kind: policy.Removed, Path: "rules[3].off", Title: "rule “a”: off", Before: "true"}, ":white_check_mark: rule “a” is switched on"},
		{policy.Change{Kind: policy.Added, Path: "settings.off", Title: "settings: off", After: "true"}, ":heavy_plus_sign: settings: off (added): `true`"},
	} {
		if got := changeLine(c.change); got != c.want {
			t.Errorf("%s: got %q", c.change.Path, got)
		}
	}
}
