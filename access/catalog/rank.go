package catalog

import "strings"

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
