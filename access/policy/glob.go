package policy

import (
	"strings"
	"unicode/utf8"
)

// glob is a pattern in which * stands for any run of characters and ? for one; nothing
// else is special and letter case counts.
type glob struct {
	pattern string
	prefix  string // what comes before the first wildcard
	suffix  string // what comes after the only *, where there is nothing else
	kind    globKind
}

type globKind uint8

const (
	globLiteral globKind = iota // no wildcard
	globOneStar                 // one * and no ?, as nearly always
	globAny
)

func newGlob(pattern string) glob {
	i := strings.IndexAny(pattern, "*?")
	switch {
	case i < 0:
		return glob{pattern: pattern, prefix: pattern}
	case pattern[i] == '*' && !isGlob(pattern[i+1:]):
		return glob{pattern: pattern, prefix: pattern[:i], suffix: pattern[i+1:], kind: globOneStar}
	default:
		return glob{pattern: pattern, prefix: pattern[:i], kind: globAny}
	}
}

func isGlob(s string) bool { return strings.ContainsAny(s, "*?") }

func (g *glob) match(s string) bool {
	switch {
	case g.kind == globLiteral:
		return s == g.pattern
	case len(s) < len(g.prefix)+len(g.suffix) || !strings.HasPrefix(s, g.prefix):
		return false
	case g.kind == globOneStar:
		return strings.HasSuffix(s, g.suffix)
	default:
		return matchWild(g.pattern[len(g.prefix):], s[len(g.prefix):])
	}
}

// matchWild goes back only to the last *, which is enough and keeps it linear times the
// number of stars.
func matchWild(pattern, s string) bool {
	star, again := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, again = p, i
			p++
		case p < len(pattern) && pattern[p] == '?':
			_, n := utf8.DecodeRuneInString(s[i:])
			p, i = p+1, i+n
		case p < len(pattern) && pattern[p] == s[i]:
			p, i = p+1, i+1
		case star >= 0:
			_, n := utf8.DecodeRuneInString(s[again:])
			again += n
			p, i = star+1, again
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
