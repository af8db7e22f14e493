package policy

import (
	"strings"

	"stint/access/catalog"
)

// accountMatcher is a compiled Accounts selector. The zero value matches nothing.
type accountMatcher struct {
	all     bool
	entries []accountEntry
}

type accountEntry struct {
	id     catalog.AccountID
	name   *glob
	ou     string
	tags   []tagMatch
	except accountMatcher
}

type tagMatch struct {
	key   string
	value glob
}

func (m *accountMatcher) match(a *catalog.Account) Truth {
	if m.all {
		return True
	}
	t := False
	for i := range m.entries {
		if t = or(t, m.entries[i].match(a)); t == True {
			break
		}
	}
	return t
}

func (e *accountEntry) match(a *catalog.Account) Truth {
	switch {
	case e.id != "" && e.id != a.ID,
		e.name != nil && !e.name.match(a.Name),
		e.ou != "" && !below(e.ou, a.OUPath):
		return False
	}
	t := e.matchTags(a)
	if t == False || len(e.except.entries) == 0 {
		return t
	}
	return and(t, not(e.except.match(a)))
}

func (e *accountEntry) matchTags(a *catalog.Account) Truth {
	if len(e.tags) == 0 {
		return True
	}
	if a.TagsUnknown {
		return Unknown
	}
	for _, tag := range e.tags {
		if v, ok := a.Tags[tag.key]; !ok || !tag.value.match(v) {
			return False
		}
	}
	return True
}

// below reports whether path is the OU or lies anywhere below it. Paths are compared by
// whole names: /Prod is not above /Production.
func below(ou, path string) bool {
	if ou == "/" {
		return true
	}
	return strings.HasPrefix(path, ou) && (len(path) == len(ou) || path[len(ou)] == '/')
}

// roleMatcher is a compiled list of role names and globs. The zero value matches nothing.
type roleMatcher struct {
	all      bool
	patterns []glob
}
