package bot

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access/policy"
)

// setMaker turns chips of people sets into names of sets. For a user group, a group, a
// person or a private channel that was chosen directly it makes the set, or finds the one
// that is made of exactly that.
type setMaker struct {
	people map[string]policy.People // of the draft; a copy once something was made
	made   map[string]string        // name of a set that was made → the input it was chosen in
}

// names are the sets that chips stand for; problem is "" when all are known.
func (m *setMaker) names(input string, chips, was []string) (names []string, problem string) {
	for _, chip := range chips {
		n, ok := m.name(input, chip, was)
		if !ok {
			return nil, "One of these is no longer there. Please choose it again."
		}
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names, ""
}

func (m *setMaker) name(input, chip string, was []string) (string, bool) {
	if n, ok := wordOf(chip, append(slices.Clone(was), slices.Sorted(maps.Keys(m.people))...)); ok {
		_, known := m.people[n]
		return n, known || slices.Contains(was, n)
	}
	p, base, ok := peopleOf(chip)
	if !ok {
		return "", false
	}
	for _, n := range slices.Sorted(maps.Keys(m.people)) {
		if reflect.DeepEqual(m.people[n], p) {
			return n, true
		}
	}
	n := base
	for i := 2; ; i++ {
		if _, taken := m.people[n]; !taken && n != "all" {
			break
		}
		n = fmt.Sprintf("%s-%d", base, i)
	}
	m.people = maps.Clone(m.people)
	if m.people == nil {
		m.people = map[string]policy.People{}
	}
	m.people[n], m.made[n] = p, input
	return n, true
}

// peopleOf is the set that a chip makes, and what it is called.
func peopleOf(chip string) (p policy.People, called string, ok bool) {
	kind, value, _ := strings.Cut(chip, ":")
	if value == "" {
		return p, "", false
	}
	called = value
	switch kind + ":" {
	case chipUser:
		p.Users = []string{value}
		called, _, _ = strings.Cut(value, "@")
	case chipUserGroup:
		p.SlackUserGroups = []string{value}
	case chipGroup:
		p.IdentityCenterGroups = []string{value}
	case chipChannel:
		p.SlackChannels = []string{value}
	default:
		return p, "", false
	}
	return p, safeWord(called), true
}

// setField is a searchable select of people sets.
type setField struct {
	id, label, hint string
	chosen          []string // names
	everyone        bool     // everyone can be chosen, and is it
	all             bool
	required        bool
	paths           []string
}

func (s *sheet) sets(f setField, people map[string]policy.People) bool {
	chips := wordChips(f.chosen)
	action := actRuleSets
	if f.everyone {
		action = actRuleEveryone
		if f.all {
			chips = []string{chipEveryone}
		}
	}
	return s.search(sheetSearch{
		id: f.id, action: action, label: f.label, hint: f.hint, chosen: chips, required: f.required,
		placeholder: "Search sets, groups, people, private channels",
		option:      func(chip string) *slack.OptionBlockObject { return setChip(chip, f.chosen, people) },
	}, f.paths...)
}

// setChip is how a select shows a set, or what a new one is made of.
func setChip(chip string, was []string, people map[string]policy.People) *slack.OptionBlockObject {
	kind, value, _ := strings.Cut(chip, ":")
	text, about := value, ""
	switch kind + ":" {
	case chipWord, chipLong:
		text, _ = wordOf(chip, append(slices.Clone(was), slices.Sorted(maps.Keys(people))...))
		about = "no such set any more"
		if p, ok := people[text]; ok {
			about = peopleText(p)
		}
	case chipEveryone:
		text, about = "Everyone", "whoever is in Identity Center"
	case chipUser:
		about = "person; makes a set"
	case chipUserGroup:
		text, about = "@"+value, "Slack user group; makes a set"
	case chipGroup:
		about = "Identity Center group; makes a set"
	case chipChannel:
		text, about = "#"+value, "its members; makes a set"
	}
	return slack.NewOptionBlockObject(cut(chip, maxOptionValue), plain(name(text, maxOption), maxOption), plain(name(about, maxOption), maxOption))
}

// peopleText is a set in words: "@sre, Payments Devs, #sec-private, ann@example.com".
func peopleText(p policy.People) string {
	var words []string
	for _, g := range p.SlackUserGroups {
		words = append(words, "@"+g)
	}
	words = append(words, p.IdentityCenterGroups...)
	for _, c := range p.SlackChannels {
		words = append(words, "#"+c)
	}
	if w := onCallWords(p.OnCall); w != "" {
		words = append(words, w)
	}
	words = append(words, p.Users...)
	if len(words) == 0 {
		return "nobody"
	}
	if len(words) > maxNames {
		return strings.Join(words[:maxNames], ", ") + fmt.Sprintf(" and %d more", len(words)-maxNames)
	}
	return strings.Join(words, ", ")
}
