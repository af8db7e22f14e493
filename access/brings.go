package access

import (
	"cmp"
	"context"
	"slices"

	"stint/access/catalog"
)

// maxBrings is how much of what a group brings a view names; how much it is in all, the
// catalog's group says.
const maxBrings = 30

// keepBrings takes over what is known of groups from the catalog before: a sync does not
// read it.
func keepBrings(prev, data *catalog.Data) {
	if prev == nil {
		return
	}
	known := map[catalog.GroupID]*catalog.Group{}
	for i := range prev.Groups {
		if g := &prev.Groups[i]; !g.BringsAsOf.IsZero() {
			known[g.ID] = g
		}
	}
	for i := range data.Groups {
		if old := known[data.Groups[i].ID]; old != nil {
			data.Groups[i].Brings, data.Groups[i].BringsAsOf, data.Groups[i].BringsProblem = old.Brings, old.BringsAsOf, old.BringsProblem
		}
	}
}

// readBrings reads what the groups bring whose membership the policy offers, and puts it in
// force. What cannot be read stays as it was, and grows too old for anybody to join the group.
// The caller has begun a sync.
func (s *Service) readBrings(ctx context.Context) error {
	w := s.world.Load()
	if w.catalog == nil || w.policy == nil {
		return nil
	}
	groups := w.policy.GroupsOffered(w.catalog)
	if len(groups) == 0 {
		return nil
	}
	before := w.catalog.Data()
	data, err := s.Connector.Brings(ctx, *before, groups)
	if err != nil {
		if ctx.Err() == nil {
			s.alarm(ctx, "What the groups bring that people can ask for could not be read from AWS: "+explain(err)+" Nobody can join one whose roles were last read a day ago.")
		}
		return err
	}
	if slices.EqualFunc(before.Groups, data.Groups, func(a, b catalog.Group) bool { return a.BringsAsOf.Equal(b.BringsAsOf) }) {
		return nil
	}
	return s.swap(ctx, data, "catalog.brings")
}

// readBringsSoon reads what groups bring for a policy that offers new ones, once no sync runs.
func (s *Service) readBringsSoon(ctx context.Context) {
	w := s.world.Load()
	if w.catalog == nil || w.policy == nil || !slices.ContainsFunc(w.policy.GroupsOffered(w.catalog), func(id catalog.GroupID) bool {
		g, ok := w.catalog.Group(id)
		return ok && g.BringsAsOf.IsZero()
	}) {
		return
	}
	if !s.sync.begin() {
		s.pauseFor(ctx, bringsRetry)
		s.bringsAsked.raise()
		return
	}
	defer s.sync.release()
	if err := s.readBrings(ctx); err != nil && ctx.Err() == nil {
		s.Log.Error().Err(err).Msg("what groups bring could not be read; the next sync tries again")
	}
}

// groupItem names membership in a group, with the first of what it brings.
func groupItem(c *catalog.Catalog, e Entitlement) ItemView {
	v := ItemView{Entitlement: e, Group: catalog.Group{ID: e.Group, Name: string(e.Group)}}
	if c == nil {
		return v
	}
	g, ok := c.Group(e.Group)
	if !ok {
		return v
	}
	v.Group = *g
	v.Brings = brought(c, g)
	for _, b := range v.Brings {
		v.Role.SessionDuration = max(v.Role.SessionDuration, b.Role.SessionDuration)
	}
	if len(v.Brings) > maxBrings {
		v.Brings = slices.Clone(v.Brings[:maxBrings])
	}
	return v
}

// brought names everything that a group brings, by account.
func brought(c *catalog.Catalog, g *catalog.Group) []ItemView {
	out := make([]ItemView, 0, len(g.Brings))
	for _, b := range g.Brings {
		out = append(out, itemIn(c, RoleIn(b.Account, b.Role)))
	}
	slices.SortStableFunc(out, func(a, b ItemView) int {
		return cmp.Or(cmp.Compare(a.Account.Name, b.Account.Name), cmp.Compare(a.Role.Name, b.Role.Name))
	})
	return out
}

// opens lists the accounts in which an entitlement gives access.
func (s *Service) opens(e Entitlement) []catalog.AccountID {
	if !e.IsGroup() {
		return []catalog.AccountID{e.Account}
	}
	var out []catalog.AccountID
	if c := s.Catalog(); c != nil {
		if g, ok := c.Group(e.Group); ok {
			for _, b := range g.Brings {
				out = append(out, b.Account)
			}
		}
	}
	return out
}

// opensAny reports whether an entitlement gives access in one of the accounts.
func (s *Service) opensAny(e Entitlement, accounts []catalog.AccountID) bool {
	return slices.ContainsFunc(s.opens(e), func(id catalog.AccountID) bool { return slices.Contains(accounts, id) })
}
