package policy

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGlobAgainstRegexp compares with the regular expression that says the same.
func TestGlobAgainstRegexp(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("abé語*?[.")), 0, 6, -1)
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
