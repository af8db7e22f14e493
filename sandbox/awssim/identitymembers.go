package awssim

import (
	"slices"
	"time"
)

// group reads GroupId and finds the group, checking everything read so far.
func (c *Cloud) group(rq *request, storeID string) (*group, *apiError) {
	id := rq.params.str("GroupId", ruleResource)
	if e := c.store(rq, storeID); e != nil {
		return nil, e
	}
	g := c.state.groupByID[id]
	if g == nil {
		return nil, missing("GROUP", id, "GROUP not found.")
	}
	return g, nil
}

// member reads MemberId, a union with the one member UserId.
func member(rq *request) string {
	m := rq.params.object("MemberId", true)
	if m == nil {
		return ""
	}
	return m.str("UserId", ruleResource)
}

// knownUser refuses a user that does not exist.
func (c *Cloud) knownUser(id string) *apiError {
	if c.state.userByID[id] == nil {
		return missing("USER", id, "USER not found.")
	}
	return nil
}

func (c *Cloud) showMembership(m *membership) map[string]any {
	return map[string]any{
		"IdentityStoreId": c.state.ids.IdentityStoreID, "MembershipId": m.ID, "GroupId": m.GroupID,
		"MemberId": map[string]any{"UserId": m.UserID}, "CreatedAt": epoch(m.created), "UpdatedAt": epoch(m.created),
	}
}

// listedMembers is what a listing shows now: live ones past their lag, and deleted
// ones still within it.
func (c *Cloud) listedMembers(rq *request, live []*membership, match func(*membership) bool) []*membership {
	out := make([]*membership, 0, len(live))
	for _, m := range live {
		if m.shown(rq.now) {
			out = append(out, m)
		}
	}
	for _, m := range c.state.fadingMember {
		same := func(x *membership) bool { return x.UserID == m.UserID && x.GroupID == m.GroupID }
		if match(m) && m.shown(rq.now) && !slices.ContainsFunc(out, same) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(x, y *membership) int { return compareSeq(x.seq, y.seq) })
	return out
}

func membershipSeq(m *membership) uint64 { return m.seq }

func listMemberships(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	pg := storePage(rq, id, rq.params.raw("GroupId"))
	g, e := c.group(rq, id)
	if e != nil {
		return nil, e
	}
	items := c.listedMembers(rq, g.ordered, func(m *membership) bool { return m.GroupID == g.ID })
	return answerPage(c, rq, pg, items, membershipSeq, "GroupMemberships", c.showMembership)
}

func listMembershipsForMember(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	userID := member(rq)
	pg := storePage(rq, id, userID)
	if e := c.store(rq, id); e != nil {
		return nil, e
	}
	if e := c.knownUser(userID); e != nil {
		return nil, e
	}
	items := c.listedMembers(rq, c.state.userByID[userID].memberships, func(m *membership) bool { return m.UserID == userID })
	return answerPage(c, rq, pg, items, membershipSeq, "GroupMemberships", c.showMembership)
}

func getMembershipID(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	userID := member(rq)
	g, e := c.group(rq, id)
	if e != nil {
		return nil, e
	}
	if e := c.knownUser(userID); e != nil {
		return nil, e
	}
	m := g.members[userID]
	if m == nil {
		return nil, missing("GROUP_MEMBERSHIP", "", "GROUP_MEMBERSHIP not found.")
	}
	return map[string]any{"IdentityStoreId": id, "MembershipId": m.ID}, nil
}

// membershipByID reads MembershipId and finds the membership.
func (c *Cloud) membershipByID(rq *request) (*membership, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	mid := rq.params.str("MembershipId", ruleResource)
	if e := c.store(rq, id); e != nil {
		return nil, e
	}
	m := c.state.memberships[mid]
	if m == nil {
		return nil, missing("GROUP_MEMBERSHIP", mid, "GROUP_MEMBERSHIP not found.")
	}
	return m, nil
}

func describeMembership(c *Cloud, rq *request) (any, *apiError) {
	m, e := c.membershipByID(rq)
	if e != nil {
		return nil, e
	}
	return c.showMembership(m), nil
}

func createMembership(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	userID := member(rq)
	g, e := c.group(rq, id)
	if e != nil {
		return nil, e
	}
	if e := c.knownUser(userID); e != nil {
		return nil, e
	}
	m, err := c.addMembership(Membership{GroupID: g.ID, UserID: userID}, rq.now, rq.now.Add(c.tuning.ListingLag))
	if err != nil { // the group and the user exist, so it is there already
		return nil, refuse("ConflictException", "Member and Group relationship already exists.").with("Reason", "UNIQUENESS_CONSTRAINT_VIOLATION")
	}
	m.by = rq.caller.PrincipalARN
	c.strays(m, false, rq.now)
	return map[string]any{"IdentityStoreId": id, "MembershipId": m.ID}, nil
}

// strays remembers a change by a call of a group that SCIM owns.
func (c *Cloud) strays(m *membership, gone bool, now time.Time) {
	if c.tuning.SCIMRevert > 0 && c.state.groupByID[m.GroupID].ExternalID != "" {
		c.state.strays = append(c.state.strays, stray{m.Membership, gone, now.Add(c.tuning.SCIMRevert)})
	}
}

// undoStrays is SCIM's cycle: who is in its groups is what it knows.
func (c *Cloud) undoStrays(now time.Time) {
	c.state.strays = slices.DeleteFunc(c.state.strays, func(x stray) bool {
		if x.undo.After(now) {
			return false
		}
		lag := x.undo.Add(c.tuning.ListingLag)
		m := c.state.memberships[x.ID]
		switch {
		case !x.gone && m != nil:
			c.removeMembership(m, x.undo, lag)
		case x.gone && m == nil: // somebody else may have put them back, or they are gone themselves
			_, _ = c.addMembership(x.Membership, x.undo, lag)
		}
		return true
	})
}

func deleteMembership(c *Cloud, rq *request) (any, *apiError) {
	m, e := c.membershipByID(rq)
	if e != nil {
		return nil, e
	}
	c.removeMembership(m, rq.now, rq.now.Add(c.tuning.ListingLag))
	c.strays(m, true, rq.now)
	return map[string]any{}, nil
}

func isMemberInGroups(c *Cloud, rq *request) (any, *apiError) {
	id := rq.params.str("IdentityStoreId", ruleStore)
	userID := member(rq)
	groups := rq.params.strings("GroupIds", true, 1, 100, ruleResource)
	if e := c.store(rq, id); e != nil {
		return nil, e
	}
	if e := c.knownUser(userID); e != nil {
		return nil, e
	}
	results := make([]map[string]any, 0, len(groups))
	for _, gid := range groups {
		g := c.state.groupByID[gid]
		if g == nil {
			return nil, missing("GROUP", gid, "GROUP not found.")
		}
		results = append(results, map[string]any{
			"GroupId": gid, "MemberId": map[string]any{"UserId": userID}, "MembershipExists": g.members[userID] != nil,
		})
	}
	return map[string]any{"Results": results}, nil
}
