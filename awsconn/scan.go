package awsconn

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"golang.org/x/sync/errgroup"

	"stint/access/catalog"
)

const (
	// scanning is how many listings are read side by side.
	scanning = 8
	// deliverEvery is how many listings are delivered together: ten seconds' work, which is
	// the most that a crash loses.
	deliverEvery = 100
)

// ScanAssignments reads all assignments of data's roles, or of its people and groups: by
// whichever takes fewer calls, with at most half the quota, and behind everything else.
// By role that is one call for each role and one for each account it is used in; by
// principal one for each person and group (AWS allows that from the management account
// only, as far as is known). The number of pairs is counted first when scan does not know
// it and it could decide; a scan that begins with the Pairs of the last one saves that.
//
// each gets what was read, always whole listings, with the scan as it is then; its error
// ends the pass. Whoever stores both together can go on from that scan after a crash or
// an error, with the same data or newer. The scan that is returned is the last that each
// got; it is Finished when the error is nil. Errors are those of each, or
// *access.ConnectorError.
func (c *Connector) ScanAssignments(ctx context.Context, data *catalog.Data, scan catalog.Scan, each func(catalog.Scan, []catalog.Assignment) error) (catalog.Scan, error) {
	me, err := c.whoami(ctx)
	if err != nil {
		return scan, err
	}
	here, err := c.place(ctx, priorityPass)
	if err != nil {
		return scan, err
	}
	s := &scanner{c: c, here: here, me: me, data: data, scan: scan, each: each, before: scan.Calls, used: map[catalog.RoleARN][]catalog.AccountID{}}
	if s.scan.Begun.IsZero() {
		s.scan.Begun = c.clock.Now()
	}
	ctx = counted(ctx, &s.calls)
	if s.scan.By == "" {
		if err := s.choose(ctx); err != nil {
			return scan, outermost(ctx, err)
		}
	}
	if s.scan.By == catalog.ByPrincipal {
		err = s.byPrincipal(ctx)
		if refused(err) && s.scan.Done == 0 { // not from where we are
			c.mu.Lock()
			c.noByUser = true
			c.mu.Unlock()
			s.scan.By, s.scan.Last = catalog.ByRole, ""
		}
	}
	if s.scan.By == catalog.ByRole {
		err = s.byRole(ctx)
	}
	if err != nil {
		return s.scan, outermost(ctx, err)
	}
	s.scan.Finished, s.scan.Total = c.clock.Now(), s.scan.Done
	s.scan.Calls = s.before + int(s.calls.Load())
	return s.scan, each(s.scan, nil)
}

// scanner is one pass.
type scanner struct {
	c      *Connector
	here   *place
	me     *standing
	data   *catalog.Data
	scan   catalog.Scan
	each   func(catalog.Scan, []catalog.Assignment) error
	calls  atomic.Int64
	before int
	used   map[catalog.RoleARN][]catalog.AccountID // by role, where it was counted
}

// choose takes the way with fewer calls.
func (s *scanner) choose(ctx context.Context) error {
	roles, principals := len(s.data.Roles), len(s.data.People)+len(s.data.Groups)
	s.c.mu.Lock()
	refused := s.c.noByUser
	s.c.mu.Unlock()
	switch {
	case refused:
		s.scan.By = catalog.ByRole
	case principals <= roles:
		s.scan.By = catalog.ByPrincipal
	case s.scan.Pairs == 0:
		if err := s.count(ctx, s.roles()); err != nil {
			return err
		}
		s.scan.By = catalog.ByRole
		if principals < s.scan.Pairs { // what counting took is spent either way
			s.scan.By = catalog.ByPrincipal
		}
	case principals < roles+s.scan.Pairs:
		s.scan.By = catalog.ByPrincipal
	default:
		s.scan.By = catalog.ByRole
	}
	s.scan.Total = s.scan.Pairs
	if s.scan.By == catalog.ByPrincipal {
		s.scan.Total = principals
	}
	return nil
}

// roles are the roles in the order in which they are read.
func (s *scanner) roles() []catalog.RoleARN {
	arns := make([]catalog.RoleARN, 0, len(s.data.Roles))
	for i := range s.data.Roles {
		arns = append(arns, s.data.Roles[i].ARN)
	}
	slices.Sort(arns)
	return arns
}

// count finds the accounts in which the roles are used.
func (s *scanner) count(ctx context.Context, roles []catalog.RoleARN) error {
	known := make(map[string]catalog.AccountID, len(s.data.Accounts)) // one string for each account
	for i := range s.data.Accounts {
		known[string(s.data.Accounts[i].ID)] = s.data.Accounts[i].ID
	}
	found := make([][]catalog.AccountID, len(roles))
	err := parallel(ctx, len(roles), func(ctx context.Context, i int) error {
		list, err := s.accountsOf(ctx, roles[i])
		if err != nil && !isGone(err) {
			return err
		}
		for _, id := range list {
			if account, ok := known[id]; ok { // an account that just came is read next time
				found[i] = append(found[i], account)
			}
		}
		slices.Sort(found[i])
		return nil
	})
	if err != nil {
		return err
	}
	if len(roles) == len(s.data.Roles) {
		s.scan.Pairs = 0
		for _, accounts := range found {
			s.scan.Pairs += len(accounts)
		}
	}
	for i, arn := range roles {
		s.used[arn] = found[i]
	}
	return nil
}

// parallel runs f for 0 to n-1, a few at a time.
func parallel(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(scanning)
	for i := range n {
		g.Go(func() error { return f(ctx, i) })
	}
	return g.Wait()
}

// pair is a role in an account where it is used.
type pair struct {
	role    catalog.RoleARN
	account catalog.AccountID
}

func (p pair) String() string { return string(p.role) + "|" + string(p.account) }

func (s *scanner) byRole(ctx context.Context) error {
	roles := s.roles()
	if last, _, ok := strings.Cut(s.scan.Last, "|"); ok { // the roles before it are read
		i, _ := slices.BinarySearch(roles, catalog.RoleARN(last))
		roles = roles[i:]
	}
	if len(s.used) == 0 {
		if err := s.count(ctx, roles); err != nil {
			return err
		}
	}
	var todo []pair
	for _, role := range roles {
		for _, account := range s.used[role] {
			if p := (pair{role, account}); p.String() > s.scan.Last {
				todo = append(todo, p)
			}
		}
	}
	s.scan.Total = s.scan.Done + len(todo)
	return deliver(ctx, s, todo, func(ctx context.Context, p pair) ([]catalog.Assignment, error) {
		rows, err := s.assignmentsOf(ctx, p)
		if refused(err) && p.account == s.me.management && !s.me.inManagement() {
			return nil, errUnreadable
		}
		return rows, err
	})
}

// principal is a person or a group.
type principal struct {
	kind types.PrincipalType
	id   string
}

func (p principal) String() string { return string(p.kind) + "|" + p.id }

func (s *scanner) byPrincipal(ctx context.Context) error {
	var todo []principal
	for i := range s.data.Groups {
		todo = append(todo, principal{types.PrincipalTypeGroup, string(s.data.Groups[i].ID)})
	}
	for i := range s.data.People {
		todo = append(todo, principal{types.PrincipalTypeUser, string(s.data.People[i].ID)})
	}
	slices.SortFunc(todo, func(a, b principal) int { return strings.Compare(a.String(), b.String()) })
	todo = slices.DeleteFunc(todo, func(p principal) bool { return p.String() <= s.scan.Last })
	s.scan.Total = s.scan.Done + len(todo)
	return deliver(ctx, s, todo, s.assignmentsFor)
}

// errUnreadable is a listing that AWS does not allow from where we are.
var errUnreadable = errors.New("AWS does not allow this listing from a delegated administrator")

// deliver reads listings and hands them over in order, many at a time.
func deliver[U interface{ String() string }](ctx context.Context, s *scanner, todo []U, read func(context.Context, U) ([]catalog.Assignment, error)) error {
	for batch := range slices.Chunk(todo, deliverEvery) {
		found := make([][]catalog.Assignment, len(batch))
		var unreadable atomic.Int64
		err := parallel(ctx, len(batch), func(ctx context.Context, i int) error {
			rows, err := read(ctx, batch[i])
			switch {
			case errors.Is(err, errUnreadable):
				unreadable.Add(1)
			case isGone(err): // since the catalog was read
			case err != nil:
				return err
			}
			found[i] = rows
			return nil
		})
		if err != nil {
			return err
		}
		next := s.scan
		next.Done += len(batch)
		next.Last = batch[len(batch)-1].String()
		next.Unreadable += int(unreadable.Load())
		next.Calls = s.before + int(s.calls.Load())
		if err := s.each(next, slices.Concat(found...)); err != nil {
			return err
		}
		s.scan = next
	}
	return nil
}

func (s *scanner) accountsOf(ctx context.Context, role catalog.RoleARN) ([]string, error) {
	c, here := s.c, s.here
	list, err := pages(ctx, "accounts of a permission set", func(ctx context.Context, token *string) ([]string, *string, error) {
		k := &call{service: c.services.sso, op: "ListAccountsForProvisionedPermissionSet", priority: priorityPass}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountsForProvisionedPermissionSetOutput, error) {
			return here.sso.ListAccountsForProvisionedPermissionSet(ctx, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{
				InstanceArn: &here.instance.ARN, PermissionSetArn: aws.String(string(role)), MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		return out.AccountIds, out.NextToken, nil
	})
	return unique(list, func(id string) string { return id }), err
}

func (s *scanner) assignmentsOf(ctx context.Context, p pair) ([]catalog.Assignment, error) {
	c, here := s.c, s.here
	rows, err := pages(ctx, "assignments", func(ctx context.Context, token *string) ([]catalog.Assignment, *string, error) {
		k := &call{service: c.services.sso, op: "ListAccountAssignments", priority: priorityPass}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsOutput, error) {
			return here.sso.ListAccountAssignments(ctx, &ssoadmin.ListAccountAssignmentsInput{
				InstanceArn: &here.instance.ARN, AccountId: aws.String(string(p.account)), PermissionSetArn: aws.String(string(p.role)),
				MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		rows := make([]catalog.Assignment, 0, len(out.AccountAssignments))
		for _, a := range out.AccountAssignments {
			rows = append(rows, assigned(p, a.PrincipalType, aws.ToString(a.PrincipalId)))
		}
		return rows, out.NextToken, nil
	})
	return distinct(rows), err
}

// assignmentsFor lists what a principal has itself; what a person has through a group is
// the group's.
func (s *scanner) assignmentsFor(ctx context.Context, who principal) ([]catalog.Assignment, error) {
	c, here := s.c, s.here
	rows, err := pages(ctx, "assignments of a principal", func(ctx context.Context, token *string) ([]catalog.Assignment, *string, error) {
		k := &call{service: c.services.sso, op: "ListAccountAssignmentsForPrincipal", priority: priorityPass}
		out, err := invoke(ctx, c, k, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsForPrincipalOutput, error) {
			return here.sso.ListAccountAssignmentsForPrincipal(ctx, &ssoadmin.ListAccountAssignmentsForPrincipalInput{
				InstanceArn: &here.instance.ARN, PrincipalId: &who.id, PrincipalType: who.kind, MaxResults: aws.Int32(100), NextToken: token,
			})
		})
		if err != nil {
			return nil, nil, err
		}
		var rows []catalog.Assignment
		for _, a := range out.AccountAssignments {
			if a.PrincipalType == who.kind && aws.ToString(a.PrincipalId) == who.id {
				p := pair{catalog.RoleARN(aws.ToString(a.PermissionSetArn)), catalog.AccountID(aws.ToString(a.AccountId))}
				rows = append(rows, assigned(p, who.kind, who.id))
			}
		}
		return rows, out.NextToken, nil
	})
	return distinct(rows), err
}

func assigned(p pair, kind types.PrincipalType, id string) catalog.Assignment {
	a := catalog.Assignment{Account: p.account, Role: p.role}
	if kind == types.PrincipalTypeGroup {
		a.Group = catalog.GroupID(id)
	} else {
		a.Person = catalog.PersonID(id)
	}
	return a
}

// distinct drops repetitions, which listings have when something changes between pages.
func distinct(rows []catalog.Assignment) []catalog.Assignment {
	seen := make(map[catalog.Assignment]struct{}, len(rows))
	return slices.DeleteFunc(rows, func(a catalog.Assignment) bool {
		_, again := seen[a]
		seen[a] = struct{}{}
		return again
	})
}
