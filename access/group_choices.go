package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"stint/access/catalog"
	"stint/access/fault"
	"stint/access/policy"
)

// GroupChoices are the groups whose membership a person may ask for.
type GroupChoices struct {
	Groups []ItemView // best first, each with what it brings
	Total  int        // how many fit in all
	// Others are up to five groups that match what was typed and cannot be asked for. They are
	// not in Total.
	Others []ItemView
	// Why says, when Total is 0 without a query, why there is none and whom to ask.
	Why string
}

// OffersGroups reports whether any rule lets people ask for membership in a group.
func (s *Service) OffersGroups() bool {
	w := s.world.Load()
	return w.catalog != nil && w.policy != nil && len(w.policy.GroupsOffered(w.catalog)) > 0
}

// GroupQuery asks which groups somebody may ask for.
type GroupQuery struct {
	Asker    catalog.PersonID
	Receiver catalog.PersonID // who shall be in it; "" for who asks
	Query    string
	Limit    int
}

// Groups finds the groups that may be asked for, by the beginning of words in their names, or
// by an account or role that they bring.
func (s *Service) Groups(ctx context.Context, q GroupQuery) (GroupChoices, error) {
	w, err := s.ready()
	if err != nil {
		return GroupChoices{}, err
	}
	decisions := w.policy.Groups(w.catalog, s.Directory.Snapshot(), q.Asker, cmp.Or(q.Receiver, q.Asker), s.Now())
	var hits []*catalog.Group
	var why []string
	words := strings.Fields(strings.ToLower(q.Query))
	out := GroupChoices{}
	for _, d := range decisions {
		refused := d.Group.Ungrantable != "" || d.Outcome != policy.Allowed
		if refused && len(words) > 0 && len(out.Others) < maxOthers && s.fits(w.catalog, d.Group, words) {
			out.Others = append(out.Others, s.item(MemberOf(d.Group.ID)))
		}
		switch {
		case d.Group.Ungrantable != "":
			why = append(why, d.Group.Ungrantable)
		case d.Outcome != policy.Allowed:
			why = append(why, d.Why)
		case s.fits(w.catalog, d.Group, words):
			hits = append(hits, d.Group)
		}
	}
	named := func(g *catalog.Group) int {
		if len(words) > 0 && !strings.HasPrefix(strings.ToLower(g.Name), words[0]) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(hits, func(a, b *catalog.Group) int { return cmp.Compare(named(a), named(b)) })
	out.Total = len(hits)
	for _, g := range hits[:min(q.Limit, len(hits))] {
		out.Groups = append(out.Groups, s.item(MemberOf(g.ID)))
	}
	if q.Query == "" && out.Total == 0 {
		out.Why = "No rule lets you request membership in a group."
		if other := s.otherName(q.Asker, q.Receiver); other != "" {
			out.Why = "No rule lets you request membership in a group for " + other + "."
		}
		if len(decisions) == 1 && len(why) == 1 {
			out.Why = why[0]
		}
		out.Why += s.askAdmins(ctx)
	}
	return out, nil
}

// fits reports whether every word occurs in the group's name, or in the name of something
// that it brings.
func (s *Service) fits(c *catalog.Catalog, g *catalog.Group, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool {
		return !strings.Contains(strings.ToLower(g.Name), word) && !slices.ContainsFunc(g.Brings, func(b catalog.RoleIn) bool {
			a, known := c.Account(b.Account)
			r, exists := c.Role(b.Role)
			return known && strings.Contains(strings.ToLower(a.Name+" "+string(a.ID)), word) || exists && strings.Contains(strings.ToLower(r.Name), word)
		})
	})
}

// GroupBrings lists everything that a group brings, by account; NotFound when there is no such
// group.
func (s *Service) GroupBrings(group catalog.GroupID) ([]ItemView, error) {
	c := s.Catalog()
	if c == nil {
		_, err := s.ready()
		return nil, err
	}
	g, ok := c.Group(group)
	if !ok {
		return nil, fault.New(fault.NotFound, "access.GroupBrings", fmt.Sprintf("There is no group %s any more.", group), "Choose another one.").In("group")
	}
	return brought(c, g), nil
}
