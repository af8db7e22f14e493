package awsconn

import (
	"cmp"
	"context"
	"slices"
	"time"

	"stint/access/catalog"
)

// bringsEach is how often what groups bring is read where AWS does not list it by group: that
// takes every listing of every role.
const bringsEach = 12 * time.Hour

// Brings reads which roles in accounts members of the groups have; see access.Connector. By
// group that is a call each. Where AWS does not allow that, the roles' listings are read, and
// not again before bringsEach has passed.
func (c *Connector) Brings(ctx context.Context, data catalog.Data, groups []catalog.GroupID) (catalog.Data, error) {
	wanted := map[catalog.GroupID][]catalog.RoleIn{}
	few := catalog.Data{Accounts: data.Accounts, Roles: data.Roles}
	oldest := c.clock.Now()
	for i := range data.Groups {
		g := &data.Groups[i]
		if !slices.Contains(groups, g.ID) {
			continue
		}
		wanted[g.ID] = nil
		few.Groups = append(few.Groups, *g)
		if g.BringsAsOf.Before(oldest) {
			oldest = g.BringsAsOf
		}
	}
	scan := catalog.Scan{By: catalog.ByPrincipal, Total: len(few.Groups)}
	c.mu.Lock()
	byRole := c.noByUser
	c.mu.Unlock()
	switch {
	case len(few.Groups) == 0:
		return data, nil
	case byRole && c.clock.Now().Sub(oldest) < bringsEach:
		return data, nil
	case byRole:
		scan.By = catalog.ByRole
	}
	scan.Begun = c.clock.Now()
	scan, err := c.ScanAssignments(ctx, &few, scan, func(_ catalog.Scan, rows []catalog.Assignment) error {
		for _, a := range rows {
			if list, ours := wanted[a.Group]; ours {
				wanted[a.Group] = append(list, catalog.RoleIn{Account: a.Account, Role: a.Role})
			}
		}
		return nil
	})
	if err != nil {
		return data, outermost(ctx, err)
	}
	problem := ""
	if scan.Unreadable > 0 {
		problem = "AWS does not show from a delegated administrator who has access to the management account."
	}
	data.Groups = slices.Clone(data.Groups)
	for i := range data.Groups {
		g := &data.Groups[i]
		list, read := wanted[g.ID]
		if !read {
			continue
		}
		slices.SortFunc(list, func(a, b catalog.RoleIn) int {
			return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Role, b.Role))
		})
		g.Brings, g.BringsAsOf, g.BringsProblem = list, scan.Begun, problem
	}
	return data, nil
}
