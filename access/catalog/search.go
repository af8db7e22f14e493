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
