package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold brings text into the one form in which it is searched: no case, one space
// between words, nothing that cannot be seen.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.Map(foldRune, s)), " ")
}

// foldRune goes by way of upper case, so that letters with several lower-case forms
// (σ and ς, s and ſ, i and ı) are one.
func foldRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf && r >= ' ' && r != 0x7f:
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	case unicode.IsSpace(r) || unicode.IsControl(r):
		return ' '
	case unicode.Is(unicode.Cf, r): // zero-width and direction marks
		return -1
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// compareFold orders without regard to case and without allocating.
func compareFold(a, b string) int {
	for a != "" && b != "" {
		r, n := utf8.DecodeRuneInString(a)
		s, m := utf8.DecodeRuneInString(b)
		if r, s = foldRune(r), foldRune(s); r != s {
			if r < s {
				return -1
			}
			return 1
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

// letters is a set of the bytes in s, coarse but cheap: a text can contain the letters
// of a word only if its set holds all of the word's.
func letters(s string) uint64 {
	var set uint64
	for i := range len(s) {
		set |= 1 << (s[i] & 63)
	}
	return set
}
