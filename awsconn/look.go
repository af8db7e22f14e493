package awsconn

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"stint/access"
)

// Look asks AWS whether the person holds the role there directly; what a group brings is
// another row and does not count. One call normally: where a listing does not fit a
// page, the person's own rows in that account are listed instead, if AWS lets us.
//
// Of a group it asks whether the person is a member: one call.
//
// ClassGone means that AWS no longer knows the account or the permission set, or the group.
func (c *Connector) Look(ctx context.Context, p access.Priority, key access.Key) (access.Observation, error) {
	if key.IsGroup() {
		return c.lookMember(ctx, p, key)
	}
	here, err := c.place(ctx, p)
	if err != nil {
		return access.Observation{}, err
	}
	seen := access.Observation{At: c.clock.Now()}
	if !c.byPrincipal(key.Entitlement()) {
		seen.Found, err = c.lookAtRole(ctx, here, p, key, firstPage, &seen)
		if !errors.Is(err, errBigListing) {
			return seen, err
		}
	}
	seen.Found, err = c.lookAtPerson(ctx, here, p, key, &seen)
	switch {
	case refused(err):
		c.mu.Lock()
		c.noByUser = true
		c.mu.Unlock()
	case !isGone(err): // a person who was deleted may still have rows
		return seen, err
	}
	seen.Found, err = c.lookAtRole(ctx, here, p, key, wholeListing, &seen)
	return seen, err
}

// How far to read a role's listing before looking at the person instead.
const (
	firstPage    = false
	wholeListing = true
)

var errBigListing = errors.New("the listing does not fit a page")

func refused(err error) bool {
	var ce *access.ConnectorError
	return errors.As(err, &ce) && ce.Class == access.ClassRefused
}

// byPrincipal reports whether to look at the person's rows for the entitlement.
func (c *Connector) byPrincipal(e access.Entitlement) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.big[e] && !c.noByUser
}

// mostBig bounds what is remembered of long listings; forgetting costs one call.
const mostBig = 10_000

// learnBig remembers that the entitlement's listing is long, and reports whether
// looking at the person instead may help.
func (c *Connector) learnBig(e access.Entitlement) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.big) >= mostBig {
		clear(c.big)
	}
	c.big[e] = true
	return !c.noByUser
}

func (c *Connector) lookAtRole(ctx context.Context, here *place, p access.Priority, key access.Key, whole bool, seen *access.Observation) (bool, error) {
	rows, err := pages(ctx, "assignments", func(ctx context.Context, token *string) ([]types.AccountAssignment, *string, error) {
		k := &call{service: c.services.sso, op: "ListAccountAssignments", priority: p}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsOutput, error) {
			return here.sso.ListAccountAssignments(ctx, &ssoadmin.ListAccountAssignmentsInput{
				InstanceArn: &here.instance.ARN, AccountId: aws.String(string(key.Account)), PermissionSetArn: aws.String(string(key.Role)),
				MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		if token == nil {
			seen.ServerTime = k.serverTime
		}
		for _, a := range out.AccountAssignments {
			if isDirect(a.PrincipalType, a.PrincipalId, key) {
				return []types.AccountAssignment{a}, nil, nil // no need for the rest
			}
		}
		if aws.ToString(out.NextToken) != "" && token == nil && !whole && c.learnBig(key.Entitlement()) {
			return nil, nil, errBigListing
		}
		return nil, out.NextToken, nil
	})
	return len(rows) > 0, err
}

func (c *Connector) lookAtPerson(ctx context.Context, here *place, p access.Priority, key access.Key, seen *access.Observation) (bool, error) {
	rows, err := pages(ctx, "assignments of a person", func(ctx context.Context, token *string) ([]types.AccountAssignmentForPrincipal, *string, error) {
		k := &call{service: c.services.sso, op: "ListAccountAssignmentsForPrincipal", priority: p}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsForPrincipalOutput, error) {
			return here.sso.ListAccountAssignmentsForPrincipal(ctx, &ssoadmin.ListAccountAssignmentsForPrincipalInput{
				InstanceArn: &here.instance.ARN, PrincipalId: aws.String(string(key.Person)), PrincipalType: types.PrincipalTypeUser,
				Filter:     &types.ListAccountAssignmentsFilter{AccountId: aws.String(string(key.Account))},
				MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		if token == nil {
			seen.ServerTime = k.serverTime
		}
		for _, a := range out.AccountAssignments {
			if isDirect(a.PrincipalType, a.PrincipalId, key) && aws.ToString(a.AccountId) == string(key.Account) && aws.ToString(a.PermissionSetArn) == string(key.Role) {
				return []types.AccountAssignmentForPrincipal{a}, nil, nil
			}
		}
		return nil, out.NextToken, nil
	})
	return len(rows) > 0, err
}

func isDirect(t types.PrincipalType, id *string, key access.Key) bool {
	return t == types.PrincipalTypeUser && aws.ToString(id) == string(key.Person)
}
