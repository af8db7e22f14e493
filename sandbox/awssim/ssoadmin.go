package awssim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The constraints of sso-admin's model.
var (
	ruleInstance    = rule{required: true, min: 10, max: 1224, re: reInstanceARN}
	ruleSetARN      = rule{required: true, min: 10, max: 1224, re: reSetARN}
	ruleAccount     = rule{required: true, min: 12, max: 12, re: reAccountID, pattern: `\d{12}`}
	ruleAccountOpt  = rule{min: 12, max: 12, re: reAccountID, pattern: `\d{12}`}
	ruleTargetType  = rule{required: true, enum: []string{"AWS_ACCOUNT"}}
	rulePrincipal   = rule{required: true, min: 1, max: 47, re: reResourceID}
	rulePrincipalTy = rule{required: true, enum: []string{"USER", "GROUP"}}
	ruleRequestID   = rule{required: true, min: 36, max: 36, re: reUUID}
	ruleToken       = rule{max: 2048, re: reToken}
	ruleStatus      = rule{enum: []string{"IN_PROGRESS", "FAILED", "SUCCEEDED"}}
	ruleProvisioned = rule{enum: []string{"LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED"}}
	ruleTaggable    = rule{required: true, min: 10, max: 2048, re: reTaggable}

	reUUID     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	reToken    = regexp.MustCompile(`^[-a-zA-Z0-9+=/_]*$`)
	reTaggable = regexp.MustCompile(`^arn:aws(-[a-z]{1,5}){0,3}:sso::((:instance/(sso)?ins-[a-zA-Z0-9-.]{16})|(:permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16})|(\d{12}:application/(sso)?ins-[a-zA-Z0-9-.]{16}/apl-[a-zA-Z0-9]{16}))$`)
)

// instance reads the instance ARN, and refuses when everything read so far breaks
// the model, the caller does not administer Identity Center, or there is no such
// instance in this region.
func (c *Cloud) instance(rq *request, arn string) *apiError {
	switch {
	case !c.administers(rq):
		return svcSSO.refuseDenied(deniedMessage(rq, arn, notAllowed))
	case arn != c.state.ids.InstanceARN || !c.atHome(rq):
		return svcSSO.refuseNotFound("Instance with ARN " + arn + " was not found.")
	}
	return nil
}

// ssoPage reads MaxResults and NextToken.
func ssoPage(rq *request, scope ...string) page {
	return page{
		scope: rq.action + "|" + strings.Join(scope, "|"),
		token: rq.params.str("NextToken", ruleToken),
		size:  rq.params.integer("MaxResults", 1, 100, 100),
	}
}

// answerPage turns a page into an answer, its entries under name.
func answerPage[T, V any](c *Cloud, rq *request, pg page, items []T, key func(T) uint64, name string, show func(T) V) (any, *apiError) {
	out, next, ok := paginate(c, rq, pg, items, key)
	if !ok {
		if rq.svc == svcOrganizations {
			return nil, refuseInput("INVALID_NEXT_TOKEN")
		}
		return nil, refuse(rq.svc.invalid, "The provided next token is invalid.")
	}
	list := make([]V, 0, len(out))
	for _, item := range out {
		list = append(list, show(item))
	}
	answer := map[string]any{name: list}
	if next != "" {
		answer["NextToken"] = next
	}
	return answer, nil
}

func listInstances(c *Cloud, rq *request) (any, *apiError) {
	pg := ssoPage(rq)
	if e := rq.params.check(svcSSO); e != nil {
		return nil, e
	}
	ids := c.state.ids
	var items []IDs
	if c.atHome(rq) && c.administers(rq) { // elsewhere AWS finds no instance, and says so with an empty list
		items = []IDs{ids}
	}
	created := time.Date(2023, 6, 1, 8, 0, 0, 0, time.UTC)
	return answerPage(c, rq, pg, items, func(IDs) uint64 { return 1 }, "Instances", func(i IDs) map[string]any {
		return map[string]any{
			"InstanceArn": i.InstanceARN, "IdentityStoreId": i.IdentityStoreID, "OwnerAccountId": i.ManagementAccountID,
			"Name": "", "CreatedDate": epoch(created), "Status": "ACTIVE",
		}
	})
}

func listPermissionSets(c *Cloud, rq *request) (any, *apiError) {
	arn := rq.params.str("InstanceArn", ruleInstance)
	pg := ssoPage(rq, arn)
	if e := rq.params.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	return answerPage(c, rq, pg, c.state.sets, func(p *permissionSet) uint64 { return p.seq }, "PermissionSets",
		func(p *permissionSet) string { return p.ARN })
}

// namedSet reads instance and permission set and finds the set; more is read first
// by what the caller passes in.
func (c *Cloud) namedSet(rq *request) (*permissionSet, *apiError) {
	arn := rq.params.str("InstanceArn", ruleInstance)
	set := rq.params.str("PermissionSetArn", ruleSetARN)
	if e := rq.params.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	p := c.state.setByARN[set]
	if p == nil {
		return nil, svcSSO.refuseNotFound("PermissionSet with ARN " + set + " was not found.")
	}
	return p, nil
}

func describePermissionSet(c *Cloud, rq *request) (any, *apiError) {
	p, e := c.namedSet(rq)
	if e != nil {
		return nil, e
	}
	set := map[string]any{
		"PermissionSetArn": p.ARN, "Name": p.Name, "CreatedDate": epoch(p.Created),
		"SessionDuration": isoDuration(p.SessionDuration),
	}
	if p.Description != "" {
		set["Description"] = p.Description
	}
	if p.RelayState != "" {
		set["RelayState"] = p.RelayState
	}
	return map[string]any{"PermissionSet": set}, nil
}

// isoDuration writes a duration as ISO 8601: PT1H, PT1H30M.
func isoDuration(d time.Duration) string {
	out := "PT"
	if h := int(d.Hours()); h > 0 {
		out += fmt.Sprintf("%dH", h)
	}
	if m := int(d.Minutes()) % 60; m > 0 {
		out += fmt.Sprintf("%dM", m)
	}
	if s := int(d.Seconds()) % 60; s > 0 || out == "PT" {
		out += fmt.Sprintf("%dS", s)
	}
	return out
}

func listSSOTags(c *Cloud, rq *request) (any, *apiError) {
	arn := rq.params.str("InstanceArn", rule{min: 10, max: 1224, re: reInstanceARN})
	resource := rq.params.str("ResourceArn", ruleTaggable)
	pg := page{scope: rq.action + "|" + resource, token: rq.params.str("NextToken", ruleToken), size: 75}
	if e := rq.params.check(svcSSO); e != nil {
		return nil, e
	}
	if arn == "" {
		arn = c.state.ids.InstanceARN
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	var tags map[string]string
	if p := c.state.setByARN[resource]; p != nil {
		tags = p.Tags
	} else if resource != c.state.ids.InstanceARN {
		return nil, svcSSO.refuseNotFound("Resource with ARN " + resource + " was not found.")
	}
	return answerPage(c, rq, pg, tagList(tags), tagKeyOrder, "Tags", jsonTag)
}

type tag struct {
	key, value string
	order      uint64
}

// tagList is a tag map in the order of its keys.
func tagList(m map[string]string) []tag {
	var out []tag
	for i, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, tag{k, m[k], uint64(i + 1)})
	}
	return out
}

func tagKeyOrder(t tag) uint64 { return t.order }

func jsonTag(t tag) map[string]string { return map[string]string{"Key": t.key, "Value": t.value} }

func listManagedPolicies(c *Cloud, rq *request) (any, *apiError) {
	pg := ssoPage(rq, rq.params.raw("PermissionSetArn"))
	p, e := c.namedSet(rq)
	if e != nil {
		return nil, e
	}
	var items []tag
	for i, arn := range p.ManagedPolicies {
		items = append(items, tag{arn[strings.LastIndexByte(arn, '/')+1:], arn, uint64(i + 1)})
	}
	return answerPage(c, rq, pg, items, tagKeyOrder, "AttachedManagedPolicies", func(t tag) map[string]string {
		return map[string]string{"Name": t.key, "Arn": t.value}
	})
}

func listCustomerPolicies(c *Cloud, rq *request) (any, *apiError) {
	pg := ssoPage(rq, rq.params.raw("PermissionSetArn"))
	p, e := c.namedSet(rq)
	if e != nil {
		return nil, e
	}
	var items []tag
	for i, name := range p.CustomerPolicies {
		cut := strings.LastIndexByte(name, '/') + 1
		items = append(items, tag{name[cut:], "/" + strings.TrimPrefix(name[:cut], "/"), uint64(i + 1)})
	}
	return answerPage(c, rq, pg, items, tagKeyOrder, "CustomerManagedPolicyReferences", func(t tag) map[string]string {
		return map[string]string{"Name": t.key, "Path": t.value}
	})
}

func getInlinePolicy(c *Cloud, rq *request) (any, *apiError) {
	p, e := c.namedSet(rq)
	if e != nil {
		return nil, e
	}
	return map[string]any{"InlinePolicy": p.InlinePolicy}, nil
}
