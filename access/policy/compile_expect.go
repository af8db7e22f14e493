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
	c.expectedEntitlement(path, x)
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

// expectedEntitlement checks what a test is about: one role in one account, or one group.
func (c *compiler) expectedEntitlement(path string, x *Expectation) {
	var given []string
	for _, w := range []struct{ key, name string }{{"may", x.May}, {"may_not", x.MayNot}, {"may_join", x.MayJoin}, {"may_not_join", x.MayNotJoin}} {
		if w.name != "" {
			given = append(given, w.key)
		}
	}
	switch {
	case len(given) == 0:
		c.problem(path, "say what they may have, or may_not, or which group they may_join", "the test wants nothing")
	case len(given) > 1:
		c.problem(path+"."+given[1], "make two tests of it", "%s and %s are both given", given[0], given[1])
		return
	case !x.allows() && !x.Approval.IsZero():
		c.problem(path+".approval", "remove it", "approval has no meaning with %s", given[0])
	}
	group := x.group() != ""
	switch {
	case group && x.In != "":
		c.problem(path+".in", "remove it", "membership in a group is in no account")
	case group:
	case x.In == "":
		c.problem(path+".in", "give the id or the name of an account", "in is missing")
	default:
		c.warnAccount(path+".in", x.In)
	}
	if len(given) == 0 {
		return
	}
	at := path + "." + given[0]
	switch {
	case group && isGlob(x.group()):
		c.problem(at, "write the name of one group", "a test is about one group, and %q is a pattern", x.group())
	case group:
		c.warnGroup(at, x.group())
	case isGlob(x.role()):
		c.problem(at, "write the name of one permission set", "a test is about one role, and %q is a pattern", x.role())
	default:
		c.warnRole(at, x.role())
	}
}

// warnGroup warns of a group that is not among those that were read.
func (c *compiler) warnGroup(path, name string) {
	if len(c.names.Groups()) == 0 {
		return
	}
	if _, ok, near := c.names.GroupByName(name); !ok {
		c.warn(path, didYouMean(near), "no Identity Center group `%s`, so this test fails", name)
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
