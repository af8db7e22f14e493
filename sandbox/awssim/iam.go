package awssim

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	ruleRoleName   = rule{required: true, min: 1, max: 64, re: regexp.MustCompile(`^[\w+=,.@-]+$`)}
	rulePathPrefix = rule{min: 1, max: 512, re: regexp.MustCompile(`^/[\x21-\x7f]*$`)}
	ruleMarker     = rule{min: 1, max: 320}
)

// reservedPath is where Identity Center puts the roles of permission sets.
func (c *Cloud) reservedPath() string {
	region := c.state.ids.Region
	if region == "us-east-1" {
		return "/aws-reserved/sso.amazonaws.com/"
	}
	return "/aws-reserved/sso.amazonaws.com/" + region + "/"
}

func (c *Cloud) reservedRoleARN(acc *account, set *permissionSet) string {
	p := acc.provisioned[set.ARN]
	if p == nil {
		return ""
	}
	return c.arn("iam", acc.ID, "role"+c.reservedPath()+reservedName(set.Name, p.roleSuffix))
}

func reservedName(set, suffix string) string { return "AWSReservedSSO_" + set + "_" + suffix }

// roles are an account's roles by name: its own, and one for each permission set
// that is provisioned there.
func (c *Cloud) roles(acc *account) map[string]*IAMRole {
	if acc.roles != nil {
		return acc.roles
	}
	acc.roles = make(map[string]*IAMRole, len(acc.Roles)+len(acc.provisioned))
	for _, r := range acc.Roles {
		if r.Path == "" {
			r.Path = "/"
		}
		acc.roles[r.Name] = &r
	}
	for arn, p := range acc.provisioned {
		set := c.state.setByARN[arn]
		if set == nil {
			continue
		}
		name := reservedName(set.Name, p.roleSuffix)
		acc.roles[name] = &IAMRole{
			Name: name, Path: c.reservedPath(), Description: set.Description, MaxSession: 12 * time.Hour,
			Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` +
				c.arn("iam", acc.ID, "saml-provider/AWSSSO_"+p.roleSuffix+"_DO_NOT_DELETE") + `"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],` +
				`"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}]}`,
		}
	}
	return acc.roles
}

// role finds a role, or nil.
func (c *Cloud) role(accountID, name string) *IAMRole {
	acc := c.state.account[accountID]
	if acc == nil {
		return nil
	}
	return c.roles(acc)[name]
}

type roleXML struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string   `xml:",omitempty"`
	MaxSessionDuration       int      `xml:",omitempty"`
	Tags                     *tagsXML `xml:",omitempty"`
}

type tagsXML struct {
	Member []tagXML `xml:"member"`
}

type tagXML struct{ Key, Value string }

// showRole is the shape of a role. The trust policy is URL-encoded, and only
// GetRole returns tags.
func (c *Cloud) showRole(acc *account, r *IAMRole, withTags bool) roleXML {
	session := time.Hour
	if r.MaxSession > 0 {
		session = r.MaxSession
	}
	out := roleXML{
		Path: r.Path, RoleName: r.Name, RoleID: roleID(acc.ID, r.Name), Arn: c.arn("iam", acc.ID, "role"+r.Path+r.Name),
		CreateDate: xmlTime(acc.Joined), AssumeRolePolicyDocument: strings.ReplaceAll(url.QueryEscape(r.Trust), "+", "%20"),
		Description: r.Description, MaxSessionDuration: int(session.Seconds()),
	}
	if withTags && len(r.Tags) > 0 {
		out.Tags = &tagsXML{}
		for _, t := range tagList(r.Tags) {
			out.Tags.Member = append(out.Tags.Member, tagXML{t.key, t.value})
		}
	}
	return out
}

type listRolesXML struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
	Roles       struct {
		Member []roleXML `xml:"member"`
	}
}

// ordered is an entry of a list that is in the order of names.
type ordered[T any] struct {
	value T
	place uint64
}

func orderedPlace[T any](o ordered[T]) uint64 { return o.place }

func listRoles(c *Cloud, rq *request) (any, *apiError) {
	prefix := rq.params.str("PathPrefix", rulePathPrefix)
	pg := page{scope: rq.action + "|" + rq.caller.accountID + "|" + prefix, token: rq.params.str("Marker", ruleMarker), size: rq.params.integer("MaxItems", 1, 1000, 100)}
	if e := rq.params.check(svcIAM); e != nil {
		return nil, e
	}
	acc := c.state.account[rq.caller.accountID]
	var names []string
	for name, r := range c.roles(acc) {
		if strings.HasPrefix(r.Path, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	items := make([]ordered[*IAMRole], len(names))
	for i, name := range names {
		items[i] = ordered[*IAMRole]{acc.roles[name], uint64(i + 1)}
	}
	out, next, ok := paginate(c, rq, pg, items, orderedPlace)
	if !ok {
		return nil, refuse(svcIAM.invalid, "Invalid Marker.")
	}
	answer := listRolesXML{IsTruncated: next != "", Marker: next}
	for _, r := range out {
		answer.Roles.Member = append(answer.Roles.Member, c.showRole(acc, r.value, false))
	}
	return answer, nil
}

// namedRole reads RoleName and finds the role in the caller's account.
func (c *Cloud) namedRole(rq *request) (*account, *IAMRole, *apiError) {
	name := rq.params.str("RoleName", ruleRoleName)
	if e := rq.params.check(svcIAM); e != nil {
		return nil, nil, e
	}
	r := c.role(rq.caller.accountID, name)
	if r == nil {
		return nil, nil, svcIAM.refuseNotFound("The role with name " + name + " cannot be found.")
	}
	return c.state.account[rq.caller.accountID], r, nil
}

func getRole(c *Cloud, rq *request) (any, *apiError) {
	acc, r, e := c.namedRole(rq)
	if e != nil {
		return nil, e
	}
	return struct{ Role roleXML }{c.showRole(acc, r, true)}, nil
}

type listRoleTagsXML struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
	Tags        tagsXML
}

func listRoleTags(c *Cloud, rq *request) (any, *apiError) {
	marker := rq.params.str("Marker", ruleMarker)
	size := rq.params.integer("MaxItems", 1, 1000, 100)
	acc, r, e := c.namedRole(rq)
	if e != nil {
		return nil, e
	}
	pg := page{scope: rq.action + "|" + acc.ID + "|" + r.Name, token: marker, size: size}
	out, next, ok := paginate(c, rq, pg, tagList(r.Tags), tagKeyOrder)
	if !ok {
		return nil, refuse(svcIAM.invalid, "Invalid Marker.")
	}
	answer := listRoleTagsXML{IsTruncated: next != "", Marker: next}
	for _, t := range out {
		answer.Tags.Member = append(answer.Tags.Member, tagXML{t.key, t.value})
	}
	return answer, nil
}
