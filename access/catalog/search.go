package catalog

import (
	"maps"
	"slices"
	"strings"
)

// SearchAccounts finds accounts by name, id (in full, its first or last digits, with
// dashes or spaces), OU path and tags (key, value or key=value). Several words must all
// match. The best come first: exact, then beginnings, then parts, then, when hardly
// anything matches, names that are only similar; equals by name. keep, when not nil, is
// asked once for each match; hits are at most limit (≤0: no limit) of the total that it kept.
func (c *Catalog) SearchAccounts(query string, limit int, keep func(*Account) bool) (hits []*Account, total int) {
	return search(&c.accountKeys, c.data.Accounts, query, limit, keep)
}

// SearchRoles finds roles by name and description, as SearchAccounts does.
func (c *Catalog) SearchRoles(query string, limit int, keep func(*Role) bool) (hits []*Role, total int) {
	return search(&c.roleKeys, c.data.Roles, query, limit, keep)
}

func search[T any](s *searcher, all []T, query string, limit int, keep func(*T) bool) ([]*T, int) {
	found, total := s.search(parseQuery(query), limit, func(i int) bool {
		return keep == nil || keep(&all[i])
	})
	hits := make([]*T, len(found))
	for i, index := range found {
		hits[i] = &all[index]
	}
	return hits, total
}

// accountFields are what an account is found by besides its name and id.
func accountFields(a *Account) []string {
	fields := make([]string, 0, 1+len(a.Tags))
	fields = append(fields, a.OUPath)
	for _, k := range slices.Sorted(maps.Keys(a.Tags)) {
		fields = append(fields, k+"="+a.Tags[k])
	}
	return fields
}

// rank says how well an entry matches; smaller is better.
type rank uint8

const (
	exact       rank = iota // the whole name or id
	prefix                  // the name or id begins with it
	wordStart               // a word of the name begins with it, or the id ends with it
	fieldExact              // an OU, a tag's key, value or key=value
	fieldStart              // a word in an OU or tag begins with it
	inside                  // somewhere in the name or id
	fieldInside             // somewhere in an OU or tag
	similar                 // only the letters of the name, in this order
	none                    // not at all
	refused                 // it matches, but keep said no
)

const (
	ranks        = int(none) // how many ranks there are that match
	strictEnough = 5         // with fewer matches than this, similar names are added
)

// document is what is searched in besides the name, before folding.
type document struct {
	id   string
	more []string
}

// entry is a document made ready: all is name, id and fields, folded, one a line; name
// and id are parts of it.
type entry struct {
	all, name, id string
	fields        string // the lines after the id, with a line break on both sides of each
	letters       uint64 // of the name
}

// searcher finds entries; their order is the order of equals.
type searcher struct {
	entries []entry
	name    func(i int) string // as it is written
}

// newSearcher folds all documents into one string, which costs one allocation to keep
// and lies side by side in memory, where every keystroke reads it.
func newSearcher(n int, name func(i int) string, doc func(i int) document) searcher {
	var text strings.Builder
	type span struct{ start, name, id, end int }
	spans := make([]span, n)
	for i := range n {
		d := doc(i)
		s := span{start: text.Len()}
		text.WriteString(fold(name(i)))
		s.name = text.Len()
		text.WriteByte('\n')
		text.WriteString(fold(d.id))
		s.id = text.Len()
		text.WriteByte('\n')
		for _, f := range d.more {
			text.WriteString(fold(f))
			text.WriteByte('\n')
		}
		s.end = text.Len()
		spans[i] = s
	}
	all := text.String()
	s := searcher{entries: make([]entry, n), name: name}
	for i, p := range spans {
		name := all[p.start:p.name]
		s.entries[i] = entry{
			all: all[p.start:p.end], name: name, id: all[p.name+1 : p.id],
			fields: all[p.id:p.end], letters: letters(name),
		}
	}
	return s
}

// search ranks every entry, then lays the best out by rank: two passes, one byte an entry.
func (s *searcher) search(q query, limit int, keep func(i int) bool) (hits []int32, total int) {
	if q.hopeless {
		return nil, 0
	}
	found := make([]rank, len(s.entries))
	var counts [ranks]int
	for i := range s.entries {
		r := s.entries[i].rank(&q)
		if r < none && !keep(i) {
			r = refused
		}
		found[i] = r
		if r < none {
			counts[r]++
			total++
		}
	}
	if limit <= 0 {
		limit = len(s.entries)
	}
	var next [ranks]int
	for r, sum := 0, 0; r < ranks; r++ {
		next[r] = sum
		sum += counts[r]
	}
	hits = make([]int32, min(limit, total))
	for i, r := range found {
		if r < none {
			if next[r] < len(hits) {
				hits[next[r]] = int32(i)
			}
			next[r]++
		}
	}
	if total < strictEnough {
		more := s.similar(&q, found, keep)
		hits = append(hits, more[:min(len(more), limit-len(hits))]...)
		total += len(more)
	}
	return hits, total
}

// rank is that of the phrase as a whole if that begins the name or id, else that of the
// word which matches worst.
func (e *entry) rank(q *query) rank {
	whole := e.rankWord(q.phrase)
	if whole <= prefix || len(q.words) == 0 {
		return whole
	}
	worst := exact
	for _, w := range q.words {
		if worst = max(worst, e.rankWord(w)); worst == none {
			break
		}
	}
	return min(whole, worst)
}

func (e *entry) rankWord(w word) rank {
	best := none
	if w.digits != "" {
		best = rankID(e.id, w.digits)
	}
	if best > prefix && strings.Contains(e.all, w.text) {
		best = min(best, rankName(e.name, w.text))
		if best > fieldExact {
			best = min(best, rankFields(e.fields, w.text))
		}
	}
	return best
}

func rankID(id, digits string) rank {
	switch {
	case id == "":
		return none
	case id == digits:
		return exact
	case strings.HasPrefix(id, digits):
		return prefix
	case strings.HasSuffix(id, digits):
		return wordStart
	case strings.Contains(id, digits):
		return inside
	}
	return none
}

func rankName(name, text string) rank {
	switch {
	case name == text:
		return exact
	case strings.HasPrefix(name, text):
		return prefix
	}
	best := none
	for from, tries := 1, 0; tries < maxTries && from < len(name); tries++ {
		i := strings.Index(name[from:], text)
		if i < 0 {
			break
		}
		if startsWord(name, from+i) {
			return wordStart
		}
		best = inside
		from += i + 1
	}
	return best
}

// maxTries bounds how many places of one text are judged; a query of one letter has many.
const maxTries = 8

func rankFields(fields, text string) rank {
	best := none
	for from, tries := 1, 0; tries < maxTries && from < len(fields); tries++ {
		i := strings.Index(fields[from:], text)
		if i < 0 {
			break
		}
		start, end := from+i, from+i+len(text)
		switch {
		case endsField(fields[start-1]) && endsField(fields[end]):
			return fieldExact
		case startsWord(fields, start):
			best = fieldStart
		default:
			best = min(best, fieldInside)
		}
		from = start + 1
	}
	return best
}

// endsField reports whether c stands between fields, the levels of an OU path, or a
// tag's key and value.
func endsField(c byte) bool { return c == '\n' || c == '/' || c == '=' }

// startsWord reports whether a word begins at i. Bytes above ASCII belong to letters.
func startsWord(s string, i int) bool { return i == 0 || !wordByte(s[i-1]) || !wordByte(s[i]) }

func wordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80
}
