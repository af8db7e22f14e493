package policyfile_test

import (
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/policy"
)

// names knows some names; every other name has the nearest of them as suggestion.
type names struct{}

var _ policy.Names = names{}

func (names) PersonByEmail(email string) (catalog.PersonID, bool) {
	return catalog.PersonID("p-" + email), strings.HasSuffix(email, "@example.com") && !strings.HasPrefix(email, "gone")
}

func (names) GroupByName(name string) (catalog.GroupID, bool, []string) {
	ok, near := among(name, "payments-devs", "finance")
	return catalog.GroupID("g-" + name), ok, near
}

func (names) UserGroupByHandle(handle string) (string, bool, []string) {
	ok, near := among(handle, "sre", "security", "platform")
	return "S-" + handle, ok, near
}

func (names) ChannelByName(name string) (policy.ChannelInfo, bool, []string) {
	ok, near := among(name, "aws-approvals", "prod-approvals", "security-alerts", "oncall")
	return policy.ChannelInfo{ID: "C-" + name, Private: name == "oncall", Joined: true}, ok, near
}

func among(name string, known ...string) (bool, []string) {
	if slices.Contains(known, name) {
		return true, nil
	}
	return false, catalog.Nearest(name, slices.Values(known))
}

func (names) Accounts() []catalog.Account {
	return []catalog.Account{
		{ID: "111111111111", Name: "management", OUPath: "/"},
		{ID: "222222222222", Name: "prod-payments", OUPath: "/Production/Payments", Tags: map[string]string{"env": "prod"}},
		{ID: "444444444444", Name: "prod-billing", OUPath: "/Production/Payments", Tags: map[string]string{"env": "prod"}},
		{ID: "333333333333", Name: "staging-web", OUPath: "/Staging", Tags: map[string]string{"env": "staging"}},
	}
}

func (names) Groups() []catalog.Group { return nil }

func (names) Roles() []catalog.Role {
	var out []catalog.Role
	for _, n := range []string{"ReadOnly", "ViewOnlyAccess", "PowerUserAccess", "AdministratorAccess", "BillingRead"} {
		out = append(out, catalog.Role{ARN: catalog.RoleARN("arn:" + n), Name: n})
	}
	return out
}
