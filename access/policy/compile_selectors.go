package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stint/access/catalog"
)

var (
	roleName  = regexp.MustCompile(`^[\w+=,.@*?-]{1,64}$`)
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
)

// accounts compiles a selector that is not missing; warnings speak of deny where it is one.
func (c *compiler) accounts(path string, in Accounts, deny bool) accountMatcher {
	m := accountMatcher{all: in.All}
	for i := range in.Entries {
		at := fmt.Sprintf("%s[%d]", path, i)
		before := len(c.problems)
		e := c.accountEntry(at, &in.Entries[i])
		m.entries = append(m.entries, e)
		if len(c.problems) == before {
			c.warnNoAccount(at, &in.Entries[i], &e, deny)
		}
	}
	return m
}

func (c *compiler) accountEntry(path string, in *AccountMatch) accountEntry {
	var e accountEntry
	if in.ID == "" && in.Name == "" && in.OU == "" && len(in.Tags) == 0 {
		c.problem(path, "give id, name, ou or tags; { ou: / } is every account", "the entry says nothing")
	}
	if in.ID != "" {
		if !accountID.MatchString(in.ID) {
			c.problem(path+".id", "an account id has twelve digits", "%q is no account id", in.ID)
		}
		e.id = catalog.AccountID(in.ID)
	}
	if in.Name != "" {
		g := newGlob(in.Name)
		e.name = &g
	}
	if in.OU != "" {
		if !strings.HasPrefix(in.OU, "/") || strings.Contains(in.OU, "//") || len(in.OU) > 1 && strings.HasSuffix(in.OU, "/") {
			c.problem(path+".ou", "write it like /Production/Payments", "%q is no OU path", in.OU)
		}
		if isGlob(in.OU) {
			c.problem(path+".ou", "an OU already means everything below it", "an OU path has no wildcards")
		}
		e.ou = in.OU
	}
	for _, key := range sortedKeys(in.Tags) {
		if key == "" {
			c.problem(path+".tags", "", "a tag has an empty key")
		}
		e.tags = append(e.tags, tagMatch{key, newGlob(in.Tags[key])})
	}
	for i := range in.Except {
		e.except.entries = append(e.except.entries, c.accountEntry(fmt.Sprintf("%s.except[%d]", path, i), &in.Except[i]))
	}
	return e
}

func (c *compiler) warnNoAccount(path string, in *AccountMatch, e *accountEntry, deny bool) {
	accounts := c.names.Accounts()
	if len(accounts) == 0 {
		return
	}
	for i := range accounts {
		if e.match(&accounts[i]) != False {
			return
		}
	}
	c.warn(path, didYouMean(nearAccounts(in, accounts)), "%s", matchesNothing("account", deny))
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

func matchesNothing(what string, deny bool) string {
	if deny {
		return "this matches no " + what + " today, so the deny protects nothing"
	}
	return "this matches no " + what + " today"
}

func (c *compiler) roleMatcher(path string, in List, deny bool) roleMatcher {
	m := roleMatcher{all: in.All}
	roles := c.names.Roles()
	for i, name := range in.Items {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !roleName.MatchString(name) {
			hint := "write the name of a permission set; * stands for any characters"
			if name == all {
				hint = "`all` is written without brackets"
			}
			c.problem(at, hint, "%q is no role name", name)
			continue
		}
		if name == all && !slices.ContainsFunc(roles, func(r catalog.Role) bool { return r.Name == all }) {
			c.problem(at, "`all` is written without brackets", "no role `all`")
			continue
		}
		g := newGlob(name)
		m.patterns = append(m.patterns, g)
		if len(roles) > 0 && !slices.ContainsFunc(roles, func(r catalog.Role) bool { return g.match(r.Name) }) {
			var near []string
			if g.kind == globLiteral {
				near = catalog.Nearest(name, func(yield func(string) bool) {
					for i := range roles {
						if !yield(roles[i].Name) {
							return
						}
					}
				})
			}
			c.warn(at, didYouMean(near), "%s", matchesNothing("role", deny))
		}
	}
	return m
}
