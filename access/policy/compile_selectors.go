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

// accounts compiles a selector that is not missing. Its entries are those of the selector, in
// order.
func (c *compiler) accounts(path string, in Accounts) accountMatcher {
	m := accountMatcher{all: in.All}
	for i := range in.Entries {
		m.entries = append(m.entries, c.accountEntry(fmt.Sprintf("%s[%d]", path, i), &in.Entries[i]))
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

// roleMatcher compiles a list of roles. Its patterns are the items, in order.
func (c *compiler) roleMatcher(path string, in List) roleMatcher {
	m := roleMatcher{all: in.All}
	for i, name := range in.Items {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case name == all && !slices.ContainsFunc(c.names.Roles(), func(r catalog.Role) bool { return r.Name == all }):
			c.problem(at, "`all` is written without brackets", "no role `all`")
		case !roleName.MatchString(name):
			c.problem(at, "write the name of a permission set; * stands for any characters", "%q is no role name", name)
		}
		m.patterns = append(m.patterns, newGlob(name))
	}
	return m
}
