package awssim

import (
	"strings"
)

// tooManyProcessing is how Identity Center refuses beyond its cap of outstanding operations.
const tooManyProcessing = "There are too many requests processing. Please try again later."

// Authorization is one question to a policy: may the principal do the action to the
// resource, with these condition keys (lower case).
type Authorization struct {
	Principal, Action, Resource string
	Keys                        map[string]string
}

// Allowed answers an Authorization with a policy document; an empty one allows
// everything. It fails when the document cannot be read.
func Allowed(document string, a Authorization) (bool, error) {
	p, err := parsePolicy(document)
	if err != nil {
		return false, err
	}
	return p.evaluate(a.Action, a.Resource, a.Keys, nil) == allowed, nil
}

// authorize asks the caller's policy about every resource that the call touches;
// all of them must be allowed.
func (c *Cloud) authorize(rq *request) *apiError {
	if rq.action == "sts:GetCallerIdentity" || rq.caller.policy == nil {
		return nil // AWS answers GetCallerIdentity whatever policies say
	}
	for _, resource := range c.resources(rq) {
		keys := c.conditionKeys(rq, resource)
		v := rq.caller.policy.evaluate(rq.action, resource, keys, nil)
		if c.cfg.Authorized != nil {
			c.cfg.Authorized(Authorization{Principal: rq.caller.PrincipalARN, Action: rq.action, Resource: resource, Keys: keys}, v == allowed)
		}
		if v != allowed {
			return rq.svc.refuseDenied(deniedMessage(rq, resource, v))
		}
	}
	return nil
}

func deniedMessage(rq *request, resource string, v verdict) string {
	if rq.svc == svcOrganizations {
		return "You don't have permissions to access this resource."
	}
	why := "because no identity-based policy allows the " + rq.action + " action"
	if v == denied {
		why = "with an explicit deny in an identity-based policy"
	}
	return "User: " + rq.caller.PrincipalARN + " is not authorized to perform: " + rq.action + " on resource: " + resource + " " + why
}

// resources are the ARNs that a call touches, as AWS's authorization reference lists them.
func (c *Cloud) resources(rq *request) []string {
	p, ids := rq.params, &c.state.ids
	var out []string
	add := func(prefix, value string) {
		if value != "" {
			out = append(out, prefix+value)
		}
	}
	switch rq.svc {
	case svcSSO:
		add("", p.raw("InstanceArn"))
		add("", p.raw("PermissionSetArn"))
		add("", p.raw("ResourceArn"))
		add(c.arn("sso", "", "account/"), p.raw("TargetId"))
		add(c.arn("sso", "", "account/"), p.raw("AccountId"))
	case svcIdentityStore:
		add(c.arn("identitystore", ids.ManagementAccountID, "identitystore/"), p.raw("IdentityStoreId"))
		add(c.arn("identitystore", "", "user/"), p.raw("UserId"))
		add(c.arn("identitystore", "", "group/"), p.raw("GroupId"))
		add(c.arn("identitystore", "", "membership/"), p.raw("MembershipId"))
		if m := c.state.memberships[p.raw("MembershipId")]; m != nil { // a membership belongs to its group and its user
			add(c.arn("identitystore", "", "group/"), m.GroupID)
			add(c.arn("identitystore", "", "user/"), m.UserID)
		}
		for suffix, all := range map[string]string{"Users": "user", "UserId": "user", "Groups": "group", "GroupId": "group"} {
			if rq.op == "List"+suffix || rq.op == "Get"+suffix {
				add(c.arn("identitystore", "", all+"/"), "*")
			}
		}
		if strings.Contains(rq.op, "Membership") && p.raw("MembershipId") == "" {
			add(c.arn("identitystore", "", "membership/"), "*")
		}
		if m, ok := p.members["MemberId"].(map[string]any); ok {
			id, _ := m["UserId"].(string)
			add(c.arn("identitystore", "", "user/"), id)
		}
	case svcOrganizations:
		for _, name := range []string{"AccountId", "ResourceId", "ChildId", "ParentId", "OrganizationalUnitId"} {
			if id := p.raw(name); id != "" {
				add("", c.organizationsARN(id))
			}
		}
	case svcSQS:
		if q := c.queueAt(p.raw("QueueUrl")); q != nil {
			add("", q.arn)
		}
	case svcSTS:
		add("", p.raw("RoleArn"))
	case svcIAM:
		if name := p.raw("RoleName"); name != "" {
			path := "/"
			if r := c.role(rq.caller.accountID, name); r != nil {
				path = r.Path
			}
			add(c.arn("iam", rq.caller.accountID, "role"+path), name)
		} else {
			add(c.arn("iam", rq.caller.accountID, "role"), "/")
		}
	}
	if len(out) == 0 {
		out = []string{"*"}
	}
	return out
}

// conditionKeys are the condition keys that policies can test here: the tags of
// the resource, the caller's account.
func (c *Cloud) conditionKeys(rq *request, resource string) map[string]string {
	keys := map[string]string{
		"aws:principalaccount": rq.caller.accountID,
		"aws:principalarn":     rq.caller.PrincipalARN,
		"aws:requestedregion":  rq.region,
		"aws:principalorgid":   c.state.ids.OrganizationID,
	}
	if arn := strings.SplitN(resource, ":", 6); len(arn) == 6 && c.state.account[arn[4]] != nil {
		keys["aws:resourceaccount"], keys["aws:resourceorgid"] = arn[4], c.state.ids.OrganizationID
	}
	var tags map[string]string
	if p := c.state.setByARN[resource]; p != nil {
		tags = p.Tags
	} else if rq.svc == svcOrganizations { // sso's account resource has no tags to test
		id := resource[strings.LastIndexByte(resource, '/')+1:]
		if a := c.state.account[id]; a != nil {
			tags = a.Tags
		} else if o := c.state.ouByID[id]; o != nil {
			tags = o.Tags
		}
	}
	for k, v := range tags {
		keys["aws:resourcetag/"+strings.ToLower(k)] = v
	}
	return keys
}

// administers reports whether the caller's account may run Identity Center:
// the management account or the delegated administrator.
func (c *Cloud) administers(rq *request) bool {
	id := rq.caller.accountID
	return id == c.state.ids.ManagementAccountID || c.delegated(rq)
}

// delegated reports whether the call comes from the delegated administrator.
func (c *Cloud) delegated(rq *request) bool {
	return c.state.ids.DelegatedAdminAccountID != "" && rq.caller.accountID == c.state.ids.DelegatedAdminAccountID
}

// atHome reports whether the call went to the endpoint of Identity Center's region.
func (c *Cloud) atHome(rq *request) bool {
	return rq.region == c.state.ids.Region || c.switches.AnyRegion
}
