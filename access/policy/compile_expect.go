package policy

import (
	"fmt"
	"slices"
	"strings"

	"stint/access/catalog"
)

// checkExpectations finds tests that say nothing sensible. Names that are not there are only
// warned of, for Test fails by them: a colleague who left, or a rule that was renamed, must
// not keep a policy from being loaded.
func (c *compiler) checkExpectations() {
	for i := range c.spec.Expect {
		c.expectation(fmt.Sprintf("expect[%d]", i), &c.spec.Expect[i])
	}
}

func (c *compiler) expectation(path string, x *Expectation) {
	if x.Person == "" {
		c.problem(path+".person", "give an e-mail address or a user name", "person is missing")
	}
	for _, who := range []struct{ key, name string }{{"person", x.Person}, {"asked_by", x.AskedBy}} {
		if _, ok := c.names.PersonByEmail(who.name); !ok && strings.Contains(who.name, "@") {
			c.warn(path+"."+who.key, "the address must be a primary one in Identity Center",
				"no Identity Center user with the e-mail `%s`, so this test fails", who.name)
		}
	}
	if x.In == "" {
		c.problem(path+".in", "give the id or the name of an account", "in is missing")
	} else {
		c.warnAccount(path+".in", x.In)
	}
	role, at := x.May, path+".may"
	switch {
	case x.May == "" && x.MayNot == "":
		c.problem(path, "say what they may have, or may_not", "the test wants nothing")
	case x.May != "" && x.MayNot != "":
		c.problem(path+".may_not", "make two tests of it", "may and may_not are both given")
	case x.MayNot != "":
		role, at = x.MayNot, path+".may_not"
		if !x.Approval.IsZero() {
			c.problem(path+".approval", "remove it", "approval has no meaning with may_not")
		}
	}
	if isGlob(role) {
		c.problem(at, "write the name of one permission set", "a test is about one role, and %q is a pattern", role)
	} else if role != "" {
		c.warnRole(at, role)
	}
	if x.For != 0 {
		c.duration(path+".for", x.For)
	}
	if !x.Approval.IsZero() && !x.Approval.Automatic && len(x.Approval.Sets) == 0 {
		c.problem(path+".approval", "say `automatic`, or list people sets", "approval is empty")
	}
	for i, name := range x.Approval.Sets {
		if _, ok := c.p.setByName[name]; !ok {
			c.warn(fmt.Sprintf("%s.approval[%d]", path, i), didYouMean(catalog.Nearest(name, slices.Values(sortedKeys(c.spec.People)))),
				"no people set `%s`, so this test fails", name)
		}
	}
	named := func(r RuleSpec) bool { return r.Name == x.Rule }
	if x.Rule != "" && !slices.ContainsFunc(c.spec.Rules, named) {
		c.warn(path+".rule", didYouMean(catalog.Nearest(x.Rule, func(yield func(string) bool) {
			for i := range c.spec.Rules {
				if !yield(c.spec.Rules[i].Name) {
					return
				}
			}
		})), "no rule `%s`, so this test fails", x.Rule)
	}
}

// warnAccount warns of an account that is not among those that were read.
func (c *compiler) warnAccount(path, name string) {
	accounts := c.names.Accounts()
	if len(accounts) == 0 || slices.ContainsFunc(accounts, func(a catalog.Account) bool { return a.Name == name || string(a.ID) == name }) {
		return
	}
	c.warn(path, didYouMean(nearAccounts(&AccountMatch{Name: name}, accounts)), "no account `%s`, so this test fails", name)
}

// warnRole warns of a role that is not among those that were read.
func (c *compiler) warnRole(path, name string) {
	roles := c.names.Roles()
	if len(roles) == 0 || slices.ContainsFunc(roles, func(r catalog.Role) bool { return r.Name == name }) {
		return
	}
	g := newGlob(name)
	c.warn(path, didYouMean(nearRoles(&g, roles)), "no role `%s`, so this test fails", name)
}
