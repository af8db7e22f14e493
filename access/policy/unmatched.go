package policy

import (
	"fmt"
	"slices"
	"strings"

	"stint/access/catalog"
)

// CheckCatalog finds selectors that match nothing in a catalog: after a sync an account
// may have another name, and a deny that spoke of it protects nothing any more. All are
// warnings, those of denies included.
func (p *Policy) CheckCatalog(c *catalog.Catalog) []Problem {
	return p.unmatched(c.Accounts(), c.Roles(), c.Groups())
}

// unmatched finds the entries and names that match nothing. What was never read is empty,
// and nothing is said of it.
func (p *Policy) unmatched(accounts []catalog.Account, roles []catalog.Role, groups []catalog.Group) []Problem {
	var out []Problem
	warn := func(path string, near []string, what string, deny bool) {
		message := "this matches no " + what + " today"
		if deny {
			message += ", so the deny protects nothing"
		}
		out = append(out, Problem{Path: path, Message: message, Hint: didYouMean(near), Warning: true})
	}
	byID := make(map[catalog.AccountID]*catalog.Account, len(accounts))
	for i := range accounts {
		byID[accounts[i].ID] = &accounts[i]
	}
	entries := func(path string, m *accountMatcher, written []AccountMatch, deny bool) {
		for i := range m.entries {
			e := &m.entries[i]
			if len(accounts) > 0 && !e.matchesAny(accounts, byID) {
				warn(fmt.Sprintf("%s[%d]", path, i), nearAccounts(&written[i], accounts), "account", deny)
			}
		}
	}
	for i := range p.channels {
		entries(fmt.Sprintf("channels[%d].accounts", i), &p.channels[i].accounts, p.spec.Channels[i].Accounts.Entries, false)
	}
	for i := range p.rules {
		r := &p.rules[i]
		entries(rulePath(i)+".accounts", &r.accounts, p.spec.Rules[i].Accounts.Entries, r.deny && !r.off)
		for j := range r.roles.patterns {
			g := &r.roles.patterns[j]
			if len(roles) > 0 && !slices.ContainsFunc(roles, func(x catalog.Role) bool { return g.match(x.Name) }) {
				warn(fmt.Sprintf("%s.roles[%d]", rulePath(i), j), nearRoles(g, roles), "role", r.deny && !r.off)
			}
		}
		for j, name := range p.spec.Rules[i].Groups.Items { // one without wildcards was resolved
			g := newGlob(name)
			if len(groups) > 0 && isGlob(name) && !slices.ContainsFunc(groups, func(x catalog.Group) bool { return g.match(x.Name) }) {
				warn(fmt.Sprintf("%s.groups[%d]", rulePath(i), j), nil, "group", r.deny && !r.off)
			}
		}
	}
	return out
}

// matchesAny reports whether the entry matches, or may match, at least one of the accounts.
func (e *accountEntry) matchesAny(accounts []catalog.Account, byID map[catalog.AccountID]*catalog.Account) bool {
	if e.id != "" {
		a, ok := byID[e.id]
		return ok && e.match(a) != False
	}
	for i := range accounts {
		if e.match(&accounts[i]) != False {
			return true
		}
	}
	return false
}

// nearRoles suggests what a name without wildcards may have meant.
func nearRoles(g *glob, roles []catalog.Role) []string {
	if g.kind != globLiteral {
		return nil
	}
	return catalog.Nearest(g.pattern, func(yield func(string) bool) {
		for i := range roles {
			if !yield(roles[i].Name) {
				return
			}
		}
	})
}

// nearAccounts suggests what a selector with one plain field may have meant.
func nearAccounts(in *AccountMatch, accounts []catalog.Account) []string {
	switch {
	case len(in.Tags) > 0 || len(in.Except) > 0:
		return nil
	case in.OU != "" && in.Name == "" && in.ID == "":
		return catalog.Nearest(in.OU, func(yield func(string) bool) {
			for i := range accounts {
				for p := accounts[i].OUPath; len(p) > 1; p = p[:strings.LastIndexByte(p, '/')] {
					if !yield(p) {
						return
					}
				}
			}
		})
	case in.Name != "" && in.OU == "" && in.ID == "" && !isGlob(in.Name):
		return catalog.Nearest(in.Name, func(yield func(string) bool) {
			for i := range accounts {
				if !yield(accounts[i].Name) {
					return
				}
			}
		})
	}
	return nil
}
