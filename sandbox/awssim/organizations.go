package awssim

import (
	"regexp"
	"strings"
)

// The constraints of organizations' model.
var (
	ruleParent   = rule{required: true, max: 100, re: regexp.MustCompile(`^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)}
	ruleChild    = rule{required: true, max: 100, re: regexp.MustCompile(`^(\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$`)}
	ruleOrgAcc   = rule{required: true, max: 12, re: reAccountID}
	ruleOU       = rule{required: true, max: 68, re: reOUID}
	ruleOrgTag   = rule{required: true, max: 130, re: regexp.MustCompile(`^(r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|p-[0-9a-zA-Z_]{8,128})$`)}
	ruleChildTy  = rule{required: true, enum: []string{"ACCOUNT", "ORGANIZATIONAL_UNIT"}}
	ruleSvcPrinc = rule{min: 1, max: 128, re: regexp.MustCompile(`^[\w+=,.@-]*$`)}
)

// refuseInput is Organizations' InvalidInputException with its reason.
func refuseInput(reason string) *apiError {
	text := map[string]string{
		"INVALID_NEXT_TOKEN":  "You provided an invalid token value for NextToken.",
		"INPUT_REQUIRED":      "You must include a value for all required parameters.",
		"INVALID_PATTERN":     "You provided a value that does not match the required pattern.",
		"INVALID_ENUM":        "You specified an invalid value.",
		"MAX_LENGTH_EXCEEDED": "You provided a string parameter that is longer than allowed.",
		"MIN_LENGTH_EXCEEDED": "You provided a string parameter that is shorter than allowed.",
		"MAX_VALUE_EXCEEDED":  "You provided a numeric parameter that has a larger value than allowed.",
		"MIN_VALUE_EXCEEDED":  "You provided a numeric parameter that has a smaller value than allowed.",
	}[reason]
	return refuse(svcOrganizations.invalid, text).with("Reason", reason)
}

// orgPage reads MaxResults and NextToken; Organizations' pages hold 20.
func orgPage(rq *request, scope ...string) page {
	return page{
		scope: rq.action + "|" + strings.Join(scope, "|"),
		token: rq.params.str("NextToken", rule{max: 100000}),
		size:  rq.params.integer("MaxResults", 1, 20, 20),
	}
}

// organization checks everything read so far, and that the caller may read the organization.
func (c *Cloud) organization(rq *request) *apiError {
	if e := rq.params.check(svcOrganizations); e != nil {
		return e
	}
	if !c.administers(rq) {
		return svcOrganizations.refuseDenied("You don't have permissions to access this resource.")
	}
	return nil
}

// organizationsARN is the ARN of an account, OU or root.
func (c *Cloud) organizationsARN(id string) string {
	ids := &c.state.ids
	kind := "account"
	switch {
	case strings.HasPrefix(id, "ou-"):
		kind = "ou"
	case strings.HasPrefix(id, "r-"):
		kind = "root"
	}
	return c.arn("organizations", ids.ManagementAccountID, kind+"/"+ids.OrganizationID+"/"+id)
}

func (c *Cloud) showAccount(a *account) map[string]any {
	m := map[string]any{
		"Id": a.ID, "Arn": c.organizationsARN(a.ID), "Name": a.Name, "Email": a.Email,
		"JoinedMethod": "CREATED", "JoinedTimestamp": epoch(a.Joined),
	}
	c.showState(m, a)
	if c.switches.AccountPaths {
		m["Paths"] = []string{a.parent.path(c.state.ids.OrganizationID) + a.ID + "/"}
	}
	return m
}

// showState writes State, the retired Status, or both, as the switches say. Status
// never knew the states that came with State.
func (c *Cloud) showState(m map[string]any, a *account) {
	if c.switches.AccountState {
		m["State"] = a.State
	}
	if c.switches.AccountStatus {
		switch a.State {
		case AccountClosed:
			m["Status"] = AccountSuspended
		case AccountPendingActivation:
			m["Status"] = AccountActive
		default:
			m["Status"] = a.State
		}
	}
}

func accountSeq(a *account) uint64 { return a.seq }

func describeOrganization(c *Cloud, rq *request) (any, *apiError) {
	if e := rq.params.check(svcOrganizations); e != nil { // every account of the organization may ask
		return nil, e
	}
	ids := &c.state.ids
	return map[string]any{"Organization": map[string]any{
		"Id": ids.OrganizationID, "Arn": c.arn("organizations", ids.ManagementAccountID, "organization/"+ids.OrganizationID), "FeatureSet": "ALL",
		"MasterAccountArn":     c.organizationsARN(ids.ManagementAccountID),
		"MasterAccountId":      ids.ManagementAccountID,
		"MasterAccountEmail":   c.state.account[ids.ManagementAccountID].Email,
		"AvailablePolicyTypes": []map[string]string{{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}},
	}}, nil
}

func listAccounts(c *Cloud, rq *request) (any, *apiError) {
	pg := orgPage(rq)
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	return answerPage(c, rq, pg, c.state.accounts, accountSeq, "Accounts", c.showAccount)
}

func describeAccount(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("AccountId", ruleOrgAcc)
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	a := c.state.account[id]
	if a == nil {
		return nil, refuse("AccountNotFoundException", "You specified an account that doesn't exist.")
	}
	return map[string]any{"Account": c.showAccount(a)}, nil
}

func listRoots(c *Cloud, rq *request) (any, *apiError) {
	pg := orgPage(rq)
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	return answerPage(c, rq, pg, []*ou{c.state.root}, ouSeq, "Roots", func(o *ou) map[string]any {
		return map[string]any{"Id": o.ID, "Arn": c.organizationsARN(o.ID), "Name": o.Name, "PolicyTypes": []any{}}
	})
}

func ouSeq(o *ou) uint64 { return o.seq }

func (c *Cloud) showOU(o *ou) map[string]any {
	m := map[string]any{"Id": o.ID, "Arn": c.organizationsARN(o.ID), "Name": o.Name}
	if c.switches.AccountPaths {
		m["Path"] = o.path(c.state.ids.OrganizationID)
	}
	return m
}

// parent reads ParentId and finds the root or OU.
func (c *Cloud) parent(rq *request) (*ou, *apiError) {
	id := rq.params.str("ParentId", ruleParent)
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	o := c.state.ouByID[id]
	if o == nil {
		return nil, refuse("ParentNotFoundException", "You specified parent that doesn't exist.")
	}
	return o, nil
}

func listOUs(c *Cloud, rq *request) (any, *apiError) {
	pg := orgPage(rq, rq.params.raw("ParentId"))
	o, e := c.parent(rq)
	if e != nil {
		return nil, e
	}
	return answerPage(c, rq, pg, o.children, ouSeq, "OrganizationalUnits", c.showOU)
}

func describeOU(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("OrganizationalUnitId", ruleOU)
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	o := c.state.ouByID[id]
	if o == nil {
		return nil, refuse("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
	}
	return map[string]any{"OrganizationalUnit": c.showOU(o)}, nil
}

func listAccountsForParent(c *Cloud, rq *request) (any, *apiError) {
	pg := orgPage(rq, rq.params.raw("ParentId"))
	o, e := c.parent(rq)
	if e != nil {
		return nil, e
	}
	return answerPage(c, rq, pg, o.accounts, accountSeq, "Accounts", c.showAccount)
}

func listChildren(c *Cloud, rq *request) (any, *apiError) {
	kind := rq.params.str("ChildType", ruleChildTy)
	pg := orgPage(rq, rq.params.raw("ParentId"), kind)
	o, e := c.parent(rq)
	if e != nil {
		return nil, e
	}
	show := func(id string) map[string]string { return map[string]string{"Id": id, "Type": kind} }
	if kind == "ACCOUNT" {
		return answerPage(c, rq, pg, o.accounts, accountSeq, "Children", func(a *account) map[string]string { return show(a.ID) })
	}
	return answerPage(c, rq, pg, o.children, ouSeq, "Children", func(o *ou) map[string]string { return show(o.ID) })
}

func listParents(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("ChildId", ruleChild)
	pg := orgPage(rq, id)
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	var parents []*ou
	if a := c.state.account[id]; a != nil {
		parents = []*ou{a.parent}
	} else if o := c.state.ouByID[id]; o != nil && o.parent != nil {
		parents = []*ou{o.parent}
	} else {
		return nil, refuse("ChildNotFoundException", "You specified a child that doesn't exist.")
	}
	return answerPage(c, rq, pg, parents, ouSeq, "Parents", func(o *ou) map[string]string {
		kind := "ORGANIZATIONAL_UNIT"
		if o.parent == nil {
			kind = "ROOT"
		}
		return map[string]string{"Id": o.ID, "Type": kind}
	})
}

func listOrganizationsTags(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("ResourceId", ruleOrgTag)
	pg := page{scope: rq.action + "|" + id, token: rq.params.str("NextToken", rule{max: 100000}), size: 50}
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	var tags map[string]string
	if a := c.state.account[id]; a != nil {
		tags = a.Tags
	} else if o := c.state.ouByID[id]; o != nil {
		tags = o.Tags
	} else {
		return nil, refuse("TargetNotFoundException", "You specified a target that doesn't exist.")
	}
	return answerPage(c, rq, pg, tagList(tags), tagKeyOrder, "Tags", jsonTag)
}

func listDelegatedAdministrators(c *Cloud, rq *request) (any, *apiError) {
	svc := rq.params.str("ServicePrincipal", ruleSvcPrinc)
	pg := orgPage(rq, svc)
	if e := c.organization(rq); e != nil {
		return nil, e
	}
	var items []*account
	if a := c.state.account[c.state.ids.DelegatedAdminAccountID]; a != nil && (svc == "" || svc == "sso.amazonaws.com") {
		items = []*account{a}
	}
	return answerPage(c, rq, pg, items, accountSeq, "DelegatedAdministrators", func(a *account) map[string]any {
		m := map[string]any{
			"Id": a.ID, "Arn": c.organizationsARN(a.ID), "Name": a.Name, "Email": a.Email, "JoinedMethod": "CREATED",
			"JoinedTimestamp": epoch(a.Joined), "DelegationEnabledDate": epoch(a.Joined),
		}
		c.showState(m, a)
		return m
	})
}
