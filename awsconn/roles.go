package awsconn

import (
	"context"
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"golang.org/x/sync/errgroup"

	"stint/access"
	"stint/access/catalog"
)

// describing is how many permission sets are described side by side; the quota, not
// AWS's latency, should be what takes the time.
const describing = 4

// roles lists the permission sets and describes those that prev does not know. Names
// never change; what may (session duration, description) is refreshed by RefreshRoles.
func (c *Connector) roles(ctx context.Context, here *place, prev []catalog.Role, report func(string, int)) ([]catalog.Role, error) {
	arns, err := c.listRoles(ctx, here, access.PrioritySync)
	if err != nil {
		return nil, err
	}
	known := make(map[string]catalog.Role, len(prev))
	for _, r := range prev {
		known[string(r.ARN)] = r
	}
	if err := c.believe("permission sets", ids(prev, func(r catalog.Role) string { return string(r.ARN) }), arns); err != nil {
		return nil, err
	}
	drafted := partOf[catalog.Role](ctx, &c.draft, "roles")
	for _, r := range drafted.Items { // described by a sync that broke off
		known[string(r.ARN)] = r
	}
	roles := make([]catalog.Role, len(arns))
	var missing []int
	for i, arn := range arns {
		r, ok := known[arn]
		roles[i] = r
		if !ok {
			missing = append(missing, i)
		}
	}
	err = c.describeAll(ctx, here, access.PrioritySync, arns, missing, roles, func(r catalog.Role, n int) {
		if r.ARN != "" {
			drafted.Items = append(drafted.Items, r)
		}
		if n%draftPages == 0 {
			keep(ctx, &c.draft, "roles", drafted)
		}
		report("roles", len(arns)-len(missing)+n)
	})
	if err != nil {
		keep(context.WithoutCancel(ctx), &c.draft, "roles", drafted)
		return nil, err
	}
	report("roles", len(arns))
	return slices.DeleteFunc(roles, func(r catalog.Role) bool { return r.ARN == "" }), nil // deleted meanwhile
}

// describeAll fills roles[i] for each i of which, and tells each, one at a time, with how
// many there are by then; a role that is gone is empty.
func (c *Connector) describeAll(ctx context.Context, here *place, p access.Priority, arns []string, which []int, roles []catalog.Role, tell func(catalog.Role, int)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(describing)
	var mu sync.Mutex
	done := 0
	for _, i := range which {
		g.Go(func() error {
			role, err := c.describeRole(ctx, here, p, arns[i])
			var ce *access.ConnectorError
			if err != nil && (!errors.As(err, &ce) || ce.Class != access.ClassGone) {
				return err
			}
			roles[i] = role
			mu.Lock()
			defer mu.Unlock()
			done++
			tell(role, done)
			return nil
		})
	}
	return g.Wait()
}

func (c *Connector) listRoles(ctx context.Context, here *place, p access.Priority) ([]string, error) {
	arns, err := pages(ctx, "permission sets", func(ctx context.Context, token *string) ([]string, *string, error) {
		k := &call{service: c.services.sso, op: "ListPermissionSets", priority: p}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListPermissionSetsOutput, error) {
			return here.sso.ListPermissionSets(ctx, &ssoadmin.ListPermissionSetsInput{InstanceArn: &here.instance.ARN, MaxResults: aws.Int32(100), NextToken: token})
		})
		if err != nil {
			return nil, nil, err
		}
		return out.PermissionSets, out.NextToken, nil
	})
	return unique(arns, func(arn string) string { return arn }), err
}

func (c *Connector) describeRole(ctx context.Context, here *place, p access.Priority, arn string) (catalog.Role, error) {
	k := &call{service: c.services.sso, op: "DescribePermissionSet", priority: p}
	out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.DescribePermissionSetOutput, error) {
		return here.sso.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: &here.instance.ARN, PermissionSetArn: &arn})
	})
	if err != nil {
		return catalog.Role{}, err
	}
	set := out.PermissionSet
	if set == nil || aws.ToString(set.Name) == "" {
		return catalog.Role{}, incomplete(k.service, k.op, "no name of "+arn)
	}
	return catalog.Role{
		ARN: catalog.RoleARN(arn), Name: *set.Name, Description: aws.ToString(set.Description), SessionDuration: sessionDuration(aws.ToString(set.SessionDuration)),
	}, nil
}

// RefreshRoles reads n permission sets of data again, in turn, with their tags and
// policies; reads those of roles that never were (at most 50 more); and looks anew at
// what cannot be granted. It returns data with what it found; data itself is not changed.
// Called every now and then, it keeps what the sync takes over from getting old.
func (c *Connector) RefreshRoles(ctx context.Context, data catalog.Data, n int) (catalog.Data, error) {
	me, err := c.whoami(ctx)
	if err != nil {
		return catalog.Data{}, err
	}
	here, err := c.place(ctx, access.PrioritySync)
	if err != nil {
		return catalog.Data{}, err
	}
	data.Roles, data.Accounts = slices.Clone(data.Roles), slices.Clone(data.Accounts)
	slices.SortFunc(data.Roles, func(a, b catalog.Role) int { return strings.Compare(string(a.ARN), string(b.ARN)) })
	arns := ids(data.Roles, func(r catalog.Role) string { return string(r.ARN) })
	fresh := slices.Clone(data.Roles)
	which, first := c.inTurn(len(arns), n), unread(data.Roles)
	if err := c.describeAll(ctx, here, priorityPass, arns, which, fresh, func(catalog.Role, int) {}); err != nil {
		return catalog.Data{}, outermost(ctx, err)
	}
	which = append(which, slices.DeleteFunc(first, func(i int) bool { return slices.Contains(which, i) })...)
	if err := c.detailAll(ctx, here, which, fresh); err != nil {
		return catalog.Data{}, outermost(ctx, err)
	}
	for _, i := range which {
		if fresh[i].ARN != "" { // one that is gone leaves with the next sync
			data.Roles[i] = fresh[i]
		}
	}
	limits, err := c.findRestrictions(ctx, me, here, priorityPass)
	if err != nil {
		return catalog.Data{}, outermost(ctx, err)
	}
	c.mu.Lock()
	c.limits = limits
	c.mu.Unlock()
	c.restrict(&data, limits)
	return data, nil
}

// inTurn picks the next n of total.
func (c *Connector) inTurn(total, n int) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var which []int
	for range min(n, total) {
		which = append(which, int(c.turn%uint64(total)))
		c.turn++
	}
	return which
}

// RefreshRole describes one permission set, for the start of a grant: its session
// duration says how long access may outlive the grant. ClassGone when it was deleted.
func (c *Connector) RefreshRole(ctx context.Context, arn catalog.RoleARN) (catalog.Role, error) {
	me, err := c.whoami(ctx)
	if err != nil {
		return catalog.Role{}, err
	}
	here, err := c.place(ctx, access.PriorityGrant)
	if err != nil {
		return catalog.Role{}, err
	}
	role, err := c.describeRole(ctx, here, access.PriorityGrant, string(arn))
	if err != nil {
		return catalog.Role{}, err
	}
	limits, err := c.restrictions(ctx, me, here, access.PriorityGrant)
	if err != nil {
		return catalog.Role{}, err
	}
	role.Ungrantable = limits.roles[arn]
	return role, nil
}

var isoDuration = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// sessionDuration reads ISO 8601 as AWS writes it ("PT4H"). What cannot be read counts
// as AWS's longest, so that nobody is promised an earlier end than there is; nothing at
// all is AWS's default.
func sessionDuration(s string) time.Duration {
	const usual, longest = time.Hour, 12 * time.Hour
	if s == "" {
		return usual
	}
	parts := isoDuration.FindStringSubmatch(s)
	if parts == nil {
		return longest
	}
	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil || n > math.MaxInt64/int64(unit) {
			return longest
		}
		d += time.Duration(n) * unit
	}
	if d <= 0 {
		return longest
	}
	return d
}
