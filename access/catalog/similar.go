package catalog

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

const (
	// maxSimilar bounds how many similar names are scored: more are noise, not an answer.
	maxSimilar = 256
	// minSimilar is the shortest query that similar names are looked up for.
	minSimilar = 2
)

// similar finds entries that did not match but whose name holds the letters of the
// query in this order ("prdbil" for prod-billing), best first.
func (s *searcher) similar(q *query, found []rank, keep func(i int) bool) []int32 {
	pattern := strings.ReplaceAll(q.phrase.text, " ", "")
	if n := utf8.RuneCountInString(pattern); n < minSimilar {
		return nil
	}
	var indexes []int32
	want := letters(pattern)
	candidates := iter.Seq[string](func(yield func(string) bool) {
		for i := range s.entries {
			e := &s.entries[i]
			if found[i] != none || want&^e.letters != 0 || !holds(e.name, pattern) || !keep(i) {
				continue
			}
			indexes = append(indexes, int32(i))
			if !yield(s.name(i)) || len(indexes) == maxSimilar {
				return
			}
		}
	})
	matches := fuzzy.FindFromIter(pattern, candidates)
	hits := make([]int32, len(matches))
	for i, m := range matches {
		hits[i] = indexes[m.Index]
	}
	return hits
}

// holds reports whether the runes of pattern are in s, in this order.
func holds(s, pattern string) bool {
	for _, r := range pattern {
		i := strings.IndexRune(s, r)
		if i < 0 {
			return false
		}
		s = s[i+utf8.RuneLen(r):]
	}
	return true
}
