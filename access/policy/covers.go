package policy

import (
	"encoding/json"
	"slices"
)

// warnCovered finds rules that can never decide because an earlier allow, or any deny,
// says literally the same or more. It compares what is written and not what it means, so
// that what it finds is always true, and not all is found.
func (c *compiler) warnCovered() {
	rules := c.spec.Rules
	entries := internEntries(rules)
	for i := range rules {
		for j := range rules {
			if i == j || rules[i].Off || rules[j].Off || !mayCover(&rules[j], &rules[i], j < i) || !accountsCover(&rules[j], &rules[i], entries[j], entries[i]) || !covers(&rules[j], &rules[i]) {
				continue
			}
			c.warn(rulePath(i), "remove it, or move it up", "this rule can never decide: rule “%s” covers it", rules[j].Name)
			break
		}
	}
}

// mayCover says whether rule a, were it to match, would keep b from deciding.
func mayCover(a, b *RuleSpec, earlier bool) bool {
	switch {
	case a.When != "":
		return false
	case a.Deny:
		return !b.Deny || earlier
	case b.Deny || !earlier:
		return false
	default:
		return b.Emergency == nil || a.Emergency != nil && emergencyCovers(a, b)
	}
}

func emergencyCovers(a, b *RuleSpec) bool {
	of := func(r *RuleSpec) List {
		if r.Emergency.Requesters.IsZero() {
			return r.Requesters
		}
		return r.Emergency.Requesters
	}
	return listCovers(of(a), of(b))
}

func covers(a, b *RuleSpec) bool {
	if !listCovers(a.Requesters, b.Requesters) || !rolePartCovers(a, b) || !groupPartCovers(a, b) {
		return false
	}
	return a.Deny || everyItem(b.OnBehalf.Items, a.OnBehalf.Items)
}

// internEntries numbers the account entries of each rule, the same for the same entry: rules
// are compared with all others, and a thousand of them are a million pairs.
func internEntries(rules []RuleSpec) [][]int {
	numbers := map[string]int{}
	out := make([][]int, len(rules))
	for i := range rules {
		for j := range rules[i].Accounts.Entries {
			key := asJSON(&rules[i].Accounts.Entries[j])
			if _, ok := numbers[key]; !ok {
				numbers[key] = len(numbers)
			}
			out[i] = append(out[i], numbers[key])
		}
	}
	return out
}

// rolePartCovers compares what the rules say of roles; accountsCover has said yes.
func rolePartCovers(a, b *RuleSpec) bool {
	return b.onlyGroups() || !a.onlyGroups() && rolesCover(a.Roles, b.Roles)
}

// groupPartCovers compares what the rules say of groups.
func groupPartCovers(a, b *RuleSpec) bool {
	everything := func(r *RuleSpec) bool {
		return r.Groups.All || r.Deny && r.Groups.IsZero() && r.Accounts.IsZero() && r.Roles.IsZero()
	}
	switch {
	case everything(a):
		return true
	case everything(b):
		return false
	}
	return len(b.Groups.Items) == 0 || len(a.Groups.Items) > 0 && rolesCover(a.Groups, b.Groups)
}

func accountsCover(a, b *RuleSpec, entriesA, entriesB []int) bool {
	if b.onlyGroups() {
		return true
	}
	if a.Accounts.All || a.Accounts.IsZero() {
		return true
	}
	if b.Accounts.All || b.Accounts.IsZero() {
		return false
	}
	return !slices.ContainsFunc(entriesB, func(e int) bool { return !slices.Contains(entriesA, e) })
}

func rolesCover(a, b List) bool {
	if a.All || a.IsZero() {
		return true
	}
	if b.All || b.IsZero() {
		return false
	}
	for _, name := range b.Items {
		if !slices.ContainsFunc(a.Items, func(p string) bool { return p == name || literallyIn(p, name) }) {
			return false
		}
	}
	return true
}

// literallyIn reports whether a name without wildcards is among what a pattern matches.
func literallyIn(pattern, name string) bool {
	g := newGlob(pattern)
	return !isGlob(name) && g.match(name)
}

func listCovers(a, b List) bool {
	if a.All || a.IsZero() {
		return true
	}
	if b.All || b.IsZero() {
		return false
	}
	return everyItem(b.Items, a.Items)
}

func everyItem(of, in []string) bool {
	return !slices.ContainsFunc(of, func(s string) bool { return !slices.Contains(in, s) })
}

// asJSON is a value of a Spec as text: equal when they say the same.
func asJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return "" // cannot happen: a Spec holds only text, numbers, booleans and times
	}
	return string(data)
}
