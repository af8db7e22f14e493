package bot

import (
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access/policy"
)

// Chips of names: a name itself or, where it is too long for a value, its hash; and, where
// sets of people are chosen, what a new set is made of.
const (
	chipWord      = "is:"
	chipLong      = "as:"
	chipEveryone  = "all:"
	chipUser      = "user:"    // e-mail address
	chipUserGroup = "handle:"  // of Slack
	chipGroup     = "group:"   // of Identity Center
	chipChannel   = "channel:" // private, of Slack
)

func wordChip(s string) string {
	if fitsValue(chipWord + s) {
		return chipWord + s
	}
	return chipLong + hashOf(s)
}

func wordChips(words []string) []string {
	var out []string
	for _, w := range words {
		out = append(out, wordChip(w))
	}
	return out
}

// wordOf is the name that a chip stands for; was are the names that may be kept by their hash.
func wordOf(chip string, was []string) (string, bool) {
	kind, word, _ := strings.Cut(chip, ":")
	switch kind + ":" {
	case chipWord:
		return word, word != ""
	case chipLong:
		i := slices.IndexFunc(was, func(s string) bool { return hashOf(s) == word })
		if i < 0 {
			return "", false
		}
		return was[i], true
	}
	return "", false
}

// wordsOf are the names that chips stand for; problem is "" when all are known.
func wordsOf(chips, was []string) (words []string, problem string) {
	for _, chip := range chips {
		w, ok := wordOf(chip, was)
		if !ok {
			return nil, "One of these is no longer there. Please choose it again."
		}
		words = append(words, w)
	}
	return words, ""
}

// showList is the mode of a selector by name, and its chips.
func showList(l policy.List) (mode string, chips []string) {
	if l.Items != nil && !l.All {
		return modeSome, wordChips(l.Items)
	}
	return modeAll, nil
}

// roleFields adds a selector of roles. A rule that is being made says nothing yet.
func (s *sheet) roleFields(was policy.List, deny bool, set func(policy.List)) {
	shown, chips := showList(was)
	mode := s.radio("roles.mode", "Roles", shown, []sheetChoice{{modeAll, "Every role", ""}, {modeSome, "Only these", ""}}, "roles")
	if mode == modeSome {
		s.search(sheetSearch{
			id: "roles", action: actRuleRoles, label: "Any of these roles", chosen: chips, required: true,
			hint:        "Permission sets of Identity Center. * stands for any characters: ReadOnly*.",
			placeholder: "Search roles, or type a pattern",
			option:      func(chip string) *slack.OptionBlockObject { return roleChip(chip, was.Items) },
		}, "roles")
	}
	s.part(func(in formState) map[string]string {
		switch in.one("roles.mode") {
		case modeAll:
			set(policy.List{All: !deny})
		case modeSome:
			chips, drawn := in["roles"]
			if !drawn {
				return nil // more than a list of Slack holds: it stays as it is
			}
			words, problem := wordsOf(chips, was.Items)
			if problem == "" && len(words) == 0 {
				problem = "Choose at least one role."
			}
			if problem != "" {
				return map[string]string{"roles": problem}
			}
			set(policy.List{Items: words})
		default:
			return map[string]string{"roles.mode": "Choose one."}
		}
		return nil
	})
}

func roleChip(chip string, was []string) *slack.OptionBlockObject {
	word, _ := wordOf(chip, was)
	about := "role"
	if strings.ContainsAny(word, "*?") {
		about = "roles whose names fit this pattern"
	}
	return slack.NewOptionBlockObject(cut(chip, maxOptionValue), plain(name(word, maxOption), maxOption), plain(about, maxOption))
}

// readDurations reads what people type as a list: "30m, 1h, 4h".
func readDurations(text string) ([]policy.Duration, error) {
	var out []policy.Duration
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		d, err := readDuration(part)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// readDuration reads one duration as policies or people write it; 0 for nothing.
func readDuration(text string) (policy.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	if d, err := policy.ParseDuration(text); err == nil {
		return d, nil
	}
	d, err := parseDuration(text)
	return policy.Duration(d), err
}

func showDurations(ds []policy.Duration) string {
	words := make([]string, len(ds))
	for i, d := range ds {
		words[i] = d.String()
	}
	return strings.Join(words, ", ")
}

func showDuration(d policy.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// readCount reads a whole number; 0 for nothing.
func readCount(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= 1_000_000
}

func showCount(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
