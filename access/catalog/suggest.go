package catalog

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxSuggestions bounds what an error proposes for a name that was not found.
const maxSuggestions = 3

// SuggestAccounts lists up to three account names that are spelt like name, nearest first.
func (c *Catalog) SuggestAccounts(name string) []string {
	return Nearest(name, names(c.data.Accounts, func(a *Account) string { return a.Name }))
}

// SuggestRoles lists up to three role names that are spelt like name.
func (c *Catalog) SuggestRoles(name string) []string {
	return Nearest(name, names(c.data.Roles, func(r *Role) string { return r.Name }))
}

// SuggestGroups lists up to three group names that are spelt like name.
func (c *Catalog) SuggestGroups(name string) []string {
	return Nearest(name, names(c.data.Groups, func(g *Group) string { return g.Name }))
}

// SuggestEmails lists up to three e-mails that are spelt like email.
func (c *Catalog) SuggestEmails(email string) []string {
	return Nearest(email, names(c.data.People, func(p *Person) string { return p.Email }))
}

// SuggestOUs lists up to three OU paths that are spelt like path.
func (c *Catalog) SuggestOUs(path string) []string {
	return Nearest(path, slices.Values(c.ouPaths))
}

func names[T any](all []T, name func(*T) string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range all {
			if !yield(name(&all[i])) {
				return
			}
		}
	}
}

// Nearest lists up to three of the names that somebody who wrote word may have meant,
// nearest first: those that differ by few letters, then those that contain it.
func Nearest(word string, among func(yield func(string) bool)) []string {
	word = clip(fold(word))
	if word == "" {
		return nil
	}
	type near struct {
		name     string
		distance int
	}
	runes := []rune(word)
	allowed := max(1, len(runes)/3)
	var found []near
	var d distance
	for name := range among {
		folded := clip(fold(name))
		n, ok := d.within(runes, folded, allowed)
		switch {
		case folded == "":
			continue
		case ok:
		case min(len(word), len(folded)) >= 3 && (strings.Contains(folded, word) || strings.Contains(word, folded)):
			n = allowed + 1
		default:
			continue
		}
		found = append(found, near{name, n})
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	found = slices.CompactFunc(found, func(a, b near) bool { return a.name == b.name })
	var out []string
	for _, f := range found[:min(len(found), maxSuggestions)] {
		out = append(out, f.name)
	}
	return out
}

// maxCompared bounds how much of a name is compared, in runes.
const maxCompared = 128

func clip(s string) string {
	if utf8.RuneCountInString(s) <= maxCompared {
		return s
	}
	return string([]rune(s)[:maxCompared])
}

// distance computes how many letters must be added, dropped, replaced or swapped with
// their neighbour to turn one word into another; its rows are reused.
type distance struct {
	rows [3][]int
	text []rune
}

// within is the distance if that is at most limit.
func (d *distance) within(a []rune, s string, limit int) (int, bool) {
	d.text = append(d.text[:0], []rune(s)...)
	b := d.text
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return 0, false
	}
	for i := range d.rows {
		d.rows[i] = slices.Grow(d.rows[i][:0], len(b)+1)[:len(b)+1]
	}
	before, last, row := d.rows[0], d.rows[1], d.rows[2]
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		least := row[0]
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			n := min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				n = min(n, before[j-1]+1)
			}
			row[j+1] = n
			least = min(least, n)
		}
		if least > limit {
			return 0, false
		}
		before, last, row = last, row, before
	}
	return last[len(b)], last[len(b)] <= limit
}
