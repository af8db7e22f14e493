package awsconn

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"golang.org/x/sync/errgroup"

	"stint/access"
	"stint/access/catalog"
)

// accounts reads the accounts with their OU paths and tags. The three listings are read
// side by side.
func (c *Connector) accounts(ctx context.Context, me *standing, prev []catalog.Account, report func(string, int)) ([]catalog.Account, error) {
	var listed []listedAccount
	var units []ou
	var tagged taggedAccounts
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		listed, err = c.listAccounts(gctx, report)
		return err
	})
	g.Go(func() (err error) {
		units, err = c.units(gctx)
		return err
	})
	g.Go(func() (err error) {
		tagged, err = c.listTagged(gctx, report)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := c.believe("accounts", ids(prev, func(a catalog.Account) string { return string(a.ID) }),
		ids(listed, func(a listedAccount) string { return string(a.ID) })); err != nil {
		return nil, err
	}
	paths, err := c.ouPaths(ctx, units, listed)
	if err != nil {
		return nil, err
	}
	accounts := make([]catalog.Account, 0, len(listed))
	for _, a := range listed {
		path, ok := paths[a.ID]
		if !ok {
			return nil, incomplete(c.services.org, "ListAccountsForParent", fmt.Sprintf("account %s is in no organizational unit; it may just be moving", a.ID))
		}
		accounts = append(accounts, catalog.Account{ID: a.ID, Name: a.Name, Email: a.Email, State: a.State, OUPath: path})
	}
	return accounts, c.tags(ctx, me, tagged, accounts, report)
}

func (c *Connector) listAccounts(ctx context.Context, report func(string, int)) ([]listedAccount, error) {
	n := len(partOf[listedAccount](ctx, &c.draft, "accounts").Items)
	listed, err := listing(ctx, c, "accounts", func(ctx context.Context, token *string) ([]listedAccount, *string, error) {
		out, err := read(ctx, c, "ListAccounts", func(ctx context.Context) (*organizations.ListAccountsOutput, error) {
			return c.org.ListAccounts(ctx, &organizations.ListAccountsInput{MaxResults: aws.Int32(20), NextToken: token})
		})
		if err != nil {
			return nil, nil, err
		}
		n += len(out.Accounts)
		report("accounts", n)
		page := make([]listedAccount, 0, len(out.Accounts))
		for _, a := range out.Accounts {
			page = append(page, listedAccount{
				ID: catalog.AccountID(aws.ToString(a.Id)), Name: aws.ToString(a.Name), Email: aws.ToString(a.Email), State: stateOf(a), Parent: parentIn(a.Paths),
			})
		}
		return page, out.NextToken, nil
	})
	return unique(listed, func(a listedAccount) string { return string(a.ID) }), err
}

// listedAccount is what the listing says of an account.
type listedAccount struct {
	ID          catalog.AccountID
	Name, Email string
	State       catalog.AccountState
	Parent      string // id of its unit or of the root; "" where AWS does not say
}

// stateOf prefers State; Status is retired and may be missing.
func stateOf(a types.Account) catalog.AccountState {
	if a.State != "" {
		return catalog.AccountState(a.State)
	}
	return catalog.AccountState(a.Status) // its three values are spelled alike
}

// read is one call of Organizations for a sync.
func read[O any](ctx context.Context, c *Connector, op string, fn func(context.Context) (O, error)) (O, error) {
	return invoke(ctx, c, &call{service: c.services.org, op: op, priority: access.PrioritySync}, fn)
}

// ou is an organizational unit while the tree is walked.
type ou struct{ id, path string }

// ouPaths says where each account is, by names: "/" or "/Production/Payments". The
// tree of units is walked once, for their names; where the accounts are comes with them
// (Account.Paths) or, where AWS does not send that, from one listing a unit.
func (c *Connector) ouPaths(ctx context.Context, units []ou, accounts []listedAccount) (map[catalog.AccountID]string, error) {
	pathOf := make(map[string]string, len(units))
	for _, u := range units {
		pathOf[u.id] = u.path
	}
	paths := make(map[catalog.AccountID]string, len(accounts))
	for _, a := range accounts {
		if path, ok := pathOf[a.Parent]; ok {
			paths[a.ID] = path
		}
	}
	if len(paths) == len(accounts) {
		return paths, nil
	}
	for _, u := range units {
		children, err := pages(ctx, "accounts of a unit", func(ctx context.Context, token *string) ([]types.Account, *string, error) {
			out, err := read(ctx, c, "ListAccountsForParent", func(ctx context.Context) (*organizations.ListAccountsForParentOutput, error) {
				return c.org.ListAccountsForParent(ctx, &organizations.ListAccountsForParentInput{ParentId: &u.id, MaxResults: aws.Int32(20), NextToken: token})
			})
			if err != nil {
				return nil, nil, err
			}
			return out.Accounts, out.NextToken, nil
		})
		if err != nil {
			return nil, err
		}
		for _, a := range children {
			paths[catalog.AccountID(aws.ToString(a.Id))] = u.path
		}
	}
	return paths, nil
}

// parentIn finds the id of the innermost unit, or the root, in the id path of an
// account: "o-1/r-2/ou-3/ou-4/", with or without the account's id at its end.
func parentIn(paths []string) string {
	if len(paths) != 1 { // an account has one parent; anything else is not understood
		return ""
	}
	parent := ""
	for part := range strings.SplitSeq(paths[0], "/") {
		if strings.HasPrefix(part, "ou-") || strings.HasPrefix(part, "r-") {
			parent = part
		}
	}
	return parent
}

// roots lists where the tree of units begins.
func (c *Connector) roots(ctx context.Context) ([]ou, error) {
	roots, err := pages(ctx, "roots", func(ctx context.Context, token *string) ([]types.Root, *string, error) {
		out, err := read(ctx, c, "ListRoots", func(ctx context.Context) (*organizations.ListRootsOutput, error) {
			return c.org.ListRoots(ctx, &organizations.ListRootsInput{NextToken: token})
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Roots, out.NextToken, nil
	})
	if err != nil {
		return nil, err
	}
	if len(roots) == 0 {
		return nil, incomplete(c.services.org, "ListRoots", "no root")
	}
	units := make([]ou, 0, len(roots))
	for _, r := range roots {
		units = append(units, ou{id: aws.ToString(r.Id), path: "/"})
	}
	return units, nil
}

// units lists the root and every organizational unit, parents first.
func (c *Connector) units(ctx context.Context) ([]ou, error) {
	units, err := c.roots(ctx)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(units); i++ { // grows while it is walked
		parent := units[i]
		children, err := pages(ctx, "organizational units", func(ctx context.Context, token *string) ([]types.OrganizationalUnit, *string, error) {
			out, err := read(ctx, c, "ListOrganizationalUnitsForParent", func(ctx context.Context) (*organizations.ListOrganizationalUnitsForParentOutput, error) {
				return c.org.ListOrganizationalUnitsForParent(ctx, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &parent.id, MaxResults: aws.Int32(20), NextToken: token})
			})
			if err != nil {
				return nil, nil, err
			}
			return out.OrganizationalUnits, out.NextToken, nil
		})
		if err != nil {
			return nil, err
		}
		for _, child := range children {
			units = append(units, ou{id: aws.ToString(child.Id), path: strings.TrimSuffix(parent.path, "/") + "/" + aws.ToString(child.Name)})
		}
	}
	return units, nil
}

// unique drops repetitions, which listings have when something changes between pages.
func unique[T any](all []T, id func(T) string) []T {
	seen := make(map[string]struct{}, len(all))
	kept := all[:0]
	for _, v := range all {
		if _, again := seen[id(v)]; !again {
			seen[id(v)] = struct{}{}
			kept = append(kept, v)
		}
	}
	return kept
}

func ids[T any](all []T, id func(T) string) []string {
	list := make([]string, 0, len(all))
	for _, v := range all {
		list = append(list, id(v))
	}
	return list
}
