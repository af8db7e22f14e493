package awssim

import (
	"strings"
)

// tooManyProcessing is how Identity Center refuses beyond its cap of outstanding operations.
const tooManyProcessing = "There are too many requests processing. Please try again later."

// authorize asks the caller's policy about every resource that the call touches;
// all of them must be allowed.
func (c *Cloud) authorize(rq *request) *apiError {
	if rq.action == "sts:GetCallerIdentity" || rq.caller.policy == nil {
		return nil // AWS answers GetCallerIdentity whatever policies say
	}
	for _, resource := range c.resources(rq) {
		keys := c.conditionKeys(rq, resource)
		if v := rq.caller.policy.evaluate(rq.action, resource, keys, nil); v != allowed {
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
		add("arn:aws:sso:::account/", p.raw("TargetId"))
		add("arn:aws:sso:::account/", p.raw("AccountId"))
	case svcIdentityStore:
		add("arn:aws:identitystore::"+ids.ManagementAccountID+":identitystore/", p.raw("IdentityStoreId"))
		add("arn:aws:identitystore:::user/", p.raw("UserId"))
		add("arn:aws:identitystore:::group/", p.raw("GroupId"))
		add("arn:aws:identitystore:::membership/", p.raw("MembershipId"))
		for suffix, all := range map[string]string{"Users": "user", "UserId": "user", "Groups": "group", "GroupId": "group"} {
			if rq.op == "List"+suffix || rq.op == "Get"+suffix {
				add("arn:aws:identitystore:::"+all+"/", "*")
			}
		}
		if strings.Contains(rq.op, "Membership") && p.raw("MembershipId") == "" {
			add("arn:aws:identitystore:::membership/", "*")
		}
		if m, ok := p.members["MemberId"].(map[string]any); ok {
			id, _ := m["UserId"].(string)
			add("arn:aws:identitystore:::user/", id)
		}
	case svcOrganizations:
		for _, name := range []string{"AccountId", "ResourceId", "ChildId", "ParentId", "OrganizationalUnitId"} {
			if id := p.raw(name); id != "" {
				add("", c.organizationsARN(id))
			}
		}
	case svcSTS:
		add("", p.raw("RoleArn"))
	case svcIAM:
		if name := p.raw("RoleName"); name != "" {
			path := "/"
			if r := c.role(rq.caller.accountID, name); r != nil {
				path = r.Path
			}
			add("arn:aws:iam::"+rq.caller.accountID+":role"+path, name)
		} else {
			add("arn:aws:iam::"+rq.caller.accountID+":role", "/")
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
