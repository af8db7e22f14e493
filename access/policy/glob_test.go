package policy

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for pattern, sides := range map[string][2]string{ // matches, does not match
		"a*a":     {"aa", "a"}, // one letter cannot be both ends
		"*":       {"", "-"},
		"a?c":     {"aéc", "ac"},
		"*-?b*":   {"a-ab-bb", "-b"},
		"[a]":     {"[a]", "a"},
		"a.c":     {"a.c", "abc"},
		"prod-*":  {"prod-", "Prod-a"},
		"*é?":     {"éé語", "é"},
		"**a**":   {"a", ""},
		"a*b*c*d": {"a-b-c-c-d", "a-c-b-d"},
	} {
		g := newGlob(pattern)
		if !g.match(sides[0]) {
			t.Errorf("%q must match %q", pattern, sides[0])
		}
		if pattern != "*" && g.match(sides[1]) {
			t.Errorf("%q must not match %q", pattern, sides[1])
		}
	}
}

// TestGlobAgainstRegexp compares with the regular expression that says the same.
func TestGlobAgainstRegexp(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("aé*?[")), 0, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		pattern, s := letters.Draw(t, "pattern"), letters.Draw(t, "s")
		if rapid.Bool().Draw(t, "made to match") { // by giving the wildcards something to stand for
			s = strings.ReplaceAll(strings.ReplaceAll(pattern, "*", letters.Draw(t, "star")), "?", "é")
		}
		expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		want := regexp.MustCompile(`(?s)^` + expr + `$`).MatchString(s)
		if g := newGlob(pattern); g.match(s) != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, s, !want, want)
		}
	})
}
