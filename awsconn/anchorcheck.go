package awsconn

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"stint/access"
	"stint/access/catalog"
	"stint/access/fault"
)

// CheckAnchor says whether the anchor group is there and empty, and whether Stint's role is
// kept from putting anybody into it: with a person who does not exist, so nothing changes.
// Whoever is in it has every role that it keeps.
func (c *Connector) CheckAnchor(ctx context.Context, group catalog.GroupID) []access.Check {
	empty := access.Check{Name: "Anchor group", OK: true, Detail: fmt.Sprintf("%s is there, and nobody is in it.", group)}
	facts, err := c.GroupMembers(ctx, group)
	switch {
	case fault.Is(err, fault.NotFound):
		empty.OK, empty.Detail = false, fmt.Sprintf("Identity Center has no group %s, so nothing is anchored.", group)
		empty.Hint = "Make an empty group, and give its id with STINT_ANCHOR_GROUP."
	case err != nil:
		empty = result(empty.Name, err, "")
	case len(facts.Members) > 0:
		empty.OK, empty.Detail = false, fmt.Sprintf("%d in the group %s, who have every role that it keeps. Nothing more is anchored.", len(facts.Members), group)
		empty.Hint = "Take everybody out of it."
	}
	if !empty.OK {
		return []access.Check{empty}
	}
	return []access.Check{empty, c.checkApart(ctx, group)}
}

func (c *Connector) checkApart(ctx context.Context, group catalog.GroupID) access.Check {
	check := access.Check{Name: "Nobody can be put into it", OK: true, Detail: "Stint's role is not allowed identitystore:CreateGroupMembership there."}
	here, err := c.place(ctx, access.PriorityGrant)
	if err != nil {
		return result(check.Name, err, "")
	}
	err = tried(ctx, c, c.services.ids, "CreateGroupMembership", func(ctx context.Context) (*identitystore.CreateGroupMembershipOutput, error) {
		return here.ids.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{
			IdentityStoreId: &here.instance.IdentityStoreID, GroupId: aws.String(string(group)), MemberId: &idtypes.MemberIdMemberUserId{Value: nobody},
		}, func(o *identitystore.Options) { o.Retryer = aws.NopRetryer{} })
	})
	switch {
	case deniedByIAM(err):
	case err == nil || isGone(err):
		check.OK, check.Detail = false, "Stint's role may put people into the anchor group. It never does, but nothing in AWS keeps it from that."
		check.Hint = "Attach the policy that `stint setup aws --feature anchors` prints."
	default:
		return result(check.Name, err, "")
	}
	return check
}
