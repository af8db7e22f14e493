package bot

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"stint/access"
	"stint/access/identity"
)

// mention addresses a Slack user; who has none is named.
func mention(id identity.SlackUserID, fallback string) string {
	if id == "" {
		return escName(fallback, nameWidth)
	}
	return "<@" + string(id) + ">"
}

func actor(a access.Actor) string { return mention(a.Slack, a.Name) }

// plainActor is an actor for texts that know no mentions.
func plainActor(a access.Actor) string { return name(a.Name, nameWidth) }

// people lists humans in words: "@a, @b and 4 more".
func people(hs []access.Human) string {
	words := make([]string, 0, maxNames+1)
	for i, h := range hs {
		if i == maxNames {
			return strings.Join(words, ", ") + " and " + strconv.Itoa(len(hs)-maxNames) + " more"
		}
		word := mention(h.Slack, h.Name)
		if h.For != "" {
			word += " (for " + escName(h.For, 40) + ")"
		}
		words = append(words, word)
	}
	return list(words)
}

// addressed turns the names of people in a text that is escaped already into mentions: who
// reads whom to ask reaches them with one press.
func addressed(text string, hs []access.Human) string {
	longest := slices.SortedStableFunc(slices.Values(hs), func(a, b access.Human) int { return len(b.Name) - len(a.Name) })
	for _, h := range longest { // one name may begin another
		if n := escaper.Replace(clean(h.Name)); h.Slack != "" && n != "" {
			text = replaceWord(text, n, mention(h.Slack, h.Name))
		}
	}
	return text
}

// replaceWord replaces the first place where old stands alone, and not in a mention.
func replaceWord(s, old, with string) string {
	inWord := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '@' || r == '&' || r == '<' || r == '|'
	}
	for at := 0; ; {
		i := strings.Index(s[at:], old)
		if i < 0 {
			return s
		}
		i += at
		end := i + len(old)
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[end:])
		if !inWord(before) && !inWord(after) && after != '>' {
			return s[:i] + with + s[end:]
		}
		at = end
	}
}

// list joins words as a sentence does.
func list(words []string) string {
	switch len(words) {
	case 0:
		return "nobody"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
