package awssim

import (
	"slices"
)

// setsPerAccount is how many permission sets AWS provisions to one account.
const setsPerAccount = 500

// target reads the six members that name an assignment to write.
func (c *Cloud) target(rq *request) (Assignment, *apiError) {
	p := rq.params
	arn := p.str("InstanceArn", ruleInstance)
	a := Assignment{AccountID: p.str("TargetId", ruleAccount)}
	p.str("TargetType", ruleTargetType)
	a.PermissionSetARN = p.str("PermissionSetArn", ruleSetARN)
	a.PrincipalType = PrincipalType(p.str("PrincipalType", rulePrincipalTy))
	a.PrincipalID = p.str("PrincipalId", rulePrincipal)
	if e := p.check(svcSSO); e != nil {
		return a, e
	}
	if e := c.instance(rq, arn); e != nil {
		return a, e
	}
	if e := c.found(a.AccountID, a.PermissionSetARN); e != nil {
		return a, e
	}
	return a, c.delegatedMay(rq, a.AccountID, a.PermissionSetARN)
}

// found refuses an account or permission set that does not exist.
func (c *Cloud) found(accountID, setARN string) *apiError {
	if accountID != "" && c.state.account[accountID] == nil {
		return svcSSO.refuseNotFound("Account with ID " + accountID + " was not found.")
	}
	if setARN != "" && c.state.setByARN[setARN] == nil {
		return svcSSO.refuseNotFound("PermissionSet with ARN " + setARN + " was not found.")
	}
	return nil
}

// delegatedMay refuses what a delegated administrator may not touch: the
// management account, and every permission set that is provisioned there.
func (c *Cloud) delegatedMay(rq *request, accountID, setARN string) *apiError {
	if !c.delegated(rq) {
		return nil
	}
	management := c.state.account[c.state.ids.ManagementAccountID]
	if accountID == management.ID {
		return svcSSO.refuseDenied(deniedMessage(rq, c.arn("sso", "", "account/"+accountID), notAllowed))
	}
	if management.provisioned[setARN] != nil {
		return svcSSO.refuseDenied(deniedMessage(rq, setARN, notAllowed))
	}
	return nil
}

// busy refuses a write while AWS still works on a former one.
func (c *Cloud) busy(rq *request, a Assignment) *apiError {
	acc := c.state.account[a.AccountID]
	ended, recent := c.state.endedAt[a]
	switch {
	case !acc.active():
		return refuse("ConflictException", "The account "+a.AccountID+" is not active.")
	case c.inFlight(a) != nil:
		return refuse("ConflictException", "There is a conflicting operation in process for this account assignment. Try again later.")
	case recent && rq.now.Sub(ended) < c.tuning.PropagationConflict:
		return refuse("ConflictException", "A previous write to this account assignment has not finished propagating. Try again later.")
	case c.switches.BusyAccountConflicts && len(acc.queue) > 0:
		return refuse("ConflictException", "The permission set cannot be updated in account "+a.AccountID+" while another one is being updated there. Try again later.")
	case len(c.state.pending)+len(c.state.provisioning(rq.now)) >= c.tuning.OutstandingLimit:
		return svcSSO.refuseThrottled(tooManyProcessing)
	}
	return nil
}

func createAssignment(c *Cloud, rq *request) (any, *apiError) {
	return c.write(rq, OperationCreate, "AccountAssignmentCreationStatus")
}

func deleteAssignment(c *Cloud, rq *request) (any, *apiError) {
	return c.write(rq, OperationDelete, "AccountAssignmentDeletionStatus")
}

func (c *Cloud) write(rq *request, kind OperationKind, name string) (any, *apiError) {
	a, e := c.target(rq)
	if e != nil {
		return nil, e
	}
	if e := c.busy(rq, a); e != nil {
		return nil, e
	}
	if acc := c.state.account[a.AccountID]; kind == OperationCreate && acc.provisioned[a.PermissionSetARN] == nil && len(acc.provisioned) >= setsPerAccount {
		return nil, refuse("ServiceQuotaExceededException", "You have reached the maximum number of permission sets provisioned to account "+a.AccountID+".")
	}
	op := c.accept(kind, a, rq.caller.PrincipalARN, rq.now)
	c.emit(kind, a, rq.caller.identity(), op.requestID, rq.now)
	shown := *op
	if c.switches.FinalStatusInReply {
		c.settle(rq.now)
		shown = *op
	}
	return map[string]any{name: shown.wire()}, nil
}

// wire is AccountAssignmentOperationStatus.
func (op *operation) wire() map[string]any {
	m := map[string]any{
		"Status": op.status, "RequestId": op.requestID, "TargetId": op.AccountID, "TargetType": "AWS_ACCOUNT",
		"PermissionSetArn": op.PermissionSetARN, "PrincipalType": op.PrincipalType, "PrincipalId": op.PrincipalID,
		"CreatedDate": epoch(op.accepted),
	}
	if op.reason != "" {
		m["FailureReason"] = op.reason
	}
	return m
}

func describeCreation(c *Cloud, rq *request) (any, *apiError) {
	return c.describeOperation(rq, OperationCreate, "AccountAssignmentCreationRequestId", "AccountAssignmentCreationStatus")
}

func describeDeletion(c *Cloud, rq *request) (any, *apiError) {
	return c.describeOperation(rq, OperationDelete, "AccountAssignmentDeletionRequestId", "AccountAssignmentDeletionStatus")
}

func (c *Cloud) describeOperation(rq *request, kind OperationKind, member, name string) (any, *apiError) {
	arn := rq.params.str("InstanceArn", ruleInstance)
	id := rq.params.str(member, ruleRequestID)
	if e := rq.params.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	op := c.state.opByID[id]
	if op == nil || op.kind != kind {
		return nil, svcSSO.refuseNotFound("Request with ID " + id + " was not found.")
	}
	return map[string]any{name: op.wire()}, nil
}

func listCreations(c *Cloud, rq *request) (any, *apiError) {
	return c.listOperations(rq, OperationCreate, "AccountAssignmentsCreationStatus")
}

func listDeletions(c *Cloud, rq *request) (any, *apiError) {
	return c.listOperations(rq, OperationDelete, "AccountAssignmentsDeletionStatus")
}

// newest is the highest place in a list; lists that begin with the newest count down from it.
const newest = ^uint64(0) >> 1

func (c *Cloud) listOperations(rq *request, kind OperationKind, name string) (any, *apiError) {
	arn := rq.params.str("InstanceArn", ruleInstance)
	status := ""
	if f := rq.params.object("Filter", false); f != nil {
		status = f.str("Status", ruleStatus)
	}
	pg := ssoPage(rq, arn, status)
	if e := rq.params.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	var items []*operation
	for _, op := range slices.Backward(c.state.operations) {
		if op.kind == kind && (status == "" || string(op.status) == status) {
			items = append(items, op)
		}
	}
	return answerPage(c, rq, pg, items, func(op *operation) uint64 { return newest - op.seq }, name, func(op *operation) map[string]any {
		return map[string]any{"Status": op.status, "RequestId": op.requestID, "CreatedDate": epoch(op.accepted)}
	})
}

func listAssignments(c *Cloud, rq *request) (any, *apiError) {
	p := rq.params
	arn := p.str("InstanceArn", ruleInstance)
	id := p.str("AccountId", ruleAccount)
	set := p.str("PermissionSetArn", ruleSetARN)
	pg := ssoPage(rq, arn, id, set)
	if e := p.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	if e := c.found(id, set); e != nil {
		return nil, e
	}
	if e := c.mayList(rq, id); e != nil {
		return nil, e
	}
	items := c.listed(c.state.byAccount[accountSet{id, set}], rq.now, func(a *assignment) bool {
		return a.AccountID == id && a.PermissionSetARN == set
	})
	return answerPage(c, rq, pg, items, func(a *assignment) uint64 { return a.seq }, "AccountAssignments", showAssignment)
}

func showAssignment(a *assignment) map[string]any {
	return map[string]any{
		"AccountId": a.AccountID, "PermissionSetArn": a.PermissionSetARN,
		"PrincipalType": a.PrincipalType, "PrincipalId": a.PrincipalID,
	}
}

// mayList refuses a delegated administrator's look into the management account
// where the switch says so.
func (c *Cloud) mayList(rq *request, accountID string) *apiError {
	if c.delegated(rq) && accountID == c.state.ids.ManagementAccountID && !c.switches.DelegatedMayListManagement {
		return svcSSO.refuseDenied(deniedMessage(rq, c.arn("sso", "", "account/"+accountID), notAllowed))
	}
	return nil
}

// listAssignmentsForPrincipal lists what a principal has, for a user also what its
// groups bring, as rows of the groups.
func listAssignmentsForPrincipal(c *Cloud, rq *request) (any, *apiError) {
	p := rq.params
	arn := p.str("InstanceArn", ruleInstance)
	id := p.str("PrincipalId", rulePrincipal)
	kind := PrincipalType(p.str("PrincipalType", rulePrincipalTy))
	only := ""
	if f := p.object("Filter", false); f != nil {
		only = f.str("AccountId", ruleAccountOpt)
	}
	pg := ssoPage(rq, arn, id, string(kind), only)
	if e := p.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	if c.delegated(rq) && !c.switches.PrincipalListingDelegated {
		return nil, svcSSO.refuseDenied(deniedMessage(rq, arn, notAllowed))
	}
	if !c.principalExists(kind, id) {
		return nil, svcSSO.refuseNotFound(string(kind) + " with ID " + id + " was not found.")
	}
	who := map[string]bool{id: true}
	if kind == PrincipalUser {
		for _, m := range c.state.userByID[id].memberships {
			who[m.GroupID] = true
		}
	}
	var live []*assignment
	for principal := range who {
		for _, a := range c.state.byPrincipal[principal] {
			if only == "" || a.AccountID == only {
				live = append(live, a)
			}
		}
	}
	items := c.listed(live, rq.now, func(a *assignment) bool {
		return who[a.PrincipalID] && (only == "" || a.AccountID == only)
	})
	return answerPage(c, rq, pg, items, func(a *assignment) uint64 { return a.seq }, "AccountAssignments", showAssignment)
}

func listSetsProvisioned(c *Cloud, rq *request) (any, *apiError) {
	p := rq.params
	arn := p.str("InstanceArn", ruleInstance)
	id := p.str("AccountId", ruleAccount)
	status := p.str("ProvisioningStatus", ruleProvisioned)
	pg := ssoPage(rq, arn, id, status)
	if e := p.check(svcSSO); e != nil {
		return nil, e
	}
	if e := c.instance(rq, arn); e != nil {
		return nil, e
	}
	if e := c.found(id, ""); e != nil {
		return nil, e
	}
	if e := c.mayList(rq, id); e != nil {
		return nil, e
	}
	var items []*permissionSet
	if status != "LATEST_PERMISSION_SET_NOT_PROVISIONED" {
		for set := range c.state.account[id].provisioned {
			if known := c.state.setByARN[set]; known != nil {
				items = append(items, known)
			}
		}
		slices.SortFunc(items, func(x, y *permissionSet) int { return compareSeq(x.seq, y.seq) })
	}
	return answerPage(c, rq, pg, items, func(s *permissionSet) uint64 { return s.seq }, "PermissionSets",
		func(s *permissionSet) string { return s.ARN })
}

func listAccountsProvisioned(c *Cloud, rq *request) (any, *apiError) {
	status := rq.params.str("ProvisioningStatus", ruleProvisioned)
	pg := ssoPage(rq, rq.params.raw("PermissionSetArn"), status)
	set, e := c.namedSet(rq)
	if e != nil {
		return nil, e
	}
	var items []*account
	if status != "LATEST_PERMISSION_SET_NOT_PROVISIONED" {
		for _, a := range c.state.accounts {
			if a.provisioned[set.ARN] != nil {
				items = append(items, a)
			}
		}
	}
	return answerPage(c, rq, pg, items, func(a *account) uint64 { return a.seq }, "AccountIds",
		func(a *account) string { return a.ID })
}
