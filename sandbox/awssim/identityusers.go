package awssim

import (
	"regexp"
	"strings"
)

// The constraints of identitystore's model.
var (
	ruleStore      = rule{required: true, min: 1, max: 36, re: reIdentityStoreID}
	ruleResource   = rule{required: true, min: 1, max: 47, re: reResourceID}
	ruleStoreToken = rule{min: 1, max: 65535, re: regexp.MustCompile(`^[-a-zA-Z0-9+=/:_]*$`)}
	rulePath       = rule{required: true, min: 1, max: 255, re: regexp.MustCompile(`^(\p{L}+:\p{L}+:\p{L}+(?:\.\p{L}+){0,3}|\p{L}+(?:\.\p{L}+){0,2})$`)}
	ruleValue      = rule{required: true, min: 1, max: 1024, sensitive: true}
	ruleExternal   = rule{required: true, min: 1, max: 256, sensitive: true}
)

// store checks everything read so far, and that the caller may ask this identity store here.
func (c *Cloud) store(rq *request, id string) *apiError {
	if e := rq.params.check(svcIdentityStore); e != nil {
		return e
	}
	if !c.administers(rq) {
		return svcIdentityStore.refuseDenied(deniedMessage(rq, c.arn("identitystore", c.state.ids.ManagementAccountID, "identitystore/"+id), notAllowed))
	}
	if id != c.state.ids.IdentityStoreID || !c.atHome(rq) {
		return missing("IDENTITY_STORE", id, "IdentityStore not present for IdentityStoreId: "+id)
	}
	return nil
}

// missing is identitystore's ResourceNotFoundException.
func missing(kind, id, message string) *apiError {
	e := svcIdentityStore.refuseNotFound(message).with("ResourceType", kind)
	if id != "" {
		e = e.with("ResourceId", id)
	}
	return e
}

func storePage(rq *request, scope ...string) page {
	return page{
		scope: rq.action + "|" + strings.Join(scope, "|"),
		token: rq.params.str("NextToken", ruleStoreToken),
		size:  rq.params.integer("MaxResults", 1, 100, 100),
	}
}

// filter reads the one filter that ListUsers and ListGroups take.
func filter(rq *request) (path, value string) {
	for _, f := range rq.params.objects("Filters", 0, 1) {
		path, value = f.str("AttributePath", rulePath), f.str("AttributeValue", ruleValue)
	}
	return path, value
}

func listUsers(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	path, value := filter(rq)
	pg := storePage(rq, id, path, value)
	if e := c.store(rq, id); e != nil {
		return nil, e
	}
	items := c.state.users
	switch {
	case path == "":
	case strings.EqualFold(path, "UserName"):
		items = nil
		if u := c.state.userByName[strings.ToLower(value)]; u != nil {
			items = []*user{u}
		}
	case strings.EqualFold(path, "ExternalIds.Id"):
		items = nil
		for _, u := range c.state.users {
			if u.ExternalID == value {
				items = append(items, u)
			}
		}
	default:
		return nil, refuse(svcIdentityStore.invalid, "Attribute path "+path+" is not supported for filtering.")
	}
	return answerPage(c, rq, pg, items, func(u *user) uint64 { return u.seq }, "Users", c.showUser)
}

// showUser is the shape of ListUsers and DescribeUser.
func (c *Cloud) showUser(u *user) map[string]any {
	m := map[string]any{
		"IdentityStoreId": c.state.ids.IdentityStoreID, "UserId": u.ID, "UserName": u.UserName, "UserStatus": "ENABLED",
		"DisplayName": u.DisplayName, "Name": map[string]any{"GivenName": u.GivenName, "FamilyName": u.FamilyName},
		"CreatedAt": epoch(u.created), "UpdatedAt": epoch(u.updated),
	}
	if u.Disabled {
		m["UserStatus"] = "DISABLED"
	}
	if u.Email != "" {
		m["Emails"] = []map[string]any{{"Value": u.Email, "Type": "work", "Primary": true}}
	}
	if u.Title != "" {
		m["Title"] = u.Title
	}
	if u.ExternalID != "" {
		m["ExternalIds"] = []map[string]any{{"Issuer": scimIssuer, "Id": u.ExternalID}}
	}
	return m
}

// scimIssuer is who issues external ids here.
const scimIssuer = "https://scim.example.com"

func describeUser(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	userID := rq.params.str("UserId", ruleResource)
	if e := c.store(rq, id); e != nil {
		return nil, e
	}
	u := c.state.userByID[userID]
	if u == nil {
		return nil, missing("USER", userID, "USER not found.")
	}
	return c.showUser(u), nil
}

// alternate reads an AlternateIdentifier: exactly one of an external id and a
// unique attribute.
func (c *Cloud) alternate(rq *request) (external, path, value string, refused *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	if a := rq.params.object("AlternateIdentifier", true); a != nil {
		x, u := a.object("ExternalId", false), a.object("UniqueAttribute", false)
		if (x == nil) == (u == nil) && *rq.params.mistyped == "" {
			return "", "", "", refuse(svcIdentityStore.invalid, "AlternateIdentifier must have exactly one member set.")
		}
		if x != nil {
			external = x.str("Id", ruleExternal)
			if x.str("Issuer", ruleExternal) != scimIssuer {
				external = ""
			}
		}
		if u != nil {
			path, value = u.str("AttributePath", rulePath), u.str("AttributeValue", ruleValue)
		}
	}
	return external, path, value, c.store(rq, id)
}

func getUserID(c *Cloud, rq *request) (any, *apiError) {
	external, path, value, e := c.alternate(rq)
	if e != nil {
		return nil, e
	}
	var u *user
	switch {
	case path == "":
		for _, x := range c.state.users {
			if external != "" && x.ExternalID == external {
				u = x
			}
		}
	case strings.EqualFold(path, "userName"):
		u = c.state.userByName[strings.ToLower(value)]
	case strings.EqualFold(path, "emails.value"):
		u = c.state.userByEmail[strings.ToLower(value)]
	default:
		return nil, refuse(svcIdentityStore.invalid, "Attribute path "+path+" is not a unique attribute of a user.")
	}
	if u == nil {
		return nil, missing("USER", "", "USER not found.")
	}
	return map[string]any{"IdentityStoreId": c.state.ids.IdentityStoreID, "UserId": u.ID}, nil
}

func listGroups(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	path, value := filter(rq)
	pg := storePage(rq, id, path, value)
	if e := c.store(rq, id); e != nil {
		return nil, e
	}
	items := c.state.groups
	switch {
	case path == "":
	case strings.EqualFold(path, "DisplayName"):
		items = nil
		if g := c.state.groupByName[strings.ToLower(value)]; g != nil {
			items = []*group{g}
		}
	default:
		return nil, refuse(svcIdentityStore.invalid, "Attribute path "+path+" is not supported for filtering.")
	}
	return answerPage(c, rq, pg, items, func(g *group) uint64 { return g.seq }, "Groups", c.showGroup)
}

func (c *Cloud) showGroup(g *group) map[string]any {
	m := map[string]any{
		"IdentityStoreId": c.state.ids.IdentityStoreID, "GroupId": g.ID, "DisplayName": g.DisplayName,
		"CreatedAt": epoch(g.created), "UpdatedAt": epoch(g.created),
	}
	if g.Description != "" {
		m["Description"] = g.Description
	}
	if g.ExternalID != "" {
		m["ExternalIds"] = []map[string]any{{"Issuer": scimIssuer, "Id": g.ExternalID}}
	}
	return m
}

func describeGroup(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	g, e := c.group(rq, id)
	if e != nil {
		return nil, e
	}
	return c.showGroup(g), nil
}

func getGroupID(c *Cloud, rq *request) (any, *apiError) {
	external, path, value, e := c.alternate(rq)
	if e != nil {
		return nil, e
	}
	var g *group
	switch {
	case path == "":
		for _, x := range c.state.groups {
			if external != "" && x.ExternalID == external {
				g = x
			}
		}
	case strings.EqualFold(path, "displayName"):
		g = c.state.groupByName[strings.ToLower(value)]
	default:
		return nil, refuse(svcIdentityStore.invalid, "Attribute path "+path+" is not a unique attribute of a group.")
	}
	if g == nil {
		return nil, missing("GROUP", "", "GROUP not found.")
	}
	return map[string]any{"IdentityStoreId": c.state.ids.IdentityStoreID, "GroupId": g.ID}, nil
}
