package awssim

import (
	"slices"
	"strings"
)

// taggedAccounts is the resource type under which the tagging API lists accounts.
const taggedAccounts = "organizations:account"

// getResources lists tagged accounts. They are resources of the management account
// in the region of Organizations: any other account or region sees none. Accounts without tags are
// never listed, as the API only knows what was tagged.
func getResources(c *Cloud, rq *request) (any, *apiError) {
	p := rq.params
	token := p.str("PaginationToken", rule{max: 2048})
	size := p.integer("ResourcesPerPage", 1, 100, 100)
	types := p.strings("ResourceTypeFilters", false, 0, 100, rule{max: 256})
	arns := p.strings("ResourceARNList", false, 1, 100, rule{min: 1, max: 1011})
	type wanted struct {
		key    string
		values []string
	}
	var filters []wanted
	for _, f := range p.objects("TagFilters", 0, 50) {
		filters = append(filters, wanted{f.str("Key", rule{min: 1, max: 128}), f.strings("Values", false, 0, 20, rule{max: 256})})
	}
	if e := p.check(svcTagging); e != nil {
		return nil, e
	}
	if len(arns) > 0 && (len(types) > 0 || len(filters) > 0) {
		return nil, refuse(svcTagging.invalid, "ResourceARNList cannot be combined with other filters")
	}
	for _, t := range types {
		name, _, _ := strings.Cut(t, ":")
		if name == "organizations" && (!c.switches.TagResources || t != taggedAccounts) || t == "" {
			return nil, refuse(svcTagging.invalid, "Unsupported resource type: "+t)
		}
	}
	var items []*account
	here := (rq.region == c.global(svcOrganizations) || c.switches.AnyRegion) && rq.caller.accountID == c.state.ids.ManagementAccountID
	if here && c.switches.TagResources && (len(types) == 0 || slices.Contains(types, taggedAccounts)) {
		for _, a := range c.state.accounts {
			match := len(a.Tags) > 0 && (len(arns) == 0 || slices.Contains(arns, c.organizationsARN(a.ID)))
			for _, f := range filters {
				v, ok := a.Tags[f.key]
				match = match && ok && (len(f.values) == 0 || slices.Contains(f.values, v))
			}
			if match {
				items = append(items, a)
			}
		}
	}
	scope := rq.action + "|" + strings.Join(types, ",") + "|" + strings.Join(arns, ",")
	for _, f := range filters {
		scope += "|" + f.key + "=" + strings.Join(f.values, ",")
	}
	out, next, ok := paginate(c, rq, page{scope: scope, token: token, size: size}, items, accountSeq)
	if !ok {
		return nil, refuse("PaginationTokenExpiredException", "The pagination token is invalid or has expired.")
	}
	list := make([]map[string]any, 0, len(out))
	for _, a := range out {
		tags := []map[string]string{}
		for _, t := range tagList(a.Tags) {
			tags = append(tags, jsonTag(t))
		}
		list = append(list, map[string]any{"ResourceARN": c.organizationsARN(a.ID), "Tags": tags})
	}
	// This API says "no more" with an empty token.
	return map[string]any{"ResourceTagMappingList": list, "PaginationToken": next}, nil
}
