package policy

import "stint/access/catalog"

// accountIndex finds the rules about an account by what its entries select first (an id, an
// OU, a tag), and looks at each distinct entry once however many rules share it. Most
// entries of a large policy are never looked at for an account.
type accountIndex struct {
	every bitset // rules about all accounts
	byID  map[catalog.AccountID][]entryRules
	byOU  map[string][]entryRules
	byTag map[[2]string][]entryRules // key and value, where the value has no wildcards
	// tagged are all of byTag, for accounts whose tags are not known.
	tagged []entryRules
	others []entryRules
}

// entryRules is an entry and the rules that have it.
type entryRules struct {
	entry *accountEntry
	rules bitset
}

func newAccountIndex(rules []rule, written []RuleSpec) accountIndex {
	ix := accountIndex{
		every: newBitset(len(rules)),
		byID:  map[catalog.AccountID][]entryRules{}, byOU: map[string][]entryRules{}, byTag: map[[2]string][]entryRules{},
	}
	var order []entryRules
	known := map[string]int{}
	for i := range rules {
		if rules[i].accounts.all {
			ix.every.set(i)
		}
		for j := range rules[i].accounts.entries {
			key := asJSON(&written[i].Accounts.Entries[j])
			at, ok := known[key]
			if !ok {
				at = len(order)
				known[key] = at
				order = append(order, entryRules{&rules[i].accounts.entries[j], newBitset(len(rules))})
			}
			order[at].rules.set(i)
		}
	}
	for _, e := range order {
		ix.add(e)
	}
	return ix
}

func (ix *accountIndex) add(e entryRules) {
	switch {
	case e.entry.id != "":
		ix.byID[e.entry.id] = append(ix.byID[e.entry.id], e)
		return
	case e.entry.ou != "" && e.entry.ou != "/":
		ix.byOU[e.entry.ou] = append(ix.byOU[e.entry.ou], e)
		return
	}
	for _, t := range e.entry.tags {
		if t.value.kind == globLiteral {
			key := [2]string{t.key, t.value.pattern}
			ix.byTag[key] = append(ix.byTag[key], e)
			ix.tagged = append(ix.tagged, e)
			return
		}
	}
	ix.others = append(ix.others, e)
}

// match sets which rules are about the account, and which may be.
func (ix *accountIndex) match(a *catalog.Account, yes, unknown bitset) {
	yes.add(ix.every)
	look := func(entries []entryRules) {
		for i := range entries {
			switch entries[i].entry.match(a) {
			case True:
				yes.add(entries[i].rules)
			case Unknown:
				unknown.add(entries[i].rules)
			}
		}
	}
	look(ix.byID[a.ID])
	for ou := a.OUPath; len(ou) > 1; ou = parentOU(ou) {
		look(ix.byOU[ou])
	}
	if a.TagsUnknown {
		look(ix.tagged)
	} else {
		for k, v := range a.Tags {
			look(ix.byTag[[2]string{k, v}])
		}
	}
	look(ix.others)
	unknown.without(yes)
}

// parentOU cuts the last name off a path: "/a/b", "/a", "".
func parentOU(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' {
			return path[:i]
		}
	}
	return ""
}
