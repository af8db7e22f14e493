package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what somebody may type; the longest thing that can be found is a tag's
// key=value (128 + 1 + 256 characters).
const (
	maxQueryRunes = 512
	maxQueryWords = 16
)

// query is what was typed, made ready once for all entries.
type query struct {
	phrase word
	words  []word // every one must match; a single word is the phrase alone
	// hopeless is set when no entry can match: more was typed than any entry holds.
	hopeless bool
}

// word is a part of a query. digits is it without dashes and spaces when it is
// otherwise all digits, for ids as people write them (1234-5678-9012).
type word struct {
	text, digits string
}

func parseQuery(text string) query {
	if len(text) > maxQueryRunes*utf8.UTFMax || utf8.RuneCountInString(text) > maxQueryRunes {
		return query{hopeless: true}
	}
	text = fold(text)
	q := query{phrase: newWord(text)}
	if !strings.Contains(text, " ") {
		return q
	}
	for field := range strings.FieldsSeq(text) {
		if !slices.ContainsFunc(q.words, func(w word) bool { return w.text == field }) {
			q.words = append(q.words, newWord(field))
		}
	}
	if len(q.words) > maxQueryWords { // only the phrase as a whole can still match
		q.words = q.words[:0]
	}
	return q
}

func newWord(text string) word {
	return word{text: text, digits: idDigits(text)}
}

// idDigits is "" unless text is digits with nothing but dashes and spaces in between.
func idDigits(text string) string {
	plain := true
	for i := range len(text) {
		switch c := text[i]; {
		case c == '-' || c == ' ':
			plain = false
		case c < '0' || c > '9':
			return ""
		}
	}
	if plain {
		return text
	}
	return strings.NewReplacer("-", "", " ", "").Replace(text)
}
