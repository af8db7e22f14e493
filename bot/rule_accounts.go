package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"stint/access/catalog"
	"stint/access/policy"
)

// What accounts, roles and requesters are: all of them, or some.
const (
	modeAll  = "all"
	modeSome = "some"
)

// A chip is one entry of a searchable select, as its value says it: what it selects by,
// and what it selects. An entry that is more than one word, or too long for a value, is
// kept as it is and named by its hash.
const (
	chipOU   = "ou:"
	chipID   = "id:"
	chipName = "name:"
	chipTag  = "tag:"
	chipKept = "as:"
)

// accountsForm is a selector of accounts as a form shows it. tags and except go with each
// chip, but not with those that are kept as they are.
type accountsForm struct {
	mode                string
	chips, tags, except []string
}

// chipOf is the chip of an entry.
func chipOf(m policy.AccountMatch) string {
	var found []string
	for _, f := range []struct{ kind, value string }{{chipID, m.ID}, {chipName, m.Name}, {chipOU, m.OU}} {
		if f.value != "" {
			found = append(found, f.kind+f.value)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m.Tags)) {
		found = append(found, chipTag+k+"="+m.Tags[k])
	}
	if len(found) == 1 && m.Except == nil && !strings.Contains(tagKey(m), "=") && fitsValue(found[0]) {
		return found[0]
	}
	return chipKept + hashOf(m)
}

// tagKey is the only tag of an entry; "" for none.
func tagKey(m policy.AccountMatch) string {
	return strings.Join(slices.Collect(maps.Keys(m.Tags)), "")
}

// fitsValue reports whether a text can be the value of an option and comes back as it is.
func fitsValue(s string) bool {
	return len([]rune(s)) <= maxOptionValue && strings.TrimSpace(s) == s && clean(s) == s && !strings.Contains(s, "\n")
}

func hashOf(v any) string {
	raw, _ := json.Marshal(v) // plain data
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// keptAccounts are the entries of a selector, and their exceptions, by their hash.
func keptAccounts(a policy.Accounts) map[string]policy.AccountMatch {
	out := map[string]policy.AccountMatch{}
	for _, m := range a.Entries {
		out[hashOf(m)] = m
		for _, e := range m.Except {
			out[hashOf(e)] = e
		}
	}
	return out
}

// matchOf is the entry that a chip stands for.
func matchOf(chip string, kept map[string]policy.AccountMatch) (policy.AccountMatch, bool) {
	kind, value, _ := strings.Cut(chip, ":")
	switch kind + ":" {
	case chipOU:
		return policy.AccountMatch{OU: value}, value != ""
	case chipID:
		return policy.AccountMatch{ID: value}, value != ""
	case chipName:
		return policy.AccountMatch{Name: value}, value != ""
	case chipTag:
		k, v, ok := strings.Cut(value, "=")
		return policy.AccountMatch{Tags: map[string]string{k: v}}, ok && k != ""
	case chipKept:
		m, ok := kept[value]
		return m, ok
	}
	return policy.AccountMatch{}, false
}

// showAccounts is a selector as the form shows it. What most entries of a policy look like,
// one word each with the same tags and exceptions, is shown in its parts; any other entry
// is one chip.
func showAccounts(a policy.Accounts) accountsForm {
	var tags map[string]string
	var except []policy.AccountMatch
	for _, m := range a.Entries {
		if _, its, ok := oneWord(m); ok {
			tags, except = its, m.Except
			break
		}
	}
	f := accountsForm{mode: modeAll, tags: tagChips(tags), except: chipsOf(except)}
	if a.All || a.IsZero() {
		return f
	}
	if len(a.Entries) == 1 && everyAccount(a.Entries[0]) && len(a.Entries[0].Tags)+len(a.Entries[0].Except) > 0 {
		return f
	}
	f.mode = modeSome
	for _, m := range a.Entries {
		if word, its, ok := oneWord(m); ok && maps.Equal(its, tags) && reflect.DeepEqual(m.Except, except) {
			f.chips = append(f.chips, word)
			continue
		}
		f.chips = append(f.chips, chipKept+hashOf(m))
	}
	return f
}

// oneWord takes an entry apart into a chip and the tags that go with it. It fails for one
// that says more than one word beside its tags.
func oneWord(m policy.AccountMatch) (chip string, tags map[string]string, ok bool) {
	m.Except = nil
	if m.ID+m.Name+m.OU != "" {
		tags, m.Tags = m.Tags, nil
	}
	chip = chipOf(m)
	return chip, tags, !strings.HasPrefix(chip, chipKept)
}

func everyAccount(m policy.AccountMatch) bool { return m.OU == "/" && m.ID == "" && m.Name == "" }

func tagChips(tags map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, chipOf(policy.AccountMatch{Tags: map[string]string{k: tags[k]}}))
	}
	return out
}

func chipsOf(entries []policy.AccountMatch) []string {
	var out []string
	for _, m := range entries {
		out = append(out, chipOf(m))
	}
	return out
}

// accountFields adds a selector of accounts to a sheet; deny says that leaving it out means
// every account. set gets what was made of the inputs.
func (s *sheet) accountFields(was policy.Accounts, deny bool, names func(chip string) string, set func(policy.Accounts)) {
	f, kept := showAccounts(was), keptAccounts(was)
	for _, tags := range was.Entries { // a long tag is kept by the hash of an entry of its own
		for k, v := range tags.Tags {
			m := policy.AccountMatch{Tags: map[string]string{k: v}}
			kept[hashOf(m)] = m
		}
	}
	option := func(chip string) *slack.OptionBlockObject { return accountChip(chip, kept, names) }
	mode := s.radio("accounts.mode", "Accounts", f.mode, []sheetChoice{
		{modeAll, "Every account", "the management account too, unless it is denied"}, {modeSome, "Only these", ""},
	}, "accounts")
	whole := true
	if mode == modeSome {
		whole = s.search(sheetSearch{
			id: "accounts", action: actRuleAccounts, label: "Any of these", chosen: f.chips, option: option,
			hint:        "An OU means everything below it. For names, type a pattern like prod-*, for tags key=value.",
			placeholder: "Search OUs, accounts and tags",
		}, "accounts")
	}
	whole = whole && len(f.except) <= maxChips
	if whole {
		s.search(sheetSearch{
			id: "accounts.tags", action: actRuleTags, label: "Only with all of these tags", chosen: f.tags, option: option,
			placeholder: "Search tags, or type key=value",
		}, "accounts[].tags")
		s.search(sheetSearch{
			id: "accounts.except", action: actRuleAccounts, label: "Except", chosen: f.except, option: option,
			placeholder: "Search OUs, accounts and tags",
		}, "accounts[].except")
	}
	s.part(func(in formState) map[string]string {
		if !whole && in.one("accounts.mode") == modeSome {
			return nil // more than a list of Slack holds: it stays as it is
		}
		now := accountsForm{mode: in.one("accounts.mode"), chips: in["accounts"], tags: in["accounts.tags"], except: in["accounts.except"]}
		a, id, problem := now.accounts(kept, deny)
		if problem != "" {
			return map[string]string{id: problem}
		}
		set(a)
		return nil
	})
}

// accounts is the selector that a form makes, or under which input what is wrong with it.
func (f accountsForm) accounts(kept map[string]policy.AccountMatch, deny bool) (a policy.Accounts, id, problem string) {
	const gone = "One of these is no longer there. Please choose it again."
	tags := map[string]string{}
	for _, chip := range f.tags {
		m, ok := matchOf(chip, kept)
		if !ok || len(m.Tags) != 1 {
			return a, "accounts.tags", gone
		}
		for k, v := range m.Tags {
			if was, twice := tags[k]; twice && was != v {
				return a, "accounts.tags", "An account has one value of a tag: " + name(k, 40) + " is chosen with two."
			}
			tags[k] = v
		}
	}
	var except []policy.AccountMatch
	for _, chip := range f.except {
		m, ok := matchOf(chip, kept)
		if !ok {
			return a, "accounts.except", gone
		}
		except = append(except, m)
	}
	switch f.mode {
	case modeAll:
		if len(tags)+len(except) > 0 {
			return policy.Accounts{Entries: []policy.AccountMatch{narrowed(policy.AccountMatch{OU: "/"}, tags, except)}}, "", ""
		}
		return policy.Accounts{All: !deny}, "", ""
	case modeSome:
	default:
		return a, "accounts.mode", "Choose one."
	}
	for _, chip := range f.chips {
		m, ok := matchOf(chip, kept)
		if !ok {
			return a, "accounts", gone
		}
		if !strings.HasPrefix(chip, chipKept) {
			for k := range m.Tags {
				if v, both := tags[k]; both && v != m.Tags[k] {
					return a, "accounts.tags", "An account has one value of a tag: " + name(k, 40) + " is chosen with two."
				}
			}
			m = narrowed(m, tags, except)
		}
		a.Entries = append(a.Entries, m)
	}
	if len(f.chips) == 0 && len(tags) > 0 {
		a.Entries = []policy.AccountMatch{narrowed(policy.AccountMatch{}, tags, except)}
	}
	if len(a.Entries) == 0 {
		return a, "accounts", "Choose at least one OU, account, name or tag."
	}
	return a, "", ""
}

func narrowed(m policy.AccountMatch, tags map[string]string, except []policy.AccountMatch) policy.AccountMatch {
	if len(tags) > 0 {
		all := maps.Clone(tags)
		maps.Copy(all, m.Tags)
		m.Tags = all
	}
	if len(except) > 0 {
		m.Except = slices.Clone(except)
	}
	return m
}

// accountChip is how a select shows a chip.
func accountChip(chip string, kept map[string]policy.AccountMatch, names func(id string) string) *slack.OptionBlockObject {
	kind, value, _ := strings.Cut(chip, ":")
	text, about := value, ""
	switch kind + ":" {
	case chipOU:
		about = "OU, with everything below it"
		if value == "/" {
			text, about = "/ (the whole organization)", "every account"
		}
	case chipID:
		about = value
		if n := names(value); n != "" {
			text = n
		}
	case chipName:
		about = "accounts of this name"
		if strings.ContainsAny(value, "*?") {
			about = "names that fit this pattern"
		}
	case chipTag:
		about = "tag"
	case chipKept:
		m := kept[value]
		if n := names(m.ID); m.ID != "" && n != "" {
			m.ID = n
		}
		text, about = entryText(m), "as it is: tags and exceptions below do not count"
	}
	return slack.NewOptionBlockObject(cut(chip, maxOptionValue), plain(name(text, maxOption), maxOption), plain(name(about, maxOption), maxOption))
}

// entryText is an entry in words: "/Production & env=prod (not *-sandbox)".
func entryText(m policy.AccountMatch) string {
	var parts []string
	for _, s := range []string{m.OU, m.Name, m.ID} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m.Tags)) {
		parts = append(parts, k+"="+m.Tags[k])
	}
	text := strings.Join(parts, " & ")
	if len(m.Except) > 0 {
		var not []string
		for _, e := range m.Except {
			not = append(not, entryText(e))
		}
		text += " (not " + strings.Join(not, ", ") + ")"
	}
	return text
}

// accountLabel is the name of an account; "" when the catalog does not have it.
func (b *Bot) accountLabel(id string) string {
	if a, ok := b.service.Account(catalog.AccountID(id)); ok && a.Name != "" {
		return a.Name
	}
	return ""
}
