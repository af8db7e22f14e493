package policy_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stint/access/policy"
)

// TestMergeLaws: what only one side changed is taken over; what both changed differently is
// named, and nothing is merged then.
func TestMergeLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := whole()
		left := someMutations(0, "mine").Draw(t, "mine")
		right := someMutations(1, "theirs").Draw(t, "theirs")
		mine, theirs := mutate(base, left), mutate(base, right)

		var clash []string
		right = slices.DeleteFunc(right, func(m mutation) bool {
			also := slices.ContainsFunc(left, func(l mutation) bool { return l.name == m.name })
			if also && !slices.Contains(alwaysTheSame, m.name) {
				clash = append(clash, m.name)
			}
			return also
		})
		merged, conflicts := policy.Merge(base, mine, theirs)
		if len(clash) > 0 {
			if len(conflicts) == 0 || say(merged) != say(theirs) {
				t.Fatalf("%q clash, and the conflicts are %q", clash, conflicts)
			}
			return
		}
		if want := mutate(mine, right); len(conflicts) > 0 || say(merged) != say(want) {
			t.Fatalf("conflicts %q, merged\n%s\nwant\n%s", conflicts, say(merged), say(want))
		}
		for _, pair := range [][3]policy.Spec{{base, mine, base}, {base, base, mine}, {base, mine, mine}} {
			got, conflicts := policy.Merge(pair[0], pair[1], pair[2])
			if len(conflicts) > 0 || say(got) != say(mine) {
				t.Fatalf("conflicts %q, merged\n%s\nwant\n%s", conflicts, say(got), say(mine))
			}
		}
	})
}

// alwaysTheSame are mutations that do not depend on n.
var alwaysTheSame = []string{"settings.second_admin", "people.oncall", "reads.off", "rule power", "order"}

func index(name string) int {
	return slices.IndexFunc(mutations(0), func(m mutation) bool { return m.name == name })
}

// TestMergeOrder merges policies whose rules are letters.
func TestMergeOrder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ base, mine, theirs, want string }{
		"one moves":               {"abcd", "dabc", "abcd", "dabc"},
		"both move apart":         {"abcdef", "bacdef", "abcdfe", "bacdfe"},
		"both move the same":      {"abc", "cab", "cab", "cab"},
		"to the end, to the top":  {"abc", "bca", "cab", "cba"},
		"contradicting":           {"abc", "bac", "acb", ""},
		"one rule both ways":      {"axb", "xab", "abx", ""},
		"add and move":            {"abc", "abxc", "cab", ""},
		"add and move elsewhere":  {"abcd", "abxcd", "abdc", "abxdc"},
		"add at an end, and move": {"abc", "xabc", "acb", "xacb"},
		"both add apart":          {"abc", "axbc", "abyc", "axbyc"},
		"both add at one place":   {"abc", "abcx", "abcy", "abcyx"},
		"both add several":        {"ab", "axxb", "ayb", ""}, // the name is there twice
		"both add the same":       {"ab", "axb", "axb", "axb"},
		"the same, elsewhere":     {"ab", "xab", "abx", ""},
		"remove and move":         {"abc", "bc", "cab", "cb"},
		"both remove":             {"abcd", "acd", "abc", "ac"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theirs := letters(tc.theirs)
			theirs.Settings.SecondAdmin = true // so that both sides changed something
			mine := letters(tc.mine)
			mine.Settings.TimeZone = "UTC"
			merged, conflicts := policy.Merge(letters(tc.base), mine, theirs)
			if tc.want == "" {
				if len(conflicts) != 1 || say(merged) != say(theirs) {
					t.Fatalf("conflicts %q", conflicts)
				}
				return
			}
			var got string
			for _, r := range merged.Rules {
				got += r.Name
			}
			equal(t, []string(nil), conflicts)
			equal(t, tc.want, got)
			equal(t, true, merged.Settings.SecondAdmin && merged.Settings.TimeZone == "UTC")
		})
	}
}

func letters(names string) policy.Spec {
	spec := base()
	for _, n := range names {
		spec.Rules = append(spec.Rules, anything(string(n)))
	}
	return spec
}

// TestMergeConflicts names the parts.
func TestMergeConflicts(t *testing.T) {
	t.Parallel()
	both := func(name string, n int) policy.Spec {
		return mutate(whole(), []mutation{mutations(n)[index(name)]})
	}
	for name, want := range map[string]string{
		"settings.admins.users": "settings: admins.users",
		"channels":              "channels",
		"people.sre":            "people set `sre`: slack_usergroups",
		"people.new":            "people set `new`",
		"admin.max_duration":    "rule “admin”: max_duration",
		"admin.reason.hint":     "rule “admin”: reason.hint",
		"rule new":              "rule “new”",
	} {
		_, conflicts := policy.Merge(whole(), both(name, 0), both(name, 1))
		equal(t, []string{want}, conflicts)
	}
	gone := whole()
	gone.Rules = slices.Delete(gone.Rules, 2, 3)
	_, conflicts := policy.Merge(whole(), gone, both("admin.max_duration", 1))
	equal(t, []string{"rule “admin”"}, conflicts)
}
