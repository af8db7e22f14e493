package awssim

import "time"

// provision is one accepted ProvisionPermissionSet.
type provision struct {
	requestID, accountID, setARN string
	accepted, done               time.Time
}

// provisioning returns what is still being provisioned.
func (s *state) provisioning(now time.Time) []*provision {
	var out []*provision
	for _, p := range s.provisions {
		if p.done.After(now) {
			out = append(out, p)
		}
	}
	return out
}

var ruleProvisionTarget = rule{required: true, enum: []string{"AWS_ACCOUNT", "ALL_PROVISIONED_ACCOUNTS"}}

func provisionSet(c *Cloud, rq *request) (any, *apiError) {
	kind := rq.params.str("TargetType", ruleProvisionTarget)
	id := rq.params.str("TargetId", ruleAccountOpt)
	set, e := c.namedSet(rq)
	if e != nil {
		return nil, e
	}
	if kind == "AWS_ACCOUNT" && id == "" {
		return nil, refuse(svcSSO.invalid, "TargetId is required when TargetType is AWS_ACCOUNT.")
	}
	if e := c.found(id, ""); e != nil {
		return nil, e
	}
	if e := c.delegatedMay(rq, id, set.ARN); e != nil {
		return nil, e
	}
	if id != "" && c.state.account[id].provisioned[set.ARN] == nil {
		return nil, svcSSO.refuseNotFound("PermissionSet with ARN " + set.ARN + " is not provisioned in account " + id + ".")
	}
	running := c.state.provisioning(rq.now)
	for _, other := range running {
		if other.setARN == set.ARN {
			return nil, refuse("ConflictException", "The permission set is already being provisioned. Try again later.")
		}
	}
	if len(c.state.pending)+len(running) >= c.tuning.OutstandingLimit {
		return nil, svcSSO.refuseThrottled(tooManyProcessing)
	}
	p := &provision{
		requestID: c.uuid(), accountID: id, setARN: set.ARN, accepted: rq.now, done: rq.now.Add(c.tuning.OperationMax),
	}
	for old, other := range c.state.provisions {
		if rq.now.Sub(other.done) > operationsKeptFor {
			delete(c.state.provisions, old)
		}
	}
	c.state.provisions[p.requestID] = p
	return map[string]any{"PermissionSetProvisioningStatus": p.wire(rq.now)}, nil
}

func (p *provision) wire(now time.Time) map[string]any {
	m := map[string]any{
		"Status": InProgress, "RequestId": p.requestID, "PermissionSetArn": p.setARN, "CreatedDate": epoch(p.accepted),
	}
	if !p.done.After(now) {
		m["Status"] = Succeeded
	}
	if p.accountID != "" {
		m["AccountId"] = p.accountID
	}
	return m
}

func describeProvisioning(c *Cloud, rq *request) (any, *apiError) {
	arn := rq.params.str("InstanceArn", ruleInstance)
	id := rq.params.str("ProvisionPermissionSetRequestId", ruleRequestID)
	if e := rq.params.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	p := c.state.provisions[id]
	if p == nil {
		return nil, svcSSO.refuseNotFound("Request with ID " + id + " was not found.")
	}
	return map[string]any{"PermissionSetProvisioningStatus": p.wire(rq.now)}, nil
}
